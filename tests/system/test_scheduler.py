"""Ticks: a job that fails, breaks or takes long never stops its next turn, nor the end."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.errors import StoreError
from bot.metrics import Metrics
from bot.scheduler import Scheduler, Unstepped
from tests.support.whole_bot import BRISK, FAILURES, services, soon

QUICK = 0.02


@pytest.fixture
async def scheduler() -> AsyncIterator[Scheduler]:
    made = Scheduler(Metrics())
    made.start()
    yield made
    await made.stop(0)


class Work:
    """A job that counts its turns and does what it is told to in each."""

    def __init__(self, *does: Callable[[], None], seconds: float = 0) -> None:
        self.turns, self.finished, self._does, self._seconds = 0, 0, list(does), seconds

    async def __call__(self) -> None:
        self.turns += 1
        if self._does:
            self._does.pop(0)()
        await asyncio.sleep(self._seconds)
        self.finished += 1


def fails() -> None:
    raise StoreError("Cannot connect to the database.")


def breaks() -> None:
    raise ZeroDivisionError


async def turned(work: Work, times: int) -> None:
    async with asyncio.timeout(20):
        while work.finished < times:
            await asyncio.sleep(0.01)


async def test_a_failing_job_is_logged_once_and_runs_again(
    scheduler: Scheduler, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot.scheduler")
    work = Work(fails, fails, fails)
    scheduler.every(QUICK, "poll", work)
    while work.turns < 3:
        await asyncio.sleep(0.005)
    assert scheduler.ailing == {"poll": "Cannot connect to the database."}
    await turned(work, 1)
    async with asyncio.timeout(20):
        while scheduler.ailing:
            await asyncio.sleep(QUICK)
    assert [one.message for one in caplog.records] == ["job_failed", "job_recovered"]


async def test_a_problem_of_several_jobs_is_logged_once(
    scheduler: Scheduler, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot.scheduler")
    for _ in range(2):
        for name in "abcdefghi":
            await scheduler.turn(name, Work(fails))
        for name in "abcdefghi":
            assert scheduler.ailing
            await scheduler.turn(name, Work())
    said = [one.message for one in caplog.records]
    assert said == ["job_failed", "job_recovered"], "what comes and goes is said every ten minutes"


async def test_a_different_problem_after_the_first_is_logged_too(
    scheduler: Scheduler, caplog: pytest.LogCaptureFixture
) -> None:
    def starts() -> None:
        raise StoreError("The database starts up.")

    caplog.set_level(logging.INFO, "bot.scheduler")
    for work in (Work(fails), Work(starts), Work()):
        await scheduler.turn("poll", work)
    said = [(one.levelname, one.fields["job"]) for one in caplog.records]  # type: ignore[attr-defined]
    assert said == [("WARNING", "poll"), ("WARNING", "poll"), ("INFO", "poll")]


async def test_a_broken_job_leaves_a_traceback_and_comes_again(
    scheduler: Scheduler, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot.scheduler")
    work = Work(breaks, breaks)
    scheduler.every(QUICK, "poll", work)
    await turned(work, 1)
    broken = [one for one in caplog.records if one.exc_info]
    assert [one.message for one in broken] == ["job_broken"]
    async with asyncio.timeout(20):
        while "job_recovered" not in caplog.messages:
            await asyncio.sleep(QUICK)


async def test_turns_that_fall_due_meanwhile_are_left_out_in_silence(
    scheduler: Scheduler, caplog: pytest.LogCaptureFixture
) -> None:
    slow, quick = Work(seconds=0.2), Work()
    scheduler.every(QUICK, "slow", slow)
    scheduler.every(QUICK, "quick", quick)
    await turned(slow, 1)
    assert slow.turns <= 2
    assert quick.finished >= 4
    assert not [one for one in caplog.records if one.levelno >= logging.WARNING]


async def test_a_stop_lets_a_turn_under_way_finish(caplog: pytest.LogCaptureFixture) -> None:
    scheduler, work = Scheduler(Metrics()), Work(seconds=0.1)
    scheduler.every(QUICK, "poll", work)
    scheduler.start()
    while not work.turns:
        await asyncio.sleep(0.005)
    await scheduler.stop(2)
    assert (work.turns, work.finished) == (1, 1)
    await asyncio.sleep(3 * QUICK)
    assert work.turns == 1
    assert not [one for one in caplog.records if one.levelno >= logging.WARNING]


async def test_a_stop_does_not_wait_for_ever(caplog: pytest.LogCaptureFixture) -> None:
    scheduler, work = Scheduler(Metrics()), Work(seconds=60)
    scheduler.every(QUICK, "poll", work)
    scheduler.start()
    while not work.turns:
        await asyncio.sleep(0.005)
    async with asyncio.timeout(1):
        await scheduler.stop(0.05)
    assert work.finished == 0
    assert not [one for one in caplog.records if one.levelno >= logging.WARNING]


async def test_an_end_in_the_moment_of_a_turn_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    async def nothing() -> None:
        await asyncio.sleep(0)

    for number in range(150):
        scheduler = Scheduler(Metrics())
        for name in "abcdefgh":
            scheduler.every(0.001, name, nothing)
        scheduler.start()
        await asyncio.sleep(0.001 + number / 1e5)
        await scheduler.stop(1.0)
    assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []


# Jobs that wake the next


async def test_a_woken_job_has_its_turn_at_once_and_once_more_if_it_was_under_way(
    scheduler: Scheduler,
) -> None:
    work = Work(seconds=0.05)
    scheduler.every(3600, "tell", work)
    scheduler.wake("unheard of")
    for _ in range(3):
        scheduler.wake("tell")
    await turned(work, 1)
    scheduler.wake("tell")
    while work.turns < 2:
        await asyncio.sleep(0.005)
    scheduler.wake("tell")
    scheduler.wake("tell")
    await turned(work, 3)
    await asyncio.sleep(0.5)
    assert work.turns == 3


async def test_a_job_that_is_woken_without_end_leaves_time_for_all_else(scheduler: Scheduler) -> None:
    work = Work(seconds=0.02)
    scheduler.every(3600, "tell", work)
    ends = time.monotonic() + 1
    while time.monotonic() < ends:
        scheduler.wake("tell")
        await asyncio.sleep(0.001)
    assert 2 <= work.turns <= 15


async def test_an_urgent_turn_comes_at_once_and_the_next_urgent_turn_after_a_rest(
    scheduler: Scheduler,
) -> None:
    work = Work(seconds=0.5)
    scheduler.every(3600, "tell", work)
    scheduler.wake("tell")
    assert not scheduler.is_hurried("tell")
    while not work.turns:
        await asyncio.sleep(0.005)
    scheduler.wake("tell")
    assert not scheduler.is_hurried("tell")
    scheduler.wake("tell", urgent=True)
    assert scheduler.is_hurried("tell")
    first = await end_of(work, 1)
    while work.turns < 2:
        await asyncio.sleep(0.005)
    assert time.monotonic() - first < 0.4, "without the urgency it rests for 2 s"
    assert not scheduler.is_hurried("tell")
    second = await end_of(work, 2)
    scheduler.wake("tell")
    scheduler.wake("tell", urgent=True)
    while work.turns < 3:
        await asyncio.sleep(0.005)
    assert 0.45 < time.monotonic() - second < 1.8


async def end_of(work: Work, turns: int) -> float:
    while work.finished < turns:
        await asyncio.sleep(0.005)
    return time.monotonic()


async def test_after_the_end_nothing_wakes_a_job(scheduler: Scheduler) -> None:
    work = Work(seconds=0.02)
    scheduler.every(3600, "tell", work)
    scheduler.wake("tell")
    while not work.turns:
        await asyncio.sleep(0.005)
    scheduler.wake("tell")
    await scheduler.stop(1)
    scheduler.wake("tell")
    await asyncio.sleep(0.3)
    assert (work.turns, work.finished) == (1, 1)


async def test_a_poll_that_finds_a_breach_is_in_slack_without_any_further_tick(tmp_path: Path) -> None:
    async with services(tmp_path) as home:
        home.dlf.fail("ws-sales", 9)
        async with home.bot(timing=replace(BRISK, tick=3600), rules=FAILURES) as bot:
            await bot.poller.tick()
            await soon(home.texts)


# The wall clock steps


class Stepped(Unstepped):
    """The time that APScheduler sees after the machine's clock was set forward by `step`."""

    step = timedelta(0)

    def fromutc(self, wall: datetime) -> datetime:
        return super().fromutc(wall + self.step)


class WallClock(Stepped):
    """The time zone of a scheduler that believes the wall clock."""

    def fromutc(self, wall: datetime) -> datetime:
        return wall + self.step


async def longest_block(seconds: float) -> float:
    """The longest time the event loop was not ours within so many seconds."""
    ends, longest, before = time.monotonic() + seconds, 0.0, time.monotonic()
    while before < ends:
        await asyncio.sleep(0.005)
        now = time.monotonic()
        longest, before = max(longest, now - before), now
    return longest


@pytest.mark.parametrize("hours", [-24, -1, 1, 24], ids=lambda hours: f"{hours:+d} h")
async def test_no_turn_is_lost_or_made_up_for_when_the_wall_clock_is_set(hours: int) -> None:
    zone = Stepped()
    scheduler, work = Scheduler(Metrics(), zone=zone), Work()
    scheduler.every(QUICK, "poll", work)
    scheduler.start()
    await turned(work, 2)
    zone.step, before = timedelta(hours=hours), work.turns
    assert await longest_block(0.5) < 1
    assert 5 <= work.turns - before <= 0.5 / QUICK + 1
    await scheduler.stop(0)


async def test_a_job_whose_turns_no_longer_begin_is_named() -> None:
    zone = WallClock()
    scheduler, work = Scheduler(Metrics(), zone=zone), Work()
    scheduler.every(QUICK, "poll", work)
    assert scheduler.stalled(-1) == {}, "not started yet"
    scheduler.start()
    await turned(work, 2)
    assert scheduler.stalled(1) == {}
    zone.step = timedelta(hours=-1)
    await asyncio.sleep(0.3)
    assert scheduler.stalled(0.2)["poll"] > 0.2
    await scheduler.stop(0)


async def test_a_job_that_hangs_in_its_turn_is_named(scheduler: Scheduler) -> None:
    scheduler.every(QUICK, "poll", Work(seconds=60))
    scheduler.every(QUICK, "tell", Work())
    await asyncio.sleep(0.4)
    assert list(scheduler.stalled(0.2)) == ["poll"]
