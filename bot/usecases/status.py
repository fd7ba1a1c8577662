"""Answer a question about status: from recent reads, else live; callers share a request to DLF."""

import asyncio
import time as stopwatch
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Protocol

from bot.domain.model import Answer, Day, Leftover, Row, Snapshot, StatusCounts, Workspace, business_date
from bot.errors import DlfError, StoreError
from bot.store.records import RecordedCounts
from bot.usecases.fair_turns import FairTurns, Ticket
from bot.usecases.leftovers import find_leftovers
from bot.usecases.replica import Replica

# Questions about at most this many workspaces are asked live, which takes about a second.
LIVE_AT_MOST = 8
UPDATE_SECONDS = 2.0
# The most questions whose records are kept in memory.
QUESTIONS_KEPT = 100


class SnapshotSource(Protocol):
    """Gives the snapshots of a DLF project."""

    async def fetch(
        self, workspace: Workspace, day: Day, own: bool = False, *, now: datetime
    ) -> Snapshot: ...


# Workspace, day, scope and the business date of the day.
Key = tuple[str, Day, bool, date | None]
# Workspaces, day, scope and their business dates.
Question = tuple[tuple[str, ...], Day, bool, tuple[date | None, ...]]


@dataclass(slots=True)
class _Record:
    """The stored parts of an answer, by workspace key."""

    kept: Mapping[str, RecordedCounts] = field(default_factory=dict)
    before: Mapping[str, StatusCounts] = field(default_factory=dict)
    leftovers: Mapping[str, Sequence[Leftover]] = field(default_factory=dict)


class Status:
    """Questions and answers about workspaces."""

    def __init__(
        self,
        replica: Replica,
        sources: Mapping[str, SnapshotSource],
        *,
        max_age: Mapping[Day, timedelta],
        turns: Mapping[str, FairTurns],
        live_at_most: int = LIVE_AT_MOST,
    ) -> None:
        """`sources` and `turns` by project: people take turns at the places for questions."""
        self._sources, self._store, self._clock = sources, replica.store, replica.clock
        self._max_age, self._live_at_most = max_age, live_at_most
        self._kept_for, self._record_timeout = replica.timing.answer_kept, replica.timing.on_record
        self._turns = turns
        self._asking: dict[Key, tuple[asyncio.Task[Row], Ticket]] = {}
        self._keeping: set[asyncio.Task[None]] = set()
        self._answered: dict[Key, tuple[float, Row]] = {}
        self._records: dict[Question, tuple[float, _Record]] = {}

    async def known(
        self, workspaces: Sequence[Workspace], day: Day, own: bool, *, anew: bool = False
    ) -> Answer:
        """The answer available at once, even if the store fails; rows to be asked live have `coming`.

        `anew` asks for every row again that was not asked in the last few seconds.
        """
        return await self._known(workspaces, day, own, self._record_timeout, anew=anew)

    async def _known(
        self,
        workspaces: Sequence[Workspace],
        day: Day,
        own: bool,
        within: float | None,
        *,
        anew: bool = False,
    ) -> Answer:
        now = self._clock()
        record = await self._on_record(workspaces, day, own, now, within)
        live = anew or len(workspaces) <= self._live_at_most
        rows = []
        for workspace in workspaces:
            row = self._answered_lately(workspace, day, own, now)
            if row is None:
                row = _from_record(workspace, day, record.kept.get(workspace.key))
                age = now - row.snapshot.read_at if row.snapshot else None
                stale = (
                    age is None or age > self._max_age.get(day, timedelta(0)) or age < -timedelta(minutes=1)
                )
                row = replace(row, coming=live or own or stale)
            still = tuple(record.leftovers.get(workspace.key, ()))
            rows.append(replace(row, before=record.before.get(workspace.key), leftovers=still))
        return Answer(day, own, tuple(rows), now)

    async def _on_record(
        self, workspaces: Sequence[Workspace], day: Day, own: bool, now: datetime, within: float | None
    ) -> _Record:
        """The stored parts of an answer; those of the same question seconds ago are used again.

        As much of it as comes in time, if the store is slow or fails.
        """
        dates = tuple(dict.fromkeys(business_date(day, now, workspace.zone) for workspace in workspaces))
        key = (tuple(workspace.key for workspace in workspaces), day, own, dates)
        if (lately := self._records.get(key)) and stopwatch.monotonic() - lately[0] <= self._kept_for:
            return lately[1]
        moment, record = stopwatch.monotonic(), _Record()
        with suppress(TimeoutError, StoreError):
            async with asyncio.timeout(within):
                record.kept = await self._kept(workspaces, day, own, now)
                record.before = await self._before(workspaces, day, own, now)
                record.leftovers = await self._leftovers(workspaces, day, own, now)
                if len(self._records) >= QUESTIONS_KEPT:
                    self._records.clear()
                self._records[key] = moment, record
        return record

    async def answer(self, known: Answer, by: str = "") -> AsyncIterator[Answer]:
        """More and more complete answers, at most every two seconds; in the last no row is `coming`.

        People (`by`) take turns at DLF, however much each of them asks.
        """
        rows = {row.workspace.key: row for row in known.rows}
        coming = [row.workspace for row in known.rows if row.coming]
        asked = {asyncio.ensure_future(self._ask(one, known.day, known.own, by)) for one in coming}
        while asked:
            done, asked = await asyncio.wait(asked, timeout=UPDATE_SECONDS)
            for task in done:
                row = task.result()
                rows[row.workspace.key] = _better(row, rows[row.workspace.key])
            if asked and done:
                yield replace(known, rows=tuple(rows.values()))
        yield replace(known, rows=tuple(rows.values()))

    async def complete(
        self, workspaces: Sequence[Workspace], day: Day, own: bool = False, *, by: str = ""
    ) -> Answer:
        """The complete answer, without a time limit; every row has a snapshot or a problem."""
        last = await self._known(workspaces, day, own, None)
        async for answer in self.answer(last, by):
            last = answer
        return last

    def _answered_lately(self, workspace: Workspace, day: Day, own: bool, now: datetime) -> Row | None:
        found = self._answered.get((workspace.key, day, own, business_date(day, now, workspace.zone)))
        fresh = found and stopwatch.monotonic() - found[0] <= self._kept_for
        return found[1] if found and fresh else None

    async def _ask(self, workspace: Workspace, day: Day, own: bool, by: str) -> Row:
        """Ask DLF; the same question during the request or soon after shares its answer."""
        now = self._clock()
        # During the look-up in the store another caller may have got an answer.
        if lately := self._answered_lately(workspace, day, own, now):
            return lately
        key = (workspace.key, day, own, business_date(day, now, workspace.zone))
        if key not in self._asking:
            ticket: Ticket = asyncio.get_running_loop().create_future()
            self._asking[key] = asyncio.create_task(self._fetch_once(key, workspace, ticket)), ticket
        task, ticket = self._asking[key]
        self._turns[workspace.project].stand(ticket, by)
        return await asyncio.shield(task)

    async def _fetch_once(self, key: Key, workspace: Workspace, ticket: Ticket) -> Row:
        _, day, own, _ = key
        try:
            row = await self._fetch(workspace, day, own, ticket)
            if row.snapshot:
                self._remember(key, row)
            return row
        finally:
            del self._asking[key]

    def _remember(self, key: Key, row: Row) -> None:
        moment = stopwatch.monotonic()
        self._answered[key] = (moment, row)
        if len(self._answered) > 1000:
            fresh = {k: v for k, v in self._answered.items() if moment - v[0] <= self._kept_for}
            self._answered = fresh

    async def _fetch(self, workspace: Workspace, day: Day, own: bool, ticket: Ticket) -> Row:
        try:
            async with self._turns[workspace.project].place(ticket):
                source, now = self._sources[workspace.project], self._clock()
                snapshot = await source.fetch(workspace, day, own, now=now)
        except DlfError as error:
            return Row(workspace, None, problem=error.problem)
        # The answer is right even if it is not kept, and a person should not wait for a locked database.
        keeping = asyncio.create_task(self._keep(snapshot))
        self._keeping.add(keeping)
        keeping.add_done_callback(self._keeping.discard)
        return Row(workspace, snapshot)

    async def _keep(self, snapshot: Snapshot) -> None:
        with suppress(StoreError):  # readiness reports the store
            await self._store.snapshots.keep(snapshot)

    async def stop(self) -> None:
        """Cancel all questions and writes."""
        under_way = [*(task for task, _ in self._asking.values()), *self._keeping]
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    async def _kept(
        self, workspaces: Sequence[Workspace], day: Day, own: bool, now: datetime
    ) -> dict[str, RecordedCounts]:
        """The newest records, by each workspace's own date."""
        by_date: dict[date | None, list[str]] = {}
        for workspace in workspaces:
            by_date.setdefault(business_date(day, now, workspace.zone), []).append(workspace.key)
        found: dict[str, RecordedCounts] = {}
        for on, keys in by_date.items():
            found.update(await self._store.snapshots.latest(keys, on, own=own))
        return found

    async def _before(
        self, workspaces: Sequence[Workspace], day: Day, own: bool, now: datetime
    ) -> dict[str, StatusCounts]:
        """The counts of the day before, if both days are complete."""
        if day not in (Day.YESTERDAY, Day.BEFORE_YESTERDAY):
            return {}
        earlier = now - timedelta(days=1)
        kept = await self._kept(workspaces, day, own, earlier)
        return {key: record.counts for key, record in kept.items()}

    async def _leftovers(
        self, workspaces: Sequence[Workspace], day: Day, own: bool, now: datetime
    ) -> Mapping[str, Sequence[Leftover]]:
        """The instances that still wait on past dates, if the question is about today."""
        if day is not Day.TODAY:
            return {}
        return await find_leftovers(self._store, workspaces, now, own=own)


def _from_record(workspace: Workspace, day: Day, kept: RecordedCounts | None) -> Row:
    if kept is None:
        return Row(workspace, None)
    return Row(workspace, Snapshot(workspace, day, kept.own, kept.business_date, kept.counts, kept.read_at))


def _better(asked: Row, known: Row) -> Row:
    """The live row; if that failed, the recorded row with the reason."""
    if asked.snapshot is None and known.snapshot is not None:
        return replace(known, problem=asked.problem, coming=False)
    return replace(asked, before=known.before, leftovers=known.leftovers, coming=False)
