"""Folds: the alerts that a single message tells of; none joins whose own message was ever tried."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.folds import Fold, Place
from bot.domain.notices import Standing
from bot.store.database import Abandon, Database
from bot.store.schema import Utc, alerts, fold_members, folds, leases, notices
from bot.store.shield import shielded
from bot.store.sql import among_named, listing

_it, _member, _notice = folds.c, fold_members.c, notices.c

# Locked, so that nobody else gets the lease before the members are written.
_LEASE = (
    select(leases.c.name)
    .where(leases.c.name == bindparam("under"), leases.c.owner == bindparam("holder"))
    .with_for_update(read=True)
)
_OPEN = insert(folds).returning(_it.id)
_RECENT = or_(_it.closed_at.is_(None), _it.closed_at > bindparam("since", type_=Utc()))
_FOLDS = select(folds).where(_RECENT).order_by(_it.id)
_MEMBERS = (
    select(_member.alert_id, _member.fold, _member.left_at)
    .join(folds, _it.id == _member.fold)
    .where(_RECENT)
    .order_by(_member.joined_at, _member.alert_id)
)
_MARK = select(
    select(func.max(_it.id)).scalar_subquery(),
    select(func.count(_it.closed_at)).scalar_subquery(),
    select(func.count()).select_from(fold_members).scalar_subquery(),
    select(func.count(_member.left_at)).scalar_subquery(),
)
_OF_FOLD = (
    select(_member.alert_id)
    .where(_member.fold == bindparam("of_fold"), _member.left_at.is_(None))
    .order_by(_member.alert_id)
)
_LEAVE = (
    update(fold_members)
    .where(_member.alert_id == bindparam("of_id"), _member.left_at.is_(None))
    .values(left_at=bindparam("now", type_=Utc()))
)
_CLOSE = (
    update(folds)
    .where(_it.id == bindparam("of_id"), _it.closed_at.is_(None))
    .values(closed_at=bindparam("now", type_=Utc()))
)
_LAST_REPLY = (
    select(_notice.key, _notice.standing, _notice.ts, _notice.wanted_at)
    .where(_notice.thread_of == bindparam("of_root"))
    .order_by(_notice.seq.desc())
    .limit(1)
)
# No other replica adds own notices meanwhile: the lease that allows it is locked.
_DELETE_UNTRIED = delete(notices).where(
    among_named(_notice.key, "keys"),
    _notice.standing == Standing.QUEUED.value,
    _notice.ts.is_(None),
    _notice.claim_number == 0,
)
_has_own = select(_notice.seq).where(_notice.key == literal("alert/") + alerts.c.id).exists()
_FREE = select(alerts.c.id).where(among_named(alerts.c.id, "ids"), alerts.c.told_reason.is_(None), ~_has_own)
_OLD = select(_it.id).where(_it.closed_at < bindparam("before"))
_PRUNE_MEMBERS = delete(fold_members).where(_member.fold.in_(_OLD))
_PRUNE = delete(folds).where(_it.closed_at < bindparam("before"))


@dataclass(frozen=True, slots=True)
class LastReply:
    """The newest reply below a fold's message."""

    key: str
    sent: bool
    wanted_at: datetime


class Folds:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def since(self, moment: datetime) -> list[Fold]:
        """The folds that were not closed at `moment`, with their members, the oldest first."""
        members: defaultdict[int, dict[str, bool]] = defaultdict(dict)
        for row in await self._database.fetch(_MEMBERS, {"since": moment}):
            members[row.fold][row.alert_id] = row.left_at is not None
        return [
            Fold(row.id, Place(row.rule, row.channel), row.opened_at, row.closed_at, members[row.id])
            for row in await self._database.fetch(_FOLDS, {"since": moment})
        ]

    async def mark(self) -> object:
        """A value that changes whenever a fold opens or closes or an alert joins or leaves one."""
        return tuple((await self._database.fetch(_MARK))[0])

    async def members(self, fold: int) -> list[str]:
        """The ids of the alerts that the fold tells of."""
        return [row.alert_id for row in await self._database.fetch(_OF_FOLD, {"of_fold": fold})]

    @shielded
    async def open(
        self, place: Place, ids: Sequence[str], now: datetime, *, under: str, holder: str
    ) -> Fold | None:
        """Fold the alerts that may be folded; None, and nothing changes, if fewer than two may.

        Their own notices that were never tried are deleted in the same transaction. Nothing changes unless
        `holder` has the lease `under`.
        """
        try:
            async with self._database.transaction() as connection:
                await _check_lease(connection, under, holder)
                given = {"rule": place.rule, "channel": place.channel, "opened_at": now}
                number: int = (await connection.execute(_OPEN, given)).scalar_one()
                joined = await self._add(connection, dict.fromkeys(ids, number), now)
                if len(joined) < 2:
                    raise Abandon
        except Abandon:
            return None
        return Fold(number, place, now, None, dict.fromkeys(joined, False))

    @shielded
    async def join(self, folds: Mapping[str, int], now: datetime, *, under: str, holder: str) -> list[str]:
        """Add the alerts that may be folded, like `open`; the ids of those that joined.

        `folds` maps each alert's id to its fold.
        """
        try:
            async with self._database.transaction() as connection:
                await _check_lease(connection, under, holder)
                return await self._add(connection, folds, now)
        except Abandon:
            return []

    async def leave(self, alert_id: str, now: datetime) -> None:
        """Note that an alert has a message of its own from now on."""
        await self._database.change(_LEAVE, {"of_id": alert_id, "now": now})

    async def close(self, fold: int, now: datetime) -> None:
        """Note that nothing is left to tell of a fold."""
        await self._database.change(_CLOSE, {"of_id": fold, "now": now})

    async def last_reply(self, root_key: str) -> LastReply | None:
        rows = await self._database.fetch(_LAST_REPLY, {"of_root": root_key})
        if not rows:
            return None
        row = rows[0]
        sent = row.standing == Standing.SENT or row.ts is not None
        return LastReply(row.key, sent, row.wanted_at)

    async def prune(self, before: datetime) -> int:
        """Forget the folds closed before a time, and their members; how many folds."""
        async with self._database.transaction() as connection:
            await connection.execute(_PRUNE_MEMBERS, {"before": before})
            return (await connection.execute(_PRUNE, {"before": before})).rowcount

    async def _add(self, connection: AsyncConnection, folds: Mapping[str, int], now: datetime) -> list[str]:
        """Delete the members' own notices and note the members, but not of alerts tried or told already."""
        ids = {"ids": listing(folds), "keys": listing(f"alert/{id}" for id in folds)}
        await connection.execute(_DELETE_UNTRIED, ids)
        free = [row.id for row in await connection.execute(_FREE, ids)]
        if not free:
            return []
        new: Any = self._database.insert(fold_members)
        added = new.on_conflict_do_nothing().returning(_member.alert_id)
        rows = [{"alert_id": id, "fold": folds[id], "joined_at": now} for id in free]
        joined = [row.alert_id for row in await connection.execute(added, rows)]
        return sorted(joined)


async def _check_lease(connection: AsyncConnection, under: str, holder: str) -> None:
    if (await connection.execute(_LEASE, {"under": under, "holder": holder})).first() is None:
        raise Abandon
