"""Alerts as rows, and rows as alerts."""

import json
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from bot.domain.alerts import (
    BY_EDIT,
    Acknowledgement,
    Alert,
    AlertKey,
    Done,
    Ending,
    Handover,
    Reason,
    State,
    Terms,
    Told,
)
from bot.domain.model import Metric
from bot.domain.named_jobs import NamedJob, NamedJobs

# The ending that every version knows, kept in place of a newer one.
_KEPT_AS = {Ending.NO_LONGER_TOLD: Ending.DAY_ENDED, **dict.fromkeys(BY_EDIT, Ending.RULE_REMOVED)}


def truth_values(alert: Alert) -> dict[str, Any]:
    """The columns that say what is true, without `owed`, which only ever becomes true."""
    ending, terms = alert.ending, alert.terms
    kept = _KEPT_AS.get(ending, ending) if ending else None
    return {
        "business_date": alert.key.business_date,  # a corrected time zone moves it
        "state": alert.state.value,
        "value": alert.value,
        "peak": alert.peak,
        "since": alert.since,
        "read_at": alert.read_at,
        "breaches": alert.breaches,
        "clears": alert.clears,
        "fired_at": alert.fired_at,
        "over_at": alert.over_at,
        "ending": kept.value if kept else None,
        "no_longer_told": ending is Ending.NO_LONGER_TOLD or None,
        "edit": ending.value if ending and ending in BY_EDIT else None,
        "ended_value": alert.ended_value,
        "changed_at": alert.changed_at,
        "detail": alert.detail,
        "metric": terms.metric.value if terms else None,
        "below": terms.below if terms else None,
        "rule_limit": terms.limit if terms else None,
        "zone": terms.zone.key if terms and terms.zone else None,
        "workspace_id": terms.workspace_id if terms else None,
        **({"jobs": None} if alert.state is State.OVER else {}),
    }


def alert_of(row: Row[Any]) -> Alert:
    alert = _alert(row)
    return alert if alert.id == row.id else replace(alert, kept_id=row.id)


def _alert(row: Row[Any]) -> Alert:
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
        ending=ending_of(row),
        must_notify=row.owed,
        told=told_of(row),
        acknowledged=_acknowledged(row),
        detail=row.detail,
        ended_value=row.ended_value,
        changed_at=row.changed_at,
        handover=_handover(row),
        done=Done(row.done_by, row.done_at) if row.done_by else None,
        terms=_terms(row),
        jobs=_named_jobs(row.jobs) if row.jobs else None,
    )


def jobs_text(named: NamedJobs) -> str:
    """The look-up as it is kept."""
    kept = {"read_at": named.read_at.isoformat(), "more": named.more}
    return json.dumps({**kept, "jobs": [asdict(job) for job in named.jobs]})


def _named_jobs(text: str) -> NamedJobs:
    kept, known = json.loads(text), NamedJob.__dataclass_fields__
    jobs = tuple(NamedJob(**{name: job[name] for name in known if name in job}) for job in kept["jobs"])
    return NamedJobs(datetime.fromisoformat(kept["read_at"]), jobs, kept["more"])


def told_of(row: Row[Any]) -> Told | None:
    """The columns that say what Slack was told, or is to be told."""
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


def ending_of(row: Row[Any]) -> Ending | None:
    if row.no_longer_told:
        return Ending.NO_LONGER_TOLD
    ending = row.edit or row.ending
    return Ending(ending) if ending else None


def _terms(row: Row[Any]) -> Terms | None:
    if row.metric is None:
        return None
    zone = ZoneInfo(row.zone) if row.zone else None
    return Terms(Metric(row.metric), row.below, row.rule_limit, zone, row.workspace_id or "")


def _acknowledged(row: Row[Any]) -> Acknowledgement | None:
    return Acknowledgement(row.acknowledged_by, row.acknowledged_at) if row.acknowledged_by else None


def _handover(row: Row[Any]) -> Handover | None:
    return (
        Handover(row.handovers, row.handed_by, row.handed_at, row.handed_from or "")
        if row.handovers
        else None
    )
