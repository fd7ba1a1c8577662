"""What is asked each minute, or after each start, finds its rows by an index, however long the record is."""

import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Executable
from sqlalchemy.dialects import sqlite

from bot.store import outbox_sql, snapshots


@pytest.mark.parametrize(
    ("wanted", "how"),
    [
        pytest.param(outbox_sql.READDRESS, "SCAN notices USING INDEX notices_to_send", id="readdress"),
        pytest.param(outbox_sql.UNPARK, "SEARCH notices USING INDEX notices_to_send", id="unpark"),
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
