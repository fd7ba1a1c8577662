"""The config is edited while an alert fires: the bot stops, its successor starts with the new config."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bot.domain.alerts import Change, Ending, State, Terms
from bot.domain.model import Metric, StatusCounts
from bot.domain.silences import Silence
from bot.errors import DlfUnavailable
from bot.store.store import Store
from tests.support.fakes import full
from tests.support.use_cases import FAILURES, FINANCE, SALES, TODAY, UseCases

pytestmark = pytest.mark.sqlite

FIRST = date.fromisoformat(TODAY)
OTHER = replace(SALES, project="eu", name="logs", id="ws-logs")


async def burning(store: Store, **config: Any) -> UseCases:
    """Seven instances of sales have failed, and Slack knows it."""
    house = UseCases(store, **{"workspaces": (SALES, FINANCE)} | config)
    house.source.counts["sales", TODAY] = full(fail_count=7)
    await house.turn()
    assert "sales: 7 failed" in house.slack.roots()[0].text
    return house


async def edited(house: UseCases, **config: Any) -> UseCases:
    """The bot stopped, and started anew with another config."""
    await house.stop()
    config = {"workspaces": (SALES, FINANCE)} | config
    return UseCases(
        house.store, source=house.source, slack=house.slack, clock=house.clock, owner="new", **config
    )


async def polls(house: UseCases, times: int) -> None:
    for _ in range(times):
        await house.turn(minutes=5)


async def test_a_rule_that_watches_the_workspace_no_more_closes_its_alert_without_reminders(
    store: Store,
) -> None:
    house = await burning(store)
    after = await edited(house, rules=(replace(FAILURES, workspaces=frozenset({FINANCE.key})),))
    after.source.counts["sales", TODAY] = full()
    await polls(after, 5)
    (root,) = house.slack.roots()
    assert root.text.startswith(
        "⏹️ Closed · sales: rule failures no longer watches this workspace\n"
        "Not a recovery: 7 failed when last read at 10:00."
    )
    await after.turn(hours=14)
    assert root.text.startswith("⏹️ Closed")
    assert house.slack.replies() == []


async def test_a_removed_workspace_is_closed_in_its_own_zone(store: Store) -> None:
    house = await burning(store)
    after = await edited(house, workspaces=(FINANCE,))
    await polls(after, 5)
    (root,) = house.slack.roots()
    assert root.text.startswith(
        "⏹️ Closed · prod/sales: removed from the config\nNot a recovery: 7 failed when last read at 10:00."
    )
    assert "Mon 23 Nov, as of 10:00 (Asia/Singapore)" in root.text


async def test_a_removed_project_that_could_not_be_read_is_closed(store: Store) -> None:
    house = UseCases(store, workspaces=(SALES, OTHER))
    house.source.broken["logs"] = DlfUnavailable("DLF is away.")
    await polls(house, 3)
    (root,) = house.slack.roots()
    assert root.text.startswith("⛔ Critical · project eu: cannot read DLF")
    after = await edited(house, workspaces=(SALES,))
    await polls(after, 4)
    assert root.text.startswith("⛔ Critical")  # a replica with the old config may keep it, every ten minutes
    await polls(after, 3)
    assert root.text.startswith(
        "⏹️ Closed · project eu: removed from the config\n"
        "Not a recovery: DLF could still not be read at 10:15."
    )
    assert await store.alerts.firing() == []
    assert house.slack.replies() == []


async def test_an_alert_whose_rule_and_date_are_both_gone_is_closed_too(store: Store) -> None:
    house = await burning(store)
    after = await edited(house, rules=())
    await after.turn(days=4)
    (root,) = house.slack.roots()
    assert root.text.startswith("⏹️ Closed · sales: rule failures was removed from the config")


async def test_an_alert_resolved_before_its_rule_was_removed_is_announced_as_resolved(store: Store) -> None:
    house = await burning(store)
    house.source.counts["sales", TODAY] = full(fail_count=2)
    house.clock.forward(minutes=5)
    await house.poll()
    after = await edited(house, rules=())
    await after.turn()
    assert house.slack.roots()[0].text.startswith("✅ Resolved · sales: 2 failed")


async def test_the_edit_that_ended_an_alert_is_kept(store: Store) -> None:
    house = await burning(store)
    await polls(await edited(house, workspaces=(FINANCE,)), 5)
    (alert,) = (await store.alerts.newest(SALES.key, FIRST)).values()
    assert (alert.state, alert.ending) == (State.OVER, Ending.WORKSPACE_REMOVED)


RATE = replace(FAILURES, metric=Metric.SUCCESS_RATE, below=True, limit=95)


def lasting(success: int, failed: int) -> StatusCounts:
    return full(success_count=success, fail_count=failed)


async def test_another_metric_under_the_rules_name_ends_the_alert_and_begins_a_new_alert(
    store: Store,
) -> None:
    house = await burning(store)
    after = await edited(house, rules=(RATE,))
    after.source.counts["sales", TODAY] = lasting(40, 60)
    await polls(after, 1)
    old, new = house.slack.roots()
    assert old.text.startswith(
        "⏹️ Closed · sales: rule failures was changed (fail_count above 5 → success_rate below 95%)\n"
        "Not a recovery: 7 failed when last read at 10:00. A new alert follows if the new rule fires."
    )
    assert new.text.startswith("⚠️ Warning · sales: success rate 40% (limit 95%)\nSince 10:05")
    assert "<!here>" in new.text
    assert house.slack.replies() == []


async def test_another_direction_ends_the_alert_too(store: Store) -> None:
    house = await burning(store)
    after = await edited(house, rules=(replace(FAILURES, below=True),))
    await polls(after, 2)
    assert house.slack.roots()[0].text.startswith(
        "⏹️ Closed · sales: rule failures was changed (fail_count above 5 → fail_count below 5)"
    )


async def test_the_alert_ends_although_dlf_omits_the_new_rules_count(store: Store) -> None:
    house = await burning(store)
    after = await edited(house, rules=(RATE,))
    after.source.counts["sales", TODAY] = StatusCounts(fail_count=7, total_count=9)
    await polls(after, 1)
    assert house.slack.roots()[0].text.startswith("⏹️ Closed · sales: rule failures was changed")


async def test_a_day_that_ended_under_the_old_meaning_is_not_corrected_by_the_new_meaning(
    store: Store,
) -> None:
    house = await burning(store)
    await house.turn(hours=14, seconds=5)
    (root,) = house.slack.roots()
    before = root.text
    assert before.startswith("🌙 Day over, not resolved · sales: 7 failed")
    after = await edited(house, rules=(RATE,))
    after.source.counts["sales", TODAY] = lasting(40, 60)
    await polls(after, 8)
    assert [one.text for one in house.slack.messages if one.thread_ts is None] == [before]


async def test_a_limit_moved_past_the_value_resolves_the_alert_and_says_so(store: Store) -> None:
    house = await burning(store)
    after = await edited(house, rules=(replace(FAILURES, limit=50),))
    await polls(after, 2)
    (root,), (reply,) = house.slack.roots(), house.slack.replies()
    assert root.text.startswith("✅ Resolved · sales: 7 failed (limit now 50, was 5)\n")
    assert "The limit was changed: by the old one this alert would still fire." in root.text
    assert reply.text.startswith("✅ Resolved · sales: 7 failed (limit now 50, was 5)")


async def test_a_value_that_fell_resolves_it_as_ever_though_the_limit_was_moved(store: Store) -> None:
    house = await burning(store)
    after = await edited(house, rules=(replace(FAILURES, limit=50),))
    after.source.counts["sales", TODAY] = full(fail_count=2)
    await polls(after, 1)
    assert house.slack.roots()[0].text.startswith("✅ Resolved · sales: 2 failed (limit 50)\n")


async def test_a_limit_moved_short_of_the_value_is_shown_and_nothing_is_said(store: Store) -> None:
    house = await burning(store)
    after = await edited(house, rules=(replace(FAILURES, limit=6),))
    await polls(after, 1)
    (root,) = house.slack.messages
    assert "sales: 7 failed (limit 6)\nSince 10:00" in root.text
    back = await edited(after, rules=(FAILURES,))
    back.source.counts["sales", TODAY] = full(fail_count=6)
    await polls(back, 1)
    assert "sales: 6 failed (limit 5)\nSince 10:00 · peak 7" in root.text


async def test_an_alert_of_an_older_version_takes_the_rules_terms(store: Store) -> None:
    house = await burning(store)
    (alert,) = await store.alerts.firing()
    old = replace(alert, terms=None)
    assert await store.alerts.save([Change(alert, old)])
    after = await edited(house, rules=(RATE,))
    after.source.counts["sales", TODAY] = lasting(40, 60)
    await polls(after, 1)
    (alert,) = await store.alerts.firing()
    assert alert.id == old.id
    assert alert.terms == Terms(Metric.SUCCESS_RATE, True, 95, SALES.zone, SALES.id)


async def test_a_rule_with_another_name_does_not_tell_of_a_day_again_that_ended(store: Store) -> None:
    house = await burning(store)
    await house.turn(hours=14, seconds=5)
    said = [one.text for one in house.slack.messages]
    assert said[0].startswith("🌙 Day over, not resolved · sales: 7 failed")
    after = await edited(house, rules=(replace(FAILURES, name="failed"),))
    await polls(after, 8)
    assert [one.text for one in house.slack.messages] == said


async def test_a_name_that_stands_for_another_workspace_closes_the_alert_and_begins_anew(
    store: Store,
) -> None:
    house = await burning(store)
    after = await edited(house, workspaces=(replace(SALES, id="ws-other"), FINANCE))
    await polls(after, 1)
    old, new = house.slack.roots()
    assert old.text.startswith("⏹️ Closed · sales: this name now stands for another workspace\n")
    assert new.text.startswith("⚠️ Warning · sales: 7 failed")


async def test_the_end_of_a_silence_reveals_nothing_that_the_config_no_longer_watches(store: Store) -> None:
    house = await burning(store)
    until = house.clock.now + timedelta(minutes=10)
    await store.silences.add(Silence(None, SALES.key, until, "U0ADA", house.clock.now))
    await house.turn(minutes=9)
    said = len(house.slack.messages)
    after = await edited(house, rules=(replace(FAILURES, workspaces=frozenset({FINANCE.key})),))
    await after.turn(minutes=2)
    assert len(house.slack.messages) == said


async def test_a_folded_message_is_not_closed_beside_a_replica_with_the_old_config(store: Store) -> None:
    many = [replace(SALES, name=f"w{number}", id=f"id-{number}") for number in range(7)]
    house = UseCases(store, workspaces=[*many, FINANCE])
    for one in many:
        house.source.counts[one.name, TODAY] = full(fail_count=7)
    await house.turn()
    until = house.clock.now + timedelta(minutes=10)
    await store.silences.add(Silence(None, None, until, "U0ADA", house.clock.now))
    await house.turn(minutes=9)
    said = len(house.slack.messages)
    only_finance = replace(FAILURES, workspaces=frozenset({FINANCE.key}))
    after = await edited(house, workspaces=[*many, FINANCE], rules=(only_finance,))
    await after.turn(minutes=2)
    assert len(house.slack.messages) == said
