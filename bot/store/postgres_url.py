"""An address of PostgreSQL as libpq takes it, in words that asyncpg takes."""

import re
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from bot.errors import StoreError

# libpq words that asyncpg would hand to the server as settings, which the server refuses.
_NOT_FOR_ASYNCPG = (
    "channel_binding",
    "client_encoding",
    "connect_timeout",
    "fallback_application_name",
    "gssdelegation",
    "gssencmode",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "load_balance_hosts",
    "max_protocol_version",
    "min_protocol_version",
    "require_auth",
    "requirepeer",
    "sslcertmode",
    "sslcompression",
    "sslcrldir",
    "sslsni",
    "tcp_user_timeout",
)
_FILES = ("sslrootcert", "sslcert", "sslkey", "sslcrl")


def for_asyncpg(url: str) -> str:
    """The same address without what asyncpg does not know. Raises StoreError: unreadable, a missing file."""
    try:
        parts = urlsplit(re.sub(r"(?<=://)[^@/?#]*@", _no_brackets, url))
    except ValueError:
        raise unreadable() from None
    asked = parse_qsl(parts.query)
    for name, value in asked:
        if name in _FILES and not Path(value).is_file():
            raise _no_file(name)
    kept = [(name, value) for name, value in asked if name not in _NOT_FOR_ASYNCPG]
    if parts.netloc.rpartition("@")[2] or "host" in dict(kept):
        kept = [(name, value) for name, value in kept if name != "hostaddr"]
    kept = [("host" if name == "hostaddr" else name, value) for name, value in kept]
    return urlunsplit(parts._replace(query=urlencode(kept, quote_via=quote)))


def unreadable() -> StoreError:
    return StoreError(
        "The address of PostgreSQL cannot be read.",
        meaning="It is not of the form libpq knows.",
        remedy="Write postgresql://user:password@host:5432/database under `store`.",
    )


def _no_brackets(user: re.Match[str]) -> str:
    """Python takes a bracket in a password for an address of IPv6."""
    return user[0].replace("[", "%5B").replace("]", "%5D")


def _no_file(name: str) -> StoreError:
    return StoreError(
        f"The file that `{name}` names in the address of PostgreSQL is not there.",
        meaning="Without it there is no safe connection to the database.",
        remedy="Check the path under `store`, as the bot's user sees it.",
    )
