"""Behind PgBouncer the store works as without it, in either mode, and leaves nothing in its sessions."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text

from bot.errors import StoreError
from bot.store.copy import copy_database
from bot.store.database import Database, connect
from bot.store.errors import explain
from bot.store.store import Store, open_store
from tests.support.cpu_starvation import Stopwatch
from tests.support.pgbouncer import needs_pgbouncer, pooler

pytestmark = [pytest.mark.postgres, needs_pgbouncer]

# Administrators write this so that other programs connect: the bot's start-up settings are dropped unseen.
SILENT = (
    "extra_float_digits, default_transaction_isolation, idle_in_transaction_session_timeout, lock_timeout,"
    " timezone, options, dlf_bot.connection"
)
BACKEND = text("SELECT pg_backend_pid()")


@pytest.fixture(params=["session", "transaction"])
def mode(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(params=["refuses settings", "drops settings"])
def behind(mode: str, empty_postgres: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an empty database behind PgBouncer, which has few connections for many clients."""
    more = {"ignore_startup_parameters": SILENT} if request.param == "drops settings" else {}
    size = 3 if mode == "transaction" else 20
    with pooler(empty_postgres, mode, default_pool_size=size, **more) as url:
        yield url


@pytest.fixture
def in_turns(empty_postgres: str) -> Iterator[str]:
    """Behind PgBouncer in transaction mode, which has two connections."""
    with pooler(empty_postgres, "transaction", default_pool_size=2) as url:
        yield url


async def test_many_replicas_start_and_work_at_once(behind: str) -> None:
    stores = await asyncio.gather(*(open_store(behind) for _ in range(3)))
    try:
        for turn in range(5):
            given = await asyncio.gather(
                *(store.leases.acquire(f"{turn}", f"{n}", 30) for n, store in enumerate(stores * 4))
            )
            assert sum(given) == 1
        await asyncio.gather(*(store.now() for store in stores * 10))
        found = await stores[0].now()
        assert abs((found - datetime.now(UTC)).total_seconds()) < 5
    finally:
        for store in stores:
            await store.close()


async def test_every_transaction_has_its_limits_and_leaves_none_behind(
    behind: str, empty_postgres: str
) -> None:
    asked = text(
        "SELECT current_setting('lock_timeout'), current_setting('idle_in_transaction_session_timeout'),"
        " current_setting('transaction_isolation'), current_setting('timezone')"
    )
    wanted = ("10s", "15s", "read committed", "UTC")
    database = connect(behind)
    async with database.transaction() as connection:
        assert tuple((await connection.execute(asked)).one()) == wanted
        left = (await connection.execute(BACKEND)).scalar_one()
    async with database.reading() as connection:
        assert tuple((await connection.execute(asked)).one()) == wanted
    assert tuple((await database.fetch(asked))[0]) == wanted
    await database.close()
    client = await asyncpg.connect(behind, statement_cache_size=0)
    assert left
    assert await client.fetchval("SHOW lock_timeout") == "0"
    assert await client.fetchval("SELECT count(*) FROM pg_prepared_statements") == 0
    await client.close()


async def test_a_replica_that_freezes_in_a_transaction_loses_its_locks(in_turns: str) -> None:
    frozen, other = connect(in_turns), await open_store(in_turns)
    watch = Stopwatch()
    with pytest.raises(StoreError):
        await freeze(frozen, other)
    assert 9 < watch.seconds < 60
    assert await frozen.fetch(text("SELECT 1")), "it works on once it thaws"
    await frozen.close()
    await other.close()


async def freeze(database: Database, other: Store) -> None:
    """Stand still in a transaction until another replica can use the table that it had locked."""
    async with database.transaction() as connection:
        await connection.execute(text("LOCK TABLE leases"))
        while not await taken(other.leases.acquire("work", "other", 30)):
            pass
        await connection.execute(text("SELECT 1"))


async def taken(wish: object) -> bool:
    try:
        return bool(await wish)  # type: ignore[misc]
    except StoreError:
        return False


async def test_options_of_the_address_hold_in_every_transaction(in_turns: str) -> None:
    setup = await asyncpg.connect(in_turns, statement_cache_size=0)
    await setup.execute("CREATE SCHEMA apart; CREATE TABLE public.customers (id INT)")
    await setup.close()
    store = await open_store(f"{in_turns}?options=-csearch_path%3Dapart")
    await asyncio.gather(*(store.writable() for _ in range(10)))
    await store.close()
    database = connect(in_turns)
    found = await database.fetch(text("SELECT DISTINCT schemaname FROM pg_tables WHERE tablename = 'leases'"))
    assert [tuple(row) for row in found] == [("apart",)]
    await database.close()


async def test_a_setting_that_the_server_refuses_keeps_no_connection(in_turns: str) -> None:
    database = connect(f"{in_turns}?options=-cno_such_setting%3D1")
    for _ in range(8):
        with pytest.raises(StoreError, match="setting"):
            await database.fetch(text("SELECT 1"))
    await database.close()


@pytest.mark.parametrize(
    ("mode", "settings", "said"),
    [
        ("statement", {}, "statement mode"),
        (
            "session",
            {"default_pool_size": 1, "query_wait_timeout": 1},
            "no free connection to PostgreSQL in time",
        ),
        ("transaction", {"max_client_conn": 1}, "no free connections for the bot"),
    ],
)
async def test_the_limits_of_pgbouncer_are_explained(
    empty_postgres: str, mode: str, settings: dict[str, int], said: str
) -> None:
    with pooler(empty_postgres, mode, **settings) as url:
        holder = await asyncpg.connect(url, statement_cache_size=0)
        await holder.execute("SELECT 1")
        with pytest.raises(StoreError) as caught:
            await (await open_store(url, command_seconds=5)).close()
        await holder.close()
    assert said in caught.value.what


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "server login has been failing, cached error: connect failed (server_login_retry)",
            "PgBouncer cannot connect to PostgreSQL",
        ),
        ("server login has been failing, try again later (server_login_retry)", "cannot log in"),
        ("no such database: bot", "no database of this name"),
        ("no such user: hunter2", "user or the password"),
        ("SASL authentication failed", "user or the password"),
        ("SSL required", "only connections with TLS"),
        ("unsupported startup parameter: application_name", "start-up parameter"),
    ],
)
def test_errors_of_pgbouncer_are_worded_by_the_bot(text: str, said: str) -> None:
    found = explain(asyncpg.ProtocolViolationError(text))
    assert said in found.what
    assert "hunter2" not in str(found)


async def test_a_missing_database_is_reported(in_turns: str) -> None:
    with pytest.raises(StoreError, match="no database of this name"):
        await open_store(f"{in_turns}x")


async def test_no_statement_is_prepared_by_name(behind: str) -> None:
    """It would be in another session the next time, or in the way of another replica's."""
    database = connect(behind)
    for _ in range(3):
        assert await prepared(database) == 0
    await database.close()


async def test_straight_to_the_server_statements_stay_prepared(migrated_postgres: str) -> None:
    database = connect(migrated_postgres)
    assert await prepared(database) >= 1
    await database.close()


async def prepared(database: Database) -> int:
    """The number of named statements that the session keeps for a query that runs twice."""
    asked = text(
        "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%pg_prepared_statements%'"
    )
    await database.fetch(asked)
    return int((await database.fetch(asked))[0][0])


async def test_a_database_is_copied_and_vacuumed_through_it(in_turns: str, migrated_sqlite: Path) -> None:
    url = f"{in_turns}{'&' if '?' in in_turns else '?'}options=-csearch_path%3Dmoved"
    database = connect(in_turns)
    async with database.transaction() as connection:
        await connection.execute(text("CREATE SCHEMA moved"))
    await database.close()
    await copy_database(f"sqlite:///{migrated_sqlite}", url)
    store = await open_store(url)
    try:
        await store.care.vacuum()
        assert {one.name for one in await store.care.sizes() if one.size} > {"alerts", "notices"}
    finally:
        await store.close()
