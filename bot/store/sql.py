"""SQL both databases understand, spelled for each: the database's clock, leases, lists."""

import json
from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    TableClause,
    Text,
    bindparam,
    column,
    literal,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import ExecutableDDLElement
from sqlalchemy.sql.compiler import DDLCompiler, SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import Double

from bot.store.schema import Utc

# A time further ahead than these limits means that the clock was stepped back, so it does not count. Leases
# last 25 s at most, waits 10 min; after a smaller step back the bot waits longer.
LONGEST_LEASE = timedelta(seconds=60)
LONGEST_WAIT = timedelta(minutes=11)


class now_in(FunctionElement[Any]):
    """The database's own clock, some seconds from now."""

    type = Utc()
    name = "now_in"
    inherit_cache = True


class epoch_now(FunctionElement[float]):
    """The database's own clock in seconds since 1970."""

    type = Double()
    name = "epoch_now"
    inherit_cache = True


class later_of(FunctionElement[Any]):
    """The greater of two values."""

    type = Double()
    name = "later_of"
    inherit_cache = True


class json_texts(FunctionElement[str]):
    """The texts of a JSON array as rows: a single parameter for any number of texts."""

    type = Text()
    name = "json_texts"
    inherit_cache = True


# In a subquery, clock_timestamp() is evaluated once per statement, so that an index can be used.
class Vacuum(ExecutableDDLElement):
    """PostgreSQL's VACUUM of a table, with new statistics; outside any transaction."""

    def __init__(self, of: TableClause) -> None:
        self.of = of


@compiles(Vacuum)
def _vacuum(element: Vacuum, compiler: DDLCompiler, **_: Any) -> str:
    return f"VACUUM (ANALYZE) {compiler.preparer.format_table(element.of)}"


@compiles(now_in, "postgresql")
def _now_in_postgresql(element: now_in, compiler: SQLCompiler, **kw: Any) -> str:
    return f"(SELECT clock_timestamp() + make_interval(secs => {compiler.process(element.clauses, **kw)}))"


@compiles(now_in, "sqlite")
def _now_in_sqlite(element: now_in, compiler: SQLCompiler, **kw: Any) -> str:
    return f"strftime('%Y-%m-%d %H:%M:%f000', 'now', {compiler.process(element.clauses, **kw)} || ' seconds')"


@compiles(epoch_now, "postgresql")
def _epoch_now_postgresql(element: epoch_now, compiler: SQLCompiler, **kw: Any) -> str:
    return "(SELECT extract(epoch FROM clock_timestamp())::double precision)"


@compiles(epoch_now, "sqlite")
def _epoch_now_sqlite(element: epoch_now, compiler: SQLCompiler, **kw: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(later_of, "postgresql")
def _later_of_postgresql(element: later_of, compiler: SQLCompiler, **kw: Any) -> str:
    return f"greatest({compiler.process(element.clauses, **kw)})"


@compiles(later_of, "sqlite")
def _later_of_sqlite(element: later_of, compiler: SQLCompiler, **kw: Any) -> str:
    return f"max({compiler.process(element.clauses, **kw)})"


@compiles(json_texts, "postgresql")
def _json_texts_postgresql(element: json_texts, compiler: SQLCompiler, **kw: Any) -> str:
    return f"jsonb_array_elements_text(CAST({compiler.process(element.clauses, **kw)} AS jsonb))"


@compiles(json_texts, "sqlite")
def _json_texts_sqlite(element: json_texts, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **kw)})"


def in_seconds(seconds: float | BindParameter[Any]) -> ColumnElement[Any]:
    """The database's clock plus `seconds`."""
    if isinstance(seconds, BindParameter):
        return now_in(type_coerce(seconds, Double()))
    return now_in(literal(float(seconds), Double()))


def database_now() -> ColumnElement[Any]:
    return in_seconds(0)


def passed(moment: ColumnElement[Any], horizon: timedelta | BindParameter[Any]) -> ColumnElement[bool]:
    """True once the database's clock has reached `moment`, or if `moment` is further ahead than `horizon`.

    A parameter gives the horizon in seconds.
    """
    seconds = horizon if isinstance(horizon, BindParameter) else horizon.total_seconds()
    return or_(moment.is_(None), moment <= database_now(), moment > in_seconds(seconds))


def lease_over(
    until: ColumnElement[Any], owner: ColumnElement[Any] | None = None, dead: Collection[str] = ()
) -> ColumnElement[bool]:
    """True once the lease has ended, or if its `owner` is one of the `dead`."""
    over = passed(until, LONGEST_LEASE)
    return over if owner is None or not dead else or_(over, among(owner, dead))


def among(wanted: ColumnElement[Any], values: Iterable[str]) -> ColumnElement[bool]:
    """`wanted IN (values)`, fast even for ten thousand values."""
    return wanted.in_(_texts(bindparam(None, listing(values), Text())))


def among_named(wanted: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """The same for a statement that is made once: the parameter `name` is a `listing`."""
    return wanted.in_(_texts(bindparam(name, type_=Text())))


def listing(values: Iterable[str]) -> str:
    return json.dumps(list(values))


def _texts(given: BindParameter[str]) -> Select[tuple[str]]:
    texts = json_texts(given).table_valued(column("value", Text))
    return select(texts.c.value)
