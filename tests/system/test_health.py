"""Readiness: jobs that stand still, workspaces that no replica reads."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app.health import LOCK_LOST, UNWATCHED, Readiness
from bot.errors import DlfUnavailable, SlackError
from bot.metrics import Metrics
from bot.scheduler import Scheduler
from bot.secret import Secret
from bot.slack.sender import Sender
from bot.slack.session import open_session
from bot.store.life import Life
from bot.store.store import Store
from bot.timing import USUAL
from tests.support.config_texts import SMALL, Reader
from tests.support.counting import statements
from tests.support.fakes import HandClock, full
from tests.support.use_cases import FINANCE, SALES, UseCases

pytestmark = pytest.mark.sqlite

NOT_REACHED = "Slack: not connected yet"


class Looked:
    """A house with readiness beside it, and a scheduler that keeps turning nothing."""

    def __init__(self, house: UseCases, readiness: Readiness, scheduler: Scheduler) -> None:
        self.house, self.scheduler, self._readiness = house, scheduler, readiness

    async def look(self) -> tuple[list[str], list[str]]:
        found = await self._readiness.look()
        return [one for one in found.not_ready if one != NOT_REACHED], list(found.remarks)


@pytest.fixture
async def looked(store: Store, tmp_path: Path) -> AsyncIterator[Looked]:
    config = Reader(tmp_path / "config.yaml")(SMALL)
    house = UseCases(store, workspaces=(SALES, FINANCE))
    session, scheduler = open_session(), Scheduler(Metrics())
    scheduler.start()
    readiness = Readiness(
        config,
        store=store,
        sender=Sender(Secret("xoxb-1"), "http://127.0.0.1:1/api/", session, clock=house.clock),
        dispatcher=house.dispatcher,
        scheduler=scheduler,
        line=None,
        clock=house.clock,
        timing=replace(USUAL, stalled=0.2),
    )
    yield Looked(house, readiness, scheduler)
    await readiness.stop()
    await scheduler.stop(0)
    await session.close()


async def hang() -> None:
    await asyncio.sleep(60)


async def test_polls_that_stand_still_make_the_process_not_ready(looked: Looked) -> None:
    await looked.house.poll()
    looked.scheduler.every(0.02, "poll", hang)
    looked.scheduler.every(0.02, "digests", hang)
    assert await looked.look() == ([], [])
    await asyncio.sleep(0.5)
    (problem,), (remark,) = await looked.look()
    assert re.fullmatch(r"job poll has not run for \d+ s", problem)
    assert re.fullmatch(r"job digests has not run for \d+ s", remark)


class Lost(Life):
    may_send = False


async def test_a_process_that_lost_its_lock_says_so_and_stays_ready(looked: Looked) -> None:
    await looked.house.poll()
    looked.house.store.life = Lost("me")
    assert await looked.look() == ([], [LOCK_LOST])


async def test_a_workspace_that_no_replica_reads_is_named(looked: Looked) -> None:
    looked.house.clock.forward(days=1)
    problems, _ = await looked.look()
    assert problems == [f"DLF project prod: never read. {UNWATCHED}"]
    await looked.house.poll()
    assert await looked.look() == ([], [])
    await looked.house.store.reads.forget(looked.house.clock() + timedelta(days=9), but=[SALES.key])
    assert await looked.look() == ([], [f"workspace prod/finance: never read. {UNWATCHED}"])


async def test_readiness_asks_the_store_once_however_many_projects_there_are(looked: Looked) -> None:
    readiness = looked._readiness
    readiness._config = replace(readiness._config, projects=readiness._config.projects * 5)
    with statements(looked.house.store) as asked:
        await looked.look()
    assert asked.number == 2, "a small write, and the health of all workspaces"


async def test_a_workspace_read_last_long_ago_is_named(looked: Looked) -> None:
    await looked.house.poll()
    looked.house.clock.forward(hours=1)
    alone = UseCases(looked.house.store, clock=looked.house.clock, workspaces=(SALES,))
    await alone.poll()
    _, (remark,) = await looked.look()
    assert remark == f"workspace prod/finance: not read since {HandClock()():%Y-%m-%dT%H:%M:%SZ}. {UNWATCHED}"


async def test_without_the_default_channel_the_process_is_not_ready(looked: Looked) -> None:
    house = looked.house
    house.slack.next_post = [SlackError("No.", code="is_archived")]
    house.source.counts["sales", "2026-11-23"] = full(fail_count=7)
    await house.turn()
    cure = "The channel is archived. Unarchive it, or name another one in the config."
    said = "Slack: cannot post in the default channel #data-ops (is_archived). Messages are kept."
    assert await looked.look() == ([f"{said} {cure}"], [])
    house.dispatcher.parked.clear()
    house.dispatcher.parked["#finance"] = "is_archived"
    house.dispatcher.outdated["#data-ops"] = "no channel has this name now; messages go to C0OPS"
    assert await looked.look() == (
        [],
        [
            f"channel #finance: messages are waiting (is_archived). {cure}",
            "channel #data-ops: no channel has this name now; messages go to C0OPS",
        ],
    )


async def test_a_channel_that_slack_does_not_accept_for_now_is_a_remark(looked: Looked) -> None:
    looked.house.dispatcher.waiting["#finance"] = "http_503"
    remark = "channel #finance: retrying (http_503). Messages are kept."
    assert await looked.look() == ([], [remark])


async def test_a_start_reports_no_workspace_as_unread(looked: Looked) -> None:
    assert await looked.look() == ([], [])


async def test_a_workspace_that_left_the_config_is_not_reported(looked: Looked) -> None:
    gone = replace(SALES, name="gone")
    former = UseCases(looked.house.store, clock=looked.house.clock, workspaces=(gone, SALES, FINANCE))
    former.source.broken["gone"] = DlfUnavailable("DLF is away.")
    for _ in range(4):
        await former.turn(minutes=5)
    assert await looked.look() == ([], [])
