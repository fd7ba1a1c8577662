"""Find the config's channels in Slack, where channels can be renamed and names reused."""

import re
from collections.abc import Awaitable, Callable

from bot.domain.slack_codes import CHANNEL_NOT_FOUND
from bot.errors import SlackError, SlackUnsure
from bot.logs import Once
from bot.usecases.slack_refusals import passes

ChannelId = Callable[[str], Awaitable[str]]
LastKnown = Callable[[str], Awaitable[str | None]]
_ID = re.compile(r"[CGD][A-Z0-9]{2,}")


class Places:
    """Follows a channel that was renamed in Slack while the config still has its old name.

    A name that Slack knows leads to Slack's channel, even if the name belonged to another channel before.
    """

    def __init__(self, channel_id: ChannelId, last_known: LastKnown, once: Once) -> None:
        """`channel_id` asks Slack; `last_known` returns the id of the channel with this name's messages."""
        self._channel_id, self._last_known, self._once = channel_id, last_known, once
        self._known: dict[str, str] = {}
        # Remarks about names that no longer belong to their channel.
        self.outdated: dict[str, str] = {}

    async def of(self, name: str) -> str:
        """The id this name had last; "" if no message of ours has it, or if the name is an id itself."""
        if _ID.fullmatch(name):
            return ""
        if not self._known.get(name):
            known = await self._last_known(name)
            self._known[name] = known if known and known != name else ""
        return self._known[name]

    async def followed(self, name: str, refusal: SlackError) -> str:
        """The channel to post to instead, after Slack refused this name; "" if none."""
        if isinstance(refusal, SlackUnsure) or refusal.code != CHANNEL_NOT_FOUND:
            return ""
        return await self.of(name)

    def renamed(self, name: str) -> None:
        """Note that Slack does not know the name and that a message arrived in its old channel."""
        self.outdated[name] = f"no channel has this name now; messages go to {self._known[name]}"
        self._say(name, "Write the channel's new name, or its id, into the config.")

    def arrived(self, name: str, channel: str) -> None:
        """Note that a message posted under this name is in `channel`."""
        self.outdated.pop(name, None)
        before, self._known[name] = self._known.get(name, ""), channel if channel != name else ""
        if before and before != channel:
            self.outdated[name] = f"the name is {channel}'s now and was {before}'s, where older messages stay"
            self._say(name, "Write the id of the channel that is meant into the config.")
        elif not before:
            return
        else:
            self._once.over(f"name {name}")

    async def searchable(self, name: str) -> list[str]:
        """The ids of the channels that may hold a message for this name. Raises SlackError."""
        known = await self.of(name)
        try:
            found = await self._channel_id(name)
        except SlackError as error:
            if not known or passes(error):
                raise
            return [known]
        return list(dict.fromkeys([found, known or found]))

    def _say(self, name: str, remedy: str) -> None:
        self._once.warn(f"name {name}", f"{name}: {self.outdated[name]}. {remedy}", self.outdated[name])
