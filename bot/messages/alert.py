"""The message of an alert, always showing its current state, and the replies in its thread.

Both depend on their arguments alone (no clock): every replica renders the same message for the same alert.
A workspace of None means the alert of a project that cannot be read; its value is a number of workspaces.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.domain.alerts import Alert, Ending, Reason, State
from bot.domain.model import Metric, Workspace
from bot.domain.rules import Rule, Severity
from bot.messages import blocks
from bot.messages.budget import BUTTON_VALUE, OPTION_VALUE
from bot.messages.layout import Actions, Headline, Line, Markup, Note, Part, compose
from bot.messages.message import Block, Message
from bot.messages.provenance import dated, scope_note
from bot.messages.words import PHRASES, Words, amount, clip, person, ping, zone_name

ACKNOWLEDGE = "alert_acknowledge"
SILENCE = "alert_silence"

# How long a silence lasts, as the menu's values say it, and how it reads.
SILENCES = {"1h": "for 1 hour", "4h": "for 4 hours", "tomorrow": "until tomorrow 09:00"}

DETAIL_LENGTH = 500
MENTIONS = 10

SEVERITIES = {
    Severity.CRITICAL: "⛔ Critical: {what}",
    Severity.WARNING: "⚠️ Warning: {what}",
    Severity.INFO: "ℹ️ Info: {what}",
}


class Phase(StrEnum):
    """What a message shows of an alert; each value is its title."""

    FIRING = ""
    RESOLVED = "✅ Resolved: {what}"
    DAY_ENDED = "🏁 Day ended: {what}"
    CORRECTED = "✏️ Corrected: {what}"
    CLOSED = "⏹️ Closed: {what}"


def render_alert(alert: Alert, rule: Rule, workspace: Workspace | None, *, locale: str = "en") -> Message:
    """The one message of an alert, in the state the alert is in now."""
    say, phase = Words(locale), phase_of(alert)
    parts: list[Part] = [
        Headline(_title(say, alert, rule, workspace, phase)),
        Line(_story(say, alert, rule, workspace, phase), strong=True),
        *_meaning(say, alert, rule, workspace, phase),
    ]
    if phase is Phase.FIRING:
        parts += _pings(rule, alert)
    if alert.acknowledged:
        who, at = person(alert.acknowledged.by), _moment(say, alert, workspace, alert.acknowledged.at)
        parts.append(Markup(say("🙋 Acknowledged by {who} at {at}", who=who, at=at)))
    parts.append(Note(_origin(say, alert, rule, workspace)))
    if phase is Phase.FIRING:
        parts += _buttons(say, alert)
    return compose(parts)


def render_follow_up(
    alert: Alert, rule: Rule, workspace: Workspace | None, reason: Reason, *, locale: str = "en"
) -> Message:
    """The reply in an alert's thread that says what changed; only "worse" pings."""
    say = Words(locale)
    parts: list[Part] = [Line(_change(say, alert, rule, workspace, reason), strong=True)]
    if reason in (Reason.FIRING, Reason.WORSE):
        parts += _pings(rule, alert)
    if reason is Reason.STILL_FIRING and not alert.acknowledged:
        parts.append(Line(say("Acknowledge it above to stop these reminders.")))
    return compose([*parts, Note(_origin(say, alert, rule, workspace))])


def phase_of(alert: Alert) -> Phase:
    if alert.state is not State.OVER:
        return Phase.FIRING
    match alert.ending:
        case Ending.DAY_ENDED:
            return Phase.DAY_ENDED if _value_at_end(alert) == alert.value else Phase.CORRECTED
        case Ending.RULE_REMOVED:
            return Phase.CLOSED
        case _:
            return Phase.RESOLVED


def silence_choice(value: str) -> tuple[str, str]:
    """Split the value of a chosen silence into its length (a key of SILENCES) and the alert's id."""
    length, _, alert_id = value.partition("|")
    return length, alert_id


def rule_text(say: Words, rule: Rule) -> str:
    """A rule in a line: "Rule failures: fail_count above 5, 2 readings in a row"."""
    pattern = "Rule {name}: {metric} below {limit}" if rule.below else "Rule {name}: {metric} above {limit}"
    text = say(pattern, name=clip(rule.name), metric=rule.metric.value, limit=amount(rule.metric, rule.limit))
    if rule.readings > 1:
        text += say(", {n} readings in a row", n=str(rule.readings))
    if rule.clear_limit is not None:
        clear = amount(rule.metric, rule.clear_limit)
        text += (
            say("; over above {limit}", limit=clear)
            if rule.below
            else say("; over below {limit}", limit=clear)
        )
    if rule.clear_after > 1:
        text += say("; over after {n} good readings", n=str(rule.clear_after))
    return text


def _title(say: Words, alert: Alert, rule: Rule, workspace: Workspace | None, phase: Phase) -> str:
    if phase is Phase.CORRECTED:
        change = _change_of(rule, workspace, _value_at_end(alert), alert.value)
        what = say(
            "{where}, {now}", where=_where(say, alert, workspace), now=_now(say, rule, workspace, change)
        )
    else:
        what = _standing(say, alert, rule, workspace)
    return say(SEVERITIES[rule.severity] if phase is Phase.FIRING else phase.value, what=what)


def _standing(say: Words, alert: Alert, rule: Rule, workspace: Workspace | None) -> str:
    """Where, and how many now: "sales, 14 failed"."""
    where = _where(say, alert, workspace)
    if workspace is None and phase_of(alert) is Phase.RESOLVED:
        return say("{where}, DLF can be read again", where=where)
    return say(
        "{where}, {now}", where=where, now=_now(say, rule, workspace, _amount(rule, workspace, alert.value))
    )


def _now(say: Words, rule: Rule, workspace: Workspace | None, value: str) -> str:
    if workspace is None:
        return say("cannot read DLF (workspaces: {n})", n=value)
    return say(PHRASES[rule.metric], n=value)


def _story(say: Words, alert: Alert, rule: Rule, workspace: Workspace | None, phase: Phase) -> str:
    """How it went so far, in a sentence."""
    since = _moment(say, alert, workspace, alert.since)
    peak = _amount(rule, workspace, alert.peak)
    if phase is Phase.FIRING:
        return say("Firing since {since}, peak {peak}", since=since, peak=peak)
    end = _moment(say, alert, workspace, alert.over_at or alert.read_at)
    span = say.duration(_lasted(alert))
    patterns = {
        Phase.RESOLVED: "Fired {since}, resolved {end} after {span}, peak {peak}",
        Phase.CLOSED: "Fired {since}, closed {end}: the rule left the configuration; peak {peak}",
    }
    pattern = patterns.get(phase, "Fired {since}, not resolved when the day ended with {value}; peak {peak}")
    value = _amount(rule, workspace, _value_at_end(alert))
    return say(pattern, since=since, end=end, span=span, peak=peak, value=value)


def _meaning(say: Words, alert: Alert, rule: Rule, workspace: Workspace | None, phase: Phase) -> list[Part]:
    """What a reader must know besides the figures."""
    said: list[str] = []
    if phase is Phase.FIRING and workspace is None:
        said.append(say("The numbers are unknown and the rules wait. This is no all-clear."))
    elif phase is Phase.FIRING and rule.metric is Metric.RUNNING_EXCEPTION_COUNT:
        said.append(say("Stuck instances do not go on until a person acts in DataArts Factory."))
    elif phase is Phase.FIRING and rule.metric is Metric.WAITING_CONFIRM_COUNT:
        said.append(say("Instances to confirm wait for a person to confirm their execution."))
    elif phase is Phase.CORRECTED:
        change = _change_of(rule, workspace, _value_at_end(alert), alert.value)
        said.append(
            say("Corrected {change} after the day: reruns change the counts of a past day.", change=change)
        )
    elif phase is Phase.DAY_ENDED:
        said.append(say("This is no recovery: each day starts counting at 0."))
    if alert.state is State.OVER and _was_unannounced(alert):
        said.append(say("It was over before Slack could be told."))
    if workspace is None and alert.detail and phase is not Phase.RESOLVED:
        said.append(clip(alert.detail, DETAIL_LENGTH))
    return [Line("\n".join(said))] if said else []


def _change(say: Words, alert: Alert, rule: Rule, workspace: Workspace | None, reason: Reason) -> str:
    standing, peak = _standing(say, alert, rule, workspace), _amount(rule, workspace, alert.peak)
    span = say.duration(_lasted(alert))
    match reason:
        case Reason.FIRING:
            return say(SEVERITIES[rule.severity], what=standing)
        case Reason.WORSE if alert.told is not None:
            before = _amount(rule, workspace, alert.told.value)
            return say("📈 Worse: {what}, was {before}", what=standing, before=before)
        case Reason.WORSE:
            return say("📈 Worse: {what}", what=standing)
        case Reason.STILL_FIRING:
            return say(
                "🔁 Still firing after {span}: {what}, peak {peak}", span=span, what=standing, peak=peak
            )
        case Reason.CORRECTED:
            return _title(say, alert, rule, workspace, Phase.CORRECTED)
        case Reason.DAY_ENDED:
            return say("{title}, peak {peak}", title=say(Phase.DAY_ENDED.value, what=standing), peak=peak)
        case Reason.RESOLVED:
            title = _title(say, alert, rule, workspace, phase_of(alert))
            return say("{title}, after {span}, peak {peak}", title=title, span=span, peak=peak)


def _origin(say: Words, alert: Alert, rule: Rule, workspace: Workspace | None) -> list[str]:
    zone = _zone(workspace)
    read = say("read {at} ({zone})", at=say.moment(alert.read_at, zone), zone=zone_name(zone))
    if workspace is None:
        return [
            _where(say, alert, None),
            say("tried {at} ({zone})", at=say.moment(alert.read_at, zone), zone=zone_name(zone)),
        ]
    date = say("business date {dates}", dates=dated(say, alert.key.business_date, zone))
    return [rule_text(say, rule), clip(workspace.key), scope_note(say), date, read]


def _pings(rule: Rule, alert: Alert) -> list[Part]:
    """The rule's mentions: the only thing that pings, until somebody takes the alert."""
    if not rule.mention or alert.acknowledged:
        return []
    return [Markup(" ".join(ping(mention) for mention in rule.mention[:MENTIONS]))]


def _buttons(say: Words, alert: Alert) -> list[Part]:
    elements: list[Block] = []
    if not alert.acknowledged and len(alert.id) <= BUTTON_VALUE:
        elements.append(blocks.button(say("Acknowledge"), action_id=ACKNOWLEDGE, value=alert.id))
    options = [(say(text), f"{length}|{alert.id}") for length, text in SILENCES.items()]
    if all(len(value) <= OPTION_VALUE for _, value in options):
        elements.append(blocks.select(say("Silence"), options, action_id=SILENCE))
    return [Actions(elements)] if elements else []


def _where(say: Words, alert: Alert, workspace: Workspace | None) -> str:
    if workspace is None:
        return say("project {name}", name=clip(alert.key.subject))
    return clip(workspace.name)


def _amount(rule: Rule, workspace: Workspace | None, value: float) -> str:
    return amount(rule.metric if workspace else Metric.TOTAL_COUNT, value)


def _change_of(rule: Rule, workspace: Workspace | None, before: float, now: float) -> str:
    return f"{_amount(rule, workspace, before)} → {_amount(rule, workspace, now)}"


def _value_at_end(alert: Alert) -> float:
    if alert.ended_value is not None:
        return alert.ended_value
    return alert.told.value if alert.told and alert.told.reason is Reason.DAY_ENDED else alert.value


def _was_unannounced(alert: Alert) -> bool:
    """True if Slack first heard of the alert when it was over: asked before and after that was confirmed."""
    told = alert.told
    return told is None or (told.seq == 0 and told.reason in (Reason.RESOLVED, Reason.DAY_ENDED))


def _lasted(alert: Alert) -> timedelta:
    return (alert.over_at or alert.read_at) - alert.since


def _moment(say: Words, alert: Alert, workspace: Workspace | None, at: datetime) -> str:
    return say.moment(at, _zone(workspace), on=alert.key.business_date)


def _zone(workspace: Workspace | None) -> ZoneInfo:
    return workspace.zone if workspace else ZoneInfo("UTC")
