"""SQLite's driver: a statement and its rows are a single call of the connection's thread.

aiosqlite makes four calls of it (open a cursor, execute, fetch, close), and SQLAlchemy a fifth to end a
transaction that never began. A call costs more than most of the bot's statements.
"""

import sqlite3
from collections import deque
from collections.abc import Callable
from typing import Any, TypeAlias

import aiosqlite
from sqlalchemy.dialects.sqlite.aiosqlite import AsyncAdapt_aiosqlite_connection, AsyncAdapt_aiosqlite_cursor
from sqlalchemy.util.concurrency import await_

# `sqlite3.Cursor.execute` or `executemany`.
Execute: TypeAlias = Callable[[sqlite3.Cursor, str, Any], object]


def open_connection(dbapi: Any, path: str, locked_seconds: float) -> "Connection":
    """SQLAlchemy's connection to a file. A transaction begins only with a BEGIN."""
    opened: Any = aiosqlite.connect(path, timeout=locked_seconds, isolation_level=None)
    opened._thread.daemon = True  # as SQLAlchemy does: it must not outlive the program
    return Connection(dbapi, await_(opened))


class Cursor(AsyncAdapt_aiosqlite_cursor):
    """Holds all rows of its statement; nothing is open once that is executed."""

    __slots__ = ("_executed",)

    def __init__(self, connection: AsyncAdapt_aiosqlite_connection) -> None:
        self._adapt_connection, self._connection = connection, connection._connection
        self._rows = deque()
        self._executed: sqlite3.Cursor | None = None

    def execute(self, operation: str, parameters: Any = None) -> None:
        self._call(sqlite3.Cursor.execute, operation, () if parameters is None else parameters)

    def executemany(self, operation: str, seq_of_parameters: Any) -> None:
        self._call(sqlite3.Cursor.executemany, operation, seq_of_parameters)

    def _call(self, execute: Execute, operation: str, parameters: Any) -> None:
        connection: Any = self._connection
        call = connection._execute(_execute_and_fetch, connection, execute, operation, parameters)
        try:
            self._executed, rows = await_(call)
        except ValueError as error:  # the connection is closed: raises SQLAlchemy's error for it
            self._adapt_connection._handle_exception(error)
        self._rows = deque(rows)

    @property
    def description(self) -> Any:
        return self._executed.description if self._executed else None

    @property
    def rowcount(self) -> int:
        return self._executed.rowcount if self._executed else -1

    @property
    def lastrowid(self) -> Any:
        return self._executed.lastrowid if self._executed else None

    def close(self) -> None:
        self._rows.clear()

    async def _async_soft_close(self) -> None:
        """Nothing is open."""


class Connection(AsyncAdapt_aiosqlite_connection):
    """Rolls back only a transaction that began."""

    __slots__ = ()
    _cursor_cls: Any = Cursor

    def rollback(self) -> None:
        connection: Any = self._connection
        if connection._connection and connection.in_transaction:
            super().rollback()


def _execute_and_fetch(
    connection: Any, execute: Execute, operation: str, parameters: Any
) -> tuple[sqlite3.Cursor, list[Any]]:
    cursor: sqlite3.Cursor = connection._conn.cursor()
    try:
        execute(cursor, operation, parameters)
        return cursor, cursor.fetchall() if cursor.description else []
    finally:
        cursor.close()
