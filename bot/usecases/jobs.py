"""Find the jobs behind a count: a look-up a minute for each workspace, date and count, shared by callers."""

import asyncio
import copy
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Protocol

from bot.domain.job_status import listed_counts, total_of
from bot.domain.jobs import FailedJob, JobsFound, group_jobs, started_later, window_of
from bot.domain.model import Metric, Workspace
from bot.errors import DlfError, DlfNotAsked, DlfUnavailable, StoreError
from bot.store.records import RecordedCounts
from bot.tasks import SingleFlight
from bot.timing import USUAL, Timing
from bot.usecases.job_requests import JobLists, JobRequests

# The priority of look-ups that nobody waits for.
BEHIND_PEOPLE = 1
KEPT_FOR = timedelta(minutes=1)
# How long to ask nothing after a refusal that only a person can fix, and after passing trouble.
REFUSED_FOR, AWAY_FOR = timedelta(hours=1), timedelta(minutes=2)


class Snapshots(Protocol):
    """Gives the recorded counts."""

    async def latest(
        self, keys: Sequence[str], business_date: date | None, *, own: bool = False
    ) -> dict[str, RecordedCounts]: ...


class FindsJobs(Protocol):
    """The part of `Jobs` that other use cases call."""

    def is_available(self, workspace: Workspace) -> bool: ...

    async def find(
        self, workspace: Workspace, on: date, metric: Metric | None = None, *, priority: int = 0
    ) -> JobsFound: ...


# Workspace, business date, the counts listed.
Key = tuple[str, date, tuple[Metric, ...]]


class Jobs:
    """Finds the jobs behind a metric of a workspace and business date.

    An answer takes at most seven requests: two for the list, one for the owners, and two for each of
    the first two jobs. The same question within a minute gets the same answer or error.
    """

    def __init__(
        self,
        sources: Mapping[str, JobLists],
        snapshots: Snapshots,
        *,
        clock: Callable[[], datetime],
        redact: Callable[[str], str],
        timing: Timing = USUAL,
    ) -> None:
        """`sources` by project; `redact` removes secrets from error texts, the config's among them."""
        self._sources, self._snapshots = sources, snapshots
        self._clock, self._redact, self._record_timeout = clock, redact, timing.on_record
        self._finding, self._opening = SingleFlight[JobsFound](), SingleFlight[FailedJob]()
        self._kept: dict[Key, tuple[datetime, JobsFound | DlfError]] = {}
        self._away_until: dict[str, datetime] = {}

    def is_available(self, workspace: Workspace) -> bool:
        """False for a while after DLF refused to list the workspace's jobs: offer no buttons then."""
        away_until = self._away_until.get(workspace.key)
        return away_until is None or self._clock() >= away_until

    def known(self, workspace: Workspace, on: date, metric: Metric | None = None) -> JobsFound | None:
        """The answer of the last minute, without a request, or None."""
        found = self._lately(_key(workspace, on, metric))
        return found if isinstance(found, JobsFound) else None

    async def find(
        self, workspace: Workspace, on: date, metric: Metric | None = None, *, priority: int = 0
    ) -> JobsFound:
        """The jobs behind `metric` on a business date; without a metric the failed and the stuck jobs.

        `priority`: 0 if a person waits, else 1. Raises DlfError if there is no list; other missing parts are
        None in the answer.
        """
        key = _key(workspace, on, metric)
        lately = self._lately(key)
        if lately is None:
            return await self._finding.do(key, lambda: self._find(key, workspace, priority))
        if isinstance(lately, DlfError):
            raise copy.copy(lately)
        return lately

    async def open(self, workspace: Workspace, on: date, metric: Metric | None, job: str) -> FailedJob | None:
        """A job of an answer with its failed nodes, dependents and owner; None if it is not in the answer.

        At most three more requests, once. Raises DlfError if there is no list.
        """
        found, key = await self.find(workspace, on, metric), _key(workspace, on, metric)
        wanted = next((one for one in found.jobs if one.job == job), None)
        if wanted is None or wanted.is_opened:
            return wanted
        return await self._opening.do((key, job), lambda: self._open(key, workspace, wanted))

    def _lately(self, key: Key) -> JobsFound | DlfError | None:
        at, found = self._kept.get(key, (None, None))
        return found if at is not None and timedelta(0) <= self._clock() - at < KEPT_FOR else None

    async def _find(self, key: Key, workspace: Workspace, priority: int) -> JobsFound:
        try:
            found = await self._look_up(key, workspace, priority)
        except DlfNotAsked:
            raise
        except DlfError as error:
            rest = AWAY_FOR if isinstance(error, DlfUnavailable) else REFUSED_FOR
            self._away_until[workspace.key] = self._clock() + rest
            self._keep(key, error)
            raise
        self._away_until.pop(workspace.key, None)
        self._keep(key, found)
        return found

    def _keep(self, key: Key, found: JobsFound | DlfError) -> None:
        """Keep the answer for a minute and drop older answers: their texts are foreign."""
        now = self._clock()
        fresh = {one: old for one, old in self._kept.items() if now - old[0] < KEPT_FOR}
        self._kept = fresh | {key: (now, found)}

    async def _look_up(self, key: Key, workspace: Workspace, priority: int) -> JobsFound:
        _, on, counts = key
        now, zone = self._clock(), workspace.zone
        window = window_of(on, now, zone)
        requests = JobRequests(self._sources[workspace.project], workspace, priority)
        lists = await requests.lists(counts, window)
        of_the_date = lists[-len(counts) :]
        # The secret filter is slow on a thousand stack traces.
        jobs = await asyncio.to_thread(group_jobs, lists, counts, window, zone, redact=self._redact)
        return JobsFound(
            workspace,
            on,
            counts,
            await requests.detailed(jobs),
            window.dates,
            now,
            counted=await self._counted(workspace, on, counts),
            is_cut=any(one.is_cut for one in of_the_date),
            odd=sum(one.odd for one in of_the_date),
            started_later=started_later(lists, counts, on, zone),
        )

    async def _open(self, key: Key, workspace: Workspace, job: FailedJob) -> FailedJob:
        requests = JobRequests(self._sources[workspace.project], workspace, 0)
        opened = await requests.opened(await requests.owned(job))
        at, found = self._kept.get(key, (None, None))
        if at is not None and isinstance(found, JobsFound):
            jobs = tuple(opened if one.job == job.job else one for one in found.jobs)
            self._kept[key] = at, replace(found, jobs=jobs)
        return opened

    async def _counted(self, workspace: Workspace, on: date, counts: Sequence[Metric]) -> int | None:
        with suppress(StoreError, TimeoutError):
            async with asyncio.timeout(self._record_timeout):
                kept = (await self._snapshots.latest([workspace.key], on)).get(workspace.key)
                return total_of(kept.counts, counts) if kept else None
        return None


def _key(workspace: Workspace, on: date, metric: Metric | None) -> Key:
    return workspace.key, on, listed_counts(metric)
