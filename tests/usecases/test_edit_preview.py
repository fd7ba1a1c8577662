"""The preview of a config equals its real effect."""

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.cli.check_edit import lines
from bot.store.store import Store
from bot.usecases.edit_preview import EditPreviews
from tests.support.fakes import full
from tests.support.use_cases import FAILURES, FINANCE, SALES, TODAY, UseCases
from tests.usecases.test_config_edits import RATE, burning, edited, polls
from tests.usecases.test_renames import MARKET

pytestmark = pytest.mark.sqlite

OF_SALES, OF_FINANCE = f"prod/sales failures of {TODAY}", f"prod/finance failures of {TODAY}"


@pytest.fixture
async def house(store: Store) -> UseCases:
    """Sales and finance burn."""
    found = await burning(store)
    found.source.counts["finance", TODAY] = full(fail_count=9)
    await found.turn(minutes=5)
    return found


async def foretold(house: UseCases, **config: Any) -> list[str]:
    workspaces, rules = config.get("workspaces", (SALES, FINANCE)), config.get("rules", (FAILURES,))
    identities = {one.project: one.project for one in workspaces} | {one.key: one.id for one in workspaces}
    preview = await EditPreviews(workspaces, rules, identities, house.store).look(house.clock.now)
    return [finding.what for finding in lines(preview)]


LEFT = "this config does not change the 2 firing alerts"
EDITS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "none": ({}, [LEFT]),
    "a limit lowered": ({"rules": (replace(FAILURES, limit=3),)}, [LEFT]),
    "a limit moved past one": (
        {"rules": (replace(FAILURES, limit=8),)},
        ["this config resolves 1 firing alert", f"resolves {OF_SALES}: the value is within the new limit"],
    ),
    "a workspace removed": (
        {"workspaces": (FINANCE,)},
        ["this config closes 1 firing alert", f"closes {OF_SALES}: the workspace is no longer in the config"],
    ),
    "the reach": (
        {"rules": (replace(FAILURES, workspaces=frozenset({SALES.key})),)},
        [
            "this config closes 1 firing alert",
            f"closes {OF_FINANCE}: the rule no longer watches this workspace",
        ],
    ),
    "a rule renamed and tamed": (
        {"rules": (replace(FAILURES, name="failed", limit=8),)},
        [
            "this config closes 2 firing alerts, starts 1 anew",
            f"closes {OF_SALES}: the rule is no longer in the config",
            f"closes {OF_FINANCE}: the rule is no longer in the config",
            f"starts prod/finance failed of {TODAY}",
        ],
    ),
    "another metric": (
        {"rules": (replace(RATE, workspaces=frozenset({SALES.key})),)},
        [
            "this config closes 2 firing alerts, starts 1 anew",
            f"closes {OF_SALES}: the rule's metric or direction was changed",
            f"closes {OF_FINANCE}: the rule no longer watches this workspace",
            f"starts {OF_SALES}",
        ],
    ),
    "a workspace renamed": (
        {"workspaces": (MARKET, FINANCE)},
        ["prod/sales is now called prod/market; its alerts and silences are kept", LEFT],
    ),
    "a time zone corrected": (
        {"workspaces": (replace(SALES, zone=ZoneInfo("Asia/Tokyo")), FINANCE)},
        [LEFT],
    ),
    "a rule added": (
        {"rules": (FAILURES, replace(FAILURES, name="many", limit=8))},
        ["this config starts 1 alert", f"starts prod/finance many of {TODAY}"],
    ),
}


@pytest.mark.parametrize("edit", EDITS)
async def test_the_preview_of_an_edit_matches_its_effect(house: UseCases, edit: str) -> None:
    config, said = EDITS[edit]
    burned = {alert.id for alert in await house.store.alerts.firing()}
    assert await foretold(house, **config) == said
    assert {alert.id for alert in await house.store.alerts.firing()} == burned
    after = await edited(house, **config)
    for name in ("market", "sales"):
        after.source.counts[name, TODAY] = full(fail_count=7)
    await polls(after, 5)
    burn = {alert.id for alert in await house.store.alerts.firing()}
    lost = sum(line.startswith(("closes ", "resolves ")) for line in said)
    begun = sum(line.startswith("starts ") for line in said)
    assert (len(burned - burn), len(burn - burned)) == (lost, begun)


async def test_without_alerts_nothing_is_said_to_be_left(store: Store) -> None:
    house = UseCases(store)
    await house.turn()
    assert await foretold(house) == ["no alerts are firing, and this config starts none"]
