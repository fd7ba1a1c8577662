"""Tell the bot's own tables from another program's, which the bot never changes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Boolean, Column, Connection, MetaData, String, Table, inspect, select, text

from bot.errors import StoreError
from bot.store.postgres_errors import NOT_STARTED

VERSION_TABLE = "dlf_bot_version"
# Alembic writes the revision. `in_alembic_version` is true where an earlier dlf-bot kept it in Alembic's
# usual table: that row is kept up to date, because replicas of that version read it when they start.
versions = Table(
    VERSION_TABLE,
    MetaData(),
    Column("version_num", String(32), primary_key=True),
    Column("in_alembic_version", Boolean),
)
FORMER = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))

# The tables of every version that kept its revision in `alembic_version`.
_FIRST = frozenset(
    {
        "alerts",
        "changes",
        "compatibility",
        "leases",
        "limits",
        "notices",
        "reads",
        "silences",
        "snapshots",
    }
)
# Tables of extensions hold no program's data, so they do not count.
_IN_SCHEMA = text(
    "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'v', 'm', 'f')"
    " AND NOT EXISTS (SELECT FROM pg_depend d"
    " WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')"
)
_IN_FILE = text(
    "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite@_%' ESCAPE '@'"
)
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Owned:
    """The bot's tables as they are. `revision` is None where there are none.

    `former` is true while their revision stands in `alembic_version` alone.
    """

    revision: int | None
    former: bool = False


def look(connection: Connection) -> Owned:
    """Find the bot's tables. Raises StoreError where another program's are, naming them; changes nothing."""
    schema = None
    if connection.dialect.name == "postgresql":
        schema = connection.execute(text("SELECT current_schema()")).scalar()
        if schema is None:
            raise _no_schema()
    there = names(connection)
    if VERSION_TABLE in there:
        if (own := _revision(connection, versions, schema)) is None:
            raise _foreign([VERSION_TABLE], schema)
        return Owned(own)
    if there >= {FORMER.name, *_FIRST} and _columns(connection, "compatibility", schema) == {
        "compatible_from"
    }:
        if (former := _revision(connection, FORMER, schema)) is None:
            raise _foreign([FORMER.name], schema)
        return Owned(former, former=True)
    if there:
        raise _foreign(there, schema)
    return Owned(None)


def names(connection: Connection) -> set[str]:
    """Every table and view where the bot's tables are, or are to be."""
    asked = _IN_SCHEMA if connection.dialect.name == "postgresql" else _IN_FILE
    return set(connection.execute(asked).scalars())


def _revision(connection: Connection, table: Table, schema: str | None) -> int | None:
    """The revision that a version table holds; None if it is not a single revision of the bot's form."""
    if "version_num" not in _columns(connection, table.name, schema):
        return None
    found = connection.execute(select(table.c.version_num)).scalars().all()
    is_ours = len(found) == 1 and re.fullmatch("[0-9]{4}", str(found[0]))
    return int(found[0]) if is_ours else None


def _columns(connection: Connection, table: str, schema: str | None) -> set[str]:
    return {column["name"] for column in inspect(connection).get_columns(table, schema)}


def _foreign(names: Iterable[str], schema: str | None) -> StoreError:
    """The StoreError that names another program's tables, first the names the bot would need itself."""
    ordered = sorted(names, key=lambda name: (name not in {FORMER.name, *_FIRST}, name))
    shown = ", ".join(f"`{_printable(name)}`" for name in ordered[:_SHOWN])
    more = f" and {len(ordered) - _SHOWN} more" if len(ordered) > _SHOWN else ""
    where = f"schema `{_printable(schema)}` of the database" if schema else "database"
    return StoreError(
        f"Another program has tables in the {where}: {shown}{more}.",
        meaning="The bot changes no tables of other programs.",
        remedy="Give it a database of its own, or a schema: run CREATE SCHEMA dlf_bot, and add"
        " ?options=-csearch_path%3Ddlf_bot to the address in `store` (see docs/databases.md)."
        if schema
        else "Name another file in `store`.",
    )


def _no_schema() -> StoreError:
    return StoreError(
        "`search_path` names no schema that exists and that this user may use.",
        meaning=NOT_STARTED,
        remedy="Run CREATE SCHEMA for it, grant the user its use, or check `options` in `store`.",
    )


def _printable(name: str) -> str:
    """Another program's name, cut short and without control characters for a terminal."""
    return "".join(letter if letter.isprintable() and letter != "`" else "?" for letter in name[:60])
