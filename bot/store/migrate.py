"""Bring the schema to this program's revision at start: a single process at a time, never backwards."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import Connection, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import StoreError
from bot.store.database import LOCKED_SECONDS, Database
from bot.store.errors import forbidden
from bot.store.neighbours import FORMER, Owned, look, names, versions
from bot.store.schema import COMPATIBLE_FROM, REVISION, compatibility, metadata

# PostgreSQL's advisory lock for migrations: an arbitrary number, the same in every release.
_LOCK = 0x646C66626F74
_PATIENCE_SECONDS = 60.0
_COMPATIBLE_FROM = select(compatibility.c.compatible_from)
_MAY_CREATE = text("SELECT has_schema_privilege(current_schema(), 'CREATE')")


async def migrate(database: Database, patient: Database) -> None:
    """Create or update the tables. Raises StoreError when a newer program owns them.

    A change of a large table takes long: `patient` is the same database and waits for it.
    """
    if database.on_sqlite:
        await is_current(database)  # of another program's file not even the mode is changed
        await _write_ahead(database)
    if await is_current(database):
        return
    async with _alone(database if database.on_sqlite else patient) as connection:
        await connection.run_sync(_upgrade)


async def _write_ahead(database: Database) -> None:
    """Switch SQLite to WAL, where readers and the writer do not wait for each other; the file keeps it."""
    deadline = asyncio.get_running_loop().time() + LOCKED_SECONDS
    while True:
        try:
            await database.fetch(text("PRAGMA journal_mode = WAL"))
        except StoreError as error:
            # SQLite does not wait for this lock: another process may be opening the new file, too.
            if not error.retry or asyncio.get_running_loop().time() > deadline:
                raise
        else:
            return
        await asyncio.sleep(0.05)


async def is_current(database: Database) -> bool:
    """True if the tables are up to date. Raises StoreError if another or a newer program owns them."""
    async with database.reading() as connection:
        return await connection.run_sync(_check)


async def find_revision(database: Database) -> int | None:
    """The revision of the tables, None where there are none. Changes nothing.

    Raises StoreError if another or a newer program owns them, or if this user may not create tables.
    """
    async with database.reading() as connection:
        found = (await connection.run_sync(_usable)).revision
        if found is None and not database.on_sqlite:
            may_create = await connection.execute(_MAY_CREATE)
            if not may_create.scalar():
                raise forbidden()
    return found


async def too_new(database: Database) -> StoreError | None:
    """The StoreError if a newer program has migrated the tables so that this program must stop, else None."""
    found = await database.fetch(_COMPATIBLE_FROM)
    if all(row.compatible_from <= REVISION for row in found):
        return None
    async with database.reading() as connection:
        return await connection.run_sync(lambda each: _too_new(look(each).revision or 0))


def _check(connection: Connection) -> bool:
    """True if the tables are up to date, False if some must be made, migrated or moved; raises if too new."""
    found = _usable(connection)
    return found.revision is not None and found.revision >= REVISION and not found.former


def _usable(connection: Connection) -> Owned:
    """Find the tables; raises if they are too new or another program's."""
    found = look(connection)
    if (found.revision or 0) > REVISION and _compatible_from(connection) > REVISION:
        raise _too_new(found.revision or 0)
    return found


def _too_new(found: int) -> StoreError:
    return StoreError(
        f"The database was upgraded by a newer dlf-bot (schema {found}; this one knows {REVISION}).",
        meaning="An older program could damage its data.",
        remedy="Start the newer version, or restore a backup from before the update.",
    )


def _compatible_from(connection: Connection) -> int:
    found: int = connection.execute(_COMPATIBLE_FROM).scalar_one()
    return found


@asynccontextmanager
async def _alone(database: Database) -> AsyncIterator[AsyncConnection]:
    """A transaction that excludes other migrating processes; on SQLite every writing transaction does."""
    deadline = asyncio.get_running_loop().time() + _PATIENCE_SECONDS
    while True:
        async with database.transaction() as connection:
            if database.on_sqlite or await _try_lock(connection):
                yield connection
                return
        if asyncio.get_running_loop().time() > deadline:
            raise StoreError(
                "Another dlf-bot process has been upgrading the database for over a minute.",
                meaning="Only one can do it at a time.",
                remedy="Wait for it, or stop it if it hangs, and start again.",
                retry=True,
            )
        await asyncio.sleep(0.1)


async def _try_lock(connection: AsyncConnection) -> bool:
    found = await connection.execute(text("SELECT pg_try_advisory_xact_lock(:number)"), {"number": _LOCK})
    return bool(found.scalar())


def _upgrade(connection: Connection) -> None:
    """From the revision found now, which another process may have brought up to date meanwhile."""
    found = _usable(connection)
    if found.revision is None:
        _create(connection)
        return
    if found.former:
        versions.create(connection)
        row = {"version_num": f"{found.revision:04d}", "in_alembic_version": True}
        connection.execute(insert(versions).values(row))
    if found.revision < REVISION:
        _run_alembic(connection)
        _keep_in_step(connection, found.revision)


def _create(connection: Connection) -> None:
    """Make the tables of an empty database in one step; the migrations lead to the same."""
    versions.create(connection)
    metadata.create_all(connection, checkfirst=False)
    connection.execute(insert(versions).values(version_num=f"{REVISION:04d}"))
    connection.execute(insert(compatibility).values(compatible_from=COMPATIBLE_FROM))


def _keep_in_step(connection: Connection, before: int) -> None:
    """Write the new revision to the former table too: replicas of an older version read it at their start."""
    is_ours = connection.execute(select(versions.c.in_alembic_version)).scalar_one()
    if is_ours and FORMER.name in names(connection):
        now = select(versions.c.version_num).scalar_subquery()
        connection.execute(
            update(FORMER).where(FORMER.c.version_num == f"{before:04d}").values(version_num=now)
        )


def _run_alembic(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 (needed once in a release)
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    command.upgrade(config, "head")
