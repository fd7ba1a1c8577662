"""The message of an alert that an edit of the config closed: it gives the reason and claims no recovery."""

from zoneinfo import ZoneInfo

from bot.domain.alerts import Alert, Ending
from bot.domain.config_edits import as_judged
from bot.domain.model import Workspace
from bot.domain.references import reference
from bot.domain.rules import Rule
from bot.domain.unreadable import UNREADABLE
from bot.messages import handovers
from bot.messages.alert_text import UTC, condition
from bot.messages.figures import amount, number
from bot.messages.layout import Actions, Headline, Line, Note, Part, compose
from bot.messages.message import Message
from bot.messages.mrkdwn import clip
from bot.messages.provenance import scope_note, when_note
from bot.messages.why import why_button
from bot.messages.words import Words, zone_name

WHY = {
    Ending.RULE_REMOVED: "⏹️ Closed · {where}: rule {rule} was removed from the config",
    Ending.WORKSPACE_REMOVED: "⏹️ Closed · {where}: removed from the config",
    Ending.PROJECT_REMOVED: "⏹️ Closed · {where}: removed from the config",
    Ending.NOT_WATCHED: "⏹️ Closed · {where}: rule {rule} no longer watches this workspace",
    Ending.RULE_CHANGED: "⏹️ Closed · {where}: rule {rule} was changed ({before} → {after})",
    Ending.ZONE_CHANGED: "⏹️ Closed · {where}: the project's time zone was changed ({before} → {after})",
    Ending.WORKSPACE_CHANGED: "⏹️ Closed · {where}: this name now stands for another workspace",
}
# Short forms for the digest, after the alert's name.
BRIEFLY = {
    Ending.RULE_REMOVED: "closed: the rule was removed from the config",
    Ending.WORKSPACE_REMOVED: "closed: the workspace was removed from the config",
    Ending.NOT_WATCHED: "closed: the rule no longer watches this workspace",
    Ending.RULE_CHANGED: "closed: the rule was changed",
    Ending.ZONE_CHANGED: "closed: the project's time zone was changed",
    Ending.WORKSPACE_CHANGED: "closed: this name now stands for another workspace",
}


def render_closed(
    alert: Alert,
    rule: Rule | None,
    workspace: Workspace | None,
    *,
    zone: ZoneInfo | None = None,
    reply: bool = False,
    locale: str = "en",
) -> Message:
    """The reason and the last known value of a closed alert; `rule` and `workspace` as in the config now.

    `zone` is used if the alert has no zone of its own. A reply mentions the alert's taker.
    """
    tr = Words(locale)
    zone = (alert.terms.zone if alert.terms else None) or zone or UTC
    title = _title(tr, alert, rule, workspace, zone)
    parts: list[Part] = [
        Line(title, strong=True) if reply else Headline(title),
        Line(_last_known(tr, alert, rule, zone)),
    ]
    if reply and alert.acknowledged:
        parts.append(handovers.had(tr, alert.acknowledged.by))
    parts.append(Note(_origin(tr, alert, rule, zone)))
    given = reference(alert.id, alert.key.business_date)
    return compose(parts if reply else [*parts, Actions([why_button(tr, given)])])


def _title(tr: Words, alert: Alert, rule: Rule | None, workspace: Workspace | None, zone: ZoneInfo) -> str:
    where = clip(workspace.label if workspace else alert.key.subject)
    if _of_project(alert):
        where = tr("project {name}", name=where)
    before, after = "", ""
    if alert.ending is Ending.RULE_CHANGED and alert.terms and rule:
        before = condition(tr, alert.terms.metric, alert.terms.limit, below=alert.terms.below)
        after = condition(tr, rule.metric, rule.limit, below=rule.below)
    if alert.ending is Ending.ZONE_CHANGED and workspace:
        before, after = zone_name(zone), zone_name(workspace.zone)
    why = WHY[alert.ending or Ending.RULE_REMOVED]
    return tr(why, where=where, rule=clip(alert.key.rule), before=before, after=after)


def _last_known(tr: Words, alert: Alert, rule: Rule | None, zone: ZoneInfo) -> str:
    """The note that this is no recovery, with the last reading."""
    at = tr.moment(alert.read_at, zone, on=alert.key.business_date)
    if _of_project(alert):
        return tr(
            "Not a recovery: DLF could still not be read at {at}. The project is no longer checked.", at=at
        )
    judged = as_judged(alert, rule)
    now = tr.phrase(judged.metric, alert.value) if judged else tr("last value {n}", n=number(alert.value))
    said = "Not a recovery: {now} when last read at {at}."
    if alert.ending is Ending.RULE_CHANGED:
        said = "Not a recovery: {now} when last read at {at}. A new alert follows if the new rule fires."
    return tr(said, now=now, at=at)


def _origin(tr: Words, alert: Alert, rule: Rule | None, zone: ZoneInfo) -> list[str]:
    if _of_project(alert):
        return [zone_name(zone)]
    on, judged = alert.key.business_date, as_judged(alert, rule)
    worst = amount(judged.metric, alert.peak) if judged else number(alert.peak)
    peak = tr("lowest {n}" if judged and judged.below else "peak {n}", n=worst)
    when = when_note(tr, [(on, zone)], [(alert.read_at, zone)])
    said = [clip(alert.key.subject), when, scope_note(tr)]
    return said if alert.peak == alert.value else [peak, *said]


def _of_project(alert: Alert) -> bool:
    return alert.key.rule == UNREADABLE.name
