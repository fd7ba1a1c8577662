"""Refusals by PostgreSQL, a pooler or the network, each as the three parts of an error."""

import socket
import ssl

from bot.domain.sentence import Sentence

# What happened, what it means, what to do.
Parts = tuple[str | Sentence, str, str]

WAITS = "Nothing is lost: the bot retries what could not be written."
NOT_STARTED = "The bot cannot run without its database."

# SQLSTATE, or its first two characters.
_STATES: dict[str, Parts] = {
    "28": (
        "PostgreSQL rejected the user or the password.",
        NOT_STARTED,
        "Check user and password in `store`.",
    ),
    "3D": (
        "PostgreSQL has no database of this name.",
        NOT_STARTED,
        "Create it, or check its name in `store`.",
    ),
    "3F": (
        "The schema named by `search_path` does not exist.",
        NOT_STARTED,
        "Create it with CREATE SCHEMA, or check `options` in `store`.",
    ),
    "42501": (
        "The PostgreSQL user lacks rights on the schema.",
        NOT_STARTED,
        "Make it the owner of the schema, or grant it CREATE and USAGE.",
    ),
    "42704": (
        "PostgreSQL does not know a setting in the `options` of `store`.",
        NOT_STARTED,
        "Check the names in options=-cNAME%3DVALUE.",
    ),
    "22023": (
        "PostgreSQL rejected the value of a setting in the `options` of `store`.",
        NOT_STARTED,
        "Check the values in options=-cNAME%3DVALUE.",
    ),
    "42P07": (
        "A table that the bot must create exists already.",
        "It belongs to another program, or an earlier dlf-bot left it.",
        "Give the bot a schema of its own: see docs/databases.md.",
    ),
    "53100": ("PostgreSQL's disk is full.", WAITS, "Free some space on the database server."),
    "53300": ("PostgreSQL has no free connections.", WAITS, "Raise max_connections or run fewer replicas."),
    "25006": (
        "This PostgreSQL server is read-only.",
        WAITS,
        "Use the primary: add target_session_attrs=read-write to `store`.",
    ),
    "57014": ("PostgreSQL did not finish in time.", WAITS, "Check the load of the database server."),
    "55P03": ("PostgreSQL did not grant a lock in time.", WAITS, "Check the load of the database server."),
    "40": ("PostgreSQL asked to try again.", WAITS, ""),
    "57": ("PostgreSQL is shutting down or starting.", WAITS, "Wait, or start it."),
    "08": ("Cannot connect to PostgreSQL.", WAITS, "Check that it runs and can be reached."),
    "25P03": (
        "PostgreSQL ended a transaction that was idle for too long.",
        WAITS,
        "Check the load of this machine.",
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
        "PgBouncer has no free connections for the bot.",
        WAITS,
        "Raise its max_client_conn or run fewer replicas.",
    ),
    "too many connections": _STATES["53300"],
    "query_wait_timeout": (
        "PgBouncer had no free connection to PostgreSQL in time.",
        WAITS,
        "Raise its default_pool_size, and check the load of the database server.",
    ),
    "statement pooling mode": (
        "PgBouncer runs in statement mode, which has no transactions.",
        NOT_STARTED,
        "Set its pool_mode to transaction or session.",
    ),
    "unsupported startup parameter": (
        "PgBouncer rejected a start-up parameter.",
        NOT_STARTED,
        "Add application_name to its ignore_startup_parameters.",
    ),
    "ssl required": (
        "PgBouncer accepts only connections with TLS.",
        NOT_STARTED,
        "Write sslmode=require, or better verify-full, in `store`.",
    ),
    "connect failed": (
        "PgBouncer cannot connect to PostgreSQL.",
        WAITS,
        "Check that PostgreSQL runs, and its address in PgBouncer's configuration.",
    ),
    "server login": (
        "PgBouncer cannot log in to PostgreSQL.",
        WAITS,
        "Check that PostgreSQL runs, and its user and password in PgBouncer's configuration.",
    ),
    "does not exist": _STATES["3D"],
}
_LOGIN_WITHOUT_TLS: Parts = (
    "PostgreSQL accepts only connections with TLS from this machine.",
    NOT_STARTED,
    "Write sslmode=require, or better verify-full, in `store`.",
)
_NOT_IN_HBA: Parts = (
    "PostgreSQL's pg_hba.conf allows no such connection.",
    NOT_STARTED,
    "Check user and database in `store`, or add a line for them and this machine to pg_hba.conf.",
)
_UNTRUSTED: Parts = (
    "PostgreSQL's certificate is not trusted.",
    NOT_STARTED,
    "Check `sslrootcert` and the host's name in `store`, and whether the certificate is still valid.",
)
_NO_TLS: Parts = (
    "TLS with PostgreSQL failed.",
    WAITS,
    "Check the certificates and keys that `store` names, and `sslmode`.",
)
_TLS_REFUSED: Parts = (
    "PostgreSQL offers no TLS, but `sslmode` in `store` requires it.",
    NOT_STARTED,
    "Enable TLS on the server, or write sslmode=disable where the network is trusted.",
)
_UNKNOWN_HOST: Parts = (
    "The host name of PostgreSQL cannot be resolved.",
    WAITS,
    "Check the host in `store`, and DNS on this machine.",
)
_NO_SOCKET: Parts = (
    "PostgreSQL's socket does not exist.",
    WAITS,
    "Check that PostgreSQL runs, and the folder named by `host` in `store`.",
)
_SOCKET_FORBIDDEN: Parts = (
    "The bot's OS user may not open PostgreSQL's socket.",
    NOT_STARTED,
    "Check the permissions of the folder named by `host` in `store`.",
)
_AWAY: Parts = (
    "Cannot connect to the database.",
    WAITS,
    "Check that it runs, its address in `store`, and the TLS settings.",
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
