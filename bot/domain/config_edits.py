"""The effect of an edited config on existing alerts: which go on, which end."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from bot.domain.alert_advance import end_without_reading
from bot.domain.alerts import Alert, Ending, State, Terms
from bot.domain.model import Workspace, business_date, day_of
from bot.domain.rules import Reading, Rule
from bot.domain.unreadable import UNREADABLE

# Endings where the workspace is still polled, but on other terms: no reading will continue the alert.
AT_ONCE = frozenset({Ending.RULE_CHANGED, Ending.ZONE_CHANGED, Ending.WORKSPACE_CHANGED})


def ended_by_edit(
    alert: Alert, rules: Mapping[str, Rule], workspaces: Mapping[str, Workspace]
) -> Ending | None:
    """How the config ends the alert; None while rule, subject and terms are unchanged."""
    key = alert.key
    if key.rule == UNREADABLE.name:
        known = any(one.project == key.subject for one in workspaces.values())
        return None if known else Ending.PROJECT_REMOVED
    workspace, rule = workspaces.get(key.subject), rules.get(key.rule)
    if workspace is None:
        return Ending.WORKSPACE_REMOVED
    if rule is None:
        return Ending.RULE_REMOVED
    if not rule.watches(workspace):
        return Ending.NOT_WATCHED
    return changed(alert, rule, workspace)


def changed(alert: Alert, rule: Rule, workspace: Workspace) -> Ending | None:
    """How a changed rule or workspace ends the alert; None while a reading continues it.

    An alert without terms takes the rule's and the workspace's.
    """
    terms = alert.terms
    if terms is None:
        return None
    if terms.workspace_id != workspace.id:
        return Ending.WORKSPACE_CHANGED
    if (terms.metric, terms.below) != (rule.metric, rule.below):
        return Ending.RULE_CHANGED
    return Ending.ZONE_CHANGED if redated(alert, workspace) != alert else None


def end_by_edit(alert: Alert, edited: Ending, now: datetime) -> Alert:
    """The alert ended by the edit; if it was over already, only its ending changes."""
    if alert.state is State.OVER:
        return replace(alert, ending=edited)
    return end_without_reading(alert, edited, now)


def limit_before(alert: Alert, rule: Rule) -> float | None:
    """The old limit if the alert resolved only because its limit was moved, else None."""
    terms = alert.terms
    if alert.ending is not Ending.RESOLVED or terms is None or terms.limit == rule.limit:
        return None
    return terms.limit if replace(rule, limit=terms.limit).breached(alert.value) else None


def judged_otherwise(alert: Alert, rule: Rule, workspace: Workspace) -> bool:
    """True if the alert was judged by other terms: an earlier config's or another replica's."""
    terms = alert.terms
    if terms is None:
        return False
    return terms.limit != rule.limit or changed(alert, rule, workspace) is not None


def has_old_name(rule: Rule, rules: Iterable[Rule], alerts: Iterable[Alert]) -> bool:
    """True if an alert belongs to a removed rule with the same meaning: the rule was renamed.

    False for alerts that outlive their day: they go on under the new name.
    """
    if rule.outlives_day:
        return False
    names = {one.name for one in rules}
    return any(
        alert.terms is not None
        and alert.key.rule not in names
        and (alert.terms.metric, alert.terms.below) == (rule.metric, rule.below)
        for alert in alerts
    )


def terms_of(rule: Rule, workspace: Workspace, reading: Reading, before: Alert | None) -> Terms:
    """The terms of an alert after a reading; `limit` stays the limit that the value last passed."""
    kept = before.terms if before else None
    limit = rule.limit if reading.breached or kept is None else kept.limit
    return Terms(rule.metric, rule.below, limit, workspace.zone, workspace.id)


def as_judged(alert: Alert, rule: Rule | None) -> Rule | None:
    """The rule with the metric and direction that the alert was judged by; None if they are unknown."""
    terms = alert.terms
    if terms is None:
        return rule
    if rule is None:
        return Rule(alert.key.rule, terms.metric, terms.limit, terms.below)
    if (terms.metric, terms.below) == (rule.metric, rule.below):
        return rule
    return replace(rule, metric=terms.metric, below=terms.below, limit=terms.limit, clear_limit=None)


def redated(alert: Alert, workspace: Workspace) -> Alert:
    """The alert, moved to the date that its count has in the workspace's present zone; it keeps its id."""
    terms = alert.terms
    if terms is None or terms.zone is None or terms.zone == workspace.zone:
        return alert
    day = day_of(alert.key.business_date, alert.read_at, terms.zone)
    on = business_date(day, alert.read_at, workspace.zone) if day else None
    if on is None or on == alert.key.business_date:
        return alert
    key = replace(alert.key, business_date=on)
    return replace(alert, key=key, kept_id=alert.id, terms=replace(terms, zone=workspace.zone))
