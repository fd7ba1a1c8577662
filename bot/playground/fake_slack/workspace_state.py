"""The state of the imitated workspace: members, channels, messages and views, and how they change."""

import asyncio
import random
import secrets
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar

from bot.playground.fake_slack import sample_workspace
from bot.playground.fake_slack.activity import LogEntry
from bot.playground.fake_slack.changes import ChangeFeed
from bot.playground.fake_slack.fault_injection import SlackFaults
from bot.playground.fake_slack.objects import Channel, Ephemeral, Json, SlackMessage, UserGroup, View
from bot.playground.fake_slack.rate_tiers import RateTiers

ALL_SCOPES = frozenset(
    [
        "commands",
        "chat:write",
        "chat:write.public",
        "channels:read",
        "groups:read",
        "im:read",
        "channels:history",
        "groups:history",
        "im:history",
        "channels:join",
        "im:write",
        "users:read",
        "usergroups:read",
        "reactions:write",
    ]
)

T = TypeVar("T")


class WorkspaceState:
    """A workspace with a single app installed. All of it lives in the same event loop."""

    team_id, team_name, app_id = "T0PLAYGROUND", "Playground", "A0DLFBOT"
    bot_user_id, bot_id = "U0DLFBOT", "B0DLFBOT"
    bot_token, app_token = "xoxb-playground", "xapp-playground"
    signing_secret, verification_token = "playground-signing-secret", "playground-verification"

    def __init__(
        self,
        clock: Callable[[], datetime],
        *,
        timer: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        seed: int = 0,
    ) -> None:
        self.clock, self.timer, self.wall = clock, timer, wall
        self.random = random.Random(seed)
        self.scopes: set[str] = set(ALL_SCOPES)
        self.token_error: str | None = None
        # If set, the token belongs to a whole organization, for its workspaces in `teams`.
        self.enterprise_id: str | None = None
        self.teams = [self.team_id]
        self.request_url: str | None = None
        self.base_url = ""
        self.ack_seconds = 3.0
        self.event_retry_seconds: tuple[float, ...] = (0.0, 60.0, 300.0)
        self.commands_replace_original = False
        # Slack was seen to post at top level what belongs below a deleted message, and to refuse it.
        self.refuses_lost_threads = False
        self.users = {user.id: user for user in sample_workspace.users()}
        self.usergroups: dict[str, UserGroup] = {}
        self.channels: dict[str, Channel] = {channel.id: channel for channel in sample_workspace.channels()}
        self.ephemerals: dict[str, list[Ephemeral]] = {}
        self.homes: dict[str, View] = {}
        self.modals: dict[str, list[View]] = {}
        self.log: list[LogEntry] = []
        self.faults, self.limits = SlackFaults(), RateTiers(timer)
        self.triggers: dict[str, tuple[str, float]] = {}
        self.tasks: set[asyncio.Task[Any]] = set()
        self.changes = ChangeFeed()
        self._last_ts = 0

    # Read

    def channel(self, ref: str) -> Channel:
        """The channel of this id, name or "#name". Raises LookupError."""
        name = ref.removeprefix("#")
        for channel in self.channels.values():
            if channel.id == ref or (channel.name == name and not channel.is_im):
                return channel
        raise LookupError(ref)

    def messages(self, channel: str) -> list[SlackMessage]:
        """The messages of the channel itself (no thread replies, nothing deleted), oldest first."""
        found = self.channel(channel).messages.values()
        return [m for m in found if not m.deleted and (m.broadcast or not m.is_reply)]

    def message(self, channel: str, ts: str) -> SlackMessage:
        """Raises LookupError if it was never there or is deleted."""
        message = self.channel(channel).messages.get(ts)
        if message is None or message.deleted:
            raise LookupError(ts)
        return message

    def thread(self, channel: str, ts: str) -> list[SlackMessage]:
        """The replies below a message, oldest first, without the message itself."""
        kept = self.channel(channel).messages
        return [kept[reply] for reply in kept[ts].replies]

    def ephemerals_of(self, user: str, channel: str | None = None) -> list[Ephemeral]:
        """The messages that only this user sees, oldest first."""
        wanted = self.channel(channel).id if channel else None
        return [e for e in self.ephemerals.get(user, []) if wanted in (None, e.channel)]

    def next_ts(self) -> str:
        """A message name from the clock, greater than every earlier name even if the clock was set back."""
        self._last_ts = max(int(self.clock().timestamp() * 1_000_000), self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    async def wait_for(self, claim: Callable[[], Any], seconds: float = 5.0) -> Any:
        """Wait until `claim()` gives something true and return it. Raises TimeoutError."""
        async with self.changes.subscribe() as changes, asyncio.timeout(seconds):
            while not (found := claim()):
                with suppress(TimeoutError):
                    await asyncio.wait_for(changes.get(), 0.05)
            return found

    # Change

    def post(self, user: str, channel: str, text: str, *, thread_ts: str | None = None) -> SlackMessage:
        """A person writes something."""
        message = SlackMessage(self.channel(channel).id, self.next_ts(), user, text, thread_ts=thread_ts)
        return self.add_message(message)

    def delete(self, channel: str, ts: str) -> None:
        """Delete a message; with replies it leaves a tombstone."""
        message = self.message(channel, ts)
        kept = self.channel(channel).messages
        if message.is_reply and message.thread_ts in kept:
            kept[message.thread_ts].replies.remove(ts)
        if message.replies:
            message.deleted = True
        else:
            del kept[ts]
        self.changes.add("message_deleted", {"channel": message.channel, "ts": ts})

    def archive(self, channel: str, *, archived: bool = True) -> None:
        """Archive a channel, or bring it back."""
        self._channel_changed(channel, is_archived=archived)

    def restrict(self, channel: str, *, restricted: bool = True) -> None:
        """Let only admins post in a channel (the bot gets restricted_action)."""
        self._channel_changed(channel, is_restricted=restricted)

    def invite(self, channel: str, user: str | None = None) -> None:
        """Add a user, by default the bot, to a channel."""
        self.channel(channel).members.add(user or self.bot_user_id)
        self._channel_changed(channel)

    def remove(self, channel: str, user: str | None = None) -> None:
        """Remove a user, by default the bot, from a channel."""
        self.channel(channel).members.discard(user or self.bot_user_id)
        self._channel_changed(channel)

    def _channel_changed(self, ref: str, **changes: Any) -> None:
        channel = self.channel(ref)
        for name, value in changes.items():
            setattr(channel, name, value)
        self.changes.add("channel", channel.as_json(self.bot_user_id))

    def add_message(self, message: SlackMessage) -> SlackMessage:
        kept = self.channels[message.channel].messages
        kept[message.ts] = message
        if message.is_reply and message.thread_ts in kept:
            parent = kept[message.thread_ts]
            parent.replies.append(message.ts)
            if message.user not in parent.repliers:
                parent.repliers.append(message.user)
        self.changes.add("message", self.message_json(message))
        return message

    def add_ephemeral(self, ephemeral: Ephemeral) -> Ephemeral:
        self.ephemerals.setdefault(ephemeral.user, []).append(ephemeral)
        self.changes.add("ephemeral", ephemeral.as_json())
        return ephemeral

    def new_trigger(self, user: str) -> str:
        trigger = f"{len(self.triggers)}.{self.team_id}.{secrets.token_hex(8)}"
        self.triggers[trigger] = (user, self.timer())
        return trigger

    def direct_channel(self, user: str) -> Channel:
        """The bot's direct message channel with a user, opened if need be."""
        channel = self.channels.get(f"D{user[1:]}")
        if channel is None:
            members = {user, self.bot_user_id}
            channel = Channel(f"D{user[1:]}", "", members, is_im=True, im_user=user)
            self.channels[channel.id] = channel
        return channel

    def message_json(self, message: SlackMessage) -> Json:
        """A message as a page wants it: with its channel and metadata."""
        return message.as_json(with_metadata=True) | {"channel": message.channel}

    def view_json(self, view: View) -> Json:
        return view.as_json(team=self.team_id, app=self.app_id, bot=self.bot_id) | {"errors": view.errors}

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run a coroutine beside everything else until the world closes."""
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task
