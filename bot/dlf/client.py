"""The client of a project: a workspace and a day in, a Snapshot or a DlfError out."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote

import httpx

from bot.dlf.credential import Credential, open_credential
from bot.dlf.deadline import Deadline
from bot.dlf.errors import request_id_of
from bot.dlf.gateway import ApiRequest, Gateway
from bot.dlf.http import HttpClient, HttpResponse
from bot.dlf.jobs import JOBS_DEADLINE, DlfJobs
from bot.dlf.limiter import RateLimiter
from bot.dlf.parse_counts import read_counts
from bot.dlf.settings import Project
from bot.domain.model import Day, Snapshot, Workspace, business_date
from bot.domain.sentence import sentence
from bot.errors import DlfUnavailable, DlfUnreadable

# Neither a slow answer nor a wrong time zone makes clocks differ by more: either clock may be wrong.
_SANE = timedelta(days=1)
DEADLINE = 20.0
# The longest wait for a turn at the pace: a person prefers waiting to an error, a poll comes again anyway.
TURN, POLL_TURN = 60.0, 5.0


def wall_clock() -> datetime:
    return datetime.now(UTC)


class DlfClient:
    """Asks DLF for counts, and with `jobs` for the jobs behind them. Keeps its connections until close().

    Each project needs a single client. Projects with the same credentials should share `credential` (see
    clients.py).
    """

    def __init__(
        self,
        project: Project,
        *,
        credential: Credential | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        wall: Callable[[], datetime] = wall_clock,
        user_agent: str = "dlf-bot",
        deadline: float = DEADLINE,
        poll_turn: float = POLL_TURN,
        jobs_deadline: float = JOBS_DEADLINE,
    ) -> None:
        self._project, self._deadline, self._poll_turn = project, deadline, poll_turn
        origins = (project.endpoint, project.iam_endpoint, project.jobs_endpoint)
        self._http = HttpClient(origins, transport=transport, user_agent=user_agent)
        if credential is None:
            credential = open_credential(project.auth, RateLimiter(project.requests_per_second), wall)
        self._queue = credential.queue
        self._gateway = Gateway(project, self._http, credential, wall)
        at_lists = Gateway(project, self._http, credential.jobs or credential, wall, beside=self._gateway)
        self.jobs = DlfJobs(project, at_lists, self._gateway, deadline=jobs_deadline)

    @property
    def clock_skew(self) -> timedelta | None:
        """DLF's clock minus ours, by its newest answer (to a second); None until an answer gave the time."""
        return self._gateway.clock_skew

    @property
    def slot_seconds(self) -> float:
        """How long the first in the queue waited for the newest slot."""
        return self._queue.slot_seconds

    async def fetch(
        self,
        workspace: Workspace,
        day: Day,
        own: bool = False,
        *,
        now: datetime,
        deadline: float | None = None,
        priority: int = 0,
    ) -> Snapshot:
        """The counts of a day, always within `deadline` seconds of its turn. `read_at` is `now`.

        `priority`: 0 for a person's question, 1 for a poll, 2 for a poll of a past day.

        The business date is by DLF's clock if the answer gives it, else by ours. Raises a DlfError, also when
        the two clocks are a day apart: counts under a wrong date would resolve alerts that still fire.
        """
        seconds = self._deadline if deadline is None else deadline
        asked, turn = _Asked(now, priority), self._poll_turn if priority else TURN
        try:
            async with Deadline(seconds, turn) as until:
                return await self._read(workspace, day, own, asked, until)
        except TimeoutError:
            raise DlfUnavailable(
                sentence("DLF did not answer within {n} s.", n=f"{seconds:g}"),
                meaning="Counts are unknown for now.",
                remedy="The bot keeps trying. If it stays, check the network, the endpoint and "
                "`requests_per_second`.",
            ) from None

    async def close(self) -> None:
        await self._gateway.close()
        await self._http.close()

    async def _read(
        self, workspace: Workspace, day: Day, own: bool, asked: "_Asked", until: Deadline
    ) -> Snapshot:
        question = replace(_question(self._project, workspace, day, own), priority=asked.priority)
        reply = await self._gateway.ask(question, until)
        dates = asked.dates(day, workspace, reply)
        if dates[0] != dates[1]:
            # The date changed meanwhile, so the answer's date is unknown. DLF's clock tells whole seconds.
            await asyncio.sleep(1)
            reply = await self._gateway.ask(question, until)
            dates = asked.dates(day, workspace, reply)
        counts = read_counts(
            reply.body, reply.headers.get("content-type", ""), request_id=request_id_of(reply)
        )
        return Snapshot(workspace, day, own, dates[1], counts, asked.now)


class _Asked:
    """When a question was asked, on our clock and on the loop's, and how patiently."""

    def __init__(self, now: datetime, priority: int) -> None:
        self.now, self.priority = now, priority
        self._time = asyncio.get_running_loop().time
        self._started = self._time()

    def dates(self, day: Day, workspace: Workspace, reply: HttpResponse) -> tuple[date | None, date | None]:
        """The business dates at the beginning and at the end of the exchange. Raises DlfUnreadable."""
        ours = self.now + timedelta(seconds=self._time() - self._started)
        end = reply.clock or ours
        if abs(end - ours) > _SANE:
            raise DlfUnreadable(
                "DLF's clock and this machine's differ by more than a day.",
                meaning="The counts cannot be assigned to a date and are ignored.",
                remedy="Set the clocks of this machine and of the database (NTP). If both are right, "
                "check what answers at the endpoint.",
                status=200,
                request_id=request_id_of(reply),
            )
        start = end - timedelta(seconds=reply.seconds)
        return business_date(day, start, workspace.zone), business_date(day, end, workspace.zone)


def _question(project: Project, workspace: Workspace, day: Day, own: bool) -> ApiRequest:
    return ApiRequest(
        project.endpoint,
        f"/v2/{quote(project.project_id, safe='')}/factory/monitor/task-statistics-overview",
        (("is_own", "true" if own else "false"), ("query_days", day.value)),
        {
            "workspace": workspace.id,
            "X-Project-Id": project.project_id,
            "Content-Type": "application/json",
            "Accept": "application/json",
        },
    )
