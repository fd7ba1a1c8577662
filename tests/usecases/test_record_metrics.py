"""The numbers on record as metrics: known or absent, the same on every replica, read with care."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from prometheus_client import generate_latest

from bot.config.settings import MAIN_COUNTS
from bot.domain.model import COUNT_NAMES
from bot.domain.rules import Severity
from bot.domain.silences import Silence
from bot.errors import DlfUnavailable
from bot.metrics import Metrics
from bot.store.store import Store, open_store
from bot.timing import Timing
from bot.usecases.record_metrics import RecordMetrics
from bot.usecases.replica import Replica
from tests.support.fakes import full
from tests.support.use_cases import FINANCE, POLL, SALES, UseCases

PATIENT = Timing(ready=5, measure=5)


@dataclass
class Scraped:
    """The metrics of a replica, scraped by hand."""

    house: UseCases
    metrics: Metrics
    record: RecordMetrics
    seconds: float = 0.0

    async def scrape(self, name: str, **labels: str) -> float | None:
        self.seconds += PATIENT.measure
        await self.record.refresh()
        return self.metrics.registry.get_sample_value(f"dlf_bot_{name}", labels)

    async def count(self, name: str, day: str = "today", workspace: str = "sales") -> float | None:
        return await self.scrape("instances", project="prod", workspace=workspace, day=day, count=name)


def scraped(
    store: Store,
    *,
    house: UseCases | None = None,
    owner: str = "one",
    counts: Sequence[str] = COUNT_NAMES,
    timing: Timing = PATIENT,
) -> Scraped:
    house = house or UseCases(store, workspaces=(SALES, FINANCE))
    metrics = Metrics()
    found = Scraped(house, metrics, cast(RecordMetrics, None))
    found.record = RecordMetrics(
        Replica(owner, store, house.clock, metrics, timing, timer=lambda: found.seconds),
        (SALES, FINANCE),
        {"failures": Severity.CRITICAL},
        poll_every=POLL,
        counts=counts,
    )
    return found


@pytest.fixture
async def file(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(f"sqlite:///{tmp_path}/bot.db")
    yield opened
    await opened.close()


async def test_counts_are_shown_as_they_were_read_and_what_is_unknown_is_absent(store: Store) -> None:
    one = scraped(store)
    assert await one.count("fail_count") is None
    one.house.source.counts["sales", "2026-11-23"] = full(fail_count=7, pause_count=None)  # type: ignore[arg-type]
    one.house.source.counts["sales", "2026-11-22"] = full(fail_count=3)
    one.house.source.broken["finance"] = DlfUnavailable("No answer.")
    await one.house.poll()
    assert (await one.count("fail_count"), await one.count("fail_count", "yesterday")) == (7, 3)
    assert await one.count("success_count") == 0
    assert await one.count("pause_count") is None
    assert await one.count("fail_count", workspace="finance") is None
    other = scraped(store, house=UseCases(store, clock=one.house.clock), owner="two")
    assert await other.count("fail_count") == 7


async def test_a_count_too_old_to_be_known_is_absent(file: Store) -> None:
    one = scraped(file)
    await one.house.poll()
    one.house.clock.forward(minutes=16)
    assert await one.count("fail_count") == 0
    one.house.clock.forward(seconds=1)
    assert await one.count("fail_count") is None
    assert await one.count("fail_count", "yesterday") == 0  # read every half hour


async def test_midnight_moves_the_counts_to_yesterday(file: Store) -> None:
    one = scraped(file)
    one.house.source.counts["sales", "2026-11-23"] = full(fail_count=7)
    await one.house.poll()
    one.house.clock.forward(hours=13, minutes=55)
    await one.house.poll()
    one.house.clock.forward(minutes=6)
    assert await one.count("fail_count") is None
    assert await one.count("fail_count", "yesterday") == 7


async def test_only_the_counts_that_are_wanted_are_shown(file: Store) -> None:
    main, none = scraped(file, counts=MAIN_COUNTS), scraped(file, counts=())
    await main.house.poll()
    await main.record.refresh()
    await none.record.refresh()
    assert shown(main) == 2 * 3 * len(MAIN_COUNTS)
    assert shown(none) == 0


def shown(one: Scraped) -> int:
    return generate_latest(one.metrics.registry).decode().count("\ndlf_bot_instances{")


async def test_alerts_silences_leases_and_ages_exist_from_the_start(store: Store) -> None:
    one = scraped(store)
    for state in ("firing", "pending"):
        for severity in Severity:
            assert await one.scrape("alerts", state=state, severity=severity.value) == 0
    assert await one.scrape("silences") == 0
    assert await one.scrape("leases_held", kind="channel") == 0
    one.house.clock.forward(seconds=30)
    assert await one.scrape("last_read_age_seconds", project="prod", workspace="sales") == 30
    assert await one.scrape("store_up") == 1


async def test_alerts_silences_leases_and_ages_follow_the_record(store: Store) -> None:
    one = scraped(store)
    one.house.source.counts["sales", "2026-11-23"] = full(fail_count=7)
    one.house.source.counts["finance", "2026-11-23"] = full(fail_count=7)
    await one.house.poll()
    now = one.house.clock.now
    await store.silences.add(Silence(None, "prod/logs", now.replace(hour=20), "U0ADA", now))
    await store.leases.acquire("channel:C1", "one", 20)
    await store.leases.acquire("channel:C2", "two", 20)
    one.house.clock.forward(seconds=90)
    assert await one.scrape("alerts", state="firing", severity="critical") == 2
    assert await one.scrape("silences") == 1
    assert await one.scrape("leases_held", kind="channel") == 1
    assert await one.scrape("last_read_age_seconds", project="prod", workspace="finance") == 90
    one.house.clock.forward(hours=18)
    assert await one.scrape("silences") == 0


async def test_a_scrape_costs_one_query_for_each_kind_and_none_soon_after(file: Store) -> None:
    one = scraped(file)
    operations: list[str] = []
    file.observe(lambda operation, seconds: operations.append(operation))
    await asyncio.gather(*(one.record.refresh() for _ in range(20)))
    await one.record.refresh()
    assert operations == ["read"] * 5


async def test_while_the_store_cannot_be_read_its_numbers_are_absent(file: Store, tmp_path: Path) -> None:
    one = scraped(file)
    await one.house.poll()
    assert await one.count("fail_count") == 0
    await file.close()
    (tmp_path / "bot.db").rename(tmp_path / "away.db")
    (tmp_path / "bot.db").mkdir()
    assert await one.scrape("store_up") == 0
    assert await one.count("fail_count") is None
    assert await one.scrape("silences") is None
    (tmp_path / "bot.db").rmdir()
    (tmp_path / "away.db").rename(tmp_path / "bot.db")
    assert await one.count("fail_count") == 0
    assert await one.scrape("store_up") == 1


class Held:
    """A store that holds its answer about counts back."""

    def __init__(self, store: Store) -> None:
        self._store, self.answers = store, asyncio.Event()
        self.snapshots = self

    async def history(self, *given: Any) -> Any:
        await self.answers.wait()
        return await self._store.snapshots.history(*given)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


async def test_a_slow_store_holds_up_no_scrape(file: Store) -> None:
    held = Held(file)
    held.answers.set()
    one = scraped(
        cast(Store, held), house=UseCases(file, workspaces=(SALES, FINANCE)), timing=Timing(ready=0)
    )
    await one.house.poll()
    one.seconds += 60
    await one.record.refresh()
    while shown(one) == 0:
        await asyncio.sleep(0)
    held.answers.clear()
    one.house.source.counts["sales", "2026-11-23"] = full(fail_count=7)
    one.house.clock.forward(minutes=5)
    await one.house.poll()
    assert await one.count("fail_count") == 0
    assert await one.count("fail_count") == 0
    held.answers.set()
    while await one.count("fail_count") != 7:
        await asyncio.sleep(0)
    held.answers.clear()
    await one.scrape("store_up")
    await one.record.stop()
