"""Digests: when each was first seen in a config, and which business dates it covered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Executable, Text, bindparam, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.coverage import Coverage, Covers
from bot.store.database import Database
from bot.store.schema import digest_dates, digests, notices
from bot.store.shield import shielded

_SEEN = select(digests.c.first_seen_at, digests.c.last_due_at).where(digests.c.name == bindparam("of_name"))
_UNTIL = select(digest_dates.c.project, digest_dates.c.until).where(
    digest_dates.c.digest == bindparam("of_name")
)
# A scheduled digest's key ends in its date; the key of a digest on request is longer.
_PREFIX = bindparam("prefix", type_=Text())
_POSTED_FOR = select(func.max(notices.c.wanted_at)).where(
    func.substr(notices.c.key, 1, func.length(_PREFIX)) == _PREFIX,
    func.length(notices.c.key) == func.length(_PREFIX) + len("2026-11-30"),
)
_OLD = select(digests.c.name).where(
    func.coalesce(digests.c.last_due_at, digests.c.first_seen_at) < bindparam("before")
)
_PRUNE_DATES = delete(digest_dates).where(digest_dates.c.digest.in_(_OLD))
_PRUNE = delete(digests).where(digests.c.name.in_(_OLD))


class Digests:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._see = database.insert(digests).on_conflict_do_nothing()

    async def see(self, name: str, now: datetime) -> datetime:
        """When the digest was first in a config: now, unless it was seen or posted before."""
        known = await self._database.fetch(_SEEN, {"of_name": name})
        if not known:
            posted_for = await self._posted_for(name)
            first = min(now, posted_for) if posted_for else now
            await self._database.change(self._see, {"name": name, "first_seen_at": first})
            known = await self._database.fetch(_SEEN, {"of_name": name})
        found: datetime = known[0].first_seen_at if known else now
        return found

    async def coverage(self, name: str) -> Coverage:
        """The business dates that the digest has covered."""
        seen = await self._database.fetch(_SEEN, {"of_name": name})
        until = await self._database.fetch(_UNTIL, {"of_name": name})
        return Coverage(
            {row.project: row.until for row in until},
            seen[0].last_due_at if seen else None,
            await self._posted_for(name),
        )

    async def _posted_for(self, name: str) -> datetime | None:
        """When the newest scheduled digest in the outbox was due."""
        found: datetime | None = (await self._database.fetch(_POSTED_FOR, {"prefix": f"digest/{name}/"}))[0][
            0
        ]
        return found

    @shielded
    async def prune(self, before: datetime) -> None:
        """Forget digests that were neither due nor first seen since a time."""
        async with self._database.transaction() as connection:
            await connection.execute(_PRUNE_DATES, {"before": before})
            await connection.execute(_PRUNE, {"before": before})


@dataclass(frozen=True, slots=True)
class Covering:
    """The statements for `cover_in`."""

    digest: Executable
    dates: Executable


def covering(database: Database) -> Covering:
    """Record what a digest covers; both only ever move forward."""
    digest, dates = database.insert(digests), database.insert(digest_dates)
    due_at, until = digest.excluded.last_due_at, dates.excluded.until
    return Covering(
        digest.on_conflict_do_update(
            index_elements=["name"],
            set_={"last_due_at": due_at},
            where=or_(digests.c.last_due_at.is_(None), digests.c.last_due_at < due_at),
        ),
        dates.on_conflict_do_update(
            index_elements=["digest", "project"],
            set_={"until": until},
            where=digest_dates.c.until < until,
        ),
    )


async def cover_in(connection: AsyncConnection, statements: Covering, covers: Covers) -> None:
    """Record what a digest covers within the transaction that puts its notice."""
    name, due_at = covers.digest, covers.due_at
    await connection.execute(
        statements.digest, {"name": name, "first_seen_at": due_at, "last_due_at": due_at}
    )
    rows: list[Mapping[str, Any]] = [
        {"digest": name, "project": project, "until": until} for project, until in covers.until.items()
    ]
    if rows:
        await connection.execute(statements.dates, rows)
