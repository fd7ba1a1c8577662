"""The buttons of an alert: take it, give back, take over, done; each press is checked, answered privately."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Protocol

from bot.domain.alerts import ActionOutcome, ActionResult
from bot.messages.alert import ACKNOWLEDGE, OPEN_JOB, RUNBOOK
from bot.messages.handovers import GIVE_BACK, TAKE_OVER, handed, offer
from bot.messages.message import Message
from bot.messages.mrkdwn import person
from bot.messages.past import DONE
from bot.messages.service import old_form
from bot.messages.silences import date_token
from bot.messages.slack_limits import BUTTON_VALUE
from bot.slack.block_fallback import wire_view
from bot.slack.permissions import Permissions
from bot.slack.responder import Responder
from bot.slack.runner import REFUSED, Ack, Caller, ListenerRunner, part_of, text_of


class AlertActions(Protocol):
    """The part of the use case that the buttons call; each call may be repeated."""

    async def acknowledge(self, alert_id: str, user: str, *, channel: str) -> ActionResult:
        """Record that `user` takes the alert, unless it is taken."""

    async def give_back(self, alert_id: str, expected: str, user: str, *, channel: str) -> ActionResult:
        """Record that `expected` gives the alert back."""

    async def take_over(self, alert_id: str, expected: str, user: str, *, channel: str) -> ActionResult:
        """Record that `user` takes the alert from `expected`."""

    async def mark_done(self, reference: str, user: str, *, channel: str) -> ActionResult:
        """Record that `user` looked after an alert whose date DLF dropped."""


class AlertButtons:
    """The buttons' listeners. Double clicks are harmless: the action happens once."""

    def __init__(
        self,
        runner: ListenerRunner,
        alerts: AlertActions,
        permissions: Permissions,
        *,
        redraw: Callable[[Caller], Awaitable[str]],
    ) -> None:
        self._runner, self._alerts, self._permissions = runner, alerts, permissions
        self._redraw = redraw

    async def acknowledge(self, ack: Ack, body: Mapping[str, Any]) -> None:
        """`alert_acknowledge`: value = alert id"""
        work = partial(self._acknowledge, alert_id=chosen(body))
        await self._runner.run(ACKNOWLEDGE, body, ack, work, may=self._permissions.may_acknowledge)

    async def give_back(self, ack: Ack, body: Mapping[str, Any]) -> None:
        """`alert_give_back`: value = alert id|previous taker"""
        alert_id, expected = handed(chosen(body))
        work = partial(self._give_back, alert_id=alert_id, expected=expected)
        await self._runner.run(GIVE_BACK, body, ack, work, may=partial(self._may_give_back, expected))

    async def take_over(self, ack: Ack, body: Mapping[str, Any]) -> None:
        """`alert_take_over`: value = alert id|previous taker"""
        work = partial(self._take_over, value=chosen(body))
        await self._runner.run(TAKE_OVER, body, ack, work, may=self._permissions.may_acknowledge)

    async def done(self, ack: Ack, body: Mapping[str, Any]) -> None:
        """`alert_done`: value = reference of the alert"""
        await self._runner.run(DONE, body, ack, partial(self._done_and_redrawn, body))

    async def unknown(self, ack: Ack, body: Mapping[str, Any]) -> None:
        """A button of an older version, or a button that only opens a link."""
        work = partial(self._unknown, opens=_opens(action_of(body)))
        await self._runner.run("unknown_action", body, ack, work)

    async def unknown_form(self, ack: Ack, body: Mapping[str, Any]) -> None:
        """A form of an older version: the form itself shows that nothing was done."""
        said = wire_view(old_form(locale=self._runner.locale))
        answer = partial(ack, response_action="update", view=said)
        await self._runner.run("unknown_form", body, answer, _nothing_to_do)

    async def _unknown(self, caller: Caller, responder: Responder, *, opens: bool) -> str:
        if opens or not responder.reply.left:
            return "ignored"
        pattern = (
            "This button is from an older version and no longer works. Use the buttons of a newer message."
        )
        await responder.send(self._runner.message(pattern))
        return "unknown"

    async def _acknowledge(self, caller: Caller, responder: Responder, alert_id: str) -> str:
        result = await self._alerts.acknowledge(alert_id, caller.user, channel=caller.channel)
        return await self._answer(caller, responder, result, alert_id, done=YOURS)

    async def _may_give_back(self, expected: str, caller: Caller) -> Message | None:
        """The taker may give the alert back; another person must be allowed to silence."""
        may = self._permissions.may_acknowledge if caller.user == expected else self._permissions.may_silence
        return await may(caller)

    async def _give_back(self, caller: Caller, responder: Responder, alert_id: str, expected: str) -> str:
        result = await self._alerts.give_back(alert_id, expected, caller.user, channel=caller.channel)
        return await self._answer(caller, responder, result, alert_id, done="You gave it back.")

    async def _take_over(self, caller: Caller, responder: Responder, value: str) -> str:
        alert_id, expected = handed(value)
        result = await self._alerts.take_over(alert_id, expected, caller.user, channel=caller.channel)
        return await self._answer(caller, responder, result, alert_id, done=YOURS)

    async def _done_and_redrawn(self, body: Mapping[str, Any], caller: Caller, responder: Responder) -> str:
        """A refusal, too, redraws the Home tab: it shows what the caller may see."""
        outcome = REFUSED
        if not await self._runner.refuses(self._permissions.may_acknowledge, caller, responder):
            outcome = await self._done(caller, responder, chosen(body))
        if text_of(part_of(body, "view"), "type") == "home":
            await self._redraw(caller)
        return outcome

    async def _done(self, caller: Caller, responder: Responder, reference: str) -> str:
        result = await self._alerts.mark_done(reference, caller.user, channel=caller.channel)
        match result.outcome:
            case ActionOutcome.DONE:
                message = self._runner.message("Marked done. It is off the list.")
            case ActionOutcome.ALREADY:
                at = date_token(result.at or self._runner.clock())
                pattern = "{who} marked it done at {at}."
                message = self._runner.message(pattern, who=person(result.by), at=at)
            case outcome:
                message = self._runner.message(GONE[outcome])
        await responder.send(message)
        return result.outcome.value

    async def _answer(
        self, caller: Caller, responder: Responder, result: ActionResult, alert_id: str, *, done: str
    ) -> str:
        """Answer with the result; after two presses at once, the later person learns the taker."""
        match result.outcome:
            case ActionOutcome.DONE:
                message = self._runner.message(done)
            case ActionOutcome.ALREADY if result.by == caller.user:
                message = self._runner.message("You already have it.")
            case ActionOutcome.ALREADY:
                at = date_token(result.at or self._runner.clock())
                said = self._runner.message("{who} has it since {at}.", who=person(result.by), at=at)
                message = offer(said, alert_id, result.by, locale=self._runner.locale)
            case outcome:
                message = self._runner.message(GONE[outcome])
        await responder.send(message)
        return result.outcome.value


YOURS = "You have it. You will be told when it gets worse or ends; other reminders stop."
GONE = {
    ActionOutcome.FREE: "Nobody has it now. Press Take it on the alert.",
    ActionOutcome.OVER: "This alert is already over.",
    ActionOutcome.WRONG: "Only an alert whose date DLF no longer returns can be marked done.",
    ActionOutcome.UNKNOWN: "This alert is no longer on record.",
}


def action_of(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The first action of an interaction; empty if there is none."""
    actions = body.get("actions")
    first = actions[0] if isinstance(actions, list) and actions else None
    return first if isinstance(first, dict) else {}


async def _nothing_to_do(caller: Caller, responder: Responder) -> str:
    return "unknown"


def _opens(action: Mapping[str, Any]) -> bool:
    """True for a button or an option that Slack itself followed to an address."""
    return "url" in action or text_of(action, "action_id") in (OPEN_JOB, RUNBOOK)


def chosen(body: Mapping[str, Any]) -> str:
    """The value of the button or menu option; empty if it cannot be ours."""
    action = action_of(body)
    value = text_of(action, "value") or text_of(part_of(action, "selected_option"), "value")
    return value if len(value) <= BUTTON_VALUE and value.isprintable() else ""
