"""The numbers on record as metrics: every replica reads them from the store when it is scraped."""

import asyncio
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from bot.domain.alerts import State
from bot.domain.freshness import Freshness
from bot.domain.model import DAYS_AGO, Day, Workspace, business_date
from bot.domain.pace import RHYTHM
from bot.domain.rules import Severity
from bot.errors import StoreError
from bot.metrics import Samples
from bot.usecases.replica import Replica

LEASES = ("channel", "config", "digest", "heartbeat", "settled", "tell", "trial")


class RecordMetrics:
    """Reads the store for `Metrics.record`: a query for each kind of number, at most every few seconds."""

    def __init__(
        self,
        replica: Replica,
        workspaces: Sequence[Workspace],
        severities: Mapping[str, Severity],
        *,
        poll_every: timedelta,
        counts: Sequence[str],
    ) -> None:
        """`severities` by the rule's name; `counts` are the names of DLF's counts to show."""
        self._store, self._owner, self._clock = replica.store, replica.owner, replica.clock
        self._metrics, self._timing, self._timer = replica.metrics, replica.timing, replica.timer
        self._workspaces, self._severities, self._counts = tuple(workspaces), severities, tuple(counts)
        self._fresh = {day: Freshness(poll_every * factor) for day, factor in RHYTHM.items()}
        self._started, self._read_at = self._clock(), float("-inf")
        self._reading: asyncio.Task[None] | None = None

    async def refresh(self) -> None:
        """Read again if the last read is old; while the database is slow, the last numbers stay."""
        if self._timer() - self._read_at < self._timing.measure:
            return
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read())
        done, _ = await asyncio.wait([self._reading], timeout=self._timing.ready)
        for task in done:
            task.result()

    async def stop(self) -> None:
        """Stop waiting for the database."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait([self._reading])

    async def _read(self) -> None:
        """Show the present record; nothing if it cannot be read."""
        samples: Mapping[str, Samples] = {}
        try:
            samples = await self._samples(self._clock())
        except StoreError:
            self._metrics.store_up.set(0)
        else:
            self._metrics.store_up.set(1)
        self._metrics.record.show(samples)
        self._read_at = self._timer()

    async def _samples(self, now: datetime) -> dict[str, Samples]:
        return {
            "instances": await self._instances(now) if self._counts and self._workspaces else {},
            "last_read_age_seconds": await self._ages(now),
            "alerts": await self._alerts(),
            "silences": {(): len(await self._store.silences.active(now))},
            "leases_held": await self._leases(),
        }

    async def _instances(self, now: datetime) -> Samples:
        """DLF's counts that are known now, of each workspace and day."""
        keys = [one.key for one in self._workspaces]
        first = min(self._date(Day.BEFORE_YESTERDAY, now, one) for one in self._workspaces)
        found = await self._store.snapshots.history(keys, first)
        record = {(key, on): (counts, read_at) for key, on, counts, read_at in found}
        samples = dict[tuple[str, ...], float]()
        for workspace in self._workspaces:
            for day in DAYS_AGO:
                counts, read_at = record.get((workspace.key, self._date(day, now, workspace)), (None, now))
                if counts is None or not self._fresh[day].is_known(read_at, now):
                    continue
                for name in self._counts:
                    if (number := getattr(counts, name)) is not None:
                        samples[workspace.project, workspace.name, day.value, name] = float(number)
        return samples

    @staticmethod
    def _date(day: Day, now: datetime, workspace: Workspace) -> date:
        on = business_date(day, now, workspace.zone)
        assert on is not None
        return on

    async def _ages(self, now: datetime) -> Samples:
        last = await self._store.reads.last_read(Day.TODAY)
        return {
            (one.project, one.name): max(0.0, (now - (last.get(one.key) or self._started)).total_seconds())
            for one in self._workspaces
        }

    async def _alerts(self) -> Samples:
        numbers: dict[tuple[str, ...], float] = {
            (state.value, severity.value): 0.0
            for state in (State.FIRING, State.PENDING)
            for severity in Severity
        }
        for (rule, state), number in (await self._store.alerts.tally()).items():
            severity = self._severities.get(rule, Severity.WARNING)
            numbers[state.value, severity.value] += number
        return numbers

    async def _leases(self) -> Samples:
        kinds = Counter(re.split(r"\W", name)[0] for name in await self._store.leases.held(self._owner))
        return {(kind,): float(kinds[kind]) for kind in sorted({*LEASES, *kinds})}
