"""Driver errors in, a StoreError with a sentence out: what happened, what it means, what to do."""

import ssl

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.errors import StoreError

_WAITS = "Nothing is lost: what was not written is done again."
_NOT_STARTED = "The bot keeps its memory there and cannot work without it."

# The low byte of SQLite's result code.
_SQLITE = {
    5: (
        "The database is locked by another program.",
        _WAITS,
        "Look for a second bot or an open sqlite3 shell.",
    ),
    6: ("The database is locked.", _WAITS, "Look for a second bot or an open sqlite3 shell."),
    8: (
        "The database file is read-only.",
        _NOT_STARTED,
        "Give the bot's user the right to write it and its directory.",
    ),
    10: ("Reading or writing the database file failed.", _WAITS, "Check the disk."),
    11: (
        "The database file is damaged.",
        _NOT_STARTED,
        "Restore a backup, or move the file away to start anew.",
    ),
    13: ("The disk is full.", _WAITS, "Make room where the database file is."),
    14: (
        "The database file cannot be opened.",
        _NOT_STARTED,
        "Check the path, its directory and the rights on it.",
    ),
    26: ("The file is not an SQLite database.", _NOT_STARTED, "Check the path under `store`."),
}

# SQLSTATE, or its first two characters.
_POSTGRESQL = {
    "28": (
        "PostgreSQL refused the user or the password.",
        _NOT_STARTED,
        "Check user and password in `store`.",
    ),
    "3D": ("PostgreSQL has no such database.", _NOT_STARTED, "Create it, or check its name in `store`."),
    "42501": (
        "The PostgreSQL user may not do this.",
        _NOT_STARTED,
        "Let it own its schema, or grant it the rights.",
    ),
    "53100": ("PostgreSQL's disk is full.", _WAITS, "Make room on the database server."),
    "53300": ("PostgreSQL has no connection left.", _WAITS, "Raise max_connections or run fewer replicas."),
    "25006": (
        "PostgreSQL is read-only here.",
        _WAITS,
        "Use the primary: add target_session_attrs=read-write.",
    ),
    "57014": ("PostgreSQL took too long.", _WAITS, "Look at the load of the database server."),
    "55P03": ("PostgreSQL took too long to give a lock.", _WAITS, "Look at the load of the database server."),
    "40": ("PostgreSQL asked to try again.", _WAITS, ""),
    "57": ("PostgreSQL is shutting down or starting.", _WAITS, "Wait, or start it."),
    "08": ("PostgreSQL is away.", _WAITS, "Check that it runs and can be reached."),
}
_AWAY = (
    "The database is away.",
    _WAITS,
    "Check that it runs, that its address in `store` is right, and TLS if asked for.",
)
_UNTRUSTED = (
    "PostgreSQL's certificate is not trusted.",
    _NOT_STARTED,
    "Check `sslrootcert` and the host's name in `store`, and whether the certificate is still valid.",
)
_NO_TLS = (
    "PostgreSQL and the bot cannot agree on TLS.",
    _WAITS,
    "Check the certificates and keys that `store` names, and `sslmode`.",
)
_SLOW = ("The database did not answer in time.", _WAITS, "Look at the load of the database server.")


def explain(error: BaseException) -> StoreError:
    """The StoreError for what a driver raised; nothing of the driver's own text goes into it."""
    origin = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    what, meaning, remedy = _parts(origin)
    return StoreError(what, meaning=meaning, remedy=remedy, retry=meaning == _WAITS)


def forbidden() -> StoreError:
    """The StoreError for a user of PostgreSQL that lacks a right."""
    what, meaning, remedy = _POSTGRESQL["42501"]
    return StoreError(what, meaning=meaning, remedy=remedy)


def no_file() -> StoreError:
    """The StoreError for a file of SQLite that cannot be opened or made."""
    what, meaning, remedy = _SQLITE[14]
    return StoreError(what, meaning=meaning, remedy=remedy)


def _parts(error: BaseException) -> tuple[str, str, str]:
    sqlite_code = getattr(error, "sqlite_errorcode", None)
    if isinstance(sqlite_code, int):
        return _SQLITE.get(sqlite_code & 0xFF) or _refused(getattr(error, "sqlite_errorname", "?"))
    sqlstate = getattr(error, "sqlstate", None)
    if isinstance(sqlstate, str):
        return _POSTGRESQL.get(sqlstate) or _POSTGRESQL.get(sqlstate[:2]) or _refused(sqlstate)
    if isinstance(error, UnicodeError):
        return ("A text has letters that no database takes.", "What came with it was not kept.", "")
    if isinstance(error, OverflowError):
        return ("A number is too large for the database.", "What came with it was not kept.", "")
    if isinstance(error, ssl.SSLCertVerificationError):
        return _UNTRUSTED
    if isinstance(error, ssl.SSLError):
        return _NO_TLS
    if isinstance(error, TimeoutError | PoolTimeout):
        return _SLOW
    if isinstance(error, SQLAlchemyError):
        return _refused(type(error).__name__)
    return _AWAY


def _refused(code: object) -> tuple[str, str, str]:
    return (
        f"The database refused a statement ({code}).",
        "This is a mistake in the bot or a changed schema.",
        "",
    )
