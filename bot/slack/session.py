"""The one HTTP session for everything said to Slack: pooled, bounded in time, following no redirect."""

from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from aiohttp import (
    ClientError,
    ClientHandlerType,
    ClientRequest,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    TCPConnector,
)

LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Redirected(ClientError):
    """Something between us and Slack sent us elsewhere; a token must not travel there."""


def open_session(*, seconds: float = 10, connections: int = 50) -> ClientSession:
    """Open the session that `Sender` and the Socket Mode client share; the caller closes it."""
    timeout = ClientTimeout(total=seconds, sock_connect=min(5, seconds))
    connector = TCPConnector(limit=connections, keepalive_timeout=30)
    return ClientSession(timeout=timeout, connector=connector, middlewares=(refuse_redirects,))


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


def proxy_for(url: str) -> str | None:
    """The proxy of the environment for `url`; none for loopback and for NO_PROXY, which slack_sdk ignores."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    proxies = getproxies()
    if host in LOOPBACK or proxy_bypass(host):
        return None
    return proxies.get("https" if parts.scheme in ("https", "wss") else "http")
