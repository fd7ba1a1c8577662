"""The Home tab's listeners: draw the tab when a person opens it or presses Refresh."""

from collections.abc import Awaitable, Mapping
from functools import partial
from typing import Any, Protocol

from bot.domain.overview import Overview
from bot.messages.home import render_home, render_refused
from bot.messages.home_alerts import HOME_ALERTS, HOME_REFRESH, render_alerts
from bot.messages.message import Message
from bot.slack.alert_buttons import chosen
from bot.slack.block_fallback import wire
from bot.slack.parsing import number_of
from bot.slack.permissions import Permissions
from bot.slack.responder import Responder
from bot.slack.runner import REFUSED, Ack, Caller, ListenerRunner, part_of, text_of


class Overviews(Protocol):
    """The part of the use case that the tab calls."""

    def look(self) -> Awaitable[Overview]:
        """The overview of the present record."""


class HomeTab:
    """Draws the tab, without questions to DLF."""

    def __init__(self, runner: ListenerRunner, overviews: Overviews, permissions: Permissions) -> None:
        self._runner, self._overviews, self._permissions = runner, overviews, permissions

    async def opened(self, ack: Ack, body: Mapping[str, Any]) -> None:
        """`app_home_opened`: a person opens a tab of the app"""
        is_home = text_of(part_of(body, "event"), "tab") in ("home", "")
        await self._runner.run("home", body, ack, partial(self._draw, wanted=is_home))

    async def refresh(self, ack: Ack, body: Mapping[str, Any]) -> None:
        """`home_refresh`"""
        await self._runner.run(HOME_REFRESH, body, ack, self._draw)

    async def alerts(self, ack: Ack, body: Mapping[str, Any]) -> None:
        """`home_alerts`, `home_page`, `home_next`: value = the page of the firing alerts"""
        page = number_of(chosen(body))
        await self._runner.run(HOME_ALERTS, body, ack, partial(self._list, page=page))

    async def _list(self, caller: Caller, responder: Responder, page: int) -> str:
        """Show a page of all alerts; the overview if there are none."""
        if await self._permissions.may_look(caller) is None:
            listed = render_alerts(await self._overviews.look(), page, locale=self._runner.locale)
            if listed:
                await self._publish(caller, listed)
                return "listed"
        return await self.draw(caller)

    async def _draw(self, caller: Caller, responder: Responder, *, wanted: bool = True) -> str:
        return await self.draw(caller) if wanted else "ignored"

    async def draw(self, caller: Caller) -> str:
        """Show a person the tab as it is now."""
        locale = self._runner.locale
        if (refused := await self._permissions.may_look(caller)) is not None:
            await self._publish(caller, render_refused(refused))
            return REFUSED
        overview = await self._overviews.look()
        may_end = bool(overview.silences) and await self._permissions.may_silence(caller) is None
        await self._publish(caller, render_home(overview, locale=locale, may_end=may_end))
        return "drawn"

    async def _publish(self, caller: Caller, message: Message) -> None:
        view = {"type": "home", "blocks": wire(message.classic)}
        await self._runner.sender.web.post("views.publish", {"user_id": caller.user, "view": view})
