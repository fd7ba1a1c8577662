"""Polls that come in together: few statements, and each as exact as alone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from benchmarks.settled import workspaces_of
from bot.domain.alerts import Change
from bot.domain.model import Day, Snapshot, Workspace
from bot.store.records import ReadResult
from bot.store.store import Store
from tests.support.counting import statements
from tests.support.fakes import full
from tests.support.use_cases import FINANCE, SALES, TODAY, UseCases

SPACES = (SALES, FINANCE)


async def rounds(house: UseCases, reads: int) -> int:
    """Poll until so many reads were begun; the number of turns."""
    turns, wanted = 0, len(house.source.asked) + reads
    while len(house.source.asked) < wanted:
        await house.poller.tick()
        await house.poller.settle()
        turns += 1
    return turns


@pytest.mark.parametrize("changed", [False, True])
async def test_a_round_of_a_hundred_workspaces_takes_few_statements(store: Store, changed: bool) -> None:
    house = UseCases(store, workspaces=workspaces_of(100), in_flight=64)
    await house.poller.prepare()
    await rounds(house, 300)
    if changed:
        for workspace in house.watched:
            house.source.counts[workspace.name, TODAY] = full(success_count=1)
    house.clock.forward(minutes=5)
    with statements(store) as asked:
        turns = await rounds(house, 100)
    # A turn claims at most twice. A group of answers reads its
    # alerts, its claims and its counts, and writes claims and counts, and changes of counts if there are any.
    # SQLite's BEGIN counts too.
    assert asked.number <= turns * (2 + 6 + changed)
    assert turns <= 2
    rows = await store.snapshots.latest([one.key for one in house.watched], house.clock().date())
    assert {row.read_at for row in rows.values()} == {house.clock()}


async def test_a_conflict_of_an_item_holds_up_no_other_of_its_group(store: Store) -> None:
    house, record, groups = UseCases(store, workspaces=SPACES), store.reads.record, list[int]()
    await house.poll()

    async def record_late(owner: str, results: Sequence[ReadResult]) -> list[ReadResult]:
        """Another replica writes the alert of `sales` between decision and record."""
        groups.append(len(results))
        if len(groups) == 1:
            (change,) = next(one.changes for one in results if one.claim.workspace_key == SALES.key)
            before = house.clock() - timedelta(minutes=1)
            meanwhile = replace(change.after, read_at=before, since=before, fired_at=before)
            assert await store.alerts.save([Change(None, meanwhile)])
        return await record(owner, results)

    store.reads.record = record_late  # type: ignore[method-assign]
    for workspace in SPACES:
        house.source.counts[workspace.name, TODAY] = full(fail_count=7)
    house.clock.forward(minutes=5)
    await rounds(house, 2)
    assert groups[:2] == [2, 1]
    on = house.clock().date()
    found = [(await store.alerts.newest(one.key, on))["failures"] for one in SPACES]
    assert [(one.breaches, one.value) for one in found] == [(2, 7), (1, 7)]
    assert await house.store.reads.failing(Day.TODAY, 1) == []


async def test_the_same_date_under_two_names_is_judged_in_turn(store: Store) -> None:
    house = UseCases(store)
    house.source.counts["sales", TODAY] = full(fail_count=7)
    fetch = house.source.fetch

    async def fetch_at_midnight(workspace: Workspace, day: Day, *rest: bool, **more: object) -> Snapshot:
        """DLF's date changes between the two answers."""
        found = await fetch(workspace, day, *rest, **more)  # type: ignore[arg-type]
        return replace(found, business_date=house.clock().date())

    house.source.fetch = fetch_at_midnight  # type: ignore[method-assign]
    await house.poll()
    (alert,) = (await store.alerts.newest(SALES.key, house.clock().date())).values()
    assert alert.value == 7
    assert {one.last_read_at for one in await store.reads.health("prod")} == {house.clock()}
