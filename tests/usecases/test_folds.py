"""Many alerts of a rule in a channel: a single message tells of all, each exactly once."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import delete

from bot.domain.alert_advance import advance, require_notice
from bot.domain.alerts import AlertKey, Change, Reason
from bot.domain.care import Care, Importance
from bot.domain.config_edits import terms_of
from bot.domain.folds import Place
from bot.domain.model import Workspace
from bot.domain.notices import Notice, Priority, Standing
from bot.domain.rules import Reading, Rule
from bot.domain.silences import Silence, withheld
from bot.store.database import connect
from bot.store.schema import notices
from bot.store.store import Store
from bot.usecases.notify import Notifier
from tests.support.fakes import Said
from tests.support.use_cases import FAILURES, SINGAPORE, TODAY, UseCases

RULE = replace(FAILURES, remind_every=timedelta(hours=4))
DATE = date.fromisoformat(TODAY)


def spaces(number: int, *, channels: int = 1) -> tuple[Workspace, ...]:
    """Workspaces of a project, in the default channel or spread over several."""
    return tuple(
        Workspace(
            "prod",
            f"w{n:03d}",
            f"id-{n}",
            SINGAPORE,
            channel=f"#c{n % channels}" if channels > 1 else None,
        )
        for n in range(number)
    )


def house_of(
    store: Store,
    number: int,
    *,
    channels: int = 1,
    rules: tuple[Rule, ...] = (RULE,),
    after: UseCases | None = None,
) -> UseCases:
    """A replica that watches so many workspaces; the successor of `after`, if that is given."""
    watched = spaces(number, channels=channels)
    if after is None:
        return UseCases(store, workspaces=watched, rules=rules)
    of_before = {"source": after.source, "slack": after.slack, "clock": after.clock}
    return UseCases(store, workspaces=watched, rules=rules, owner="two", **of_before)  # type: ignore[arg-type]


async def read(house: UseCases, failed: int, *numbers: int, day_is_over: bool = False) -> None:
    """Keep a reading of each of these workspaces, all at the same moment."""
    store, now = house.store, house.clock.now
    known = {alert.key: alert for alert in await store.alerts.attention(DATE)}
    silences = await store.silences.active(now)
    changes = []
    for n in numbers:
        workspace = house.watched[n]
        key = AlertKey(RULE.name, workspace.key, DATE)
        reading = Reading(failed, RULE.breached(failed), RULE.cleared(failed), now)
        after = advance(known.get(key), reading, RULE, key=key, day_is_over=day_is_over)
        if after is not None:
            after = require_notice(after, silenced=withheld(key, RULE, silences, now))
            after = replace(after, terms=terms_of(RULE, workspace, reading, known.get(key)))
            changes.append(Change(known.get(key), after))
    assert await store.alerts.save(changes)


async def turn(house: UseCases, failed: int, *numbers: int, **forward: float) -> None:
    """Let time pass, read, and tell."""
    house.clock.forward(**forward)
    await read(house, failed, *numbers)
    for _ in range(3):
        await house.tell()


async def put(house: UseCases) -> None:
    """Put into the outbox what Slack lacks, and send nothing."""
    await house.configs.tick()
    await house.notifier.tick()


async def later(house: UseCases, **forward: float) -> None:
    """Let time pass and tell, without a reading."""
    house.clock.forward(**forward)
    for _ in range(3):
        await house.tell()


async def told(house: UseCases) -> Counter[Reason]:
    alerts = await house.store.alerts.attention(house.clock.now.date() - timedelta(days=3))
    return Counter(alert.told.reason for alert in alerts if alert.told)


def folds(house: UseCases) -> list[Said]:
    return [one for one in house.slack.roots() if one.key.startswith("fold/")]


def singles(house: UseCases) -> list[Said]:
    return [one for one in house.slack.roots() if one.key.startswith("alert/")]


async def test_many_alerts_become_a_single_message_that_tells_of_each(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="bot.usecases.fold_gathering")
    house = house_of(store, 40)
    await turn(house, 9, *range(40))
    (root,) = house.slack.roots()
    assert "40 of 40 workspaces of prod above the limit of rule failures (5): 360 failed" in root.text
    assert "40 firing" in root.text
    assert root.text.count("<!here>") == 1
    assert "and 20 more" in root.text
    assert await told(house) == {Reason.FIRING: 40}
    for _ in range(3):
        await later(house, minutes=2)
    assert len(house.slack.messages) == 1
    assert [(one.getMessage(), one.fields["alerts"]) for one in caplog.records] == [("folded", "40")]  # type: ignore[attr-defined]


async def test_more_than_half_of_a_project_is_a_cause(store: Store) -> None:
    house = house_of(store, 24)
    await turn(house, 9, *range(12))
    assert "12 workspaces above the limit" in folds(house)[0].text
    await turn(house, 9, 12, seconds=10)
    assert "13 of 24 workspaces of prod above the limit" in folds(house)[0].text


async def test_ten_alerts_are_ten_messages_and_eleven_a_single_message(store: Store) -> None:
    house = house_of(store, 21)
    await turn(house, 9, *range(10))
    assert len(singles(house)) == 10
    assert not folds(house)
    await turn(house, 9, *range(10, 21), minutes=2)
    assert len(singles(house)) == 10
    assert "11 firing" in folds(house)[0].text


async def test_alerts_of_a_minute_count_together(store: Store) -> None:
    house = house_of(store, 24)
    await turn(house, 9, *range(6))
    await turn(house, 9, *range(6, 12), minutes=1, seconds=1)
    assert len(singles(house)) == 12
    await turn(house, 9, *range(12, 17), seconds=50)
    assert len(singles(house)) == 12
    assert "5 firing" in folds(house)[0].text


async def test_in_a_storm_over_many_channels_three_in_a_channel_are_enough(store: Store) -> None:
    house = house_of(store, 120, channels=30)
    await turn(house, 9, *range(120))
    assert len(folds(house)) == 30
    assert not singles(house)
    assert "120 of 120 workspaces of prod above the limit of rule failures (5)" in folds(house)[0].text


async def test_a_thousand_alerts_are_one_message(store: Store) -> None:
    house = house_of(store, 1000)
    await turn(house, 9, *range(1000))
    assert len(house.slack.messages) == 1
    assert await told(house) == {Reason.FIRING: 1000}


async def test_later_alerts_join_for_the_poll_interval(store: Store) -> None:
    house = house_of(store, 30)
    await turn(house, 9, *range(20))
    await turn(house, 9, *range(25), minutes=4)
    assert len(house.slack.messages) == 1
    assert "25 firing" in folds(house)[0].text
    samples = {one.name: one.value for family in house.metrics.registry.collect() for one in family.samples}
    assert (samples["dlf_bot_folds_total"], samples["dlf_bot_folded_alerts_total"]) == (1, 25)
    assert await told(house) == {Reason.FIRING: 25}
    await turn(house, 9, *range(27), minutes=2)
    assert len(singles(house)) == 2
    assert await told(house) == {Reason.FIRING: 27}


async def test_later_alerts_join_for_a_minute_where_polls_are_more_frequent(store: Store) -> None:
    house = house_of(store, 30)
    often = replace(house.routes, poll_every=timedelta(seconds=10))
    house.notifier = Notifier(house.replica, often)
    await turn(house, 9, *range(20))
    await turn(house, 9, *range(25), seconds=50)
    assert await told(house) == {Reason.FIRING: 25}
    await turn(house, 9, *range(27), seconds=11)
    assert len(folds(house)) == 1
    assert len(singles(house)) == 2


async def test_an_alert_whose_message_was_tried_stays_by_itself(store: Store) -> None:
    house = house_of(store, 30)
    await read(house, 9, 0)
    await put(house)
    claim = await store.outbox.claim("#data-ops", "one", 30)
    assert claim
    await store.outbox.put_back(claim, "one", Standing.QUEUED, 0, "fatal_error")
    await turn(house, 9, *range(1, 30), seconds=10)
    await later(house, minutes=1)
    assert len(folds(house)) == 1
    assert [one.key for one in singles(house)] == [f"alert/failures/prod/w000/{TODAY}/1"]
    assert "29 firing" in folds(house)[0].text
    assert await told(house) == {Reason.FIRING: 30}


async def test_recoveries_are_one_reply_a_minute(store: Store) -> None:
    house = house_of(store, 30)
    await turn(house, 9, *range(30))
    await turn(house, 0, *range(10), minutes=5)
    await turn(house, 0, *range(10, 20), seconds=20)
    (first,) = house.slack.replies()
    assert "✅ Resolved · 10 workspaces" in first.text
    assert "20 of 30 still firing" in first.text
    await turn(house, 0, *range(20, 30), seconds=40)
    assert [one.text.splitlines()[0] for one in house.slack.replies()] == [
        "✅ Resolved · 10 workspaces",
        "✅ Resolved · 20 workspaces",
    ]
    assert "✅ Resolved · all 30 workspaces, rule failures" in folds(house)[0].text
    assert await told(house) == {Reason.RESOLVED: 30}
    before = [list(one.texts) for one in house.slack.messages]
    await later(house, hours=2)
    assert [one.texts for one in house.slack.messages] == before


async def test_alerts_that_ended_before_they_were_posted_are_one_number(store: Store) -> None:
    house = house_of(store, 30)
    await read(house, 9, *range(30))
    await put(house)
    house.clock.forward(minutes=5)
    await read(house, 0, *range(20))
    await later(house)
    (root,) = house.slack.roots()
    assert "10 firing · 20 over before their message could be sent" in root.text
    assert not house.slack.replies()
    assert await told(house) == {Reason.FIRING: 10, Reason.RESOLVED: 20}


async def test_worse_calls_people_again_in_a_single_reply(store: Store) -> None:
    house = house_of(store, 30)
    await turn(house, 9, *range(30))
    await turn(house, 30, *range(12), minutes=5)
    (reply,) = house.slack.replies()
    assert "📈 Worse · 12 workspaces" in reply.text
    assert "w000: 30 failed, was 9" in reply.text
    assert "<!here>" in reply.text
    assert await told(house) == {Reason.FIRING: 18, Reason.WORSE: 12}


async def test_changes_for_the_worse_and_recoveries_share_one_reply_a_minute(store: Store) -> None:
    house = house_of(store, 30)
    await turn(house, 9, *range(30))
    house.clock.forward(minutes=5)
    await read(house, 30, *range(5))
    await turn(house, 0, *range(5, 10))
    (reply,) = house.slack.replies()
    assert "📈 Worse · 5 workspaces" in reply.text
    assert "✅ Resolved · 5 workspaces" in reply.text
    await turn(house, 30, *range(10, 15), seconds=20)
    await turn(house, 0, *range(15, 20), seconds=20)
    assert len(house.slack.replies()) == 1
    await later(house, seconds=20)
    (_, second) = house.slack.replies()
    assert "📈 Worse · 5 workspaces" in second.text
    assert "✅ Resolved · 5 workspaces" in second.text


async def test_reminders_are_one_reply(store: Store) -> None:
    house = house_of(store, 30)
    await turn(house, 9, *range(30))
    for _ in range(5):
        await turn(house, 9, *range(30), hours=1)
    (reply,) = house.slack.replies()
    assert "🔁 Still firing · 30 workspaces for 4 h" in reply.text
    assert "<!here>" not in reply.text


async def test_the_last_that_burns_after_an_hour_has_a_message_of_its_own(store: Store) -> None:
    house = house_of(store, 30)
    await turn(house, 9, *range(30))
    await turn(house, 0, *range(1, 30), minutes=5)
    assert not singles(house)
    await turn(house, 9, 0, hours=1)
    await later(house, minutes=1)
    (single,) = singles(house)
    assert "w000" in single.text
    assert "<!here>" in single.text
    assert "29 resolved · 1 with a message of its own" in folds(house)[0].text
    await turn(house, 0, 0, minutes=5)
    assert house.slack.replies()[-1].thread_ts == single.ts
    assert len(singles(house)) == 1


async def test_a_restart_while_the_last_gets_its_own_message_repeats_nothing(store: Store) -> None:
    house = house_of(store, 30)
    await turn(house, 9, *range(30))
    await turn(house, 0, *range(1, 30), minutes=5)
    house.clock.forward(hours=1)
    await read(house, 9, 0)
    house.slack.answers_lost = 1
    for _ in range(2):
        await house.tell()
    await house.stop()
    after = house_of(store, 30, after=house)
    for _ in range(4):
        await later(after, minutes=1)
    assert len(singles(after)) == 1
    assert len(folds(after)) == 1
    assert await told(after) == {Reason.FIRING: 1, Reason.RESOLVED: 29}


async def test_a_silence_keeps_replies_back_and_its_end_tells_in_a_single_reply(store: Store) -> None:
    house = house_of(store, 30)
    await turn(house, 9, *range(30))
    now = house.clock.now
    silence = Silence("failures", None, now + timedelta(minutes=30), "U0BEN", now, name="ben")
    await store.silences.add(silence)
    await turn(house, 30, *range(30), minutes=5)
    assert not house.slack.replies()
    assert "30 of these silenced" in folds(house)[0].text
    assert "@ben" in folds(house)[0].text
    await turn(house, 30, *range(30), minutes=26)
    assert [one.text.splitlines()[0] for one in house.slack.messages[1:]] == [
        "🔔 Silence ended · 30 workspaces still firing"
    ]


async def test_the_end_of_a_silence_is_told_once_if_its_reply_arrives_while_a_turn_reads(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reply that waited for a minute is confirmed after the turn read the alerts, before it writes."""
    house = house_of(store, 30)
    await turn(house, 9, *range(30))
    now = house.clock.now
    await store.silences.add(Silence("failures", None, now + timedelta(minutes=30), "U0BEN", now, name="ben"))
    await turn(house, 9, *range(30), minutes=5)
    house.clock.forward(minutes=26)
    await house.notifier.tick()
    house.clock.forward(minutes=2)
    tell = house.notifier._tell

    async def after_the_reply(*read: Any) -> None:
        await house.dispatcher.tick()
        await house.dispatcher.settle()
        await tell(*read)

    assert not house.slack.replies()
    monkeypatch.setattr(house.notifier, "_tell", after_the_reply)
    await house.notifier.tick()
    monkeypatch.undo()
    for _ in range(3):
        await later(house, minutes=1)
    assert [one.text.splitlines()[0] for one in house.slack.replies()] == [
        "🔔 Silence ended · 30 workspaces still firing"
    ]


async def test_a_give_back_is_posted_in_the_thread(store: Store) -> None:
    house = house_of(store, 30)
    await turn(house, 9, *range(30))
    ids = [alert.id for alert in await store.alerts.firing()]
    for id in ids[:3]:
        await store.alerts.acknowledge(id, "U0ADA", house.clock.now)
    await later(house, seconds=30)
    assert "3 of these taken" in folds(house)[0].text
    assert "<@U0ADA> (3)" in folds(house)[0].text
    await store.alerts.give_back(ids[0], "U0ADA", "U0ADA", house.clock.now)
    await later(house, seconds=30)
    (reply,) = house.slack.replies()
    assert "↩️ Given back, nobody has it · 1 workspace" in reply.text


async def test_the_end_of_the_day_is_told_once(store: Store) -> None:
    house = house_of(store, 30)
    await turn(house, 9, *range(30))
    house.clock.forward(hours=14)
    await read(house, 9, *range(30), day_is_over=True)
    await later(house)
    (reply,) = house.slack.replies()
    assert "🌙 Day over, not resolved · 30 workspaces" in reply.text
    assert "🌙 Day over, not resolved · all 30 workspaces" in folds(house)[0].text
    assert await told(house) == {Reason.DAY_ENDED: 30}
    house.clock.forward(hours=3)
    await read(house, 3, *range(5), day_is_over=True)
    await later(house)
    assert len(house.slack.messages) == 2
    assert await told(house) == {Reason.DAY_ENDED: 25, Reason.CORRECTED: 5}


async def test_removing_a_rule_closes_the_fold_without_mentions(store: Store) -> None:
    house = house_of(store, 30)
    await turn(house, 9, *range(30))
    await house.stop()
    after = house_of(store, 30, rules=(), after=house)
    for _ in range(6):
        await later(after, minutes=6)
    (root,) = house.slack.roots()
    assert "⏹️ Closed · all 30 workspaces, rule failures" in root.text
    assert "30 closed by an edit of the config" in root.text
    assert not house.slack.replies()


@pytest.mark.parametrize("step", ["folded", "put", "posted, unheard", "confirmed"])
async def test_a_restart_at_any_step_repeats_and_loses_nothing(
    store: Store, store_url: str, step: str
) -> None:
    house = house_of(store, 30)
    await read(house, 9, *range(30))
    await put(house)
    if step == "folded":
        database = connect(store_url)
        await database.change(delete(notices))
        await database.close()
    if step == "posted, unheard":
        house.slack.answers_lost = 1
    if step in ("posted, unheard", "confirmed"):
        await house.dispatcher.tick()
        await house.dispatcher.settle()
    await house.stop()
    after = house_of(store, 30, after=house)
    for _ in range(4):
        await later(after, minutes=1)
    assert len(house.slack.messages) == 1
    assert await told(after) == {Reason.FIRING: 30}


async def test_a_message_that_waits_is_withdrawn_when_its_alert_is_folded(store: Store) -> None:
    """It waits behind others of the channel; more alerts come."""
    house = house_of(store, 30)
    await read(house, 9, *range(8))
    await put(house)
    await turn(house, 9, *range(30), seconds=10)
    assert len(house.slack.roots()) == 1
    assert await told(house) == {Reason.FIRING: 30}


async def test_another_replica_goes_on_with_the_fold(store: Store) -> None:
    house = house_of(store, 30)
    await turn(house, 9, *range(30))
    await house.stop()
    after = house_of(store, 30, after=house)
    await turn(after, 0, *range(30), minutes=5)
    assert len(house.slack.roots()) == 1
    assert len(house.slack.replies()) == 1


async def test_a_replica_that_lost_the_lease_folds_nothing(store: Store) -> None:
    house = house_of(store, 30)
    await read(house, 9, *range(30))
    place = Place(RULE.name, "#data-ops")
    ids = [alert.id for alert in await store.alerts.firing()]
    assert await store.leases.acquire("tell", "another", 10)
    assert await store.folds.open(place, ids, house.clock.now, under="tell", holder="one") is None
    assert not await store.folds.since(house.clock.now)


async def test_a_folded_alert_gets_no_message_of_its_own(store: Store) -> None:
    """A replica that froze may not know yet that another one folded it."""
    house = house_of(store, 30)
    await turn(house, 9, *range(30))
    key = f"alert/{RULE.name}/prod/w000/{TODAY}/1"
    notice = Notice(key, "#data-ops", "{}", "x", Priority.ALERT, house.clock.now)
    assert not await store.outbox.put(notice, under="tell", holder="one")
    assert await store.outbox.get(key) is None
    reply = Notice("fold/1/9", "#data-ops", "{}", "x", Priority.ALERT, house.clock.now, thread_of="fold/1")
    assert await store.outbox.put(reply, under="tell", holder="one")


async def test_a_poll_that_changes_nothing_edits_nothing(store: Store) -> None:
    house = house_of(store, 30)
    await turn(house, 9, *range(30))
    before = [list(one.texts) for one in house.slack.messages]
    for _ in range(3):
        await turn(house, 9, *range(30), minutes=5)
    assert [one.texts for one in house.slack.messages] == before
    await turn(house, 8, *range(30), minutes=5)
    assert "240 failed" in folds(house)[0].text


async def test_the_headline_names_the_project_even_if_some_alerts_stand_alone(store: Store) -> None:
    house = house_of(store, 30)
    await turn(house, 9, *range(3))
    await turn(house, 9, *range(3, 30), seconds=5)
    assert len(singles(house)) == 3
    assert (
        "⚠️ Warning · 30 of 30 workspaces of prod above the limit of rule failures (5)\n"
        in folds(house)[0].text
    )
    assert "27 firing" in folds(house)[0].text


async def test_over_many_channels_those_that_join_are_told_at_the_pace_of_slacks_edits(store: Store) -> None:
    house = house_of(store, 120, channels=20)
    await turn(house, 9, *range(101))
    await read(house, 9, *range(101, 120))
    seconds = 0
    while (await told(house))[Reason.FIRING] < 120:
        seconds += 4
        assert seconds <= 16
        house.clock.forward(seconds=4)
        await house.tell()
    assert len(folds(house)) == 20


async def test_recoveries_over_many_channels_wait_for_no_edit(store: Store) -> None:
    house = house_of(store, 120, channels=40)
    await turn(house, 9, *range(120))
    await turn(house, 0, *range(120), minutes=5)
    assert sum("✅ Resolved · 3 workspaces" in one.text for one in house.slack.replies()) == 40
    assert await told(house) == {Reason.RESOLVED: 120}

    def shown() -> int:
        return sum("✅ Resolved · all 3 workspaces" in one.text for one in folds(house))

    assert shown() == 30  # a burst of edits
    for _ in range(20):
        house.clock.forward(seconds=5)
        await house.tell()
    assert shown() == 40
    assert len(house.slack.replies()) == 40


async def test_a_deleted_message_is_posted_anew_even_if_its_reply_goes_without_an_edit(store: Store) -> None:
    house = house_of(store, 120, channels=40)
    await turn(house, 9, *range(120))
    for one in folds(house):
        house.slack.messages.remove(one)
    await turn(house, 0, *range(120), minutes=5)
    await later(house, seconds=5)
    assert len(folds(house)) == 40
    assert await told(house) == {Reason.RESOLVED: 120}
    ts = {one.ts for one in folds(house)}
    assert {one.thread_ts for one in house.slack.replies()} == ts


async def test_each_severity_has_a_message_with_its_own_mentions(store: Store) -> None:
    important = Care(owner="<@U0OWNER>", importance=Importance.CRITICAL)
    plain = spaces(30)
    watched = [*(replace(one, care=important) for one in plain[:14]), *plain[14:]]
    rules = (replace(RULE, mentions_owner=True),)
    house = UseCases(store, workspaces=watched, rules=rules)
    await turn(house, 9, *range(12), *range(14, 28))
    critical, warning = sorted(folds(house), key=lambda one: "Critical" not in one.text)
    assert critical.text.startswith("⛔ Critical · 26 of 30 workspaces of prod")
    assert warning.text.startswith("⚠️ Warning · 26 of 30 workspaces of prod")
    assert ("12 firing" in critical.text, "14 firing" in warning.text) == (True, True)
    assert "<!here> <@U0OWNER>" in critical.text
    assert "<@U0OWNER>" not in warning.text
    of_before = {"source": house.source, "slack": house.slack, "clock": house.clock}
    await house.stop()
    successor = UseCases(store, workspaces=watched, rules=rules, owner="two", **of_before)  # type: ignore[arg-type]
    await turn(successor, 9, *range(30), seconds=30)
    assert "14 firing" in critical.text
    assert "16 firing" in warning.text
    assert not singles(successor)
    row = await store.outbox.get(critical.key)
    assert row
    assert row.notice.priority is Priority.CRITICAL


async def test_folds_leave_their_turn_to_what_is_urgent_but_only_once(store: Store) -> None:
    house, looks = house_of(store, 120, channels=30), [0]

    def hurried() -> bool:
        looks[0] += 1
        return looks[0] > 10

    house.notifier = Notifier(house.replica, house.routes, configs=house.configs, hurried=hurried)
    await read(house, 9, *range(120))
    await put(house)
    assert len(await queued(house)) == 10
    await put(house)
    assert len(await queued(house)) == 30
    await later(house)
    assert await told(house) == {Reason.FIRING: 120}


async def queued(house: UseCases) -> list[str]:
    backlog = [await house.store.outbox.get(f"fold/{number}") for number in range(1, 31)]
    return [row.notice.key for row in backlog if row]
