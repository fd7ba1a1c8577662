"""SQLAlchemy's dialects, kept as long as the process: all tests together compile each statement once.

Each test opens databases of its own. SQLAlchemy then makes a dialect and compiles each statement anew, a
fifth of what such a test costs. Nothing that a dialect or a compiled statement knows belongs to one database.

On SQLite half of a test's time was waiting for the disk, so these connections do not wait. Bots in processes
of their own have the usual dialects.
"""

from typing import Any

from sqlalchemy import Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite

_dialects: dict[str, Any] = {}
_compiled: dict[Any, Any] = {}


class _Warm:
    """Makes a single dialect for all engines of the same options."""

    def __new__(cls, **options: Any) -> Any:
        # `dbapi` is the driver behind an object that is new for each engine.
        name = repr((cls, {key: value for key, value in options.items() if key != "dbapi"}))
        return _dialects.setdefault(name, super().__new__(cls))

    def __init__(self, **options: Any) -> None:
        if "is_made" not in vars(self):
            self.is_made = True
            super().__init__(**options)

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        engine.update_execution_options(compiled_cache=_compiled)


class Sqlite(_Warm, SQLiteDialect_aiosqlite):
    supports_statement_cache = True

    def on_connect(self) -> Any:
        """Let no commit wait for the disk: a process that ends loses nothing by it, only a machine would."""
        usual: Any = super().on_connect()

        def connected(connection: Any) -> None:
            usual(connection)
            connection.execute("PRAGMA synchronous = OFF").close()

        return connected


class Postgres(_Warm, PGDialect_asyncpg):
    supports_statement_cache = True


registry.register("sqlite.aiosqlite", __name__, "Sqlite")
registry.register("postgresql.asyncpg", __name__, "Postgres")
