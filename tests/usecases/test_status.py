"""Answering a question: callers share a call, and recorded counts stand beside live counts."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.model import Answer, Day, Metric, Snapshot, Workspace
from bot.errors import DlfUnavailable
from bot.messages.condition import RowCondition, condition
from bot.messages.status import render_status
from bot.store.records import RecordedCounts
from bot.store.store import Store
from bot.timing import USUAL
from bot.usecases.fair_turns import FairTurns
from bot.usecases.replica import Replica
from bot.usecases.status import Status
from tests.support.fakes import FakeSource, HandClock, full
from tests.support.use_cases import FINANCE, SALES, SINGAPORE, TODAY, YESTERDAY

pytestmark = pytest.mark.sqlite

MANY = tuple(Workspace("prod", f"w{n}", f"ws-{n}", SINGAPORE) for n in range(20))
AWAY = DlfUnavailable("DLF did not answer in time.")


class Desk:
    """Where questions are asked: a source set by hand, a real store, a clock moved by hand."""

    def __init__(self, store: Store, *, kept_for: float = 5.0, on_record: float = 2.0) -> None:
        self.source, self.clock, self.store = FakeSource(), HandClock(), store
        self.status = Status(
            Replica(
                "one", store, self.clock, timing=replace(USUAL, answer_kept=kept_for, on_record=on_record)
            ),
            {"prod": self.source},
            max_age={Day.TODAY: timedelta(minutes=5), Day.YESTERDAY: timedelta(minutes=30)},
            turns={"prod": FairTurns(4)},
        )

    async def ask(self, *workspaces: Workspace, day: Day = Day.TODAY, own: bool = False) -> Answer:
        return await self.status.complete(workspaces or (SALES,), day, own)

    async def on_record(self, workspaces: Sequence[Workspace], fails: int, *, ago: timedelta) -> None:
        at = self.clock() - ago
        for one in workspaces:
            counts = full(fail_count=fails)
            await self.store.snapshots.keep(
                Snapshot(one, Day.TODAY, False, at.astimezone(SINGAPORE).date(), counts, at)
            )


@pytest.fixture
async def desk(store: Store) -> AsyncIterator[Desk]:
    made = Desk(store)
    yield made
    await made.status.stop()


async def everybody_waits(number: int) -> None:
    """Wait until this many questions have reached DLF, or joined a question under way."""
    async with asyncio.timeout(40):
        while sum("._ask" in str(task.get_coro()) for task in asyncio.all_tasks()) < number:
            await asyncio.sleep(0.01)


def fails(answer: Answer) -> list[int | None]:
    return [row.snapshot.counts.fail_count if row.snapshot else None for row in answer.rows]


async def test_a_forced_question_reads_once_for_all_callers(desk: Desk) -> None:
    await desk.on_record(MANY, 1, ago=timedelta(minutes=2))
    assert not any(row.coming for row in (await desk.status.known(MANY, Day.TODAY, False)).rows)
    desk.source.delay = 0.05

    async def press() -> Answer:
        known = await desk.status.known(MANY, Day.TODAY, False, anew=True)
        return [answer async for answer in desk.status.answer(known)][-1]

    answers = await asyncio.gather(*(press() for _ in range(10)))
    assert {tuple(fails(answer)) for answer in answers} == {(0,) * len(MANY)}
    assert len(desk.source.asked) == len(MANY)


async def test_fifty_equal_questions_share_one_call_and_later_ones_too(store: Store) -> None:
    desk = Desk(store, kept_for=60)
    desk.source.delay = 0.05
    answers = await asyncio.gather(*(desk.ask() for _ in range(50)))
    assert {answer.rows[0].snapshot for answer in answers} == {answers[0].rows[0].snapshot}
    await desk.ask()
    assert desk.source.asked == [("sales", Day.TODAY, False)]


class Blank:
    """A store with nothing on record, which says so at once."""

    def __init__(self) -> None:
        self.snapshots = self

    async def latest(self, *_: object, **__: object) -> dict[str, RecordedCounts]:
        return {}

    async def history(self, *_: object, **__: object) -> list[RecordedCounts]:
        return []

    async def keep(self, *_: object) -> None:
        return None


async def test_a_question_at_the_moment_of_the_answer_shares_it() -> None:
    for steps in range(12):  # of the event loop, between the first and the second
        desk = Desk(Blank(), kept_for=60)  # type: ignore[arg-type]
        first = asyncio.create_task(desk.ask())
        for _ in range(steps):
            await asyncio.sleep(0)
        await asyncio.gather(first, desk.ask())
        assert len(desk.source.asked) == 1, steps


async def test_another_day_scope_or_workspace_is_another_question(desk: Desk) -> None:
    desk.source.delay = 0.02
    await asyncio.gather(
        desk.ask(),
        desk.ask(day=Day.YESTERDAY),
        desk.ask(own=True),
        desk.ask(FINANCE),
        desk.ask(SALES, FINANCE),
    )
    assert len(desk.source.asked) == 4


async def test_an_answer_serves_for_a_while_and_not_over_midnight(store: Store) -> None:
    desk = Desk(store, kept_for=60)
    desk.source.counts["sales", TODAY] = full(fail_count=7)
    assert fails(await desk.ask()) == [7]
    desk.clock.forward(hours=14, seconds=1)  # in Singapore it is another day
    assert fails(await desk.ask()) == [0]
    short = Desk(store, kept_for=0)
    await short.ask()
    await short.ask()
    assert len(short.source.asked) == 2
    await desk.status.stop()
    await short.status.stop()


async def test_a_failure_is_shared_by_waiting_callers_and_not_cached(desk: Desk) -> None:
    desk.source.answers.clear()
    desk.source.error = AWAY
    asking = [asyncio.create_task(desk.ask()) for _ in range(10)]
    await everybody_waits(10)
    desk.source.answers.set()
    answers = await asyncio.gather(*asking)
    assert {answer.rows[0].problem for answer in answers} == {AWAY.problem}
    assert len(desk.source.asked) == 1
    desk.source.error = None
    assert fails(await desk.ask()) == [0]


async def test_a_cancelled_question_does_not_cancel_the_shared_request(desk: Desk) -> None:
    desk.source.delay = 0.1
    leaves, stays = asyncio.create_task(desk.ask()), asyncio.create_task(desk.ask())
    await asyncio.sleep(0.05)
    leaves.cancel()
    assert fails(await stays) == [0]
    assert len(desk.source.asked) == 1


async def test_few_are_asked_live_and_many_are_told_what_the_poll_read(desk: Desk) -> None:
    await desk.on_record([SALES, *MANY], 3, ago=timedelta(minutes=2))
    assert fails(await desk.ask(SALES)) == [0]
    assert desk.source.asked == [("sales", Day.TODAY, False)]
    assert fails(await desk.ask(*MANY)) == [3] * 20
    assert len(desk.source.asked) == 1


async def test_of_many_workspaces_only_missing_or_stale_ones_are_asked_live(desk: Desk) -> None:
    fresh, stale, missing = MANY[:10], MANY[10:15], MANY[15:]
    await desk.on_record(fresh, 3, ago=timedelta(minutes=2))
    await desk.on_record(stale, 4, ago=timedelta(minutes=6))
    answer = await desk.ask(*MANY)
    assert fails(answer) == [3] * 10 + [0] * 10
    assert {name for name, *_ in desk.source.asked} == {one.name for one in (*stale, *missing)}
    assert not any(row.coming for row in answer.rows)


async def test_a_failed_question_shows_the_record_and_the_reason(desk: Desk) -> None:
    await desk.on_record([SALES], 3, ago=timedelta(minutes=20))
    desk.source.error = AWAY
    (sales, finance) = (await desk.ask(SALES, FINANCE)).rows
    assert sales.snapshot is not None
    assert (sales.snapshot.counts.fail_count, sales.problem) == (3, AWAY.problem)
    assert (finance.snapshot, finance.problem) == (None, AWAY.problem)


async def test_yesterday_is_compared_with_the_day_before(desk: Desk) -> None:
    at = desk.clock() - timedelta(days=1)
    before = Snapshot(SALES, Day.YESTERDAY, False, at.date() - timedelta(days=1), full(fail_count=5), at)
    await desk.store.snapshots.keep(before)
    desk.source.counts["sales", YESTERDAY] = full(fail_count=2)
    (row,) = (await desk.ask(day=Day.YESTERDAY)).rows
    assert row.snapshot is not None and row.snapshot.counts.fail_count == 2
    assert row.before is not None and row.before.fail_count == 5
    (today,) = (await desk.ask()).rows
    assert today.before is None, "half a day is not compared with a whole one"


async def test_without_a_store_questions_are_answered_all_the_same(desk: Desk) -> None:
    await desk.store.close()
    desk.source.counts["sales", TODAY] = full(fail_count=7)
    assert fails(await desk.ask()) == [7]


async def test_closing_cancels_questions_under_way(desk: Desk) -> None:
    desk.source.delay = 60
    asking = asyncio.create_task(desk.ask())
    await asyncio.sleep(0.05)
    asking.cancel()
    async with asyncio.timeout(1):
        await desk.status.stop()
    assert not [task for task in asyncio.all_tasks() if "_fetch" in repr(task)]


class Silent(Blank):
    """A store that takes every question and answers none."""

    asked = 0

    async def latest(self, *_: object, **__: object) -> dict[str, RecordedCounts]:
        self.asked += 1
        await asyncio.Event().wait()
        return {}


async def test_a_hanging_store_delays_no_answer_for_long() -> None:
    """The known part is answered in time, and completed without asking the store again."""
    silent = Silent()
    status = Desk(silent, on_record=0.1).status  # type: ignore[arg-type]
    async with asyncio.timeout(2):
        known = await status.known((SALES, FINANCE), Day.YESTERDAY, False)
        assert [row.coming for row in known.rows] == [True, True]
        answers = [answer async for answer in status.answer(known)]
    assert fails(answers[-1]) == [0, 0]
    assert silent.asked == 1


async def past(desk: Desk, ago: int, **counts: int) -> None:
    """Put on record what a date so many days ago had when it was read two minutes ago."""
    at = desk.clock() - timedelta(minutes=2)
    on = desk.clock().astimezone(SINGAPORE).date() - timedelta(days=ago)
    await desk.store.snapshots.keep(Snapshot(SALES, Day.YESTERDAY, False, on, full(**counts), at))


async def test_today_comes_with_what_still_waits_on_past_dates_each_by_itself(desk: Desk) -> None:
    await past(desk, 1, running_exception_count=3, fail_count=9, pause_count=4)
    await past(desk, 2, running_exception_count=1, waiting_confirm_count=2)
    await past(desk, 3, running_exception_count=50)
    await past(desk, 0, running_exception_count=9)
    (row,) = (await desk.ask()).rows
    assert row.snapshot
    assert row.snapshot.counts.running_exception_count == 0
    assert [(one.metric, one.value, one.business_date.isoformat()) for one in row.leftovers] == [
        (Metric.RUNNING_EXCEPTION_COUNT, 3, "2026-11-22"),
        (Metric.RUNNING_EXCEPTION_COUNT, 1, "2026-11-21"),
        (Metric.WAITING_CONFIRM_COUNT, 2, "2026-11-21"),
    ]
    assert condition(row) is RowCondition.FAILING


async def test_the_immediate_answer_shows_leftovers_too_and_other_days_have_none(desk: Desk) -> None:
    await past(desk, 1, running_exception_count=3)
    known = await desk.status.known((SALES,), Day.TODAY, False)
    assert [one.value for one in known.rows[0].leftovers] == [3]
    assert (await desk.ask(day=Day.YESTERDAY)).rows[0].leftovers == ()
    assert (await desk.ask(own=True)).rows[0].leftovers == (), "these are the instances of others"


async def test_a_leftover_that_was_read_long_ago_says_when(desk: Desk) -> None:
    await past(desk, 1, running_exception_count=3)
    desk.clock.forward(hours=2)
    said = render_status(await desk.ask()).text
    assert "⚠️ +3 still stuck from Sun 22 Nov (as of 23 Nov 09:58)" in said
    assert "Stuck instances wait for a person" in said


async def test_many_workspaces_add_up_what_waits_within_a_date_and_none_is_green(desk: Desk) -> None:
    await past(desk, 1, running_exception_count=3)
    said = render_status(await desk.ask(SALES, FINANCE)).text
    assert "⚠️ 0 failed, 0 stuck in 2 workspaces; +3 still stuck from Sun 22 Nov" in said
    assert "sales: ⚠️ 0 failed, 0 stuck, 0 of 10 succeeded; +3 still stuck from Sun 22 Nov" in said
