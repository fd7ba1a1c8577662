"""The order of readings: a row for each workspace and day, claimed by a conditional write."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Executable,
    Row,
    and_,
    bindparam,
    case,
    delete,
    not_,
    or_,
    select,
    update,
)

from bot.domain.alerts import Change
from bot.domain.model import Day, Snapshot
from bot.domain.sentence import Problem, decode, encode
from bot.store.alerts import save_in
from bot.store.database import Abandon, Database
from bot.store.records import ReadClaim, ReadHealth
from bot.store.schema import Utc, reads
from bot.store.shield import shielded
from bot.store.snapshots import keep_in, keeping, kept
from bot.store.sql import among, in_seconds, lease_over

# Past days yield to today, which alerts are about, until they are overdue by this much.
_OVERDUE = timedelta(hours=6)

# True of the claimed row until another replica takes it over, even if the lease ran out.
_held = and_(
    reads.c.workspace_key == bindparam("of_workspace"),
    reads.c.day == bindparam("of_day"),
    reads.c.claimed_by == bindparam("owner"),
    reads.c.claim_number == bindparam("number"),
)
# Due again at the reader's `next_due_at`, unless the row was made due during the reading.
_next_due = case(
    (reads.c.due_at == bindparam("was_due_at"), bindparam("next_due_at", type_=Utc())), else_=reads.c.due_at
)
_FINISH = update(reads).where(_held).values(due_at=_next_due, claimed_by=None, claimed_until=None)
_FAIL = _FINISH.values(failures=reads.c.failures + 1)


class Reads:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._keep = keeping(database)

    @shielded
    async def ensure(self, pairs: Iterable[tuple[str, Day]], now: datetime) -> None:
        """Make sure that each workspace and day has its row; a new row is due now."""
        found = await self._database.fetch(select(reads.c.workspace_key, reads.c.day))
        missing = set(pairs) - {(row.workspace_key, Day(row.day)) for row in found}
        # The same order everywhere, so that replicas that start together cannot deadlock.
        rows = [
            {"workspace_key": key, "day": day.value, "project": key.partition("/")[0], "due_at": now}
            for key, day in sorted(missing)
        ]
        if rows:
            async with self._database.transaction() as connection:
                await connection.execute(self._database.insert(reads).on_conflict_do_nothing(), rows)

    async def claim(
        self,
        owner: str,
        now: datetime,
        *,
        limit: int,
        lease_seconds: float,
        workspaces: Collection[str],
        horizon: timedelta = timedelta(days=1),
    ) -> list[ReadClaim]:
        """Claim up to `limit` due rows of `workspaces`: today's first, then the longest due first.

        `now` is the bot's clock; the lease runs on the database's. A row due later than `horizon` from now
        was scheduled before a clock was stepped back: it is due now.
        """
        await self._database.change(update(reads).where(reads.c.due_at > now + horizon).values(due_at=now))
        first = or_(reads.c.day == Day.TODAY, reads.c.due_at <= now - _OVERDUE)
        found = list[Row[Any]]()
        # Never by the key of the table: few rows are due, many are the bot's.
        mine = among(reads.c.workspace_key.concat(""), workspaces)
        free = lease_over(reads.c.claimed_until, reads.c.claimed_by, self._database.dead())
        for turn in (first, not_(first)):
            if (left := limit - len(found)) > 0:
                due = and_(reads.c.due_at <= now, turn, free, mine)
                found += await self._database.change(_take(due, owner, left, lease_seconds))
        return sorted(map(_claim, found), key=lambda claim: (claim.day is not Day.TODAY, claim.due_at))

    @shielded
    async def record(
        self,
        owner: str,
        claim: ReadClaim,
        due_at: datetime,
        snapshot: Snapshot,
        changed: Iterable[Change],
        *,
        problem: Problem = (),
    ) -> bool:
        """Keep a reading and the changed alerts, and give the claim back.

        `problem` says what the rules lacked: the counts are kept, but the reading counts as failed.

        False, and nothing is written, if the claim was taken over or an alert was changed meanwhile: then
        read the alerts again and decide anew.
        """
        finish = {
            **_fence(claim, owner, due_at),
            "last_read_at": snapshot.read_at,
            "last_date": snapshot.business_date,
            "failures": claim.failures + 1 if problem else 0,
            "problem": encode(problem),
        }
        try:
            async with self._database.transaction() as connection:
                if (await connection.execute(_FINISH, finish)).rowcount != 1:
                    raise Abandon
                await keep_in(connection, self._keep, kept(snapshot))
                await save_in(connection, self._database, changed)
        except Abandon:
            return False
        return True

    async def failed(
        self, claim: ReadClaim, owner: str, now: datetime, due_at: datetime, problem: Problem
    ) -> bool:
        """Note a failed reading and give the claim back; False if it was taken over."""
        return (
            await self._database.count(_FAIL, {**_fence(claim, owner, due_at), "problem": encode(problem)})
            == 1
        )

    async def give_back(self, claim: ReadClaim, owner: str) -> bool:
        """Give an unread claim back, so that another replica can read at once; False if it was taken over."""
        return await self._database.count(_FINISH, _fence(claim, owner, claim.due_at)) == 1

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


def _take(due: ColumnElement[bool], owner: str, limit: int, lease_seconds: float) -> Executable:
    """Claim the rows that have been `due` longest: the index has them in this order."""
    some = (
        select(reads.c.workspace_key, reads.c.day)
        .where(due)
        .order_by(reads.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    return (
        update(reads)
        .where(reads.c.workspace_key == some.c.workspace_key, reads.c.day == some.c.day)
        .values(
            claimed_by=owner,
            claimed_until=in_seconds(lease_seconds),
            claim_number=reads.c.claim_number + 1,
        )
        .returning(reads)
    )


def _fence(claim: ReadClaim, owner: str, due_at: datetime) -> dict[str, Any]:
    """The values with which _FINISH changes the row only for the claim's owner."""
    return {
        "of_workspace": claim.workspace_key,
        "of_day": claim.day.value,
        "owner": owner,
        "number": claim.number,
        "was_due_at": claim.due_at,
        "next_due_at": due_at,
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
