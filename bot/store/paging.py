"""The rows of a table a page at a time: any number of rows takes a flat amount of memory."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, TypeAlias

from sqlalchemy import Row, Select, Table, literal, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

PAGE = 500

Fetch: TypeAlias = Callable[[Select[Any]], Awaitable[Sequence[Row[Any]]]]


async def pages(
    fetch: Fetch, table: Table, statement: Select[Any], *, size: int = PAGE
) -> AsyncIterator[Sequence[Row[Any]]]:
    """Yield the rows that `statement` selects of `table`, in the order of its key, `size` at a time.

    Each page is a statement of its own: a reader that is slow holds no transaction open.
    """
    key = tuple(table.primary_key)
    next_page = statement
    while rows := await fetch(next_page.order_by(*key).limit(size)):
        yield rows
        if len(rows) < size:
            return
        last = rows[-1]._mapping
        next_page = statement.where(
            tuple_(*key) > tuple_(*(literal(last[column.name], column.type) for column in key))
        )


def fetch_on(connection: AsyncConnection) -> Fetch:
    """Fetch within the connection's transaction."""

    async def fetch(statement: Select[Any]) -> Sequence[Row[Any]]:
        rows: Sequence[Row[Any]] = (await connection.execute(statement)).all()
        return rows

    return fetch
