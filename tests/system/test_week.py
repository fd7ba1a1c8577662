"""The week played: a team on call lives through silences, changes of hands, restarts and a second replica."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.app.lifecycle import Bot
from bot.playground.fake_slack.objects import SlackMessage
from tests.support.whole_bot import ADA, BEN, OPS, THREE, Services, services, soon, utc

MORNING = utc(2026, 11, 23, 2)  # Monday, 10:00 in Singapore
RULES = (
    "[{name: failures, metric: fail_count, limit: 5, mention: ['<!here>']},"
    " {name: stuck, metric: running_exception_count, limit: 0, severity: critical,"
    " mention: ['<!subteam^S0ONCALL>']}]"
)
POST = "chat.postMessage"
HERE, ONCALL = "<!here>", "<!subteam^S0ONCALL>"
ROUND = timedelta(seconds=31)


class Week:
    """The worlds, the replicas that run now, and what the team does."""

    def __init__(self, home: Services, url: str) -> None:
        self.home, self._url = home, url
        self._bots, self._replicas = AsyncExitStack(), 0
        self.bot: Bot

    async def start(self, replicas: int = 1) -> None:
        for _ in range(replicas):
            bot = self.home.bot(store=self._url, workspaces=THREE, rules=RULES, poll_every="30s")
            self.bot = await self._bots.enter_async_context(bot)

    async def stop(self) -> None:
        await self._bots.aclose()

    async def restart(self) -> None:
        """With a second replica where the database permits it."""
        await self.stop()
        await self.start(1 if self._url.startswith("sqlite") else 2)

    async def until(self, claim: Callable[[], bool]) -> None:
        """Let time pass poll by poll until it is so."""
        for _ in range(40):
            for _ in range(10):
                if claim():
                    return
                await asyncio.sleep(0.05)
            self.home.forward(seconds=ROUND.total_seconds())
        raise AssertionError(self.home.texts())

    async def rounds(self, many: int = 2) -> None:
        for _ in range(many):
            self.home.forward(seconds=ROUND.total_seconds())
            await asyncio.sleep(0.8)

    def roots(self, *words: str) -> list[SlackMessage]:
        found = [one for one in self.home.slack.messages(OPS) if not one.thread_ts]
        return [one for one in found if all(word in one.text for word in words)]

    async def root(self, *words: str) -> SlackMessage:
        await self.until(lambda: bool(self.roots(*words)))
        (found,) = self.roots(*words)
        return found

    def replies(self, root: SlackMessage, *words: str) -> list[str]:
        return [text for text in self.home.thread(root.ts) if all(word in text for word in words)]

    async def replied(self, root: SlackMessage, *words: str) -> str:
        await self.until(lambda: bool(self.replies(root, *words)))
        (found,) = self.replies(root, *words)
        return found

    async def press(self, user: str, root: SlackMessage, action: str, says: str) -> None:
        """Press a button of the message as it is now, and wait until the message says so."""
        assert (await self.home.slack.click(user, OPS, root.ts, action)).ok
        await soon(lambda: says in self.home.slack.message(OPS, root.ts).text)


@pytest.fixture
async def week(tmp_path: Path, empty_url: str) -> AsyncIterator[Week]:
    async with services(tmp_path, at=MORNING) as home:
        week = Week(home, empty_url)
        try:
            yield week
        finally:
            await week.stop()


async def test_a_team_lives_through_the_week_and_nothing_is_hidden_lost_or_said_twice(week: Week) -> None:
    await week.start()
    await two_silence_at_once_and_a_critical_begins(week)
    await week.restart()
    await the_silence_ends_and_what_burns_is_told(week)
    await week.restart()
    await taken_over_given_back_and_taken_again(week)
    await week.restart()
    await all_is_well_again(week)
    posted = Counter(one.key for one in week.home.slack.log if one.applied and one.method == POST)
    assert {key: times for key, times in posted.items() if key and times > 1} == {}
    acts = await week.bot.store.acts.since(MORNING)
    assert [(act.kind.value, act.by) for act in acts][2:] == [
        ("took", ADA),
        ("took over", BEN),
        ("gave back", BEN),
        ("took", ADA),
    ]
    assert {(act.kind.value, act.by) for act in acts[:2]} == {("silenced", ADA), ("silenced", BEN)}


async def two_silence_at_once_and_a_critical_begins(week: Week) -> None:
    """Ada silences the rule for an hour while Ben silences everything for four."""
    home = week.home
    home.dlf.fail("ws-sales", 7)
    sales = await week.root("sales", "7 failed")
    assert HERE in sales.text
    alert = sales.key.removeprefix("alert/") if sales.key else ""
    assert (await home.slack.click(BEN, OPS, sales.ts, "alert_silence", f"more|{alert}")).ok
    await soon(lambda: home.slack.modals.get(BEN))
    until = int((home.clock.now() + timedelta(hours=4)).timestamp())
    wished = {"what": "everything", "until": until, "comment": "deploy"}
    form: dict[str, dict[str, Any]] = {name: {name: value} for name, value in wished.items()}
    await asyncio.gather(
        home.slack.submit(BEN, form),
        home.slack.click(ADA, OPS, sales.ts, "alert_silence", f"1h|{alert}"),
    )
    await week.until(lambda: len(week.replies(sales, "🔕")) == 2)
    await week.until(lambda: "Silenced by @ben" in week.roots("sales")[0].text)
    assert HERE not in week.roots("sales")[0].text
    home.dlf.hang("ws-finance", 2)
    home.dlf.fail("ws-logs", 8)
    finance = await week.root("finance", "2 stuck")
    assert "Silenced by @ben" in finance.text
    assert "so nobody was mentioned" in finance.text
    assert ONCALL not in finance.text
    await week.rounds()
    assert week.roots("logs") == [], "no critical: it waits"


async def the_silence_ends_and_what_burns_is_told(week: Week) -> None:
    (sales,), (finance,) = week.roots("sales"), week.roots("finance")
    week.home.forward(hours=2)  # Ada's is over, Ben's is not
    await week.rounds()
    assert week.replies(sales, "Silence ended") == []
    week.home.forward(hours=2)
    assert HERE in await week.replied(sales, "Silence ended")
    assert ONCALL in await week.replied(finance, "Silence ended")
    logs = await week.root("logs", "8 failed")
    assert "Was silenced by @ben" in logs.text
    assert HERE in logs.text
    await week.until(lambda: "Silenced by" not in week.roots("sales")[0].text)


async def taken_over_given_back_and_taken_again(week: Week) -> None:
    (finance,) = week.roots("finance")
    await week.press(ADA, finance, "alert_acknowledge", f"Taken by <@{ADA}>")
    await week.press(BEN, finance, "alert_take_over", f"Taken by <@{BEN}>")
    await week.replied(finance, f"<@{BEN}> took this over from <@{ADA}>.")
    await week.press(BEN, finance, "alert_give_back", f"given back by <@{BEN}>")
    assert ONCALL in await week.replied(finance, "gave this back")
    await week.press(ADA, finance, "alert_acknowledge", f"Taken by <@{ADA}>")
    await week.replied(finance, f"<@{ADA}> has it.")
    week.home.dlf.hang("ws-finance", 3)
    assert f"<@{ADA}>" in await week.replied(finance, "Worse", "5 stuck")


async def all_is_well_again(week: Week) -> None:
    for name in ("sales", "finance", "logs"):
        week.home.dlf.heal(f"ws-{name}")
    for name in ("sales", "finance", "logs"):
        (root,) = week.roots(name)
        await week.replied(root, "Resolved")
    (finance,) = week.roots("finance")
    assert f"<@{ADA}> had it" in week.replies(finance, "Resolved")[0]
    assert len(week.roots()) == 3
