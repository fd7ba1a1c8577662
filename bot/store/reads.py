"""The order of readings: a row for each workspace and day, claimed by a conditional write."""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Row,
    and_,
    delete,
    not_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.model import Day
from bot.domain.sentence import decode, encode
from bot.store.alerts import save_in
from bot.store.database import Abandon, Database
from bot.store.reads_sql import FINISH, GIVE_BACK, HELD, TAKE_FIRST, TAKE_REST
from bot.store.records import ReadClaim, ReadHealth, ReadResult
from bot.store.schema import reads
from bot.store.shield import shielded
from bot.store.snapshots import keep_in, keeping, kept
from bot.store.sql import among, lease_over, listing

# Past days yield to today, which alerts are about, until they are overdue by this much.
_OVERDUE = timedelta(hours=6)
# More new rows in a statement would hold up commands while they are prepared.
_AT_ONCE = 1_000


def _compare(
    pairs: Iterable[tuple[str, Day]], rows: Iterable[Row[Any]]
) -> tuple[set[tuple[str, Day]], set[str]]:
    """The pairs that have no row, and the workspaces that have rows but are in no pair."""
    wanted, found = set(pairs), {(row.workspace_key, Day(row.day)) for row in rows}
    return wanted - found, {key for key, _ in found} - {key for key, _ in wanted}


class Reads:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._keep = keeping(database)

    @shielded
    async def ensure(self, pairs: Iterable[tuple[str, Day]], now: datetime) -> set[str]:
        """Make sure that each workspace and day has its row; a new row is due now.

        Returns the other workspaces that have rows.
        """
        rows_there = await self._database.fetch(select(reads.c.workspace_key, reads.c.day))
        # In a thread: thirty thousand rows take a tenth of a second.
        missing, others = await asyncio.to_thread(_compare, pairs, rows_there)
        # The same order everywhere, so that replicas that start together cannot deadlock.
        rows = [
            {"workspace_key": key, "day": day.value, "project": key.partition("/")[0], "due_at": now}
            for key, day in sorted(missing)
        ]
        if rows:
            async with self._database.transaction() as connection:
                for at in range(0, len(rows), _AT_ONCE):
                    insert = self._database.insert(reads).on_conflict_do_nothing()
                    await connection.execute(insert, rows[at : at + _AT_ONCE])
        return others

    async def claim(
        self,
        owner: str,
        now: datetime,
        *,
        limit: int,
        lease_seconds: float,
        project: str,
        but: Collection[str] = (),
    ) -> list[ReadClaim]:
        """Claim up to `limit` due rows of a project: today's first, then the longest due first.

        `but`: workspaces to leave to others. `now` is the bot's clock; the lease runs on the database's.
        """
        given = {
            "now": now,
            "overdue_at": now - _OVERDUE,
            "of_project": project,
            "but": listing(but),
            "dead": listing(self._database.dead()),
            "owner": owner,
            "seconds": lease_seconds,
        }
        found = list[Row[Any]]()
        for take in (TAKE_FIRST, TAKE_REST):
            if (left := limit - len(found)) > 0:
                found += await self._database.change(take, {**given, "most": left})
        return sorted(map(_claim, found), key=lambda claim: (claim.day is not Day.TODAY, claim.due_at))

    @shielded
    async def record(self, owner: str, results: Sequence[ReadResult]) -> list[ReadResult]:
        """Keep what was read and the changed alerts, and give the claims back; returns what was kept.

        The others' claims were taken over. Nothing at all is kept if an alert was changed meanwhile: then
        read the alerts again and decide anew. No two results may be of the same workspace and date.
        """
        try:
            async with self._database.transaction() as connection:
                held = await self._held(connection, owner, results)
                if not held:
                    return []
                await connection.execute(FINISH, [_finish(one, owner) for one in held])
                rows = [kept(one.snapshot) for one in held if one.snapshot]
                if rows:
                    await keep_in(connection, self._keep, rows)
                await save_in(connection, self._database, (change for one in held for change in one.changes))
        except Abandon:
            return []
        return held

    async def _held(
        self, connection: AsyncConnection, owner: str, results: Sequence[ReadResult]
    ) -> list[ReadResult]:
        """The results whose claims nobody took over; their rows stay locked."""
        keys = listing(one.claim.workspace_key for one in results)
        rows = await connection.execute(HELD, {"keys": keys, "owner": owner})
        numbers = {(row.workspace_key, row.day): row.claim_number for row in rows}
        claims = ((one, one.claim) for one in results)
        held = [one for one, its in claims if numbers.get((its.workspace_key, its.day)) == its.number]
        return sorted(held, key=lambda one: (one.claim.workspace_key, one.claim.day))

    @shielded
    async def give_back(self, claims: Iterable[ReadClaim], owner: str) -> None:
        """Give unread claims back, so that another replica can read at once."""
        given = sorted(claims, key=lambda one: (one.workspace_key, one.day))
        if given:
            async with self._database.transaction() as connection:
                await connection.execute(GIVE_BACK, [_fence(claim, owner) for claim in given])

    async def forget(self, due_before: datetime, *, but: Collection[str]) -> int:
        """Delete rows due before `due_before` that no replica is reading, except of the workspaces `but`."""
        nobodys = and_(
            reads.c.due_at < due_before,
            lease_over(reads.c.claimed_until),
            not_(among(reads.c.workspace_key, but)),
        )
        return await self._database.count(delete(reads).where(nobodys))

    async def health(self, project: str) -> list[ReadHealth]:
        """The health of reading for each workspace and day of `project`."""
        statement = select(reads).where(reads.c.project == project)
        return [
            _health(row)
            for row in await self._database.fetch(statement.order_by(reads.c.workspace_key, reads.c.day))
        ]

    async def health_of(self, day: Day) -> dict[str, ReadHealth]:
        """The health of reading `day` for each workspace of every project, by workspace key."""
        rows = await self._database.fetch(select(reads).where(reads.c.day == day.value))
        return {row.workspace_key: _health(row) for row in rows}

    async def last_read(self, day: Day) -> dict[str, datetime | None]:
        """When each workspace of every project was last read for `day`; None for never."""
        statement = select(reads.c.workspace_key, reads.c.last_read_at).where(reads.c.day == day.value)
        return {row.workspace_key: row.last_read_at for row in await self._database.fetch(statement)}

    async def failing(self, day: Day, at_least: int) -> list[ReadHealth]:
        """The workspaces of every project whose last `at_least` readings of `day` all failed."""
        statement = select(reads).where(reads.c.day == day.value, reads.c.failures >= at_least)
        return [_health(row) for row in await self._database.fetch(statement.order_by(reads.c.workspace_key))]

    async def due_at(self, workspace_key: str, day: Day) -> datetime | None:
        """When a workspace and day is read next; None if it is not read."""
        its_row = select(reads.c.due_at).where(
            reads.c.workspace_key == workspace_key, reads.c.day == day.value
        )
        rows = await self._database.fetch(its_row)
        return rows[0].due_at if rows else None

    async def make_due(
        self,
        now: datetime,
        project: str | None = None,
        day: Day | None = None,
        *,
        beyond: timedelta = timedelta(0),
    ) -> int:
        """Make rows due (of a project, of a day) that are due later than `beyond` from now; how many."""
        later = update(reads).where(reads.c.due_at > now + beyond).values(due_at=now)
        if project is not None:
            later = later.where(reads.c.project == project)
        if day is not None:
            later = later.where(reads.c.day == day.value)
        return await self._database.count(later)


def _fence(claim: ReadClaim, owner: str) -> dict[str, Any]:
    """The values with which a statement changes the row only for the claim's owner."""
    return {
        "of_workspace": claim.workspace_key,
        "of_day": claim.day.value,
        "owner": owner,
        "number": claim.number,
    }


def _finish(result: ReadResult, owner: str) -> dict[str, Any]:
    claim, snapshot = result.claim, result.snapshot
    return {
        **_fence(claim, owner),
        "was_due_at": claim.due_at,
        "next_due_at": result.due_at,
        "last_read_at": snapshot.read_at if snapshot else claim.last_read_at,
        "last_date": snapshot.business_date if snapshot else claim.last_date,
        "failures": claim.failures + 1 if result.problem else 0,
        "problem": encode(result.problem),
    }


def _claim(row: Row[Any]) -> ReadClaim:
    return ReadClaim(
        row.workspace_key,
        Day(row.day),
        row.last_read_at,
        row.last_date,
        row.failures,
        row.due_at,
        row.claim_number,
    )


def _health(row: Row[Any]) -> ReadHealth:
    return ReadHealth(row.workspace_key, Day(row.day), row.failures, decode(row.problem), row.last_read_at)
