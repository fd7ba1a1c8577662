"""The ways out: straight, or through the proxy that the environment names; TLS as SSL_CERT_FILE says."""

import base64
import ssl
from collections.abc import Iterable
from functools import partial
from urllib.parse import unquote
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
    found = {origin: _proxy_of(httpx.URL(origin)) for origin in origins}
    return {origin: _transport(proxy) for origin, proxy in found.items() if proxy is not None}


def _proxy_of(origin: httpx.URL) -> httpx.Proxy | None:
    proxies = getproxies()
    named = proxies.get(origin.scheme) or proxies.get("all")
    if not named or proxy_bypass(origin.netloc.decode()):
        return None
    try:
        url = httpx.URL(named if "://" in named else f"http://{named}")
    except httpx.InvalidURL:
        url = httpx.URL()
    if url.scheme not in ("http", "https") or not url.host:
        raise DlfRejected(
            "The environment names a proxy that cannot be used.",
            meaning="Nothing was asked, not past the proxy either.",
            remedy="Set HTTPS_PROXY to http://host:port, or name DLF's host in NO_PROXY.",
        )
    return httpx.Proxy(url.copy_with(userinfo=b""), headers=_proxy_login(url))


def _proxy_login(url: httpx.URL) -> dict[str, str]:
    if not url.userinfo:
        return {}
    login = f"{unquote(url.username)}:{unquote(url.password)}".encode()
    return {"Proxy-Authorization": f"Basic {base64.b64encode(login).decode()}"}


def _transport(proxy: httpx.Proxy | None) -> AiohttpTransport:
    try:
        context = httpx.create_ssl_context()
    except OSError:
        raise DlfRejected(
            "The certificates that SSL_CERT_FILE or SSL_CERT_DIR names cannot be read.",
            meaning="No server can be trusted without them, so nothing was asked.",
            remedy="Correct the variable or unset it.",
        ) from None
    return AiohttpTransport(verify=context, proxy=proxy, client=partial(_session, context))


def _session(context: ssl.SSLContext) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=_CONNECTIONS, ssl=context),
        cookie_jar=aiohttp.DummyCookieJar(),
        max_line_size=_LONGEST_LINE,
        max_field_size=_LONGEST_LINE,
    )
