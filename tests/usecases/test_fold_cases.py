"""Storms in awkward moments: midnight, Slack at rest, two channels, two people, deaths between these."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.alerts import Reason
from bot.domain.model import Metric
from bot.domain.rules import Rule
from bot.domain.silences import Person, Silence
from bot.errors import SlackError
from bot.store.store import Store
from bot.usecases.fold_actions import FoldActions
from bot.usecases.silencing import Silencing
from tests.support.fakes import full
from tests.support.use_cases import SINGAPORE, UseCases
from tests.usecases.test_config_edits import edited, polls
from tests.usecases.test_dispatch import PickySlack
from tests.usecases.test_fold_edits import count, folded, root_of
from tests.usecases.test_folds import RULE, folds, house_of, later, put, read, singles, spaces, told, turn

pytestmark = pytest.mark.sqlite


STUCK = Rule("stuck", Metric.RUNNING_EXCEPTION_COUNT, 5)


def is_once(house: UseCases) -> None:
    """No message and no reply twice."""
    keys = Counter(one.key for one in house.slack.messages)
    assert not [key for key, times in keys.items() if times > 1]


async def test_a_storm_over_midnight_ends_with_its_date_and_todays_alerts_have_their_own_message(
    store: Store,
) -> None:
    watched = spaces(20)
    house = UseCases(store, workspaces=watched, rules=(RULE,), in_flight=40)
    count(house, 9, watched)
    house.clock.forward(hours=13, minutes=50)
    await house.turn()
    (first,) = folds(house)
    for one in watched:
        house.source.counts[one.name, "2026-11-24"] = replace(house.source.counts[one.name, "2026-11-23"])
    await polls(house, 6)
    assert first.text.startswith("🌙 Day over, not resolved · all 20 workspaces"), first.text
    first, second = folds(house)
    assert "20 firing" in second.text
    assert "24 Nov" in second.text
    assert not singles(house)
    is_once(house)
    assert await told(house) == {Reason.DAY_ENDED: 20, Reason.FIRING: 20}


async def test_a_storm_that_began_while_slack_rests_is_told_once_when_it_ends(store: Store) -> None:
    house = house_of(store, 30)
    house.slack.away = SlackError("Too fast.", code="ratelimited", retry_after=0.01)
    await turn(house, 9, *range(20))
    await turn(house, 9, *range(20, 30), minutes=2)
    await turn(house, 0, *range(5), minutes=2)
    assert not house.slack.messages
    house.slack.away = None
    for _ in range(4):
        await later(house, minutes=1)
    (root,) = house.slack.messages
    assert "25 firing · 5 over before their message could be sent" in root.text
    assert await told(house) == {Reason.FIRING: 25, Reason.RESOLVED: 5}


async def test_a_fold_that_waits_for_slack_survives_the_replica_and_the_config(store: Store) -> None:
    house = await folded(store, slack=PickySlack())
    house.slack.away = SlackError("Slack is away.", code="unreachable", retry_after=0.01)
    count(house, 30, spaces(5))
    await polls(house, 1)
    after = await edited(house, in_flight=40, workspaces=spaces(15), rules=(replace(RULE, limit=20),))
    await polls(after, 3)
    house.slack.away = None
    await polls(after, 3)
    assert len(folds(house)) == 1
    assert "5 firing" in root_of(house).text
    assert "5 closed by an edit of the config" in root_of(house).text
    assert not singles(house)
    is_once(house)


async def test_a_removed_rule_while_the_fold_waits_for_slack_tells_what_it_was(store: Store) -> None:
    house = house_of(store, 20)
    await read(house, 9, *range(20))
    await put(house)
    await house.stop()
    after = house_of(store, 20, rules=(), after=house)
    for _ in range(5):
        await later(after, minutes=6)
    assert not singles(house)
    assert all("⏹️ Closed · all 20 workspaces" in one.text for one in house.slack.messages)
    is_once(house)


async def test_a_silence_of_the_rule_covers_its_folds_in_each_channel(store: Store) -> None:
    house = house_of(store, 40, channels=2)
    await turn(house, 9, *range(40))
    assert len(folds(house)) == 2
    actions = FoldActions(house.routes, store, clock=house.clock)
    (one, _) = await store.folds.since(house.clock.now)
    given = await actions.silenceable(one.id)
    assert given
    silencing = Silencing(store, house.watched, clock=house.clock)
    await silencing.choose(given, "1h", Person("U0BEN", "ben"), SINGAPORE, everywhere=True)
    await turn(house, 30, *range(40), minutes=5)
    assert all("20 of these silenced" in fold.text for fold in folds(house))
    assert not house.slack.replies()
    await turn(house, 30, *range(40), minutes=60)
    assert [one.text.splitlines()[0] for one in house.slack.replies()] == [
        "🔔 Silence ended · 20 workspaces still firing"
    ] * 2


async def test_two_people_take_all_at_once_and_each_alert_has_one_taker(store: Store) -> None:
    house = await folded(store)
    actions = FoldActions(house.routes, store, clock=house.clock)
    (fold,) = await store.folds.since(house.clock.now)
    ada = await actions.take_all(fold.id, "U0ADA")
    ben = await actions.take_all(fold.id, "U0BEN")
    assert (ada.taken, ben.taken, ben.others) == (20, 0, 20)
    await later(house, seconds=30)
    assert "20 of these taken" in root_of(house).text
    assert "<@U0ADA> (20)" in root_of(house).text
    assert "U0BEN" not in root_of(house).text


async def test_the_last_that_burns_is_silenced_or_taken_and_still_gets_no_second_root(store: Store) -> None:
    house = house_of(store, 30)
    await turn(house, 9, *range(30))
    await turn(house, 0, *range(1, 30), minutes=5)
    now = house.clock.now
    await store.silences.add(Silence(RULE.name, None, now + timedelta(hours=2), "U0BEN", now, name="ben"))
    await turn(house, 9, 0, hours=1)
    await later(house, minutes=1)
    await turn(house, 0, 0, hours=2)
    await later(house, minutes=1)
    assert len([one for one in house.slack.roots() if "w000" in one.text]) <= 2
    assert len(singles(house)) <= 1
    is_once(house)
    assert await told(house) == {Reason.RESOLVED: 30}


async def test_a_limit_raised_above_all_ends_the_storm_by_a_resolution(store: Store) -> None:
    house = await folded(store)
    after = await edited(house, in_flight=40, workspaces=spaces(20), rules=(replace(RULE, limit=50),))
    await polls(after, 3)
    assert "all 20 workspaces" in root_of(house).text
    assert await told(after) == {Reason.RESOLVED: 20}
    is_once(house)
    assert not singles(house)


async def test_some_workspaces_that_move_to_another_channel_stay_in_their_message(store: Store) -> None:
    house = await folded(store)
    moved = [*(replace(one, channel="#other") for one in spaces(10)), *spaces(20)[10:]]
    after = await edited(house, in_flight=40, workspaces=moved, rules=(RULE,))
    count(after, 30, moved)
    await polls(after, 2)
    assert len(house.slack.roots()) == 1
    (worse,) = house.slack.replies()
    assert worse.text.startswith("📈 Worse · 20 workspaces")
    assert await told(after) == {Reason.WORSE: 20}


async def test_a_workspace_that_recovers_and_breaks_again_is_still_one_workspace(store: Store) -> None:
    house = house_of(store, 30)
    await turn(house, 9, *range(30))
    await turn(house, 0, *range(29), minutes=1)
    await turn(house, 9, *range(12), minutes=2)
    (fold,) = folds(house)
    assert "13 workspaces above the limit" in fold.text
    assert "13 firing · 29 resolved" in fold.text
    assert not singles(house)
    await turn(house, 0, *range(12), 29, minutes=5)
    await later(house, minutes=1)
    assert "all 30 workspaces" in fold.text
    is_once(house)
    assert await told(house) == {Reason.RESOLVED: 42}


async def test_two_dates_of_a_few_workspaces_are_not_twice_as_many_workspaces(store: Store) -> None:
    house = UseCases(store, workspaces=spaces(30), rules=(STUCK,), in_flight=40)
    stuck(house, 12)
    house.clock.forward(hours=13, minutes=58)
    await house.turn()
    await house.turn(minutes=3)
    await later(house, minutes=1)
    (fold,) = folds(house)
    assert "24 firing" in fold.text
    assert "12 workspaces above the limit of rule stuck (5)\n" in fold.text, "dates are never added up"
    stuck(house, 0)
    await polls(house, 8)
    assert "all 12 workspaces" in fold.text


def stuck(house: UseCases, workspaces: int) -> None:
    """So many workspaces have stuck instances on both dates, the others none."""
    for n, one in enumerate(house.watched):
        for on in ("2026-11-23", "2026-11-24"):
            house.source.counts[one.name, on] = full(running_exception_count=9 * (n < workspaces))


async def test_a_cause_counts_workspaces_not_dates(store: Store) -> None:
    house = UseCases(store, workspaces=spaces(20), rules=(STUCK,), in_flight=40)
    stuck(house, 20)
    house.clock.forward(hours=13, minutes=58)
    await house.turn()
    await house.turn(minutes=3)
    await later(house, minutes=1)
    (fold,) = folds(house)
    assert "40 firing" in fold.text
    assert "20 of 20 workspaces of prod above the limit" in fold.text
    assert not singles(house)
    is_once(house)
