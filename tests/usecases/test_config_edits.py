"""The config is edited while an alert burns: one bot stops, its successor starts with the new config."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.domain.alerts import Ending, State
from bot.errors import DlfUnavailable
from bot.store.store import Store, open_store
from tests.support.fakes import full
from tests.support.use_cases import FAILURES, FINANCE, SALES, TODAY, UseCases

FIRST = date.fromisoformat(TODAY)
OTHER = replace(SALES, project="eu", name="logs", id="ws-logs")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = await open_store(f"sqlite:///{tmp_path}/bot.db")
    yield store
    await store.close()


async def burning(store: Store, **config: Any) -> UseCases:
    """Seven instances of sales have failed, and Slack knows it."""
    house = UseCases(store, **{"workspaces": (SALES, FINANCE)} | config)
    house.source.counts["sales", TODAY] = full(fail_count=7)
    await house.turn()
    assert "sales, 7 failed" in house.slack.roots()[0].text
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
    assert "business date Mon 23 Nov, read 10:00 (Asia/Singapore)" in root.text


async def test_a_removed_project_that_could_not_be_read_is_closed(store: Store) -> None:
    house = UseCases(store, workspaces=(SALES, OTHER))
    house.source.broken["logs"] = DlfUnavailable("DLF is away.")
    await polls(house, 3)
    (root,) = house.slack.roots()
    assert root.text.startswith("⛔ Critical: project eu, cannot read DLF")
    after = await edited(house, workspaces=(SALES,))
    await polls(after, 3)
    assert root.text.startswith("⛔ Critical")  # a replica with the old config may still read it
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


async def test_what_resolved_before_its_rule_left_the_config_is_told_as_resolved(store: Store) -> None:
    house = await burning(store)
    house.source.counts["sales", TODAY] = full(fail_count=2)
    house.clock.forward(minutes=5)
    await house.poll()
    after = await edited(house, rules=())
    await after.turn()
    assert house.slack.roots()[0].text.startswith("✅ Resolved: sales, now 2 failed")


async def test_the_edit_that_ended_an_alert_is_kept(store: Store) -> None:
    house = await burning(store)
    await polls(await edited(house, workspaces=(FINANCE,)), 5)
    (alert,) = (await store.alerts.newest(SALES.key, FIRST)).values()
    assert (alert.state, alert.ending) == (State.OVER, Ending.WORKSPACE_REMOVED)
