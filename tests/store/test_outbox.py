"""The outbox: no notice lost or sent twice, all in order, even if a replica is killed at any moment."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.domain.alerts import Alert, AlertKey, Change, Reason, State, Told
from bot.domain.notices import Claim, Notice, Posted, Priority, Standing, Telling
from bot.store.store import Store, open_store

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
TODAY = date(2026, 11, 23)
HELD, OVER = 30.0, 0.0  # seconds of a lease: long enough for a test, and over at once


def notice(key: str = "k", content: str = "one", *, after: int = 0, **more: object) -> Notice:
    wanted = {
        "channel": "#ops",
        "body": content,
        "fingerprint": content,
        "priority": Priority.ALERT,
        "wanted_at": NOW + timedelta(seconds=after),
    }
    return Notice(key=key, **{**wanted, **more})  # type: ignore[arg-type]


def posted(ts: str = "1.0") -> Posted:
    return Posted("C1", ts)


async def claim(store: Store, owner: str = "a", seconds: float = HELD, channel: str = "#ops") -> Claim:
    found = await store.outbox.claim(channel, owner, seconds)
    assert found is not None
    return found


async def sent(store: Store, wanted: Notice, ts: str = "1.0") -> None:
    await store.outbox.put(wanted)
    assert await store.outbox.confirm(await claim(store), "a", posted(ts), NOW)


async def standing(store: Store, key: str = "k") -> Standing:
    row = await store.outbox.get(key)
    assert row is not None
    return row.standing


@pytest.fixture
async def other(store_url: str) -> AsyncIterator[Store]:
    """A second replica."""
    opened = await open_store(store_url)
    yield opened
    await opened.close()


async def test_a_replica_frozen_past_its_lease_restores_no_old_content(store: Store) -> None:
    assert await store.leases.acquire("tell", "a", OVER)
    assert await store.outbox.put(notice(content="old"), under="tell", holder="a")
    assert await store.leases.acquire("tell", "b", HELD)
    assert await store.outbox.put(notice(content="new"), under="tell", holder="b")
    assert not await store.outbox.put(notice(content="old"), under="tell", holder="a")
    assert (await claim(store)).notice.body == "new"


async def test_a_replica_frozen_past_its_lease_adds_no_notice(store: Store) -> None:
    assert await store.leases.acquire("tell", "a", OVER)
    assert await store.outbox.add_under(notice("first"), under="tell", holder="a")
    assert not await store.outbox.add_under(notice("first"), under="tell", holder="a")
    assert await store.leases.acquire("tell", "b", HELD)
    assert not await store.outbox.add_under(notice("second"), under="tell", holder="a")
    assert not await store.outbox.put(notice("third"), under="tell", holder="a")
    assert not await store.outbox.exists("second")
    assert not await store.outbox.exists("third")
    await store.leases.release("tell", "b")
    assert not await store.outbox.put(notice("third"), under="tell", holder="b")


async def test_a_notice_comes_out_as_it_went_in(store: Store) -> None:
    told = Told(Reason.WORSE, 7.5, NOW, 3, 2)
    full = notice(thread_of=None, telling=Telling("alert", told), priority=Priority.CRITICAL)
    assert await store.outbox.put(full)
    got = await claim(store)
    assert got.notice == full
    assert (got.attempts, got.unsure, got.posted_channel, got.ts, got.thread_ts) == (
        1,
        False,
        None,
        None,
        None,
    )
    assert got.first_tried_at is not None


async def test_put_returns_whether_it_changed_a_notice(store: Store) -> None:
    assert await store.outbox.put(notice())
    assert not await store.outbox.put(notice())
    assert await store.outbox.put(notice(content="two"))
    assert (await claim(store)).notice.body == "two"


async def test_add_once_adds_once_however_many_ask_at_once(store: Store, other: Store) -> None:
    asked = [replica.outbox.add_once(notice(content=str(n))) for n in range(10) for replica in (store, other)]
    assert sum(await asyncio.gather(*asked)) == 1
    assert await store.outbox.exists("k")
    assert not await store.outbox.exists("unheard of")


async def test_put_by_many_at_once_makes_one_notice(store: Store, other: Store) -> None:
    await asyncio.gather(*(replica.outbox.put(notice()) for _ in range(10) for replica in (store, other)))
    assert (await store.outbox.backlog()).standings == {Standing.QUEUED: 1}


@pytest.mark.parametrize("content", ["one", "two"])
async def test_a_notice_being_sent_is_not_replaced(store: Store, content: str) -> None:
    await store.outbox.put(notice())
    await claim(store)
    assert not await store.outbox.put(notice(content=content))
    assert (await store.outbox.get("k")).notice.body == "one"


async def test_a_notice_that_may_have_been_sent_is_not_replaced_until_known(store: Store) -> None:
    await store.outbox.put(notice())
    await store.outbox.put_back(await claim(store), "a", Standing.UNSURE, 0, "timeout")
    assert not await store.outbox.put(notice(content="two"))
    again = await claim(store)
    assert (again.unsure, again.notice.body) == (True, "one")
    await store.outbox.put_back(again, "a", Standing.QUEUED, 0, "ratelimited")
    assert await store.outbox.put(notice(content="two"))
    again = await claim(store)
    assert (again.unsure, again.notice.body) == (False, "two")


async def test_an_unsure_notice_in_a_parked_channel_stays_unsure(store: Store) -> None:
    await store.outbox.put(notice())
    await store.outbox.put_back(await claim(store), "a", Standing.UNSURE, 0, "timeout")
    await store.outbox.put_back(await claim(store), "a", Standing.PARKED, 600, "is_archived")
    assert not await store.outbox.put(notice(content="two"))
    assert await store.outbox.claim("#ops", "a", HELD) is None
    assert await store.outbox.unpark("#ops") == 1
    assert (await claim(store)).unsure


async def test_a_sent_message_that_changed_is_edited(store: Store) -> None:
    await sent(store, notice())
    assert not await store.outbox.put(notice())
    assert await store.outbox.claim("#ops", "a", HELD) is None
    assert await store.outbox.put(notice(content="two", after=60))
    edit = await claim(store)
    assert (edit.ts, edit.posted_channel, edit.attempts, edit.unsure) == ("1.0", "C1", 1, False)
    assert edit.notice.wanted_at == NOW + timedelta(seconds=60)


async def test_an_unsure_edit_is_redone_with_newer_content(store: Store) -> None:
    await sent(store, notice())
    await store.outbox.put(notice(content="two"))
    await store.outbox.put_back(await claim(store), "a", Standing.UNSURE, 0, "timeout")
    assert await store.outbox.put(notice(content="three"))
    edit = await claim(store)
    assert (edit.ts, edit.unsure, edit.notice.body) == ("1.0", False, "three")


async def test_a_queued_notice_keeps_its_place_when_its_content_changes(store: Store) -> None:
    await store.outbox.put(notice("first"))
    await store.outbox.put(notice("second", after=1))
    await store.outbox.put(notice("first", "newer", after=2))
    assert [(await claim(store)).notice.key for _ in range(2)] == ["first", "second"]


async def test_the_urgent_goes_first_then_the_longest_wanted(store: Store) -> None:
    for key, priority, after in [
        ("digest", Priority.DIGEST, 0),
        ("late", Priority.ALERT, 5),
        ("early", Priority.ALERT, 1),
        ("as early", Priority.ALERT, 1),
        ("critical", Priority.CRITICAL, 9),
    ]:
        await store.outbox.put(notice(key, priority=priority, after=after))
    order = [(await claim(store)).notice.key for _ in range(5)]
    assert order == ["critical", "early", "as early", "late", "digest"]


async def test_a_claim_is_exclusive_while_its_lease_lasts(store: Store, other: Store) -> None:
    await store.outbox.put(notice())
    await claim(store)
    assert await other.outbox.claim("#ops", "b", HELD) is None
    assert await other.outbox.channels_due(10) == []


async def test_ten_at_once_never_claim_the_same(store: Store, other: Store) -> None:
    for n in range(30):
        await store.outbox.put(notice(f"k{n}"))

    async def work(replica: Store, owner: str) -> list[str]:
        mine = []
        while found := await replica.outbox.claim("#ops", owner, HELD):
            mine.append(found.notice.key)
        return mine

    claimed = await asyncio.gather(
        *(work(replica, f"{name}{n}") for n in range(5) for name, replica in (("a", store), ("b", other)))
    )
    keys = [key for mine in claimed for key in mine]
    assert sorted(keys) == sorted(f"k{n}" for n in range(30))


async def test_a_dead_replicas_claim_is_taken_over_and_is_unsure(store: Store, other: Store) -> None:
    await store.outbox.put(notice())
    first = await claim(store, "a", OVER)
    second = await claim(other, "b")
    assert (second.unsure, second.attempts, second.number) == (True, 2, first.number + 1)
    assert second.first_tried_at == first.first_tried_at


async def test_a_dead_replicas_edit_is_simply_redone(store: Store) -> None:
    await sent(store, notice())
    await store.outbox.put(notice(content="two"))
    await claim(store, "a", OVER)
    edit = await claim(store, "b")
    assert (edit.ts, edit.unsure) == ("1.0", False)


async def test_a_late_confirmation_counts_unless_another_replica_took_over(store: Store) -> None:
    await store.outbox.put(notice())
    assert await store.outbox.confirm(await claim(store, "a", OVER), "a", posted(), NOW)
    assert await standing(store) is Standing.SENT


async def test_a_late_confirmation_changes_nothing_while_another_sends(store: Store) -> None:
    await store.outbox.put(notice())
    mine = await claim(store, "a", OVER)
    theirs = await claim(store, "b")
    assert not await store.outbox.confirm(mine, "a", posted("1.0"), NOW)
    assert not await store.outbox.put_back(mine, "a", Standing.QUEUED, 0, "ratelimited")
    assert await standing(store) is Standing.CLAIMED
    assert await store.outbox.confirm(theirs, "b", posted("2.0"), NOW)
    assert not await store.outbox.confirm(mine, "a", posted("1.0"), NOW)
    assert (await store.outbox.get("k")).posted == posted("2.0")


async def test_a_late_confirmation_counts_when_the_other_gave_up_without_posting(store: Store) -> None:
    await store.outbox.put(notice())
    mine = await claim(store, "a", OVER)
    await store.outbox.put_back(await claim(store, "b"), "b", Standing.QUEUED, 0, "ratelimited")
    await store.outbox.put(notice(content="two"))
    assert await store.outbox.confirm(mine, "a", posted(), NOW)
    row = await store.outbox.get("k")
    assert (row.posted, row.standing, row.notice.body) == (posted(), Standing.QUEUED, "two")


async def test_the_same_owner_is_fenced_by_the_number_of_its_claim(store: Store) -> None:
    await store.outbox.put(notice())
    stalled = await claim(store, "a", OVER)
    current = await claim(store, "a")
    assert not await store.outbox.put_back(stalled, "a", Standing.PARKED, 60, "is_archived")
    assert not await store.outbox.confirm(stalled, "a", posted(), NOW)
    assert await store.outbox.confirm(current, "a", posted(), NOW)


async def test_confirming_twice_changes_nothing(store: Store) -> None:
    await store.outbox.put(notice())
    mine = await claim(store)
    assert await store.outbox.confirm(mine, "a", posted("1.0"), NOW)
    assert not await store.outbox.confirm(mine, "a", posted("2.0"), NOW)
    assert (await store.outbox.get("k")).posted == posted("1.0")


async def test_a_notice_put_back_waits(store: Store) -> None:
    await store.outbox.put(notice())
    await store.outbox.put_back(await claim(store), "a", Standing.QUEUED, 60, "ratelimited")
    assert await store.outbox.claim("#ops", "a", HELD) is None
    assert await store.outbox.channels_due(10) == []
    row = await store.outbox.get("k")
    assert (row.standing, row.last_error, row.attempts) == (Standing.QUEUED, "ratelimited", 1)


async def test_attempts_count_from_the_last_confirmation(store: Store) -> None:
    await store.outbox.put(notice())
    await store.outbox.put_back(await claim(store), "a", Standing.QUEUED, 0, "ratelimited")
    again = await claim(store)
    assert again.attempts == 2
    await store.outbox.confirm(again, "a", posted(), NOW)
    await store.outbox.put(notice(content="two"))
    edit = await claim(store)
    assert edit.attempts == 1
    assert edit.number > again.number


async def test_a_parked_channel_is_named_with_its_reason_and_can_be_tried_again(store: Store) -> None:
    await store.outbox.put(notice())
    await store.outbox.put_back(await claim(store), "a", Standing.PARKED, 600, "not_in_channel")
    await store.outbox.put(notice("elsewhere", channel="#other", after=-5))
    backlog = await store.outbox.backlog()
    assert backlog.standings == {Standing.PARKED: 1, Standing.QUEUED: 1}
    assert backlog.parked == {"#ops": "not_in_channel"}
    assert backlog.oldest_wanted_at == NOW - timedelta(seconds=5)
    assert await store.outbox.channels_due(10) == ["#other"]
    assert await store.outbox.unpark("#ops") == 1
    assert sorted(await store.outbox.channels_due(10)) == ["#ops", "#other"]


async def test_an_edit_that_was_parked_lets_those_of_other_channels_go_first(store: Store) -> None:
    """The name has led to two channels; the channel of the older wish is archived, and is tried last."""
    for key in ("archived", "healthy"):
        await sent(store, notice(key))
    await store.outbox.put(notice("archived", "two", after=1))
    await store.outbox.put_back(await claim(store), "a", Standing.PARKED, 0, "is_archived")
    await store.outbox.put(notice("healthy", "two", after=2))
    assert [(await claim(store)).notice.key for _ in range(2)] == ["healthy", "archived"]


async def test_new_content_for_a_parked_notice_does_not_wake_it(store: Store) -> None:
    await store.outbox.put(notice())
    await store.outbox.put_back(await claim(store), "a", Standing.PARKED, 600, "not_in_channel")
    assert await store.outbox.put(notice(content="two"))
    assert await standing(store) is Standing.PARKED


@pytest.mark.parametrize(
    "before", [Standing.QUEUED, Standing.UNSURE], ids=["surely not posted", "perhaps posted"]
)
async def test_a_parked_notice_moves_when_the_config_names_another_channel(
    store: Store, before: Standing
) -> None:
    await store.outbox.put(notice())
    await store.outbox.put_back(await claim(store), "a", before, 0, "timeout")
    await store.outbox.put_back(await claim(store), "a", Standing.PARKED, 600, "is_archived")
    assert await store.outbox.put(notice(channel="#new"))
    moved = await claim(store, channel="#new")
    assert (moved.notice.channel, moved.unsure) == ("#new", False)


async def test_a_message_stays_in_the_channel_it_was_posted_in(store: Store) -> None:
    await sent(store, notice())
    await store.outbox.put(notice(content="two", channel="#new"))
    edit = await claim(store)
    assert (edit.notice.channel, edit.posted_channel, edit.ts) == ("#ops", "C1", "1.0")


async def test_a_deleted_message_is_posted_anew_once(store: Store) -> None:
    await sent(store, notice())
    await store.outbox.put(notice(content="two"))
    await claim(store)
    assert await store.outbox.message_lost("k", "1.0", NOW)
    anew = await claim(store)
    assert (anew.ts, anew.unsure, anew.attempts) == (None, False, 1)
    assert not await store.outbox.message_lost("k", "1.0", NOW)  # another replica noticed it too
    assert await store.outbox.confirm(anew, "a", posted("2.0"), NOW)
    assert not await store.outbox.message_lost("k", "1.0", NOW)
    assert (await store.outbox.get("k")).posted == posted("2.0")


async def test_a_late_edit_does_not_bring_a_lost_message_back(store: Store) -> None:
    await sent(store, notice())
    await store.outbox.put(notice(content="two"))
    edit = await claim(store, "a", OVER)
    await claim(store, "b")
    await store.outbox.message_lost("k", "1.0", NOW)
    assert not await store.outbox.confirm(edit, "a", posted("1.0"), NOW)
    assert (await store.outbox.get("k")).posted is None


class TestThreads:
    async def test_a_reply_waits_for_its_message_and_follows_it(self, store: Store) -> None:
        await store.outbox.put(notice("reply", thread_of="root", priority=Priority.CRITICAL))
        assert await store.outbox.claim("#ops", "a", HELD) is None
        await store.outbox.put(notice("root"))
        root = await claim(store)
        assert root.notice.key == "root"
        assert await store.outbox.claim("#ops", "a", HELD) is None
        await store.outbox.confirm(root, "a", posted("7.0"), NOW)
        reply = await claim(store)
        assert (reply.notice.key, reply.thread_ts, reply.posted_channel, reply.ts) == (
            "reply",
            "7.0",
            "C1",
            None,
        )

    async def test_replies_keep_their_order_even_when_the_first_must_wait(self, store: Store) -> None:
        await sent(store, notice("root"))
        await store.outbox.put(notice("worse", thread_of="root", priority=Priority.FOLLOW_UP, after=9))
        await store.outbox.put(notice("resolved", thread_of="root", priority=Priority.FOLLOW_UP))
        assert await store.outbox.confirm(await claim(store), "a", posted(), NOW)
        first = await claim(store)
        assert first.notice.key == "worse"
        assert await store.outbox.claim("#ops", "b", HELD) is None
        await store.outbox.put_back(first, "a", Standing.QUEUED, 60, "ratelimited")
        assert await store.outbox.claim("#ops", "b", HELD) is None

    @pytest.mark.parametrize("minutes", [30, 59])
    async def test_a_wait_from_before_a_clock_step_is_ignored(self, store: Store, minutes: int) -> None:
        for standing in (Standing.QUEUED, Standing.UNSURE, Standing.PARKED):
            key = standing.value
            await store.outbox.put(notice(key))
            await store.outbox.put_back(await claim(store), "a", standing, 30 + 60 * minutes, "slow")
            again = await store.outbox.claim("#ops", "b", HELD)
            assert again and again.notice.key == key
            await store.outbox.put_back(again, "b", standing, 600, "slow")
            assert await store.outbox.claim("#ops", "b", HELD) is None

    @pytest.mark.parametrize("minutes", [30, 59])
    async def test_a_sending_claimed_before_the_clock_was_stepped_back_is_taken_over(
        self, store: Store, minutes: int
    ) -> None:
        await store.outbox.put(notice("root"))
        assert await store.outbox.claim("#ops", "a", 25 + 60 * minutes)
        assert await store.outbox.claim("#ops", "b", 25)

    async def test_a_reply_waits_while_its_messages_channel_is_parked(self, store: Store) -> None:
        await sent(store, notice("root"))
        await store.outbox.put(notice("root", "two"))
        await store.outbox.put_back(await claim(store), "a", Standing.PARKED, 600, "is_archived")
        await store.outbox.put(notice("reply", thread_of="root"))
        assert await store.outbox.channels_due(10) == []
        assert await store.outbox.claim("#ops", "a", HELD) is None

    async def test_a_reply_goes_under_the_new_message_when_the_old_was_deleted(self, store: Store) -> None:
        await sent(store, notice("root"))
        await store.outbox.put(notice("reply", thread_of="root"))
        assert await store.outbox.confirm(await claim(store), "a", posted(), NOW)
        reply = await claim(store)
        await store.outbox.put_back(reply, "a", Standing.QUEUED, 0, "thread_not_found")
        assert reply.thread_ts
        assert await store.outbox.message_lost("root", reply.thread_ts, NOW)
        root = await claim(store)
        assert root.notice.key == "root"
        await store.outbox.confirm(root, "a", posted("9.0"), NOW)
        assert (await claim(store)).thread_ts == "9.0"

    async def test_a_message_with_a_waiting_reply_is_not_forgotten(self, store: Store) -> None:
        await sent(store, notice("root"))
        await sent(store, notice("other"), "2.0")
        await sent(store, notice("newest"), "3.0")
        await store.outbox.put(notice("reply", thread_of="root"))
        assert await store.outbox.prune(NOW + timedelta(days=1)) == 1
        assert await store.outbox.exists("root")
        assert not await store.outbox.exists("other")


async def test_only_notices_sent_long_ago_are_deleted(store: Store) -> None:
    await sent(store, notice("old"))
    await sent(store, notice("newest"), "2.0")
    await store.outbox.put(notice("waiting"))
    assert await store.outbox.prune(NOW) == 0
    assert await store.outbox.prune(NOW + timedelta(seconds=1)) == 1
    assert await store.outbox.exists("waiting")
    assert await store.outbox.exists("newest"), "it tells which channel the name led to"


async def test_the_channel_a_name_led_to_is_that_of_the_newest_message_which_edits_do_not_make(
    store: Store,
) -> None:
    assert await store.outbox.channel_id("#ops") is None
    await sent(store, notice("old"))
    await store.outbox.put(notice("new"))
    await store.outbox.confirm(await claim(store), "a", Posted("C2", "2.0"), NOW)
    await store.outbox.put(notice("old", content="changed"))
    await store.outbox.confirm(await claim(store), "a", posted("1.0"), NOW + timedelta(days=1))
    await store.outbox.put(notice("reply", thread_of="old"))
    await store.outbox.confirm(await claim(store), "a", posted("3.0"), NOW + timedelta(days=1))
    assert await store.outbox.channel_id("#ops") == "C2"


async def test_new_messages_can_rest_while_edits_and_replies_go_and_the_other_way_round(store: Store) -> None:
    await sent(store, notice("root"))
    await store.outbox.put(notice("new"))
    await store.outbox.put(notice("root", content="changed"))
    await store.outbox.put(notice("reply", thread_of="root"))
    due = store.outbox.channels_due
    assert await due(9, without_new=["#ops"]) == await due(9, without_known=["#ops"]) == ["#ops"]
    assert await due(9, without_new=["#ops"], without_known=["#ops"]) == []
    assert await store.outbox.claim("#ops", "a", HELD, new=False, known=False) is None
    edit = await store.outbox.claim("#ops", "a", HELD, new=False)
    assert edit is not None and edit.notice.key == "root"
    new = await store.outbox.claim("#ops", "a", HELD, known=False)
    assert new is not None and new.notice.key == "new"
    await store.outbox.confirm(edit, "a", posted("1.0"), NOW)
    assert await store.outbox.claim("#ops", "a", HELD, known=False) is None
    reply = await store.outbox.claim("#ops", "a", HELD, new=False)
    assert reply is not None and reply.notice.key == "reply"


class TestTelling:
    @pytest.fixture
    async def alert(self, store: Store) -> Alert:
        alert = Alert(
            AlertKey("failures", "prod/sales", TODAY), 1, State.FIRING, 7, 7, NOW, NOW, fired_at=NOW
        )
        assert await store.alerts.save([Change(None, alert)])
        return alert

    async def tell(self, store: Store, alert: Alert, told: Told, content: str, *, key: str = "root") -> Claim:
        await store.outbox.put(notice(key, content, telling=Telling(alert.id, told)))
        return await claim(store)

    async def test_an_alert_knows_what_slack_was_told_once_it_is_confirmed(
        self, store: Store, alert: Alert
    ) -> None:
        told = Told(Reason.FIRING, 7, NOW, 0)
        sending = await self.tell(store, alert, told, "one")
        assert (await store.alerts.get(alert.id)).told is None
        await store.outbox.confirm(sending, "a", posted(), NOW)
        assert (await store.alerts.get(alert.id)).told == told

    async def test_an_older_telling_does_not_undo_a_newer_telling(self, store: Store, alert: Alert) -> None:
        newer, older = Told(Reason.WORSE, 9, NOW, 4), Told(Reason.FIRING, 7, NOW, 3)
        await store.outbox.confirm(await self.tell(store, alert, newer, "one"), "a", posted(), NOW)
        late = await self.tell(store, alert, older, "two", key="root/3")
        await store.outbox.confirm(late, "a", posted(), NOW)
        assert (await store.alerts.get(alert.id)).told == newer

    async def test_a_replica_that_read_an_alert_before_a_confirmation_does_not_undo_it(
        self, store: Store, alert: Alert
    ) -> None:
        """Else "worse" would turn into "resolved" in its place, and "resolved" be said once more after it."""
        worse, resolved = Told(Reason.WORSE, 9, NOW, 1), Told(Reason.RESOLVED, 0, NOW, 1)
        sending = await self.tell(store, alert, worse, "worse", key="root/1")
        await store.outbox.confirm(sending, "a", posted(), NOW)
        stale = notice("root/1", "resolved", telling=Telling(alert.id, resolved))
        assert not await store.outbox.put(stale)
        row = await store.outbox.get("root/1")
        assert (row.notice.body, row.standing) == ("worse", Standing.SENT)
        assert await store.outbox.put(replace(stale, telling=Telling(alert.id, replace(resolved, seq=2))))

    async def test_a_confirmation_by_a_late_replica_changes_no_alert(
        self, store: Store, alert: Alert
    ) -> None:
        sending = await self.tell(store, alert, Told(Reason.FIRING, 7, NOW, 0), "one")
        await store.outbox.put_back(sending, "a", Standing.QUEUED, 0, "ratelimited")
        await claim(store, "b")
        assert not await store.outbox.confirm(sending, "a", posted(), NOW)
        assert (await store.alerts.get(alert.id)).told is None

    async def test_a_confirmation_that_cannot_be_written_whole_is_not_written_at_all(
        self, store: Store, alert: Alert
    ) -> None:
        sending = await self.tell(store, alert, Told(Reason.FIRING, 7, NOW, 0), "one")
        assert sending.notice.telling
        broken = replace(sending.notice.telling.told, seq=2**70)
        telling = replace(sending.notice.telling, told=broken)
        from bot.errors import StoreError

        with pytest.raises(StoreError):
            await store.outbox.confirm(
                replace(sending, notice=replace(sending.notice, telling=telling)), "a", posted(), NOW
            )
        assert await standing(store, "root") is Standing.CLAIMED
        assert await store.outbox.confirm(sending, "a", posted(), NOW)
