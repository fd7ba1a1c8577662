"""The Home tab's listeners: somebody opens it or presses Refresh, and it is drawn anew for them."""

from collections.abc import Awaitable, Mapping
from typing import Any, Protocol

from bot.domain.overview import Overview
from bot.messages.home import render_home, render_refused
from bot.messages.message import Message
from bot.slack.door import Ack, Caller, Door, part_of, text_of
from bot.slack.exchange import Exchange
from bot.slack.levels import wire
from bot.slack.people import People


class Overviews(Protocol):
    """What the tab needs of the use case."""

    def look(self) -> Awaitable[Overview]:
        """Everything as it is on record now."""


class Home:
    """Draws the tab; nothing is asked of DLF for it."""

    def __init__(self, door: Door, overviews: Overviews, people: People) -> None:
        self._door, self._overviews, self._people = door, overviews, people

    async def opened(self, ack: Ack, body: Mapping[str, Any]) -> None:
        """`app_home_opened`: somebody opens one of the app's tabs"""

        async def work(caller: Caller, exchange: Exchange) -> str:
            if text_of(part_of(body, "event"), "tab") not in ("home", ""):
                return "ignored"
            return await self._draw(caller)

        await self._door.enter("home", body, ack, work, in_ack=False)

    async def refresh(self, ack: Ack, body: Mapping[str, Any]) -> None:
        """`home_refresh`"""

        async def work(caller: Caller, exchange: Exchange) -> str:
            return await self._draw(caller)

        await self._door.enter("home_refresh", body, ack, work, in_ack=False)

    async def _draw(self, caller: Caller) -> str:
        locale = self._door.locale
        if (refused := await self._people.may_look(caller)) is not None:
            await self._publish(caller, render_refused(refused))
            return "refused"
        await self._publish(caller, render_home(await self._overviews.look(), locale=locale))
        return "drawn"

    async def _publish(self, caller: Caller, message: Message) -> None:
        view = {"type": "home", "blocks": wire(message.classic)}
        await self._door.sender.web.post("views.publish", {"user_id": caller.user, "view": view})
