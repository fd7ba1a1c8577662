"""Refusals by PostgreSQL, a pooler or the network, each as the three parts of an error."""

import socket
import ssl

Parts = tuple[str, str, str]

WAITS = "Nothing is lost: what was not written is done again."
NOT_STARTED = "The bot keeps its memory there and cannot work without it."

# SQLSTATE, or its first two characters.
_STATES: dict[str, Parts] = {
    "28": (
        "PostgreSQL refused the user or the password.",
        NOT_STARTED,
        "Check user and password in `store`.",
    ),
    "3D": ("PostgreSQL has no such database.", NOT_STARTED, "Create it, or check its name in `store`."),
    "3F": (
        "The schema that `search_path` names is not there.",
        NOT_STARTED,
        "Create it with CREATE SCHEMA, or check `options` in `store`.",
    ),
    "42501": (
        "The PostgreSQL user may not do this.",
        NOT_STARTED,
        "Let it own its schema, or grant it the rights.",
    ),
    "42704": (
        "PostgreSQL does not know a setting that `options` in `store` names.",
        NOT_STARTED,
        "Check the names in options=-cNAME%3DVALUE.",
    ),
    "22023": (
        "PostgreSQL does not take the value of a setting that `options` in `store` names.",
        NOT_STARTED,
        "Check the values in options=-cNAME%3DVALUE.",
    ),
    "42P07": (
        "A table that the bot must make is there already.",
        "It is of another program, or what is left of an earlier dlf-bot.",
        "Give the bot a schema of its own: see docs/databases.md.",
    ),
    "53100": ("PostgreSQL's disk is full.", WAITS, "Make room on the database server."),
    "53300": ("PostgreSQL has no connection left.", WAITS, "Raise max_connections or run fewer replicas."),
    "25006": (
        "PostgreSQL is read-only here.",
        WAITS,
        "Use the primary: add target_session_attrs=read-write.",
    ),
    "57014": ("PostgreSQL took too long.", WAITS, "Look at the load of the database server."),
    "55P03": ("PostgreSQL took too long to give a lock.", WAITS, "Look at the load of the database server."),
    "40": ("PostgreSQL asked to try again.", WAITS, ""),
    "57": ("PostgreSQL is shutting down or starting.", WAITS, "Wait, or start it."),
    "08": ("PostgreSQL is away.", WAITS, "Check that it runs and can be reached."),
    "25P03": (
        "PostgreSQL ended a transaction that had stood still too long.",
        WAITS,
        "Look at the load of this machine.",
    ),
}
# PgBouncer's own errors nearly all have the SQLSTATE 08P01, and asyncpg gives a lost connection 08003.
# The first of these marks that is in the text counts.
_POOLER: dict[str, Parts] = {
    "no such database": _STATES["3D"],
    "no such user": _STATES["28"],
    'role "': _STATES["28"],
    "authentication failed": _STATES["28"],
    "sasl": _STATES["28"],
    "no more connections allowed": (
        "PgBouncer has no connection left for the bot.",
        WAITS,
        "Raise its max_client_conn or run fewer replicas.",
    ),
    "too many connections": _STATES["53300"],
    "query_wait_timeout": (
        "PgBouncer had no connection to PostgreSQL free in time.",
        WAITS,
        "Raise its default_pool_size, and look at the load of the database server.",
    ),
    "statement pooling mode": (
        "PgBouncer runs in statement mode, in which nothing can be written whole.",
        NOT_STARTED,
        "Set its pool_mode to transaction or session.",
    ),
    "unsupported startup parameter": (
        "PgBouncer refuses a start-up parameter.",
        NOT_STARTED,
        "Add application_name to its ignore_startup_parameters.",
    ),
    "ssl required": (
        "PgBouncer takes no connection without TLS.",
        NOT_STARTED,
        "Write sslmode=require, or better verify-full, in `store`.",
    ),
    "connect failed": (
        "PostgreSQL is away: PgBouncer, in front of it, cannot reach it.",
        WAITS,
        "Check that it runs, and its address in PgBouncer's configuration.",
    ),
    "server login": (
        "PgBouncer cannot log in at PostgreSQL.",
        WAITS,
        "Check that PostgreSQL runs, and its user and password in PgBouncer's configuration.",
    ),
    "does not exist": _STATES["3D"],
}
_LOGIN_WITHOUT_TLS: Parts = (
    "PostgreSQL takes no connection without TLS from here.",
    NOT_STARTED,
    "Write sslmode=require, or better verify-full, in `store`.",
)
_NOT_IN_HBA: Parts = (
    "PostgreSQL's pg_hba.conf lets no such connection in.",
    NOT_STARTED,
    "Check user and database in `store`, or add a line for them and this machine to pg_hba.conf.",
)
_UNTRUSTED: Parts = (
    "PostgreSQL's certificate is not trusted.",
    NOT_STARTED,
    "Check `sslrootcert` and the host's name in `store`, and whether the certificate is still valid.",
)
_NO_TLS: Parts = (
    "PostgreSQL and the bot cannot agree on TLS.",
    WAITS,
    "Check the certificates and keys that `store` names, and `sslmode`.",
)
_TLS_REFUSED: Parts = (
    "PostgreSQL offers no TLS, and `sslmode` in `store` asks for it.",
    NOT_STARTED,
    "Switch TLS on at the server, or write sslmode=disable where the network is trusted.",
)
_UNKNOWN_HOST: Parts = (
    "The name of PostgreSQL's host is not known.",
    WAITS,
    "Check the host in `store`, and the name server of this machine.",
)
_NO_SOCKET: Parts = (
    "PostgreSQL's socket is not there.",
    WAITS,
    "Check that PostgreSQL runs, and the folder that `host` names in `store`.",
)
_SOCKET_FORBIDDEN: Parts = (
    "This user may not open PostgreSQL's socket.",
    NOT_STARTED,
    "Check the rights on the folder that `host` names in `store`.",
)
_AWAY: Parts = (
    "The database is away.",
    WAITS,
    "Check that it runs, that its address in `store` is right, and TLS if asked for.",
)


def of_state(sqlstate: str, text: str) -> Parts | None:
    """For an error that the server or a pooler answered; None for a mistake of the bot itself."""
    lowered = text.lower()
    if sqlstate.startswith("08"):
        for mark, parts in _POOLER.items():
            if mark in lowered:
                return parts
    if sqlstate.startswith("28") and "pg_hba.conf" in lowered:
        return _LOGIN_WITHOUT_TLS if "no encryption" in lowered or "ssl off" in lowered else _NOT_IN_HBA
    return _STATES.get(sqlstate) or _STATES.get(sqlstate[:2])


def of_the_way(error: BaseException) -> Parts:
    """For an error on the way to the server."""
    match error:
        case ssl.SSLCertVerificationError():
            return _UNTRUSTED
        case ssl.SSLError():
            return _NO_TLS
        case socket.gaierror():
            return _UNKNOWN_HOST
        case FileNotFoundError():
            return _NO_SOCKET
        case PermissionError():
            return _SOCKET_FORBIDDEN
        case ConnectionError() if "SSL upgrade" in str(error):
            return _TLS_REFUSED
    return _AWAY


FORBIDDEN = _STATES["42501"]
