"""The errors of connections, proxies and TLS, in our own words."""

import aiohttp
import httpx

from bot.domain.sentence import Sentence, sentence
from bot.errors import DlfError, DlfRejected, DlfUnavailable, DlfUnreadable
from bot.outbound import PROXY_LOGIN, UNTRUSTED, barrier

_UNSENT = "Nothing was sent."
_UNKNOWN = "Counts are unknown for now."


def connection_error(problem: Exception, origin: str) -> DlfError:
    """The DlfError for an exception of the connection, without its text; the host's name is from `origin`."""
    host = _host(origin)
    # httpx-aiohttp maps different causes to ConnectTimeout, and passes some of aiohttp's errors as they are.
    cause = problem if isinstance(problem, aiohttp.ClientError) else problem.__cause__ or problem
    if barred := barrier(cause, host, setting=sentence("region and endpoint in the config")):
        if barred.code in (UNTRUSTED, PROXY_LOGIN):
            return DlfRejected(barred.what, meaning=_UNSENT, remedy=barred.remedy)
        return DlfUnavailable(barred.what, meaning=_UNKNOWN, remedy=barred.remedy)
    match cause:
        case (
            aiohttp.ClientResponseError()
            | httpx.RemoteProtocolError()
            | httpx.DecodingError()
            | UnicodeError()  # of a status line or header with bytes that are no text
        ):
            return DlfUnreadable(
                sentence("{host} did not answer with valid HTTP.", host=host),
                meaning="Counts are unknown.",
                remedy="Check the endpoint's port, and http or https.",
            )
        case httpx.InvalidURL() | httpx.UnsupportedProtocol() | aiohttp.InvalidURL():
            return DlfRejected("The endpoint is not a valid URL.", remedy="Correct it in the config.")
        case aiohttp.ServerDisconnectedError() | aiohttp.ClientPayloadError() | httpx.ReadError():
            return _away("{host} closed the connection.", host)
        case TimeoutError() | httpx.TimeoutException():
            return _away("{host} did not answer in time.", host)
        case aiohttp.ClientConnectorError() | httpx.ConnectError():
            return _away("Cannot connect to {host}.", host)
    return _away("The connection to {host} failed.", host)


def _away(what: str, host: str | Sentence) -> DlfUnavailable:
    return DlfUnavailable(
        sentence(what, host=host),
        meaning=_UNKNOWN,
        remedy="The bot keeps trying. If it stays, check the network.",
    )


def _host(origin: str) -> str | Sentence:
    try:
        return httpx.URL(origin).host or sentence("DLF's endpoint")
    except httpx.InvalidURL:
        return sentence("DLF's endpoint")
