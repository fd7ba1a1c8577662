"""The buttons of an alert: take it, quieten it; checked, done once, answered in private."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from bot.domain.alerts import ActionOutcome, ActionResult
from bot.messages.alert import silence_choice
from bot.messages.slack_limits import BUTTON_VALUE
from bot.messages.words import person
from bot.slack.permissions import Permissions
from bot.slack.responder import Responder
from bot.slack.runner import Ack, Caller, ListenerRunner, part_of, text_of

MORNING = time(9)


class AlertActions(Protocol):
    """What the buttons need of the use case; both must bear being asked twice."""

    async def acknowledge(self, alert_id: str, user: str) -> ActionResult:
        """Note that `user` takes the alert, unless somebody did."""

    async def silence(self, alert_id: str, until: datetime, user: str) -> ActionResult:
        """Mute the notices of this alert's rule and subject until then."""


class AlertButtons:
    """The buttons' listeners. Double clicks are harmless: what they ask for is done only once."""

    def __init__(
        self, runner: ListenerRunner, alerts: AlertActions, permissions: Permissions, *, zone: ZoneInfo
    ) -> None:
        self._runner, self._alerts, self._permissions, self._zone = runner, alerts, permissions, zone

    async def acknowledge(self, ack: Ack, body: Mapping[str, Any]) -> None:
        """`alert_acknowledge`: value = alert id"""

        async def work(caller: Caller, responder: Responder) -> str:
            return await self._acknowledge(caller, responder, chosen(body))

        await self._runner.run("alert_acknowledge", body, ack, work, in_ack=False)

    async def silence(self, ack: Ack, body: Mapping[str, Any]) -> None:
        """`alert_silence`: value = length|alert id"""

        async def work(caller: Caller, responder: Responder) -> str:
            return await self._silence(caller, responder, chosen(body))

        await self._runner.run("alert_silence", body, ack, work, in_ack=False)

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

    async def _silence(self, caller: Caller, responder: Responder, value: str) -> str:
        if (refused := await self._permissions.may_silence(caller)) is not None:
            await responder.send(refused)
            return "refused"
        length, alert_id = silence_choice(value)
        until = await self._until(length, caller)
        if until is None:
            pattern = "I do not understand how long to be quiet. Choose again."
            await responder.send(self._runner.message(pattern))
            return "wrong"
        result = await self._alerts.silence(alert_id, until, caller.user)
        if result.outcome in GONE:
            message = self._runner.message(GONE[result.outcome])
        else:
            pattern = "Quiet until {until}. The alert itself goes on and its message stays up to date."
            message = self._runner.message(pattern, until=date_token(until))
        await responder.send(message)
        return result.outcome.value

    async def _until(self, length: str, caller: Caller) -> datetime | None:
        if length != "tomorrow":
            return quiet_until(length, self._runner.clock(), self._zone)
        zone = await self._permissions.zone_of(caller.user)
        return quiet_until(length, self._runner.clock(), zone_or(zone, self._zone))


GONE = {
    ActionOutcome.OVER: "It is over already.",
    ActionOutcome.UNKNOWN: "I do not know this alert any more.",
}


def quiet_until(length: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """When a silence of that length ends, on a full minute so that two quick clicks ask for the same."""
    minute = now.astimezone(UTC).replace(second=0, microsecond=0)
    match length:
        case "1h" | "4h":
            return minute + timedelta(hours=int(length[0]))
        case "tomorrow":
            day = now.astimezone(zone).date() + timedelta(days=1)
            return datetime.combine(day, MORNING, zone).astimezone(UTC)
        case _:
            return None


def date_token(at: datetime) -> str:
    """A moment that Slack shows in the reader's own zone; UTC where it cannot."""
    absolute = at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{absolute}>"


def zone_or(name: str, otherwise: ZoneInfo) -> ZoneInfo:
    try:
        return ZoneInfo(name) if name else otherwise
    except (KeyError, ValueError, OSError):
        return otherwise


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
