"""Poll: claim due reads, read DLF, apply the rules, save the result in one transaction."""

import asyncio
import logging
import time as stopwatch
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from math import ceil
from typing import Protocol

from bot.domain.alerts import Alert, AlertKey, Change, Ending, Silence, State, advance, require_notice
from bot.domain.config_edits import changed, end_by_edit, has_old_name, judged_otherwise, terms_of
from bot.domain.model import Day, Snapshot, Workspace
from bot.domain.pace import RHYTHM
from bot.domain.past import burns
from bot.domain.rules import Rule, read_rule, why_blind
from bot.domain.sentence import english
from bot.domain.silences import withheld
from bot.errors import DlfError, DlfNotAsked, StoreError
from bot.logs import log_event
from bot.store.records import ReadClaim
from bot.usecases.config_watch import Alone, Configs
from bot.usecases.poll_log import PollLog
from bot.usecases.replica import Replica

log = logging.getLogger(__name__)

# The priority of polls in the queue for DLF's pace; people's questions have 0.
PRIORITIES = {Day.TODAY: 1, Day.YESTERDAY: 2, Day.BEFORE_YESTERDAY: 2}
# A moment after midnight, so that DLF has changed the date too.
AFTER_MIDNIGHT = timedelta(seconds=2)
# The clocks of replicas, and corrections of a clock, differ by less.
CLOCK_STEP = timedelta(minutes=1)
# How often a decision is repeated because an alert was changed meanwhile.
TRIES = 3
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


def judge(  # noqa: PLR0913 (a decision by six facts)
    snapshot: Snapshot,
    newest: Mapping[str, Alert],
    rules: Collection[Rule],
    silences: Sequence[Silence],
    *,
    watched: bool,
    others: bool = False,
) -> Iterator[Change]:
    """Decide how a new snapshot changes the alerts of its workspace and business date.

    A rule whose meaning was changed ends its old alert and may begin a new alert. `newest`: the newest alert
    of each rule. `watched`: false for a date before the bot's first read, for which no alert is wanted. With
    `others`, replicas with another config judge too, and alerts with their terms are left to them.
    """
    assert snapshot.business_date is not None
    day_is_over = snapshot.day is not Day.TODAY
    for rule in rules:
        if not rule.watches(snapshot.workspace):
            continue
        before = newest.get(rule.name)
        reading = read_rule(rule, snapshot)
        is_news = watched and not has_old_name(rule, rules, newest.values())
        if reading is None or (before is None and day_is_over and not is_news):
            continue
        if before is not None and others and judged_otherwise(before, rule, snapshot.workspace):
            continue
        if before is not None and (edited := changed(before, rule, snapshot.workspace)):
            ended = end_by_edit(before, edited, snapshot.read_at)
            if before.state is not State.OVER and edited is Ending.ZONE_CHANGED:
                continue  # the notifier moves it to its date
            if before.state is not State.OVER:
                yield Change(before, ended)
            if day_is_over and not rule.outlives_day:
                continue
            before = ended
        key = AlertKey(rule.name, snapshot.workspace.key, snapshot.business_date)
        after = advance(before, reading, rule, key=key, day_is_over=day_is_over)
        if after is not None and after != before:
            after = replace(after, terms=terms_of(rule, snapshot.workspace, reading, before))
            silenced = withheld(key, rule, silences, snapshot.read_at)
            yield Change(before, require_notice(after, silenced=silenced))


def next_read(
    day: Day, now: datetime, poll_every: timedelta, workspace: Workspace, *, burning: bool = False
) -> datetime:
    """The next read of this day: after its rhythm, or just after midnight if that comes first.

    While an alert of a past date fires (`burning`), that date is read as often as today.
    """
    tomorrow = now.astimezone(workspace.zone).date() + timedelta(days=1)
    midnight = datetime.combine(tomorrow, time(), workspace.zone).astimezone(UTC) + AFTER_MIDNIGHT
    return min(now + poll_every * (1 if burning else RHYTHM[day]), midnight)


@dataclass(frozen=True, slots=True)
class Polling:
    """The parts of the config that polling needs; `in_flight`: reads at a time, by project."""

    workspaces: Sequence[Workspace]
    rules: Sequence[Rule]
    poll_every: timedelta
    in_flight: Mapping[str, int]


class Poller:
    """Reads every workspace on its rhythm, shared with all replicas through the store's claims."""

    def __init__(
        self,
        replica: Replica,
        polling: Polling,
        sources: Mapping[str, PollSource],
        *,
        configs: Configs = Alone(),  # noqa: B008 (it has no state)
        then: Callable[[], None] = lambda: None,
    ) -> None:
        """`then` is called when alerts changed."""
        self._configs, self._then = configs, then
        self._workspaces = {workspace.key: workspace for workspace in polling.workspaces}
        self._keys: defaultdict[str, list[str]] = defaultdict(list)
        for workspace in polling.workspaces:
            self._keys[workspace.project].append(workspace.key)
        self._rules, self._sources, self._store = tuple(polling.rules), sources, replica.store
        self._owner, self._clock, self._metrics = replica.owner, replica.clock, replica.metrics
        self._poll_every, self._in_flight = polling.poll_every, polling.in_flight
        self._timing, self._log = replica.timing, PollLog(self._keys, polling.poll_every)
        # A store error of a running read; the next tick raises it.
        self._trouble: StoreError | None = None
        self._running: defaultdict[str, dict[asyncio.Task[None], ReadClaim]] = defaultdict(dict)
        self._first_read: dict[str, datetime] = {}
        self.last_read_at: datetime | None = None
        self._last_tick = datetime.min.replace(tzinfo=UTC) + CLOCK_STEP

    async def prepare(self) -> None:
        """Start: tell the store what to read, and when."""
        await self.enlist()
        await self._forget_the_future(self._clock())

    async def enlist(self) -> None:
        """Tell the store what to read, and remove rows that no replica reads any more."""
        now = self._clock()
        keys = [key for key in self._workspaces if key not in self._configs.waiting]
        await self._store.reads.ensure([(key, day) for key in keys for day in RHYTHM], now)
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
        horizon = self._poll_every * max(RHYTHM.values()) + CLOCK_STEP
        for project in self._sources:
            if not self._running[project]:
                self._log.pause(project)
            room = self._free_places(project)
            if room <= 0:
                continue
            claims = await self._store.reads.claim(
                self._owner,
                now,
                limit=room,
                lease_seconds=self._timing.lease,
                workspaces=[key for key in self._keys[project] if key not in self._configs.waiting],
                horizon=horizon,
            )
            for claim in claims:
                task = asyncio.create_task(self._read(project, claim))
                self._running[project][task] = claim
                task.add_done_callback(self._running[project].pop)

    def _free_places(self, project: str) -> int:
        """How many more reads to claim; the rest is left to other replicas."""
        most, slot = self._in_flight[project], self._sources[project].slot_seconds
        # Not more than get their turn in time, even if turns come half as often as before...
        in_time = max(1, int(self._timing.poll_turn / 2 / slot)) if slot else most
        # ... and not more than can be asked until the next tick.
        until_tick = ceil(most * self._timing.tick * 2 / 3)
        return min(min(most, in_time) - len(self._running[project]), until_tick)

    async def _forget_the_future(self, now: datetime) -> None:
        """Reschedule reads that are due later than their rhythm allows: the clock was set back."""
        for day, factor in RHYTHM.items():
            beyond = self._poll_every * factor + CLOCK_STEP
            if await self._store.reads.make_due(now, day=day, beyond=beyond):
                log_event(
                    log, "poll", logging.WARNING, day=day, problem="The clock was set back: read again now."
                )

    async def settle(self) -> None:
        """Wait for every running read."""
        await asyncio.gather(*(task for tasks in self._running.values() for task in tasks))

    async def stop(self) -> None:
        """Stop, and give unread claims back so that another replica reads them at once."""
        running = {task: claim for tasks in self._running.values() for task, claim in tasks.items()}
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        with suppress(StoreError):
            for claim in running.values():
                await self._store.reads.give_back(claim, self._owner)
        self._log.end()

    async def _read(self, project: str, claim: ReadClaim) -> None:
        """Read a workspace and day and save the result, also a failure."""
        try:
            await self._read_of(project, claim, self._workspaces[claim.workspace_key], self._clock())
        except StoreError as error:
            self._trouble = error

    async def _read_of(self, project: str, claim: ReadClaim, workspace: Workspace, now: datetime) -> None:
        try:
            snapshot = await self._fetch(project, workspace, claim.day, now)
        except DlfNotAsked:
            # Not asked at all: that says nothing about DLF, and another replica may have a turn sooner.
            await self._store.reads.give_back(claim, self._owner)
            self._metrics.polls.labels(project, "given back").inc()
        except DlfError as error:
            await self._failed(claim, workspace, error)
        else:
            await self._save(claim, snapshot)

    async def _fetch(self, project: str, workspace: Workspace, day: Day, now: datetime) -> Snapshot:
        started = stopwatch.perf_counter()
        try:
            source, priority = self._sources[project], PRIORITIES[day]
            return await source.fetch(workspace, day, now=now, priority=priority)
        finally:
            self._metrics.dlf_seconds.labels(project).observe(stopwatch.perf_counter() - started)

    async def _failed(self, claim: ReadClaim, workspace: Workspace, error: DlfError) -> None:
        """Record the failure, and log its reason once."""
        now = self._clock()
        due_at = next_read(claim.day, now, self._poll_every, workspace)
        if claim.day is not Day.TODAY:
            due_at = min(due_at, now + self._poll_every)
        await self._store.reads.failed(claim, self._owner, now, due_at, error.parts[:1])
        self._metrics.polls.labels(workspace.project, "failed").inc()
        self._metrics.dlf_errors.labels(workspace.project, type(error).__name__).inc()
        self._log.failed(workspace, claim.day, error)

    async def _save(self, claim: ReadClaim, snapshot: Snapshot) -> None:
        """Decide how the snapshot changes alerts, and save both together."""
        workspace, on = snapshot.workspace, snapshot.business_date
        assert on is not None
        watched = await self._was_watched(snapshot)
        problem = why_blind(self._rules, snapshot)
        kept, changes = False, list[Change]()
        for _ in range(TRIES):
            newest = await self._store.alerts.newest(workspace.key, on)
            rules = [rule for rule in self._rules if rule.name not in self._configs.waiting]
            others = await self._others_judge(newest, workspace)
            changes = list(judge(snapshot, newest, rules, (), watched=watched, others=others))
            if changes:  # most polls change nothing, and need not know what is silenced
                silences = await self._store.silences.active(snapshot.read_at)
                changes = list(judge(snapshot, newest, rules, silences, watched=watched, others=others))
            due_at = self._next_read(claim.day, workspace, newest, changes)
            kept = await self._store.reads.record(
                self._owner, claim, due_at, snapshot, changes, problem=problem
            )
            if kept or not changes:
                break
        self._metrics.polls.labels(workspace.project, "ok" if kept else "taken over").inc()
        if kept:
            self.last_read_at = snapshot.read_at
            if changes:
                self._then()
        self._log.read(snapshot, len(changes), kept=kept, blind=english(problem))

    async def _others_judge(self, newest: Mapping[str, Alert], workspace: Workspace) -> bool:
        """True if an alert was judged by other terms than ours and a replica with these still runs."""
        pairs = ((newest.get(rule.name), rule) for rule in self._rules)
        otherwise = any(alert and judged_otherwise(alert, rule, workspace) for alert, rule in pairs)
        return otherwise and await self._configs.others_run()

    def _next_read(
        self, day: Day, workspace: Workspace, newest: Mapping[str, Alert], changes: Iterable[Change]
    ) -> datetime:
        """The next read of the day, given its alerts after these changes."""
        now_newest = {**newest, **{change.after.key.rule: change.after for change in changes}}
        burning = burns(now_newest.values(), {rule.name: rule for rule in self._rules}, workspace)
        return next_read(day, self._clock(), self._poll_every, workspace, burning=burning)

    async def _was_watched(self, snapshot: Snapshot) -> bool:
        """True if the bot read this workspace before the snapshot's business date was over."""
        workspace, on = snapshot.workspace, snapshot.business_date
        assert on is not None
        first = self._first_read.get(workspace.key) or await self._store.snapshots.first_read_at(
            workspace.key
        )
        if first is None:
            return False
        self._first_read[workspace.key] = first
        return first.astimezone(workspace.zone).date() <= on
