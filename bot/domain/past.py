"""Alerts that outlive their business date: when the date ends, which alerts go on, which still fire."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from bot.domain.alerts import Alert, Ending, State
from bot.domain.model import DAYS_AGO, Day, Workspace, day_of
from bot.domain.rules import Rule


def day_ends(business_date: date, zone: tzinfo) -> datetime:
    """The midnight that ends a business date."""
    return datetime.combine(business_date + timedelta(days=1), time(), zone).astimezone(UTC)


def is_past(alert: Alert, rule: Rule, zone: ZoneInfo, now: datetime | None = None) -> bool:
    """True if the alert goes on, or went on, after the end of its business date.

    Leave out `now` to decide by the readings alone.
    """
    if not rule.outlives_day or alert.ending is Ending.DAY_ENDED:
        return False
    end = day_ends(alert.key.business_date, zone)
    if alert.state is State.OVER:
        return (alert.over_at or alert.read_at) >= end
    return max(alert.read_at, now or alert.read_at) >= end


def burns(alerts: Iterable[Alert], rules: Mapping[str, Rule], workspace: Workspace) -> bool:
    """True if an alert that outlives its day is not over; its date is then read as often as today."""
    watching = {name for name, rule in rules.items() if rule.outlives_day and rule.watches(workspace)}
    return any(alert.state is not State.OVER and alert.key.rule in watching for alert in alerts)


def past_days(
    alerts: Iterable[Alert], rules: Mapping[str, Rule], workspaces: Mapping[str, Workspace], now: datetime
) -> set[tuple[str, Day]]:
    """The workspace key and day of every past date on which an alert that outlives its day fires."""
    found = set[tuple[str, Day]]()
    for alert in alerts:
        workspace, rule = workspaces.get(alert.key.subject), rules.get(alert.key.rule)
        if workspace is None or rule is None or not rule.outlives_day or alert.state is not State.FIRING:
            continue
        day = day_of(alert.key.business_date, now, workspace.zone)
        if day in (Day.YESTERDAY, Day.BEFORE_YESTERDAY):
            found.add((workspace.key, day))
    return found


def ending_unread(alert: Alert, rule: Rule | None, workspace: Workspace, now: datetime) -> Ending | None:
    """How an alert ends because DLF no longer returns its date; None while DLF returns it, or will."""
    oldest = now.astimezone(workspace.zone).date() - timedelta(days=max(DAYS_AGO.values()))
    if alert.key.business_date >= oldest:
        return None
    return Ending.NO_LONGER_TOLD if rule is not None and rule.outlives_day else Ending.DAY_ENDED
