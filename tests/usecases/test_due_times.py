"""The poller's next turn: soon after what is due, and before its places run empty."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from benchmarks.settled import workspaces_of
from bot.store.store import Store
from bot.timing import Timing
from bot.usecases.due_times import DueTimes
from tests.support.use_cases import UseCases


def now() -> datetime:
    return datetime.now(UTC)


async def test_reads_due_together_ask_for_one_early_turn() -> None:
    rings, rung = list[datetime](), asyncio.Event()

    def ring() -> None:
        rings.append(now())
        rung.set()

    due = DueTimes(ring, now, every=20, tick=1.0)
    at = now()
    step = timedelta(seconds=0.2)
    at += step - timedelta(seconds=at.timestamp() % 0.2)
    for milliseconds in range(1, 150, 10):
        due.add(at + timedelta(milliseconds=milliseconds))
    async with asyncio.timeout(20):
        await rung.wait()
    assert rings[0] >= at + step - timedelta(milliseconds=5)
    assert len(rings) == 1
    assert due._timers == {}


async def test_no_early_turn_is_asked_for_when_a_tick_is_as_soon_or_after_the_end() -> None:
    due = DueTimes(lambda: None, now, every=300, tick=1.0)
    due.add(now())
    assert due._timers == {}
    due = DueTimes(lambda: None, now, every=20, tick=1.0)
    due.add(now())
    due.clear()
    assert due._timers == {}


@pytest.mark.parametrize(("number", "wakes"), [(12, 1), (8, 1), (5, 0)])
async def test_the_next_turn_comes_before_the_places_run_empty_if_more_is_due(
    store: Store, number: int, wakes: int
) -> None:
    woken = list[int]()
    house = UseCases(store, workspaces=workspaces_of(number))
    house.poller._again = lambda: woken.append(len(house.poller._running["prod"]))
    await house.poll()
    while len(house.source.asked) < 3 * number:
        await house.poll()
    house.clock.forward(minutes=5)
    woken.clear()
    await house.poll()
    assert len(woken) == wakes
    assert all(left == 4 for left in woken), "half of the eight places"


async def test_a_slow_store_has_fewer_polls_in_flight(store: Store) -> None:
    house = UseCases(store, workspaces=workspaces_of(20))
    await house.poller.prepare()
    lease = Timing().lease
    for seconds, most in ((0.04 * lease, 8), (0.08 * lease, 4), (9 * lease, 1)):
        house.poller._recorder._groups.seconds = seconds
        house.source.asked.clear()
        house.source.answers.clear()
        await house.poller.tick()
        await asyncio.sleep(0)
        assert len(house.source.asked) == most
        house.source.answers.set()
        await house.poller.settle()
