"""Driver errors in, a StoreError with a sentence out: what happened, what it means, what to do."""

from pathlib import Path

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.errors import StoreError
from bot.store.postgres_errors import FORBIDDEN, NOT_STARTED, WAITS, Parts, of_state, of_the_way
from bot.store.sqlite_file import why_closed

_SHELL = "Look for a second bot or an open sqlite3 shell."
# The low byte of SQLite's result code.
_SQLITE: dict[int, Parts] = {
    5: ("The database is locked by another program.", WAITS, _SHELL),
    6: ("The database is locked.", WAITS, _SHELL),
    8: (
        "The database file {file} is read-only.",
        NOT_STARTED,
        "Give the bot's user the right to write it and its directory.",
    ),
    10: ("Reading or writing the database file {file} failed.", WAITS, "Check the disk."),
    11: (
        "The database file {file} is damaged.",
        NOT_STARTED,
        "Restore a backup, or move the file away to start anew.",
    ),
    13: ("The disk is full.", WAITS, "Make room where the database file {file} is."),
    14: (
        "The database file {file} cannot be opened: {why}.",
        NOT_STARTED,
        "Check the path under `store`, its directory and the rights on it.",
    ),
    26: ("The file {file} is not an SQLite database.", NOT_STARTED, "Check the path under `store`."),
}
_SLOW = ("The database did not answer in time.", WAITS, "Look at the load of the database server.")


def explain(error: BaseException, file: Path | None = None) -> StoreError:
    """The StoreError for an error of the driver; it quotes nothing of the driver's text.

    `file` is the SQLite file that was to be opened.
    """
    origin = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return _as_error(_parts(origin), file)


def forbidden() -> StoreError:
    """The StoreError for a user of PostgreSQL that lacks a right."""
    return _as_error(FORBIDDEN)


def no_file(file: Path) -> StoreError:
    """The StoreError for a file of SQLite that cannot be opened or made."""
    return _as_error(_SQLITE[14], file)


def _as_error(parts: Parts, file: Path | None = None) -> StoreError:
    what, meaning, remedy = parts
    if "{" in what + remedy:
        named = {"file": str(file.absolute()) if file else "of `store`", "why": ""}
        named["why"] = why_closed(file) if file and "{why}" in what else "the system refused it"
        what, remedy = what.format(**named), remedy.format(**named)
    return StoreError(what, meaning=meaning, remedy=remedy, retry=meaning == WAITS)


def _parts(error: BaseException) -> Parts:
    sqlite_code = getattr(error, "sqlite_errorcode", None)
    if isinstance(sqlite_code, int):
        return _SQLITE.get(sqlite_code & 0xFF) or _refused(getattr(error, "sqlite_errorname", "?"))
    sqlstate = getattr(error, "sqlstate", None)
    if isinstance(sqlstate, str):
        return of_state(sqlstate, str(error)) or _refused(sqlstate)
    if isinstance(error, UnicodeError):
        return ("A text has letters that no database takes.", "What came with it was not kept.", "")
    if isinstance(error, OverflowError):
        return ("A number is too large for the database.", "What came with it was not kept.", "")
    if isinstance(error, TimeoutError | PoolTimeout):
        return _SLOW
    if isinstance(error, SQLAlchemyError):
        return _refused(type(error).__name__)
    return of_the_way(error)


def _refused(code: object) -> Parts:
    return (
        f"The database refused a statement ({code}).",
        "This is a mistake in the bot or a changed schema.",
        "",
    )
