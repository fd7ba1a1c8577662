"""Transports: direct, or through the environment's proxy; TLS as SSL_CERT_FILE says."""

import ssl
from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeVar

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from bot.errors import DlfRejected
from bot.outbound import NoWayOutError, proxy_for, trusted

_CONNECTIONS = 100
# An IAM token is a single header line and may be far longer than aiohttp's limit of 8190.
_LONGEST_LINE = 256 * 1024
Found = TypeVar("Found")


def direct() -> AiohttpTransport:
    return _transport(None)


def through_proxies(origins: Iterable[str]) -> dict[str, httpx.AsyncBaseTransport]:
    """A transport for each origin with a proxy; httpx reads proxies only for its own transports."""
    found = {origin: _in_our_words(partial(proxy_for, origin)) for origin in origins if origin}
    return {origin: _transport(proxy) for origin, proxy in found.items() if proxy is not None}


def _transport(proxy: str | None) -> AiohttpTransport:
    context = _in_our_words(trusted)
    return AiohttpTransport(verify=context, client=partial(_session, context, proxy))


def _in_our_words(look: Callable[[], Found]) -> Found:
    try:
        return look()
    except NoWayOutError as error:
        barrier = error.barrier
        raise DlfRejected(barrier.what, meaning="Nothing was sent.", remedy=barrier.remedy) from None


def _session(context: ssl.SSLContext, proxy: str | None) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=_CONNECTIONS, ssl=context),
        cookie_jar=aiohttp.DummyCookieJar(),
        # With its user and password: the transport's own way to pass them is deprecated in aiohttp.
        proxy=proxy,
        max_line_size=_LONGEST_LINE,
        max_field_size=_LONGEST_LINE,
    )
