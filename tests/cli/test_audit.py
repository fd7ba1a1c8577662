"""`dlf-bot audit`: the acts with time and channel, as lines and as JSON, and its errors."""

import asyncio
import json
import sqlite3
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.acts import Act, ActKind, act_on
from bot.domain.alerts import Alert, AlertKey, State
from bot.store.store import open_store
from tests.support.whole_bot import Terminal

TODAY = date(2026, 11, 28)
AT = datetime(2026, 11, 28, 3, 16, 4, tzinfo=UTC)
STUCK = Alert(AlertKey("stuck", "prod/finance", TODAY), 1, State.FIRING, 3, 3, AT, AT)
TOOK = act_on(STUCK, ActKind.TAKE, by="U0ADA", at=AT, channel="C0OPS")
BACK = act_on(
    STUCK,
    ActKind.GIVE_BACK,
    by="U0BEN",
    at=AT + timedelta(hours=1),
    channel="C0OPS",
    detail="U0ADA had it",
)
POSTED = Act(ActKind.POST_DIGEST, "terminal", AT + timedelta(hours=2), "morning\x1b[2J")


def keep(config: Path, *acts: Act) -> None:
    async def work() -> None:
        store = await open_store(f"sqlite:///{config.parent}/bot.db")
        for act in acts:
            await store.acts.add(act)
        await store.close()

    asyncio.run(work())


def test_it_prints_a_line_for_each_act_the_oldest_first(terminal: Terminal, config: Path) -> None:
    keep(config, BACK, POSTED, TOOK)
    ended = terminal("audit", "--since", "2026-11-28", "-c", config)
    assert (ended.code, ended.err) == (0, "")
    about = "prod/finance stuck 2026-11-28 (1)"
    assert ended.out.splitlines() == [
        f"2026-11-28 03:16:04Z  U0ADA  took  {about}  in C0OPS",
        f"2026-11-28 04:16:04Z  U0BEN  gave back  {about} (U0ADA had it)  in C0OPS",
        "2026-11-28 05:16:04Z  terminal  posted digest  morning [2J",
    ]


def test_it_prints_json_with_all_that_is_kept(terminal: Terminal, config: Path) -> None:
    keep(config, BACK, POSTED)
    back, posted = json.loads(terminal("audit", "--since", "2026-11-28", "--json", "-c", config).out)
    assert back == {
        "at": "2026-11-28T04:16:04+00:00",
        "by": "U0BEN",
        "act": "gave back",
        "about": "prod/finance stuck 2026-11-28 (1)",
        "detail": "U0ADA had it",
        "channel": "C0OPS",
        "alert_id": STUCK.id,
    }
    assert (posted["channel"], posted["alert_id"], posted["detail"]) == (None, None, None)


def test_it_looks_back_as_far_as_it_is_told(terminal: Terminal, config: Path) -> None:
    now = datetime.now(UTC)
    acts = [Act(ActKind.TAKE, "U0ADA", now - timedelta(days=days), f"{days}") for days in (10, 5, 1)]
    keep(config, *acts)

    def shown(*since: str) -> list[str]:
        ended = terminal("audit", *since, "--json", "-c", config)
        assert ended.code == 0
        return [act["about"] for act in json.loads(ended.out)]

    assert shown() == ["5", "1"]
    assert shown("--since", "30d") == ["10", "5", "1"]
    assert shown("--since", "1d12h") == ["1"]
    assert shown("--since", f"{now - timedelta(days=6):%Y-%m-%dT%H:%M}+00:00") == ["5", "1"]
    assert terminal("audit", "--since", "1h", "-c", config).out.startswith("No acts since 20")


@pytest.mark.parametrize("since", ["yesterday", "", "-7d", "7", "2026-13-01", "9999999d"])
def test_an_unreadable_time_is_reported(terminal: Terminal, config: Path, since: str) -> None:
    ended = terminal("audit", "--since", since, "-c", config)
    assert (ended.code, ended.out) == (2, "")
    assert "is not a span such as 12h or 7d, and not a date such as 2026-11-28." in ended.err


@pytest.mark.parametrize("old", [False, True], ids=["no database", "a database of another version"])
def test_audit_creates_and_migrates_no_database(terminal: Terminal, config: Path, old: bool) -> None:
    path = config.parent / "bot.db"
    if old:
        keep(config)
        with sqlite3.connect(path) as shell:
            shell.execute("UPDATE dlf_bot_version SET version_num = '0001'")
        shell.close()
    ended = terminal("audit", "-c", config)
    assert (ended.code, ended.out) == (1, "")
    assert ("of an older dlf-bot" if old else "There is no database yet") in ended.err
    assert "dlf-bot run" in ended.err
    assert path.exists() is old
