"""Connections to PostgreSQL: straight to the server, or through a pooler such as PgBouncer."""

import secrets
import ssl
from typing import Any

import asyncpg
from sqlalchemy import event
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.errors import StoreError
from bot.store.column_types import add_conditions_of_postgresql
from bot.store.postgres_mistakes import settings_of
from bot.store.postgres_url import for_asyncpg, unreadable, without_options

# A session killed at the wrong moment is left in a state that asyncpg calls an internal error.
FAILURES = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)

# A replica that froze within a transaction must not hold its locks for ever.
_SETTINGS = {
    "default_transaction_isolation": "read committed",
    "idle_in_transaction_session_timeout": "15s",
    "lock_timeout": "10s",
    "timezone": "UTC",
}
_NAME = {"application_name": "dlf-bot"}
# Only the server session that our own start-up message opened knows the word sent with it.
_WORD = "dlf_bot.connection"
_ASK_WORD = "SELECT current_setting('dlf_bot.connection', true)"


class Server:
    """Opens connections to an address.

    `pooled` becomes True, and stays so, once a connection turns out to lead to a pooler. A pooler hands the
    same session of PostgreSQL to many clients in turn, so the bot must leave nothing in it: no named prepared
    statements, no settings at the start; each transaction sets its own.
    """

    def __init__(self, url: str, connect_seconds: float, command_seconds: float) -> None:
        self.pooled = False
        self.failures = FAILURES
        self.insert = postgresql.insert
        self._dsn = for_asyncpg(url)
        self._pooled_dsn = without_options(self._dsn)
        self._waits = {"timeout": connect_seconds, "command_timeout": command_seconds}
        self._in_transactions = _in_transactions({**settings_of(url), **_SETTINGS})

    def engine(self, connections: int, pool_seconds: float) -> AsyncEngine:
        add_conditions_of_postgresql()
        engine: AsyncEngine = create_async_engine(
            "postgresql+asyncpg://",
            creator=lambda: self._adapted(engine),
            hide_parameters=True,
            pool_size=connections,
            max_overflow=0,
            pool_timeout=pool_seconds,
        )
        event.listen(engine.sync_engine, "checkout", _refuse_closed)
        return engine

    def _adapted(self, engine: AsyncEngine) -> Any:
        """SQLAlchemy's connection around asyncpg's."""
        dbapi: Any = engine.sync_engine.dialect.dbapi
        if not self.pooled:
            try:
                return dbapi.connect(async_creator_fn=self._open_direct)
            except _PoolerFoundError:
                self.pooled = True
        return dbapi.connect(
            async_creator_fn=self._open_pooled,
            prepared_statement_cache_size=0,
            prepared_statement_name_func=lambda: "",
        )

    async def session(self) -> Any:
        """A session of PostgreSQL that is ours alone, to be closed by the caller; None through a pooler."""
        if self.pooled:
            return None
        try:
            return await self._open_direct()
        except _PoolerFoundError:
            self.pooled = True
            return None

    async def _open_direct(self) -> Any:
        word = secrets.token_hex(8)
        try:
            connection = await _open(
                self._dsn, server_settings={**_SETTINGS, **_NAME, _WORD: word}, **self._waits
            )
        except asyncpg.ProtocolViolationError:  # PgBouncer refuses settings that it does not know
            raise _PoolerFoundError from None
        heard = None
        try:
            heard = await (await connection.prepare(_ASK_WORD, name="")).fetchval()
        finally:
            if heard != word:
                connection.terminate()
        if heard != word:
            raise _PoolerFoundError
        return connection

    async def _open_pooled(self) -> Any:
        return await _open(
            self._pooled_dsn,
            server_settings=_NAME,
            statement_cache_size=0,
            connection_class=self._in_transactions,
            **self._waits,
        )


class _PoolerFoundError(Exception):
    """The connection does not lead straight to PostgreSQL."""


async def _open(dsn: str, **options: Any) -> Any:
    try:
        return await asyncpg.connect(dsn, **options)
    except ssl.SSLError:
        raise
    except ValueError:
        raise unreadable() from None
    except asyncpg.TargetServerAttributeNotMatched:
        raise _no_such_server() from None


def _in_transactions(settings: dict[str, str]) -> type[asyncpg.Connection]:
    """A connection class whose every transaction begins with these settings, in the same round trip."""
    pairs = (f"set_config({_literal(name)}, {_literal(value)}, true)" for name, value in settings.items())
    set_all = "SELECT " + ", ".join(pairs) + ";"

    class InTransactions(asyncpg.Connection):  # type: ignore[misc]
        async def execute(self, query: str, *args: Any, timeout: float | None = None) -> Any:
            if not query.startswith("BEGIN"):
                return await super().execute(query, *args, timeout=timeout)
            try:
                return await super().execute(f"{query} {set_all}", timeout=timeout)
            except asyncpg.PostgresError:
                if not self.is_closed():
                    await super().execute("ROLLBACK")
                raise

    return InTransactions


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _refuse_closed(connection: Any, *_: object) -> None:
    """A restart of the server closes every pooled connection: the driver knows it without a ping."""
    if connection.driver_connection.is_closed():
        raise InvalidatePoolError()


def _no_such_server() -> StoreError:
    return StoreError(
        "No PostgreSQL server matches `target_session_attrs`.",
        meaning="Nothing is lost: the bot retries what could not be written.",
        remedy="Wait for a failover to finish, or set target_session_attrs=read-write in `store`.",
        retry=True,
    )
