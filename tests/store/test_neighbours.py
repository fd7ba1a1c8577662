"""Beside other programs' tables the bot makes and changes nothing; its own of before it takes over once."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select, text

from bot.errors import StoreError
from bot.store.database import connect
from bot.store.neighbours import VERSION_TABLE, versions
from bot.store.schema import REVISION
from bot.store.store import find_store, open_store
from tests.cli.test_store import contents
from tests.support.schema1 import load

ALEMBIC = "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);"
OTHERS = {
    "hex": (f"{ALEMBIC} INSERT INTO alembic_version VALUES ('ae1027a6acf')", ["alembic_version"]),
    "digits": (f"{ALEMBIC} INSERT INTO alembic_version VALUES ('20240117093000')", ["alembic_version"]),
    "like ours": (f"{ALEMBIC} INSERT INTO alembic_version VALUES ('0003')", ["alembic_version"]),
    "the next of ours": (f"{ALEMBIC} INSERT INTO alembic_version VALUES ('0005')", ["alembic_version"]),
    "empty": (ALEMBIC, ["alembic_version"]),
    "two heads": (f"{ALEMBIC} INSERT INTO alembic_version VALUES ('0001'), ('0002')", ["alembic_version"]),
    "alembic and a table like ours": (
        f"{ALEMBIC} INSERT INTO alembic_version VALUES ('0004'); CREATE TABLE alerts (id INT)",
        ["alembic_version", "alerts"],
    ),
    "a table like ours": ("CREATE TABLE notices (id INT); CREATE TABLE users (id INT)", ["notices", "users"]),
    "a table": ("CREATE TABLE customers (id INT)", ["customers"]),
    "a view": ("CREATE VIEW alerts AS SELECT 1 AS id", ["alerts"]),
    "many": (";".join(f"CREATE TABLE t{n} (id INT)" for n in range(9)), ["t0", "t1", "t2", "6 more"]),
    "our version table": (f"CREATE TABLE {VERSION_TABLE} (id INT)", [VERSION_TABLE]),
    "our version table, other words": (
        f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32)); INSERT INTO {VERSION_TABLE} VALUES ('x')",
        [VERSION_TABLE],
    ),
    "a name that steers a terminal": ('CREATE TABLE "\x1b[2J`\u202eevil\n" (id INT)', ["?[2J??evil?"]),
}


@pytest.mark.parametrize("other", OTHERS)
async def test_tables_of_another_program_are_named_and_never_changed(empty_url: str, other: str) -> None:
    script, named = OTHERS[other]
    await load.execute(empty_url, script)
    before = await asyncio.to_thread(contents, empty_url)
    for opening in (open_store, find_store):
        with pytest.raises(StoreError, match="Another program has tables") as caught:
            await opening(empty_url)
        assert all(name in caught.value.what for name in named), caught.value.what
        assert ("csearch_path" in caught.value.remedy) is empty_url.startswith("postgres")
        assert not caught.value.retry
    assert await asyncio.to_thread(contents, empty_url) == before


async def test_tables_of_ours_with_anothers_version_are_left_alone(empty_url: str) -> None:
    await load.load(empty_url, "schema1")
    await load.execute(empty_url, "UPDATE alembic_version SET version_num = 'ae1027a6acf'")
    with pytest.raises(StoreError, match=r"Another program has tables in .*: `alembic_version`"):
        await open_store(empty_url)


@pytest.mark.postgres
async def test_a_schema_of_its_own_makes_room_beside_another_program(empty_postgres: str) -> None:
    await load.execute(
        empty_postgres, f"{OTHERS['like ours'][0]}; CREATE TABLE alerts (id INT); CREATE SCHEMA dlf_bot"
    )
    before = await asyncio.to_thread(contents, empty_postgres)
    for _ in range(2):
        store = await open_store(f"{empty_postgres}&options=-csearch_path%3Ddlf_bot,public")
        await store.writable()
        await store.close()
    assert await asyncio.to_thread(contents, empty_postgres) == before


@pytest.mark.postgres
async def test_a_missing_schema_is_reported(empty_postgres: str) -> None:
    for opening in (open_store, find_store):
        with pytest.raises(StoreError, match="`search_path` names no schema"):
            await opening(f"{empty_postgres}&options=-csearch_path%3Dnowhere")


async def test_another_program_that_comes_later_is_no_matter(store_url: str) -> None:
    await load.execute(store_url, "CREATE TABLE IF NOT EXISTS customers (id INT)")
    await (await open_store(store_url)).close()
    await load.execute(store_url, "DROP TABLE customers")


# From the version before


async def rows(url: str, statement: str) -> list[tuple[Any, ...]]:
    database = connect(url)
    try:
        return [tuple(row) for row in await database.fetch(text(statement))]
    finally:
        await database.close()


async def test_the_revision_of_before_moves_to_our_own_table_once(empty_url: str) -> None:
    await load.load(empty_url, "schema1")
    for _ in range(2):
        await (await open_store(empty_url)).close()
        assert await rows(empty_url, f"SELECT * FROM {VERSION_TABLE}") == [(f"{REVISION:04d}", True)]
    await load.execute(empty_url, "DROP TABLE alembic_version")
    await (await open_store(empty_url)).close()


async def test_a_replica_of_before_that_starts_finds_the_revision_where_it_looks(empty_url: str) -> None:
    """It would make every table anew if it found none, and go on beside tables that it does not know."""
    await load.load(empty_url, "schema1")
    await (await open_store(empty_url)).close()
    assert await rows(empty_url, "SELECT version_num FROM alembic_version") == [(f"{REVISION:04d}",)]


async def test_the_revision_of_the_same_schema_is_moved_by_run_alone(empty_url: str) -> None:
    await (await open_store(empty_url)).close()
    await load.execute(
        empty_url,
        f"{ALEMBIC} INSERT INTO alembic_version SELECT version_num FROM {VERSION_TABLE};"
        f" DROP TABLE {VERSION_TABLE}",
    )
    before = await asyncio.to_thread(contents, empty_url)
    found = await find_store(empty_url)
    assert found.store and found.revision == REVISION
    await found.store.close()
    assert await asyncio.to_thread(contents, empty_url) == before
    await (await open_store(empty_url)).close()
    assert await rows(empty_url, f"SELECT * FROM {VERSION_TABLE}") == [(f"{REVISION:04d}", True)]


async def test_a_migration_leaves_anothers_alembic_alone(empty_url: str) -> None:
    """It came after us and counts like us."""
    await (await open_store(empty_url)).close()
    await load.execute(empty_url, OTHERS["like ours"][0])
    await step_back(empty_url)
    await (await open_store(empty_url)).close()
    assert await rows(empty_url, "SELECT version_num FROM alembic_version") == [("0003",)]


async def step_back(url: str) -> None:
    """Undo the newest migration."""
    assert REVISION == 8, "undo the migration that is the newest now"
    drops = "DROP TABLE folds; DROP TABLE fold_members; ALTER TABLE notices DROP COLUMN tellings"
    await load.execute(url, f"{drops}; UPDATE {VERSION_TABLE} SET version_num = '0007'")


async def test_a_table_of_ours_alone_has_the_version(empty_url: str) -> None:
    await (await open_store(empty_url)).close()
    database = connect(empty_url)
    assert [tuple(row) for row in await database.fetch(select(versions))] == [(f"{REVISION:04d}", None)]
    await database.close()
    with pytest.raises(StoreError):
        await rows(empty_url, "SELECT * FROM alembic_version")
