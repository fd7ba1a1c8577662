"""Care of a database: damage is named, sizes add up, vacuum gives room back, a backup stands still."""

import sqlite3
from contextlib import closing, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

import bot.store.upkeep
from bot.domain.model import StatusCounts
from bot.errors import StoreError
from bot.store.backup import back_up
from bot.store.leases import RUNS
from bot.store.records import RecordedCounts
from bot.store.store import Store, open_store

NOW = datetime(2026, 11, 28, 3, tzinfo=UTC)


async def fill(store: Store, number: int) -> None:
    some = StatusCounts(fail_count=1)
    days = (date(2020, 1, 1) + timedelta(days=one) for one in range(number))
    await store.snapshots.fill([RecordedCounts("prod/sales", day, False, some, NOW) for day in days])


async def test_a_sound_database_has_no_problems_and_its_sizes_add_up(store: Store) -> None:
    await fill(store, 300)
    assert await store.care.problems() == []
    sizes = await store.care.sizes()
    assert {one.name: one.rows for one in sizes if one.rows > 1} == {"snapshots": 300, "changes": 300}
    assert {sizes[0].name, sizes[1].name} == {"snapshots", "changes"}
    known = [one.size for one in sizes if one.size is not None]
    assert len(known) == len(sizes)
    assert 0.5 < sum(known) / await store.care.total() <= 1


async def test_damage_is_named(migrated_sqlite: Path, tmp_path: Path) -> None:
    file = tmp_path / "bot.db"
    store = await open_store(f"sqlite:///{file}")
    await fill(store, 2000)
    await store.close()
    with closing(sqlite3.connect(file)) as plain:
        page, root = plain.execute(
            "SELECT (SELECT page_size FROM pragma_page_size), rootpage"
            " FROM sqlite_master WHERE name = 'changes_read_at'"
        ).fetchone()
    with file.open("r+b") as raw:
        raw.seek((root - 1) * page + 12)
        raw.write(b"\xff" * 200)
    store = await open_store(f"sqlite:///{file}")
    problems: list[str] = []
    with suppress(StoreError):  # SQLite either lists the damage or gives up on it
        problems = await store.care.problems()
        assert problems
    await store.close()
    with pytest.raises(StoreError, match="is damaged"):
        back_up(file, tmp_path / "backup.db", progress=lambda *_: None)
    assert not (tmp_path / "backup.db").exists()


async def test_vacuum_gives_room_back_and_keeps_every_row(store: Store) -> None:
    await fill(store, 3000)
    await store.snapshots.prune(NOW + timedelta(days=1))
    await fill(store, 10)
    before = await store.care.total()
    await store.care.vacuum()
    assert await store.care.total() < before or store.dialect == "postgresql"
    assert len(await store.snapshots.history(["prod/sales"], date(2020, 1, 1))) == 10


async def test_a_large_file_is_not_vacuumed_under_a_running_bot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await open_store(f"sqlite:///{tmp_path / 'bot.db'}")
    await store.leases.acquire(f"{RUNS}abc/one", "one", 20)
    await store.care.vacuum()
    monkeypatch.setattr(bot.store.upkeep, "_BESIDE_A_BOT", 1000)
    with pytest.raises(StoreError, match="A bot runs on this database"):
        await store.care.vacuum()
    await store.close()


async def test_a_backup_beside_a_writer_is_whole_private_and_one_moment(tmp_path: Path) -> None:
    file, to = tmp_path / "bot.db", tmp_path / "backup.db"
    store = await open_store(f"sqlite:///{file}")
    await fill(store, 3_000)
    steps: list[int] = []

    def write(left: int, _: int) -> None:
        """Between two steps, as a bot in another process."""
        steps.append(left)
        assert steps == sorted(steps, reverse=True), "it began anew after a write"
        with closing(sqlite3.connect(file)) as other:
            other.execute("INSERT INTO names VALUES (?, 'late')", (f"n{len(steps)}",))
            other.commit()

    back_up(file, to, progress=write)
    await store.close()
    assert len(steps) > 1
    assert to.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.glob("backup*")] == ["backup.db"]
    restored = await open_store(f"sqlite:///{to}")
    assert await restored.names.known() == {}
    assert len(await restored.snapshots.history(["prod/sales"], date(2020, 1, 1))) == 3_000
    await restored.close()


async def test_a_backup_overwrites_nothing_and_says_why_it_cannot_be_written(
    migrated_sqlite: Path, tmp_path: Path
) -> None:
    (tmp_path / "there.db").write_text("the only good one")
    with pytest.raises(StoreError, match="exists already"):
        back_up(migrated_sqlite, tmp_path / "there.db", progress=lambda *_: None)
    assert (tmp_path / "there.db").read_text() == "the only good one"
    with pytest.raises(StoreError, match="cannot be written"):
        back_up(migrated_sqlite, tmp_path / "no" / "folder.db", progress=lambda *_: None)
