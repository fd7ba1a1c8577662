"""Export of counts, alerts and acts for other programs, a page at a time."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, or_, select

from bot.domain.model import COUNT_NAMES
from bot.store.alert_rows import alert_of
from bot.store.database import Database
from bot.store.paging import pages
from bot.store.schema import acts, alerts, snapshots


class Kind(StrEnum):
    """The kinds of rows to export."""

    COUNTS = "counts"
    ALERTS = "alerts"
    ACTS = "acts"


COLUMNS: Mapping[Kind, tuple[str, ...]] = {
    Kind.COUNTS: ("workspace", "business_date", "own", "read_at", "changed_at", *COUNT_NAMES),
    Kind.ALERTS: (
        *("alert_id", "rule", "subject", "business_date", "episode", "state", "ending", "metric", "limit"),
        *("value", "peak", "since", "fired_at", "over_at", "acknowledged_by", "acknowledged_at"),
        *("done_by", "done_at", "detail"),
    ),
    Kind.ACTS: ("at", "by", "act", "about", "detail", "channel", "alert_id"),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """Which records: counts read, alerts not over, and acts done at `since` or later, and what is about a
    workspace (a key) or a rule; None limits nothing. Counts have no rule.
    """

    since: datetime | None = None
    workspace: str | None = None
    rule: str | None = None


class Export:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def rows(self, kind: Kind, limits: Limits = Limits()) -> AsyncIterator[dict[str, Any]]:
        """Yield each record as `COLUMNS` names its parts; times are aware, what is unknown is None."""
        table, wanted, record = _KINDS[kind]
        statement = select(table).where(*wanted(limits))
        async for page in pages(self._database.fetch, table, statement):
            for row in page:
                yield record(row)


def _counts_wanted(limits: Limits) -> Iterator[ColumnElement[bool]]:
    if limits.since:
        yield snapshots.c.read_at >= limits.since
    if limits.workspace:
        yield snapshots.c.workspace_key == limits.workspace


def _alerts_wanted(limits: Limits) -> Iterator[ColumnElement[bool]]:
    if limits.since:
        yield or_(alerts.c.over_at.is_(None), alerts.c.over_at >= limits.since)
    if limits.workspace:
        yield alerts.c.subject == limits.workspace
    if limits.rule:
        yield alerts.c.rule == limits.rule


def _acts_wanted(limits: Limits) -> Iterator[ColumnElement[bool]]:
    """An act that is about a workspace begins with its key, also after its alert was forgotten."""
    if limits.since:
        yield acts.c.at >= limits.since
    if limits.workspace:
        yield acts.c.about.startswith(f"{limits.workspace} ", autoescape=True)
    if limits.rule:
        yield acts.c.alert_id.in_(select(alerts.c.id).where(alerts.c.rule == limits.rule))


def _counts(row: Row[Any]) -> dict[str, Any]:
    head = (row.workspace_key, row.business_date, row.own, row.read_at, row.changed_at)
    return dict(zip(COLUMNS[Kind.COUNTS], (*head, *row[-len(COUNT_NAMES) :]), strict=True))


def _alert(row: Row[Any]) -> dict[str, Any]:
    alert = alert_of(row)
    named = {name: getattr(row, name, None) for name in COLUMNS[Kind.ALERTS]}
    ending = alert.ending.value if alert.ending else None
    return named | {"alert_id": row.id, "ending": ending, "limit": row.rule_limit}


def _act(row: Row[Any]) -> dict[str, Any]:
    return {name: getattr(row, name, None) for name in COLUMNS[Kind.ACTS]} | {"act": row.kind}


_Wanted = Callable[[Limits], Iterator[ColumnElement[bool]]]
_KINDS: Mapping[Kind, tuple[Table, _Wanted, Callable[[Row[Any]], dict[str, Any]]]] = {
    Kind.COUNTS: (snapshots, _counts_wanted, _counts),
    Kind.ALERTS: (alerts, _alerts_wanted, _alert),
    Kind.ACTS: (acts, _acts_wanted, _act),
}
