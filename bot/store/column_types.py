"""The column types that differ between SQLite and PostgreSQL, and the metadata that all tables are in."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import BigInteger, Date, DateTime, Dialect, Index, Integer, MetaData, String, TextClause
from sqlalchemy.types import TypeDecorator, TypeEngine

metadata = MetaData()

SERIAL = BigInteger().with_variant(Integer, "sqlite")
_NO_DATE = date.min
_CONDITION = "condition on PostgreSQL"


class Utc(TypeDecorator[datetime]):
    """An instant. SQLite keeps it as text with six decimals, so that text order is time order."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(String(26) if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")

    def result_processor(
        self, dialect: Dialect, coltype: Any
    ) -> Callable[[str | None], datetime | None] | None:
        """PostgreSQL's driver gives aware times; SQLAlchemy's own way costs twice the CPU."""
        return _instant if dialect.name == "sqlite" else None


def _instant(kept: str | None) -> datetime | None:
    return None if kept is None else datetime.fromisoformat(f"{kept}+00:00")


class BusinessDate(TypeDecorator[date]):
    """A business date. `all` has none: because a key cannot be NULL, it is kept as the earliest date."""

    impl = Date
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> date:
        return _NO_DATE if value is None else value

    def process_result_value(self, value: date | None, dialect: Dialect) -> date | None:
        return None if value == _NO_DATE else value


def partial_index(name: str, *columns: str, on_sqlite: TextClause, on_postgresql: TextClause) -> Index:
    """An index of the rows that meet a condition. SQLAlchemy loads a dialect with its first option.

    So a bot on SQLite keeps PostgreSQL's condition aside.
    """
    return Index(name, *columns, sqlite_where=on_sqlite, info={_CONDITION: on_postgresql})


def add_conditions_of_postgresql() -> None:
    """Give each partial index its condition on PostgreSQL. Call this before tables are made there."""
    for table in metadata.tables.values():
        for index in table.indexes:
            if _CONDITION in index.info:
                index.dialect_kwargs["postgresql_where"] = index.info[_CONDITION]
