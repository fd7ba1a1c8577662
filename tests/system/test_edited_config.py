"""The whole bot, restarted with edited configs while alerts burn, and what Slack shows of it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from bot.cli.check_edit import check_edit
from bot.config import Config, load
from bot.playground.fake_slack.objects import SlackMessage
from tests.support.whole_bot import ADA, FAILURES, OPS, SECRETS, Services, services, soon, utc

pytestmark = pytest.mark.real_time

MORNING = utc(2026, 11, 23, 2)  # Monday, 10:00 in Singapore
THREE = "[{name: sales, id: ws-sales}, {name: finance, id: ws-finance}, {name: logs, id: ws-logs}]"
RATE = "[{name: failures, metric: success_rate, limit: 95, below: true}]"


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Services]:
    async with services(tmp_path, at=MORNING) as found:
        yield found


def config(home: Services, *, project: str = "prod", **parts: Any) -> Config:
    """A config of these parts, with another name of the project."""
    path = home.write(**{"workspaces": THREE, "rules": FAILURES} | parts)
    path.write_text(path.read_text("utf-8").replace("name: prod", f"name: {project}"), "utf-8")
    return load(path, SECRETS)


async def shows(home: Services, *titles: str) -> list[SlackMessage]:
    """Wait until the channel shows messages with these titles and no others, the oldest first."""

    def found() -> list[SlackMessage] | None:
        said = home.slack.messages(OPS)
        fits = len(said) == len(titles) and all(
            title in one.text.splitlines()[0] for one, title in zip(said, titles, strict=True)
        )
        return said if fits else None

    try:
        message = await soon(found, 20)
    except AssertionError as error:
        raise AssertionError(f"wanted {titles}, there is {home.texts()}") from error
    assert message is not None
    return message


async def polled(home: Services, times: int = 3, **span: float) -> None:
    """So many polls later, each after a span of time."""
    for _ in range(times):
        home.forward(**span or {"seconds": 2})
        before = len(home.dlf.log.records)
        await soon(lambda before=before: len(home.dlf.log.records) > before)  # type: ignore[misc]
        await asyncio.sleep(0.3)


async def read_by_either(home: Services, *, until: Callable[[], bool]) -> None:
    """Polls come due at other moments of the replicas' ticks, so that each replica reads some of them.

    Else one of them may read all: the first that ticks after a poll is due.
    """
    for _ in range(40):
        if until():
            return
        home.forward(seconds=30)
        await asyncio.sleep(0.37)


async def test_alerts_live_through_renames_and_end_with_what_they_are_about(
    home: Services, capsys: pytest.CaptureFixture[str]
) -> None:
    async def foretold(found: Config) -> str:
        capsys.readouterr()
        await check_edit(found)
        return capsys.readouterr().out

    async with home.bot(config(home)):
        home.dlf.fail("ws-sales", 7)
        (root,) = await shows(home, "sales: 7 failed")
        await home.slack.click(ADA, OPS, root.ts, "alert_acknowledge")
        await soon(lambda: f"Taken by <@{ADA}>" in home.slack.message(OPS, root.ts).text)
    said = len(home.slack.log)

    renamed = config(home, project="main", workspaces=THREE.replace("name: sales", "name: Sales"))
    assert "prod/sales is now called main/Sales" in await foretold(renamed)
    async with home.bot(renamed):
        (shown,) = await shows(home, "Sales: 7 failed")
        await soon(lambda: "main/Sales" in home.slack.message(OPS, root.ts).text)
        await polled(home, 2, minutes=1)
        assert f"Taken by <@{ADA}>" in shown.text
        assert home.thread(root.ts) == []
    assert {one.method for one in home.slack.log[said:]} == {"chat.update"}

    moved = config(home, rules=FAILURES.replace("limit: 5", "limit: 50"))
    async with home.bot(moved):
        await shows(home, "✅ Resolved · sales: 7 failed (limit now 50, was 5)")
        await soon(lambda: home.thread(root.ts))
    assert "(limit now 50, was 5)" in home.thread(root.ts)[0]

    async with home.bot(config(home)):
        await shows(home, "✅ Resolved", "⚠️ Warning · sales: 7 failed")

    changed = config(home, rules=RATE.replace("}]", ", workspaces: [sales]}]"))
    assert "closes 1 firing alert" in await foretold(changed)
    async with home.bot(changed):
        closed = "⏹️ Closed · sales: rule failures was changed (fail_count above 5 → success_rate below 95%)"
        await shows(home, "✅ Resolved", closed, "⚠️ Warning · sales: success rate")

    elsewhere = config(home, rules=RATE.replace("}]", ", workspaces: [finance]}]"))
    assert "closes 1 firing alert" in await foretold(elsewhere)
    async with home.bot(elsewhere):
        await polled(home, 2)
        await shows(home, "✅ Resolved", "⏹️ Closed", "⚠️ Warning · sales: success rate")
        await polled(home, 2, minutes=1)
        watches = "⏹️ Closed · sales: rule failures no longer watches this workspace"
        await shows(home, "✅ Resolved", "⏹️ Closed", watches)
    assert [len(home.thread(one.ts)) for one in home.slack.messages(OPS)] == [1, 0, 0]


async def test_the_alert_of_a_removed_workspace_is_closed_in_its_zone(home: Services) -> None:
    async with home.bot(config(home, more="unreadable: {after: 3}")):
        home.dlf.fail("ws-sales", 7)
        await shows(home, "sales: 7 failed")
    without = config(home, workspaces="[{name: logs, id: ws-logs}]", timezone="UTC")
    async with home.bot(without):
        await polled(home, 2, minutes=1)
        (root,) = await shows(home, "⏹️ Closed · prod/sales: removed from the config")
    assert "Not a recovery: 7 failed when last read at 10:0" in root.text
    assert "(Asia/Singapore)" in root.text
    assert home.thread(root.ts) == []


@pytest.mark.parametrize(
    ("edit", "afterwards"),
    [
        (
            lambda home: config(home, workspaces=THREE.replace("name: sales", "name: market")),
            "market: 7 failed",
        ),
        (lambda home: config(home, rules=FAILURES.replace("limit: 5", "limit: 50")), "(limit now 50, was 5)"),
        (lambda home: config(home, rules="[]"), "rule failures was removed from the config"),
    ],
    ids=["renamed", "limit", "removed"],
)
async def test_two_replicas_old_and_new_say_nothing_for_ten_minutes(
    home: Services, edit: Callable[[Services], Config], afterwards: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Other events are told meanwhile; the edit takes effect once the old replica has stopped."""
    async with AsyncExitStack() as first, AsyncExitStack() as second:
        await first.enter_async_context(home.bot(config(home)))
        home.dlf.fail("ws-sales", 7)
        (root,) = await shows(home, "sales: 7 failed")
        await soon(lambda: "7 jobs: " in home.slack.messages(OPS)[0].text, 20)
        new = await second.enter_async_context(home.bot(edit(home)))
        (remark,) = [one for one in (await new.readiness.look()).remarks if "another config" in one]
        (warned,) = [vars(one)["fields"] for one in caplog.records if one.getMessage() == "config"]
        assert remark.endswith(f" It is {warned['other']}.")
        assert warned["mark"] != warned["other_mark"]
        said = len(home.slack.log)
        await polled(home, 10, minutes=1)
        assert [(one.method, one.text) for one in home.slack.log[said:]] == []
        home.dlf.fail("ws-finance", 8)
        await read_by_either(home, until=lambda: len(home.slack.messages(OPS)) > 1)
        await shows(home, "sales: 7 failed", "finance: 8 failed")
        home.dlf.heal("ws-finance")
        await read_by_either(home, until=lambda: "Resolved" in home.slack.messages(OPS)[1].text)
        await shows(home, "sales: 7 failed", "Resolved · finance")
        await first.aclose()
        await polled(home, 3, minutes=1)
        (shown, _) = await shows(home, afterwards, "Resolved · finance")
        assert shown.ts == root.ts
        assert not any("another config" in remark for remark in (await new.readiness.look()).remarks)
