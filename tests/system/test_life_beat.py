"""The beat of a process: a death found wakes the jobs that take over; without a lock the log says so."""

import asyncio
import logging
from collections.abc import Collection

import pytest

from bot.app import life_beat
from bot.app.life_beat import living
from bot.metrics import Metrics
from bot.scheduler import Scheduler
from bot.store.life import Life
from bot.store.store import Store


class Deaths(Life):
    """Finds another process dead at the second look."""

    def __init__(self, owner: str) -> None:
        super().__init__(owner)
        self._looks = iter([(), ("other", "another")])

    async def beat(self) -> Collection[str]:
        return next(self._looks, ())


class Woken(Scheduler):
    def __init__(self, metrics: Metrics) -> None:
        super().__init__(metrics)
        self.woken: list[str] = []

    def wake(self, name: str, *, urgent: bool = False) -> None:
        self.woken.append(name)


def with_life(store: Store, life: Life) -> Store:
    async def live(owner: str) -> str:
        store.life = life
        return owner

    store.live = live  # type: ignore[method-assign]
    return store


async def test_a_death_wakes_the_jobs_that_take_over_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(life_beat, "BEAT", 0.001)
    metrics = Metrics()
    scheduler = Woken(metrics)
    alive = with_life(store, Deaths("me"))
    async with living(alive, "me", scheduler, metrics, wake=["poll", "tell"]) as owner, asyncio.timeout(20):
        assert owner == "me"
        while not scheduler.woken:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
    assert scheduler.woken == ["poll", "tell"]
    assert metrics.registry.get_sample_value("dlf_bot_replicas_died_total") == 2


async def test_a_process_without_a_life_lock_logs_it_once(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    metrics = Metrics()
    alone = with_life(store, Life("me", "The database's address leads to a pooler."))
    async with living(alone, "me", Woken(metrics), metrics, wake=[]):
        pass
    assert [record.message for record in caplog.records if "no_life_lock" in record.message]
