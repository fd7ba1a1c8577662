"""A copied database, of either kind, has the same rows and continues its counters."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select

from bot.domain.acts import Act, ActKind
from bot.domain.alerts import Alert, AlertKey, Change, State
from bot.domain.coverage import Covers
from bot.domain.folds import Place
from bot.domain.model import Day, StatusCounts
from bot.domain.notices import Notice, Priority
from bot.errors import StoreError
from bot.store.copy import copy_database
from bot.store.database import connect
from bot.store.leases import RUNS
from bot.store.records import RecordedCounts
from bot.store.schema import REVISION, metadata, notices
from bot.store.store import Store, open_store
from tests.support.schema1 import load

NOW = datetime(2026, 11, 28, 3, tzinfo=UTC)
# What a database of burning alerts has in each table; "compatibility" is the migration's.
FILLED = {table.name for table in metadata.sorted_tables} - {"compatibility"}


async def rows(url: str) -> dict[str, list[Any]]:
    """Every row of every table, as the program reads it."""
    database = connect(url)
    try:
        return {
            table.name: [
                tuple(row) for row in await database.fetch(select(table).order_by(*table.primary_key))
            ]
            for table in metadata.sorted_tables
        }
    finally:
        await database.close()


async def fill(store: Store) -> None:
    """Add the rows that only this version has to those of an earlier version."""
    await store.acts.add(Act(ActKind.TAKE, "U0ADA", NOW, "prod/sales failures 2026-11-28 (1)"))
    await store.digests.see("morning", NOW)
    notice = Notice("digest/morning/x", "#ops", "{}", "x", Priority.DIGEST, NOW)
    covers = Covers("morning", NOW, {"prod": NOW.date()})
    await store.outbox.add_once(notice, covers=covers)
    await store.names.settle({}, {}, {"prod/sales": "ws-sales"})
    await store.leases.acquire("rest/key", "one", 20)
    await store.rate_limits.reserve("key", 1.0)
    counts = StatusCounts(fail_count=2**40, success_count=0)
    await store.snapshots.fill([RecordedCounts("prod/sales", None, True, counts, NOW)])
    alerts = [
        Alert(AlertKey("failures", f"prod/{name}", NOW.date()), 1, State.FIRING, 9, 9, NOW, NOW)
        for name in ("crm", "hr")
    ]
    assert await store.alerts.save(Change(None, alert) for alert in alerts)
    await store.leases.acquire("tell", "one", 10)
    ids = [alert.id for alert in alerts]
    assert await store.folds.open(Place("failures", "#ops"), ids, NOW, under="tell", holder="one")
    await store.reads.ensure([("prod/sales", Day.TODAY)], NOW)


@pytest.fixture
async def burning(empty_url: str) -> str:
    """Burning, silenced and ended alerts, an outbox with every standing, cursors of reading and digests."""
    await load.load(empty_url, "schema1")
    store = await open_store(empty_url)
    await fill(store)
    await store.close()
    return empty_url


@pytest.fixture
def other(dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of the other kind."""
    if dialect == "postgresql":
        return f"sqlite:///{tmp_path / 'other.db'}"
    url: str = request.getfixturevalue("empty_postgres")
    return url


@pytest.mark.postgres
async def test_a_copy_to_the_other_database_and_back_keeps_every_row(
    burning: str, other: str, tmp_path: Path
) -> None:
    before = await rows(burning)
    assert {name for name, found in before.items() if found} >= FILLED
    copied = await copy_database(burning, other)
    assert await rows(other) == before
    assert copied == {name: len(found) for name, found in before.items() if name != "compatibility"}
    back = f"sqlite:///{tmp_path / 'back.db'}"
    await copy_database(other, back)
    assert await rows(back) == before


@pytest.mark.postgres
async def test_numbers_go_on_after_the_last_that_was_given_even_if_its_row_is_gone(
    burning: str, other: str
) -> None:
    source = connect(burning)
    last = max(row.seq for row in await source.fetch(select(notices.c.seq)))
    await source.change(delete(notices).where(notices.c.seq > last - 2))
    await source.close()
    await copy_database(burning, other)
    store = await open_store(other)
    try:
        for number in range(2):
            await store.acts.add(Act(ActKind.DONE, "U0BEN", NOW, f"prod/logs stuck {number}"))
        await store.outbox.put(Notice("new", "#ops", "{}", "x", Priority.ALERT, NOW))
    finally:
        await store.close()
    now = await rows(other)
    seq = list(notices.c).index(notices.c.seq)
    assert max(row[seq] for row in now["notices"]) == last + 1
    assert len({row[0] for row in now["acts"]}) == 3


async def test_a_target_with_rows_is_refused_and_stays_as_it_is(burning: str, tmp_path: Path) -> None:
    filled = f"sqlite:///{tmp_path / 'filled.db'}"
    store = await open_store(filled)
    await store.acts.add(Act(ActKind.TAKE, "U0ADA", NOW, "prod/sales failures"))
    await store.close()
    before = await rows(filled)
    with pytest.raises(StoreError, match="not empty: there are rows in `acts`"):
        await copy_database(burning, filled)
    assert await rows(filled) == before
    with pytest.raises(StoreError, match="not empty"):
        await copy_database(burning, burning)


async def test_a_database_that_was_only_opened_stays_empty(burning: str, tmp_path: Path) -> None:
    looked_at = f"sqlite:///{tmp_path / 'looked_at.db'}"
    store = await open_store(looked_at)
    await store.writable()
    await store.close()
    await copy_database(burning, looked_at)
    assert await rows(looked_at) == await rows(burning)


async def test_it_refuses_while_a_bot_runs(burning: str, tmp_path: Path) -> None:
    to = tmp_path / "to.db"
    store = await open_store(burning)
    await store.leases.acquire(f"{RUNS}abc/one", "one", 20)
    with pytest.raises(StoreError, match="A bot runs on the database to copy"):
        await copy_database(burning, f"sqlite:///{to}")
    await store.leases.release(f"{RUNS}abc/one", "one")
    await store.close()
    await copy_database(burning, f"sqlite:///{to}")


async def test_a_bot_that_starts_during_the_copy_undoes_it(tmp_path: Path) -> None:
    file, to = tmp_path / "from.db", f"sqlite:///{tmp_path / 'to.db'}"
    await load.load(f"sqlite:///{file}", "schema1")
    await (await open_store(f"sqlite:///{file}")).close()
    started: list[str] = []

    def start(table: str, _: int) -> None:
        if not started:
            started.append(table)
            with closing(sqlite3.connect(file)) as writer:
                until = "strftime('%Y-%m-%d %H:%M:%f000', 'now', '20 seconds')"
                writer.execute(f"INSERT INTO leases VALUES (?, 'one', {until})", (f"{RUNS}abc/one",))
                writer.commit()

    with pytest.raises(StoreError, match="A bot runs on the database to copy"):
        await copy_database(f"sqlite:///{file}", to, progress=start)
    assert started
    assert {name for name, found in (await rows(to)).items() if found} == {"compatibility"}


async def test_another_revision_is_refused_with_both_numbers(tmp_path: Path) -> None:
    old, to = f"sqlite:///{tmp_path / 'old.db'}", tmp_path / "to.db"
    await load.load(old, "schema1")
    with pytest.raises(StoreError, match=f"schema 1; this one copies {REVISION}"):
        await copy_database(old, f"sqlite:///{to}")
    good = f"sqlite:///{tmp_path / 'good.db'}"
    await (await open_store(good)).close()
    with pytest.raises(StoreError, match="to copy to is of another dlf-bot"):
        await copy_database(good, old)
    with pytest.raises(StoreError, match="There is no database to copy"):
        await copy_database(f"sqlite:///{tmp_path / 'none.db'}", f"sqlite:///{to}")
    assert not to.exists()
    assert not (tmp_path / "none.db").exists()
