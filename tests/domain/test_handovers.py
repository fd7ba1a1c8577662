"""An alert in people's hands: the notices when it is taken, given back, taken over, and left untaken."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.domain.acts import ActKind
from bot.domain.alert_advance import advance
from bot.domain.alert_reasons import next_told, reason_to_tell
from bot.domain.alerts import HANDS, Acknowledgement, ActionOutcome, Alert, AlertKey, Handover, Reason, State
from bot.domain.model import Metric
from bot.domain.rules import Reading, Rule
from bot.domain.silences import Person, Scope, Silence
from bot.errors import SlackError
from bot.store.schema import alerts, notices
from bot.store.store import Store, open_store
from bot.usecases.alert_actions import AlertActions
from bot.usecases.silencing import Silencing
from tests.support.fakes import full
from tests.support.use_cases import FAILURES, TODAY, UseCases

pytestmark = pytest.mark.sqlite

START = datetime(2026, 11, 23, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RULE = Rule("stuck", Metric.RUNNING_EXCEPTION_COUNT, 0, remind_every=2 * MINUTE, remind_taken=5 * MINUTE)
ADA, BEN, CY = "U0ADA", "U0BEN", "U0CY"
FIRING, WORSE, STILL, RESOLVED = Reason.FIRING, Reason.WORSE, Reason.STILL_FIRING, Reason.RESOLVED
TAKEN, BACK, OVER, LYING = Reason.TAKEN, Reason.GIVEN_BACK, Reason.TAKEN_OVER, Reason.STILL_TAKEN


def pressed(alert: Alert, letter: str, now: datetime) -> Alert:
    """The store's result of a press: `t` Ada takes, `b` gives back, `o` Ben takes over."""
    had, number = alert.acknowledged, alert.handover.number + 1 if alert.handover else 1
    before = had.by if had else ""
    if letter == "b":
        return replace(alert, acknowledged=None, handover=Handover(number, before, now, before))
    by = BEN if letter == "o" else ADA
    alert = replace(alert, acknowledged=Acknowledgement(by, now))
    first = letter == "t" and alert.handover is None
    return alert if first else replace(alert, handover=Handover(number, by, now, before))


def story(presses: str, values: str = "3" * 30, *, rule: Rule = RULE) -> list[tuple[int, Reason]]:
    """Play a reading and at most a press a minute; Slack confirms at once, except while there is a `-`."""
    alert: Alert | None = None
    heard: list[tuple[int, Reason]] = []
    key = AlertKey("stuck", "prod/finance", date(2026, 11, 23))
    for minute, letter in enumerate(presses):
        now, value = START + minute * MINUTE, float(values[minute])
        reading = Reading(value, rule.breached(value), rule.cleared(value), now)
        alert = advance(alert, reading, rule, key=key)
        assert alert is not None
        if letter in "tbo":
            alert = pressed(alert, letter, now)
        reason = reason_to_tell(alert, rule, now)
        if reason and letter != "-":
            alert = replace(alert, told=next_told(alert, reason, now))
            heard.append((minute, reason))
    return heard


@pytest.mark.parametrize(
    ("presses", "heard"),
    [
        pytest.param("  t   ", [(0, FIRING)], id="the first take is shown by the message alone"),
        pytest.param("  t b ", [(0, FIRING), (4, BACK)], id="giving back is told"),
        pytest.param("  t o ", [(0, FIRING), (4, OVER)], id="taking over is told"),
        pytest.param(" tbt  ", [(0, FIRING), (2, BACK), (3, TAKEN)], id="a take after that is told"),
        pytest.param(
            " tbtbtb", [(0, FIRING), (2, BACK), (3, TAKEN), (4, BACK), (5, TAKEN), (6, BACK)], id="and so on"
        ),
        pytest.param(
            "        tb   ",
            [(0, FIRING), (2, STILL), (6, STILL), (9, BACK), (11, STILL)],
            id="after giving back reminders start anew, the first as soon as ever",
        ),
        pytest.param(
            "  tb  ", [(0, FIRING), (3, BACK), (5, STILL)], id="a reminder follows as if it were new"
        ),
        pytest.param(
            " tb-----  ", [(0, FIRING), (2, BACK), (8, STILL)], id="an outage after it loses nothing"
        ),
        pytest.param(" t      ", [(0, FIRING), (6, LYING)], id="a taken alert left lying reminds its taker"),
        pytest.param(" t" + " " * 10, [(0, FIRING), (6, LYING), (11, LYING)], id="and again, no oftener"),
        pytest.param(" t  o     ", [(0, FIRING), (4, OVER), (9, LYING)], id="taking over is acting on it"),
    ],
)
def test_each_story_of_presses_sends_its_notices(presses: str, heard: list[tuple[int, Reason]]) -> None:
    assert story(presses) == heard


@pytest.mark.parametrize("more", [False, True], ids=["", "and tells more itself"])
async def test_a_replica_of_the_version_before_that_confirms_a_reply_has_it_told_once(
    tmp_path: Path, more: bool
) -> None:
    """It knows nothing of hands: what it confirms says nothing of them in the alert's row."""
    store = await open_store(f"sqlite:///{tmp_path / 'bot.db'}")
    house = UseCases(store)
    house.source.counts["sales", TODAY] = full(fail_count=7)
    await house.turn()
    (alert,) = await store.alerts.firing()
    acts = AlertActions(store, clock=house.clock)
    await acts.acknowledge(alert.id, ADA)
    await acts.take_over(alert.id, ADA, BEN)
    await house.turn(minutes=1)
    if more:
        house.source.counts["sales", TODAY] = full(fail_count=70)
        await house.turn(minutes=6)
        last = await store.outbox.get(f"alert/{alert.id}/2")
        assert last
        assert "Worse" in last.notice.body
        await store._database.count(
            update(notices).where(notices.c.key == last.notice.key).values(told_handovers=None)
        )
    await store._database.count(update(alerts).values(told_handovers=None))
    for _ in range(3):
        await house.turn(minutes=1)
    told = [one.text for one in house.slack.replies() if "took this over" in one.text]
    assert len(told) == 1
    house.source.counts["sales", TODAY] = full(fail_count=700)
    await house.turn(minutes=6)
    assert "Worse" in house.slack.replies()[-1].text
    assert await store._database.fetch(select(alerts.c.told_handovers)) == [(1,)]
    await acts.give_back(alert.id, BEN, BEN)
    await house.turn(minutes=1)
    assert "gave this back" in house.slack.replies()[-1].text
    await store.close()


def test_an_alert_whose_value_moves_gets_no_untouched_reminder() -> None:
    assert story(" t" + " " * 9, "33334444444") == [(0, FIRING), (9, LYING)]


@pytest.mark.parametrize("silent", [replace(RULE, remind_taken=None), replace(RULE, remind_every=None)])
def test_without_remind_taken_the_taker_is_left_alone(silent: Rule) -> None:
    reminded = (6, LYING) in story(" t      ", rule=silent)
    assert reminded is (silent.remind_taken is not None)


def test_numbers_from_long_ago_remind_no_taker() -> None:
    alert = Alert(AlertKey("stuck", "prod/finance", date(2026, 11, 23)), 1, State.FIRING, 3, 3, START, START)
    alert = replace(alert, told=next_told(alert, FIRING, START), acknowledged=Acknowledgement(ADA, START))
    later = START + 10 * MINUTE
    assert reason_to_tell(alert, RULE, later) is None
    assert reason_to_tell(replace(alert, read_at=later), RULE, later) is LYING


def test_worse_and_resolved_after_giving_back_are_measured_from_what_was_told() -> None:
    assert story(" tb   ", "335560") == [(0, FIRING), (2, BACK), (4, WORSE), (5, RESOLVED)]


def test_hands_that_changed_before_slack_knew_of_the_end_are_not_told_after_it() -> None:
    assert story(" t---  ", "3333300") == [(0, FIRING), (5, RESOLVED)]


@pytest.mark.parametrize("reason", [*HANDS, LYING])
def test_the_told_half_is_kept_in_words_that_the_version_before_can_read(reason: Reason) -> None:
    alert = Alert(AlertKey("stuck", "prod/finance", date(2026, 11, 23)), 1, State.FIRING, 3, 3, START, START)
    alert = replace(alert, told=next_told(alert, FIRING, START))
    assert next_told(alert, reason, START).reason in (FIRING, STILL)


# From the press to what Slack shows


REMINDING = replace(FAILURES, remind_every=timedelta(hours=1), remind_taken=timedelta(hours=4))
ID = f"failures/prod/sales/{TODAY}/1"


async def burning(store: Store, *, rule: Rule = REMINDING) -> tuple[UseCases, AlertActions]:
    house = UseCases(store, rules=(rule,))
    house.source.counts["sales", TODAY] = full(fail_count=7)
    await house.turn()
    return house, AlertActions(store, clock=house.clock)


def said(house: UseCases) -> list[str]:
    """The first lines of the replies, in their order."""
    return [reply.text.splitlines()[0] for reply in house.slack.replies()]


async def test_the_taker_is_mentioned_when_it_gets_worse_and_when_it_ends(store: Store) -> None:
    house, people = await burning(store)
    await people.acknowledge(ID, ADA)
    await house.turn(minutes=5)
    assert said(house) == []
    house.source.counts["sales", TODAY] = full(fail_count=15)
    await house.turn(minutes=5)
    house.source.counts["sales", TODAY] = full()
    await house.turn(minutes=5)
    worse, ended = (reply.text for reply in house.slack.replies())
    assert f"<@{ADA}> has it" in worse
    assert f"<@{ADA}> had it" in ended
    assert "<!here>" not in worse + ended


async def test_the_end_of_the_day_is_told_to_the_taker(store: Store) -> None:
    house, people = await burning(store)
    await people.acknowledge(ID, ADA)
    await house.turn(hours=14, seconds=5)
    (ended,) = house.slack.replies()
    assert f"<@{ADA}> had it" in ended.text


async def test_a_taker_is_told_that_the_rule_left_the_config(store: Store) -> None:
    house, people = await burning(store)
    await people.acknowledge(ID, ADA)
    await house.turn()
    await house.stop()
    without = UseCases(
        store, source=house.source, slack=house.slack, clock=house.clock, rules=(), owner="new"
    )
    for _ in range(3):
        await without.turn(minutes=20)
    (root,), (closed,) = house.slack.roots(), house.slack.replies()
    assert f"<@{ADA}> had it" in closed.text
    assert "Closed" in root.text


async def test_an_alert_given_back_is_posted_with_mentions_and_reminders_start_again(store: Store) -> None:
    house, people = await burning(store)
    await house.turn(hours=1)
    await house.turn(hours=2)
    assert len(said(house)) == 2
    await people.acknowledge(ID, ADA)
    assert (await people.give_back(ID, ADA, ADA)).outcome is ActionOutcome.DONE
    await house.turn(minutes=1)
    back = house.slack.replies()[-1].text
    assert f"↩️ <@{ADA}> gave this back. Nobody has it; reminders start again." in back
    assert "<!here>" in back
    assert f"Nobody has it (given back by <@{ADA}> at" in house.slack.roots()[0].text
    await house.turn(minutes=59)
    assert len(said(house)) == 3
    await house.turn(minutes=5)
    assert "Still firing" in said(house)[3]


async def test_an_alert_given_back_for_another_person_names_the_taker(store: Store) -> None:
    house, people = await burning(store, rule=FAILURES)
    await people.acknowledge(ID, ADA)
    await people.give_back(ID, ADA, BEN)
    await house.turn(minutes=1)
    (back,) = house.slack.replies()
    assert f"↩️ <@{BEN}> gave this back. Nobody has it." in back.text
    assert f"<@{ADA}> had it" in back.text
    assert "reminders" not in back.text, "the rule has none"


async def test_an_alert_taken_over_mentions_its_last_taker_and_not_the_rota(store: Store) -> None:
    house, people = await burning(store)
    await people.acknowledge(ID, ADA)
    await house.turn(minutes=1)
    assert (await people.take_over(ID, ADA, BEN)).outcome is ActionOutcome.DONE
    await house.turn(minutes=1)
    (reply,) = house.slack.replies()
    assert f"🙋 <@{BEN}> took this over from <@{ADA}>." in reply.text
    assert "<!here>" not in reply.text
    assert f"🙋 Taken by <@{BEN}> at" in house.slack.roots()[0].text
    assert f"(before: <@{ADA}>)" in house.slack.roots()[0].text


async def test_only_an_idle_taker_is_reminded(store: Store) -> None:
    house, people = await burning(store)
    await people.acknowledge(ID, ADA)
    for _ in range(6):
        await house.turn(hours=1)
    (reminder,) = house.slack.replies()
    assert "Still firing" in reminder.text
    assert "unchanged" in reminder.text
    assert f"<@{ADA}>, you have it since" in reminder.text
    assert "<!here>" not in reminder.text


async def test_a_give_back_during_a_silence_is_posted_without_mentions(store: Store) -> None:
    house, people = await burning(store)
    await people.acknowledge(ID, ADA)
    until = house.clock() + timedelta(hours=2)
    await store.silences.add(Silence("failures", "prod/sales", until, BEN, house.clock()))
    await people.give_back(ID, ADA, ADA)
    await house.turn(minutes=1)
    (back,) = [reply for reply in house.slack.replies() if "gave this back" in reply.text]
    assert "<!here>" not in back.text


async def test_another_replica_posts_the_reply_once_if_the_bot_dies_after_the_press(
    store: Store,
) -> None:
    house, people = await burning(store)
    await people.acknowledge(ID, ADA)
    await people.give_back(ID, ADA, ADA)
    await store.leases.release("tell", "one")  # as when it has run out
    other = UseCases(
        store, source=house.source, slack=house.slack, clock=house.clock, rules=(REMINDING,), owner="two"
    )
    for _ in range(3):
        await other.turn(minutes=1)
    assert [text for text in said(house) if "gave this back" in text] == said(house)
    assert len(said(house)) == 1


async def test_a_reply_whose_answer_was_lost_is_found_and_not_repeated(store: Store) -> None:
    house, people = await burning(store)
    await people.acknowledge(ID, ADA)
    await house.turn(minutes=1)
    await people.take_over(ID, ADA, BEN)
    house.slack.answers_lost = 1
    for _ in range(4):
        await house.turn(minutes=1)
    assert len(said(house)) == 1


async def test_rounds_of_giving_back_and_taking_are_told_singly(store: Store) -> None:
    house, people = await burning(store)
    for who in (ADA, BEN, ADA):
        await people.acknowledge(ID, who)
        await house.turn(minutes=1)
        await people.give_back(ID, who, who)
        await house.turn(minutes=1)
    assert said(house) == [
        f"↩️ <@{ADA}> gave this back. Nobody has it; reminders start again.",
        f"🙋 <@{BEN}> has it.",
        f"↩️ <@{BEN}> gave this back. Nobody has it; reminders start again.",
        f"🙋 <@{ADA}> has it.",
        f"↩️ <@{ADA}> gave this back. Nobody has it; reminders start again.",
    ]


async def test_while_slack_is_away_only_where_it_ended_up_is_told(store: Store) -> None:
    house, people = await burning(store)
    await people.acknowledge(ID, ADA)
    house.slack.away = SlackError("Slack cannot be reached.", code="unreachable", retry_after=0)
    await people.give_back(ID, ADA, ADA)
    await house.turn(minutes=1)
    await people.acknowledge(ID, BEN)
    await house.turn(minutes=1)
    house.slack.away = None
    async with asyncio.timeout(20):
        while not said(house):
            await house.turn(seconds=1)
            await asyncio.sleep(0.02)
    await house.turn(minutes=1)
    assert said(house) == [f"🙋 <@{BEN}> has it."]


# What is kept of it


async def test_every_press_that_did_something_is_kept_and_no_other(store: Store) -> None:
    house, people = await burning(store)
    await people.acknowledge(ID, ADA, channel="C0OPS")
    assert (await people.acknowledge(ID, BEN)).outcome is ActionOutcome.ALREADY
    await people.take_over(ID, ADA, BEN, channel="C0OPS")
    assert (await people.take_over(ID, ADA, CY)).outcome is ActionOutcome.ALREADY
    assert (await people.take_over(ID, BEN, BEN)).outcome is ActionOutcome.ALREADY
    assert (await people.give_back(ID, ADA, ADA)).outcome is ActionOutcome.ALREADY
    await people.give_back(ID, BEN, CY, channel="C0OPS")
    assert (await people.give_back(ID, BEN, CY)).outcome is ActionOutcome.FREE
    silencing, cy = Silencing(store, [], clock=house.clock), Person(CY, channel="C0OPS")
    await silencing.silence(ID, Scope.RULE, house.clock() + timedelta(hours=1), cy, "")
    await silencing.silence(ID, Scope.RULE, house.clock() + timedelta(hours=1), cy, "")
    await silencing.end(ID, cy)
    await silencing.end(ID, cy)
    acts = await store.acts.since(START)
    assert [(act.kind, act.by, act.detail) for act in acts] == [
        (ActKind.TAKE, ADA, ""),
        (ActKind.TAKE_OVER, BEN, f"{ADA} had it"),
        (ActKind.GIVE_BACK, CY, f"{BEN} had it"),
        (ActKind.SILENCE, CY, "until 2026-11-23 03:00Z"),
        (ActKind.END_SILENCE, CY, ""),
    ]
    assert {(act.channel, act.about) for act in acts} == {("C0OPS", f"prod/sales failures {TODAY} (1)")}


async def test_an_alert_that_is_over_is_neither_given_back_nor_taken_over(store: Store) -> None:
    house, people = await burning(store)
    await people.acknowledge(ID, ADA)
    house.source.counts["sales", TODAY] = full()
    await house.turn(minutes=5)
    assert (await people.give_back(ID, ADA, ADA)).outcome is ActionOutcome.OVER
    assert (await people.take_over(ID, ADA, BEN)).outcome is ActionOutcome.OVER
    assert (await people.take_over("unheard/of", ADA, BEN)).outcome is ActionOutcome.UNKNOWN
