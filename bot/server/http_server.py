"""The HTTP side: health, readiness and metrics for operators, and Slack's own requests in HTTP mode."""

import asyncio
import contextlib
import hmac
import json
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, MutableMapping
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from uvicorn.config import Config
from uvicorn.server import Server

from bot.secret import Secret
from bot.server.condition import Condition
from bot.server.connection import BoundedConnection
from bot.server.listeners import listen
from bot.server.paths import FOR_TRAFFIC, HEALTHZ, METRICS, READYZ
from bot.tasks import SingleFlight

Scope = dict[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]
# Problems that make this process not ready, and remarks that do not.
Readiness = Callable[[], Coroutine[None, None, Condition]]

UNKNOWN = b"Authorization required: send http.token of the config as a bearer token.\n"


async def nothing_to_read() -> None:
    """Return at once: every metric is up to date."""


class HttpApplication:
    """An ASGI application: `/healthz`, `/readyz`, `/metrics`, and mounted applications."""

    def __init__(
        self,
        readiness: Readiness,
        registry: CollectorRegistry,
        *,
        token: Secret | None = None,
        mounted: Mapping[str, Asgi] | None = None,
        refresh: Callable[[], Awaitable[None]] = nothing_to_read,
    ) -> None:
        """`mounted`: applications by path. `refresh` brings the registry up to date before it is shown."""
        self._readiness, self._registry, self._token = readiness, registry, token
        self._mounted = mounted or {}
        self._refresh = refresh
        self._looks: SingleFlight[Condition] = SingleFlight()
        self._pages: SingleFlight[bytes] = SingleFlight()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path in self._mounted:
            await self._mounted[path](scope, receive, send)
        elif path not in (HEALTHZ, READYZ, METRICS):
            await _reply(send, 404, "text/plain", b"Not found. Try /healthz, /readyz or /metrics.\n")
        elif scope["method"] not in ("GET", "HEAD"):
            await _reply(send, 405, "text/plain", b"Use GET.\n")
        elif not self._may_look(scope):
            await _reply(send, 401, "text/plain", UNKNOWN, (b"www-authenticate", b"Bearer"))
        else:
            await _reply(send, *await self._look(path, scope.get("query_string", b"")))

    def _may_look(self, scope: Scope) -> bool:
        if self._token is None:
            return True
        given = dict(scope["headers"]).get(b"authorization", b"")
        scheme, _, token = given.partition(b" ")
        right = hmac.compare_digest(token.strip(), self._token.reveal().encode())
        return right and scheme.lower() == b"bearer"

    async def _look(self, path: str, query: bytes) -> tuple[int, str, bytes]:
        if path == HEALTHZ:
            return 200, "text/plain", b"ok\n"
        if path == METRICS:
            await self._refresh()
            # In a thread: twenty thousand lines take half a second, and Slack waits three at most.
            page = await self._pages.do(path, lambda: asyncio.to_thread(generate_latest, self._registry))
            return 200, CONTENT_TYPE_LATEST, page
        # A check costs the database a write: requests at the same time share it.
        condition = await self._looks.do(path, self._readiness)
        if FOR_TRAFFIC.encode() in query.split(b"&"):
            condition = condition.for_traffic()
        problems = condition.not_ready
        body = {"ready": not problems, "problems": problems, "remarks": condition.remarks}
        return 503 if problems else 200, "application/json", json.dumps(body, indent=1).encode() + b"\n"


async def _reply(send: Send, status: int, content_type: str, body: bytes, *more: tuple[bytes, bytes]) -> None:
    headers = [(b"content-type", content_type.encode()), (b"content-length", str(len(body)).encode()), *more]
    if 400 <= status < 500:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class _Quiet(Server):
    """Leaves signals to the process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class HttpServer:
    """Serves an ASGI application on a port until it is closed."""

    def __init__(
        self,
        application: Asgi,
        host: str,
        port: int,
        *,
        protocol: type[BoundedConnection] = BoundedConnection,
    ) -> None:
        self._application, self._host, self.port = application, host, port
        self._protocol = protocol

    async def start(self) -> None:
        """Listen. Raises BotError if the host or the port cannot be had."""
        listeners = await listen(self._host, self.port)
        self.port = listeners[0].getsockname()[1]
        config = Config(
            self._application,
            http=self._protocol,
            ws="none",
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=3,
        )
        self._server = _Quiet(config)
        self._task = asyncio.create_task(self._server.serve(sockets=listeners))

    async def close(self) -> None:
        """Take no more requests; running requests have three seconds."""
        self._server.should_exit = True
        await self._task
