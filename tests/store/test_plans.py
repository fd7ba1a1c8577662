"""Frequent queries find their rows by an index, however long the record is."""

import re
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Executable, event
from sqlalchemy.dialects import sqlite

from bot.store import outbox_sql, outbox_upkeep_sql, snapshots
from bot.store.store import open_store


@pytest.mark.parametrize(
    ("wanted", "how"),
    [
        pytest.param(outbox_upkeep_sql.READDRESS, "SCAN notices USING INDEX notices_to_send", id="readdress"),
        pytest.param(outbox_upkeep_sql.UNPARK, "SEARCH notices USING INDEX notices_to_send", id="unpark"),
        pytest.param(outbox_sql.HOLDS, "SEARCH notices USING INDEX", id="holds"),
        pytest.param(snapshots.FIRST_DATE, "(workspace_key=? AND business_date>?)", id="first date"),
        pytest.param(
            snapshots.FIRST_READ, "(workspace_key=? AND business_date>? AND business_date<?)", id="first read"
        ),
    ],
)
def test_no_table_is_read_whole(migrated_sqlite: Path, wanted: Executable, how: str) -> None:
    steps = plan(migrated_sqlite, wanted)
    assert any(how in step for step in steps), steps
    assert not any("TEMP B-TREE" in step for step in steps)


def plan(file: Path, wanted: Any) -> list[str]:
    """SQLite's plan for a statement."""
    compiled = str(wanted.compile(dialect=sqlite.dialect()))
    asked = re.sub(r"__\[POSTCOMPILE_\w+\]", "'sent'", compiled)
    shell = sqlite3.connect(file)
    try:
        return [row[3] for row in shell.execute(f"EXPLAIN QUERY PLAN {asked}", [None] * asked.count("?"))]
    finally:
        shell.close()


async def test_a_claim_reads_only_rows_that_are_due(migrated_sqlite: Path) -> None:
    store = await open_store(f"sqlite:///{migrated_sqlite}")
    plans = list[str]()

    def explain(connection: Any, _: object, asked: str, values: Any, *__: object) -> None:
        cursor = connection.connection.cursor()
        cursor.execute(f"EXPLAIN QUERY PLAN {asked}", values)
        plans.extend(row[3] for row in cursor.fetchall())

    event.listen(store._database._engine.sync_engine, "before_cursor_execute", explain)
    await store.reads.claim(
        "a", datetime.now(UTC), limit=9, lease_seconds=25, project="prod", but=["prod/old"]
    )
    await store.close()
    looked = [step for step in plans if "reads" in step]
    assert [step.partition(" (")[2] for step in looked] == [
        *["due_at<?)", "workspace_key=? AND day=?)"] * 2,
    ]
    assert not any("TEMP B-TREE" in step for step in plans)
