"""The errors of connections, proxies and TLS, in our own words."""

import aiohttp
import httpx

from bot.domain.sentence import Sentence, sentence
from bot.errors import DlfError, DlfRejected, DlfUnavailable, DlfUnreadable
from bot.outbound import PROXY_LOGIN, UNTRUSTED, barrier

_UNSENT = "Nothing was sent, to keep the credentials safe."
_UNKNOWN = "The counts are not known now."


def connection_error(problem: Exception, origin: str) -> DlfError:
    """The DlfError for an exception of the connection, without its text; the host's name is from `origin`."""
    host = _host(origin)
    # httpx-aiohttp maps different causes to ConnectTimeout, and passes some of aiohttp's errors as they are.
    cause = problem if isinstance(problem, aiohttp.ClientError) else problem.__cause__ or problem
    if barred := barrier(cause, host, setting=sentence("region and endpoint in the YAML")):
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
                sentence("{host} does not speak HTTP as DLF does.", host=host),
                meaning="The counts are not known; nothing is assumed about them.",
                remedy="Check the endpoint: its port and http or https.",
            )
        case httpx.InvalidURL() | httpx.UnsupportedProtocol() | aiohttp.InvalidURL():
            return DlfRejected(
                "The endpoint is not an address that can be asked.", remedy="Correct it in the YAML."
            )
        case aiohttp.ServerDisconnectedError() | aiohttp.ClientPayloadError() | httpx.ReadError():
            return _away("{host} broke the connection off.", host)
        case TimeoutError() | httpx.TimeoutException():
            return _away("{host} did not answer in time.", host)
        case aiohttp.ClientConnectorError() | httpx.ConnectError():
            return _away("{host} cannot be connected to.", host)
    return _away("The connection to {host} broke.", host)


def _away(what: str, host: str | Sentence) -> DlfUnavailable:
    return DlfUnavailable(
        sentence(what, host=host),
        meaning=_UNKNOWN,
        remedy="The bot asks again; check the network if it stays.",
    )


def _host(origin: str) -> str | Sentence:
    try:
        return httpx.URL(origin).host or sentence("The endpoint")
    except httpx.InvalidURL:
        return sentence("The endpoint")
