"""Workspaces, projects and rules are renamed while an alert burns; and replicas with both configs run."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from bot.domain.alerts import Alert
from bot.domain.model import Metric, Workspace
from bot.domain.silences import Silence
from bot.errors import DlfUnavailable
from bot.store.store import Store
from bot.usecases.alert_actions import AlertActions
from tests.support.fakes import full
from tests.support.use_cases import FAILURES, FINANCE, SALES, TODAY, UseCases
from tests.usecases.test_config_edits import FIRST, burning, edited, polls

pytestmark = pytest.mark.sqlite

MARKET = replace(SALES, name="market")
ID = f"failures/prod/sales/{TODAY}/1"


async def taken(store: Store) -> UseCases:
    """The alert of sales burns, Ada has it, and the workspace is silenced for a day."""
    house = await burning(store)
    await AlertActions(store, clock=house.clock).acknowledge(ID, "U0ADA")
    until = house.clock.now.replace(hour=23)
    await store.silences.add(Silence(None, SALES.key, until, "U0ADA", house.clock.now))
    await house.turn(minutes=5)
    return house


async def newest(store: Store, workspace: Workspace) -> Alert:
    (alert,) = (await store.alerts.newest(workspace.key, FIRST)).values()
    return alert


def counts(house: UseCases, workspaces: Iterable[Workspace], failed: int) -> None:
    for one in workspaces:
        house.source.counts[one.name, TODAY] = full(fail_count=failed)


@pytest.mark.parametrize("name", ["market", "Sales"])
async def test_a_renamed_workspace_keeps_its_message_its_taker_and_its_silence(
    store: Store, name: str
) -> None:
    house = await taken(store)
    said = len(house.slack.messages)
    renamed = replace(SALES, name=name)
    after = await edited(house, workspaces=(renamed, FINANCE))
    counts(after, [renamed], 7)
    await polls(after, 5)
    assert len(house.slack.messages) == said
    root = house.slack.roots()[0]
    assert root.text.startswith(f"⚠️ Warning · {name}: 7 failed (limit 5)\n")
    assert "Taken by <@U0ADA>" in root.text
    assert f"prod/{name}" in root.text
    alert = await newest(store, renamed)
    assert (alert.id, alert.acknowledged and alert.acknowledged.by) == (ID, "U0ADA")
    (silence,) = await store.silences.active(after.clock.now)
    assert silence.subject == renamed.key
    assert "Silenced by" in root.text


async def test_its_record_moves_along(store: Store) -> None:
    house = await taken(store)
    first = await store.snapshots.first_read_at(SALES.key)
    after = await edited(house, workspaces=(MARKET, FINANCE))
    await after.configs.tick()
    assert await store.snapshots.first_read_at(MARKET.key) == first
    assert await store.snapshots.first_read_at(SALES.key) is None
    assert {one.workspace_key for one in await store.reads.health("prod")} == {MARKET.key, FINANCE.key}


async def test_the_next_episode_gets_a_new_id(store: Store) -> None:
    house = await burning(store)
    after = await edited(house, workspaces=(MARKET, replace(SALES, id="ws-new"), FINANCE))
    counts(after, [MARKET, SALES], 0)
    await polls(after, 1)
    counts(after, [MARKET, SALES], 8)
    await polls(after, 1)
    assert (await newest(store, MARKET)).id == f"failures/prod/sales/{TODAY}/2"
    assert (await newest(store, SALES)).id == f"failures/prod/sales/{TODAY}/1+"
    titles = [root.text.splitlines()[0] for root in house.slack.roots()]
    assert sorted(titles, reverse=True) == [
        "✅ Resolved · market: 0 failed (limit 5)",
        "⚠️ Warning · sales: 8 failed (limit 5)",
        "⚠️ Warning · market: 8 failed (limit 5)",
    ]


async def test_two_workspaces_that_swap_their_names_keep_what_is_theirs(store: Store) -> None:
    house = await taken(store)
    swapped = (replace(SALES, name="finance"), replace(FINANCE, name="sales"))
    after = await edited(house, workspaces=swapped)
    after.source.counts.clear()
    counts(after, swapped[:1], 7)
    await polls(after, 2)
    assert (await newest(store, swapped[0])).id == ID
    assert await store.alerts.newest(swapped[1].key, FIRST) == {}
    assert house.slack.roots()[0].text.startswith("⚠️ Warning · finance: 7 failed")
    assert len(house.slack.roots()) == 1


async def test_where_an_id_has_two_names_nothing_moves(store: Store) -> None:
    house = await taken(store)
    after = await edited(house, workspaces=(SALES, MARKET, FINANCE))
    await polls(after, 1)
    assert (await newest(store, SALES)).id == ID
    assert (await store.alerts.newest(MARKET.key, FIRST)) == {}
    only = await edited(after, workspaces=(MARKET, FINANCE))
    await polls(only, 5)
    assert house.slack.roots()[0].text.startswith("⏹️ Closed · prod/sales: removed from the config")


async def test_a_renamed_project_keeps_its_alerts_and_its_trouble(store: Store) -> None:
    house = await taken(store)
    house.source.broken["finance"] = DlfUnavailable("DLF is away.")
    await polls(house, 3)
    said = len(house.slack.messages)
    renamed = [replace(one, project="main") for one in (SALES, FINANCE)]
    await house.stop()
    after = UseCases(
        store,
        source=house.source,
        slack=house.slack,
        clock=house.clock,
        owner="new",
        workspaces=renamed,
        identities={"main": "prod"} | {one.key: one.id for one in renamed},
    )
    await polls(after, 4)
    assert len(house.slack.messages) == said
    assert [root.text.splitlines()[0] for root in house.slack.roots()] == [
        "⚠️ Warning · sales: 7 failed (limit 5)",
        "⛔ Critical · project main: cannot read DLF (1 workspace)",
    ]
    assert (await newest(store, renamed[0])).id == ID


async def test_a_rule_with_other_capitals_is_the_same_rule(store: Store) -> None:
    house = await taken(store)
    said = len(house.slack.messages)
    after = await edited(house, rules=(replace(FAILURES, name="Failures"),))
    await polls(after, 5)
    assert len(house.slack.messages) == said
    assert "rule Failures: fail_count above 5" in house.slack.roots()[0].text
    assert (await newest(store, SALES)).id == ID


async def test_a_rule_with_another_name_closes_and_begins_anew(store: Store) -> None:
    house = await burning(store)
    after = await edited(house, rules=(replace(FAILURES, name="failed"),))
    await polls(after, 5)
    old, new = house.slack.roots()
    assert old.text.startswith("⏹️ Closed · sales: rule failures was removed from the config")
    assert new.text.startswith("⚠️ Warning · sales: 7 failed")


async def test_two_replicas_that_settle_at_once_move_everything_once(store: Store) -> None:
    house = await taken(store)
    await house.stop()
    known = await store.names.known()
    wanted = {MARKET.key: MARKET.id, FINANCE.key: FINANCE.id, "prod": "prod"}
    for _ in range(2):
        await store.names.settle({SALES.key: MARKET.key}, {}, wanted)
    assert known[SALES.key] == MARKET.id
    assert await store.snapshots.first_read_at(MARKET.key) is not None
    assert await store.names.known() == wanted


@pytest.mark.parametrize("edit", ["renamed", "rule", "metric", "limit", "reach", "removed"])
async def test_beside_a_replica_with_the_old_config_nothing_is_said_and_nothing_is_lost(
    store: Store, edit: str
) -> None:
    """Ten minutes with both, polled every minute, each as often as the other; then the old replica stops."""
    old = await taken(store)
    said = [(one.ts, one.text.splitlines()[0]) for one in old.slack.messages]
    workspaces, rule = [SALES, FINANCE], FAILURES
    match edit:
        case "renamed":
            workspaces = [MARKET, FINANCE]
        case "removed":
            workspaces = [FINANCE]
        case "rule":
            rule = replace(FAILURES, name="Failures")
        case "metric":
            rule = replace(FAILURES, metric=Metric.SUCCESS_RATE, below=True, limit=95)
        case "limit":
            rule = replace(FAILURES, limit=50)
        case "reach":
            rule = replace(FAILURES, workspaces=frozenset({FINANCE.key}))
    new = UseCases(
        store,
        source=old.source,
        slack=old.slack,
        clock=old.clock,
        owner="new",
        workspaces=workspaces,
        rules=(rule,),
    )
    counts(new, [SALES, MARKET], 7)
    for turn in range(10):
        old.clock.forward(minutes=1)
        await store.reads.make_due(old.clock.now)
        for one in (old, new) if turn % 2 else (new, old):
            await one.turn()
            await one.notifier.stop()  # the other replica tells next
    assert [(one.ts, one.text.splitlines()[0]) for one in old.slack.messages] == said
    await old.stop()
    await polls(new, 5)
    titles = [root.text.splitlines()[0] for root in old.slack.roots()]
    assert titles[0] == AFTERWARDS[edit]
    assert len(titles) == 1
    if edit in ("renamed", "rule"):
        assert "Taken by <@U0ADA>" in old.slack.roots()[0].text


AFTERWARDS = {
    "renamed": "⚠️ Warning · market: 7 failed (limit 5)",
    "rule": "⚠️ Warning · sales: 7 failed (limit 5)",
    "metric": "⏹️ Closed · sales: rule failures was changed (fail_count above 5 → success_rate below 95%)",
    "limit": "✅ Resolved · sales: 7 failed (limit now 50, was 5)",
    "reach": "⏹️ Closed · sales: rule failures no longer watches this workspace",
    "removed": "⏹️ Closed · prod/sales: removed from the config",
}
