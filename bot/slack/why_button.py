"""The button *Why?*: the explanation of an alert, shown only to the person who pressed."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Protocol

from bot.domain.alerts import ActionOutcome
from bot.domain.explanation import Why
from bot.messages.why import ASK_WHY, render_why
from bot.slack.alert_buttons import GONE, chosen
from bot.slack.permissions import Permissions
from bot.slack.responder import Responder
from bot.slack.runner import Ack, Caller, ListenerRunner


class Explanations(Protocol):
    """The part of the use case that the listener calls."""

    async def why(self, reference: str) -> Why | None:
        """The explanation of an alert; None if the alert is no longer on record."""


class WhyButton:
    """The listener. The answer names people and silences, so guests do not get it."""

    def __init__(self, runner: ListenerRunner, explanations: Explanations, permissions: Permissions) -> None:
        self._runner, self._explanations, self._permissions = runner, explanations, permissions

    async def why(self, ack: Ack, body: Mapping[str, Any]) -> None:
        """`alert_why`: value = reference of the alert"""
        work = partial(self._why, reference=chosen(body))
        await self._runner.run(ASK_WHY, body, ack, work, may=self._permissions.may_look)

    async def _why(self, caller: Caller, responder: Responder, reference: str) -> str:
        why = await self._explanations.why(reference)
        if why is None:
            await responder.send(self._runner.message(GONE[ActionOutcome.UNKNOWN]))
            return "unknown"
        await responder.send(render_why(why, locale=self._runner.locale))
        return "explained"
