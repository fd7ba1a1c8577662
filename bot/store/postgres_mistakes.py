"""Mistakes in the text of a PostgreSQL address, described without quoting the address."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl, unquote

from bot.domain.suggest import nearest

EXAMPLE = "Write postgresql://user:password@host:5432/database."
# The parameters asyncpg reads; libpq's others it would hand to the server, which refuses them.
READ = frozenset(
    {
        "application_name",
        "database",
        "dbname",
        "gsslib",
        "host",
        "hostaddr",
        "krbsrvname",
        "options",
        "passfile",
        "password",
        "port",
        "service",
        "ssl_max_protocol_version",
        "ssl_min_protocol_version",
        "sslcert",
        "sslcrl",
        "sslkey",
        "sslmode",
        "sslnegotiation",
        "sslpassword",
        "sslrootcert",
        "target_session_attrs",
        "user",
    }
)
LEFT_OUT = frozenset(
    {
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
    }
)
_TLS = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
_CHOICES = {
    "sslmode": ("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
    "sslnegotiation": ("postgres", "direct"),
    "ssl_max_protocol_version": _TLS,
    "ssl_min_protocol_version": _TLS,
    "target_session_attrs": ("any", "read-write", "read-only", "primary", "standby", "prefer-standby"),
}
_SCHEMA = "Write options=-csearch_path%3DNAME instead."
_POOLER = "Remove it: the bot detects a pooler by itself."
# Parameters in the addresses of other programs.
_INSTEAD = {
    "ssl": "Write sslmode=require instead.",
    "currentSchema": _SCHEMA,
    "schema": _SCHEMA,
    "search_path": _SCHEMA,
    "pgbouncer": _POOLER,
    "prepareThreshold": _POOLER,
    "prepared_statement_cache_size": _POOLER,
    "statement_cache_size": _POOLER,
}
_SPECIAL = "In the user and the password write @ / ? # : % as %40 %2F %3F %23 %3A %25."
# `-c name=value` or `--name=value`; a space in a value has a backslash before it.
_OPTION = re.compile(r"\s*(?:-c\s*|--)([A-Za-z_][\w.-]*)=((?:\\.|[^\\\s])*)(?=\s|$)")


def mistake(address: str) -> tuple[str, str] | None:
    """The address's first mistake and its remedy; None if its text shows no mistake.

    The first part continues a sentence whose subject is the address: "names no database".
    """
    return next(_mistakes(address), None)


def settings_of(address: str) -> dict[str, str]:
    """The session settings in the address's `options`; empty if it cannot be read."""
    asked = dict(parse_qsl(address.partition("?")[2])).get("options", "")
    return {name.replace("-", "_"): re.sub(r"\\(.)", r"\1", value) for name, value in _OPTION.findall(asked)}


def _mistakes(address: str) -> Iterator[tuple[str, str]]:
    _, _, rest = address.partition("://")
    before, _, query = rest.partition("?")
    authority, _, database = before.partition("/")
    yield from _characters(rest)
    if "@" in database or "@" in query or authority.count("@") > 1:
        yield ("has an @ in the wrong place", _SPECIAL)
    asked = parse_qsl(query, keep_blank_values=True)
    yield from _servers(authority.rpartition("@")[2])
    yield from _parameters(asked)
    names = {name for name, value in asked if value}
    if not database and not names & {"dbname", "database", "service"}:
        yield ("names no database", "Write its name after the host: postgresql://user@host:5432/database.")
    if "/" in database:
        yield ("has a second / after the host", "Write one database; a / in its name is %2F.")


def _characters(text: str) -> Iterator[tuple[str, str]]:
    if re.search(r"[\s\x00-\x1f\x7f]", text):
        yield ("has a space or a line break in it", "Write a space as %20, or take it out.")
    if "#" in text:
        yield ("has a # in it", _SPECIAL)
    if re.search(r"%(?![0-9A-Fa-f]{2})", text):
        yield ("has a % that two hexadecimal digits do not follow", _SPECIAL)
    try:
        plain = unquote(text, errors="strict")
    except UnicodeDecodeError:
        yield ("has %-codes that are not UTF-8", _SPECIAL)
    else:
        if "\x00" in plain:
            yield ("has a %00 in it, which PostgreSQL does not accept", EXAMPLE)


def _servers(text: str) -> Iterator[tuple[str, str]]:
    servers = text.split(",") if text else []
    for server in servers:
        if server.startswith("[") and not re.fullmatch(r"\[[0-9A-Fa-f:.%]+\](:.*)?", server):
            yield ("has an IPv6 host that is not valid", "Write it in brackets: [::1]:5432.")
        elif server.count(":") > 1 and not server.startswith("["):
            yield ("has more than one : after its host", f"Write an IPv6 host in brackets. {_SPECIAL}")
        bare = server.endswith("]") or ":" not in server
        host, mark, port = (server, "", "") if bare else server.rpartition(":")
        if not host:
            yield (
                "names a port but no host" if mark else "names an empty host",
                "Write each as host:port; for a socket postgresql:///database?host=/run/postgresql.",
            )
        yield from _port(port, empty=not mark)


def _port(text: str, *, empty: bool) -> Iterator[tuple[str, str]]:
    if empty and not text:
        return
    if not re.fullmatch(r"[0-9]+", text):
        yield ("has a port that is not a number", f"Write host:5432. {_SPECIAL}")
    elif len(text) > 5 or not 0 < int(text) < 65536:
        yield ("has a port that is not between 1 and 65535", "PostgreSQL's is 5432, PgBouncer's 6432.")


def _parameters(asked: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for name, value in asked:
        if name not in READ | LEFT_OUT:
            yield _unknown(name)
        elif (choices := _CHOICES.get(name)) and value not in choices:
            yield (f"has a wrong `{name}`", f"Write one of {', '.join(choices)}.")
        elif name == "port":
            for port in value.split(","):
                yield from _port(port, empty=True)
        elif name == "options" and _OPTION.sub("", value).strip():
            yield (
                "has `options` that are not valid",
                "Write options=-cNAME%3DVALUE, with %20 between several of them.",
            )


def _unknown(name: str) -> tuple[str, str]:
    if name in _INSTEAD:
        return (f"has a parameter `{name}`, which libpq does not know", _INSTEAD[name])
    near = nearest(name, READ | LEFT_OUT)
    # An unknown name that resembles no parameter may be a part of a password.
    wanted = f"Did you mean `{near}`?" if near else "Remove it; in a password write & as %26."
    return ("has a parameter that libpq does not know", wanted)
