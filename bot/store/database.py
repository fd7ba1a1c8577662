"""An open database: its connections, a single writer at a time on SQLite, driver errors as StoreError."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from sqlalchemy import URL, CursorResult, Executable, Row, Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.util import greenlet_spawn

from bot.errors import StoreError
from bot.store.errors import explain, no_file
from bot.store.shield import finish, shielded
from bot.store.sqlite_driver import open_connection
from bot.store.sqlite_file import make_private, path_of

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

    from bot.store.postgresql import Server

Found = TypeVar("Found")
Values: TypeAlias = Mapping[str, Any]
Insert: TypeAlias = "Callable[[Table], postgresql.Insert]"
# Told how many seconds a "read" or a "write" took, with its wait for a connection.
Observe: TypeAlias = Callable[[str, float], None]
# The owners whose processes are dead.
Dead: TypeAlias = Callable[[], Sequence[str]]

CONNECT_SECONDS = 10.0
COMMAND_SECONDS = 15.0
LOCKED_SECONDS = 5.0
CONNECTIONS = 5


class Database:
    """Runs statements; every failure of the driver leaves as a StoreError."""

    def __init__(
        self,
        engine: AsyncEngine,
        failures: tuple[type[Exception], ...],
        *,
        server: "Server | None" = None,
        file: Path | None = None,
    ) -> None:
        self.observe: Observe = lambda operation, seconds: None
        # Whose claims and leases are free before they end.
        self.dead: Dead = tuple
        self.dialect = engine.dialect.name
        self.on_sqlite = self.dialect == "sqlite"
        # An INSERT with ON CONFLICT, which both databases spell alike.
        insert: Any = server.insert if server else sqlite.insert
        self.insert: Insert = insert
        self._engine = engine
        self.server = server
        self.file = file
        self._failures = failures
        self._turn = asyncio.Lock()

    async def close(self) -> None:
        await finish(LOCKED_SECONDS)
        await self._engine.dispose()

    @shielded
    async def fetch(self, statement: Executable, values: Values | None = None) -> Sequence[Row[Any]]:
        """Read rows."""
        with self._translated("read"):
            return await self._single(statement, values, _rows)

    @shielded
    async def change(self, statement: Executable, values: Values | None = None) -> Sequence[Row[Any]]:
        """Write with a single statement; returns its rows (see `count` for how many it changed)."""
        with self._translated("write"):
            async with self._writing():
                return await self._single(statement, values, _rows)

    @shielded
    async def count(self, statement: Executable, values: Values | None = None) -> int:
        """Write with a single statement; returns how many rows it changed."""
        with self._translated("write"):
            async with self._writing():
                return await self._single(statement, values, _rowcount)

    async def in_steps(self, statement: Executable, values: Values, size: int) -> int:
        """Repeat a write of at most `size` rows until nothing is left; returns how many rows in all."""
        total = gone = await self.count(statement, values)
        while gone == size:
            gone = await self.count(statement, values)
            total += gone
        return total

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Read with several statements; on SQLite this waits for no writer."""
        with self._translated("read"):
            async with self._engine.connect() as connection:
                yield connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """Write with several statements, all or nothing. Raise `Abandon` inside to undo them."""
        with self._translated("write"):
            async with self._writing(), self._engine.begin() as connection:
                if self.on_sqlite:
                    await connection.exec_driver_sql("BEGIN IMMEDIATE")
                yield connection

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """Read with several statements that all see the database as the first of them saw it."""
        with self._translated("read"):
            async with self._engine.connect() as connection:
                if self.on_sqlite:
                    await connection.exec_driver_sql("BEGIN")
                else:
                    await connection.execution_options(isolation_level="REPEATABLE READ")
                yield connection

    @asynccontextmanager
    async def autocommit(self) -> AsyncIterator[AsyncConnection]:
        """For statements outside any transaction. Behind a pooler the address's `options` do not apply."""
        with self._translated("write"):
            async with self._writing(), self._engine.connect() as connection:
                if not self.on_sqlite:
                    await connection.execution_options(isolation_level="AUTOCOMMIT")
                yield connection

    async def _single(
        self, statement: Executable, values: Values | None, take: Callable[[CursorResult[Any]], Found]
    ) -> Found:
        """Execute a single statement; in autocommit without a pooler, to save two round trips.

        All of it is a single greenlet. `AsyncConnection` begins one for each step, and a task for the last.
        """

        def execute() -> Found:
            with self._engine.sync_engine.connect() as connection:
                if self.server and not self.server.pooled:
                    connection.execution_options(isolation_level="AUTOCOMMIT")
                found = take(connection.execute(statement, values))
                if not self.on_sqlite:
                    connection.commit()
                return found

        return await greenlet_spawn(execute)

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[None]:
        """SQLite has a single writer: wait for the turn here rather than in its polling busy handler."""
        if self.on_sqlite:
            async with self._turn:
                yield
        else:
            yield

    @contextmanager
    def _translated(self, operation: str) -> Iterator[None]:
        started = perf_counter()
        try:
            yield
        except self._failures as error:
            # The driver's text may hold values, names or parts of the address.
            raise explain(error, self.file) from None
        finally:
            self.observe(operation, perf_counter() - started)


def _rows(found: CursorResult[Any]) -> Sequence[Row[Any]]:
    return found.all() if found.returns_rows else ()


def _rowcount(found: CursorResult[Any]) -> int:
    return found.rowcount


class Abandon(Exception):
    """Roll the transaction back."""


def connect(
    url: str, *, connect_seconds: float = CONNECT_SECONDS, command_seconds: float = COMMAND_SECONDS
) -> Database:
    """Prepare connections to `url` without opening any. The two limits bound every wait for the database."""
    scheme, _, rest = url.partition("://")
    match scheme.partition("+")[0]:
        case "sqlite":
            return _sqlite(path_of(url), command_seconds)
        case "postgresql" | "postgres":
            return _postgresql(f"postgresql://{rest}", connect_seconds, command_seconds)
    raise StoreError(
        "The kind of database in `store` is not supported.",
        meaning="The bot uses SQLite or PostgreSQL.",
        remedy="Write sqlite:///dlf-bot.db or postgresql://user@host/database.",
    )


def is_there(url: str) -> bool:
    """False for a file of SQLite that does not exist yet. Raises StoreError where it cannot be made."""
    file = Path(path_of(url))
    if not url.startswith("sqlite") or file.is_file():
        return True
    if file.exists() or not os.access(file.absolute().parent, os.W_OK | os.X_OK):
        raise no_file(file)
    return False


def _sqlite(path: str, command_seconds: float) -> Database:
    if not path or path == ":memory:":
        raise StoreError(
            "`store` names no file.",
            meaning="An in-memory database would be lost at a restart.",
            remedy="Write sqlite:///dlf-bot.db, or sqlite:////var/lib/dlf-bot.db for an absolute path.",
        )
    file = Path(path)
    # Tried here first: a thread of the asynchronous driver that fails to open a file may outlive the loop.
    make_private(file)
    try:
        sqlite3.connect(path).close()
    except sqlite3.Error as error:
        raise explain(error, file) from None
    locked_seconds = min(LOCKED_SECONDS, command_seconds)
    engine: AsyncEngine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=path),
        creator=lambda: open_connection(engine.sync_engine.dialect.dbapi, path, locked_seconds),
        hide_parameters=True,
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=command_seconds,
    )
    return Database(engine, (SQLAlchemyError, OSError, OverflowError, UnicodeError), file=file)


def _postgresql(url: str, connect_seconds: float, command_seconds: float) -> Database:
    from bot.store.postgresql import FAILURES, Server  # noqa: PLC0415 (a bot on SQLite does without asyncpg)

    server = Server(url, connect_seconds, command_seconds)
    engine = server.engine(CONNECTIONS, command_seconds)
    return Database(engine, (SQLAlchemyError, OSError, *FAILURES), server=server)
