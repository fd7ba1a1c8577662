"""Export of counts, alerts and acts for other programs, a page at a time."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Dialect, Row, Table, Text, or_, select, type_coerce
from sqlalchemy.types import TypeDecorator

from bot.domain.model import COUNT_NAMES
from bot.store.alert_rows import ending_of
from bot.store.database import Database
from bot.store.paging import pages
from bot.store.schema import Utc, acts, alerts, snapshots


class Kind(StrEnum):
    """The kinds of rows to export."""

    COUNTS = "counts"
    ALERTS = "alerts"
    ACTS = "acts"


# The values in the order of the kind's `COLUMNS`.
Record: TypeAlias = Sequence[Any]
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


# The names of columns that the tables call otherwise.
_KEPT_AS = {"workspace": "workspace_key", "alert_id": "id", "limit": "rule_limit", "act": "kind"}
# Few pages cost little; a page of this many rows takes about 5 MiB.
_PAGE = 5_000


class Export:
    def __init__(self, database: Database, *, page: int = _PAGE) -> None:
        self._database, self._page = database, page

    async def pages(self, kind: Kind, limits: Limits = Limits()) -> AsyncIterator[Sequence[Record]]:
        """Yield the records, many at a time; times are texts of ISO 8601, what is unknown is None."""
        table, columns, wanted, record = _KINDS[kind]
        statement = select(*columns).where(*wanted(limits))
        async for page in pages(self._database.fetch, table, statement, size=self._page):
            yield [record(row) for row in page] if record else page


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


def _alert(row: Row[Any]) -> Record:
    """Alerts keep the endings that older versions do not know in columns of their own."""
    at, ending = COLUMNS[Kind.ALERTS].index("ending"), ending_of(row)
    return (*row[:at], ending and ending.value, *row[at + 1 : len(COLUMNS[Kind.ALERTS])])


def _act(row: Row[Any]) -> Record:
    return row[: len(COLUMNS[Kind.ACTS])]


class _Iso(TypeDecorator[str]):
    """An instant as text: to parse and format each would cost as much as to read it."""

    impl = Text
    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: Any) -> Callable[[Any], str | None]:
        return _iso_kept if dialect.name == "sqlite" else _iso


def _iso_kept(kept: str | None) -> str | None:
    return kept and kept.replace(" ", "T").removesuffix(".000000") + "+00:00"


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _columns(table: Table, kind: Kind, *others: str) -> list[ColumnElement[Any]]:
    """The kind's columns, and others that are read with them."""
    found = [table.c[name if name in table.c else _KEPT_AS[name]] for name in (*COLUMNS[kind], *others)]
    return [type_coerce(one, _Iso()).label(one.name) if isinstance(one.type, Utc) else one for one in found]


_Wanted = Callable[[Limits], Iterator[ColumnElement[bool]]]
_Of = Callable[[Row[Any]], Record]
_KINDS: Mapping[Kind, tuple[Table, Sequence[ColumnElement[Any]], _Wanted, _Of | None]] = {
    Kind.COUNTS: (snapshots, _columns(snapshots, Kind.COUNTS), _counts_wanted, None),
    Kind.ALERTS: (alerts, _columns(alerts, Kind.ALERTS, "no_longer_told", "edit"), _alerts_wanted, _alert),
    Kind.ACTS: (acts, _columns(acts, Kind.ACTS, "id"), _acts_wanted, _act),
}
