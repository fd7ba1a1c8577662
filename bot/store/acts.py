"""Acts: each action of a person, with its time and channel."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.acts import Act, ActKind
from bot.store.database import Database
from bot.store.schema import acts

_BATCH = 500

_ADD = insert(acts)
_SINCE = select(acts).where(acts.c.at >= bindparam("moment")).order_by(acts.c.at, acts.c.id)
_OLD = select(acts.c.id).where(acts.c.at < bindparam("before")).limit(_BATCH)
_PRUNE = delete(acts).where(acts.c.id.in_(_OLD))


class Acts:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, act: Act) -> None:
        await self._database.change(_ADD, _values(act))

    async def since(self, moment: datetime) -> Sequence[Act]:
        """Every act of that moment or later, the oldest first."""
        return [_act(row) for row in await self._database.fetch(_SINCE, {"moment": moment})]

    async def prune(self, before: datetime) -> int:
        """Forget the acts before a time, in small steps; how many."""
        return await self._database.in_steps(_PRUNE, {"before": before}, _BATCH)


async def add_in(connection: AsyncConnection, act: Act) -> None:
    """Keep an act within the transaction that does it."""
    await connection.execute(_ADD, _values(act))


def _values(act: Act) -> dict[str, Any]:
    return {
        "kind": act.kind.value,
        "by": act.by,
        "at": act.at,
        "about": act.about,
        "channel": act.channel,
        "alert_id": act.alert_id,
        "detail": act.detail,
    }


def _act(row: Row[Any]) -> Act:
    return Act(ActKind(row.kind), row.by, row.at, row.about, row.channel, row.alert_id, row.detail)
