"""Ask DLF for the jobs behind a count: instances and failed nodes from V1, owners and dependents from V2."""

import asyncio
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from math import ceil, floor
from typing import TypeVar
from urllib.parse import quote

from bot.dlf.deadline import Deadline
from bot.dlf.errors import request_id_of
from bot.dlf.gateway import ApiRequest, Gateway
from bot.dlf.http import HttpResponse
from bot.dlf.parse_counts import reason_of
from bot.dlf.parse_jobs import read_dependents, read_failed_nodes, read_owners, read_runs
from bot.dlf.settings import Project
from bot.domain.jobs import Dependents, JobList, JobRun
from bot.domain.model import Metric, Workspace
from bot.domain.sentence import sentence
from bot.errors import DlfError, DlfUnavailable, DlfUnreadable

Found = TypeVar("Found")

# For each request: its answer, and its turns at the pace.
JOBS_DEADLINE, _TURN = 10.0, 30.0
MOST_LISTED, MOST_IDS = 1000, 50
_LONGEST_IDS = 1000
# A thousand instances, each with a stack trace.
_LARGEST = 8 * 1024 * 1024
_DEEPEST = 50

_MEANING = "The jobs are unknown for now."
_STATUS = {
    Metric.FAIL_COUNT: "fail",
    Metric.RUNNING_EXCEPTION_COUNT: "running-exception",
    Metric.WAITING_CONFIRM_COUNT: "waiting-confirm",
    Metric.PAUSE_COUNT: "pause",
    Metric.FORCE_SUCCESS_COUNT: "forceSuccess",
    Metric.IGNORE_SUCCESS_COUNT: "ignoreSuccess",
    Metric.FREEZE_COUNT: "freeze",
    Metric.SKIP_COUNT: "skip-by-depend",
    Metric.MANUAL_STOP_COUNT: "manual-stop",
}


@dataclass(frozen=True, slots=True)
class _Api:
    """V1 or V2 of DLF's interface; `fix` makes a remedy name its key in the config."""

    gateway: Gateway
    origin: str
    root: str
    fix: Callable[[str], str]


class DlfJobs:
    """A project's job lists. Each method but `try_out` is a single request; all only read, as a viewer may.

    Questions of people go first (`priority` 0), then requests no person waits for (1). Each method raises
    DlfError. V2's requests go at the polls' pace, V1's at their own.
    """

    def __init__(
        self, project: Project, v1: Gateway, v2: Gateway, *, deadline: float = JOBS_DEADLINE
    ) -> None:
        self._project_id, self._seconds = project.project_id, deadline
        root = f"/{{}}/{_encoded(project.project_id)}"
        self._v1 = _Api(v1, project.jobs_endpoint, root.format("v1"), _at_lists)
        self._v2 = _Api(v2, project.endpoint, root.format("v2"), lambda remedy: remedy)

    async def runs(
        self,
        workspace: Workspace,
        count: Metric,
        since: datetime,
        until: datetime,
        *,
        limit: int = MOST_LISTED,
        priority: int = 0,
    ) -> JobList:
        """The instances of a count planned between two times, at most seven days apart.

        `offset` is never sent: some descriptions count records by it, others pages.
        """
        query = (
            ("minPlanTime", str(floor(since.timestamp() * 1000))),
            ("maxPlanTime", str(ceil(until.timestamp() * 1000))),
            ("status", _STATUS[count]),
            ("limit", str(limit)),
        )
        return await self._ask(
            self._v1, workspace, "/jobs/instances/detail", query, read_runs, priority=priority
        )

    async def failed_nodes(self, workspace: Workspace, run: JobRun, *, priority: int = 0) -> tuple[str, ...]:
        """The nodes of an instance that failed, in order of failure."""
        path = f"/jobs/{_encoded(run.job)}/instances/{_encoded(run.instance_id)}"
        return await self._ask(self._v1, workspace, path, (), read_failed_nodes, priority=priority)

    async def owners(
        self, workspace: Workspace, job_ids: Iterable[str], *, priority: int = 0
    ) -> dict[str, str]:
        """The owners that DLF has on record for the first 50 ids, by the job's name."""
        ids = _joined(job_ids)
        query = (("job_id", ids), ("limit", str(MOST_IDS))) if ids else (("limit", "1"),)
        return await self._ask(self._v2, workspace, "/factory/jobs", query, read_owners, priority=priority)

    async def dependents(self, workspace: Workspace, run: JobRun, *, priority: int = 0) -> Dependents:
        """How many instances wait for this instance, and how long its job usually takes."""
        path = f"/factory/instances/{_encoded(run.instance_id)}/depend-instances"
        query = (("relation", "child"), ("depth", str(_DEEPEST)))
        read = partial(read_dependents, run.instance_id)
        return await self._ask(self._v2, workspace, path, query, read, priority=priority)

    async def try_out(self, workspace: Workspace, now: datetime) -> None:
        """Ask both hosts for a single entry. Raises the DlfError that says which right or host is missing."""
        await self.runs(workspace, Metric.FAIL_COUNT, now, now, limit=1)
        await self.owners(workspace, ())

    async def _ask(
        self,
        api: _Api,
        workspace: Workspace,
        path: str,
        query: tuple[tuple[str, str], ...],
        read: Callable[[bytes, str], Found],
        *,
        priority: int,
    ) -> Found:
        headers = {
            "workspace": workspace.id,
            "X-Project-Id": self._project_id,
            "Content-Type": "application/json",
            "Accept": "application/json",
        }
        request = ApiRequest(api.origin, api.root + path, query, headers, priority, _LARGEST)
        try:
            async with Deadline(self._seconds, _TURN) as until:
                reply = await api.gateway.ask(request, until)
            return await _read(reply, read)
        except TimeoutError:
            raise DlfUnavailable(
                sentence("DLF did not answer within {n} s.", n=f"{self._seconds:g}"),
                meaning=_MEANING,
                remedy=api.fix("Try again. If it stays, check the network and the endpoint."),
            ) from None
        except DlfError as error:
            raise _about_jobs(error, api.fix) from None


async def _read(reply: HttpResponse, read: Callable[[bytes, str], Found]) -> Found:
    """In a thread: a thousand instances take long to parse."""
    try:
        return await asyncio.to_thread(read, reply.body, reply.headers.get("content-type", ""))
    except ValueError as error:
        raise DlfUnreadable(
            sentence("DLF's endpoint did not return a list of jobs: {reason}.", reason=reason_of(error)),
            meaning=_MEANING,
            remedy="If it stays, check the endpoint, and whether a proxy or a login page answers "
            "instead of DLF.",
            status=200,
            request_id=request_id_of(reply),
        ) from None


def _about_jobs(error: DlfError, fix: Callable[[str], str]) -> DlfError:
    """The same error, in words about job lists instead of counts."""
    what, meaning, remedy = error.parts
    return type(error)(
        what.changed(lambda said: said.replace("job counts", "a list of jobs")),
        meaning=_MEANING if error.meaning.startswith("Counts") else meaning,
        remedy=remedy.changed(
            lambda said: fix(said.replace("(viewer is enough)", "(viewer is enough, deployer is not)"))
        ),
        status=error.status,
        code=error.code,
        request_id=error.request_id,
        retry_after=error.retry_after,
    )


def _at_lists(remedy: str) -> str:
    """The remedy for V1's host, which the YAML names by a key of its own."""
    named = re.sub(r"(?:the |(?<=`)|(?<=and ))endpoint\b", "jobs_endpoint", remedy)
    return named.replace("The host must begin with `dayu.`", "The host must begin with `dayu-dlf.`")


def _joined(job_ids: Iterable[str]) -> str:
    """At most 50 ids and 1,000 characters, as DLF takes them."""
    joined = ",".join(list(dict.fromkeys(one for one in job_ids if one))[:MOST_IDS])
    return joined if len(joined) <= _LONGEST_IDS else joined[:_LONGEST_IDS].rpartition(",")[0]


def _encoded(text: str) -> str:
    return quote(text, safe="")
