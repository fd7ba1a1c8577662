"""From a poll to what Slack shows: a fake DLF, a fake Slack, a real store, a clock moved by hand."""

import asyncio
from dataclasses import replace
from datetime import time, timedelta

import pytest

from bot.domain.alerts import Alert
from bot.domain.digest import Digest, Occurrence, Plan, Schedule
from bot.domain.model import Day, Metric, StatusCounts
from bot.domain.rules import Severity
from bot.domain.silences import Silence
from bot.domain.unreadable import UNREADABLE
from bot.errors import DlfUnavailable, SlackError, StoreError
from bot.messages import alert as wording
from bot.messages.message import Message
from bot.store.store import Store
from tests.support.fakes import full
from tests.support.use_cases import FAILURES, FINANCE, SALES, SINGAPORE, TODAY, YESTERDAY, UseCases

pytestmark = pytest.mark.sqlite


async def test_one_message_lives_through_firing_worse_and_resolved(store: Store) -> None:
    house = UseCases(store)
    house.source.counts["sales", TODAY] = full(fail_count=7)
    await house.turn()
    assert len(house.slack.roots()) == 1
    root = house.slack.roots()[0]
    assert "7" in root.text
    assert "<!here>" in root.text

    house.source.counts["sales", TODAY] = full(fail_count=15)
    await house.turn(minutes=5)
    house.source.counts["sales", TODAY] = full(fail_count=0)
    await house.turn(minutes=5)

    assert len(house.slack.roots()) == 1
    assert [reply.thread_ts for reply in house.slack.replies()] == [root.ts, root.ts]
    worse, resolved = house.slack.replies()
    assert "<!here>" in worse.text
    assert "<!here>" not in resolved.text
    assert "resolved" in root.text.lower()


async def test_unchanged_counts_post_nothing_more(store: Store) -> None:
    house = UseCases(store)
    house.source.counts["sales", TODAY] = full(fail_count=7)
    for _ in range(5):
        await house.turn(minutes=5)
    assert house.slack.posts == 1
    assert len(house.slack.messages[0].texts) == 1


async def test_midnight_ends_the_day_and_reruns_correct_it(store: Store) -> None:
    house = UseCases(store)
    house.source.counts["sales", TODAY] = full(fail_count=7)
    await house.turn()
    house.source.counts["sales", TODAY] = full(fail_count=14)
    await house.turn(hours=14, seconds=5)  # 00:00:05 in Singapore: today is a new date, with no failures
    root = house.slack.roots()[0]
    assert len(house.slack.roots()) == 1
    assert "✅" not in root.text
    assert "14" in root.text
    assert "ended" in root.text.lower()

    house.source.counts["sales", TODAY] = full(fail_count=9)
    await house.turn(hours=1)
    assert "9" in root.text
    assert "14" in root.text
    assert len(house.slack.replies()) == 1


async def test_a_fall_to_zero_at_the_day_change_is_not_a_recovery(store: Store) -> None:
    house = UseCases(store)
    house.source.counts["sales", TODAY] = full(fail_count=7)
    await house.turn()
    house.source.broken["sales"] = DlfUnavailable("DLF is away.")
    await house.turn(hours=14, seconds=5)
    assert not house.slack.replies()
    house.source.broken.clear()
    await house.turn(minutes=5)
    assert "day over" in house.slack.replies()[0].text.lower()


@pytest.mark.parametrize(
    "counts", [StatusCounts(success_count=3), StatusCounts(fail_count=None, total_count=9)]
)
async def test_an_unknown_count_neither_fires_nor_resolves(store: Store, counts: StatusCounts) -> None:
    house = UseCases(store)
    house.source.counts["sales", TODAY] = full(fail_count=7)
    await house.turn()
    house.source.counts["sales", TODAY] = counts
    await house.turn(minutes=5)
    await house.turn(minutes=5)
    assert (len(house.slack.roots()), len(house.slack.replies())) == (1, 0)


async def test_a_rule_left_without_its_count_is_told_after_three_polls(store: Store) -> None:
    house = UseCases(store, workspaces=(SALES, FINANCE))
    house.source.counts["sales", TODAY] = StatusCounts(success_count=3)
    for _ in range(2):
        await house.turn(minutes=5)
    assert house.slack.messages == []
    await house.turn(minutes=5)
    (said,) = house.slack.roots()
    assert "cannot read dlf (1 workspace)" in said.text.lower()
    assert "DLF did not return fail_count, so the rule failures cannot be checked." in said.text

    house.source.counts["sales", TODAY] = full(fail_count=7)
    await house.turn(minutes=5)
    assert [root.text.count("7 failed") > 0 for root in house.slack.roots()] == [False, True]
    assert len(house.slack.replies()) == 1


async def test_a_new_bot_does_not_announce_yesterday(store: Store) -> None:
    house = UseCases(store)
    house.source.counts["sales", YESTERDAY] = full(fail_count=50)
    await house.turn()
    assert house.slack.messages == []


async def test_a_breach_seen_only_by_the_last_read_of_the_day_is_reported(store: Store) -> None:
    house = UseCases(store)
    await house.turn()
    house.source.counts["sales", TODAY] = full(fail_count=50)
    await house.turn(hours=14, seconds=5)
    assert len(house.slack.roots()) == 1
    assert "50" in house.slack.roots()[0].text


async def test_an_outage_of_dlf_is_one_alert_per_project_and_ends(store: Store) -> None:
    house = UseCases(store, workspaces=(SALES, FINANCE))
    house.source.error = DlfUnavailable("DLF did not answer in time.")
    for _ in range(5):
        await house.turn(minutes=5)
    assert len(house.slack.roots()) == 1
    said = house.slack.roots()[0]
    assert "cannot read" in said.text.lower()
    assert "did not answer in time" in said.text
    assert "(Asia/Singapore)" in said.text
    house.source.error = None
    await house.turn(minutes=5)
    assert len(house.slack.roots()) == 1
    assert len(house.slack.replies()) == 1


async def test_two_failed_polls_are_not_yet_an_alert(store: Store) -> None:
    house = UseCases(store)
    house.source.error = DlfUnavailable("DLF did not answer in time.")
    await house.turn()
    await house.turn(minutes=5)
    house.source.error = None
    await house.turn(minutes=5)
    assert house.slack.messages == []


async def test_alerts_go_where_the_workspace_or_the_rule_says(store: Store) -> None:
    rule = replace(FAILURES, name="loud", channel="#loud")
    house = UseCases(store, workspaces=(SALES, FINANCE), rules=(FAILURES, rule))
    house.source.counts["sales", TODAY] = full(fail_count=7)
    house.source.counts["finance", TODAY] = full(fail_count=8)
    await house.turn()
    assert sorted(one.channel for one in house.slack.roots()) == ["#data-ops", "#finance", "#loud", "#loud"]


async def test_an_alert_posted_after_its_silence_is_not_called_late(store: Store) -> None:
    house = UseCases(store)
    until = house.clock.now + timedelta(minutes=30)
    await store.silences.add(Silence("failures", SALES.key, until, "U0ADA", house.clock.now))
    house.source.counts["sales", TODAY] = full(fail_count=7)
    await house.turn()
    assert house.slack.messages == []
    await house.turn(minutes=30, seconds=30)
    (root,) = house.slack.roots()
    assert "late" not in root.text


async def test_a_replica_with_an_older_config_leaves_what_it_does_not_know_to_the_newer(store: Store) -> None:
    """Else its alert would stand in the default channel, with all that follows."""
    newer = UseCases(store, workspaces=(SALES, FINANCE))
    older = UseCases(store, slack=newer.slack, clock=newer.clock, owner="two")
    newer.source.counts["finance", TODAY] = full(fail_count=7)
    await newer.poll()
    await older.tell()
    assert newer.slack.messages == []
    await older.notifier.stop()
    await newer.tell()
    assert [one.channel for one in newer.slack.messages] == ["#finance"]


async def test_a_critical_alert_that_gets_worse_goes_before_new_warnings(store: Store) -> None:
    critical = replace(FAILURES, severity=Severity.CRITICAL)
    warning = replace(FAILURES, name="stuck", metric=Metric.RUNNING_EXCEPTION_COUNT, limit=0)
    house = UseCases(store, rules=(warning, critical))
    house.source.counts["sales", TODAY] = full(fail_count=7)
    await house.turn()
    house.source.counts["sales", TODAY] = full(fail_count=70, running_exception_count=1)
    await house.turn(minutes=5)
    assert [one.thread_ts is None for one in house.slack.messages] == [True, False, True]


async def test_a_change_of_one_in_a_million_is_a_change(store: Store) -> None:
    house = UseCases(store)
    for number in (1_234_567, 1_234_568):
        house.source.counts["sales", TODAY] = full(fail_count=number, total_count=number)
        await house.turn(minutes=5)
    (root,) = house.slack.roots()
    assert "1,234,568" in root.text


@pytest.mark.parametrize("moved", [True, False], ids=["config moved", "config stays"])
async def test_a_digest_that_waits_for_a_dead_channel_goes_where_the_new_config_says(
    store: Store, moved: bool
) -> None:
    plan = Plan("morning", Schedule(time(9), SINGAPORE), (Day.YESTERDAY,), channel="#gone")
    house = UseCases(store, plans=[plan])
    await house.know_digests()
    house.slack.next_post = [SlackError("Refused.", code="is_archived")]
    await house.turn()
    await house.turn(minutes=1)
    assert [one.key.partition("/")[0] for one in house.slack.messages] == ["parked"]
    again = UseCases(
        store,
        plans=[replace(plan, channel="#finance") if moved else plan],
        slack=house.slack,
        clock=house.clock,
        owner="two",
    )
    await again.dispatcher.address()
    await again.turn(days=3)
    digests = [one.channel for one in house.slack.messages if one.key == "digest/morning/2026-11-23"]
    assert digests == (["#finance"] if moved else [])


async def test_a_digest_that_comes_to_wait_for_a_dead_channel_later_goes_there_too(store: Store) -> None:
    """When the config was read anew, Slack was away, and nothing was known of the channel."""
    plan = Plan("morning", Schedule(time(9), SINGAPORE), (Day.YESTERDAY,), channel="#gone")
    house = UseCases(store, plans=[plan])
    await house.know_digests()
    house.slack.away = SlackError("Away.", code="unreachable", retry_after=0.01)
    await house.turn()
    again = UseCases(
        store, plans=[replace(plan, channel="#finance")], slack=house.slack, clock=house.clock, owner="two"
    )
    await again.dispatcher.address()
    house.slack.away, house.slack.next_post = None, [SlackError("Refused.", code="is_archived")]
    await house.dispatcher.stop(1)
    await asyncio.sleep(0.02)
    await again.turn()
    await again.dispatcher.address()
    await again.turn(minutes=1)
    assert [one.channel for one in house.slack.messages if one.key.startswith("digest/")] == ["#finance"]


async def test_an_alert_whose_old_channel_dies_after_the_config_was_changed_is_told_in_the_new(
    store: Store,
) -> None:
    house = UseCases(store, workspaces=[FINANCE])
    house.source.counts["finance", TODAY] = full(fail_count=7)
    await house.turn()
    await house.notifier.stop()
    moved = UseCases(
        store,
        workspaces=[replace(FINANCE, channel=None)],
        slack=house.slack,
        source=house.source,
        clock=house.clock,
        owner="two",
    )
    await moved.turn(minutes=5)
    house.slack.next_edit = [SlackError("No.", code="is_archived")]
    house.source.counts["finance", TODAY] = full(fail_count=70, total_count=100)
    for _ in range(3):
        await moved.turn(minutes=5)
    worse = [one.channel for one in house.slack.messages if one.key.endswith("/1/1")]
    assert worse == ["#data-ops"]


async def test_sent_notices_are_kept_as_long_as_they_could_repeat(store: Store) -> None:
    keep = timedelta(days=1)
    house = UseCases(store)
    house.source.counts["sales", TODAY] = full(fail_count=7)
    await house.turn()
    house.source.counts["sales", TODAY] = full()
    await house.turn(minutes=5)
    await house.turn(minutes=5)
    said = len(house.slack.messages)
    await store.prune(house.clock.now + timedelta(days=2), keep)
    again = UseCases(store, slack=house.slack, clock=house.clock, owner="two")
    await again.turn(days=2)
    assert len(house.slack.messages) == said


async def test_a_restart_repeats_nothing_and_forgets_nothing(store: Store) -> None:
    house = UseCases(store)
    house.source.counts["sales", TODAY] = full(fail_count=7)
    await house.poll()
    again = UseCases(store, source=house.source, slack=house.slack, clock=house.clock, owner="after restart")
    await again.turn(seconds=11)
    assert len(house.slack.roots()) == 1
    third = UseCases(store, source=house.source, slack=house.slack, clock=house.clock, owner="once more")
    await third.turn(minutes=5)
    assert (len(house.slack.roots()), len(house.slack.replies())) == (1, 0)


async def test_an_alert_that_ended_during_an_outage_of_slack_is_posted_once(store: Store) -> None:
    house = UseCases(store)
    house.slack.away = SlackError("Slack cannot be reached.", code="unreachable", retry_after=0.3)
    house.source.counts["sales", TODAY] = full(fail_count=7)
    await house.turn()
    house.source.counts["sales", TODAY] = full(fail_count=0)
    await house.turn(minutes=5)
    house.slack.away = None
    await asyncio.sleep(0.3)  # a wait shorter than a round trip of the store would be no wait
    await house.turn(minutes=5)
    assert (len(house.slack.roots()), len(house.slack.replies())) == (1, 0)
    assert "late" in house.slack.roots()[0].text.lower()


async def test_a_digest_is_posted_once_per_date(store: Store) -> None:
    plan = Plan("morning", Schedule(time(9), SINGAPORE))
    house = UseCases(store, workspaces=(SALES, FINANCE), plans=(plan,))
    house.source.counts["sales", YESTERDAY] = full(fail_count=3)
    house.clock.now = house.clock.now.replace(hour=0, minute=59)
    await house.turn()
    assert house.slack.messages == []
    await house.turn(minutes=1)
    await house.turn(minutes=1)
    again = UseCases(store, workspaces=(SALES, FINANCE), plans=(plan,), slack=house.slack, clock=house.clock)
    await again.turn(minutes=1)
    assert len(house.slack.messages) == 1
    assert "sales" in house.slack.messages[0].text
    assert "finance" in house.slack.messages[0].text


async def test_a_late_digest_says_so_and_asks_for_the_right_date(store: Store) -> None:
    plan = Plan("evening", Schedule(time(22), SINGAPORE, max_lateness=timedelta(hours=6)), days=(Day.TODAY,))
    house = UseCases(store, plans=(plan,))
    await house.know_digests()
    house.clock.now = house.clock.now.replace(hour=17)  # 01:00 the next day: three hours late
    house.source.counts["sales", TODAY] = full(fail_count=4)
    await house.turn()
    digests = [one for one in house.slack.messages if one.key.startswith("digest/")]
    assert len(digests) == 1
    assert "late" in digests[0].text.lower()
    assert ("sales", Day.YESTERDAY, False) in house.source.asked
    assert "4" in digests[0].text


async def test_a_workspace_that_cannot_be_read_has_its_row_in_the_digest(store: Store) -> None:
    plan = Plan("morning", Schedule(time(9), SINGAPORE))
    house = UseCases(store, workspaces=(SALES, FINANCE), plans=(plan,))
    house.source.broken["finance"] = DlfUnavailable("DLF did not answer in time.")
    house.clock.now = house.clock.now.replace(hour=1)
    await house.turn()
    said = next(one for one in house.slack.messages if one.key.startswith("digest/"))
    assert "did not answer in time" in said.text
    assert "(Asia/Singapore)" in said.text
    assert "finance" in said.text


async def test_a_rule_that_left_the_config_closes_its_message_and_resolves_nothing(store: Store) -> None:
    house = UseCases(store)
    house.source.counts["sales", TODAY] = full(fail_count=7)
    await house.turn()
    await house.stop()
    without = UseCases(
        store, source=house.source, slack=house.slack, clock=house.clock, rules=(), owner="new"
    )
    await without.turn(minutes=5)
    assert "closed" not in house.slack.roots()[0].text.lower()  # an older replica may still read the rule
    await without.turn(minutes=20)
    said = house.slack.roots()[0].text.lower()
    assert "closed" in said
    assert "resolved" not in said
    assert len(house.slack.messages) == 1


async def test_a_project_that_cannot_be_read_is_told_in_the_channel_and_to_the_people_of_the_config(
    store: Store,
) -> None:
    loud = replace(UNREADABLE, channel="#infra", mention=("<!subteam^S0ONCALL>",), severity=Severity.WARNING)
    house = UseCases(store, unreadable=loud)
    house.source.broken["sales"] = DlfUnavailable("DLF is away.")
    for _ in range(4):
        await house.turn(minutes=5)
    (root,) = house.slack.roots()
    assert root.channel == "#infra"
    assert root.text.startswith("⚠️ Warning · project prod: cannot read DLF")
    assert "<!subteam^S0ONCALL>" in root.text


async def test_a_silenced_cannot_read_dlf_alert_may_begin_and_end_unreported(store: Store) -> None:
    """A critical alert is posted under a silence, too; its severity comes from the config."""
    house = UseCases(store, unreadable=replace(UNREADABLE, severity=Severity.WARNING))
    now = house.clock()
    await store.silences.add(Silence(None, None, now + timedelta(days=1), "U0ADA", now))
    house.source.broken["sales"] = DlfUnavailable("DLF is away.")
    for _ in range(4):
        await house.turn(minutes=5)
    house.source.broken.clear()
    for _ in range(3):
        await house.turn(minutes=5)
    assert house.slack.roots() == []


async def test_polls_of_a_stopped_replica_are_done_at_once_by_the_next(store: Store) -> None:
    house = UseCases(store)
    house.source.delay = 60
    await house.poller.prepare()
    await house.poller.tick()
    await asyncio.sleep(0)
    await house.poller.stop()
    following = UseCases(store, clock=house.clock, owner="two")
    await following.poll()
    assert ("sales", Day.TODAY, False) in following.source.asked


# Replicas with different configs


async def test_a_replica_on_the_old_config_leaves_a_new_workspace_to_others(store: Store) -> None:
    old = UseCases(store, owner="old")
    await old.poll()
    new = UseCases(
        store, source=old.source, slack=old.slack, clock=old.clock, owner="new", workspaces=(SALES, FINANCE)
    )
    new.source.counts["finance", TODAY] = full(fail_count=50)
    await new.poller.prepare()
    for _ in range(3):
        await old.poller.tick()
        await old.poller.settle()
    assert "finance" not in {name for name, *_ in old.source.asked}
    await new.poller.tick()
    await new.poller.settle()
    await old.stop()
    await new.tell()
    assert ["finance" in one.key for one in new.slack.roots()] == [True]


async def test_a_workspace_whose_row_was_taken_away_is_read_again_within_a_minute(store: Store) -> None:
    house = UseCases(store)
    await house.poll()
    await store.reads.forget(house.clock() + timedelta(days=9), but=[])
    house.source.asked.clear()
    house.clock.forward(minutes=1)
    await house.poller.enlist()
    await house.poller.tick()
    await house.poller.settle()
    assert ("sales", Day.TODAY, False) in house.source.asked


async def test_a_workspace_that_left_every_config_is_forgotten_after_a_day(store: Store) -> None:
    await UseCases(store, workspaces=(SALES, FINANCE)).poll()
    house = UseCases(store)
    for hours, known in ((23, {SALES.key, FINANCE.key}), (9, {SALES.key})):
        await house.turn(hours=hours)
        assert {one.workspace_key for one in await store.reads.health("prod")} == known


class Mistake(Exception):
    """An unexpected error."""


async def test_an_alert_that_cannot_be_put_into_words_keeps_no_other_from_being_told(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def render(alert: Alert, *args: object, **named: object) -> Message:
        if alert.key.subject == FINANCE.key:
            raise Mistake
        return wording.render_alert(alert, *args, **named)  # type: ignore[arg-type]

    house = UseCases(store, workspaces=(FINANCE, SALES))
    house.source.counts |= {(name, TODAY): full(fail_count=7) for name in ("finance", "sales")}
    await house.poll()
    monkeypatch.setattr("bot.usecases.alert_appearance.render_alert", render)
    with pytest.raises(Mistake):
        await house.tell()
    await house.dispatcher.tick()
    await house.dispatcher.settle()
    assert [one.key for one in house.slack.messages] == [f"alert/failures/{SALES.key}/{TODAY}/1"]
    monkeypatch.undo()
    await house.tell()
    assert len(house.slack.messages) == 2


PLANS = [Plan(name, Schedule(time(9), SINGAPORE)) for name in ("finance", "sales")]


async def test_a_digest_that_cannot_be_built_keeps_no_other_from_being_posted(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = UseCases(store, plans=PLANS)
    await house.know_digests()
    build = house.digests.build

    async def odd(plan: Plan, due: Occurrence) -> Digest:
        if plan.name == "finance":
            raise Mistake
        return await build(plan, due)

    monkeypatch.setattr(house.digests, "build", odd)
    with pytest.raises(Mistake):
        await house.turn()
    monkeypatch.undo()
    assert [await store.outbox.exists(f"digest/{plan.name}/{TODAY}") for plan in PLANS] == [False, True]
    await house.turn()
    assert len(house.slack.messages) == 2


async def test_an_unreachable_store_is_not_asked_for_every_digest(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    async def away(key: str) -> bool:
        asked.append(key)
        raise StoreError("Cannot connect to the database.")

    house = UseCases(store, plans=PLANS)
    await house.know_digests()
    monkeypatch.setattr(store.outbox, "exists", away)
    with pytest.raises(StoreError):
        await house.digests.tick()
    assert len(asked) == 1
