"""Why there was no answer at all: the errors of connections, proxies and TLS in our own words."""

import socket
import ssl

import aiohttp
import httpx

from bot.errors import DlfError, DlfRejected, DlfUnavailable, DlfUnreadable

_UNKNOWN = "The counts are not known now."


def connection_error(problem: Exception, origin: str) -> DlfError:
    """The DlfError for an exception of the wire; its text is not kept, the host's name is our own."""
    host = _host(origin)
    # httpx-aiohttp maps different causes to ConnectTimeout, and passes some of aiohttp's errors as they are.
    match problem if isinstance(problem, aiohttp.ClientError) else problem.__cause__ or problem:
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientConnectorSSLError() | ssl.SSLError():
            return DlfRejected(
                f"{host} cannot be trusted: its TLS certificate or protocol is not accepted.",
                meaning="Nothing was sent, to keep the credentials safe.",
                remedy="Check the endpoint; name your company's certificate authority in SSL_CERT_FILE.",
            )
        case aiohttp.ClientHttpProxyError() | aiohttp.ClientProxyConnectionError() | httpx.ProxyError():
            return DlfUnavailable(
                f"The proxy did not connect to {host}.",
                meaning=_UNKNOWN,
                remedy="Check HTTPS_PROXY and NO_PROXY, and what the proxy permits.",
            )
        case aiohttp.ClientConnectorDNSError() | socket.gaierror():
            return DlfUnavailable(
                f"The name {host} cannot be found.",
                meaning=_UNKNOWN,
                remedy="Check region and endpoint in the YAML, and this machine's DNS.",
            )
        case (
            aiohttp.ClientResponseError()
            | httpx.RemoteProtocolError()
            | httpx.DecodingError()
            | UnicodeError()  # of a status line or header with bytes that are no text
        ):
            return DlfUnreadable(
                f"{host} does not speak HTTP as DLF does.",
                meaning="The counts are not known; nothing is assumed about them.",
                remedy="Check the endpoint: its port and http or https.",
            )
        case httpx.InvalidURL() | httpx.UnsupportedProtocol() | aiohttp.InvalidURL():
            return DlfRejected(
                "The endpoint is not an address that can be asked.", remedy="Correct it in the YAML."
            )
        case aiohttp.ServerDisconnectedError() | aiohttp.ClientPayloadError() | httpx.ReadError():
            return _away(f"{host} broke the connection off.")
        case TimeoutError() | httpx.TimeoutException():
            return _away(f"{host} did not answer in time.")
        case aiohttp.ClientConnectorError() | httpx.ConnectError():
            return _away(f"{host} cannot be connected to.")
    return _away(f"The connection to {host} broke.")


def _away(what: str) -> DlfUnavailable:
    return DlfUnavailable(what, meaning=_UNKNOWN, remedy="The bot asks again; check the network if it stays.")


def _host(origin: str) -> str:
    try:
        return httpx.URL(origin).host or "The endpoint"
    except httpx.InvalidURL:
        return "The endpoint"
