"""Channels that are renamed in Slack while the config keeps their old name."""

import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.notices import Posted, Priority
from bot.errors import SlackError
from bot.messages.message import Message
from bot.store.store import Store
from tests.support.fakes import FakeSlack
from tests.usecases.test_dispatch import OPS, QUICK, Post

pytestmark = [pytest.mark.sqlite, pytest.mark.real_time]


class NamedSlack(FakeSlack):
    """Has channels with names that may change; `unusable` ones refuse everything."""

    def __init__(self) -> None:
        super().__init__()
        self.ids = {OPS: "C0OPS"}
        self.unusable: dict[str, str] = {}
        self.searched: list[str] = []

    async def post(self, channel: str, message: Message, *, key: str, thread_ts: str | None = None) -> Posted:
        return await super().post(self._usable(channel), message, key=key, thread_ts=thread_ts)

    async def edit(self, posted: Posted, message: Message, *, key: str) -> None:
        assert posted.channel.startswith("C0"), "an edit needs an id"
        self._usable(posted.channel)
        await super().edit(posted, message, key=key)

    async def channel_id(self, name: str) -> str:
        return self._usable(name)

    async def find(self, channel_id: str, key: str, **more: object) -> str | None:
        self.searched.append(channel_id)
        return await super().find(channel_id, key, **more)  # type: ignore[arg-type]

    def _usable(self, channel: str) -> str:
        found = self.ids.get(channel, channel if channel.startswith("C0") else "")
        if code := "channel_not_found" if not found else self.unusable.get(found, ""):
            raise SlackError("No.", code=code, method="chat.postMessage")
        return found

    def where(self) -> dict[str, str]:
        return {one.key: one.channel for one in self.messages}


@pytest.fixture
async def post(store: Store) -> Post:
    """A bot with an alert in #data-ops."""
    post = Post(store, NamedSlack())
    await post.want("root", "5 failed")
    await post.until("root")
    return post


def slack_of(post: Post) -> NamedSlack:
    assert isinstance(post.slack, NamedSlack)
    return post.slack


async def test_a_renamed_channel_is_followed_and_the_outdated_name_is_reported(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    slack_of(post).ids = {"#data-platform": "C0OPS"}
    # Another process: it must know from the store.
    other = Post(post.store, post.slack, "two")
    await other.want("root", "9 failed")
    await other.want("new")
    await other.want("newer")
    with caplog.at_level(logging.WARNING):
        await other.until("root", "new", "newer")
    assert slack_of(post).where() == {"root": "C0OPS", "new": "C0OPS", "newer": "C0OPS"}
    assert other.dispatcher.outdated == {OPS: "no channel has this name now; messages go to C0OPS"}
    said = [one for one in caplog.records if "C0OPS" in str(vars(one))]
    assert len(said) == 1
    assert "Write the channel's new name, or its id" in str(vars(said[0]))
    assert other.dispatcher.parked == {}
    slack_of(post).ids = {OPS: "C0OPS"}
    await other.want("newest")
    await other.until("newest")
    assert other.dispatcher.outdated == {}


async def test_where_the_name_is_anothers_now_new_messages_go_there_and_threads_stay(post: Post) -> None:
    slack_of(post).ids = {OPS: "C0OTHER", "#old": "C0OPS"}
    await post.want("root", "9 failed")
    await post.want("root/1", thread_of="root", priority=Priority.FOLLOW_UP)
    await post.want("new")
    await post.until("root", "root/1", "new")
    assert slack_of(post).where() == {"root": "C0OPS", "root/1": "C0OPS", "new": "C0OTHER"}
    assert post.slack.messages[0].text == "9 failed"
    assert post.dispatcher.outdated == {
        OPS: "the name is C0OTHER's now and was C0OPS's, where older messages stay"
    }
    assert await post.store.outbox.channel_id(OPS) == "C0OTHER"


@pytest.mark.parametrize("code", ["channel_not_found", "not_in_channel", "is_archived"])
async def test_a_name_that_cannot_be_used_holds_up_no_edit_and_no_reply(store: Store, code: str) -> None:
    post = Post(store, NamedSlack(), timing=replace(QUICK, park=60))
    await post.want("root", "5 failed")
    await post.until("root")
    slack_of(post).ids = {OPS: "C0OTHER"}
    slack_of(post).unusable = {"C0OTHER": code}
    if code == "channel_not_found":  # then the old channel is followed, unless it cannot be used either
        slack_of(post).messages[0].channel = "C0KNOWN"
        slack_of(post).unusable["C0OPS"] = "is_archived"
        await _move(store, "C0KNOWN")
    await post.want("new", priority=Priority.CRITICAL)
    await post.tick()
    for text in ("8 failed", "9 failed"):
        await post.want("root", text)
        await post.want(f"root/{text}", thread_of="root", priority=Priority.FOLLOW_UP)
        await post.until("root", f"root/{text}")
    assert "new" not in slack_of(post).where()
    assert list(post.dispatcher.parked) == [OPS]


async def _move(store: Store, channel: str) -> None:
    """The root is in a channel that was not the last under this name."""
    claim_of = {"id": channel}
    async with store._database.transaction() as connection:
        await connection.exec_driver_sql(
            "UPDATE notices SET posted_channel = :id WHERE key = 'root'", claim_of
        )
        await connection.exec_driver_sql(
            "INSERT INTO notices (key, channel, body, fingerprint, priority, wanted_at, standing, ts,"
            " posted_channel) SELECT 'later', channel, body, fingerprint, priority, wanted_at, 'sent', '2.0',"
            " 'C0OPS' FROM notices WHERE key = 'root'"
        )


async def test_an_old_channel_that_cannot_be_used_holds_up_nothing_where_the_name_leads_now(
    store: Store,
) -> None:
    post = Post(store, NamedSlack(), timing=replace(QUICK, park=60))
    await post.want("root", "5 failed")
    await post.until("root")
    slack_of(post).ids, slack_of(post).unusable = {OPS: "C0NEW"}, {"C0OPS": "is_archived"}
    await post.want("new")
    await post.until("new")
    await post.want("root", "9 failed")
    await post.tick()
    await post.want("newer")
    await post.until("newer")
    assert post.dispatcher.parked == {"C0OPS": "is_archived"}, "the default channel itself can be used"
    await post.dispatcher.measure()
    assert post.dispatcher.parked == {"C0OPS": "is_archived"}


async def test_an_edit_that_the_channel_itself_refuses_parks_its_name(post: Post) -> None:
    slack_of(post).unusable = {"C0OPS": "is_archived"}
    await post.want("root", "9 failed")
    await post.tick()
    assert post.dispatcher.parked == {OPS: "is_archived"}
    await post.dispatcher.measure()
    assert post.dispatcher.parked == {OPS: "is_archived"}


async def test_a_doubtful_message_is_looked_up_where_the_channel_was(post: Post) -> None:
    slack_of(post).answers_lost = 1
    await post.want("new")
    await post.tick()
    slack_of(post).ids = {"#data-platform": "C0OPS"}
    await post.until("new")
    assert slack_of(post).searched == ["C0OPS"]
    assert [one.key for one in post.slack.messages] == ["root", "new"]
    slack_of(post).answers_lost = 1
    await post.want("newer")
    await post.tick()
    slack_of(post).ids = {OPS: "C0OTHER"}
    await post.until("newer")
    assert slack_of(post).searched == ["C0OPS", "C0OTHER", "C0OPS"], "where the name leads, then where it led"
    assert [one.key for one in post.slack.messages] == ["root", "new", "newer"]


async def test_a_channel_name_that_never_existed_is_a_mistake_in_the_config(store: Store) -> None:
    post = Post(store, NamedSlack(), fallback="#typo")
    await post.want("alert", channel="#typo")
    await post.tick()
    assert (post.dispatcher.parked, post.dispatcher.outdated) == ({"#typo": "channel_not_found"}, {})


async def test_deleting_old_notices_keeps_their_channel(post: Post) -> None:
    await post.want("newer")
    await post.until("newer")
    assert await post.store.outbox.prune(post.clock() + timedelta(days=400)) == 1
    assert await post.store.outbox.channel_id(OPS) == "C0OPS"
