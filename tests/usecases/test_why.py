"""*Why?* of alerts on record: a firing alert, an alert whose rule left the config, a project's alert."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.alerts import Alert, Ending
from bot.domain.explanation import ChosenBy, Miss, Why
from bot.domain.model import Workspace
from bot.domain.rules import Rule
from bot.domain.silences import Silence
from bot.domain.unreadable import UNREADABLE
from bot.errors import DlfUnavailable
from bot.messages.why import render_why
from bot.store.store import Store
from bot.usecases.routes import Routes
from bot.usecases.why import Explanations
from tests.support.fakes import full
from tests.support.use_cases import FAILURES, FINANCE, POLL, SALES, TODAY, YESTERDAY, UseCases

pytestmark = pytest.mark.sqlite


async def why(
    house: UseCases,
    *,
    rules: Iterable[Rule] = (FAILURES,),
    workspaces: Iterable[Workspace] = (SALES, FINANCE),
) -> Why:
    """The explanation of the only alert on record, under a config."""
    routes = Routes(
        {one.key: one for one in workspaces}, {one.name: one for one in rules}, "#data-ops", "en", POLL, 3
    )
    explanations = Explanations(house.store, routes, {"failures": "config.yaml:41"}, clock=house.clock)
    (alert,) = await alerts(house)
    found = await explanations.why(alert.id)
    assert found is not None
    return found


async def alerts(house: UseCases) -> list[Alert]:
    return list(await house.store.alerts.firing())


async def burning(store: Store, **failed: int) -> UseCases:
    house = UseCases(store, workspaces=(SALES, FINANCE))
    for name, day in (("sales", TODAY), ("finance", TODAY), ("sales", YESTERDAY), ("finance", YESTERDAY)):
        house.source.counts[name, day] = full(fail_count=0)
    await house.turn()
    for name, many in failed.items():
        house.source.counts[name, TODAY] = full(fail_count=3)
        await house.turn(minutes=5)
        house.source.counts[name, TODAY] = full(fail_count=many)
        await house.turn(minutes=5)
    return house


async def test_the_readings_the_rule_and_the_next_reading_of_a_burning_alert(store: Store) -> None:
    house = await burning(store, sales=7)
    found = await why(house)
    assert [(one.value, house.clock.now - one.read_at) for one in found.values] == [
        (3, 5 * timedelta(minutes=1)),
        (7, timedelta()),
    ]
    assert (found.channel, found.chosen_by, found.place) == ("#data-ops", ChosenBy.DEFAULT, "config.yaml:41")
    assert (found.rule, found.edited) == (FAILURES, None)
    assert found.next_read_at == house.clock.now + POLL
    assert "It resolves at the first poll with fail_count at most 5." in render_why(found).text


async def test_the_channel_is_the_workspaces_or_before_that_the_rules(store: Store) -> None:
    house = await burning(store, finance=7)
    assert ((found := await why(house)).channel, found.chosen_by) == ("#finance", ChosenBy.WORKSPACE)
    found = await why(house, rules=(replace(FAILURES, channel="#night"),))
    assert (found.channel, found.chosen_by) == ("#night", ChosenBy.RULE)


async def test_the_explanation_has_silences_that_cover_the_alert_and_the_nearest(store: Store) -> None:
    house = await burning(store, sales=7)
    now = house.clock.now
    await store.silences.add(Silence("failures", FINANCE.key, now + POLL, "U0BEN", now))
    found = await why(house)
    assert found.covering == ()
    assert found.near is not None
    assert found.near.miss is Miss.OTHER_SUBJECT
    mine = await store.silences.add(Silence("failures", SALES.key, now + POLL, "U0BEN", now))
    assert (await why(house)).covering == (mine,)


async def test_an_alert_whose_rule_left_the_config_is_explained_by_its_terms(store: Store) -> None:
    house = await burning(store, sales=7)
    found = await why(house, rules=())
    assert found.rule == Rule("failures", FAILURES.metric, FAILURES.limit)
    assert (found.edited, found.place, found.next_read_at) == (Ending.RULE_REMOVED, "", None)
    assert [one.value for one in found.values] == [3, 7]
    said = render_why(found).text
    assert "*Rule failures* · fail_count above 5\nThe rule is not in the config any more." in said
    assert "The bot closes it soon, because the config was edited." in said


async def test_a_limit_moved_since_the_alert_began_is_shown(store: Store) -> None:
    house = await burning(store, sales=7)
    said = render_why(await why(house, rules=(replace(FAILURES, limit=6),))).text
    assert "*Judged* · above 5 since" in said
    assert "The limit in the config is 6 now." in said


async def test_a_project_that_cannot_be_read_says_which_workspaces_and_why(store: Store) -> None:
    house = await burning(store)
    house.source.error = DlfUnavailable("DLF took longer than 10 s to answer.")
    for _ in range(4):
        await house.turn(minutes=5)
    found = await why(house)
    assert found.alert.key.rule == UNREADABLE.name
    said = render_why(found).text
    assert "Built-in rule: 3 failed polls of a workspace in a row" in said
    assert "finance, sales: DLF took longer than 10 s to answer." in said
    assert "It resolves when every workspace of the project can be read again." in said


async def test_an_alert_that_is_not_on_record_is_not_explained(store: Store) -> None:
    house = UseCases(store)
    routes = Routes({}, {}, "#data-ops", "en", POLL, 3)
    assert await Explanations(store, routes, {}, clock=house.clock).why("gone") is None
