"""The config, Slack or a silence changes while alerts are folded: nothing is lost, repeated or wrong."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.alerts import Reason
from bot.domain.care import Care, Importance
from bot.domain.folds import Place
from bot.domain.model import Workspace
from bot.domain.notices import Priority
from bot.domain.rules import Rule, Severity
from bot.domain.silences import Silence
from bot.errors import SlackError
from bot.store.store import Store
from bot.usecases.notify import Notifier
from tests.support.fakes import Said, full
from tests.support.use_cases import TODAY, UseCases
from tests.usecases.test_config_edits import edited, polls
from tests.usecases.test_dispatch import PickySlack
from tests.usecases.test_folds import RULE, folds, later, singles, spaces, told, turn

pytestmark = pytest.mark.sqlite


def count(house: UseCases, failed: int, workspaces: Sequence[Workspace]) -> None:
    for one in workspaces:
        house.source.counts[one.name, TODAY] = full(fail_count=failed)


async def folded(
    store: Store, number: int = 20, *, rule: Rule = RULE, slack: PickySlack | None = None
) -> UseCases:
    """So many alerts in one message, found by polls."""
    watched = spaces(number)
    house = UseCases(store, workspaces=watched, rules=(rule,), slack=slack, in_flight=40)
    count(house, 9, watched)
    await house.turn()
    assert f"{number} firing" in root_of(house).text
    return house


def root_of(house: UseCases) -> Said:
    (root,) = folds(house)
    return root


async def test_workspaces_that_leave_the_config_are_closed_in_the_message(store: Store) -> None:
    house = await folded(store)
    after = await edited(house, in_flight=40, workspaces=spaces(15), rules=(RULE,))
    await polls(after, 5)
    assert "15 firing · 5 closed by an edit of the config" in root_of(house).text
    count(after, 0, spaces(15))
    await polls(after, 1)
    assert "⏹️ Closed · all 20 workspaces, rule failures" in root_of(house).text
    (reply,) = house.slack.replies()
    assert reply.text.startswith("✅ Resolved · 15 workspaces")
    assert not singles(house)


async def test_workspaces_that_enter_the_config_join_while_the_message_takes_more(store: Store) -> None:
    house = await folded(store)
    more = spaces(24)
    after = await edited(house, in_flight=40, workspaces=more, rules=(RULE,))
    count(after, 9, more[20:])
    await after.turn(seconds=30)
    assert "24 firing" in root_of(house).text
    assert not singles(house)


async def test_a_renamed_workspace_stays_in_the_message_under_its_new_name(store: Store) -> None:
    house = await folded(store)
    renamed = [replace(spaces(1)[0], name="market"), *spaces(20)[1:]]
    after = await edited(house, in_flight=40, workspaces=renamed, rules=(RULE,))
    count(after, 99, renamed[:1])
    await polls(after, 5)
    assert "market: 99 failed" in root_of(house).text
    assert "20 firing" in root_of(house).text
    assert not singles(house)


async def test_a_renamed_rule_is_another_rule(store: Store) -> None:
    house = await folded(store)
    after = await edited(house, in_flight=40, workspaces=spaces(20), rules=(replace(RULE, name="broken"),))
    await polls(after, 5)
    old, new = folds(house)
    assert "⏹️ Closed · all 20 workspaces, rule failures" in old.text
    assert "20 of 20 workspaces of prod above the limit of rule broken" in new.text
    assert not house.slack.replies()


async def test_a_higher_limit_ends_the_alerts_that_are_below_it(store: Store) -> None:
    house = await folded(store)
    after = await edited(house, in_flight=40, workspaces=spaces(20), rules=(replace(RULE, limit=20),))
    count(after, 30, spaces(10))
    await polls(after, 2)
    assert "10 firing · 10 resolved" in root_of(house).text
    assert "above the limit of rule failures (20): 300 failed" in root_of(house).text
    assert "✅ Resolved · 10 workspaces" in house.slack.replies()[0].text
    assert not singles(house)


async def test_another_language_or_severity_changes_the_message_and_repeats_nothing(store: Store) -> None:
    house = await folded(store)
    after = await edited(
        house, in_flight=40, workspaces=spaces(20), rules=(replace(RULE, severity=Severity.CRITICAL),)
    )
    after.notifier = Notifier(after.replica, replace(after.routes, locale="zh"), configs=after.configs)
    await polls(after, 1)
    assert root_of(house).text.startswith("⛔ 紧急 · prod 的 20/20 个工作空间高于规则 failures 的阈值 5")
    assert len(house.slack.messages) == 1


async def test_an_alert_that_becomes_critical_makes_its_message_critical(store: Store) -> None:
    house = await folded(store)
    important = [replace(spaces(1)[0], care=Care(importance=Importance.CRITICAL)), *spaces(20)[1:]]
    after = await edited(house, in_flight=40, workspaces=important, rules=(RULE,))
    await polls(after, 1)
    assert root_of(house).text.startswith("⛔ Critical · ")
    row = await store.outbox.get(root_of(house).key)
    assert row
    assert row.notice.priority is Priority.CRITICAL
    assert len(house.slack.messages) == 1


async def test_a_renamed_channel_keeps_the_thread(store: Store) -> None:
    house = await folded(store)
    after = await edited(
        house, in_flight=40, workspaces=spaces(20), rules=(replace(RULE, channel="#new-name"),)
    )
    count(after, 0, spaces(20))
    await polls(after, 2)
    (reply,) = house.slack.replies()
    assert (reply.channel, reply.thread_ts) == (root_of(house).channel, root_of(house).ts)
    assert "✅ Resolved · all 20 workspaces" in root_of(house).text


async def test_an_archived_channels_message_moves_to_the_channel_that_the_config_names(store: Store) -> None:
    slack = PickySlack()
    house = await folded(store, slack=slack)
    archived = SlackError("No.", code="is_archived")
    slack.refuses["#data-ops"], slack.next_edit = archived, [archived] * 20
    count(house, 30, spaces(5))
    await polls(house, 1)
    slack.next_edit.clear()
    await store.leases.release("channel:#data-ops", "one")  # else its rest goes on
    after = await edited(house, in_flight=40, workspaces=spaces(20), rules=(replace(RULE, channel="#new"),))
    await polls(after, 3)
    old, new = folds(house)
    assert (old.channel, new.channel) == ("#data-ops", "#new")
    (worse,) = house.slack.replies()
    assert (worse.channel, worse.thread_ts) == ("#new", new.ts)
    assert await told(after) == {Reason.FIRING: 15, Reason.WORSE: 5}


async def test_a_message_that_a_person_deleted_is_posted_anew_with_the_next_news(store: Store) -> None:
    house = await folded(store)
    house.slack.messages.clear()
    await later(house, minutes=10)
    assert not house.slack.messages
    count(house, 30, spaces(5))
    await polls(house, 1)
    (worse,) = house.slack.replies()
    assert worse.thread_ts == root_of(house).ts
    assert "20 firing" in root_of(house).text


async def test_the_end_of_a_silence_of_some_is_told_of_these(store: Store) -> None:
    house = await folded(store)
    now = house.clock.now
    for one in spaces(5):
        await store.silences.add(Silence(RULE.name, one.key, now + timedelta(minutes=12), "U0BEN", now))
    count(house, 30, spaces(10))
    await polls(house, 1)
    assert "20 firing · 5 of these silenced" in root_of(house).text
    assert "📈 Worse · 5 workspaces" in house.slack.replies()[0].text
    await polls(house, 2)
    assert "🔔 Silence ended · 5 workspaces still firing" in house.slack.replies()[-1].text
    assert len(house.slack.replies()) == 2
    await polls(house, 3)
    assert len(house.slack.replies()) == 2


async def test_a_fold_on_record_takes_only_alerts_of_its_severity(store: Store) -> None:
    """Its severity is known from its members, also to a successor."""
    house = await folded(store, 12)
    (fold,) = await store.folds.since(house.clock.now)
    assert fold.place == Place(RULE.name, "#data-ops")
    more = [
        *spaces(12),
        *(replace(one, care=Care(importance=Importance.CRITICAL)) for one in spaces(13)[12:]),
    ]
    after = await edited(house, in_flight=40, workspaces=more, rules=(RULE,))
    count(after, 9, more)
    await after.turn(seconds=30)
    assert "12 firing" in root_of(house).text
    (single,) = singles(house)
    assert single.text.startswith("⛔ Critical · w012")
    await turn(after, 9, 0, minutes=1)
    assert len(singles(house)) == 1
