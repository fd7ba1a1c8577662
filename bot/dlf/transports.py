"""The ways out: straight, or through the proxy that the environment names; TLS as SSL_CERT_FILE says."""

import os
import ssl
from collections.abc import Iterable
from functools import lru_cache, partial
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from bot.errors import DlfRejected

_CONNECTIONS = 100
# A token of IAM travels in one header line and may be far longer than aiohttp's own limit of 8190.
_LONGEST_LINE = 256 * 1024


def direct() -> AiohttpTransport:
    return _transport(None)


def through_proxies(origins: Iterable[str]) -> dict[str, httpx.AsyncBaseTransport]:
    """A way for each origin that HTTPS_PROXY, HTTP_PROXY or ALL_PROXY is meant for and NO_PROXY is not.

    httpx would read them only if it built its transports itself.
    """
    found = {origin: _proxy_of(httpx.URL(origin)) for origin in origins if origin}
    return {origin: _transport(proxy) for origin, proxy in found.items() if proxy is not None}


def _proxy_of(origin: httpx.URL) -> httpx.URL | None:
    proxies = getproxies()
    named = proxies.get(origin.scheme) or proxies.get("all")
    if not named or proxy_bypass(origin.netloc.decode()):
        return None
    try:
        proxy = httpx.URL(named if "://" in named else f"http://{named}")
    except httpx.InvalidURL:
        proxy = httpx.URL()
    if proxy.scheme not in ("http", "https") or not proxy.host:
        raise DlfRejected(
            "The environment names a proxy that cannot be used.",
            meaning="Nothing was asked, not past the proxy either.",
            remedy="Set HTTPS_PROXY to http://host:port, or name DLF's host in NO_PROXY.",
        )
    return proxy


def _transport(proxy: httpx.URL | None) -> AiohttpTransport:
    try:
        context = _tls(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
    except OSError:
        raise DlfRejected(
            "The certificates that SSL_CERT_FILE or SSL_CERT_DIR names cannot be read.",
            meaning="No server can be trusted without them, so nothing was asked.",
            remedy="Correct the variable or unset it.",
        ) from None
    return AiohttpTransport(verify=context, client=partial(_session, context, proxy))


@lru_cache(maxsize=8)
def _tls(_file: str | None, _folder: str | None) -> ssl.SSLContext:
    """What httpx trusts by these variables. Reading all certificates takes 80 ms, on the event loop."""
    return httpx.create_ssl_context()


def _session(context: ssl.SSLContext, proxy: httpx.URL | None) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=_CONNECTIONS, ssl=context),
        cookie_jar=aiohttp.DummyCookieJar(),
        # With its user and password: the transport's own way to pass them is deprecated in aiohttp.
        proxy=str(proxy) if proxy else None,
        max_line_size=_LONGEST_LINE,
        max_field_size=_LONGEST_LINE,
    )
