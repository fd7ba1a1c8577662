"""Copy a whole database to another one, SQLite or PostgreSQL: as it was at one moment, or not at all."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from sqlalchemy import Table, delete, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import StoreError
from bot.store.database import CONNECT_SECONDS, Database, connect, is_there
from bot.store.leases import Leases
from bot.store.migrate import find_revision, migrate
from bot.store.paging import fetch_on, pages
from bot.store.schema import REVISION, compatibility, leases, limits, metadata

# The patience of a single statement.
_SECONDS = 600.0
# The migration fills it.
_MADE = (compatibility,)
# What a program that only looked may have left in an empty database.
_PASSING = (leases, limits)

_USED_IN_FILE = text("SELECT seq FROM sqlite_sequence WHERE name = :table")
_USED_ON_SERVER = text(
    "SELECT pg_sequence_last_value(CAST(pg_get_serial_sequence(:table, :column) AS regclass))"
)
_COUNT_ON_SERVER = text("SELECT setval(pg_get_serial_sequence(:table, :column), :used)")
_FORGET_IN_FILE = text("DELETE FROM sqlite_sequence WHERE name = :table")
_COUNT_ON_IN_FILE = text("INSERT INTO sqlite_sequence (name, seq) VALUES (:table, :used)")


async def copy_database(
    from_url: str, to_url: str, *, progress: Callable[[str, int], None] = lambda _table, _rows: None
) -> dict[str, int]:
    """Copy every row; returns how many each table has.

    The target is made if it is not there, and must hold nothing. `progress` hears the table at work and its
    rows so far. Raises StoreError, and the target stays empty, if a bot runs on either of the two, or a
    database is of another revision.
    """
    if not is_there(from_url):
        raise _nothing_to_copy()
    async with _opened(from_url) as source:
        await _check_source(source)
        async with _opened(to_url) as target:
            await _prepare(target)
            await _check_stopped(source, target)
            async with source.snapshot() as old, target.transaction() as new:
                await _check_empty(new)
                copied = {table.name: await _copy(old, new, table, progress) for table in _tables()}
                for table in _tables():
                    await _count_on(old, new, table)
                await _check_stopped(source, target)
    return copied


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Database]:
    database = connect(url, connect_seconds=CONNECT_SECONDS, command_seconds=_SECONDS)
    try:
        yield database
    finally:
        await database.close()


def _tables() -> list[Table]:
    return [table for table in metadata.sorted_tables if table not in _MADE]


async def _copy(
    old: AsyncConnection, new: AsyncConnection, table: Table, progress: Callable[[str, int], None]
) -> int:
    columns = [column for column in table.columns if column.computed is None]
    rows, put = 0, insert(table)
    async for page in pages(fetch_on(old), table, select(*columns)):
        await new.execute(put, [dict(row._mapping) for row in page])
        rows += len(page)
        progress(table.name, rows)
    return rows


async def _count_on(old: AsyncConnection, new: AsyncConnection, table: Table) -> None:
    """Have the target's next number follow the last that the source gave, even to a row that is gone."""
    column = table.autoincrement_column
    if column is None:
        return
    name = {"table": table.name, "column": column.name}
    used = (await old.execute(select(func.max(column)))).scalar() or 0
    if old.dialect.name == "postgresql":
        used = max(used, (await old.execute(_USED_ON_SERVER, name)).scalar() or 0)
    elif _never_reuses(table):
        used = max(used, (await old.execute(_USED_IN_FILE, {"table": table.name})).scalar() or 0)
    if used and new.dialect.name == "postgresql":
        await new.execute(_COUNT_ON_SERVER, {**name, "used": used})
    elif used and _never_reuses(table):
        await new.execute(_FORGET_IN_FILE, {"table": table.name})
        await new.execute(_COUNT_ON_IN_FILE, {"table": table.name, "used": used})


def _never_reuses(table: Table) -> bool:
    return bool(table.dialect_options["sqlite"]["autoincrement"])


async def _check_source(source: Database) -> None:
    revision = await find_revision(source)
    if revision is None:
        raise _nothing_to_copy()
    if revision != REVISION:
        raise _of_another_revision("The database to copy", revision)


async def _prepare(target: Database) -> None:
    """Make the tables where there are none."""
    revision = await find_revision(target)
    if revision not in (None, REVISION):
        raise _of_another_revision("The database to copy to", revision)
    await migrate(target, target)


async def _check_empty(new: AsyncConnection) -> None:
    """Raise StoreError unless the target holds nothing; remove what passes by itself."""
    for table in _tables():
        if table not in _PASSING and (await new.execute(select(table).limit(1))).first() is not None:
            raise StoreError(
                f"The database to copy to is not empty: there are rows in `{table.name}`.",
                meaning="Nothing was copied, and nothing in it was changed.",
                remedy="Name an empty one.",
            )
    for table in _PASSING:
        await new.execute(delete(table))


async def _check_stopped(source: Database, target: Database) -> None:
    """Raise StoreError if a bot runs, or began to run during the copy: what it writes would be missing."""
    if await Leases(source).running():
        raise _runs("to copy")
    if await Leases(target).running():
        raise _runs("to copy to")


def _runs(which: str) -> StoreError:
    return StoreError(
        f"A bot runs on the database {which}.",
        meaning="Nothing was copied: what it writes from now on would be missing in the copy.",
        remedy="Stop every replica (after a kill wait ten seconds), copy, then start them on the copy.",
    )


def _nothing_to_copy() -> StoreError:
    return StoreError(
        "There is no database to copy at the first address.",
        meaning="Nothing was copied.",
        remedy="Check the address: a relative path begins where the command was called.",
    )


def _of_another_revision(which: str, revision: int | None) -> StoreError:
    return StoreError(
        f"{which} is of another dlf-bot (schema {revision}; this one copies {REVISION}).",
        meaning="Nothing was copied.",
        remedy="Copy with the version that wrote it, or have `dlf-bot run` bring it up to date first.",
    )
