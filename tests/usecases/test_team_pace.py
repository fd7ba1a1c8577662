"""The workspace's limits: when posting or editing rests everywhere, and how fast it goes on."""

import asyncio
import logging
from math import inf
from typing import Any

import pytest

from bot.domain.notices import Notice, Posted, Priority, Standing
from bot.errors import SlackError
from bot.messages.message import Message, to_json
from bot.store.store import Store
from bot.timing import Timing
from bot.usecases.dispatch import SENDS_AT_ONCE, Dispatcher
from bot.usecases.replica import Replica
from bot.usecases.team_pace import CHANNELS, GROWTH, MINUTE, SLOWEST, WITHIN, TeamPace
from tests.support.fakes import FakeSlack, HandClock

pytestmark = pytest.mark.sqlite


class Seconds:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def refuse(pace: TeamPace, seconds: float, *, channels: int = CHANNELS) -> list[bool]:
    return [pace.post_refused(f"#c{number}", seconds) for number in range(channels)]


def test_a_refusal_in_three_channels_rests_all_posting_for_the_longest_time_named() -> None:
    timer = Seconds()
    pace = TeamPace(timer)
    assert pace.post_refused("#a", 30) is False
    assert pace.post_refused("#b", 5) is False
    assert pace.may_post
    assert pace.post_refused("#c", 5) is True
    assert pace.post_refused("#d", 5) is False  # it rests already
    assert not pace.may_post
    assert pace.may_edit
    timer.now += 29.9
    assert not pace.may_post
    timer.now += 0.2
    assert pace.may_post


def test_refusals_of_a_single_channel_or_far_apart_rest_nothing_else() -> None:
    timer = Seconds()
    pace = TeamPace(timer)
    assert [pace.post_refused("#a", 30) for _ in range(9)] == [False] * 9
    for number in range(9):
        timer.now += WITHIN
        assert pace.post_refused(f"#{number % 2}{number}", 30) is False
    assert pace.may_post
    assert pace.posts_per_second == inf


def test_the_pace_is_learned_from_the_last_minute_and_forgotten_slowly() -> None:
    timer = Seconds()
    pace = TeamPace(timer)
    for _ in range(300):
        assert pace.take()
        pace.posted()
    refuse(pace, 10)
    assert pace.posts_per_second == pytest.approx(4.5)
    assert not pace.take()
    timer.now += 10
    taken = 0
    for _ in range(100):  # ten seconds
        timer.now += 0.1
        taken += pace.take()
    assert 44 <= taken <= 46
    timer.now += MINUTE
    assert pace.posts_per_second == pytest.approx(4.5 * GROWTH)
    timer.now += 10 * MINUTE
    assert pace.posts_per_second == inf


def test_a_learned_pace_is_never_slower_than_one_post_a_second_nor_grows_by_a_refusal() -> None:
    timer = Seconds()
    pace = TeamPace(timer)
    refuse(pace, 1)
    assert pace.posts_per_second == SLOWEST
    timer.now += 5
    for _ in range(300):
        pace.posted()
    refuse(pace, 1)
    assert pace.posts_per_second == SLOWEST


def test_a_turn_that_was_not_used_is_given_back() -> None:
    timer = Seconds()
    pace = TeamPace(timer)
    refuse(pace, 1)
    timer.now += 2.01
    assert pace.take()
    assert not pace.take()
    pace.give_back()
    assert pace.take()


class LimitedSlack(FakeSlack):
    """Takes `per_minute` posts in all channels together, as many at once, and edits unless `no_edits`."""

    def __init__(self, per_minute: int) -> None:
        super().__init__()
        self.timer, self.per_minute = Seconds(), per_minute
        self.free_at, self.edits_refused = 0.0, 0
        self.refused: list[str] = []
        self.no_edits = False

    async def post(self, channel: str, message: Message, *, key: str, thread_ts: str | None = None) -> Posted:
        now, apart = self.timer(), 60 / self.per_minute
        await asyncio.sleep(0.002)
        wait = max(self.free_at, now) + apart - now - 60
        if wait > 0:
            self.refused.append(key)
            raise SlackError("Too fast.", code="ratelimited", retry_after=1 + wait, method="chat.postMessage")
        self.free_at = max(self.free_at, now) + apart
        return await super().post(channel, message, key=key, thread_ts=thread_ts)

    async def edit(self, posted: Posted, message: Message, *, key: str) -> None:
        if self.no_edits:
            self.edits_refused += 1
            raise SlackError("Too fast.", code="ratelimited", retry_after=1.0, method="chat.update")
        await super().edit(posted, message, key=key)


def sending(store: Store, slack: LimitedSlack) -> Dispatcher:
    timing = Timing(spacing=0, retry_most=0.1)
    replica = Replica("one", store, HandClock(), timing=timing, timer=slack.timer)
    return Dispatcher(replica, slack, fallback_channel="#ops")


async def want(
    store: Store, key: str, channel: str, *, priority: Priority = Priority.ALERT, **more: str
) -> None:
    body = to_json(Message(more.get("text", key)))
    notice = Notice(key, channel, body, body, priority, HandClock()(), thread_of=more.get("thread_of"))
    await store.outbox.put(notice)


async def waiting(store: Store) -> int:
    return (await store.outbox.backlog()).standings.get(Standing.QUEUED, 0)


async def second(dispatcher: Dispatcher, slack: LimitedSlack) -> None:
    """All that happens in a second."""
    await dispatcher.tick()
    await dispatcher.settle()
    slack.timer.now += 1


async def until_sent(dispatcher: Dispatcher, store: Store, slack: LimitedSlack) -> None:
    async with asyncio.timeout(60):
        while await waiting(store):
            await second(dispatcher, slack)


async def test_a_storm_over_many_channels_meets_few_refusals_and_is_told_at_the_workspaces_pace(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    slack = LimitedSlack(per_minute=120)
    dispatcher = sending(store, slack)
    for number in range(180):
        await want(store, f"alert/{number}", f"#c{number % 60}")
    caplog.set_level(logging.INFO, logger="bot.usecases")
    await until_sent(dispatcher, store, slack)
    assert sorted(one.key for one in slack.messages) == sorted(f"alert/{number}" for number in range(180))
    assert 0 < len(slack.refused) <= SENDS_AT_ONCE + CHANNELS
    rests = [record for record in caplog.records if "posting_rests" in record.getMessage()]
    assert len(rests) == 1


async def test_answers_and_critical_alerts_go_first_when_posting_goes_on(store: Store) -> None:
    slack = LimitedSlack(per_minute=60)
    dispatcher = sending(store, slack)
    for number in range(90):
        await want(store, f"alert/{number}", f"#c{number % 30}")
    async with asyncio.timeout(30):
        while not slack.refused:
            await second(dispatcher, slack)
    before = len(slack.messages)
    await want(store, "digest", "#c6", priority=Priority.DIGEST)
    await want(store, "critical", "#c7", priority=Priority.CRITICAL)
    await want(store, "answer", "#c8", priority=Priority.ANSWER)
    await until_sent(dispatcher, store, slack)
    keys = [one.key for one in slack.messages]
    assert set(keys[before : before + 2]) == {"critical", "answer"}
    # The database's clock, not the test's, lets a refused alert wait: it may come later than the digest.
    assert [key for key in keys if key not in slack.refused][-1] == "digest"


class SlowLeases:
    """A store in which the leases of all channels but one are had sooner."""

    def __init__(self, store: Store, slow: str) -> None:
        self._store, self._slow = store, slow
        self.leases = self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def acquire(self, name: str, owner: str, seconds: float) -> bool:
        await asyncio.sleep(0.1 if name == self._slow else 0)
        return await self._store.leases.acquire(name, owner, seconds)

    async def release(self, name: str, owner: str) -> None:
        await self._store.leases.release(name, owner)


async def test_the_most_urgent_keeps_its_turn_even_if_its_channels_lease_takes_longer(store: Store) -> None:
    slack = LimitedSlack(per_minute=60)
    slow = SlowLeases(store, "channel:#c7")
    replica = Replica("one", slow, HandClock(), timing=Timing(spacing=0), timer=slack.timer)  # type: ignore[arg-type]
    dispatcher = Dispatcher(replica, slack, fallback_channel="#ops")
    for number in range(90):
        await want(store, f"alert/{number}", f"#c{number % 30}")
    async with asyncio.timeout(30):
        while not slack.refused:
            await second(dispatcher, slack)
    before = len(slack.messages)
    await want(store, "critical", "#c7", priority=Priority.CRITICAL)
    async with asyncio.timeout(30):
        while len(slack.messages) == before:
            await second(dispatcher, slack)
    assert slack.messages[before].key == "critical"


async def test_refused_edits_are_not_claimed_and_replies_go_on(store: Store) -> None:
    slack = LimitedSlack(per_minute=6000)
    dispatcher = sending(store, slack)
    roots = [f"alert/{number}" for number in range(5)]
    for key in roots:
        await want(store, key, f"#{key[-1]}")
    await until_sent(dispatcher, store, slack)
    slack.no_edits = True
    await want(store, roots[0], "#0", text="worse")
    await dispatcher.tick()
    await dispatcher.settle()
    for key in roots[1:]:
        await want(store, key, f"#{key[-1]}", text="worse")
    await want(store, "alert/1/1", "#1", thread_of="alert/1")
    for _ in range(10):
        await dispatcher.tick()
        await dispatcher.settle()
    assert slack.edits_refused == 1
    assert [one.key for one in slack.replies()] == ["alert/1/1"]
    slack.no_edits = False
    await until_sent(dispatcher, store, slack)
    assert [one.text for one in slack.roots()] == ["worse"] * len(roots)
