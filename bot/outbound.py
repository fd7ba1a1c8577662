"""Outbound connections to DLF and Slack: the environment's proxies and certificates, and their failures."""

import ipaddress
import os
import ssl
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import certifi

from bot.domain.sentence import Sentence, as_sentence, sentence

# A WebSocket is opened by an http(s) request.
_SCHEMES = {"ws": "http", "wss": "https"}
NO_WAY_OUT = "no_way_out"
UNTRUSTED, PROXY_LOGIN, PROXY_REFUSED = "tls_untrusted", "proxy_login", "proxy_refused"
PROXY_UNREACHABLE, UNKNOWN_HOST = "proxy_unreachable", "unknown_host"
# Reasons why no connection was made, so that nothing was sent; all but the first may pass with time.
BARRED = frozenset({NO_WAY_OUT, UNTRUSTED, PROXY_LOGIN, PROXY_REFUSED, PROXY_UNREACHABLE, UNKNOWN_HOST})
LOGIN = "Put user and password into HTTPS_PROXY: http://user:password@host:port."


@dataclass(frozen=True, slots=True)
class Barrier:
    """Why nothing could be sent, in our own words, and what to do."""

    code: str
    what: Sentence
    remedy: Sentence


class NoWayOutError(Exception):
    """The environment names a proxy or certificates that cannot be used; a way around is not taken."""

    def __init__(self, what: str, remedy: Sentence) -> None:
        super().__init__(what)
        self.barrier = Barrier(NO_WAY_OUT, as_sentence(what), remedy)


def proxy_for(url: str) -> str | None:
    """The proxy that HTTPS_PROXY, HTTP_PROXY or ALL_PROXY names for `url` and NO_PROXY does not exclude.

    None for this machine itself. Raises NoWayOutError for a proxy that cannot be used.
    """
    parts = urlsplit(url)
    proxies = getproxies()
    named = proxies.get(_SCHEMES.get(parts.scheme, parts.scheme)) or proxies.get("all")
    if not named or _is_this_machine(parts.hostname or "") or proxy_bypass(parts.netloc):
        return None
    proxy = named if "://" in named else f"http://{named}"
    if not _is_usable(proxy):
        raise NoWayOutError(
            "The environment names a proxy that cannot be used.",
            sentence(
                "Set HTTPS_PROXY to http://host:port, or name {host} in NO_PROXY.",
                host=parts.hostname or "",
            ),
        )
    return proxy


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _is_usable(proxy: str) -> bool:
    try:
        parts = urlsplit(proxy)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def trusted() -> ssl.SSLContext:
    """The authorities that SSL_CERT_FILE or SSL_CERT_DIR names, else this machine's and certifi's.

    Raises NoWayOutError if what is named cannot be read.
    """
    try:
        return _read(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
    except OSError:
        raise NoWayOutError(
            "The certificates that SSL_CERT_FILE or SSL_CERT_DIR names cannot be read.",
            sentence("Correct the variable or unset it."),
        ) from None


@lru_cache(maxsize=8)
def _read(file: str | None, folder: str | None) -> ssl.SSLContext:
    """Reading all certificates takes 80 ms, on the event loop."""
    if file:
        return ssl.create_default_context(cafile=file)
    if folder:
        os.listdir(folder)  # OpenSSL looks into it only when a server is checked
        return ssl.create_default_context(capath=folder)
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def barrier(problem: BaseException, host: str | Sentence, *, setting: str | Sentence) -> Barrier | None:
    """The reason why no connection to `host` was made; None for another kind of failure.

    `setting` is where the config names the host. No text of the problem is kept.
    """
    match problem:
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientConnectorSSLError() | ssl.SSLError():
            return Barrier(
                UNTRUSTED,
                sentence("The TLS certificate or protocol of {host} is not trusted.", host=host),
                sentence(
                    "Check {setting}. Behind a company proxy, set SSL_CERT_FILE to its CA certificate.",
                    setting=setting,
                ),
            )
        case aiohttp.ClientHttpProxyError(status=407):
            return Barrier(PROXY_LOGIN, sentence("The proxy requires a login."), sentence(LOGIN))
        case aiohttp.ClientHttpProxyError():
            return Barrier(
                PROXY_REFUSED,
                sentence(
                    "The proxy could not connect to {host} (HTTP {status}).",
                    host=host,
                    status=str(problem.status),
                ),
                sentence("Check HTTPS_PROXY and NO_PROXY, and what the proxy allows."),
            )
        case aiohttp.ClientProxyConnectionError():
            return Barrier(
                PROXY_UNREACHABLE,
                sentence("Cannot connect to the proxy for {host}.", host=host),
                sentence("Check HTTPS_PROXY, NO_PROXY, and whether the proxy runs."),
            )
        case aiohttp.ClientConnectorDNSError():
            return Barrier(
                UNKNOWN_HOST,
                sentence("The host name {host} cannot be resolved.", host=host),
                sentence("Check {setting}, and DNS on this machine.", setting=setting),
            )
    return None
