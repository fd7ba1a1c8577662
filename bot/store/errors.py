"""Driver errors in, a StoreError with a sentence out: what happened, what it means, what to do."""

from pathlib import Path

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.domain.sentence import sentence
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
        "Allow the bot's OS user to write the file and its folder.",
    ),
    10: ("Reading or writing the database file {file} failed.", WAITS, "Check the disk."),
    11: (
        "The database file {file} is damaged.",
        NOT_STARTED,
        "Restore a backup, or move the file away to start with an empty one.",
    ),
    13: ("The disk is full.", WAITS, "Free some space where the database file {file} is."),
    14: (
        "Cannot open the database file {file}: {why}.",
        NOT_STARTED,
        "Check the path in `store`, its folder and its permissions.",
    ),
    26: ("The file {file} is not an SQLite database.", NOT_STARTED, "Check the path in `store`."),
}
_SLOW = ("The database did not answer in time.", WAITS, "Check the load of the database server.")


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
    named = str(file.absolute()) if file else sentence("of `store`")
    if isinstance(what, str):
        why = why_closed(file) if file and "{why}" in what else sentence("the system refused access")
        what = sentence(what, file=named, why=why)
    return StoreError(what, meaning=meaning, remedy=sentence(remedy, file=named), retry=meaning == WAITS)


def _parts(error: BaseException) -> Parts:
    sqlite_code = getattr(error, "sqlite_errorcode", None)
    if isinstance(sqlite_code, int):
        return _SQLITE.get(sqlite_code & 0xFF) or _refused(getattr(error, "sqlite_errorname", "?"))
    sqlstate = getattr(error, "sqlstate", None)
    if isinstance(sqlstate, str):
        return of_state(sqlstate, str(error)) or _refused(sqlstate)
    if isinstance(error, UnicodeError):
        return ("A text contains characters that the database cannot store.", "The record was skipped.", "")
    if isinstance(error, OverflowError):
        return ("A number is too large for the database.", "The record was skipped.", "")
    if isinstance(error, TimeoutError | PoolTimeout):
        return _SLOW
    if isinstance(error, SQLAlchemyError):
        return _refused(type(error).__name__)
    return of_the_way(error)


def _refused(code: object) -> Parts:
    return (
        sentence("The database rejected a statement ({code}).", code=str(code)),
        "The schema was changed by hand, or this is a bug in dlf-bot.",
        "Report it with the log.",
    )
