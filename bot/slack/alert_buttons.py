"""The buttons of an alert: take it; checked, done once, answered in private."""

from collections.abc import Mapping
from typing import Any, Protocol

from bot.domain.alerts import ActionOutcome, ActionResult
from bot.messages.slack_limits import BUTTON_VALUE
from bot.messages.words import person
from bot.slack.permissions import Permissions
from bot.slack.responder import Responder
from bot.slack.runner import Ack, Caller, ListenerRunner, part_of, text_of


class AlertActions(Protocol):
    """What the buttons need of the use case; it must bear being asked twice."""

    async def acknowledge(self, alert_id: str, user: str) -> ActionResult:
        """Note that `user` takes the alert, unless somebody did."""


class AlertButtons:
    """The buttons' listeners. Double clicks are harmless: what they ask for is done only once."""

    def __init__(self, runner: ListenerRunner, alerts: AlertActions, permissions: Permissions) -> None:
        self._runner, self._alerts, self._permissions = runner, alerts, permissions

    async def acknowledge(self, ack: Ack, body: Mapping[str, Any]) -> None:
        """`alert_acknowledge`: value = alert id"""

        async def work(caller: Caller, responder: Responder) -> str:
            return await self._acknowledge(caller, responder, chosen(body))

        await self._runner.run("alert_acknowledge", body, ack, work, in_ack=False)

    async def unknown(self, ack: Ack, body: Mapping[str, Any]) -> None:
        """A button of an older version, or one that only opens a link."""

        async def work(caller: Caller, responder: Responder) -> str:
            if "url" in action_of(body) or not responder.reply.left:
                return "ignored"
            pattern = "This button is from an older version of me and does nothing any more."
            await responder.send(self._runner.message(pattern))
            return "unknown"

        await self._runner.run("unknown_action", body, ack, work, in_ack=False)

    async def _acknowledge(self, caller: Caller, responder: Responder, alert_id: str) -> str:
        if (refused := await self._permissions.may_acknowledge(caller)) is not None:
            await responder.send(refused)
            return "refused"
        result = await self._alerts.acknowledge(alert_id, caller.user)
        match result.outcome:
            case ActionOutcome.DONE:
                message = self._runner.message("It is yours: reminders stop until it is over.")
            case ActionOutcome.ALREADY if result.by == caller.user:
                message = self._runner.message("It is yours already.")
            case ActionOutcome.ALREADY:
                message = self._runner.message("{who} took it already.", who=person(result.by))
            case outcome:
                message = self._runner.message(GONE[outcome])
        await responder.send(message)
        return result.outcome.value


GONE = {
    ActionOutcome.OVER: "It is over already.",
    ActionOutcome.UNKNOWN: "I do not know this alert any more.",
}


def action_of(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The first action of an interaction; empty when there is none."""
    actions = body.get("actions")
    first = actions[0] if isinstance(actions, list) and actions else None
    return first if isinstance(first, dict) else {}


def chosen(body: Mapping[str, Any]) -> str:
    """The value of the pressed button or of the option chosen in a menu; empty if it cannot be ours."""
    action = action_of(body)
    value = text_of(action, "value") or text_of(part_of(action, "selected_option"), "value")
    return value if len(value) <= BUTTON_VALUE and value.isprintable() else ""
