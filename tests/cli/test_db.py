"""`dlf-bot db` and `dlf-bot export`: what they print, their exit codes, and flat memory."""

import asyncio
import csv
import io
import json
import sqlite3
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.cli.export import csv_writer
from bot.domain.acts import ActKind, act_on
from bot.domain.alerts import Alert, AlertKey, Change, State
from bot.domain.model import StatusCounts
from bot.store.export import COLUMNS, Kind
from bot.store.leases import RUNS
from bot.store.records import RecordedCounts
from bot.store.store import Store, open_store
from tests.support.whole_bot import Terminal

AT = datetime(2026, 11, 28, 3, 16, 4, tzinfo=UTC)
TODAY = AT.date()


def at_store(url: str, work: Callable[[Store], Coroutine[Any, Any, Any]]) -> None:
    async def all_of_it() -> None:
        store = await open_store(url)
        await work(store)
        await store.close()

    asyncio.run(all_of_it())


async def some(store: Store) -> None:
    """Two days of two workspaces, an alert and an act in each."""
    for subject in ("prod/sales", "prod/finance"):
        for ago in range(2):
            day = TODAY - timedelta(days=ago)
            read_at = AT - timedelta(days=ago)
            await store.snapshots.fill(
                [RecordedCounts(subject, day, False, StatusCounts(fail_count=7), read_at)]
            )
        over = AT - timedelta(days=1) if subject == "prod/finance" else None
        state = State.OVER if over else State.FIRING
        alert = Alert(
            AlertKey("failures", subject, TODAY), 1, state, 7, 9, AT, AT, over_at=over, detail="=cmd()\x1b"
        )
        await store.alerts.save([Change(None, alert)])
        await store.acts.add(act_on(alert, ActKind.TAKE, by="U0ADA", at=over or AT, channel="C0OPS"))


@pytest.fixture
def url(config: Path) -> str:
    found = f"sqlite:///{config.parent}/bot.db"
    at_store(found, some)
    return found


def test_check_size_and_vacuum_say_what_they_found(terminal: Terminal, config: Path, url: str) -> None:
    ended = terminal("db", "check", "-c", config)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("ok ")
    assert "bot.db: all tables of schema" in ended.out
    ended = terminal("db", "size", "-c", config)
    assert ended.code == 0
    assert any(line.split()[:3] == ["snapshots", "4", "rows"] for line in ended.out.splitlines())
    assert ended.out.splitlines()[-1].startswith("total ")
    sizes = json.loads(terminal("db", "size", "--json", "-c", config).out)
    assert sizes["tables"]["snapshots"]["rows"] == 4
    assert sizes["bytes"] >= sum(one["bytes"] for one in sizes["tables"].values()) > 0
    assert "bot.db: " in terminal("db", "vacuum", "-c", config).out


def test_check_names_the_damage_with_code_1(terminal: Terminal, config: Path, url: str) -> None:
    file = config.parent / "bot.db"
    with sqlite3.connect(file) as plain:
        plain.execute("PRAGMA writable_schema = 1")
        plain.execute("DELETE FROM sqlite_master WHERE name = 'changes_read_at'")
    ended = terminal("db", "check", "-c", config)
    assert ended.code == 1
    assert "FAIL  store" in ended.out
    assert "restore a backup" in ended.out


def test_a_backup_is_a_database_to_run_on(terminal: Terminal, config: Path, url: str) -> None:
    backup = config.parent / "backup.db"
    ended = terminal("db", "backup", backup, "-c", config)
    assert (ended.code, ended.err) == (0, "")
    assert f"{backup}: backup of " in ended.out
    again = terminal("db", "backup", backup, "-c", config)
    assert (again.code, again.out) == (1, "")
    assert "exists already" in again.err
    at_store(f"sqlite:///{backup}", lambda store: store.writable())


@pytest.mark.parametrize("command", ["check", "size", "vacuum", "backup x"])
def test_without_a_database_none_is_made(terminal: Terminal, config: Path, command: str) -> None:
    ended = terminal("db", *command.split(), "-c", config)
    assert (ended.code, ended.out) == (1, "")
    assert "There is no database yet" in ended.err
    assert [one.name for one in config.parent.iterdir()] == [config.name]


@pytest.mark.postgres
def test_on_postgresql_it_does_what_it_can_and_names_the_tool_for_the_rest(
    terminal: Terminal, config: Path, migrated_postgres: str
) -> None:
    text = config.read_text(encoding="utf-8").replace(f"sqlite:///{config.parent}/bot.db", migrated_postgres)
    config.write_text(text, encoding="utf-8")
    checked = terminal("db", "check", "-c", config)
    assert checked.code == 0
    assert "pg_amcheck" in checked.out
    backup = terminal("db", "backup", config.parent / "x", "-c", config)
    assert backup.code == 2
    assert "pg_dump" in backup.err
    sizes = json.loads(terminal("db", "size", "--json", "-c", config).out)
    assert set(sizes["tables"]) > {"alerts", "notices"}
    assert sizes["bytes"] == sum(one["bytes"] for one in sizes["tables"].values()) > 0
    assert terminal("db", "vacuum", "-c", config).code == 0


def test_copy_takes_an_address_from_the_environment_and_shows_no_password(
    terminal: Terminal, config: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEW_STORE", f"sqlite:///{config.parent}/new.db")
    ended = terminal("db", "copy", url, "${NEW_STORE}")
    assert (ended.code, ended.err) == (0, "")
    assert any(line.split() == ["alerts", "2", "rows"] for line in ended.out.splitlines())
    assert f"to sqlite:///{config.parent}/new.db" in ended.out
    assert terminal("db", "copy", url, "${NEW_STORE}").code == 1
    for wrong, said in {
        "${NOT_SET}": "NOT_SET is not set",
        "postgres//user:hunter2@host/x": "is not a database URL",
        "sqlite://x.db": "two slashes",
    }.items():
        ended = terminal("db", "copy", url, wrong)
        assert ended.code == 2
        assert said in ended.err
        assert "hunter2" not in ended.err
    at_store(url, lambda store: store.leases.acquire(f"{RUNS}abc/one", "one", 20))
    ended = terminal("db", "copy", url, f"sqlite:///{config.parent}/third.db")
    assert ended.code == 1
    assert "A bot runs on the database to copy. Nothing was copied" in ended.err


# export


def exported(terminal: Terminal, config: Path, *arguments: object) -> list[dict[str, Any]]:
    ended = terminal("export", *arguments, "-c", config)
    assert (ended.code, ended.err) == (0, "")
    return [json.loads(line) for line in ended.out.splitlines()]


def test_export_prints_every_kind_with_its_fields(terminal: Terminal, config: Path, url: str) -> None:
    found = exported(terminal, config)
    assert [one["record"] for one in found] == ["counts"] * 4 + ["alerts"] * 2 + ["acts"] * 2
    assert all(set(one) == {"record", *COLUMNS[Kind(one["record"])]} for one in found)
    counts, alert, act = found[0], found[4], found[-1]
    assert (counts["workspace"], counts["fail_count"], counts["total_count"]) == ("prod/finance", 7, None)
    assert (counts["own"], counts["read_at"]) == (False, "2026-11-27T03:16:04+00:00")
    assert (alert["state"], alert["subject"], alert["peak"]) == ("over", "prod/finance", 9.0)
    assert (act["by"], act["act"], act["about"]) == ("U0ADA", "took", "prod/finance failures 2026-11-28 (1)")


def test_export_takes_a_time_a_workspace_and_kinds(terminal: Terminal, config: Path, url: str) -> None:
    lately = exported(terminal, config, "--since", "2026-11-28")
    assert [one["record"] for one in lately] == ["counts"] * 2 + ["alerts", "acts"]
    assert lately[2]["subject"] == "prod/sales"
    for name in ("sales", "prod/sales"):
        assert len(exported(terminal, config, "--workspace", name)) == 4
    assert exported(terminal, config, "--workspace", "prod/gone") == []
    assert len(exported(terminal, config, "acts", "alerts")) == 4
    assert [one["record"] for one in exported(terminal, config, "--rule", "failures")] == (
        ["alerts"] * 2 + ["acts"] * 2
    )
    assert exported(terminal, config, "--rule", "gone") == []
    assert terminal("export", "counts", "--rule", "failures", "-c", config).code == 2
    wrong = terminal("export", "--workspace", "salse", "-c", config)
    assert wrong.code == 2
    assert 'Did you mean "sales"?' in wrong.err
    assert terminal("export", "--since", "someday", "-c", config).code == 2


def test_a_table_has_a_line_of_names_and_nothing_a_spreadsheet_or_terminal_runs(
    terminal: Terminal, config: Path, url: str
) -> None:
    ended = terminal("export", "alerts", "--format", "csv", "-c", config)
    found = list(csv.DictReader(io.StringIO(ended.out)))
    assert tuple(found[0]) == COLUMNS[Kind.ALERTS]
    assert found[0]["detail"] == "'=cmd()\\x1b"
    assert "\x1b" not in ended.out
    every = list(csv.DictReader(io.StringIO(terminal("export", "--format", "csv", "-c", config).out)))
    assert {one["record"] for one in every} == {"counts", "alerts", "acts"}
    assert every[0]["own"] == "false"


def test_cells_of_a_column_are_made_safe_beside_any_others() -> None:
    stream, before = io.StringIO(), len(COLUMNS[Kind.ACTS]) - 3
    texts = [None, "", "plain", "=cmd()", "plain", 'a "b", c', "two\nlines"]
    csv_writer(stream, [Kind.ACTS])(Kind.ACTS, [(*["x"] * before, text, None, 5) for text in texts])
    found = [row[before:] for row in csv.reader(io.StringIO(stream.getvalue()))][1:]
    cells = ["", "", "plain", "'=cmd()", "plain", 'a "b", c', "two\\nlines"]
    assert found == [[cell, "", "5"] for cell in cells]
