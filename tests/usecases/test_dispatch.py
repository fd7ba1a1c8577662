"""How the outbox's notices reach Slack: their order, their waits, and the notices about trouble."""

import asyncio
import logging
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from time import monotonic

import pytest

from bot.clock import elapsed
from bot.domain.notices import Notice, Posted, Priority, Standing
from bot.errors import SlackError, SlackUnsure
from bot.logs import Once
from bot.messages.message import Message, from_json, to_json
from bot.metrics import Metrics
from bot.store.life import Life
from bot.store.store import Store
from bot.timing import Timing
from bot.usecases.dispatch import Dispatcher
from bot.usecases.replica import Replica
from tests.support.fakes import FakeSlack, HandClock

pytestmark = [pytest.mark.sqlite, pytest.mark.real_time]

OPS, FINANCE = "#data-ops", "#finance"
QUICK = Timing(spacing=0, look_up=0.02, look_up_after_timeout=0.05, retry_most=0.1, park=0.2, probe=0.02)


class Post:
    """The sending side of a replica."""

    def __init__(
        self,
        store: Store,
        slack: FakeSlack,
        owner: str = "one",
        timing: Timing = QUICK,
        fallback: str = OPS,
    ) -> None:
        self.store, self.slack, self.clock = store, slack, HandClock()
        self.metrics = Metrics()
        replica = Replica(owner, store, self.clock, self.metrics, timing)
        self.dispatcher = Dispatcher(replica, slack, fallback_channel=fallback)

    async def want(
        self,
        key: str,
        text: str = "",
        *,
        channel: str = OPS,
        priority: Priority = Priority.ALERT,
        thread_of: str | None = None,
        ago: timedelta = timedelta(0),
    ) -> None:
        body, wanted = to_json(Message(text or key)), self.clock() - ago
        await self.store.outbox.put(
            Notice(key, channel, body, text or key, priority, wanted, thread_of=thread_of)
        )

    async def tick(self) -> None:
        async with asyncio.timeout(10):  # a queue that goes on for ever fails, it does not hang
            await self.dispatcher.tick()
            await self.dispatcher.settle()

    async def until(self, *keys: str) -> None:
        """Tick until Slack shows these, all confirmed."""
        async with asyncio.timeout(5):
            for key in keys:
                while (row := await self.store.outbox.get(key)) is None or row.standing is not Standing.SENT:
                    await self.tick()
                    await asyncio.sleep(0.005)

    @property
    def said(self) -> list[str]:
        return [one.key for one in self.slack.messages]


class PickySlack(FakeSlack):
    """Refuses some keys or channels, each with its error, as long as it stands here."""

    def __init__(self) -> None:
        super().__init__()
        self.refuses: dict[str, SlackError] = {}

    async def post(self, channel: str, message: Message, *, key: str, thread_ts: str | None = None) -> Posted:
        if error := self.refuses.get(key) or self.refuses.get(channel):
            self.posts += 1
            raise error
        return await super().post(channel, message, key=key, thread_ts=thread_ts)


async def test_critical_notices_go_first_then_the_oldest(store: Store) -> None:
    post = Post(store, FakeSlack())
    await post.want("digest", priority=Priority.DIGEST, ago=timedelta(seconds=50))
    await post.want("young")
    await post.want("old", ago=timedelta(seconds=40))
    await post.want("critical", priority=Priority.CRITICAL)
    await post.tick()
    assert post.said == ["critical", "old", "young", "digest"]


async def test_a_critical_notice_overtakes_those_that_wait_for_slack(store: Store) -> None:
    slack = FakeSlack()
    post = Post(store, slack)
    slack.away = SlackError("Slack cannot be reached.", code="unreachable", retry_after=0.05)
    for number in range(3):
        await post.want(f"old {number}", ago=timedelta(seconds=50 - number))
    await post.tick()
    await post.want("critical", priority=Priority.CRITICAL)
    slack.away = None
    await asyncio.sleep(0.06)
    await post.until("old 0", "old 1", "old 2")
    assert post.said == ["critical", "old 0", "old 1", "old 2"]


async def test_a_refused_notice_delays_no_other(store: Store) -> None:
    slack = PickySlack()
    slack.refuses["poison"] = SlackError("Slack refused it.", code="invalid_arguments")
    post = Post(store, slack)
    await post.want("poison", priority=Priority.CRITICAL)
    await post.want("fine")
    await post.tick()
    assert post.said == ["fine"]


async def test_a_notice_without_an_answer_delays_no_other(store: Store) -> None:
    slack = PickySlack()
    slack.refuses["poison"] = SlackUnsure("No clear answer.", code="http_500")
    post = Post(store, slack)
    await post.want("poison", priority=Priority.CRITICAL)
    for number in range(5):
        await post.want(f"fine {number}")
    await post.until(*(f"fine {number}" for number in range(5)))
    assert len(post.said) == 5


async def test_an_outage_leaves_few_doubts_behind(store: Store) -> None:
    """Each doubt costs a search of the history, of which Slack allows fifty a minute."""
    slack = PickySlack()
    slack.refuses[OPS] = SlackUnsure("No clear answer.", code="http_503")
    post = Post(store, slack, timing=replace(QUICK, look_up=0.5, look_up_after_timeout=0.5))
    for number in range(20):
        await post.want(f"notice {number}")
    for _ in range(20):
        await post.tick()
    assert slack.posts < 5
    slack.refuses.clear()
    await post.until(*(f"notice {number}" for number in range(20)))
    assert len(post.said) == 20


async def test_a_parked_channel_holds_up_no_other(store: Store) -> None:
    slack = PickySlack()
    post = Post(store, slack, timing=replace(QUICK, park=60))
    for number in range(60):
        slack.refuses[f"#gone-{number}"] = SlackError("Refused.", code="is_archived")
        await post.want(f"lost a {number}", channel=f"#gone-{number}", priority=Priority.CRITICAL)
        await post.want(f"lost b {number}", channel=f"#gone-{number}", priority=Priority.CRITICAL)
    await post.want("fine", priority=Priority.DIGEST, channel=FINANCE)
    for _ in range(3):
        await post.tick()
    assert "fine" in post.said
    assert len([key for key in post.said if key.startswith("parked/")]) == 60


async def test_a_parked_channel_is_tried_again_and_both_replicas_know_it_is_well(store: Store) -> None:
    slack = PickySlack()
    slack.refuses[FINANCE] = SlackError("Refused.", code="not_in_channel")
    one, two = Post(store, slack), Post(store, slack, "two")
    await one.want("alert", channel=FINANCE)
    await one.tick()
    await two.dispatcher.measure()
    assert one.dispatcher.parked == two.dispatcher.parked == {FINANCE: "not_in_channel"}
    slack.refuses.clear()
    await two.until("alert")
    await one.dispatcher.measure()
    assert one.dispatcher.parked == two.dispatcher.parked == {}


async def test_a_resting_channel_is_tried_by_no_other_replica(store: Store) -> None:
    slack = PickySlack()
    one, two = Post(store, slack), Post(store, slack, "two")
    slack.refuses[OPS] = SlackError("Too many.", code="ratelimited", retry_after=0.4)
    for number in range(3):
        await one.want(f"notice {number}")
    await one.tick()
    await two.tick()
    assert slack.posts == 1
    slack.refuses.clear()
    await asyncio.sleep(0.4)
    await two.until("notice 0", "notice 1", "notice 2")


async def test_the_resting_channel_of_a_stopped_replica_is_free_at_once(store: Store) -> None:
    slack = PickySlack()
    one, two = Post(store, slack), Post(store, slack, "two")
    slack.refuses[OPS] = SlackError("Too many.", code="ratelimited", retry_after=30)
    await one.want("first")
    await one.dispatcher.tick()
    await one.dispatcher.stop(1)
    slack.refuses.clear()
    await two.want("second")
    await two.until("second")


async def test_a_token_that_may_not_write_stops_sending_until_a_notice_gets_through(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    """`auth.test` answers without the scope `chat:write`, too: it is no proof."""
    caplog.set_level(logging.INFO, "bot.usecases")
    slack = PickySlack()
    slack.refuses[OPS] = SlackError("Refused.", code="missing_scope")
    post = Post(store, slack)
    await post.want("alert")
    await post.tick()
    began = monotonic()
    for _ in range(10):
        await post.tick()
        assert post.dispatcher.stopped == "missing_scope"
        await asyncio.sleep(0.01)
    assert 1 < slack.posts <= 2 + (monotonic() - began) / QUICK.probe
    assert "sending_resumed" not in caplog.messages
    slack.refuses.clear()
    await post.until("alert")
    assert post.dispatcher.stopped == ""
    assert caplog.messages.count("sending_resumed") == 1


async def test_sending_is_not_stopped_for_ever_when_another_replica_sent_it_all(store: Store) -> None:
    slack = PickySlack()
    slack.refuses[OPS] = SlackError("Refused.", code="token_revoked")
    one, two = Post(store, slack), Post(store, slack, "two")
    await one.want("alert")
    await one.tick()
    assert one.dispatcher.stopped == "token_revoked"
    slack.refuses.clear()
    await two.until("alert")
    await asyncio.sleep(0.03)
    await one.tick()
    await one.tick()
    assert one.dispatcher.stopped == ""


async def test_trouble_is_logged_once_however_often_it_is_tried(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    slack = PickySlack()
    post = Post(store, slack)
    await post.want("one")
    await post.until("one")
    slack.refuses[OPS] = SlackError("Refused chat.postMessage.", code="ratelimited", retry_after=0.05)
    slack.away = SlackError("Refused chat.update.", code="ratelimited", retry_after=0.05)
    with caplog.at_level(logging.WARNING):
        await post.want("one", "another text")
        await post.want("two")
        for _ in range(20):
            await post.tick()
            await asyncio.sleep(0.01)
    assert len(caplog.records) == 1


async def test_an_outage_of_slack_is_one_warning_for_all_channels_and_one_line_when_it_is_over(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot.usecases")
    slack = FakeSlack()
    slack.away = SlackError("Slack cannot be reached.", code="unreachable", retry_after=0.01)
    post, channels = Post(store, slack), [f"C0{number}" for number in range(3)]
    for channel in channels:
        await post.want(channel, channel=channel)
    await post.tick()
    slack.away = None
    for channel in channels:
        await post.until(channel)
    said = [one.fields for one in caplog.records if one.fields.get("about")]  # type: ignore[attr-defined]
    assert [(one["about"], "over" in one) for one in said] == [("slack", False), ("slack", True)]


async def test_edits_of_the_same_message_are_folded(store: Store) -> None:
    slack = FakeSlack()
    post = Post(store, slack)
    await post.want("alert", "5 failed")
    await post.until("alert")
    slack.away = SlackError("Away.", code="unreachable", retry_after=0.05)
    for number in range(6, 12):
        await post.want("alert", f"{number} failed")
        await post.tick()
    slack.away = None
    await post.until("alert")
    assert slack.messages[0].texts == ["5 failed", "11 failed"]


async def test_a_deleted_message_is_posted_anew_when_there_is_something_to_change(store: Store) -> None:
    post = Post(store, FakeSlack())
    await post.want("alert", "5 failed")
    await post.until("alert")
    post.slack.messages.clear()
    await post.want("alert", "6 failed")
    await post.until("alert")
    assert [one.text for one in post.slack.messages] == ["6 failed"]


@pytest.mark.parametrize(("ago", "marked"), [(59, False), (61, True)])
async def test_a_notice_over_a_minute_late_says_so(store: Store, ago: int, marked: bool) -> None:
    post = Post(store, FakeSlack())
    await post.want("alert", ago=timedelta(seconds=ago))
    await post.until("alert")
    assert ("late" in post.slack.messages[0].text.lower()) is marked


class SlowSlack(FakeSlack):
    """Takes a post, lets the caller's patience run out, and shows the message only then."""

    def __init__(self, shown_after: float) -> None:
        super().__init__()
        self._after, self._late = shown_after, set[asyncio.Task[object]]()

    async def post(self, channel: str, message: Message, *, key: str, thread_ts: str | None = None) -> Posted:
        if not self.posts:
            self.posts += 1
            self._late.add(asyncio.create_task(self._show(channel, message, key)))
            await asyncio.sleep(10)
        return await super().post(channel, message, key=key, thread_ts=thread_ts)

    async def show_all(self) -> None:
        await asyncio.gather(*self._late)

    async def _show(self, channel: str, message: Message, key: str) -> None:
        await asyncio.sleep(self._after)
        await super().post(channel, message, key=key)


async def test_a_post_that_arrives_after_the_time_out_is_found_and_not_repeated(store: Store) -> None:
    """The look-up waits longer after a time-out than Slack takes to show what it accepted."""
    timing = Timing(spacing=0, send=0.05, look_up=0.01, look_up_after_timeout=0.3)
    slack = SlowSlack(shown_after=0.2)
    post = Post(store, slack, timing=timing)
    await post.want("alert")
    await post.until("alert")
    await slack.show_all()
    assert post.said == ["alert"]


def test_the_usual_look_up_after_a_time_out_is_the_longer() -> None:
    usual = Timing()
    assert usual.look_up_after_timeout > usual.send > usual.slack_call > usual.look_up
    # What left us in the last moment has as long again to arrive before another replica may look.
    assert usual.lease > 2 * usual.send


def test_trouble_that_comes_and_goes_is_said_every_ten_minutes(caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    once = Once(logging.getLogger("bot.test"), "notice", timer=lambda: now[0])
    for minute in range(25):
        now[0] = minute * 60.0
        once.warn("#data-ops", "Slack cannot be reached.", "unreachable")
        once.warn("#data-ops", "Slack could not be reached (another method).", "unreachable")
        once.over("#data-ops")
    assert len(caplog.records) == 3


async def test_a_claim_that_came_too_late_is_given_back_unsent(store: Store) -> None:
    post = Post(store, FakeSlack(), timing=replace(QUICK, send=1e-6))
    await post.want("late")
    await post.tick()
    row = await store.outbox.get("late")
    assert row is not None
    assert (post.said, row.standing, row.unsure) == ([], Standing.QUEUED, False)


class Asleep(FakeSlack):
    """While a history is searched the machine sleeps for a minute, which no timer of asyncio knows of."""

    asleep = 0.0

    async def find(
        self, channel_id: str, key: str, *, since: datetime, thread_ts: str | None = None
    ) -> str | None:
        found = await super().find(channel_id, key, since=since, thread_ts=thread_ts)
        if not self.asleep:
            self.asleep = 60
        return found


async def test_a_replica_frozen_past_its_claim_does_not_post(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    slack = Asleep()
    post = Post(store, slack, timing=replace(QUICK, look_up=0.4))  # long enough to look at it meanwhile
    for module in ("bot.usecases.dispatch", "bot.clock"):
        monkeypatch.setattr(f"{module}.elapsed", lambda: elapsed() + slack.asleep)
    slack.next_post.append(SlackUnsure("Nobody knows.", code="connection_lost"))
    await post.want("alert")
    async with asyncio.timeout(10):
        while not slack.asleep:
            await post.tick()
            await asyncio.sleep(0.01)
    assert post.said == []
    await post.until("alert")
    assert post.said == ["alert"]


async def test_a_replica_frozen_past_its_claim_does_not_edit(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another replica may have posted newer content by now."""
    slack, slept = FakeSlack(), [0.0]
    post = Post(store, slack)

    def sleep_then_read(body: str) -> Message:
        slept[0] += 60
        return from_json(body)

    await post.want("alert", "7 failed")
    await post.until("alert")
    monkeypatch.setattr("bot.usecases.deliver.from_json", sleep_then_read)
    monkeypatch.setattr("bot.clock.elapsed", lambda: elapsed() + slept[0])
    await post.want("alert", "9 failed")
    await post.tick()
    assert slept[0]
    assert [one.text for one in slack.messages] == ["7 failed"]


async def test_a_notice_that_expired_before_it_was_sent_is_not_unsure(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the history's scope it would go out as a possible repeat."""
    slack, slept = FakeSlack(), [0.0]
    post = Post(store, slack)

    def sleep_then_read(body: str) -> Message:
        slept[0] += 60
        return from_json(body)

    monkeypatch.setattr("bot.usecases.deliver.from_json", sleep_then_read)
    monkeypatch.setattr("bot.clock.elapsed", lambda: elapsed() + slept[0])
    await post.want("alert")
    await post.tick()
    row = await store.outbox.get("alert")
    assert row is not None
    assert (row.standing, row.unsure, row.last_error) == (Standing.QUEUED, False, "not_in_time")
    assert post.said == []


class Mortal(Life):
    """Loses its lock and holds it again, as the test says."""

    held = True

    @property
    def may_send(self) -> bool:
        return self.held


async def test_a_process_that_lost_its_lock_sends_nothing_until_it_holds_it_again(store: Store) -> None:
    store.life = life = Mortal("one")
    post = Post(store, FakeSlack())
    await post.want("alert")
    life.held = False
    await post.tick()
    row = await store.outbox.get("alert")
    assert row is not None
    assert (row.standing, row.last_error) == (Standing.QUEUED, ""), "it is not even claimed"
    life.held = True
    await post.until("alert")
    assert post.said == ["alert"]


async def test_a_process_that_loses_its_lock_after_the_claim_posts_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.life = life = Mortal("one")
    post = Post(store, FakeSlack())

    def lose_then_read(body: str) -> Message:
        life.held = False
        return from_json(body)

    monkeypatch.setattr("bot.usecases.deliver.from_json", lose_then_read)
    await post.want("alert")
    await post.tick()
    row = await store.outbox.get("alert")
    assert row is not None
    assert (row.standing, row.unsure, row.last_error) == (Standing.QUEUED, False, "not_in_time")
    assert post.said == []


def limited(method: str, seconds: float) -> SlackError:
    return SlackError("Too many.", code="ratelimited", retry_after=seconds, method=method)


class Moments(FakeSlack):
    """Notes when something was posted, and how long it took to look through the history."""

    def __init__(self, searching: float = 0) -> None:
        super().__init__()
        self.at: list[float] = []
        self.searched: list[tuple[str, datetime]] = []
        self._searching = searching

    async def post(self, channel: str, message: Message, *, key: str, thread_ts: str | None = None) -> Posted:
        self.at.append(monotonic())
        return await super().post(channel, message, key=key, thread_ts=thread_ts)

    async def find(
        self, channel_id: str, key: str, *, since: datetime, thread_ts: str | None = None
    ) -> str | None:
        self.searched.append((channel_id, since))
        await asyncio.sleep(self._searching)
        return await super().find(channel_id, key, since=since, thread_ts=thread_ts)


async def test_the_posts_of_a_channel_keep_their_distance_also_between_replicas(store: Store) -> None:
    slack = Moments()
    timing = replace(QUICK, spacing=0.1)
    replicas = [Post(store, slack, owner, timing) for owner in ("one", "two")]
    for number in range(4):
        await replicas[0].want(f"notice {number}")
    async with asyncio.timeout(10):
        while len(slack.at) < 4:
            for replica in replicas:
                await replica.dispatcher.tick()
            await asyncio.sleep(0.01)
    assert min(later - earlier for earlier, later in pairwise(slack.at)) >= 0.1
    assert Timing().spacing >= 1.1


async def test_a_refused_look_up_says_nothing_of_the_first_try(store: Store) -> None:
    slack = FakeSlack()
    slack.answers_lost = 1
    slack.next_find = [limited("conversations.history", 0.02)]
    post = Post(store, slack)
    await post.want("alert")
    await post.until("alert")
    assert post.said == ["alert"]


@pytest.mark.parametrize("what", ["edit", "search"])
async def test_slack_counts_each_method_on_its_own(store: Store, what: str) -> None:
    """The edit or the search must wait, not a new and critical alert."""
    slack = FakeSlack()
    post = Post(store, slack)
    if what == "edit":
        await post.want("old", "5 failed")
        await post.until("old")
        slack.next_edit = [limited("chat.update", 30)]
        await post.want("old", "6 failed")
    else:
        slack.answers_lost = 1
        slack.next_find = [limited("conversations.history", 30)]
        await post.want("old")
        await post.tick()
        await asyncio.sleep(QUICK.look_up_after_timeout)
    await post.tick()
    assert not slack.next_edit
    assert not slack.next_find
    await post.want("critical", priority=Priority.CRITICAL)
    await post.until("critical")


async def test_no_replica_asks_before_retry_after_is_over_however_long_it_is(store: Store) -> None:
    slack = PickySlack()
    timing = replace(QUICK, lease=0.3)
    one, two = Post(store, slack, timing=timing), Post(store, slack, "two", timing)
    slack.refuses[OPS] = limited("chat.postMessage", 1.2)
    for number in range(3):
        await one.want(f"notice {number}")
    await one.tick()
    until = monotonic() + 0.9
    while monotonic() < until:
        await one.tick()
        await two.tick()
        await asyncio.sleep(0.02)
    assert slack.posts == 1


async def test_a_parked_channel_is_reported_when_parking_begins_and_not_again(store: Store) -> None:
    slack = PickySlack()
    post = Post(store, slack, timing=replace(QUICK, park=0.03))
    post.clock.now = post.clock.now.replace(hour=23, minute=59, second=50)
    gone, thrown_out = (SlackError("No.", code=code) for code in ("is_archived", "not_in_channel"))
    said = []
    for key, refusal in (("first", gone), ("second", thrown_out)):
        slack.refuses[FINANCE] = refusal
        await post.want(key, channel=FINANCE)
        await post.want(f"{key}, too", channel=FINANCE)
        for _ in range(6):  # into another date
            await post.tick()
            await asyncio.sleep(0.03)
            post.clock.forward(seconds=5)
        said.append(len([one for one in post.said if one.startswith("parked/")]))
        slack.refuses.clear()
        await post.until(key, f"{key}, too")
    assert said == [1, 2]


async def test_a_doubtful_notice_of_a_parked_channel_is_parked_and_still_looked_up(store: Store) -> None:
    slack = PickySlack()
    post = Post(store, slack)
    slack.answers_lost = 1
    await post.want("alert", channel=FINANCE)
    await post.tick()
    slack.next_find = [SlackError("No.", code="is_archived")]
    slack.refuses[FINANCE] = SlackError("No.", code="is_archived")
    async with asyncio.timeout(10):
        while slack.next_find:
            await asyncio.sleep(QUICK.look_up_after_timeout)
            await post.tick()
    assert post.dispatcher.parked == {FINANCE: "is_archived"}
    await post.until("alert")
    assert post.said.count("alert") == 1


async def test_replies_keep_their_order_when_a_parked_channel_is_cured(store: Store) -> None:
    slack = PickySlack()
    one = Post(store, slack, timing=replace(QUICK, park=0.5, lease=0.2))
    two = Post(store, slack, "two")
    await one.want("root", channel=FINANCE)
    await one.until("root")
    slack.refuses[FINANCE] = SlackError("No.", code="is_archived")
    for reply in ("root/1", "root/2"):
        await one.want(reply, channel=FINANCE, thread_of="root", priority=Priority.FOLLOW_UP)
        await one.tick()
    slack.refuses.clear()
    await asyncio.sleep(0.2)
    await two.until("root/1", "root/2")
    assert [key for key in two.said if key.startswith("root")] == ["root", "root/1", "root/2"]


async def test_a_storm_of_edits_starves_neither_what_follows_nor_digests(store: Store) -> None:
    """55 alerts change each minute, and Slack takes 54 messages."""
    post = Post(store, FakeSlack())

    async def serve(most: int) -> set[str]:
        done = set()
        for _ in range(most):
            claim = await store.outbox.claim(OPS, "one", 25)
            if claim is None:
                break
            posted = Posted("C1", claim.ts or f"{claim.notice.key}.0")
            await store.outbox.confirm(claim, "one", posted, post.clock())
            done.add(claim.notice.key)
        return done

    alerts = [f"alert {number}" for number in range(55)]
    for key in alerts:
        await post.want(key, "0 failed")
    await serve(55)
    await post.want("alert 0/1", thread_of="alert 0", priority=Priority.FOLLOW_UP)
    await post.want("digest", priority=Priority.DIGEST)
    seen = set[str]()
    for minute in range(1, 4):
        post.clock.forward(minutes=1)
        for key in alerts:
            await post.want(key, f"{minute} failed")
        seen |= await serve(54)
    assert {"alert 0/1", "digest", *alerts} <= seen


async def test_a_history_too_long_to_look_through_delays_a_notice_and_loses_none(store: Store) -> None:
    slack = Moments(searching=0.2)
    post = Post(store, slack, timing=replace(QUICK, send=0.2, lease=0.6))
    slack.next_post = [SlackUnsure("No clear answer.", code="http_500")]
    await post.want("alert")
    await post.until("alert")
    assert len(slack.searched) == 3
    assert "repeat" in slack.messages[0].text
    assert post.metrics.registry.get_sample_value("dlf_bot_notices_possible_repeats_total") == 1


async def test_a_possible_repeat_is_counted_when_it_is_in_slack(store: Store) -> None:
    slack = FakeSlack()
    unsearchable = SlackError("No.", code="missing_scope")
    slack.next_post = [SlackUnsure("No clear answer.", code="http_500"), limited("chat.postMessage", 0.05)]
    slack.next_find = [unsearchable, unsearchable]
    post = Post(store, slack)
    await post.want("alert")
    await post.until("alert")
    assert post.metrics.registry.get_sample_value("dlf_bot_notices_possible_repeats_total") == 1


async def test_the_history_is_searched_from_the_first_try_whose_outcome_is_unknown(store: Store) -> None:
    slack = PickySlack()
    post = Post(store, slack)
    slack.refuses[FINANCE] = SlackError("No.", code="is_archived")
    await post.want("alert", channel=FINANCE)
    await post.tick()
    slack.refuses[FINANCE] = SlackUnsure("No clear answer.", code="http_500")
    before = await store.now()
    while slack.refuses[FINANCE].code not in post.dispatcher.waiting.values():
        await post.tick()
        await asyncio.sleep(0.01)
    claim = None
    async with asyncio.timeout(10):
        while claim is None:
            claim = await store.outbox.claim(FINANCE, "one", 25)
            await asyncio.sleep(0.01)
    assert claim.first_tried_at is not None
    assert claim.first_tried_at >= before - timedelta(milliseconds=2)


async def test_a_locked_thread_gets_a_new_message_to_reply_to(store: Store) -> None:
    slack = FakeSlack()
    post = Post(store, slack)
    await post.want("root")
    await post.until("root")
    slack.next_post = [SlackError("No.", code="restricted_action_thread_locked")]
    await post.want("root/1", thread_of="root", priority=Priority.FOLLOW_UP)
    await post.until("root/1")
    first, second = slack.roots()
    assert slack.replies()[0].thread_ts == second.ts != first.ts


async def test_a_bug_in_a_notice_delays_no_other_and_is_logged(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    class Flawed(FakeSlack):
        async def post(
            self, channel: str, message: Message, *, key: str, thread_ts: str | None = None
        ) -> Posted:
            if key == "poison":
                raise KeyError(key)
            return await super().post(channel, message, key=key, thread_ts=thread_ts)

    post = Post(store, Flawed(), timing=replace(QUICK, lease=0.3))
    await post.want("poison", priority=Priority.CRITICAL)
    await post.want("fine")
    async with asyncio.timeout(10):
        await post.dispatcher.tick()
        while post.dispatcher.waiting != {OPS: "internal_error"}:
            await asyncio.sleep(0.01)
        assert "notice_failed" in caplog.messages
        while "fine" not in post.said:
            await post.dispatcher.tick()
            await asyncio.sleep(0.02)


# The config, read anew, names another channel


async def test_an_alert_stays_in_its_channel_with_all_that_follows(store: Store) -> None:
    post = Post(store, FakeSlack())
    await post.want("root", "5 failed")
    await post.until("root")
    await post.want("root", "9 failed", channel=FINANCE)
    await post.want("root/1", channel=FINANCE, thread_of="root", priority=Priority.FOLLOW_UP)
    await post.until("root", "root/1")
    (root,), (reply,) = post.slack.roots(), post.slack.replies()
    assert (root.text, root.channel, reply.channel, reply.thread_ts) == ("9 failed", OPS, OPS, root.ts)


@pytest.mark.parametrize("edited", [True, False], ids=["root and reply wait", "the reply alone waits"])
async def test_notices_for_an_unusable_channel_move_with_their_thread(store: Store, edited: bool) -> None:
    slack = PickySlack()
    post = Post(store, slack, timing=replace(QUICK, park=60))
    await post.want("root", "5 failed", channel=FINANCE)
    await post.until("root")
    archived = SlackError("No.", code="is_archived")
    slack.refuses[FINANCE] = archived
    if edited:
        slack.next_edit = [archived]
        await post.want("root", "9 failed", channel=FINANCE)
    await post.want("root/1", channel=FINANCE, thread_of="root", priority=Priority.FOLLOW_UP)
    await post.tick()
    await asyncio.sleep(0.01)
    text = "9 failed" if edited else "5 failed"
    await post.want("root", text)
    await post.want("root/1", thread_of="root", priority=Priority.FOLLOW_UP)
    await post.until("root", "root/1")
    assert [(one.channel, one.text) for one in slack.roots() if one.key == "root"][1:] == [(OPS, text)]
    (reply,), root = slack.replies(), [one for one in slack.roots() if one.key == "root"][-1]
    assert (reply.channel, reply.thread_ts) == (OPS, root.ts)


async def test_a_message_that_moved_is_looked_up_where_it_was_posted(store: Store) -> None:
    slack = Moments()
    post = Post(store, slack)
    await post.want("root", "5 failed", channel=FINANCE)
    await post.until("root")
    slack.messages.clear()  # a person deleted it
    slack.next_post = [SlackError("No.", code="is_archived")]
    await post.want("root", "6 failed", channel=FINANCE)
    await post.tick()
    slack.answers_lost = 1
    await post.want("root", "7 failed")
    await post.until("root")
    assert [channel for channel, _ in slack.searched] == [OPS]
    assert [(one.channel, one.text) for one in slack.roots() if one.key == "root"] == [(OPS, "7 failed")]


async def test_a_parked_digest_is_sent_where_the_config_says_by_now(store: Store) -> None:
    slack = PickySlack()
    post = Post(store, slack, timing=replace(QUICK, park=60))
    slack.refuses[FINANCE] = SlackError("No.", code="is_archived")
    for key in ("digest/morning/2026-11-23", "digest/morning_2/2026-11-23"):
        await post.want(key, channel=FINANCE, priority=Priority.DIGEST)
    await post.tick()
    await asyncio.sleep(0.05)
    await post.tick()
    assert await store.outbox.readdress("digest/morning/", OPS) == 1
    await post.until("digest/morning/2026-11-23")
    assert "digest/morning_2/2026-11-23" not in post.said


# What goes to the wrong place, or nowhere


async def a_reply_whose_root_moves(post: Post, slack: PickySlack) -> None:
    """It was refused in #finance for a while; then that is archived, and the config names #data-ops."""
    await post.want("root", "5 failed", channel=FINANCE)
    await post.until("root")
    slack.refuses["reply"] = limited("chat.postMessage", 0.3)
    await post.want("reply", channel=FINANCE, thread_of="root", priority=Priority.FOLLOW_UP)
    await post.tick()
    slack.refuses = {FINANCE: SlackError("No.", code="is_archived")}
    slack.next_edit = [slack.refuses[FINANCE]]
    post.dispatcher._rests.clear()
    await post.want("root", "9 failed", channel=FINANCE)
    await post.tick()
    await post.want("root", "9 failed")
    await post.want("reply", thread_of="root", priority=Priority.FOLLOW_UP)


async def test_a_reply_goes_where_its_root_went_and_takes_no_healthy_channel_with_it(store: Store) -> None:
    slack = PickySlack()
    post = Post(store, slack)
    await a_reply_whose_root_moves(post, slack)
    await post.want("digest", priority=Priority.DIGEST)
    await post.until("root", "reply", "digest")
    assert [one.channel for one in slack.messages if one.key in ("reply", "digest")] == [OPS, OPS]
    assert FINANCE not in (await store.outbox.backlog()).parked


class RenamedSlack(FakeSlack):
    """Knows channels by name, which may become another's, and takes replies only where their root is."""

    ids = {OPS: "C1"}  # noqa: RUF012

    async def post(self, channel: str, message: Message, *, key: str, thread_ts: str | None = None) -> Posted:
        here = self.ids.get(channel, channel)
        if thread_ts and not any(one.ts == thread_ts and one.channel == here for one in self.messages):
            raise SlackError("No.", code="thread_not_found")
        return await super().post(here, message, key=key, thread_ts=thread_ts)


async def test_a_deleted_root_is_posted_again_once_though_another_channel_has_the_name_now(
    store: Store,
) -> None:
    slack = RenamedSlack()
    post = Post(store, slack)
    await post.want("root")
    await post.until("root")
    slack.messages.clear()
    slack.ids = {OPS: "C2"}
    await post.want("reply", thread_of="root", priority=Priority.FOLLOW_UP)
    await post.until("root", "reply")
    assert [(one.key, one.channel) for one in slack.messages] == [("root", "C2"), ("reply", "C2")]


async def test_the_news_of_a_dead_channel_reaches_the_new_default_channel(store: Store) -> None:
    slack = PickySlack()
    slack.refuses = dict.fromkeys((OPS, FINANCE), SlackError("No.", code="is_archived"))
    old = Post(store, slack)
    await old.want("alert", channel=FINANCE)
    await old.tick()
    await old.tick()
    await old.dispatcher.stop(1)
    new = Post(store, slack, "two", fallback="#new")
    await new.dispatcher.address()
    await new.tick()
    assert [one.channel for one in slack.messages] == ["#new"]


class UnclearSlack(FakeSlack):
    """Its history never gives a clear answer."""

    async def find(
        self, channel_id: str, key: str, *, since: datetime, thread_ts: str | None = None
    ) -> str | None:
        raise SlackUnsure("Unreadable.", code="unreadable")


async def test_a_history_that_never_answers_clearly_delays_a_notice_and_loses_none(store: Store) -> None:
    slack = UnclearSlack()
    post = Post(store, slack, timing=replace(QUICK, look_up=0, retry_most=0))
    slack.next_post = [SlackUnsure("Nobody knows.", code="http_500")]
    await post.want("alert")
    await post.until("alert")
    assert ["possible repeat" in one.text for one in slack.messages] == [True]


async def test_an_outage_does_not_use_up_the_patience_with_the_history(store: Store) -> None:
    slack = Moments(searching=0.2)
    post = Post(store, slack, timing=replace(QUICK, send=0.2))
    slack.next_post = [limited("chat.update", 0.01) for _ in range(4)]
    slack.answers_lost = 1  # of the first post that is not refused
    await post.want("alert")
    await post.until("alert")
    assert len(slack.searched) == 3


async def test_a_refusal_of_a_single_channel_holds_up_no_other(store: Store) -> None:
    slack = PickySlack()
    post = Post(store, slack, timing=replace(QUICK, probe=60))
    slack.refuses[FINANCE] = SlackError("No.", code="no_permission", method="chat.postMessage")
    await post.want("alert", channel=FINANCE)
    await post.want("other")
    await post.tick()
    assert "other" in post.said
    assert (post.dispatcher.stopped, post.dispatcher.parked) == ("", {FINANCE: "no_permission"})


FORBIDDEN = [
    "enterprise_is_restricted",
    "access_denied",
    "missing_argument",
    "no_permission",
    "token_revoked",
]


@pytest.mark.parametrize("code", [*FORBIDDEN, "a_code_nobody_foresaw"])
async def test_a_refused_search_holds_up_no_notice_and_stops_no_sending(store: Store, code: str) -> None:
    slack = FakeSlack()
    slack.answers_lost = 1
    slack.next_find = [SlackError("Refused.", code=code, method="conversations.history")]
    post = Post(store, slack, timing=replace(QUICK, probe=60))
    await post.want("alert")
    await post.until("alert")
    assert ["possible repeat" in one.text for one in slack.messages] == [False, True]
    assert post.dispatcher.stopped == ""


@pytest.mark.parametrize(
    "code", ["ratelimited", "unreachable", "http_407", "team_added_to_org", "external_channel_migrating"]
)
async def test_a_rate_limited_search_is_repeated_after_the_wait(store: Store, code: str) -> None:
    slack = FakeSlack()
    slack.answers_lost = 1
    slack.next_find = [SlackError("Not now.", code=code, method="conversations.history", retry_after=0.02)]
    post = Post(store, slack)
    await post.want("alert")
    await post.until("alert")
    assert [one.text for one in slack.messages] == ["alert"]


async def test_an_edit_that_is_not_permitted_stops_no_other(store: Store) -> None:
    slack = FakeSlack()
    post = Post(store, slack, timing=replace(QUICK, probe=60))
    await post.want("alert", "5 failed")
    await post.until("alert")
    slack.next_edit = [SlackError("No.", code="no_permission", method="chat.update")]
    await post.want("alert", "6 failed")
    await post.tick()
    assert post.dispatcher.stopped == ""
    await post.want("other")
    await post.until("alert", "other")
    assert slack.messages[0].text == "6 failed"


async def test_a_look_at_our_name_that_is_refused_for_no_known_reason_keeps_nothing_stopped(
    store: Store,
) -> None:
    class Unnamed(PickySlack):
        async def probe(self) -> object:
            raise SlackError("Refused.", code="a_code_nobody_foresaw", method="auth.test")

    slack = Unnamed()
    slack.refuses[OPS] = SlackError("Refused.", code="token_expired", method="chat.postMessage")
    post = Post(store, slack)
    await post.want("alert")
    await post.tick()
    assert post.dispatcher.stopped == "token_expired"
    slack.refuses.clear()
    await post.until("alert")
    assert post.dispatcher.stopped == ""


# Messages that people delete


class ShakySlack(FakeSlack):
    """A person deletes the first message right after the bot edited it."""

    async def edit(self, posted: Posted, message: Message, *, key: str) -> None:
        await super().edit(posted, message, key=key)
        if posted.ts == "1.0":
            self.messages = [one for one in self.messages if one.ts != "1.0"]


async def with_root(store: Store, slack: FakeSlack) -> Post:
    post = Post(store, slack)
    await post.want("root")
    await post.until("root")
    post.clock.forward(hours=3)
    return post


async def reply(post: Post) -> list[tuple[str, str, bool]]:
    """Have a reply sent; the messages then: key, text, and whether it is below `root`."""
    await post.want("root/1", thread_of="root", priority=Priority.CRITICAL)
    await post.until("root", "root/1")
    root = next(one for one in post.slack.messages if one.key == "root")
    return [(one.key, one.text, one.thread_ts == root.ts) for one in post.slack.messages]


REPLACED = [("root", "root", False), ("root/1", "root/1", True)]


async def test_the_message_above_a_reply_is_edited_once_before_it(store: Store) -> None:
    post = await with_root(store, FakeSlack())
    assert await reply(post) == REPLACED
    assert post.slack.messages[0].texts == ["root", "root"]
    assert post.slack.posts == 2


async def test_a_deleted_message_is_noticed_before_a_reply_though_nothing_in_it_changed(store: Store) -> None:
    post = await with_root(store, FakeSlack())
    post.slack.messages.clear()
    assert await reply(post) == REPLACED
    assert post.slack.posts == 3


async def test_a_reply_that_slack_put_into_the_channel_is_moved_into_the_new_thread(store: Store) -> None:
    post = await with_root(store, ShakySlack())
    assert await reply(post) == REPLACED
    assert post.slack.posts == 4


async def test_a_message_posted_anew_is_not_late_though_the_reply_below_it_is(store: Store) -> None:
    post = await with_root(store, ShakySlack())
    post.slack.next_post = [limited("chat.postMessage", 0.2)]
    await post.want("root/1", thread_of="root", priority=Priority.CRITICAL)
    while post.slack.next_post:
        await post.tick()
    post.clock.forward(hours=2)
    await post.until("root", "root/1")
    assert [(one.key, "late" in one.text) for one in post.slack.messages] == [
        ("root", False),
        ("root/1", True),
    ]


async def test_an_unsure_reply_is_looked_for_in_the_channel_too(store: Store) -> None:
    post = await with_root(store, ShakySlack())
    post.slack.answers_lost = 1
    assert await reply(post) == REPLACED


async def test_a_deletion_slack_did_not_confirm_is_looked_up(store: Store) -> None:
    post = await with_root(store, ShakySlack())
    post.slack.next_delete = [SlackUnsure("Nobody knows.", code="http_500"), limited("chat.delete", 0.02)]
    assert await reply(post) == REPLACED


async def test_a_reply_that_may_not_be_deleted_stays_and_is_not_said_again(store: Store) -> None:
    post = await with_root(store, ShakySlack())
    post.slack.next_delete = [SlackError("No.", code="a_code_nobody_foresaw")]
    assert await reply(post) == [("root/1", "root/1", False), ("root", "root", False)]


async def test_a_critical_reply_comes_after_its_own_message_is_edited_and_before_other_edits(
    store: Store,
) -> None:
    post, said = await with_root(store, FakeSlack()), []
    await post.want("other")
    await post.until("other")
    await post.want("other", "other 2", ago=timedelta(minutes=1))
    await post.want("root", "root 2")
    await post.want("root/1", thread_of="root", priority=Priority.CRITICAL)
    while (claim := await store.outbox.claim(OPS, "one", 25)) is not None:
        await store.outbox.confirm(claim, "one", Posted("C1", claim.ts or "9.0"), post.clock())
        said.append(claim.notice.body)
    assert [str(from_json(body).text) for body in said] == ["root 2", "root/1", "other 2"]


async def test_an_edit_that_slack_never_takes_holds_up_no_reply_for_long(store: Store) -> None:
    post = await with_root(store, FakeSlack())
    post.slack.next_edit = [SlackError("No.", code="a_code_nobody_foresaw")] * 50
    await post.want("root/1", thread_of="root", priority=Priority.CRITICAL)
    await post.until("root/1")
    assert 40 < len(post.slack.next_edit) <= 47
