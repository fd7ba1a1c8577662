"""Poll: claim due reads, read DLF, and hand the answers to the recorder."""

import asyncio
import logging
import time as stopwatch
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Protocol

from bot.domain.alert_care import severity_of
from bot.domain.alerts import State
from bot.domain.model import Day, Snapshot, Workspace
from bot.domain.pace import RHYTHM
from bot.domain.rules import Severity
from bot.errors import DlfError, DlfNotAsked, StoreError
from bot.logs import log_event
from bot.store.records import ReadClaim, ReadResult
from bot.usecases.config_watch import Alone, Configs
from bot.usecases.due_times import DueTimes
from bot.usecases.poll_log import PollLog
from bot.usecases.record_polls import Answered, Polling, PollRecorder
from bot.usecases.replica import Replica

log = logging.getLogger(__name__)

# The priority of polls in the queue for DLF's pace; people's questions have 0.
PRIORITIES = {Day.TODAY: 1, Day.YESTERDAY: 2, Day.BEFORE_YESTERDAY: 2}
# The clocks of replicas, and corrections of a clock, differ by less.
CLOCK_STEP = timedelta(minutes=1)
# Saving a group may take this share of a lease; where it takes longer, fewer polls are in flight.
SAVING = 0.04
# Rows overdue by this long are in no replica's config any more.
ABANDONED = timedelta(days=1)


class PollSource(Protocol):
    """Gives the snapshots of a DLF project."""

    @property
    def slot_seconds(self) -> float:
        """How long the first in the queue waited for the newest slot of the project's pace."""

    async def fetch(
        self, workspace: Workspace, day: Day, own: bool = False, *, now: datetime, priority: int
    ) -> Snapshot: ...


class Poller:
    """Reads every workspace on its rhythm, shared with all replicas through the store's claims."""

    def __init__(  # noqa: PLR0913 (its collaborators, and whom to wake)
        self,
        replica: Replica,
        polling: Polling,
        sources: Mapping[str, PollSource],
        *,
        configs: Configs = Alone(),  # noqa: B008 (it has no state)
        then: Callable[[bool], None] = lambda urgent: None,
        again: Callable[[], None] = lambda: None,
    ) -> None:
        """`then` is called when alerts changed, with True if that is urgent; `again` when the next turn need
        not wait for its tick.
        """
        self._configs, self._then, self._again = configs, then, again
        self._rules = {rule.name: rule for rule in polling.rules}
        self._workspaces = {workspace.key: workspace for workspace in polling.workspaces}
        keys = defaultdict[str, list[str]](list)
        for workspace in polling.workspaces:
            keys[workspace.project].append(workspace.key)
        self._sources, self._store = sources, replica.store
        self._owner, self._clock, self._metrics = replica.owner, replica.clock, replica.metrics
        self._poll_every, self._in_flight = polling.poll_every, polling.in_flight
        self._timing, self._log = replica.timing, PollLog(keys, polling.poll_every)
        # The projects of which more is due than was claimed, and workspaces that only others' configs have.
        self._more: defaultdict[str, bool] = defaultdict(bool)
        self._strangers: set[str] = set()
        every = polling.poll_every.total_seconds()
        self._due = DueTimes(again, replica.clock, every=every, tick=replica.timing.tick)
        self._recorder = PollRecorder(
            replica, polling, configs=configs, poll_log=self._log, on_saved=self._saved
        )
        # A store error of a running read; the next tick raises it.
        self._trouble: StoreError | None = None
        self._running: defaultdict[str, dict[asyncio.Task[None], ReadClaim]] = defaultdict(dict)
        # The polls that DLF has not answered.
        self._asking = 0
        self._last_tick = datetime.min.replace(tzinfo=UTC) + CLOCK_STEP

    @property
    def last_read_at(self) -> datetime | None:
        return self._recorder.last_read_at

    async def prepare(self) -> None:
        """Start: tell the store what to read, and when."""
        now = self._clock()
        await self._list(now)
        await self._forget_the_future(now)

    async def enlist(self) -> None:
        """Tell the store what to read, and remove rows that no replica reads any more."""
        now = self._clock()
        await self._list(now)
        # A row due later than any rhythm allows was planned by a clock that has been set back since.
        horizon = self._poll_every * max(RHYTHM.values()) + CLOCK_STEP
        await self._store.reads.make_due(now, beyond=horizon)

    async def _list(self, now: datetime) -> None:
        waiting = self._configs.waiting
        wanted = [(key, day) for key in self._workspaces if key not in waiting for day in RHYTHM]
        self._strangers = await self._store.reads.ensure(wanted, now) - self._workspaces.keys()
        await self._store.reads.forget(now - ABANDONED, but=self._workspaces)

    async def tick(self) -> None:
        """Claim due reads, as many as there are free places, and start them.

        Raises StoreError, also an error of a read since the last tick.
        """
        trouble, self._trouble = self._trouble, None
        await self._start_what_is_due(self._clock())
        if trouble:
            raise trouble

    async def _start_what_is_due(self, now: datetime) -> None:
        if now < self._last_tick - CLOCK_STEP:
            await self._forget_the_future(now)
        self._last_tick = now
        for project in self._sources:
            if not self._running[project]:
                self._log.pause(project)
            if (room := self._free_places(project)) > 0:
                claims = await self._claim(project, now, room)
                self._more[project] = len(claims) == room
                for claim in claims:
                    task = asyncio.create_task(self._read(project, claim))
                    self._running[project][task] = claim
                    task.add_done_callback(partial(self._ended, project))

    async def _claim(self, project: str, now: datetime, room: int) -> list[ReadClaim]:
        """Claim due reads; rows of workspaces that only another replica's config has are given back."""
        while True:
            claims = await self._store.reads.claim(
                self._owner,
                now,
                limit=room,
                lease_seconds=self._timing.lease,
                project=project,
                but=self._strangers | self._configs.waiting,
            )
            strange = [claim for claim in claims if claim.workspace_key not in self._workspaces]
            if not strange:
                return claims
            await self._store.reads.give_back(claims, self._owner)
            await self.enlist()

    def _ended(self, project: str, task: asyncio.Task[None]) -> None:
        """Ask for the next turn before the places run empty, if more is due."""
        del self._running[project][task]
        if self._more[project] and len(self._running[project]) <= self._in_flight[project] // 2:
            self._more[project] = False
            self._again()

    def _free_places(self, project: str) -> int:
        """How many more reads to claim; the rest is left to other replicas."""
        most, slot = self._in_flight[project], self._sources[project].slot_seconds
        # Not more than get their turn in time, even if turns come half as often as before...
        in_time = max(1, int(self._timing.poll_turn / 2 / slot)) if slot else most
        # ... and not more than a slow store saves while their leases last.
        slowness = self._recorder.seconds / (self._timing.lease * SAVING)
        by_store = max(1, int(most / slowness)) if slowness > 1 else most
        return min(most, in_time, by_store) - len(self._running[project])

    async def _forget_the_future(self, now: datetime) -> None:
        """Reschedule reads that are due later than their rhythm allows: the clock was set back."""
        for day, factor in RHYTHM.items():
            beyond = self._poll_every * factor + CLOCK_STEP
            if await self._store.reads.make_due(now, day=day, beyond=beyond):
                log_event(
                    log,
                    "poll",
                    logging.WARNING,
                    day=day,
                    problem="The clock was set back; reading again now.",
                )

    def _saved(self, results: Sequence[ReadResult]) -> None:
        for result in results:
            self._due.add(result.due_at)
        if any(result.changes for result in results):
            self._then(any(self._is_urgent(result) for result in results))

    def _is_urgent(self, result: ReadResult) -> bool:
        """True if a critical alert began to fire."""
        began = [
            change.after
            for change in result.changes
            if change.after.state is State.FIRING
            and (change.before is None or change.before.state is not State.FIRING)
        ]
        workspace = self._workspaces[result.claim.workspace_key]
        return any(
            severity_of(alert, self._rules[alert.key.rule], workspace) is Severity.CRITICAL for alert in began
        )

    async def settle(self) -> None:
        """Wait for every running read."""
        await asyncio.gather(*(task for tasks in self._running.values() for task in tasks))

    async def stop(self) -> None:
        """Stop, and give unread claims back so that another replica reads them at once."""
        running = {task: claim for tasks in self._running.values() for task, claim in tasks.items()}
        self._due.clear()
        self._again = lambda: None
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await self._recorder.finish()
        with suppress(StoreError):
            await self._store.reads.give_back(running.values(), self._owner)
        self._log.end()

    async def _read(self, project: str, claim: ReadClaim) -> None:
        """Read a workspace and day and save the result, also a failure."""
        workspace = self._workspaces[claim.workspace_key]
        try:
            answer = await self._ask(workspace, claim.day)
            if isinstance(answer, DlfNotAsked):
                # That says nothing about DLF, and another replica may have a turn sooner.
                await self._store.reads.give_back([claim], self._owner)
                self._metrics.polls.labels(project, "given back").inc()
            else:
                await self._recorder.save(Answered(claim, workspace, answer), is_last=not self._asking)
        except StoreError as error:
            self._trouble = error

    async def _ask(self, workspace: Workspace, day: Day) -> Snapshot | DlfError:
        started, source = stopwatch.perf_counter(), self._sources[workspace.project]
        self._asking += 1
        try:
            return await source.fetch(workspace, day, now=self._clock(), priority=PRIORITIES[day])
        except DlfError as error:
            return error
        finally:
            self._asking -= 1
            self._metrics.dlf_seconds.labels(workspace.project).observe(stopwatch.perf_counter() - started)
