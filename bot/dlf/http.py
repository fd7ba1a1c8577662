"""HTTP exchanges: bounded in size, never redirected, with the environment's proxies and TLS."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache

import aiohttp
import httpx

from bot.dlf.body import MOST, read_body, read_detail
from bot.dlf.connection_errors import connection_error
from bot.dlf.transports import direct, through_proxies
from bot.domain.sentence import sentence
from bot.errors import DlfRejected

_TIMEOUT = httpx.Timeout(connect=5, read=15, write=10, pool=None).as_dict()
# A project has few addresses, and httpx is slow to parse them.
_address = lru_cache(maxsize=256)(httpx.URL)


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """An answer. Header names are in lower case; `seconds` passed until the headers arrived."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    seconds: float

    @property
    def clock(self) -> datetime | None:
        """The server's clock, by its `Date`."""
        return read_date(self.headers.get("date", ""))


class HttpClient:
    """The connections of a project: opened at first use, kept until close().

    It uses httpx's transports without httpx's client, which would log, keep cookies and cost twice the CPU.
    """

    def __init__(
        self, origins: Iterable[str], *, transport: httpx.AsyncBaseTransport | None, user_agent: str
    ) -> None:
        self._origins = tuple(origins)
        self._given = transport
        self._always = {"User-Agent": user_agent, "Accept-Encoding": "identity"}
        self._direct: httpx.AsyncBaseTransport | None = None
        self._proxied: dict[str, httpx.AsyncBaseTransport] = {}

    async def exchange(
        self,
        method: str,
        origin: str,
        path: str,
        headers: Mapping[str, str],
        content: bytes = b"",
        *,
        most: int = MOST,
    ) -> HttpResponse:
        """Send a request and read its answer of any status, of at most `most` bytes.

        Raises a DlfError if there was no answer.
        """
        _check(headers)
        transport = self._way_to(origin)
        clock = asyncio.get_running_loop().time
        started = clock()
        try:
            request = httpx.Request(
                method,
                _address(origin + path),
                headers={**self._always, **headers},
                content=content or None,
                extensions={"timeout": _TIMEOUT},
            )
            response = await transport.handle_async_request(request)
            seconds = clock() - started
            try:
                read = read_body(response, most) if response.is_success else read_detail(response)
                body = await read
            finally:
                await response.aclose()
        except (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError, UnicodeError) as problem:
            # Not chained: the texts of such errors quote what the server sent.
            raise connection_error(problem, origin) from None
        return HttpResponse(response.status_code, _plain(response.headers), body, seconds)

    async def close(self) -> None:
        for transport in (self._direct, *self._proxied.values()):
            if transport is not None:
                await transport.aclose()

    def _way_to(self, origin: str) -> httpx.AsyncBaseTransport:
        if self._direct is None:
            if self._given is None:
                self._proxied = through_proxies(self._origins)
            self._direct = self._given or direct()
        return self._proxied.get(origin, self._direct)


def read_date(text: str) -> datetime | None:
    """The time of an HTTP date; None for any other text."""
    try:
        found = parsedate_to_datetime(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, IndexError):
        return None


def _plain(headers: httpx.Headers) -> dict[str, str]:
    """A plain dictionary: httpx's own headers guess an encoding at every access."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers.raw}


def _check(headers: Mapping[str, str]) -> None:
    """Refuse values that no header can carry: a line break would begin another header."""
    for name, value in headers.items():
        if not (value.isascii() and value.isprintable()):
            raise DlfRejected(
                sentence("The value of header {name} has characters that cannot be sent.", name=name),
                meaning="Nothing was sent.",
                remedy="Look for line breaks and non-ASCII characters in the ids and credentials "
                "of the config.",
            )
