"""The message of an alert, always showing its current state, and the replies in its thread.

Both depend on their arguments alone (no clock): every replica renders the same message for the same alert.
"""

from zoneinfo import ZoneInfo

from bot.domain.alerts import Alert, Reason
from bot.domain.model import Workspace
from bot.domain.rules import Rule
from bot.messages import blocks
from bot.messages.alert_text import AlertText, Phase, rule_text, was_unannounced
from bot.messages.layout import Actions, Headline, Line, Markup, Note, Part, compose
from bot.messages.message import Block, Message
from bot.messages.provenance import PERSON_NEEDED, scope_note, when_note
from bot.messages.slack_limits import BUTTON_VALUE, OPTION_VALUE
from bot.messages.words import Words, clip, number, person, ping, zone_name

ACKNOWLEDGE = "alert_acknowledge"
SILENCE = "alert_silence"

# How long a silence lasts, as the menu's values say it, and how it reads.
SILENCES = {
    "1h": "Silence for 1 hour",
    "4h": "Silence for 4 hours",
    "tomorrow": "Silence until tomorrow 09:00",
}

DETAIL_LINES = 5
DETAIL_LENGTH = 200
MENTIONS = 10


def render_alert(
    alert: Alert,
    rule: Rule,
    workspace: Workspace | None,
    *,
    zone: ZoneInfo | None = None,
    locale: str = "en",
) -> Message:
    """The one message of an alert, in the state the alert is in now.

    A workspace of None: the project cannot be read, or the workspace left the config;
    `zone` is that project's.
    """
    tr = Words(locale)
    words = AlertText(tr, alert, rule, workspace, zone)
    parts: list[Part] = [
        Headline(words.title()),
        Line(words.story(), strong=True),
        *(Line(said) for said in _meaning(tr, alert, rule, words)),
    ]
    if words.phase is Phase.FIRING:
        parts += _pings(rule, alert)
    if alert.acknowledged:
        who, at = person(alert.acknowledged.by), words.moment(alert.acknowledged.at)
        parts.append(Markup(tr("🙋 Acknowledged by {who} at {at}", who=who, at=at)))
    behind = [] if words.of_project else [rule_text(tr, rule)]
    parts.append(Note([*behind, *_origin(tr, alert, workspace, words)]))
    if words.phase is Phase.FIRING:
        parts += _buttons(tr, alert)
    return compose(parts)


def render_follow_up(
    alert: Alert,
    rule: Rule,
    workspace: Workspace | None,
    reason: Reason,
    *,
    zone: ZoneInfo | None = None,
    locale: str = "en",
) -> Message:
    """The reply in an alert's thread that says what changed; "resolved" and reminders ping nobody."""
    tr = Words(locale)
    words = AlertText(tr, alert, rule, workspace, zone)
    parts: list[Part] = [Line(words.change(reason), strong=True)]
    if reason in (Reason.FIRING, Reason.WORSE):
        parts += _pings(rule, alert)
    if reason is Reason.STILL_FIRING and not alert.acknowledged:
        parts.append(Line(tr("Acknowledge it above to stop these reminders.")))
    return compose([*parts, Note(_origin(tr, alert, workspace, words))])


def render_closed(alert: Alert, *, locale: str = "en") -> Message:
    """The root of an alert whose rule nobody knows any more: said as closed, never as recovered."""
    tr = Words(locale)
    name, subject = clip(alert.key.rule), clip(alert.key.subject)
    return compose(
        [
            Headline(tr("Closed: rule {name} in {subject}", name=name, subject=subject)),
            Line(tr("This is no recovery: the rule or the workspace left the configuration.")),
            Note([tr("last value {n}", n=number(alert.value)), tr("peak {n}", n=number(alert.peak))]),
        ]
    )


def silence_choice(value: str) -> tuple[str, str]:
    """Split the value of a chosen silence into its length (a key of SILENCES) and the alert's id."""
    length, _, alert_id = value.partition("|")
    return length, alert_id


def _meaning(tr: Words, alert: Alert, rule: Rule, words: AlertText) -> list[str]:
    """What a reader must know besides the figures, each a paragraph."""
    said: list[str] = []
    if words.of_project and words.phase is Phase.FIRING:
        said.append(tr("Its numbers are unknown and its rules wait. This is no all-clear."))
        said += _details(alert)
    elif words.phase is Phase.FIRING and rule.metric in PERSON_NEEDED:
        said.append(tr(PERSON_NEEDED[rule.metric]))
    elif words.phase is Phase.CORRECTED:
        change = words.correction()
        said.append(tr("Corrected {change} after the day: reruns change a past day's counts.", change=change))
    elif words.phase is Phase.DAY_ENDED:
        said.append(tr("This is no recovery: each day starts counting at 0."))
    elif words.phase is Phase.CLOSED:
        said.append(tr("This is no recovery: the rule or the workspace left the configuration."))
    if words.phase not in (Phase.FIRING, Phase.CORRECTED) and was_unannounced(alert):
        said.append(tr("It was over before Slack could be told."))
    return said


def _details(alert: Alert) -> list[str]:
    lines = [clip(line, DETAIL_LENGTH) for line in alert.detail.splitlines() if line.strip()]
    return (
        ["\n".join([*lines[:DETAIL_LINES], *(["…"] if len(lines) > DETAIL_LINES else [])])] if lines else []
    )


def _origin(tr: Words, alert: Alert, workspace: Workspace | None, words: AlertText) -> list[str]:
    on, read = alert.key.business_date, (alert.read_at, words.zone)
    if words.of_project:
        return [tr("tried {at} ({zone})", at=words.moment(alert.read_at), zone=zone_name(words.zone))]
    name = clip(workspace.key if workspace else alert.key.subject)
    return [name, when_note(tr, [(on, words.zone)], [read]), scope_note(tr)]


def _pings(rule: Rule, alert: Alert) -> list[Part]:
    """The rule's mentions, until somebody has taken the alert: the only thing in any message that pings."""
    if not rule.mention or alert.acknowledged:
        return []
    return [Markup(" ".join(ping(mention) for mention in rule.mention[:MENTIONS]))]


def _buttons(tr: Words, alert: Alert) -> list[Part]:
    elements: list[Block] = []
    if not alert.acknowledged and len(alert.id) <= BUTTON_VALUE:
        elements.append(blocks.button(tr("Acknowledge"), action_id=ACKNOWLEDGE, value=alert.id))
    options = [(tr(text), f"{length}|{alert.id}") for length, text in SILENCES.items()]
    # Slack allows a menu's value 150 characters: with longer names the menu is left out, not the message.
    if all(len(value) <= OPTION_VALUE for _, value in options):
        elements.append(blocks.select(tr("Silence"), options, action_id=SILENCE))
    return [Actions(elements)] if elements else []
