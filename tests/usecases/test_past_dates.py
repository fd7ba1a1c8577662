"""Alerts that outlive their business date: stuck instances over two midnights, on a clock moved by hand."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.domain.acts import ActKind
from bot.domain.alerts import ActionOutcome, ActionResult, Ending, State
from bot.domain.digest import Plan, Schedule
from bot.domain.model import Day, Metric, Workspace
from bot.domain.pace import RHYTHM
from bot.domain.rules import Rule, Severity
from bot.domain.silences import Silence
from bot.errors import DlfUnavailable
from bot.messages.alert import render_alert
from bot.store.store import Store
from bot.usecases.alert_actions import AlertActions
from bot.usecases.digest_plans import DigestPlans
from bot.usecases.digests import Digests
from tests.support.fakes import HandClock, full
from tests.support.message_scenes import FIRING, RULE, STUCK_OVERNIGHT
from tests.support.use_cases import FAILURES, SALES, SINGAPORE, TODAY, UseCases

pytestmark = pytest.mark.sqlite

STUCK = Rule(
    "stuck",
    Metric.RUNNING_EXCEPTION_COUNT,
    0,
    severity=Severity.CRITICAL,
    mention=("<!subteam^S0ONCALL>",),
    remind_every=timedelta(hours=4),
)
TOMORROW = "2026-11-24"
# From 10:00 in Singapore to a moment after midnight.
TO_MIDNIGHT = timedelta(hours=14, seconds=5)
THREE, NONE = full(running_exception_count=3), full()


@pytest.fixture
async def house(store: Store) -> UseCases:
    """Three instances of the first date are stuck, and Slack knows it."""
    found = UseCases(store, rules=(STUCK,))
    found.source.counts["sales", TODAY] = THREE
    await found.turn()
    return found


async def midnight(house: UseCases) -> None:
    """The first moment of the next date."""
    house.clock.now += TO_MIDNIGHT
    await house.turn()


async def poll(house: UseCases, times: int = 1, **more: float) -> None:
    """Let so many polls pass."""
    for _ in range(times):
        await house.turn(**({"minutes": 5} | more))


def replies(house: UseCases) -> list[str]:
    return [one.text for one in house.slack.replies()]


def lines_of_midnight(house: UseCases) -> list[str]:
    return [text for text in replies(house) if text.startswith("🌙")]


GOES_ON = "🌙 The day ended. These 3 stay stuck until somebody deals with them, so this alert goes on."


async def test_an_alert_about_stuck_instances_survives_midnight_and_names_its_date(house: UseCases) -> None:
    await midnight(house)
    (root,) = house.slack.roots()
    assert root.text.startswith("⛔ Critical · sales: 3 stuck from Mon 23 Nov (limit 0)\nSince 23 Nov 10:00")
    assert "<!subteam^S0ONCALL>" in root.text
    (alert,) = await house.store.alerts.firing()
    assert alert.id == f"stuck/prod/sales/{TODAY}/1"


async def test_its_message_says_that_the_number_was_read_since_midnight(house: UseCases) -> None:
    house.clock.now += TO_MIDNIGHT - timedelta(seconds=4)
    await house.tell()
    root = house.slack.roots()[0]
    assert "as of 10:00" in root.text
    house.source.broken["sales"] = DlfUnavailable("DLF is away.")
    await house.turn(seconds=4)
    assert "3 stuck from Mon 23 Nov" in root.text
    assert "as of 10:00" in root.text
    house.source.broken.clear()
    await poll(house)
    assert "as of 24 Nov 00:05" in root.text
    edits = len(root.texts)
    await poll(house, 3)
    assert len(root.texts) == edits


async def test_a_single_reply_says_that_the_alert_goes_on_without_mentions(house: UseCases) -> None:
    await midnight(house)
    await poll(house, 3)
    assert lines_of_midnight(house) == [GOES_ON]
    house.clock.now += timedelta(hours=23, minutes=58)
    await poll(house)
    assert lines_of_midnight(house) == [GOES_ON]


async def test_its_date_is_read_at_the_polls_rhythm_while_it_burns_and_no_longer(house: UseCases) -> None:
    await midnight(house)
    assert await reads(house) == {Day.TODAY: 6, Day.YESTERDAY: 6, Day.BEFORE_YESTERDAY: 0}
    house.clock.now = datetime(2026, 11, 24, 16, 0, 5, tzinfo=UTC)
    await house.turn()
    assert await reads(house) == {Day.TODAY: 6, Day.YESTERDAY: 1, Day.BEFORE_YESTERDAY: 6}
    house.source.counts["sales", TODAY] = NONE
    await poll(house)
    assert await reads(house) == {Day.TODAY: 6, Day.YESTERDAY: 1, Day.BEFORE_YESTERDAY: 0}


async def reads(house: UseCases) -> dict[Day, int]:
    """How often each day is read within six polls."""
    house.source.asked.clear()
    await poll(house, 6)
    asked = Counter(day for _, day, _ in house.source.asked)
    return {day: asked[day] for day in RHYTHM}


async def test_yesterday_is_read_no_more_than_before_while_nothing_burns(store: Store) -> None:
    house = UseCases(store, rules=(STUCK, FAILURES))
    house.source.counts["sales", TODAY] = full(fail_count=50)
    await house.turn()
    await midnight(house)
    house.source.asked.clear()
    await poll(house, 12)
    assert house.source.asked.count(("sales", Day.YESTERDAY, False)) == 2


async def test_it_gets_worse_is_reminded_of_and_resolved_by_the_count_of_its_own_date(
    house: UseCases,
) -> None:
    await midnight(house)
    await poll(house, minutes=0, hours=8)
    assert replies(house)[-1].startswith("🔁 Still firing · sales: 3 stuck from Mon 23 Nov for 22 h")
    house.source.counts["sales", TODAY] = full(running_exception_count=7)
    await poll(house)
    assert replies(house)[-1].startswith("📈 Worse · sales: 7 stuck from Mon 23 Nov, was 3")
    assert "<!subteam^S0ONCALL>" in replies(house)[-1]
    house.source.counts["sales", TODAY] = NONE
    await poll(house)
    assert replies(house)[-1].startswith("✅ Resolved · sales: 0 stuck from Mon 23 Nov")
    assert len(house.slack.roots()) == 1


async def test_todays_stuck_are_an_alert_of_their_own_and_dates_are_never_added_up(house: UseCases) -> None:
    await midnight(house)
    house.source.counts["sales", TOMORROW] = full(running_exception_count=2)
    await poll(house)
    past, today = (one.text.splitlines()[0] for one in house.slack.roots())
    assert past == "⛔ Critical · sales: 3 stuck from Mon 23 Nov (limit 0)"
    assert today == "⛔ Critical · sales: 2 stuck (limit 0)"
    house.source.counts["sales", TODAY] = NONE
    await poll(house)
    assert [alert.key.business_date.isoformat() for alert in await house.store.alerts.firing()] == [TOMORROW]


async def test_a_breach_first_seen_after_midnight_starts_an_alert(store: Store) -> None:
    house = UseCases(store, rules=(replace(STUCK, readings=2),))
    await house.turn()
    house.source.counts["sales", TODAY] = THREE
    await midnight(house)
    assert house.slack.roots() == []
    await poll(house)
    (root,) = house.slack.roots()
    assert root.text.startswith("⛔ Critical · sales: 3 stuck from Mon 23 Nov")
    assert replies(house) == []


async def test_an_alert_of_a_rule_that_ends_with_the_day_ends_at_midnight(store: Store) -> None:
    house = UseCases(store, rules=(replace(STUCK, ends_with_day=True),))
    house.source.counts["sales", TODAY] = THREE
    await house.turn()
    await midnight(house)
    assert "Day over" in house.slack.roots()[0].text


async def test_while_yesterday_cannot_be_read_the_alert_burns_on_and_says_when_it_was_read(
    house: UseCases,
) -> None:
    house.source.broken["sales"] = DlfUnavailable("DLF is away.")
    await midnight(house)
    root = house.slack.roots()[0]
    assert root.text.startswith("⛔ Critical · sales: 3 stuck from Mon 23 Nov")
    assert "as of 10:00" in root.text
    assert replies(house) == []
    house.source.broken.clear()
    await poll(house)
    assert lines_of_midnight(house) == [GOES_ON]


async def test_an_unreadable_past_date_with_an_alert_is_reported_like_today(house: UseCases) -> None:
    await midnight(house)
    house.source.broken_days[Day.YESTERDAY] = DlfUnavailable("DLF is away.")
    await poll(house, 3)
    root = house.slack.roots()[-1]
    assert root.text.startswith("⛔ Critical · project prod: cannot read DLF (1 workspace)")
    house.source.broken_days.clear()
    await poll(house)
    assert root.text.startswith("✅ Resolved")
    house.source.broken_days[Day.BEFORE_YESTERDAY] = DlfUnavailable("DLF is away.")
    await poll(house, 4)
    assert len(house.slack.roots()) == 2, "nothing burns on that date"


async def to_the_end(house: UseCases) -> None:
    """Poll over two more midnights, to the first moment at which DLF no longer tells the first date."""
    await midnight(house)
    for _ in range(2):
        house.clock.now += timedelta(hours=23, minutes=58)
        await house.turn()
        await house.turn(minutes=2)


async def test_a_reply_with_mentions_says_that_dlf_dropped_the_date(house: UseCases) -> None:
    await to_the_end(house)
    (root,) = house.slack.roots()
    assert root.text.startswith("❔ Closed, not resolved · sales: 3 stuck on Mon 23 Nov when last read")
    last = replies(house)[-1]
    assert last.startswith("❔ Closed, not resolved · sales: 3 stuck on Mon 23 Nov when last read")
    assert "last read 25 Nov 23:58" in last
    assert "<!subteam^S0ONCALL>" in last
    assert "<!subteam^S0ONCALL>" not in root.text
    said = len(house.slack.messages)
    await poll(house, 3)
    assert len(house.slack.messages) == said


async def test_only_the_taker_is_mentioned_when_dlf_drops_the_date(house: UseCases) -> None:
    await house.store.alerts.acknowledge(f"stuck/prod/sales/{TODAY}/1", "U0ADA", house.clock.now)
    await to_the_end(house)
    assert "<@U0ADA> had it" in replies(house)[-1]
    assert "<!subteam^S0ONCALL>" not in replies(house)[-1]


async def test_after_three_days_of_downtime_it_is_closed_with_the_mentions(house: UseCases) -> None:
    house.clock.now += timedelta(days=3)
    again = UseCases(house.store, slack=house.slack, clock=house.clock, rules=(STUCK,), owner="two")
    await house.notifier.stop()
    await again.turn()
    last = replies(house)[-1]
    assert "last read 23 Nov 10:00" in last
    assert "<!subteam^S0ONCALL>" in last
    assert lines_of_midnight(house) == []


async def test_an_unannounced_alert_is_posted_once_with_mentions_when_dlf_drops_its_date(
    store: Store,
) -> None:
    house = UseCases(store, rules=(STUCK,))
    house.source.counts["sales", TODAY] = THREE
    await house.poll()
    house.clock.now += timedelta(days=3)
    await house.turn()
    await poll(house)
    (root,) = house.slack.roots()
    assert root.text.startswith("❔ Closed, not resolved · sales: 3 stuck on Mon 23 Nov when last read")
    assert "<!subteam^S0ONCALL>" in root.text
    assert replies(house) == []


async def test_a_restart_over_midnight_and_a_second_replica_change_nothing(house: UseCases) -> None:
    house.clock.now += TO_MIDNIGHT + timedelta(hours=3)
    await house.notifier.stop()
    both = [
        UseCases(
            house.store,
            source=house.source,
            slack=house.slack,
            clock=house.clock,
            rules=(STUCK,),
            owner=owner,
        )
        for owner in ("two", "three")
    ]
    for _ in range(3):
        for one in both:
            await one.turn(minutes=2.5)
    assert len(house.slack.roots()) == 1
    assert len(lines_of_midnight(house)) == 1
    (alert,) = await house.store.alerts.firing()
    assert alert.episode == 1


async def test_a_silence_until_the_day_ends_ends_and_what_goes_on_is_told(house: UseCases) -> None:
    ends = datetime(2026, 11, 23, 16, tzinfo=UTC)
    await house.store.silences.add(Silence("stuck", SALES.key, ends, "U0ADA", house.clock.now, name="ada"))
    await midnight(house)
    assert any("Silence ended · sales: 3 stuck from Mon 23 Nov" in text for text in replies(house))
    assert len(house.slack.roots()) == 1


async def test_under_a_silence_what_dlf_no_longer_tells_is_told_with_the_mentions_when_it_has_ended(
    store: Store,
) -> None:
    house = UseCases(store, rules=(replace(STUCK, severity=Severity.WARNING),))
    now = house.clock.now
    await store.silences.add(Silence(None, None, now + timedelta(days=4), "U0ADA", now))
    house.source.counts["sales", TODAY] = THREE
    await house.turn()
    await to_the_end(house)
    await poll(house)
    assert house.slack.messages == []
    house.clock.now += timedelta(days=2)
    await poll(house)
    (root,) = house.slack.roots()
    assert root.text.startswith("❔ Closed, not resolved · sales: 3 stuck on Mon 23 Nov when last read")
    assert "<!subteam^S0ONCALL>" in root.text


async def test_a_posted_alert_mentions_no_person_until_its_silence_has_ended(
    house: UseCases,
) -> None:
    now = house.clock.now
    await house.store.silences.add(Silence(None, None, now + timedelta(days=4), "U0ADA", now))
    await to_the_end(house)
    (root,) = house.slack.roots()
    assert root.text.startswith("❔ Closed, not resolved")
    assert "Silenced by <@U0ADA>" in root.text
    assert not any("<!subteam^S0ONCALL>" in text for text in [root.text, *replies(house)])
    house.clock.now += timedelta(days=2)
    await poll(house)
    assert replies(house)[-1].startswith("❔ Closed, not resolved")
    assert "<!subteam^S0ONCALL>" in replies(house)[-1]
    said = len(house.slack.messages)
    await poll(house, 2)
    assert len(house.slack.messages) == said


def test_a_silence_until_the_day_ends_means_today_where_the_alerts_own_date_is_over() -> None:
    assert "Until this date ends (00:00)" in str(render_alert(FIRING, RULE, SALES).native)
    overnight = str(render_alert(STUCK_OVERNIGHT, STUCK, SALES).native)
    assert "Until today ends (00:00)" in overnight
    assert "Until this date ends" not in overnight


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [
        ("America/New_York", "2026-11-01T03:59:58", "2026-11-01T04:00:05"),
        ("America/New_York", "2026-11-02T04:59:58", "2026-11-02T05:00:05"),
        ("Africa/Cairo", "2026-04-23T21:59:58", "2026-04-23T22:00:05"),
        ("Pacific/Auckland", "2026-09-26T11:59:58", "2026-09-26T12:00:05"),
    ],
    ids=["before the autumn change", "a date of 25 hours", "midnight that the clock skips", "far from UTC"],
)
async def test_each_project_has_its_own_midnight(store: Store, zone: str, before: str, after: str) -> None:
    moment, later = (datetime.fromisoformat(at).replace(tzinfo=UTC) for at in (before, after))
    workspace = Workspace("prod", "sales", "ws-sales", ZoneInfo(zone))
    house = UseCases(store, rules=(STUCK,), workspaces=(workspace,), clock=HandClock(moment))
    on = moment.astimezone(workspace.zone).date()
    assert later.astimezone(workspace.zone).date() == on + timedelta(days=1)
    house.source.counts["sales", on.isoformat()] = THREE
    await house.turn()
    (root,) = house.slack.roots()
    assert "stuck from" not in root.text
    house.clock.now = later
    await house.turn()
    assert "3 stuck from" in root.text
    assert len(lines_of_midnight(house)) == 1


async def test_an_alert_ended_by_an_older_version_fires_again_while_it_is_above_its_limit(
    store: Store,
) -> None:
    old = UseCases(store, rules=(replace(STUCK, ends_with_day=True),))
    old.source.counts["sales", TODAY] = THREE
    await old.turn()
    await midnight(old)
    await old.notifier.stop()
    new = UseCases(store, source=old.source, slack=old.slack, clock=old.clock, rules=(STUCK,), owner="new")
    await poll(new, 7)
    ended, anew = new.slack.roots()
    assert ended.text.startswith("🌙 Day over")
    assert anew.text.startswith("⛔ Critical · sales: 3 stuck from Mon 23 Nov")
    (alert,) = await store.alerts.firing()
    assert alert.episode == 2


async def test_a_date_that_dlf_no_longer_tells_leaves_an_alert_that_is_not_green(house: UseCases) -> None:
    await to_the_end(house)
    (alert,) = await house.store.alerts.no_longer_told(house.clock.now - timedelta(days=7))
    assert (alert.state, alert.ending, alert.value) == (State.OVER, Ending.NO_LONGER_TOLD, 3)


MORNING = Plan("morning", Schedule(time(9), SINGAPORE))


async def digest(house: UseCases, *days: Day) -> str:
    plan = replace(MORNING, days=days)
    plans = DigestPlans([plan], [SALES], "#data-ops", "en")
    house.digests = Digests(house.replica, plans, house.status)
    return (await house.digests.preview("morning")).text


async def test_a_digest_says_what_is_still_stuck_from_the_dates_it_is_not_about(house: UseCases) -> None:
    await midnight(house)
    house.clock.now += timedelta(days=1)
    await house.turn()
    about_yesterday = await digest(house, Day.YESTERDAY)
    assert about_yesterday.startswith(
        "⚠️ Tue 24 Nov · 0 failed, 0 stuck in 1 workspace; +3 still stuck from Mon 23 Nov"
    )
    assert "all clear" not in about_yesterday
    both = await digest(house, Day.BEFORE_YESTERDAY, Day.YESTERDAY)
    assert "Mon 23 Nov · 0 failed, 3 stuck" in both
    assert "still stuck" not in both
    house.source.counts["sales", TODAY] = NONE
    await poll(house)
    assert "all clear" in await digest(house, Day.YESTERDAY)


async def test_marked_done_by_a_person_it_is_off_the_list_kept_as_an_act_and_said_on_the_message(
    house: UseCases,
) -> None:
    await to_the_end(house)
    actions = AlertActions(house.store, clock=house.clock)
    alert_id = f"stuck/prod/sales/{TODAY}/1"
    results = [await actions.mark_done(alert_id, user, channel="C0OPS") for user in ("U0ADA", "U0BEN")]
    assert results == [
        ActionResult(ActionOutcome.DONE),
        ActionResult(ActionOutcome.ALREADY, "U0ADA", house.clock.now),
    ]
    assert await house.store.alerts.no_longer_told(house.clock.now - timedelta(days=7)) == []
    (act,) = await house.store.acts.since(house.clock.now)
    assert (act.kind, act.by, act.channel, act.alert_id) == (ActKind.DONE, "U0ADA", "C0OPS", alert_id)
    said = len(house.slack.messages)
    await poll(house)
    assert "☑️ Marked done by <@U0ADA> at 26 Nov 00:00" in house.slack.roots()[0].text
    assert len(house.slack.messages) == said


async def test_only_an_alert_of_a_dropped_date_can_be_marked_done(house: UseCases) -> None:
    actions = AlertActions(house.store, clock=house.clock)
    firing = await actions.mark_done(f"stuck/prod/sales/{TODAY}/1", "U0ADA")
    assert firing.outcome is ActionOutcome.WRONG
    assert (await actions.mark_done("unheard of", "U0ADA")).outcome is ActionOutcome.UNKNOWN
