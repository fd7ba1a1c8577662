"""Who and what is in the Slack workspace: channels, members, user groups, each kept for a while."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.errors import SlackError
from bot.slack.errors import refusal, unsure
from bot.slack.web_api import WebApi

CHANNELS_KEPT, CHANNELS_LISTED_AGAIN, PEOPLE_KEPT = 3600.0, 60.0, 300.0
PAGE, MAX_PAGES = 1000, 50


@dataclass(frozen=True, slots=True)
class Member:
    """A person as Slack describes them; `full` means neither guest nor bot nor gone."""

    id: str
    team_id: str
    enterprise_id: str
    full: bool
    zone: str


class Directory:
    """Looks things up in Slack and remembers them, so that a command costs no call."""

    def __init__(self, web: WebApi, timer: Callable[[], float] = time.monotonic) -> None:
        self._web, self._timer = web, timer
        self._channels: dict[str, str] = {}
        self._channels_at: float | None = None
        self._members: dict[str, tuple[float, Member]] = {}
        self._groups: dict[str, tuple[float, frozenset[str]]] = {}
        # What a listing found before it was stopped (Slack allows twenty pages a minute), and its next page.
        self._unfinished: dict[str, tuple[dict[str, str], str | None]] = {}

    async def channel_id(self, name: str) -> str:
        """The id of `#name`; an id is returned as it is. SlackError `channel_not_found` otherwise."""
        if re.fullmatch(r"[CGD][A-Z0-9]{5,}", name):
            return name
        wanted = name.removeprefix("#").casefold()
        kept = CHANNELS_KEPT if wanted in self._channels else CHANNELS_LISTED_AGAIN
        if self._channels_at is None or self._timer() - self._channels_at >= kept:
            self._channels = await self._list_channels()
            self._channels_at = self._timer()
        if wanted not in self._channels:
            raise refusal("conversations.list", "channel_not_found")
        return self._channels[wanted]

    async def member(self, user_id: str) -> Member:
        """Who this is (`users.info`)."""
        kept = self._members.get(user_id)
        if kept and self._timer() - kept[0] < PEOPLE_KEPT:
            return kept[1]
        user = (await self._web.get("users.info", {"user": user_id})).part("user")
        outside = ("is_restricted", "is_ultra_restricted", "is_bot", "is_stranger", "deleted")
        full = user.get("id") == user_id and not any(user.get(mark) for mark in outside)
        grid = user.get("enterprise_user")
        enterprise = str(grid.get("enterprise_id", "")) if isinstance(grid, dict) else ""
        member = Member(user_id, str(user.get("team_id", "")), enterprise, full, str(user.get("tz") or ""))
        if len(self._members) > 10_000:
            self._members.clear()
        self._members[user_id] = (self._timer(), member)
        return member

    async def group(self, group_id: str) -> frozenset[str]:
        """The ids of the members of a user group (`usergroups.users.list`)."""
        kept = self._groups.get(group_id)
        if kept and self._timer() - kept[0] < PEOPLE_KEPT:
            return kept[1]
        said = await self._web.get("usergroups.users.list", {"usergroup": group_id})
        users = said.data.get("users")
        members = (
            frozenset(user for user in users if isinstance(user, str))
            if isinstance(users, list)
            else frozenset()
        )
        self._groups[group_id] = (self._timer(), members)
        return members

    async def _list_channels(self) -> dict[str, str]:
        try:
            return await self._list("public_channel,private_channel")
        except SlackError as error:
            if error.code != "missing_scope":  # without groups:read the public ones can still be listed
                raise
        return await self._list("public_channel")

    async def _list(self, types: str) -> dict[str, str]:
        """All pages of `conversations.list`; a long one goes on where the last call was stopped."""
        found, cursor = self._unfinished.get(types, ({}, None))
        params: dict[str, Any] = {"types": types, "limit": PAGE, "exclude_archived": False}
        for _ in range(MAX_PAGES):
            try:
                page = await self._web.get("conversations.list", {**params, "cursor": cursor})
            except SlackError as error:
                if error.code == "invalid_cursor":
                    self._unfinished.pop(types, None)
                raise
            for channel in page.items("channels"):
                found[str(channel.get("name", "")).casefold()] = str(channel.get("id", ""))
            if not page.next_cursor:
                self._unfinished.pop(types, None)
                return found
            cursor = page.next_cursor
            self._unfinished[types] = found, cursor
        raise unsure("conversations.list", "too_many_channels")
