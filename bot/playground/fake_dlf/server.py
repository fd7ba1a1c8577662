"""The HTTP server of the imitated DLF: counts and jobs (V2), instances (V1) and IAM on the same port."""

import asyncio
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from aiohttp import web

from bot.playground import sample_data
from bot.playground.fake_dlf import console_api, dlf_api, iam_api, jobs_api
from bot.playground.fake_dlf.fault_effects import FAULTS, DlfFault
from bot.playground.fake_dlf.gateway_checks import RateLimit
from bot.playground.fake_dlf.request import DlfRequest
from bot.playground.fake_dlf.request_log import RequestRecord
from bot.playground.fake_dlf.responses import RefusedError, as_json, gateway_error, iam_error
from bot.playground.fake_dlf.signature import RawRequest
from bot.playground.fake_dlf.world import DlfWorld
from bot.playground.same_machine import refuse_foreign

WORLD = web.AppKey("world", DlfWorld)
_LIMIT = web.AppKey("limit", RateLimit)
_FAULT = web.RequestKey("fault", DlfFault)
_MOST_READ = 12 * 1024 * 1024

# API → the place whose faults hit it, its method and path, what answers.
_Answer = Callable[[DlfRequest], web.Response]
_ROUTES: dict[str, tuple[str, str, re.Pattern[str], _Answer]] = {
    "overview": (
        "dlf",
        "GET",
        re.compile(r"/v2/([^/]+)/factory/monitor/task-statistics-overview"),
        dlf_api.overview,
    ),
    "jobs": ("jobs", "GET", re.compile(r"/v1/([^/]+)/jobs/instances/detail"), jobs_api.instances),
    "job": ("jobs", "GET", re.compile(r"/v1/([^/]+)/jobs/([^/]+)/instances/([^/]+)"), jobs_api.instance),
    "owners": ("owners", "GET", re.compile(r"/v2/([^/]+)/factory/jobs"), jobs_api.jobs),
    "dependents": (
        "owners",
        "GET",
        re.compile(r"/v2/([^/]+)/factory/instances/([^/]+)/depend-instances"),
        jobs_api.dependents,
    ),
    "instances": ("dlf", "GET", re.compile(r"/v1/([^/]+)/instances"), console_api.instances),
    "workspaces": ("dlf", "GET", re.compile(r"/v1/([^/]+)/workspaces/([^/]+)"), console_api.workspaces),
    "tokens": ("iam", "POST", re.compile(r"/v3/auth/tokens()"), iam_api.tokens),
    "projects": ("iam", "GET", re.compile(r"/v3/projects()"), iam_api.projects),
    # the target of the fault `redirect`: a client that follows it reads that all is well
    "elsewhere": (
        "",
        "GET",
        re.compile(r"/elsewhere/good-answer()"),
        lambda request: as_json(sample_data.counts(["success"])),
    ),
}


def make_app(world: DlfWorld) -> web.Application:
    """The imitated DLF, with IAM, as an aiohttp application."""
    app = web.Application(middlewares=[refuse_foreign], client_max_size=_MOST_READ)
    app[WORLD], app[_LIMIT] = world, RateLimit(world.wall)
    app.router.add_route("*", "/{path:.*}", _front)
    app.on_response_prepare.append(_stamp)
    app.on_shutdown.append(_let_go)
    return app


async def _front(request: web.Request) -> web.StreamResponse:
    world = request.app[WORLD]
    api, parts = _route(request)
    place = _ROUTES[api][0] if api else ""
    workspace = request.headers.get("workspace", "")
    record = RequestRecord(world.wall(), request.method, request.path, dict(request.query), workspace, api)
    world.log.begin(record)
    fault = world.faults.take(place, workspace) if place else None
    try:
        if fault is None:
            response: web.StreamResponse = await _answer(request, record, parts)
        else:
            record.fault = fault.name
            request[_FAULT] = fault
            response = await FAULTS[fault.name](fault, request, lambda: _answer(request, record, parts))
        record.status = 0 if _is_cut(request) else response.status
    finally:
        world.log.finish(record)
        world.changed.notify()
    return response


def _route(request: web.Request) -> tuple[str, tuple[str, ...]]:
    path = request.raw_path.partition("?")[0]
    for api, (_, method, pattern, _) in _ROUTES.items():
        found = pattern.fullmatch(path)
        if found and request.method == method:
            return api, found.groups()
    return "", ("",)


async def _answer(request: web.Request, record: RequestRecord, parts: tuple[str, ...]) -> web.Response:
    try:
        body = await request.read()
    except web.HTTPRequestEntityTooLarge:
        return gateway_error(413, "APIGW.0201", "The request body is too large.")
    raw = RawRequest.of(request.method, request.raw_path, request.raw_headers, body)
    dlf_request = DlfRequest(request.app[WORLD], request.app[_LIMIT], raw, record, parts)
    try:
        if not record.api:
            raise RefusedError(
                404, "APIGW.0101", "The API does not exist or has not been published in the environment"
            )
        return _ROUTES[record.api][3](dlf_request)
    except RefusedError as refused:
        record.code = refused.code
        if record.api == "projects":
            return iam_error(refused.status, refused.message)
        return gateway_error(refused.status, refused.code, refused.message, refused.headers)


def _is_cut(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


async def _stamp(request: web.Request, response: web.StreamResponse) -> None:
    """DLF's own clock is the playground's. Signatures are made and checked by the machine's, so is a 401."""
    world, fault = request.app[WORLD], request.get(_FAULT)
    shift = fault.seconds if fault and fault.name == "wrong_clock" else 0
    now = datetime.fromtimestamp(world.wall(), UTC) if response.status == 401 else world.clock.now()
    response.headers["Date"] = format_datetime(now + timedelta(seconds=shift), usegmt=True)
    response.headers["Server"] = "api-gateway"


async def _let_go(app: web.Application) -> None:
    """Requests that hang in a fault must not delay the shutdown."""
    app[WORLD].faults.clear()


class RunningDlf:
    """An imitated DLF that listens; while the fault `refused` is on overall, it does not."""

    def __init__(self, world: DlfWorld, host: str) -> None:
        self.world, self.host, self.port = world, host, 0
        self._runner = web.AppRunner(make_app(world), access_log=None, shutdown_timeout=1)
        self._site: web.TCPSite | None = None
        self._follow = asyncio.Event()
        self._unsubscribe = world.faults.changed.subscribe(self._follow.set)
        self._follower: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    async def open(self, port: int) -> None:
        await self._runner.setup()
        self.port = port
        await self._listen()
        self.port = self._runner.addresses[0][1]
        self._follower = asyncio.create_task(self._follow_fault())

    async def close(self) -> None:
        self._unsubscribe()
        if self._follower is not None:
            self._follower.cancel()
        await self._runner.cleanup()

    async def _listen(self) -> None:
        self._site = web.TCPSite(self._runner, self.host, self.port, reuse_address=True)
        await self._site.start()

    async def _follow_fault(self) -> None:
        while True:
            await self._follow.wait()
            self._follow.clear()
            refused = self.world.faults.on() == "refused"
            if refused and self._site is not None:
                await self._site.stop()
                self._site = None
            elif not refused and self._site is None:
                await self._listen()


async def start(world: DlfWorld, port: int = 0, host: str = "127.0.0.1") -> RunningDlf:
    """Listen (port 0: any free port); the caller closes it."""
    running = RunningDlf(world, host)
    await running.open(port)
    return running
