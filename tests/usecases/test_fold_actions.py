"""The buttons of a fold: one person takes all, silences the rule everywhere, or acts on one."""

import re
from datetime import timedelta

from bot.domain.acts import ActKind
from bot.domain.alerts import ActionOutcome
from bot.domain.silences import Person
from bot.store.store import Store
from bot.usecases.fold_actions import FoldActions
from bot.usecases.silencing import Silencing
from tests.support.use_cases import SINGAPORE, TODAY, UseCases
from tests.usecases.test_folds import folds, house_of, later, turn

ONE = f"failures/prod/w000/{TODAY}/1"


async def folded(store: Store) -> tuple[UseCases, FoldActions, int]:
    house = house_of(store, 30)
    await turn(house, 9, *range(30))
    (fold,) = await store.folds.since(house.clock.now)
    return house, FoldActions(house.routes, store, clock=house.clock), fold.id


async def test_take_all_takes_free_alerts_and_counts_those_that_others_have(store: Store) -> None:
    house, actions, fold = await folded(store)
    await store.alerts.acknowledge(ONE, "U0BEN", house.clock.now)
    first = await actions.take_all(fold, "U0ADA", channel="C0DATAOPS")
    assert (first.taken, first.mine, first.others) == (29, 0, 1)
    again = await actions.take_all(fold, "U0ADA", channel="C0DATAOPS")
    assert (again.taken, again.mine, again.others) == (0, 29, 1)
    acts = [act for act in await store.acts.since(house.clock.now - timedelta(days=1)) if act.by == "U0ADA"]
    assert {act.kind for act in acts} == {ActKind.TAKE}
    assert len(acts) == 29
    await later(house, seconds=30)
    assert "30 of these taken" in folds(house)[0].text
    assert "<!here>" not in folds(house)[0].text
    await turn(house, 0, *range(30), minutes=5)
    assert (await actions.take_all(fold, "U0ADA")).others == 0
    assert "<@U0ADA>" in house.slack.replies()[-1].text


async def test_the_rule_is_silenced_in_all_workspaces_once(store: Store) -> None:
    house, actions, fold = await folded(store)
    silencing = Silencing(store, house.watched, clock=house.clock)
    given = await actions.silenceable(fold)
    assert given
    for _ in range(2):
        result = await silencing.choose(given, "1h", Person("U0BEN", "ben"), SINGAPORE, everywhere=True)
        assert result.outcome is ActionOutcome.DONE
    (silence,) = await store.silences.active(house.clock.now)
    assert (silence.rule, silence.subject) == ("failures", None)
    await later(house, seconds=30)
    assert "rule failures in all workspaces" in folds(house)[0].text
    await turn(house, 0, *range(30), minutes=5)
    assert await actions.silenceable(fold) is None


async def test_an_alert_of_a_fold_is_shown_with_its_own_buttons(store: Store) -> None:
    _, actions, _ = await folded(store)
    shown = await actions.show(ONE)
    assert shown is not None
    assert "w000: 9 failed" in shown.text
    assert "alert_acknowledge" in str(shown.classic)
    assert "<!here>" not in shown.text
    assert await actions.show("failures/prod/nowhere/2026-11-23/1") is None


async def test_every_alert_is_on_some_page_with_a_choice_to_act_on_it(store: Store) -> None:
    house, actions, fold = await folded(store)
    await store.alerts.acknowledge(ONE, "U0BEN", house.clock.now)
    pages = [await actions.page(fold, number) for number in (1, 2, 3)]
    assert pages[1] == pages[2], "the nearest page"
    shown = [str(page.classic) for page in pages[:2] if page]
    offered = [set(re.findall(rf"failures/prod/w\d+/{TODAY}/1", page)) for page in shown]
    assert [len(one) for one in offered] == [20, 10]
    assert len(offered[0] | offered[1]) == 30
    assert "w000: 9 failed, since" in (pages[0].text if pages[0] else "")
    assert "taken" in (pages[0].text if pages[0] else "")
    await turn(house, 0, *range(30), minutes=5)
    assert await actions.page(fold, 1) is None
    assert await actions.page(fold + 1, 1) is None
