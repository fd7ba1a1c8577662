"""Silences: the rule and subject each mutes, its author and its end."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Row, Update, bindparam, delete, select, update

from bot.domain.acts import Act
from bot.domain.silences import Person, Silence
from bot.store.acts import add_in
from bot.store.database import Database
from bot.store.schema import silences
from bot.store.shield import shielded

_it = silences.c
_OF_WISH = select(silences).where(_it.wish == bindparam("the_wish"))
# A silence that was ended frees its wish: the same silence may be asked for anew.
_ENDED = {"wish": None}


class Silences:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._add = database.insert(silences).on_conflict_do_nothing().returning(_it.id)

    @shielded
    async def add(self, silence: Silence, act: Act | None = None) -> Silence:
        """Keep a silence and the act that made it; return it as it is kept.

        The same wish of the same person is kept as a single silence and a single act.
        """
        wish = _wish(silence)
        given = {
            "rule": silence.rule,
            "subject": silence.subject,
            "until": silence.until,
            "by": silence.by,
            "at": silence.at,
            "comment": silence.comment,
            "name": silence.name,
            "worse_than": silence.worse_than,
            "wish": wish,
        }
        async with self._database.transaction() as connection:
            added = (await connection.execute(self._add, given)).first()
            if added is not None and act is not None:
                await add_in(connection, act)
        rows = await self._database.fetch(_OF_WISH, {"the_wish": wish})
        return _silence(rows[0]) if rows else silence

    @shielded
    async def extend(self, id: int, until: datetime, now: datetime, act: Act | None = None) -> bool:
        """Have a silence that still lasts end later, and keep the act; False if that changes nothing."""
        later = update(silences).where(_it.id == id, _it.until > now, _it.until < until).values(until=until)
        async with self._database.transaction() as connection:
            extended = (await connection.execute(later)).rowcount > 0
            if extended and act is not None:
                await add_in(connection, act)
        return extended

    async def active(self, now: datetime) -> Sequence[Silence]:
        return await self.since(now)

    async def since(self, moment: datetime) -> Sequence[Silence]:
        """The silences that had not ended at `moment`."""
        statement = select(silences).where(_it.until > moment).order_by(_it.until, _it.id)
        return [_silence(row) for row in await self._database.fetch(statement)]

    @shielded
    async def end(self, ids: Iterable[int], by: Person, now: datetime, act: Act | None = None) -> int:
        """End these silences, if they still last, for a person, and keep the act; returns how many ended."""
        statement = _ending(ids, now, {"ended_by": by.id, "ended_name": by.name})
        async with self._database.transaction() as connection:
            ended = (await connection.execute(statement)).rowcount
            if ended and act is not None:
                await add_in(connection, act)
        return ended

    async def end_worse(self, ids: Iterable[int], now: datetime) -> int:
        """End these silences because their alert got worse; returns how many."""
        return await self._database.count(_ending(ids, now, {"got_worse": True}))

    async def prune(self, before: datetime) -> int:
        """Forget the silences that ended before a time."""
        return await self._database.count(delete(silences).where(_it.until < before))


def _ending(ids: Iterable[int], now: datetime, said: dict[str, Any]) -> Update:
    return update(silences).where(_it.id.in_(list(ids)), _it.until > now).values(until=now, **_ENDED, **said)


def _wish(silence: Silence) -> str:
    until = silence.until.isoformat()
    wanted = (silence.rule, silence.subject, until, silence.by, silence.worse_than, silence.comment)
    return sha256(repr(wanted).encode("utf-8", "surrogatepass")).hexdigest()


def _silence(row: Row[Any]) -> Silence:
    return Silence(
        row.rule,
        row.subject,
        row.until,
        row.by,
        row.at,
        row.comment,
        name=row.name or "",
        worse_than=row.worse_than,
        ended_by=row.ended_by or "",
        ended_name=row.ended_name or "",
        got_worse=bool(row.got_worse),
        id=row.id,
    )
