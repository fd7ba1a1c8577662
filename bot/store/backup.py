"""A backup of an SQLite file while a bot may be writing to it."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from bot.errors import StoreError
from bot.store.errors import explain
from bot.store.sqlite_file import make_private

_PAGES = 100
# SQLite's codes for damage, and for a file that is not a database.
_OF_SOURCE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def back_up(source: Path, to: Path, *, progress: Callable[[int, int], None]) -> None:
    """Write a copy of `source`, as it is at this moment, to the new file `to`, readable by its owner alone.

    A running bot is not held up. The copy appears under its name only once it is whole and was read back.
    `progress` hears the pages left and the pages in all. Raises StoreError, also if `to` exists.
    """
    if to.exists():
        raise StoreError(
            f"{to} exists already.",
            meaning="Nothing was written: it may be the only good backup.",
            remedy="Name a file that does not exist, or remove this one.",
        )
    unfinished = to.with_name(f"{to.name}.unfinished")
    try:
        unfinished.unlink(missing_ok=True)
        make_private(unfinished)
        _copy(source, unfinished, progress)
        os.replace(unfinished, to)
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _OF_SOURCE:
            raise explain(error, source) from None
        raise _unwritable(to) from None
    except OSError:
        raise _unwritable(to) from None
    finally:
        unfinished.unlink(missing_ok=True)


def _copy(source: Path, to: Path, progress: Callable[[int, int], None]) -> None:
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(to)) as new:
        # Within a read transaction the source stands still for this connection: without it, each write of the
        # bot would have the backup begin anew.
        old.execute("BEGIN")
        old.execute("SELECT count(*) FROM sqlite_master").fetchone()
        old.backup(new, pages=_PAGES, progress=lambda _status, left, total: progress(left, total))
        new.execute("PRAGMA journal_mode = DELETE")  # a single file, without siblings
        if new.execute("PRAGMA quick_check").fetchone() != ("ok",):
            raise StoreError(
                f"The database file {source} is damaged.",
                meaning="The copy of it did not pass SQLite's check, so there is no backup.",
                remedy="dlf-bot db check names the damage; restore an earlier backup.",
            )


def _unwritable(to: Path) -> StoreError:
    return StoreError(
        f"The backup {to} cannot be written.",
        meaning="There is no backup.",
        remedy="Check its folder, its permissions and the free space of its disk.",
    )
