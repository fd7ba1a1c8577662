"""Shared by the tests of the DLF client: a project, scripted answers, the imitated DLF."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import httpx

from bot.dlf.client import DlfClient
from bot.dlf.settings import AccessKey, Auth, IamUser, Project, ReadyToken
from bot.domain.model import COUNT_NAMES, Workspace
from bot.playground.clock import Clock
from bot.playground.fake_dlf import DlfWorld, start
from bot.secret import Secret

ZONE = ZoneInfo("Asia/Singapore")
NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
SEED = dict.fromkeys(COUNT_NAMES, 0) | {"success_count": 1, "total_count": 1}
SALES = Workspace("prod", "sales", "ws-sales", ZONE)
FIFTY = [Workspace("prod", f"w{n}", f"ws-{n}", ZONE) for n in range(50)]
KEY = AccessKey("AKPLAYGROUND", Secret("playground-secret"))
TEMPORARY = AccessKey("AKTEMP", Secret("temporary-secret"), Secret("temporary-security-token"))
USER = IamUser("playground", Secret("playground"), "playground")
TOKEN = ReadyToken(Secret("ready-token"))

Answering = Callable[[httpx.Request], httpx.Response]


def now() -> datetime:
    return datetime.now(UTC)


def project(auth: Auth = TOKEN, url: str = "https://dlf.test", rate: float = 100_000) -> Project:
    return Project("prod", "playground", url, url, url, ZONE, auth, (SALES,), rate)


def client_of(answer: Answering, auth: Auth = TOKEN, wall: Callable[[], datetime] = now) -> DlfClient:
    return DlfClient(project(auth), transport=httpx.MockTransport(answer), wall=wall)


class Script:
    """Gives answers in order, the last for ever; remembers the requests."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self._answers = list(answers)
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


def good(**headers: str) -> httpx.Response:
    return httpx.Response(200, json=SEED, headers=_spelled(headers))


def bad(status: int, code: str = "", **headers: str) -> httpx.Response:
    body = {"error_code": code, "error_msg": "AKSECRET echoed", "request_id": "0" * 32} if code else {}
    return httpx.Response(status, json=body, headers=_spelled(headers))


def _spelled(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


@asynccontextmanager
async def imitated(
    auth: Auth = KEY, *, wall: Callable[[], datetime] = now, rate: float = 100_000, limit: float = 100_000
) -> AsyncIterator[tuple[DlfWorld, DlfClient]]:
    """The imitated DLF, listening, and a client for it."""
    world = DlfWorld(Clock(), rate_limit=limit, extra_workspaces=[one.id for one in FIFTY])
    running = await start(world)
    client = DlfClient(project(auth, running.url, rate), wall=wall)
    try:
        yield world, client
    finally:
        await client.close()
        await running.close()
