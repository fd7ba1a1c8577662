"""The order of readings, and the records of a reading."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.domain.alerts import Alert, AlertKey, Change, State
from bot.domain.model import COUNT_NAMES, Day, Snapshot, StatusCounts, Workspace
from bot.domain.sentence import Problem, sentence
from bot.store.records import ReadClaim, ReadHealth, ReadResult, RecordedCounts
from bot.store.store import Store, open_store

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
TODAY = date(2026, 11, 23)
SALES = Workspace("prod", "sales", "5a1b", ZoneInfo("Asia/Singapore"))
OTHER = replace(SALES, name="0", id="6c2d")
PAIR = (SALES.key, Day.TODAY)
SLOW = (sentence("DLF did not answer within {n} s.", n="10"), sentence("Counts are unknown for now."))
HELD, OVER = 30.0, 0.0
LATER = NOW + timedelta(minutes=5)
ALERT = Alert(AlertKey("failures", SALES.key, TODAY), 1, State.FIRING, 7, 7, NOW, NOW, fired_at=NOW)


def snapshot(fails: int | None = 7, at: datetime = NOW, **more: Any) -> Snapshot:
    counts = StatusCounts(fail_count=fails, total_count=10)
    return replace(Snapshot(SALES, Day.TODAY, False, TODAY, counts, at), **more)


async def claims(
    store: Store,
    owner: str = "a",
    now: datetime = NOW,
    *,
    limit: int = 10,
    seconds: float = HELD,
    **more: Any,
) -> list[ReadClaim]:
    chosen: dict[str, Any] = {"project": "prod", **more}
    return await store.reads.claim(owner, now, limit=limit, lease_seconds=seconds, **chosen)


async def claim(store: Store, owner: str = "a", now: datetime = NOW, seconds: float = HELD) -> ReadClaim:
    [found] = await claims(store, owner, now, limit=1, seconds=seconds)
    return found


async def record(store: Store, owner: str, claim: ReadClaim, due_at: datetime, *found: Any) -> bool:
    """Keep a snapshot and the changed alerts."""
    return bool(await store.reads.record(owner, [ReadResult(claim, due_at, *found)]))


async def failed(store: Store, claim: ReadClaim, owner: str, due_at: datetime, problem: Problem) -> bool:
    return bool(await store.reads.record(owner, [ReadResult(claim, due_at, problem=problem)]))


@pytest.fixture
async def other(store_url: str) -> AsyncIterator[Store]:
    opened = await open_store(store_url)
    yield opened
    await opened.close()


class TestReads:
    async def test_a_new_workspace_is_due_at_once_and_only_once(self, store: Store) -> None:
        await store.reads.ensure([PAIR], NOW)
        await store.reads.ensure([PAIR, PAIR], NOW)
        await store.reads.ensure([], NOW)
        first = await claim(store)
        assert (first.workspace_key, first.day, first.last_read_at, first.last_date, first.failures) == (
            *PAIR,
            None,
            None,
            0,
        )
        assert await claims(store) == []

    async def test_the_longest_due_goes_first(self, store: Store) -> None:
        pairs = [(f"prod/{n}", Day.TODAY) for n in range(4)]
        await store.reads.ensure(pairs, NOW)
        for age, found in zip([1, 3, 0, 2], await claims(store), strict=True):
            await record(store, "a", found, NOW - timedelta(minutes=age), snapshot(), [])
        order = [found.workspace_key for found in await claims(store, limit=3)]
        assert order == ["prod/1", "prod/3", "prod/0"]

    async def test_today_goes_before_past_days_unless_they_wait_for_hours(self, store: Store) -> None:
        yesterdays = [(f"prod/{n}", Day.YESTERDAY) for n in range(3)]
        await store.reads.ensure([("prod/0", Day.YESTERDAY)], NOW - timedelta(hours=7))
        await store.reads.ensure(yesterdays, NOW - timedelta(hours=5))
        await store.reads.ensure([("prod/1", Day.TODAY), ("prod/2", Day.TODAY)], NOW)
        order = [(found.workspace_key, found.day) for _ in range(5) for found in await claims(store, limit=1)]
        assert order == [
            ("prod/0", Day.YESTERDAY),
            ("prod/1", Day.TODAY),
            ("prod/2", Day.TODAY),
            ("prod/1", Day.YESTERDAY),
            ("prod/2", Day.YESTERDAY),
        ]

    async def test_only_what_is_asked_for_is_claimed(self, store: Store) -> None:
        keys = ["prod/old", "prod/sales", "test/sales"]
        others = await store.reads.ensure([(key, Day.TODAY) for key in keys], NOW)
        assert others == set()
        found = await claims(store, but=["prod/old", "prod/none"])
        assert [one.workspace_key for one in found] == ["prod/sales"]
        assert [one.workspace_key for one in await claims(store, project="test")] == ["test/sales"]
        assert await claims(store, project="none") == []
        assert await store.reads.ensure([("prod/sales", Day.TODAY)], NOW) == {"prod/old", "test/sales"}

    async def test_replicas_that_begin_together_do_not_wait_for_each_other_in_a_circle(
        self, store: Store, other: Store
    ) -> None:
        for turn in range(20):
            pairs = [(f"prod/{turn}-{n}", day) for n in range(100) for day in (Day.TODAY, Day.YESTERDAY)]
            await asyncio.gather(store.reads.ensure(pairs, NOW), other.reads.ensure(pairs[::-1], NOW))
        assert len(await store.reads.health("prod")) == 20 * 200

    async def test_many_replicas_share_the_work_without_overlap(self, store: Store, other: Store) -> None:
        pairs = [(f"prod/{n}", day) for n in range(20) for day in (Day.TODAY, Day.YESTERDAY)]
        await store.reads.ensure(pairs, NOW)

        async def work(replica: Store, owner: str) -> list[tuple[str, Day]]:
            mine: list[tuple[str, Day]] = []
            while found := await claims(replica, owner, limit=3):
                mine += [(each.workspace_key, each.day) for each in found]
            return mine

        shares = await asyncio.gather(*(work(one, f"r{n}") for n, one in enumerate((store, other) * 3)))
        assert sorted(pair for share in shares for pair in share) == sorted(pairs)

    async def test_a_dead_replicas_reading_is_taken_over(self, store: Store, other: Store) -> None:
        await store.reads.ensure([PAIR], NOW)
        dead = await claim(store, "a", seconds=OVER)
        heir = await claim(other, "b")
        assert not await record(store, "a", dead, LATER, snapshot(), [Change(None, ALERT)])
        assert not await failed(store, dead, "a", LATER, SLOW)
        assert await store.alerts.get(ALERT.id) is None
        assert await record(other, "b", heir, LATER, snapshot(), [])

    async def test_a_stalled_reading_is_fenced_off_even_from_the_same_replica(self, store: Store) -> None:
        await store.reads.ensure([PAIR], NOW)
        stalled = await claim(store, seconds=OVER)
        current = await claim(store)
        assert not await record(store, "a", stalled, LATER, snapshot(), [])
        assert not await failed(store, stalled, "a", LATER, SLOW)
        assert await record(store, "a", current, LATER, snapshot(), [])

    async def test_a_late_reading_counts_unless_another_replica_took_over(self, store: Store) -> None:
        await store.reads.ensure([PAIR], NOW)
        assert await record(store, "a", await claim(store, seconds=OVER), LATER, snapshot(), [])

    async def test_a_failed_read_is_counted_and_reported_until_a_read_succeeds(self, store: Store) -> None:
        await store.reads.ensure([PAIR], NOW)
        for _ in range(2):
            assert await failed(store, await claim(store), "a", NOW, SLOW)
        assert await store.reads.health("prod") == [ReadHealth(*PAIR, 2, SLOW, None)]
        third = await claim(store)
        assert third.failures == 2
        await record(store, "a", third, LATER, snapshot(), [])
        assert await store.reads.health("prod") == [ReadHealth(*PAIR, 0, (), NOW)]
        assert await store.reads.health("other") == []

    async def test_a_read_is_claimed_only_when_it_is_due(self, store: Store) -> None:
        await store.reads.ensure([PAIR], NOW)
        await record(store, "a", await claim(store), LATER, snapshot(), [])
        assert await claims(store) == []
        assert await store.reads.make_due(NOW, "test") == 0
        assert await store.reads.make_due(NOW, "prod", Day.YESTERDAY) == 0
        assert await store.reads.make_due(NOW, "prod", Day.TODAY) == 1
        found = await claim(store)
        assert (found.last_read_at, found.last_date) == (NOW, TODAY)

    async def test_a_read_made_due_meanwhile_is_repeated(self, store: Store) -> None:
        await store.reads.ensure([PAIR], NOW)
        await record(store, "a", await claim(store), LATER, snapshot(), [])
        reading = await claim(store, now=LATER)
        await record(store, "a", reading, LATER + timedelta(hours=1), snapshot(at=LATER), [])
        reading = await claim(store, now=LATER + timedelta(hours=1))
        await store.reads.make_due(NOW)
        await record(store, "a", reading, LATER + timedelta(hours=2), snapshot(at=LATER), [])
        assert len(await claims(store, now=NOW)) == 1

    async def test_a_clock_stepped_back_delays_no_read(self, store: Store) -> None:
        await store.reads.ensure([PAIR], NOW)
        await record(store, "a", await claim(store), NOW + timedelta(days=300), snapshot(), [])
        assert await store.reads.make_due(NOW, beyond=timedelta(days=301)) == 0
        assert await claims(store) == []
        assert await store.reads.make_due(NOW, beyond=timedelta(hours=1)) == 1
        assert len(await claims(store)) == 1

    @pytest.mark.parametrize("minutes", [30, 59])
    async def test_a_reading_claimed_before_the_clock_was_stepped_back_is_taken_over(
        self, store: Store, minutes: int
    ) -> None:
        await store.reads.ensure([PAIR], NOW)
        await claim(store, seconds=25 + 60 * minutes)
        assert len(await claims(store, "b", seconds=25)) == 1
        assert await claims(store) == []

    async def test_a_claim_given_back_is_anybodys_at_once(self, store: Store) -> None:
        await store.reads.ensure([PAIR], NOW)
        await store.reads.give_back([await claim(store)], "a")
        assert (await claim(store, "b")).failures == 0

    async def test_reads_of_no_replica_are_deleted_after_they_were_due(self, store: Store) -> None:
        await store.reads.ensure([PAIR], NOW)
        assert await store.reads.forget(NOW, but=[]) == 0
        assert await store.reads.forget(LATER, but=[SALES.key]) == 0
        mine = await claim(store)
        assert await store.reads.forget(LATER, but=[]) == 0, "somebody is reading it"
        await store.reads.give_back([mine], "a")
        assert await store.reads.forget(LATER, but=["prod/other"]) == 1
        assert await store.reads.health("prod") == []


class TestRecord:
    async def test_a_reading_and_what_it_made_of_the_alerts_are_kept_together(self, store: Store) -> None:
        await store.reads.ensure([PAIR], NOW)
        assert await record(store, "a", await claim(store), LATER, snapshot(), [Change(None, ALERT)])
        assert (await store.snapshots.latest([SALES.key], TODAY))[SALES.key].counts.fail_count == 7
        assert await store.alerts.get(ALERT.id) == ALERT

    async def test_nothing_is_kept_when_an_alert_was_changed_meanwhile(self, store: Store) -> None:
        await store.reads.ensure([PAIR], NOW)
        mine = await claim(store)
        await store.alerts.save([Change(None, ALERT)])
        assert not await record(store, "a", mine, LATER, snapshot(), [Change(None, ALERT)])
        assert await store.snapshots.latest([SALES.key], TODAY) == {}
        worse = Change(ALERT, replace(ALERT, value=9, read_at=LATER))
        assert await record(store, "a", mine, LATER, snapshot(), [worse])

    async def test_a_reading_is_recorded_once(self, store: Store) -> None:
        await store.reads.ensure([PAIR], NOW)
        mine = await claim(store)
        assert await record(store, "a", mine, LATER, snapshot(), [])
        assert not await record(store, "a", mine, LATER, snapshot(9), [])

    async def test_a_read_taken_over_by_another_replica_is_left_out_of_its_group(
        self, store: Store, other: Store
    ) -> None:
        await store.reads.ensure([PAIR, (OTHER.key, Day.TODAY)], NOW)
        mine = await claims(store, seconds=OVER)
        (taken,) = await claims(other, "b", limit=1)
        spaces = {SALES.key: SALES, OTHER.key: OTHER}
        results = [
            ReadResult(one, LATER, snapshot(workspace=spaces[one.workspace_key])) for one in reversed(mine)
        ]
        kept = await store.reads.record("a", results)
        assert [one.claim for one in kept] == [
            one for one in mine if one.workspace_key != taken.workspace_key
        ]
        assert list(await store.snapshots.latest(list(spaces), TODAY)) == [kept[0].claim.workspace_key]

    async def test_a_conflict_undoes_the_whole_group(self, store: Store) -> None:
        await store.reads.ensure([PAIR, (OTHER.key, Day.TODAY)], NOW)
        await store.alerts.save([Change(None, ALERT)])
        other, mine = sorted(await claims(store), key=lambda one: one.workspace_key)
        results = [
            ReadResult(other, LATER, snapshot(workspace=OTHER)),
            ReadResult(mine, LATER, snapshot(), [Change(None, ALERT)]),
        ]
        assert await store.reads.record("a", results) == []
        assert await store.snapshots.latest([SALES.key, OTHER.key], TODAY) == {}
        assert await store.reads.record("a", results[:1]) == results[:1]

    async def test_readings_and_failures_of_many_are_kept_together(self, store: Store) -> None:
        await store.reads.ensure([(f"prod/{n}", Day.TODAY) for n in range(20)], NOW)
        results = [
            ReadResult(one, LATER, problem=SLOW)
            if n % 2
            else ReadResult(one, LATER, snapshot(n, workspace=replace(SALES, name=f"{n}")))
            for n, one in enumerate(await claims(store, limit=20))
        ]
        assert len(await store.reads.record("a", results)) == 20
        health = await store.reads.health("prod")
        assert sorted(one.problem for one in health) == [()] * 10 + [SLOW] * 10
        assert len(await store.snapshots.latest([f"prod/{n}" for n in range(20)], TODAY)) == 10


class TestSnapshots:
    async def test_every_count_is_kept_and_unknown_stays_unknown(self, store: Store) -> None:
        counts = StatusCounts(**{name: n for n, name in enumerate(COUNT_NAMES)})
        own = replace(snapshot(), own=True, counts=counts)
        await store.snapshots.keep(own)
        await store.snapshots.keep(snapshot(None))
        kept = await store.snapshots.latest([SALES.key, "prod/none"], TODAY, own=True)
        assert kept == {SALES.key: RecordedCounts(SALES.key, TODAY, True, counts, NOW)}
        plain = (await store.snapshots.latest([SALES.key], TODAY))[SALES.key]
        assert plain.counts == StatusCounts(total_count=10)
        assert await store.snapshots.latest([], TODAY) == {}

    async def test_the_seven_days_have_no_date(self, store: Store) -> None:
        week = snapshot(40, day=Day.ALL, business_date=None)
        await store.snapshots.keep(week)
        await store.snapshots.keep(snapshot(7))
        assert (await store.snapshots.latest([SALES.key], None))[SALES.key].business_date is None
        assert (await store.snapshots.latest([SALES.key], TODAY))[SALES.key].counts.fail_count == 7
        assert [each[1] for each in await store.snapshots.history([SALES.key], date(2020, 1, 1))] == [TODAY]

    async def test_equal_counts_only_move_the_time_they_were_read(self, store: Store) -> None:
        for minute, fails in enumerate([None, None, 3, 3, None, 3]):
            await store.snapshots.keep(snapshot(fails, NOW + timedelta(minutes=minute)))
        course = await store.snapshots.course(SALES.key, TODAY)
        assert [(each.counts.fail_count, (each.read_at - NOW).seconds // 60) for each in course] == [
            (None, 0),
            (3, 2),
            (None, 4),
            (3, 5),
        ]
        assert (await store.snapshots.latest([SALES.key], TODAY))[SALES.key].read_at == NOW + timedelta(
            minutes=5
        )

    async def test_an_answer_that_comes_late_changes_nothing(self, store: Store) -> None:
        await store.snapshots.keep(snapshot(7, LATER))
        await store.snapshots.keep(snapshot(3, LATER - timedelta(minutes=2)))
        assert (await store.snapshots.latest([SALES.key], TODAY))[SALES.key].counts.fail_count == 7
        assert len(await store.snapshots.course(SALES.key, TODAY)) == 1

    async def test_an_answer_after_the_clock_was_set_back_counts(self, store: Store) -> None:
        await store.snapshots.keep(snapshot(7, LATER))
        await store.snapshots.keep(snapshot(3, LATER - timedelta(minutes=3)))
        assert (await store.snapshots.latest([SALES.key], TODAY))[SALES.key].counts.fail_count == 3

    async def test_history_is_the_last_of_each_date_for_many_workspaces_at_once(self, store: Store) -> None:
        dates = [TODAY - timedelta(days=ago) for ago in range(14, -1, -1)]
        story = [
            RecordedCounts(f"prod/{n}", day, False, StatusCounts(fail_count=day.day), NOW - (TODAY - day))
            for n in range(300)
            for day in dates
        ]
        await store.snapshots.fill(story)
        await store.snapshots.fill(story[:5])
        await store.snapshots.fill([])
        found = await store.snapshots.history([f"prod/{n}" for n in range(200)], dates[1])
        assert len(found) == 200 * 14
        assert [(each[0], each[1], each[2].fail_count) for each in found[:14]] == [
            ("prod/0", day, day.day) for day in dates[1:]
        ]
        assert await store.snapshots.first_read_at("prod/7") == NOW - timedelta(days=14)
        assert await store.snapshots.first_read_at("prod/none") is None

    async def test_totals_are_sums_of_each_date_and_unknown_where_a_part_is(self, store: Store) -> None:
        before = TODAY - timedelta(days=1)
        numbers = [("prod/a", before, 2, 5), ("prod/b", before, 3, None), ("prod/a", TODAY, 4, 0)]
        others = [("prod/c", before, 90, 90), ("prod/a", TODAY - timedelta(days=9), 90, 90)]
        await store.snapshots.fill(
            RecordedCounts(key, on, False, StatusCounts(fail_count=fails, total_count=total), NOW)
            for key, on, fails, total in numbers + others
        )
        await store.snapshots.fill([RecordedCounts("prod/a", before, True, StatusCounts(fail_count=90), NOW)])
        found = await store.snapshots.totals(["prod/a", "prod/b"], before, TODAY + timedelta(days=1))
        assert list(found.items()) == [
            (before, (2, StatusCounts(fail_count=5))),
            (TODAY, (1, StatusCounts(fail_count=4, total_count=0))),
        ]

    async def test_old_counts_are_forgotten_in_small_steps(self, store: Store) -> None:
        story = [
            RecordedCounts(f"prod/{n}", TODAY, False, StatusCounts(), NOW - timedelta(days=n % 2))
            for n in range(1200)
        ]
        await store.snapshots.fill(story)
        assert await store.snapshots.prune(NOW) == 1200
        assert len(await store.snapshots.latest([each.workspace_key for each in story], TODAY)) == 600


async def test_many_readings_are_compared_in_a_thread(store: Store) -> None:
    class Pairs(list[tuple[str, Day]]):
        def __iter__(self) -> Iterator[tuple[str, Day]]:
            threads.append(threading.current_thread())
            return super().__iter__()

    threads: list[threading.Thread] = []
    assert await store.reads.ensure(Pairs([("prod/sales", Day.TODAY)]), NOW) == set()
    assert await store.reads.ensure(Pairs([("prod/finance", Day.TODAY)]), NOW) == {"prod/sales"}
    assert threads, "nobody looked"
    assert threading.main_thread() not in threads
