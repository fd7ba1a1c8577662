"""The Slack workspace's channels, members and user groups, each cached for a while."""

import re
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from bot.domain.sentence import sentence
from bot.domain.slack_codes import CHANNEL_NOT_FOUND, INVALID_CURSOR, MISSING_SCOPE, TOO_MANY_CHANNELS
from bot.domain.suggest import NameIndex
from bot.errors import SlackError
from bot.slack.errors import unsure
from bot.slack.timed_cache import TimedCache
from bot.slack.web_api import WebApi
from bot.tasks import SingleFlight

CHANNELS_KEPT, CHANNELS_LISTED_AGAIN, PEOPLE_KEPT = 3600.0, 60.0, 300.0
MOST_KEPT = 10_000
PAGE, MAX_PAGES = 1000, 50
_NAME = re.compile(r"[\w.-]{1,80}")

Said = TypeVar("Said")


@dataclass(frozen=True, slots=True)
class SlackUser:
    """A person as Slack describes them; `present`: not a bot, not deleted, not from elsewhere."""

    id: str
    team_id: str
    enterprise_id: str
    present: bool
    guest: bool
    zone: str


class Directory:
    """Looks up ids and members in Slack and caches them, so that a command costs no call."""

    def __init__(
        self,
        web: WebApi,
        timer: Callable[[], float] = time.monotonic,
        *,
        workspace: Callable[[], Awaitable[str | None]] | None = None,
    ) -> None:
        """`workspace` returns the Slack workspace to search, if Slack requires it (organizations)."""
        self._web, self._timer, self._workspace = web, timer, workspace
        self._channels: dict[str, str] = {}
        self._channels_at: float | None = None
        self._public_only = False
        self._near: NameIndex | None = None  # made when a channel's name is not found
        self._members = _Remembered(self._ask_member, timer)
        self._groups = _Remembered(self._ask_group, timer)
        # The channels of an interrupted listing (Slack allows twenty pages a minute), and its next page.
        self._unfinished: dict[str, tuple[dict[str, str], str | None]] = {}

    async def channel_id(self, name: str) -> str:
        """The id of `#name`; an id is returned as it is. SlackError `channel_not_found` otherwise."""
        if re.fullmatch(r"[CGD][A-Z0-9]{5,}", name):
            return name
        wanted = name.removeprefix("#").casefold()
        kept = CHANNELS_KEPT if wanted in self._channels else CHANNELS_LISTED_AGAIN
        if self._channels_at is None or self._timer() - self._channels_at >= kept:
            self._channels = await self._list_channels()
            self._channels_at, self._near = self._timer(), None
        if wanted not in self._channels:
            raise self._not_found(name)
        return self._channels[wanted]

    def _not_found(self, name: str) -> SlackError:
        """The error for a name without a channel: a typo, or a private channel that is not listed for us."""
        self._near = self._near or NameIndex(self._channels)
        meant = self._near.to(name.removeprefix("#"))
        private = "A private channel must invite the bot first."
        if self._public_only:
            private = "A private channel is found by name only with the scope groups:read; an id needs none."
        what = "No channel that the bot can see is called {name} ({code})."
        if meant and _NAME.fullmatch(meant):
            what = 'No channel that the bot can see is called {name} ({code}). Did you mean "#{meant}"?'
        said = sentence(what, name=name, code=CHANNEL_NOT_FOUND, meant=meant or "")
        return SlackError(said, code=CHANNEL_NOT_FOUND, remedy=private)

    async def member(self, user_id: str, *, kept_for: float = PEOPLE_KEPT) -> SlackUser:
        """The member, by an answer of `users.info` that is at most `kept_for` seconds old."""
        return await self._members.get(user_id, kept_for)

    async def group(self, group_id: str, *, kept_for: float = PEOPLE_KEPT) -> frozenset[str]:
        """The ids of a user group's members, by a `usergroups.users.list` at most `kept_for` seconds old."""
        return await self._groups.get(group_id, kept_for)

    async def _ask_member(self, user_id: str) -> SlackUser:
        user = (await self._web.get("users.info", {"user": user_id})).part("user")
        grid = user.get("enterprise_user")
        outside = any(user.get(mark) for mark in ("is_bot", "is_stranger", "deleted"))
        return SlackUser(
            user_id,
            team_id=str(user.get("team_id", "")),
            enterprise_id=str(grid.get("enterprise_id", "")) if isinstance(grid, dict) else "",
            present=user.get("id") == user_id and not outside,
            guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
            zone=str(user.get("tz") or ""),
        )

    async def _ask_group(self, group_id: str) -> frozenset[str]:
        params = {"usergroup": group_id, "team_id": await self._team_id()}
        users = (await self._web.get("usergroups.users.list", params)).data.get("users")
        found = users if isinstance(users, list) else []
        return frozenset(user for user in found if isinstance(user, str))

    async def _team_id(self) -> str | None:
        return await self._workspace() if self._workspace else None

    async def _list_channels(self) -> dict[str, str]:
        self._public_only = False
        try:
            return await self._list("public_channel,private_channel")
        except SlackError as error:
            if error.code != MISSING_SCOPE:  # without groups:read public channels can still be listed
                raise
        self._public_only = True
        return await self._list("public_channel")

    async def _list(self, types: str) -> dict[str, str]:
        """All pages of `conversations.list`; an interrupted listing continues at its next page."""
        found, cursor = self._unfinished.get(types, ({}, None))
        params: dict[str, Any] = {"types": types, "limit": PAGE, "exclude_archived": False}
        params["team_id"] = await self._team_id()
        for _ in range(MAX_PAGES):
            try:
                page = await self._web.get("conversations.list", {**params, "cursor": cursor})
            except SlackError as error:
                if error.code == INVALID_CURSOR:
                    self._unfinished.pop(types, None)
                raise
            for channel in page.items("channels"):
                found[str(channel.get("name", "")).casefold()] = str(channel.get("id", ""))
            if not page.next_cursor:
                self._unfinished.pop(types, None)
                return found
            cursor = page.next_cursor
            self._unfinished[types] = found, cursor
        raise unsure("conversations.list", TOO_MANY_CHANNELS)


class _Remembered(Generic[Said]):
    """A cache of Slack's answer for each id; concurrent callers with the same id share a call."""

    def __init__(self, ask: Callable[[str], Coroutine[None, None, Said]], timer: Callable[[], float]) -> None:
        self._ask, self._timer = ask, timer
        self._said: TimedCache[str, Said] = TimedCache(MOST_KEPT, timer)
        self._asking: SingleFlight[Said] = SingleFlight()

    async def get(self, id: str, kept_for: float) -> Said:
        found = self._said.get(id, kept_for)
        return await self._asking.do(id, partial(self._look, id)) if found is None else found

    async def _look(self, id: str) -> Said:
        asked_at = self._timer()
        said = await self._ask(id)
        self._said.put(id, said, at=asked_at)
        return said
