"""Translate a PostgreSQL address for libpq into an address for asyncpg."""

import os
import re
import ssl
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from bot.errors import StoreError
from bot.store.postgres_mistakes import EXAMPLE, LEFT_OUT, mistake

_FILES = ("sslrootcert", "sslcert", "sslkey", "sslcrl")
_VERIFYING = ("verify-ca", "verify-full")
_BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")
_UNSAFE = "Without it there is no safe connection to the database."


def for_asyncpg(url: str) -> str:
    """The address without parameters asyncpg does not know. Raises StoreError: unreadable, a missing file."""
    if found := mistake(url):
        raise _wrong(*found)
    try:
        parts = urlsplit(re.sub(r"(?<=://)[^@/?#]*@", _no_brackets, url))
    except ValueError:
        raise unreadable() from None
    asked = _with_authorities(parse_qsl(parts.query))
    for name, value in asked:
        if name in _FILES and not Path(value).is_file():
            raise _no_file(name)
    kept = [(name, value) for name, value in asked if name not in LEFT_OUT]
    if parts.netloc.rpartition("@")[2] or "host" in dict(kept):
        kept = [(name, value) for name, value in kept if name != "hostaddr"]
    kept = [("host" if name == "hostaddr" else name, value) for name, value in kept]
    return urlunsplit(parts._replace(query=urlencode(kept, quote_via=quote)))


def without_options(url: str) -> str:
    """The address without its `options`, the session settings for the start of a connection."""
    parts = urlsplit(url)
    kept = [(name, value) for name, value in parse_qsl(parts.query) if name != "options"]
    return urlunsplit(parts._replace(query=urlencode(kept, quote_via=quote)))


def unreadable() -> StoreError:
    return StoreError(
        "The PostgreSQL address in `store` is not valid.",
        meaning="It does not have libpq's form.",
        remedy=EXAMPLE.replace(".", " in `store`.", 1),
    )


def _with_authorities(asked: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The parameters with `sslrootcert=system` as a file. Raises StoreError where a root file is missing."""
    words = dict(asked)
    if words.get("sslrootcert") == "system":
        if words.setdefault("sslmode", "verify-full") != "verify-full":
            raise _wrong("has sslrootcert=system with a weaker sslmode", "Write sslmode=verify-full.")
        words["sslrootcert"] = _system_bundle()
        return list(words.items())
    default = Path(os.path.expanduser("~/.postgresql/root.crt"))
    mode = words.get("sslmode")
    if mode in _VERIFYING and "sslrootcert" not in words and not default.is_file():
        raise _wrong(
            f"has sslmode={mode} but no `sslrootcert`",
            f"Add sslrootcert=/path/to/ca.pem, or sslrootcert=system; {default} is not there either.",
        )
    return asked


def _system_bundle() -> str:
    for each in (ssl.get_default_verify_paths().cafile, *_BUNDLES):
        if each and Path(each).is_file():
            return each
    raise _wrong(
        "has sslrootcert=system, and this system has no certificates",
        "Install ca-certificates, or name a file.",
    )


def _wrong(what: str, remedy: str) -> StoreError:
    return StoreError(
        f"The PostgreSQL address in `store` {what}.",
        meaning="The bot cannot run without its database.",
        remedy=remedy,
    )


def _no_brackets(user: re.Match[str]) -> str:
    """Escape brackets in user and password: Python would take them for an IPv6 address."""
    return user[0].replace("[", "%5B").replace("]", "%5D")


def _no_file(name: str) -> StoreError:
    return StoreError(
        f"The file that `{name}` names in `store` does not exist.",
        meaning=_UNSAFE,
        remedy="Check the path in `store`, also inside a container.",
    )
