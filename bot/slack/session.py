"""The one HTTP session for everything said to Slack: pooled, bounded in time and in size, no redirects."""

import re
from contextlib import ExitStack
from contextvars import ContextVar
from urllib.parse import urlsplit

from aiohttp import (
    ClientError,
    ClientHandlerType,
    ClientRequest,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    TCPConnector,
    TraceConfig,
)

from bot.clock import in_time

SLACK_HOSTS = ("slack.com", "slack-gov.com")
# A page of a thousand channels has one to three MiB.
ANSWER_BYTES = 8 * 1024 * 1024
# A line is opened by an http(s) request, and goes where one may go.
LINES = {"ws": "http", "wss": "https"}
_HOST = re.compile(r"[a-z0-9.-]{1,253}")


class Redirected(ClientError):
    """Something between us and Slack sent us elsewhere; a token must not travel there."""


class Unwanted(ClientError):
    """An answer that nobody reads to its end: too long, or packed although nobody asked for that."""


def open_session(*, seconds: float = 10, connections: int = 50) -> ClientSession:
    """Open the session that `Sender` and the Socket Mode client share; the caller closes it."""
    timeout = ClientTimeout(total=seconds, sock_connect=min(5, seconds))
    connector = TCPConnector(limit=connections, keepalive_timeout=30)
    trace = TraceConfig()
    trace.on_request_headers_sent.append(leave_in_time)
    return ClientSession(
        trace_configs=[trace],
        timeout=timeout,
        connector=connector,
        headers={"Accept-Encoding": "identity"},
        auto_decompress=False,
        middlewares=(read_bounded, refuse_redirects),
    )


class Departure:
    """Whether anything of a call has left this process: what has not was surely not done."""

    def __init__(self) -> None:
        self.left = False


# Of the call that is being made.
departing: ContextVar[Departure | None] = ContextVar("departing", default=None)


async def leave_in_time(*_: object) -> None:
    """Called before the first byte is written: to connect may have taken longer than any timer knows."""
    in_time()
    if call := departing.get():
        call.left = True


def open_line() -> ClientSession:
    """A session for one Socket Mode connection, which would follow a redirect, ticket and all."""
    return ClientSession(middlewares=(refuse_redirects,))


async def refuse_redirects(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    """Raise instead of following: slack_sdk has no switch for it."""
    response = await handler(request)
    if 300 <= response.status < 400:
        response.close()
        raise Redirected(f"HTTP {response.status}")
    return response


async def read_bounded(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    """Read the whole answer here: neither slack_sdk nor aiohttp knows a bound."""
    response = await handler(request)
    with ExitStack() as unless_read:
        unless_read.callback(response.close)
        if response.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
            raise Unwanted("packed")
        if (response.content_length or 0) > ANSWER_BYTES:
            raise Unwanted("too long")
        body = bytearray()
        async for part in response.content.iter_any():
            body += part
            if len(body) > ANSWER_BYTES:
                raise Unwanted("too long")
        unless_read.pop_all()
    response._body = bytes(body)  # where `read` looks first
    return response


def leads_to_slack(url: str, api_url: str) -> bool:
    """True when the URL leads to Slack itself, or to where our API calls go."""
    try:
        asked, api = urlsplit(url), urlsplit(api_url)
        port = asked.port
    except ValueError:
        return False
    if (asked.scheme, asked.netloc) == (api.scheme, api.netloc):
        return True
    host = asked.hostname or ""
    if not _HOST.fullmatch(host):  # libraries differ in where "evil.example\\.slack.com" leads
        return False
    known = any(host == name or host.endswith(f".{name}") for name in SLACK_HOSTS)
    return asked.scheme == "https" and known and asked.username is None and port in (None, 443)


def line_leads_to_slack(url: str, api_url: str) -> bool:
    """The same of a WebSocket's URL."""
    scheme, _, rest = url.partition("://")
    return scheme in LINES and leads_to_slack(f"{LINES[scheme]}://{rest}", api_url)
