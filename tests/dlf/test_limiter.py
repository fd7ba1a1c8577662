"""A rate limit for many replicas: with a long queue, with a silent store, with no store at all."""

import asyncio
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from bot.dlf.client import DlfClient
from bot.dlf.credential import open_credential
from bot.dlf.shared_limiter import (
    ALONE_SECONDS,
    SHARES,
    STORE_SECONDS,
    SharedRateLimiter,
)
from bot.domain.model import Day
from bot.errors import DlfNotAsked, DlfUnavailable, StoreError
from bot.metrics import Metrics
from bot.store.store import Store
from bot.timing import USUAL
from bot.usecases.poll import Poller
from bot.usecases.record_polls import Polling
from bot.usecases.replica import Replica
from tests.support.dlf_client import FIFTY, KEY, NOW, SALES, TOKEN, Script, bad, good, now, project
from tests.support.fakes import FakeSource
from tests.support.use_cases import UseCases

pytestmark = pytest.mark.sqlite

# Shorter waits than usual, at five times the usual pace.
HASTY = replace(USUAL, tick=0.1, dlf_answer=1.0, poll_turn=0.5)
PER_SECOND = 40.0
PLACES = FIFTY[:25]


def replica(store: Store, number: int, script: Script) -> tuple[Poller, DlfClient, Metrics]:
    client = DlfClient(
        project(),
        credential=open_credential(TOKEN, SharedRateLimiter(store.rate_limits, "key", PER_SECOND), now),
        transport=httpx.MockTransport(script),
        deadline=HASTY.dlf_answer,
        poll_turn=HASTY.poll_turn,
    )
    metrics = Metrics()
    monitor = Poller(
        Replica(f"replica {number}", store, now, metrics, HASTY),
        Polling(PLACES, (), timedelta(minutes=5), {"prod": 80}),
        {"prod": client},
    )
    return monitor, client, metrics


def outcomes(metrics: Metrics) -> Counter[str]:
    samples = [sample for metric in metrics.polls.collect() for sample in metric.samples]
    return Counter({one.labels["outcome"]: int(one.value) for one in samples if one.name.endswith("_total")})


async def test_ten_replicas_work_off_what_has_piled_up_and_no_read_fails(store: Store) -> None:
    script = Script(good())
    replicas = [replica(store, number, script) for number in range(10)]
    reads = 3 * len(PLACES)
    for monitor, _, _ in replicas:
        await monitor.prepare()
    total = Counter[str]()
    async with asyncio.timeout(30):
        while total["ok"] + total["failed"] < reads:
            await asyncio.gather(*(monitor.tick() for monitor, _, _ in replicas))
            await asyncio.sleep(HASTY.tick)
            total = sum((outcomes(metrics) for _, _, metrics in replicas), Counter[str]())
    for monitor, client, _ in replicas:
        await monitor.settle()
        await client.close()
    assert (total["ok"], total["failed"], total["taken over"]) == (reads, 0, 0), total
    assert len(script.asked) == reads


class Slow:
    """A pace that gives each slot only after a while."""

    def __init__(self, *seconds: float) -> None:
        self._seconds = list(seconds)

    async def wait(self) -> None:
        await asyncio.sleep(self._seconds.pop(0))


def behind(pace: Slow, script: Script) -> dict[str, Any]:
    return {"credential": open_credential(TOKEN, pace, now), "transport": httpx.MockTransport(script)}


async def test_the_wait_for_a_turn_is_not_dlfs_time() -> None:
    script = Script(bad(500, "APIGW.0601"), good())
    client = DlfClient(
        project(),
        credential=open_credential(TOKEN, Slow(0.5, 0.5), now),
        transport=httpx.MockTransport(script),
    )
    await client.fetch(SALES, Day.TODAY, now=NOW, deadline=0.9)
    assert len(script.asked) == 2
    await client.close()


async def test_a_poll_without_a_turn_in_time_sends_no_request() -> None:
    script = Script(good())
    client = DlfClient(
        project(),
        credential=open_credential(TOKEN, Slow(5), now),
        transport=httpx.MockTransport(script),
        poll_turn=0.05,
    )
    with pytest.raises(DlfNotAsked, match="waited too long for its turn"):
        await client.fetch(SALES, Day.TODAY, now=NOW, priority=1)
    assert script.asked == []
    await client.close()


async def test_the_first_error_is_raised_when_the_retry_gets_no_turn() -> None:
    """Else a long line would hide that DLF cannot be read."""
    script = Script(bad(500, "APIGW.0601"))
    client = DlfClient(
        project(),
        credential=open_credential(TOKEN, Slow(0, 5), now),
        transport=httpx.MockTransport(script),
        poll_turn=0.05,
    )
    with pytest.raises(DlfUnavailable, match="temporarily unavailable"):
        await client.fetch(SALES, Day.TODAY, now=NOW, priority=1)
    assert len(script.asked) == 1
    await client.close()


async def silent(_: httpx.Request) -> httpx.Response:
    await asyncio.Event().wait()
    raise AssertionError


async def test_polls_fail_when_it_is_dlf_that_keeps_the_line_waiting() -> None:
    """An access key has few requests in flight: while DLF answers none of them, no other gets a turn."""
    client = DlfClient(project(KEY), transport=httpx.MockTransport(silent), deadline=0.8, poll_turn=0.2)
    began = time.monotonic()
    polls = (client.fetch(SALES, Day.TODAY, now=NOW, priority=1) for _ in range(8))
    found = await asyncio.gather(*polls, return_exceptions=True)
    assert {type(one) for one in found} == {DlfUnavailable}
    assert time.monotonic() - began < 0.8 + 1
    await client.close()


async def test_a_slot_given_up_goes_to_the_next_waiter(store: Store) -> None:
    """At a slow pace no caller would ever get a turn if each cancelled caller cost a slot."""
    pace = SharedRateLimiter(store.rate_limits, "key", 1)
    await pace.wait()
    began = time.monotonic()
    for _ in range(4):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(pace.wait(), 0.15)
    await pace.wait()
    assert time.monotonic() - began < 1.6


async def test_no_more_is_claimed_than_gets_its_turn_in_time(store: Store) -> None:
    claimed = {}
    for slot in (0.0, 0.6, 1.25, 30.0):
        source = FakeSource()
        source.slot_seconds, source.delay = slot, 0.01
        house = UseCases(store, source=source, workspaces=FIFTY, owner=f"slot of {slot}", rules=())
        await house.poll()
        claimed[slot] = len(source.asked)
    assert claimed == {0.0: 8, 0.6: 4, 1.25: 2, 30.0: 1}


class Silent:
    """A store that takes every question and answers none, until it is cured."""

    def __init__(self) -> None:
        self.cured, self.asked = asyncio.Event(), 0

    async def reserve(self, *_: object) -> float:
        self.asked += 1
        await self.cured.wait()
        return 0.0


async def test_a_hanging_store_is_waited_for_a_second_and_then_skipped_for_a_while() -> None:
    slots = Silent()
    pace, began = SharedRateLimiter(slots, "key", 800 * SHARES), time.monotonic()
    for _ in range(3):
        await pace.wait()
    assert time.monotonic() - began < STORE_SECONDS + 1
    assert slots.asked == 1
    slots.cured.set()
    await asyncio.sleep(ALONE_SECONDS)
    await pace.wait()
    assert slots.asked == 2


class Far:
    """A store that hands out the slots of a pace some seconds away, and counts how often it was asked."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.asked, self.taken = seconds, 0, 0
        self._next = float("-inf")

    async def reserve(self, _: str, per_second: float, n: int = 1) -> float:
        await asyncio.sleep(self.seconds / 2)
        self.asked, self.taken, now = self.asked + 1, self.taken + n, asyncio.get_running_loop().time()
        begin = max(now, self._next)
        self._next = begin + n / per_second
        await asyncio.sleep(self.seconds / 2)
        return begin - now


async def test_a_far_store_is_asked_for_several_slots_at_once_and_few_are_left_over() -> None:
    slots, per_second, wanted = Far(0.02), 400.0, 150
    pace, began = SharedRateLimiter(slots, "key", per_second), time.monotonic()
    for _ in range(wanted):
        await pace.wait()
    assert time.monotonic() - began >= (wanted - 1) / per_second - 0.02
    assert slots.asked < wanted / 2
    # What was left over when the requests ended, and what a busy machine let pass.
    assert slots.taken - wanted < wanted


class Crowded:
    """A store at which others wait, too: each slot is further away than the next one at the pace."""

    def __init__(self) -> None:
        self.numbers: list[int] = []

    async def reserve(self, _: str, per_second: float, n: int = 1) -> float:
        self.numbers.append(n)
        return 1.5 / per_second


async def test_where_the_pace_is_what_requests_wait_for_each_takes_one_slot() -> None:
    slots = Crowded()
    pace = SharedRateLimiter(slots, "key", 100)
    for _ in range(6):
        await pace.wait()
    assert slots.numbers == [1] * 6


async def test_several_replicas_with_slots_ahead_keep_the_pace_together() -> None:
    slots, per_second, times = Far(0.01), 200.0, list[float]()

    async def ask(pace: SharedRateLimiter) -> None:
        while len(times) < 150:
            await pace.wait()
            times.append(time.monotonic())

    await asyncio.gather(*(ask(SharedRateLimiter(slots, "key", per_second)) for _ in range(3)))
    times.sort()
    # Each reply was under way for a moment, and a timer wakes late.
    assert times[-1] - times[0] >= (len(times) - 1) / per_second - 0.05


class Away:
    """A store that is not there."""

    async def reserve(self, *_: object) -> float:
        raise StoreError("Cannot connect to the database.")


async def test_replicas_without_their_store_keep_the_pace_together() -> None:
    per_second, seconds, asked = 40, 1.5, 0

    async def ask(pace: SharedRateLimiter) -> None:
        nonlocal asked
        while True:
            await pace.wait()
            asked += 1

    asking = [asyncio.create_task(ask(SharedRateLimiter(Away(), "key", per_second))) for _ in range(SHARES)]
    await asyncio.sleep(seconds)
    for task in asking:
        task.cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    # Each replica's first request goes at once.
    assert SHARES < asked <= per_second * seconds + SHARES
