"""A time zone is corrected, a channel moved, a digest renamed: nothing false is said, and nothing twice."""

from dataclasses import replace
from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.domain.alerts import Change
from bot.domain.digest import Plan, Schedule
from bot.domain.model import Day, Snapshot
from bot.store.store import Store
from bot.usecases.alert_actions import AlertActions
from bot.usecases.judge import judge
from tests.support.fakes import full
from tests.support.use_cases import FAILURES, FINANCE, SALES, SINGAPORE, TODAY, YESTERDAY, UseCases
from tests.usecases.test_config_edits import burning, edited, polls

pytestmark = pytest.mark.sqlite

# At 10:00 of the 23rd in Singapore the 22nd has six hours left in Los Angeles.
WEST = replace(SALES, zone=ZoneInfo("America/Los_Angeles"))
MINUTE = timedelta(minutes=1)
ID = f"failures/prod/sales/{TODAY}/1"


async def corrected(house: UseCases, *, failed: int = 7, yesterday: int = 0) -> UseCases:
    """The zone is Los Angeles's; the counter of today is what it was, under another date."""
    after = await edited(house, workspaces=(WEST, FINANCE))
    after.source.counts["sales", TODAY] = full()
    after.source.counts["sales", YESTERDAY] = full(fail_count=failed)
    after.source.counts["sales", "2026-11-21"] = full(fail_count=yesterday)
    return after


async def test_an_alert_moves_to_the_date_that_its_count_belongs_to(store: Store) -> None:
    house = await burning(store)
    await AlertActions(store, clock=house.clock).acknowledge(ID, "U0ADA")
    await house.turn()
    after = await corrected(house)
    await after.notifier.tick()  # not before the names are settled
    await after.configs.tick()
    for _ in range(2):
        await after.tell()
    await polls(after, 3)
    (root,) = house.slack.messages
    assert root.text.startswith("⚠️ Warning · sales: 7 failed (limit 5)\n")
    assert "Sun 22 Nov" in root.text
    assert "Taken by <@U0ADA>" in root.text
    after.source.counts["sales", YESTERDAY] = full(fail_count=3)
    await polls(after, 1)
    assert root.text.startswith("✅ Resolved · sales: 3 failed")
    assert len(house.slack.roots()) == 1


async def test_no_poll_ends_it_by_the_count_of_another_date(store: Store) -> None:
    house = await burning(store)
    (alert,) = await store.alerts.firing()
    yesterday = Snapshot(WEST, Day.YESTERDAY, False, alert.key.business_date, full(), alert.read_at + MINUTE)
    assert list(judge(yesterday, {"failures": alert}, [FAILURES], (), watched=True)) == []
    await house.stop()


async def test_its_day_ends_at_the_midnight_of_the_corrected_zone(store: Store) -> None:
    house = await burning(store)
    after = await corrected(house)
    await after.configs.tick()
    await after.tell()
    await after.turn(hours=5, minutes=50)
    (root,) = house.slack.roots()
    assert root.text.startswith("⚠️ Warning · sales: 7 failed")
    await after.turn(minutes=11)
    assert root.text.startswith("🌙 Day over, not resolved · sales: 7 failed")
    assert len(house.slack.roots()) == 1


async def test_a_date_that_has_an_alert_of_its_own_keeps_it_and_the_other_is_closed(store: Store) -> None:
    house = await burning(store)
    house.clock.forward(days=-1)
    house.source.counts["sales", YESTERDAY] = full(fail_count=9)
    await house.turn()
    house.clock.forward(days=1)
    await house.turn()
    before = {root.text.splitlines()[0] for root in house.slack.roots()}
    assert before == {
        "⚠️ Warning · sales: 7 failed (limit 5)",
        "🌙 Day over, not resolved · sales: 9 failed (limit 5)",
    }
    after = await corrected(house)
    await polls(after, 2)
    titles = [root.text.splitlines()[0] for root in house.slack.roots()]
    closed = "⏹️ Closed · sales: the project's time zone was changed (Asia/Singapore → America/Los_Angeles)"
    assert sorted(titles[:2]) == sorted([closed, "🌙 Day over, not resolved · sales: 9 failed (limit 5)"])
    assert titles[2:] == ["⚠️ Warning · sales: 7 failed (limit 5)"]  # of a date that goes on after all


async def test_a_day_that_ended_is_not_corrected_by_the_count_of_another_date(store: Store) -> None:
    house = await burning(store)
    await house.turn(hours=14, seconds=5)
    (root,) = house.slack.roots()
    before = root.text
    assert before.startswith("🌙 Day over, not resolved · sales: 7 failed")
    after = await edited(house, workspaces=(replace(SALES, zone=ZoneInfo("UTC")), FINANCE))
    after.source.counts["sales", TODAY] = full()
    await polls(after, 8)
    assert root.text == before
    assert len(house.slack.messages) == 2


async def test_a_zone_with_the_same_date_changes_nothing_but_the_zone(store: Store) -> None:
    house = await burning(store)
    after = await edited(house, workspaces=(replace(SALES, zone=ZoneInfo("Asia/Tokyo")), FINANCE))
    await polls(after, 3)
    (root,) = house.slack.messages
    assert root.text.startswith("⚠️ Warning · sales: 7 failed")
    (alert,) = await store.alerts.firing()
    assert alert.terms is not None
    assert alert.terms.zone == ZoneInfo("Asia/Tokyo")


async def test_an_alert_of_an_older_version_has_not_ended_before_its_date_began(store: Store) -> None:
    house = await burning(store)
    (alert,) = await store.alerts.firing()
    assert await store.alerts.save([Change(alert, replace(alert, terms=None))])
    after = await corrected(house, failed=0)
    await polls(after, 8)
    (root,) = house.slack.roots()
    assert root.text.startswith("⚠️ Warning · sales: 7 failed")
    assert house.slack.replies() == []


async def test_a_moved_channel_takes_what_is_new_and_threads_stay(store: Store) -> None:
    house = await burning(store)
    after = await edited(house, workspaces=(replace(SALES, channel="#sales"), FINANCE))
    after.source.counts["sales", TODAY] = full(fail_count=20)
    await polls(after, 2)
    after.source.counts["sales", TODAY] = full()
    await polls(after, 1)
    after.source.counts["sales", TODAY] = full(fail_count=8)
    await polls(after, 1)
    assert [(one.channel, one.text.splitlines()[0]) for one in house.slack.roots()] == [
        ("#data-ops", "✅ Resolved · sales: 0 failed (limit 5)"),
        ("#sales", "⚠️ Warning · sales: 8 failed (limit 5)"),
    ]
    assert {reply.channel for reply in house.slack.replies()} == {"#data-ops"}
    assert len(house.slack.replies()) == 2


@pytest.mark.parametrize("name", ["daily", "Morning"])
async def test_a_renamed_digest_is_not_posted_again(store: Store, name: str) -> None:
    plan = Plan("morning", Schedule(time(9), SINGAPORE))
    house = UseCases(store, plans=[plan])
    await house.know_digests()
    await house.turn()
    assert len(house.slack.messages) == 1
    await house.stop()
    after = UseCases(
        store,
        source=house.source,
        slack=house.slack,
        clock=house.clock,
        owner="new",
        plans=[replace(plan, name=name)],
    )
    await polls(after, 3)
    assert len(house.slack.messages) == 1
    await after.turn(days=1)
    assert len(house.slack.messages) == 2


async def test_a_digest_with_a_corrected_zone_is_posted_once_a_date(store: Store) -> None:
    plan = Plan("morning", Schedule(time(9), SINGAPORE, max_lateness=timedelta(days=1)))
    house = UseCases(store, plans=[plan])
    await house.know_digests()
    await house.turn()
    await house.stop()
    later = replace(plan, schedule=replace(plan.schedule, zone=ZoneInfo("UTC")))
    after = UseCases(
        store, source=house.source, slack=house.slack, clock=house.clock, owner="new", plans=[later]
    )
    await after.turn(hours=8)
    assert len(house.slack.messages) == 1
    await after.turn(days=1)
    assert len(house.slack.messages) == 2
