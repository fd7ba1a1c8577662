"""The driver of SQLite: the calls a statement makes of its thread, and what is left if it is cut off."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import greenlet  # type: ignore[import-untyped]
import pytest
from sqlalchemy import text

from bot.errors import StoreError
from bot.store.database import Abandon, Database, connect

ROWS = text("SELECT number FROM numbers ORDER BY number")
ADD = text("INSERT INTO numbers VALUES (:number)")


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = connect(f"sqlite:///{tmp_path / 'bot.db'}")
    await opened.change(text("CREATE TABLE numbers (number INTEGER PRIMARY KEY)"))
    yield opened
    await opened.close()


async def numbers(database: Database) -> list[int]:
    return [number for (number,) in await database.fetch(ROWS)]


async def test_a_statement_and_its_rows_are_a_single_call_of_the_thread(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "aiosqlite"):
        assert await database.count(ADD, {"number": 7}) == 1
        assert await numbers(database) == [7]
    calls = [record for record in caplog.records if record.getMessage().startswith("executing")]
    assert len(calls) == 2


async def test_a_statement_is_a_single_greenlet_and_a_single_task(database: Database) -> None:
    """A greenlet's switches and a task cost as much as the statement."""
    loop, begun = asyncio.get_running_loop(), list[object]()

    def begin(loop: asyncio.AbstractEventLoop, work: Any, **options: Any) -> Any:
        begun.append(work)
        return asyncio.Task(work, loop=loop, **options)

    switches = list[str]()
    tracer = greenlet.settrace(lambda event, greenlets: switches.append(event))
    loop.set_task_factory(begin)
    try:
        await database.fetch(ROWS)
    finally:
        loop.set_task_factory(None)
        greenlet.settrace(tracer)
    assert len(begun) == 1  # it goes on if its caller is cancelled
    assert switches == ["switch"] * 4  # into the statement, out while the thread works, back, to its end


async def test_many_rows_are_written_by_a_statement_for_all(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(ADD, [{"number": number} for number in range(5)])
    assert await numbers(database) == [0, 1, 2, 3, 4]


async def add(database: Database, *several: int, error: Exception | None = None) -> None:
    async with database.transaction() as connection:
        for number in several:
            await connection.execute(ADD, {"number": number})
        if error:
            raise error


async def test_an_abandoned_transaction_is_undone(database: Database) -> None:
    with pytest.raises(Abandon):
        await add(database, 1, error=Abandon())
    assert await numbers(database) == []
    assert await database.count(ADD, {"number": 2}) == 1


async def test_a_statement_that_fails_leaves_its_connection_usable(database: Database) -> None:
    await database.change(ADD, {"number": 1})
    with pytest.raises(StoreError):
        await add(database, 2, 1)
    assert await numbers(database) == [1]
    await add(database, 3)


async def test_a_transaction_cancelled_while_it_waits_for_the_lock_takes_none(
    database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "bot.db"
    with closing(sqlite3.connect(path, isolation_level=None, timeout=20)) as other:
        other.execute("BEGIN IMMEDIATE")
        task = asyncio.create_task(add(database, 1))
        await asyncio.sleep(0.2)
        task.cancel()
        other.execute("ROLLBACK")
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.to_thread(_lock, path)
    assert await numbers(database) == []
    assert await database.count(ADD, {"number": 3}) == 1


def _lock(path: Path) -> None:
    """Take the writer's lock, and give it back."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=20)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")
