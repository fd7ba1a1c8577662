"""The message of an alert, always in its current state, and the replies in its thread.

Both depend only on their arguments (no clock): every replica renders the same message for the same alert.
"""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from bot.domain.alert_care import runbook_of, severity_of
from bot.domain.alerts import HANDS, Alert, Reason
from bot.domain.model import Workspace
from bot.domain.references import reference
from bot.domain.rules import Rule
from bot.domain.silences import DATE_END, TODAY_END, TOMORROW, WORSE, Hush, can_get_worse
from bot.messages import blocks, handovers
from bot.messages.alert_jobs import jobs_lines, way_in
from bot.messages.alert_text import AlertText, Phase, rule_text, was_unannounced
from bot.messages.jobs import ASK_JOBS
from bot.messages.layout import Actions, Headline, Line, Markup, Note, Part, TwoClocks, compose
from bot.messages.message import Block, Message
from bot.messages.mrkdwn import clip, escape, ping
from bot.messages.overflow import Choice, arranged
from bot.messages.past import CHECK_THERE, done_button, marked_done
from bot.messages.problems import problem_lines
from bot.messages.provenance import PERSON_NEEDED, scope_note, when_note, when_shown
from bot.messages.silences import SilenceWords, called_by, end_button
from bot.messages.slack_limits import BUTTON_VALUE
from bot.messages.why import why_button
from bot.messages.words import Words, zone_name

ACKNOWLEDGE = "alert_acknowledge"
SILENCE = "alert_silence"
RUNBOOK = "open_runbook"
OPEN_JOB = "open_job"
# In the overflow menu.
JOBS, WHY = "jobs", "why"

# The lengths of a silence: the menu's values and their texts.
MORE = "more"
SILENCES = {
    "15m": "15 minutes",
    "1h": "1 hour",
    "4h": "4 hours",
    TOMORROW: "Until tomorrow 09:00 (your time)",
    DATE_END: "Until this date ends (00:00)",
    TODAY_END: "Until today ends (00:00)",
    WORSE: "Until it gets worse",
    MORE: "More…",
}
CALLING = (Reason.FIRING, Reason.WORSE, Reason.NO_LONGER_TOLD)
MENTIONS = 10


def render_alert(
    alert: Alert,
    rule: Rule,
    workspace: Workspace | None,
    *,
    zone: ZoneInfo | None = None,
    locale: str = "en",
    hush: Hush = Hush(),  # noqa: B008 (a frozen value)
    quiet: bool = False,
    past: bool = False,
    lists_jobs: bool = False,
) -> Message:
    """The message of an alert in its current state.

    `workspace` None: the project cannot be read, or the workspace left the config; `zone` is then the
    project's. `quiet` leaves the mentions to another message. `past`: the business date is over.
    `lists_jobs`: DLF lists the workspace's jobs.
    """
    tr = Words(locale)
    words = AlertText(
        tr, alert, rule, workspace, zone, past=past, severity=severity_of(alert, rule, workspace)
    )
    shown = words.in_readers_zone()
    silenced = SilenceWords(tr, words, hush).lines(alert, rule)
    parts: list[Part] = [
        Headline(words.title()),
        _story(tr, alert, words),
        *map(TwoClocks, SilenceWords(tr, shown, hush).lines(alert, rule), silenced),
        *jobs_lines(tr, alert, rule, workspace),
        *_meaning(tr, alert, rule, words, silenced=bool(silenced)),
    ]
    if _calls(alert, words) and not hush.covering and not quiet:
        parts += _pings(words, alert)
    parts += map(TwoClocks, handovers.holder(tr, alert, shown), handovers.holder(tr, alert, words))
    parts += map(TwoClocks, marked_done(tr, alert, shown), marked_done(tr, alert, words))
    behind = [] if words.of_project else [rule_text(tr, rule)]
    parts.append(_origin(tr, alert, workspace, words, behind=behind))
    if words.phase is Phase.FIRING:
        parts.append(_buttons(tr, alert, rule, workspace, words, lists_jobs=lists_jobs))
    given = reference(alert.id, alert.key.business_date)
    parts += [*done_button(tr, alert), *end_button(tr, hush.covering, given)]
    return compose(parts)


def _story(tr: Words, alert: Alert, words: AlertText) -> Part:
    """Since when, the worst value, and whether the alert waits for somebody to take it."""
    free = [tr("nobody has it")] if words.is_firing and handovers.never_taken(alert) else []
    shown, said = (" · ".join([one.story(), *free]) for one in (words.in_readers_zone(), words))
    return TwoClocks(Markup(f"*{shown}*"), Line(said, strong=True))


def render_follow_up(
    alert: Alert,
    rule: Rule,
    workspace: Workspace | None,
    reason: Reason,
    *,
    zone: ZoneInfo | None = None,
    locale: str = "en",
    hush: Hush = Hush(),  # noqa: B008 (a frozen value)
    past: bool = False,
) -> Message:
    """The reply in an alert's thread about a change; "resolved" and reminders mention only its taker."""
    tr = Words(locale)
    severity = severity_of(alert, rule, workspace)
    words = AlertText(tr, alert, rule, workspace, zone, past=past, severity=severity)
    if reason is Reason.UNSILENCED and hush.ended:
        return _unsilenced(tr, alert, rule, workspace, words, hush=hush)
    parts: list[Part] = _change(tr, alert, rule, reason, words)
    if reason is Reason.NO_LONGER_TOLD:
        parts += [Line(words.story()), Line(tr(CHECK_THERE))]
    if reason in CALLING or (reason is Reason.GIVEN_BACK and not hush.covering):
        parts += _pings(words, alert)
    parts += handovers.mention_holder(tr, alert, words, reason)
    if reason is Reason.STILL_FIRING and not alert.acknowledged:
        parts.append(Line(tr("Press Take it on the first message of this thread to stop these reminders.")))
    parts.append(_origin(tr, alert, workspace, words))
    return compose([*parts, *(handovers.reminder(tr, alert) if reason is Reason.STILL_TAKEN else [])])


def _unsilenced(
    tr: Words, alert: Alert, rule: Rule, workspace: Workspace | None, words: AlertText, *, hush: Hush
) -> Message:
    """The reply after a silence ended while the alert still fires; it mentions people again."""
    called = called_by(alert, words)[:MENTIONS]
    pings: list[Part] = [Markup(" ".join(called))] if called else []
    said = SilenceWords(tr, words, hush).ended(alert)
    return compose([*said, *pings, _origin(tr, alert, workspace, words)])


def _change(tr: Words, alert: Alert, rule: Rule, reason: Reason, words: AlertText) -> list[Part]:
    if reason in HANDS and (said := handovers.change(tr, alert, rule, reason)):
        return said
    if reason is Reason.STILL_TAKEN:
        return [handovers.unchanged(tr, words.change(reason))]
    return [Line(words.change(reason), strong=True)]


def silence_choice(value: str) -> tuple[str, str]:
    """Split the value of a chosen silence into its length (a key of SILENCES) and the alert's id."""
    length, _, alert_id = value.partition("|")
    return length, alert_id


def _meaning(tr: Words, alert: Alert, rule: Rule, words: AlertText, *, silenced: bool) -> list[Line]:
    """The explanations beside the figures, each a paragraph.

    `silenced`: the message says that a silence delayed it.
    """
    said: list[str] = []
    if words.of_project and words.phase is Phase.FIRING:
        said.append(tr("No counts and no alerts for these workspaces until DLF can be read."))
        if lines := problem_lines(tr, alert.detail):
            said.append("\n".join(lines))
    elif words.phase is Phase.FIRING and rule.metric in PERSON_NEEDED:
        said.append(tr(PERSON_NEEDED[rule.metric]))
    elif words.phase is Phase.CORRECTED:
        said.append(tr("Changed after the day ended, usually by reruns."))
    elif words.phase is Phase.DAY_ENDED:
        said.append(tr("Not a recovery: DLF counts each day from 0."))
    elif words.phase is Phase.NO_LONGER_TOLD:
        said.append(tr(CHECK_THERE))
    elif words.limit_before is not None:
        said.append(tr("The limit was changed: by the old one this alert would still fire."))
    quiet = (Phase.FIRING, Phase.CORRECTED, Phase.NO_LONGER_TOLD)
    if words.phase not in quiet and was_unannounced(alert) and not silenced:
        said.append(tr("It ended before this message could be sent."))
    return [Line(paragraph) for paragraph in said]


def _origin(
    tr: Words,
    alert: Alert,
    workspace: Workspace | None,
    words: AlertText,
    *,
    behind: Sequence[str] = (),
) -> Part:
    """The small print: what is `behind` the alert, whose numbers they are, of which date, and when read."""
    on, read = alert.key.business_date, alert.read_at
    if words.of_project:
        tried = tr("last tried {at} ({zone})", at=words.moment(read), zone=zone_name(words.zone))
        return Note([*behind, tried])
    before = [*behind, clip(workspace.key if workspace else alert.key.subject)]
    shown = [*map(escape, before), when_shown(tr, on, read, words.zone), escape(scope_note(tr))]
    when = when_note(tr, [(on, words.zone)], [(read, words.zone)])
    return TwoClocks(Note(shown, ready=True), Note([*before, when, scope_note(tr)]))


def _calls(alert: Alert, words: AlertText) -> bool:
    """True if the root mentions people: while the alert fires, or if no reply tells of its end."""
    return words.is_firing or (words.phase is Phase.NO_LONGER_TOLD and was_unannounced(alert))


def _pings(words: AlertText, alert: Alert) -> list[Part]:
    """The rule's mentions, until the alert is taken."""
    if not words.called or alert.acknowledged:
        return []
    return [Markup(" ".join(ping(mention) for mention in words.called[:MENTIONS]))]


def _buttons(
    tr: Words,
    alert: Alert,
    rule: Rule,
    workspace: Workspace | None,
    words: AlertText,
    *,
    lists_jobs: bool,
) -> Part:
    choices: list[Choice] = []
    if not alert.acknowledged and len(alert.id) <= BUTTON_VALUE:
        choices.append(Choice(blocks.button(tr("Take it"), action_id=ACKNOWLEDGE, value=alert.id)))
    choices += [Choice(button) for button in handovers.buttons(tr, alert)]
    given = reference(alert.id, alert.key.business_date)
    if lists_jobs and workspace is not None:
        choices.append(Choice(blocks.button(tr("Which jobs?"), action_id=ASK_JOBS, value=given), JOBS))
    if opens := way_in(alert, workspace):
        choices.append(Choice(blocks.link(tr("Open in DataArts"), opens, action_id=OPEN_JOB), OPEN_JOB))
    choices.append(Choice(_silence_menu(tr, rule, words, given)))
    if runbook := runbook_of(alert, rule, workspace):
        choices.append(Choice(blocks.link(tr("Runbook"), runbook, action_id=RUNBOOK), RUNBOOK))
    choices.append(Choice(why_button(tr, given), WHY))
    return Actions(arranged(choices))


def _silence_menu(tr: Words, rule: Rule, words: AlertText, given: str) -> Block:
    # An alert of a project belongs to no date.
    left_out = {DATE_END if words.is_past or words.of_project else TODAY_END}
    if not can_get_worse(rule):
        left_out.add(WORSE)
    options = [(tr(text), f"{length}|{given}") for length, text in SILENCES.items() if length not in left_out]
    group = tr("This rule in {where}", where=words.where)
    return blocks.grouped_select(tr("Silence…"), group, options, action_id=SILENCE)
