"""One HTTP exchange: bounded in size, never redirected, through the environment's proxies and TLS."""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy

import aiohttp
import httpx

from bot.dlf.bodies import read_body, read_detail
from bot.dlf.routes import direct, through_proxies
from bot.dlf.unreachable import no_answer
from bot.errors import DlfRejected

_TIMEOUT = httpx.Timeout(connect=5, read=15, write=10, pool=None)

# httpx reports each URL and the server's own words at INFO.
logging.getLogger("httpx").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `seconds` passed from the request's start to the answer's headers."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    seconds: float


class Wire:
    """The connections of one project: opened at first use, kept until close()."""

    def __init__(
        self, origins: Iterable[str], *, transport: httpx.AsyncBaseTransport | None, user_agent: str
    ) -> None:
        self._origins = tuple(origins)
        self._transport = transport
        self._user_agent = user_agent
        self._client: httpx.AsyncClient | None = None

    async def exchange(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes = b""
    ) -> Reply:
        """Send one request and read its answer, whatever its status. Raises a DlfError if there was none."""
        _check(headers)
        client = self._opened()
        clock = asyncio.get_running_loop().time
        started = clock()
        try:
            request = client.build_request(method, url, headers=headers, content=content or None)
            response = await client.send(request, stream=True)
            seconds = clock() - started
            try:
                body = await (read_body if response.is_success else read_detail)(response)
            finally:
                await response.aclose()
        except (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError) as problem:
            # Not chained: such texts quote whatever the other side sent.
            raise no_answer(problem, url) from None
        return Reply(response.status_code, response.headers, body, seconds)

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()

    def _opened(self) -> httpx.AsyncClient:
        if self._client is None:
            transport, proxied = (
                (self._transport, {})
                if self._transport is not None
                else (direct(), through_proxies(self._origins))
            )
            self._client = httpx.AsyncClient(
                transport=transport,
                mounts=proxied,
                headers={"User-Agent": self._user_agent, "Accept-Encoding": "identity"},
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
                timeout=_TIMEOUT,
                follow_redirects=False,
                trust_env=False,
            )
        return self._client


def _check(headers: Mapping[str, str]) -> None:
    """Refuse what no header can carry: a line break would begin another one, other letters have no bytes."""
    for name, value in headers.items():
        if not (value.isascii() and value.isprintable()):
            raise DlfRejected(
                f"The value for the header {name} has characters that cannot be sent.",
                meaning="Nothing was asked.",
                remedy="Look for line breaks or foreign letters in the ids and credentials of the YAML.",
            )
