"""The HTTP session for all calls to Slack: pooled, limited in time and size, without redirects."""

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
# A page of a thousand channels takes up to three MiB.
ANSWER_BYTES = 8 * 1024 * 1024
# A WebSocket is opened by an http(s) request, so the same proxy rules hold.
LINES = {"ws": "http", "wss": "https"}
_HOST = re.compile(r"[a-z0-9.-]{1,253}")


class Redirected(ClientError):
    """Something between us and Slack redirected us; a token must not be sent there."""


class Unwanted(ClientError):
    """An answer that is not read to its end: too long, or compressed although we did not ask for that."""


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
    """Records if any byte of a call has left this process; if none has, it was certainly not done."""

    def __init__(self) -> None:
        self.left = False


# The departure of the current call.
departing: ContextVar[Departure | None] = ContextVar("departing", default=None)


async def leave_in_time(*_: object) -> None:
    """Called before the first byte is written: connecting may have used up the time."""
    in_time()
    if call := departing.get():
        call.left = True


def open_line() -> ClientSession:
    """A session for a Socket Mode connection, which must not follow a redirect with its ticket."""
    return ClientSession(middlewares=(refuse_redirects,))


async def refuse_redirects(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    """Raise instead of following a redirect: slack_sdk has no option for it."""
    response = await handler(request)
    if 300 <= response.status < 400:
        response.close()
        raise Redirected(f"HTTP {response.status}")
    return response


async def read_bounded(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    """Read the whole answer here: slack_sdk and aiohttp have no size limit."""
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
    response._body = bytes(body)  # `read` returns this
    return response


def leads_to_slack(url: str, api_url: str) -> bool:
    """True if the URL leads to Slack, or to the host of our API calls."""
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
    """The same for a WebSocket's URL."""
    scheme, _, rest = url.partition("://")
    return scheme in LINES and leads_to_slack(f"{LINES[scheme]}://{rest}", api_url)
