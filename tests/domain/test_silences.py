"""A silence mutes pings, not the truth: Slack's messages while it lasts, and the notice at its end."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from bot.domain.acts import ActKind
from bot.domain.alert_reasons import reason_to_tell
from bot.domain.alerts import ActionOutcome, Alert, Reason, State
from bot.domain.digest import Plan, Schedule
from bot.domain.model import Day, Metric, Workspace
from bot.domain.notices import Notice
from bot.domain.past import day_ends
from bot.domain.references import LONGEST_ID, reference, silence_reference
from bot.domain.rules import Rule, Severity
from bot.domain.silences import DATE_END, TODAY_END, Person, Scope, Silence, Silenced, covering, hush
from bot.errors import DlfUnavailable, SlackError
from bot.messages.alert import render_alert
from bot.store.outbox import Outbox
from bot.store.store import Store
from bot.usecases.alert_actions import AlertActions
from bot.usecases.silencing import Silencing
from tests.support.fakes import FakeSlack, Said, full
from tests.support.message_scenes import BEGAN, FIRING, RULE
from tests.support.message_scenes import SALES as SCENE_SALES
from tests.support.use_cases import FAILURES, SALES, SINGAPORE, TODAY, UseCases

pytestmark = pytest.mark.sqlite

ADA, BEN = Person("U0ADA", "ada"), Person("U0BEN", "ben")
STUCK = Rule(
    "stuck", Metric.RUNNING_EXCEPTION_COUNT, 0, severity=Severity.CRITICAL, mention=("<!subteam^S0ONCALL>",)
)
PING = "<!here>"


class Ward(UseCases):
    """A house whose people silence."""

    @property
    def silencing(self) -> Silencing:
        return Silencing(self.store, [SALES], clock=self.clock)

    def count(self, name: str = "sales", day: str = TODAY, **counts: int) -> None:
        self.source.counts[name, day] = full(**counts)

    async def burning(self, rule: str = "failures") -> Alert:
        return next(alert for alert in await self.store.alerts.firing() if alert.key.rule == rule)

    async def silence(
        self, until: timedelta, *, by: Person = ADA, scope: Scope = Scope.RULE, rule: str = "failures"
    ) -> Silence:
        alert = await self.burning(rule)
        done = await self.silencing.silence(alert.id, scope, self.clock.now + until, by, "deploy")
        assert done.silence is not None
        return done.silence

    async def everything(self, until: timedelta, by: Person = ADA) -> None:
        """As if the alert it was asked on were long over."""
        now = self.clock.now
        await self.store.silences.add(Silence(None, None, now + until, by.id, now, name=by.name))

    def thread(self, root: Said) -> list[str]:
        return [one.text for one in self.slack.replies() if one.thread_ts == root.ts]


async def fired(store: Store, **more: object) -> tuple[Ward, Said]:
    house = Ward(store, **more)  # type: ignore[arg-type]
    house.count(fail_count=7)
    await house.turn()
    (root,) = house.slack.roots()
    return house, root


# While it lasts


async def test_the_message_and_a_line_in_its_thread_name_the_silencer_the_end_and_the_comment(
    store: Store,
) -> None:
    house, root = await fired(store)
    await house.silence(timedelta(hours=1))
    for _ in range(3):
        await house.turn(minutes=1)
    assert 'Silenced by @ada until 11:00 (rule failures in prod/sales): "deploy"' in root.text
    assert PING not in root.text
    (line,) = house.thread(root)
    assert line == '🔕 @ada silenced rule failures in prod/sales until 11:00: "deploy"'


async def test_edits_go_on_and_worse_reminders_and_mentions_stop(store: Store) -> None:
    house, root = await fired(store, rules=[replace(FAILURES, remind_every=timedelta(minutes=10))])
    await house.silence(timedelta(hours=2))
    await house.turn(minutes=1)
    house.count(fail_count=70)
    for _ in range(10):
        await house.turn(minutes=10)
    assert "70 failed" in root.text
    assert len(house.thread(root)) == 1, "the line about the silence alone"
    assert all(PING not in text for text in root.texts[1:])


async def test_the_latest_end_of_several_silences_counts_and_is_told_to_the_presser(store: Store) -> None:
    house, root = await fired(store)
    alert = await house.burning()
    first = await house.silencing.choose(alert.id, "4h", BEN, SINGAPORE)
    second = await house.silencing.choose(alert.id, "15m", ADA, SINGAPORE)
    assert first.covering == (first.silence,)
    assert second.covering[-1] == first.silence
    await house.turn(minutes=1)
    await house.turn(minutes=20)
    assert "Silenced by @ben until 14:00" in root.text
    assert len(house.thread(root)) == 2, "a line for each of the two"


async def test_an_alert_that_is_over_cannot_be_silenced(store: Store) -> None:
    house, _ = await fired(store)
    alert = await house.burning()
    house.count()
    await house.turn(minutes=5)
    for done in (
        await house.silencing.choose(alert.id, "1h", ADA, SINGAPORE),
        await house.silencing.silence(alert.id, Scope.EVERYTHING, house.clock.now, ADA, ""),
    ):
        assert done.outcome is ActionOutcome.OVER
    assert await house.silencing.look(alert.id) is ActionOutcome.OVER
    assert await store.silences.active(house.clock.now) == []
    house.count(fail_count=9)
    await house.turn(minutes=5)
    assert len(house.slack.roots()) == 2


async def test_until_its_date_ends_never_means_the_next_date(store: Store) -> None:
    """A press just before midnight may be handled after it, when the alert still fires."""
    house, _ = await fired(store)
    alert = await house.burning()
    midnight = day_ends(alert.key.business_date, SINGAPORE)
    house.clock.now = midnight - timedelta(seconds=1)
    done = await house.silencing.choose(alert.id, DATE_END, ADA, SINGAPORE)
    assert done.silence is not None
    assert done.silence.until == midnight
    house.clock.now = midnight
    late = await house.silencing.choose(alert.id, DATE_END, BEN, SINGAPORE)
    assert late == Silenced(ActionOutcome.WRONG)
    assert await store.silences.active(house.clock.now) == []
    today = await house.silencing.choose(alert.id, TODAY_END, BEN, SINGAPORE)
    assert today.silence is not None
    assert today.silence.until == midnight + timedelta(days=1)


async def test_an_alert_that_begins_silenced_waits_unless_it_is_critical(store: Store) -> None:
    house = Ward(store)
    await house.everything(timedelta(hours=1))
    house.count(fail_count=7)
    await house.turn(minutes=5)
    assert house.slack.messages == []
    await house.turn(hours=1)
    (root,) = house.slack.roots()
    assert PING in root.text
    assert "Was silenced by @ada until 11:00." in root.text
    await house.turn(minutes=5)
    assert len(root.texts) == 1, "nothing to edit, nothing to add"
    assert house.thread(root) == []


async def test_a_critical_alert_that_begins_under_a_silence_is_posted_once_without_mentions(
    store: Store,
) -> None:
    house = Ward(store, rules=[STUCK])
    await house.everything(timedelta(hours=2))
    house.count(running_exception_count=5)
    for _ in range(5):
        await house.turn(minutes=5)
    (root,) = house.slack.roots()
    assert "Silenced by @ada until 12:00 (all alerts), so nobody was mentioned" in root.text
    assert "S0ONCALL" not in root.text
    assert house.thread(root) == []
    await house.turn(hours=2)
    (told,) = house.thread(root)
    assert told.startswith("*🔔 Silence ended · sales: 5 stuck (limit 0), since 10:05*")
    assert "It was silenced for 1 h 55 min by @ada." in told
    assert "<!subteam^S0ONCALL>" in told


async def test_dlf_that_cannot_be_read_is_covered_by_everything_and_by_its_project(store: Store) -> None:
    house = Ward(store)
    house.source.error = DlfUnavailable("DLF did not answer in time.")
    for _ in range(4):
        await house.turn(minutes=5)
    (alert,) = await store.alerts.firing()
    now = house.clock.now
    done = await house.silencing.silence(alert.id, Scope.SUBJECT, now + timedelta(hours=1), ADA, "")
    assert done.silence is not None
    assert (done.silence.rule, done.silence.subject) == (None, "prod")
    assert covering(alert.key, [done.silence], now)
    assert covering(replace(alert.key, rule="failures", subject="prod/sales"), [done.silence], now)
    assert not covering(replace(alert.key, rule="failures", subject="product/sales"), [done.silence], now)
    everything = Silence(None, None, now + timedelta(hours=1), "U0ADA", now)
    assert covering(alert.key, [everything], now)


# After the alert


async def test_a_message_keeps_the_line_and_the_button_after_its_alert_until_the_silence_ends(
    store: Store,
) -> None:
    house, root = await fired(store)
    await house.silence(timedelta(hours=1))
    await house.turn(minutes=1)
    house.count()
    await house.turn(minutes=5)
    assert "Resolved" in root.text
    assert "Silenced by @ada until 11:00" in root.text
    house.count(fail_count=8)
    await house.turn(minutes=5)
    assert len(house.slack.roots()) == 1, "a new life during it begins without a word"
    house.count()
    await house.turn(hours=1)
    assert "Silenced" not in root.text


async def test_a_silence_that_began_after_an_alert_was_over_is_not_shown_on_it(store: Store) -> None:
    house, root = await fired(store)
    house.count()
    await house.turn(minutes=5)
    house.clock.forward(minutes=1)
    await house.everything(timedelta(hours=1))
    await house.turn(minutes=1)
    assert "Silenced" not in root.text


async def test_an_alert_that_fired_and_ended_while_silenced_is_never_called_over_before_slack_could_be_told(
    store: Store,
) -> None:
    house = Ward(store)
    await house.everything(timedelta(hours=20))
    house.count(fail_count=7)
    await house.turn(hours=1)
    await house.turn(hours=13, seconds=10)  # midnight in Singapore: the day ended silenced
    await house.turn(hours=8)  # the silence is over; yesterday is still read
    house.count(day=TODAY, fail_count=6)
    await house.turn(hours=1)
    assert [one.text for one in house.slack.messages] == []


async def test_an_alert_that_ends_with_the_first_reading_after_a_silence_says_that_it_was_silenced(
    store: Store,
) -> None:
    house = Ward(store)
    await house.everything(timedelta(hours=1))
    house.count(fail_count=7)
    await house.turn(minutes=5)
    house.count()
    await house.turn(hours=1)
    (root,) = house.slack.roots()
    assert "Was silenced by @ada until 11:00." in root.text
    assert "before Slack could be told" not in root.text


# Its end


async def test_the_end_by_time_is_told_once_with_the_mentions(store: Store) -> None:
    house, root = await fired(store)
    await house.silence(timedelta(hours=1))
    await house.turn(minutes=30)
    await house.turn(minutes=31)
    _, told = house.thread(root)
    assert told.startswith("*🔔 Silence ended · sales: 7 failed (limit 5), since 10:00*")
    assert "It was silenced for 1 h by @ada." in told
    assert PING in told
    for _ in range(5):
        await house.turn(minutes=30)
    assert len(house.thread(root)) == 2
    assert "Silenced" not in root.text


async def test_the_end_by_hand_names_the_hand_and_is_told_once(store: Store) -> None:
    house, root = await fired(store)
    await house.silence(timedelta(hours=9))
    await house.silence(timedelta(hours=5), scope=Scope.EVERYTHING, by=BEN)
    await house.turn(minutes=30)
    alert = await house.burning()
    done = await house.silencing.end(alert.id, BEN)
    assert (done.outcome, done.burning) == (ActionOutcome.DONE, 1)
    assert (await house.silencing.end(alert.id, ADA)).outcome is ActionOutcome.ALREADY
    for _ in range(3):
        await house.turn(minutes=5)
    told = house.thread(root)[2:]
    assert len(told) == 1
    assert told[0].startswith("*🔔 @ben ended the silence · sales: 7 failed (limit 5), since 10:00*")
    assert "It was silenced for 30 min by @ada, @ben." in told[0]


async def test_a_silence_until_worse_ends_when_its_alert_gets_worse(store: Store) -> None:
    house, root = await fired(store)
    alert = await house.burning()
    await house.silencing.choose(alert.id, "worse", ADA, SINGAPORE)
    await house.turn(minutes=5)
    assert "Silenced by @ada until it gets worse than 7 failed" in root.text
    house.count(fail_count=13)
    await house.turn(minutes=5)
    assert len(house.thread(root)) == 1, "13 is not twice 7"
    house.count(fail_count=14)
    await house.turn(minutes=5)
    told = house.thread(root)[1]
    assert told.startswith("*🔔 Worse, so the silence ended · sales: 14 failed (limit 5), since 10:00*")
    assert PING in told
    assert await store.silences.active(house.clock.now) == []


async def test_the_clocks_of_reminders_start_anew_at_its_end(store: Store) -> None:
    house, root = await fired(store, rules=[replace(FAILURES, remind_every=timedelta(hours=1))])
    await house.silence(timedelta(hours=3))
    for _ in range(18):
        await house.turn(minutes=10)
    assert len(house.thread(root)) == 2
    for _ in range(5):
        await house.turn(minutes=10)
    assert len(house.thread(root)) == 2, "no reminder within the hour after it"
    await house.turn(minutes=10)
    assert "Still firing" in house.thread(root)[2]


async def test_the_end_of_a_taken_alert_mentions_only_its_taker(store: Store) -> None:
    house, root = await fired(store)
    await store.alerts.acknowledge((await house.burning()).id, "U0CARL", house.clock.now)
    await house.silence(timedelta(hours=1))
    await house.turn(minutes=1)
    await house.turn(hours=1)
    told = house.thread(root)[1]
    assert "<@U0CARL>" in told
    assert told.count("<") == 1, "nobody else is pinged"


@pytest.mark.parametrize("hands", ["take over", "give back"])
async def test_a_change_of_hands_right_after_the_end_swallows_neither(store: Store, hands: str) -> None:
    house, root = await fired(store)
    acts, alert = AlertActions(store, clock=house.clock), await house.burning()
    await acts.acknowledge(alert.id, "U0CARL")
    await house.silence(timedelta(hours=1))
    await house.turn(minutes=1)
    house.clock.forward(hours=1)
    if hands == "take over":
        await acts.take_over(alert.id, "U0CARL", BEN.id)
    else:
        await acts.give_back(alert.id, "U0CARL", "U0CARL")
    for _ in range(3):
        await house.turn(minutes=1)
    _, ended, changed = house.thread(root)
    assert "Silence ended" in ended
    assert ("took this over" if hands == "take over" else "gave this back") in changed


async def test_the_taker_is_not_called_when_the_rule_leaves_the_config_under_a_silence(store: Store) -> None:
    house, root = await fired(store)
    await AlertActions(store, clock=house.clock).acknowledge((await house.burning()).id, "U0CARL")
    await house.silence(timedelta(hours=3))
    await house.turn(minutes=1)
    await house.stop()
    heir = Ward(store, rules=[], slack=house.slack, clock=house.clock, source=house.source)
    for _ in range(3):
        await heir.turn(minutes=20)
    assert "Closed · sales: rule failures was removed" in root.text
    assert len(house.thread(root)) == 1, "the line about the silence alone"
    await heir.turn(hours=3)
    assert len(house.thread(root)) == 1


async def test_a_silence_that_another_outlasts_ends_without_a_word(store: Store) -> None:
    house, root = await fired(store)
    await house.silence(timedelta(hours=1))
    await house.silence(timedelta(hours=3), by=BEN)
    await house.turn(minutes=1)
    await house.turn(hours=2)
    assert len(house.thread(root)) == 2, "the lines about the two"
    await house.turn(hours=2)
    assert "It was silenced for 3 h by @ada, @ben." in house.thread(root)[2]


async def test_the_end_is_told_after_a_slack_outage_and_by_another_replica(store: Store) -> None:
    house, root = await fired(store)
    await house.silence(timedelta(hours=1))
    await house.turn(minutes=5)
    house.slack.away = SlackError("Away.", code="unreachable", retry_after=0.01)
    await house.turn(hours=1)
    await house.notifier.stop()
    heir = Ward(store, slack=house.slack, clock=house.clock, source=house.source, owner="two")
    house.slack.away = None
    for _ in range(4):
        await heir.turn(minutes=10)
    ended = [text for text in house.thread(root) if "Silence ended" in text]
    assert len(ended) == 1


async def test_a_silence_in_the_list_of_all_is_ended_alone_and_the_act_is_kept(store: Store) -> None:
    house, _ = await fired(store)
    longer = await house.silence(timedelta(hours=2), scope=Scope.EVERYTHING)
    shorter = await house.silence(timedelta(hours=1), by=BEN)
    done = await house.silencing.end(silence_reference(longer.id), BEN)
    assert (done.outcome, done.burning) == (ActionOutcome.DONE, 0), "the other still covers it"
    assert (await house.silencing.end(silence_reference(longer.id), BEN)).outcome is ActionOutcome.ALREADY
    assert (await house.silencing.end("silence~x", BEN)).outcome is ActionOutcome.UNKNOWN
    assert await store.silences.active(house.clock.now) == [shorter]
    acts = [act for act in await store.acts.since(house.clock.now) if act.kind is ActKind.END_SILENCE]
    assert [(act.by, act.about, act.alert_id) for act in acts] == [("U0BEN", "everything", None)]
    house.clock.forward(minutes=1)
    assert (await house.silencing.end(silence_reference(shorter.id), BEN)).burning == 1


# The digest


async def test_the_digest_names_silencers_of_firing_alerts_and_silenced_alerts_never_told(
    store: Store,
) -> None:
    plan = Plan("morning", Schedule(time(9), SINGAPORE), days=(Day.TODAY,))
    house = Ward(store, plans=[plan], rules=[FAILURES, STUCK])
    await house.everything(timedelta(hours=2))
    house.count(fail_count=7)
    await house.turn(minutes=5)
    house.count()
    await house.turn(minutes=10)
    house.count(running_exception_count=2)
    await house.turn(minutes=5)
    said = (await house.digests.preview("morning")).text
    assert "sales, failures: peak 7, resolved after 10 min (silenced by @ada)" in said
    assert "sales, stuck: peak 2, still firing (silenced by @ada)" in said
    await house.turn(hours=2)
    said = (await house.digests.preview("morning")).text
    assert "resolved after 10 min (silenced by @ada)" in said
    assert "still firing (silenced" not in said


MANY = [Workspace("prod", f"w{n}", f"ws-{n}", SINGAPORE) for n in range(7)]


async def many(store: Store, number: int, *, slack: FakeSlack | None = None) -> Ward:
    house = Ward(store, workspaces=MANY[:number], slack=slack)
    for n in range(number):
        house.count(f"w{n}", fail_count=7 + n)
    for _ in range(3):
        await house.turn(seconds=1)
    assert len(house.slack.roots()) == number
    await house.everything(timedelta(hours=1))
    await house.turn(minutes=1)
    return house


async def test_up_to_five_in_a_channel_are_told_each(store: Store) -> None:
    house = await many(store, 5)
    await house.turn(hours=1)
    ended = [one.text for one in house.slack.replies() if "Silence ended" in one.text]
    assert len(ended) == 5
    assert all(PING in text for text in ended)
    assert len(house.slack.roots()) == 5


async def test_above_five_in_a_channel_one_message_names_all_and_the_rest_are_edits(store: Store) -> None:
    house = await many(store, 7)
    for _ in range(4):
        await house.turn(minutes=30)
    (summary,) = house.slack.roots()[7:]
    lines = summary.text.splitlines()
    assert lines[0] == "🔔 Silence ended · 7 alerts still firing"
    assert [line.split()[4] for line in lines[1:8]] == [f"w{n}:" for n in reversed(range(7))], "worst first"
    assert lines[8] == PING
    assert [one for one in house.slack.replies() if "Silence ended" in one.text] == []
    for root in house.slack.roots()[:7]:
        assert "Silenced" not in root.text
    told = [alert.told for alert in await store.alerts.firing()]
    assert all(one is not None and one.seq == 1 for one in told)


async def test_many_are_told_of_a_silence_that_no_edit_ever_showed(store: Store) -> None:
    house = Ward(store, workspaces=MANY)
    for n in range(7):
        house.count(f"w{n}", fail_count=7)
    for _ in range(3):
        await house.turn(seconds=1)
    await house.everything(timedelta(minutes=1))
    for _ in range(3):
        await house.turn(minutes=2)
    assert len(house.slack.roots()) == 8
    assert [alert.told.seq for alert in await store.alerts.firing() if alert.told] == [1] * 7
    house.count("w0", fail_count=70)
    await house.turn(minutes=5)
    assert ["Worse" in one.text for one in house.slack.replies()] == [True]


async def test_many_told_together_are_told_once_with_a_death_at_any_step(store: Store) -> None:
    house = await many(store, 7)
    house.clock.forward(hours=1)
    await house.poll()
    await house.notifier.tick()  # everything is in the ledger, and the process dies
    await house.notifier.stop()
    house.count("w0")
    house.count("w1")
    heir = Ward(
        store, workspaces=MANY, slack=house.slack, clock=house.clock, source=house.source, owner="two"
    )
    for _ in range(4):
        await heir.turn(minutes=5)
    assert [one.text.splitlines()[0] for one in house.slack.roots()[7:]] == [
        "🔔 Silence ended · 7 alerts still firing"
    ]
    assert [one.text for one in house.slack.replies() if "Silence ended" in one.text] == []


def ended_said_of(slack: FakeSlack) -> list[str]:
    """The workspace of each alert that anything in Slack says the silence of has ended."""
    ended = [one.text for one in slack.messages if "Silence ended" in one.text]
    return sorted(name for text in ended for name in re.findall(r"\bw\d\b", text.partition("\n<")[0]))


class Frozen:
    """The outbox, for a replica that freezes before it writes a key like `key`, while `meanwhile` happens."""

    def __init__(self, outbox: Outbox, key: str, meanwhile: Callable[[], Awaitable[None]]) -> None:
        self._outbox, self._key, self._meanwhile = outbox, key, meanwhile

    def __getattr__(self, name: str) -> Any:
        return getattr(self._outbox, name)

    async def put(self, notice: Notice, **fence: Any) -> bool:
        await self._freeze(notice)
        return await self._outbox.put(notice, **fence)

    async def add_under(self, notice: Notice, **fence: str) -> bool:
        await self._freeze(notice)
        return await self._outbox.add_under(notice, **fence)

    async def _freeze(self, notice: Notice) -> None:
        if self._key and re.fullmatch(self._key, notice.key):
            self._key = ""
            await self._meanwhile()


async def frozen_at(house: Ward, key: str, heir: Ward, *, burning: int) -> None:
    """The silence ends; `house` sleeps before it writes a key like `key`, and `heir` tells meanwhile."""

    async def meanwhile() -> None:
        await house.store.leases.release("tell", house.owner)  # as if it had run out
        for n in range(burning, 7):
            house.count(f"w{n}")
        heir.clock.forward(minutes=5)
        for _ in range(4):
            await heir.poll()
        for _ in range(3):
            await heir.turn(minutes=5)
        await heir.notifier.stop()

    house.clock.forward(hours=1)
    for _ in range(4):
        await heir.poll()
    outbox = house.store.outbox
    house.store.outbox = Frozen(outbox, key, meanwhile)  # type: ignore[assignment]
    await house.notifier.tick()
    house.store.outbox = outbox
    for _ in range(3):
        await heir.turn(minutes=5)


async def test_a_replica_that_froze_before_the_shared_message_does_not_repeat_what_was_told_of_each(
    store: Store,
) -> None:
    house = await many(store, 7)
    heir = Ward(
        store, workspaces=MANY, slack=house.slack, clock=house.clock, source=house.source, owner="two"
    )
    await frozen_at(house, "unsilenced/.*", heir, burning=3)
    assert ended_said_of(house.slack) == ["w0", "w1", "w2"]


async def test_a_replica_that_froze_before_a_reply_does_not_repeat_what_one_message_told(
    store: Store,
) -> None:
    heir = await many(store, 7)
    house = Ward(
        store, workspaces=MANY[:5], slack=heir.slack, clock=heir.clock, source=heir.source, owner="two"
    )
    await heir.notifier.stop()
    await frozen_at(house, "alert/.*/1/1", heir, burning=7)
    assert ended_said_of(house.slack) == [f"w{n}" for n in range(7)]


async def test_many_that_were_never_posted_are_posted_quietly_beside_the_message_that_names_them(
    store: Store,
) -> None:
    house = Ward(store, workspaces=MANY)
    await house.everything(timedelta(hours=1))
    for n in range(7):
        house.count(f"w{n}", fail_count=7)
    await house.turn(minutes=5)
    assert house.slack.messages == []
    for _ in range(6):
        await house.turn(minutes=20)
    roots = house.slack.roots()
    assert len(roots) == 8
    assert [PING in one.texts[0] for one in roots].count(True) == 1
    assert house.slack.replies() == []


# Values


def test_a_long_name_keeps_its_menu_by_a_short_reference() -> None:
    key = replace(FIRING.key, rule="r" * 200, subject=f"prod/{'s' * 200}")
    alert = replace(FIRING, key=key)
    message = render_alert(alert, RULE, SCENE_SALES)
    menus = [
        element
        for block in message.native
        if block["type"] == "actions"
        for element in block["elements"]
        if element["type"] == "static_select"
    ]
    values = [option["value"] for option in menus[0]["option_groups"][0]["options"]]
    assert len(values) == 7
    assert all(len(value) <= 150 for value in values)
    assert reference("x" * LONGEST_ID, alert.key.business_date) == "x" * LONGEST_ID


def test_a_silence_holds_back_every_reason_of_a_burning_alert_but_the_first_of_a_critical() -> None:
    untold = replace(FIRING, told=None)
    for alert, rule, reason in (
        (untold, RULE, None),
        (untold, STUCK, Reason.FIRING),
        (FIRING, STUCK, None),
        (replace(FIRING, value=100), STUCK, None),
    ):
        assert reason_to_tell(alert, rule, BEGAN + timedelta(days=2), silenced=True) is reason
    assert reason_to_tell(FIRING, RULE, BEGAN, unsilenced=True) is Reason.UNSILENCED
    assert reason_to_tell(untold, RULE, BEGAN, unsilenced=True) is Reason.FIRING


def at(minutes: float) -> datetime:
    return BEGAN + timedelta(minutes=minutes)


def lasting(start: float, end: float, number: int, by: str = "U0ADA") -> Silence:
    return Silence(None, None, at(end), by, at(start), id=number)


@pytest.mark.parametrize(
    ("silences", "now", "ended", "began_under"),
    [
        pytest.param([lasting(-5, 60, 1)], 61, [1], 1, id="it began under it"),
        pytest.param([lasting(10, 60, 1)], 61, [1], None, id="it began before it"),
        pytest.param([lasting(-5, 60, 1), lasting(50, 90, 2)], 91, [1, 2], 2, id="one after the other"),
        pytest.param([lasting(-5, 60, 1), lasting(70, 90, 2)], 91, [1, 2], 1, id="with a gap"),
        pytest.param([lasting(-5, 4, 1)], 61, [], None, id="over before it began"),
        pytest.param([lasting(-5, 60, 1), lasting(0, 99, 2)], 61, [], None, id="another still lasts"),
        pytest.param([lasting(5, 5, 1)], 61, [], None, id="ended at once"),
    ],
)
def test_relations_of_a_silence_to_an_alert(
    silences: Sequence[Silence], now: float, ended: list[int], began_under: int | None
) -> None:
    alert = replace(FIRING, state=State.FIRING, told=None)
    found = hush(alert, silences, at(now))
    assert [one.id for one in found.ended] == ended
    assert (found.began_under and found.began_under.id) == began_under
