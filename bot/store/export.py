"""What is kept, for other programs: counts, alerts and acts, a page at a time."""

from collections.abc import AsyncIterator, Callable, Mapping
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
    """What can be exported."""

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


class Export:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def rows(
        self, kind: Kind, since: datetime | None = None, workspace: str | None = None
    ) -> AsyncIterator[dict[str, Any]]:
        """Yield each record as `COLUMNS` names its parts; times are aware, what is unknown is None.

        With `since`: counts read, alerts not over, and acts done then or later. With `workspace`, a key: what
        is about it alone.
        """
        table, wanted, record = _KINDS[kind]
        statement = select(table).where(*wanted(since, workspace))
        async for page in pages(self._database.fetch, table, statement):
            for row in page:
                yield record(row)


def _counts_wanted(since: datetime | None, workspace: str | None) -> list[ColumnElement[bool]]:
    return [
        *([snapshots.c.read_at >= since] if since else []),
        *([snapshots.c.workspace_key == workspace] if workspace else []),
    ]


def _alerts_wanted(since: datetime | None, workspace: str | None) -> list[ColumnElement[bool]]:
    return [
        *([or_(alerts.c.over_at.is_(None), alerts.c.over_at >= since)] if since else []),
        *([alerts.c.subject == workspace] if workspace else []),
    ]


def _acts_wanted(since: datetime | None, workspace: str | None) -> list[ColumnElement[bool]]:
    """An act that is about a workspace begins with its key, also after its alert was forgotten."""
    return [
        *([acts.c.at >= since] if since else []),
        *([acts.c.about.startswith(f"{workspace} ", autoescape=True)] if workspace else []),
    ]


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


_Wanted = Callable[[datetime | None, str | None], list[ColumnElement[bool]]]
_KINDS: Mapping[Kind, tuple[Table, _Wanted, Callable[[Row[Any]], dict[str, Any]]]] = {
    Kind.COUNTS: (snapshots, _counts_wanted, _counts),
    Kind.ALERTS: (alerts, _alerts_wanted, _alert),
    Kind.ACTS: (acts, _acts_wanted, _act),
}
