"""The overflow menu of an alert: what is chosen there does what its button does."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.messages.overflow import of_menu
from bot.slack.alert_buttons import action_of, chosen
from bot.slack.runner import Ack

Listener = Callable[[Ack, Mapping[str, Any]], Awaitable[None]]


class OverflowMenu:
    """The menu's listener. `listeners` by the short name of a choice; `other` is for all that has none."""

    def __init__(self, listeners: Mapping[str, Listener], other: Listener) -> None:
        self._listeners, self._other = listeners, other

    async def chosen(self, ack: Ack, body: Mapping[str, Any]) -> None:
        """`alert_more`: value = short name|value of the button"""
        short, value = of_menu(chosen(body))
        pressed = {**action_of(body), "action_id": short, "value": value}
        await self._listeners.get(short, self._other)(ack, {**body, "actions": [pressed]})
