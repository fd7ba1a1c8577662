"""The requests to DLF for an answer about jobs: lists, owners, and the details of a job."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from bot.domain.jobs import Dependents, FailedJob, JobList, JobRun, Window, date_of, narrowed
from bot.domain.model import Metric, Workspace
from bot.errors import DlfError

# Jobs whose node, duration and dependents are asked with the list; those of others when they are opened.
OPENED_AT_ONCE = 2


class JobLists(Protocol):
    """The lists of a DLF project. Each method is a request and raises a DlfError."""

    async def runs(
        self, workspace: Workspace, count: Metric, since: datetime, until: datetime, *, priority: int = 0
    ) -> JobList: ...

    async def failed_nodes(
        self, workspace: Workspace, run: JobRun, *, priority: int = 0
    ) -> tuple[str, ...]: ...

    async def owners(
        self, workspace: Workspace, job_ids: Iterable[str], *, priority: int = 0
    ) -> dict[str, str]: ...

    async def dependents(self, workspace: Workspace, run: JobRun, *, priority: int = 0) -> Dependents: ...


class JobRequests:
    """Requests for a workspace at a given priority. Only a missing list is an error."""

    def __init__(self, source: JobLists, workspace: Workspace, priority: int) -> None:
        self._source, self._workspace, self._priority = source, workspace, priority

    async def lists(self, counts: Sequence[Metric], window: Window) -> list[JobList]:
        """A list for each count. If a single list is cut, the window's last date is asked again alone."""
        lists = [await self._runs(count, window) for count in counts]
        if len(lists) == 1 and lists[0].is_cut and self._has_other_dates(lists[0], window):
            lists.append(await self._runs(counts[0], narrowed(window, self._workspace.zone)))
        return lists

    async def detailed(self, jobs: Sequence[FailedJob]) -> tuple[FailedJob, ...]:
        """All jobs with their owners, the first two with their details."""
        opening = asyncio.gather(*(self.opened(job) for job in jobs[:OPENED_AT_ONCE]))
        owners, opened = await asyncio.gather(self._owners(jobs), opening)
        return tuple(replace(job, owner=owners.get(job.job)) for job in (*opened, *jobs[OPENED_AT_ONCE:]))

    async def opened(self, job: FailedJob) -> FailedJob:
        """The job with the failed nodes and the dependents of its newest run, if DLF gives them."""
        run, nodes, dependents = job.newest, None, None
        if run.instance_id:
            with suppress(DlfError):
                nodes = await self._source.failed_nodes(self._workspace, run, priority=self._priority)
            with suppress(DlfError):
                dependents = await self._source.dependents(self._workspace, run, priority=self._priority)
        return replace(job, failed_nodes=nodes, dependents=dependents)

    async def owned(self, job: FailedJob) -> FailedJob:
        """The job with its owner, which is unknown beyond the first fifty jobs of a list."""
        return replace(job, owner=(await self._owners([job])).get(job.job)) if job.owner is None else job

    async def _runs(self, count: Metric, window: Window) -> JobList:
        return await self._source.runs(
            self._workspace, count, window.since, window.until, priority=self._priority
        )

    async def _owners(self, jobs: Sequence[FailedJob]) -> dict[str, str]:
        ids = [job.newest.job_id for job in jobs if job.newest.job_id]
        with suppress(DlfError):
            return await self._source.owners(self._workspace, ids, priority=self._priority) if ids else {}
        return {}

    def _has_other_dates(self, found: JobList, window: Window) -> bool:
        return any(date_of(run, self._workspace.zone) != window.dates[-1] for run in found.runs)
