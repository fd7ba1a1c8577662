"""Alerts as rows, and rows as alerts."""

from typing import Any

from sqlalchemy import Row

from bot.domain.alerts import Acknowledgement, Alert, AlertKey, Done, Ending, Handover, Reason, State, Told


def truth_values(alert: Alert) -> dict[str, Any]:
    """The columns that say what is true, but for `owed`: that one only ever becomes true."""
    no_longer_told = alert.ending is Ending.NO_LONGER_TOLD
    ending = Ending.DAY_ENDED if no_longer_told else alert.ending
    return {
        "state": alert.state.value,
        "value": alert.value,
        "peak": alert.peak,
        "since": alert.since,
        "read_at": alert.read_at,
        "breaches": alert.breaches,
        "clears": alert.clears,
        "fired_at": alert.fired_at,
        "over_at": alert.over_at,
        "ending": ending.value if ending else None,
        "no_longer_told": no_longer_told or None,
        "ended_value": alert.ended_value,
        "changed_at": alert.changed_at,
        "detail": alert.detail,
    }


def alert_of(row: Row[Any]) -> Alert:
    return Alert(
        key=AlertKey(row.rule, row.subject, row.business_date),
        episode=row.episode,
        state=State(row.state),
        value=row.value,
        peak=row.peak,
        since=row.since,
        read_at=row.read_at,
        breaches=row.breaches,
        clears=row.clears,
        fired_at=row.fired_at,
        over_at=row.over_at,
        ending=_ending(row),
        must_notify=row.owed,
        told=told_of(row),
        acknowledged=_acknowledged(row),
        detail=row.detail,
        ended_value=row.ended_value,
        changed_at=row.changed_at,
        handover=_handover(row),
        done=Done(row.done_by, row.done_at) if row.done_by else None,
    )


def told_of(row: Row[Any]) -> Told | None:
    """The columns that say what Slack was (or is to be) told."""
    if row.told_reason is None:
        return None
    handovers = row.told_handovers or 0
    return Told(
        Reason(row.told_reason), row.told_value, row.told_at, row.told_seq, row.told_reminders, handovers
    )


def told_values(told: Told | None) -> dict[str, Any]:
    """The same columns for a row to write."""
    return {
        "told_reason": told.reason.value if told else None,
        "told_value": told.value if told else None,
        "told_at": told.at if told else None,
        "told_seq": told.seq if told else None,
        "told_reminders": told.reminders if told else None,
        "told_handovers": told.handovers if told else None,
    }


def _ending(row: Row[Any]) -> Ending | None:
    if row.no_longer_told:
        return Ending.NO_LONGER_TOLD
    return Ending(row.ending) if row.ending else None


def _acknowledged(row: Row[Any]) -> Acknowledgement | None:
    return Acknowledgement(row.acknowledged_by, row.acknowledged_at) if row.acknowledged_by else None


def _handover(row: Row[Any]) -> Handover | None:
    return (
        Handover(row.handovers, row.handed_by, row.handed_at, row.handed_from or "")
        if row.handovers
        else None
    )
