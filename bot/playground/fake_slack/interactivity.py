"""Tell the app about commands, clicks, modals and the Home tab, and carry out the app's answer."""

import asyncio
import time
from typing import Any

from bot.playground.fake_slack import elements, payload_delivery
from bot.playground.fake_slack.activity import InteractionResult
from bot.playground.fake_slack.content import bot_message, checked_content
from bot.playground.fake_slack.objects import Ephemeral, Json, Refused, SlackMessage, View
from bot.playground.fake_slack.response_urls import ResponseUrls
from bot.playground.fake_slack.socket_hub import SocketHub
from bot.playground.fake_slack.views import replace_view, show_view
from bot.playground.fake_slack.workspace_state import WorkspaceState

SLACKBOT = "USLACKBOT"


class Interactivity:
    """Sends the app what a person did, and shows what the app answers."""

    def __init__(self, state: WorkspaceState, hub: SocketHub, response_urls: ResponseUrls) -> None:
        self._state, self._hub, self._response_urls = state, hub, response_urls

    async def run_command(self, user: str, channel: str, command: str, text: str) -> InteractionResult:
        """Send a slash command and show what came back."""
        payload = {
            "token": self._state.verification_token,
            "team_id": self._state.team_id,
            "team_domain": self._state.team_name.lower(),
            "channel_id": channel,
            "channel_name": self._state.channels[channel].name or "directmessage",
            "user_id": user,
            "user_name": self._state.users[user].name,
            "command": command,
            "text": text,
            "api_app_id": self._state.app_id,
            "is_enterprise_install": "false",
            "response_url": self._response_urls.issue(user, channel, kind="commands"),
            "trigger_id": self._state.new_trigger(user),
        }
        outcome = await self._deliver("slash_commands", payload)
        if outcome.ok and outcome.answer:
            outcome = self._show_answer(user, channel, outcome)
        if not outcome.ok:
            words = f'{command} failed with the error "{outcome.error}"'
            self._state.add_ephemeral(Ephemeral(channel, self._state.next_ts(), user, words, author=SLACKBOT))
        return outcome

    def _show_answer(self, user: str, channel: str, outcome: InteractionResult) -> InteractionResult:
        try:
            content = checked_content(self._state, outcome.answer)
        except Refused as refusal:
            return InteractionResult(
                "invalid_command_response", outcome.seconds, {"error": refusal.error} | refusal.extra
            )
        if outcome.answer.get("response_type") == "in_channel":
            self._state.add_message(bot_message(self._state, channel, content))
        else:
            self._state.add_ephemeral(Ephemeral(channel, self._state.next_ts(), user, **content))
        return outcome

    async def click(
        self, user: str, channel: str, ts: str, *, action_id: str, value: Any
    ) -> InteractionResult:
        """Click in a message. Raises LookupError if this user sees no such message or element."""
        private = next((e for e in self._state.ephemerals_of(user, channel) if e.ts == ts), None)
        source = private or self._state.message(channel, ts)
        payload = self._action(user, source.blocks, action_id, value)
        container: Json = {"type": "message", "message_ts": ts, "channel_id": channel}
        container["is_ephemeral"] = private is not None
        if source.thread_ts:
            container["thread_ts"] = source.thread_ts
        payload |= {
            "container": container,
            "channel": {"id": channel, "name": self._state.channels[channel].name or "directmessage"},
            "state": {"values": elements.presets(source.blocks)},
            "response_url": self._response_urls.issue(
                user, channel, kind="actions", original_ts=ts, ephemeral=private is not None
            ),
        }
        if isinstance(source, SlackMessage):
            payload["message"] = source.as_json()
        return await self._deliver("interactive", payload)

    async def click_view(self, user: str, view_id: str, action_id: str, value: Any) -> InteractionResult:
        """Click in the Home tab or in an open modal."""
        view = self._find_view(user, view_id)
        payload = self._action(user, view.blocks, action_id, value)
        payload |= {"container": {"type": "view", "view_id": view.id}, "view": self._view_payload(view)}
        return await self._deliver("interactive", payload)

    def _action(self, user: str, blocks: list[Json], action_id: str, value: Any) -> Json:
        block_id, element = elements.find(blocks, action_id, value)
        kept = {
            name: element[name] for name in ("type", "action_id", "text", "value", "style") if name in element
        }
        action = (
            kept | elements.chosen(element, value) | {"block_id": block_id, "action_ts": f"{time.time():.6f}"}
        )
        return self._envelope(user, "block_actions") | {"actions": [action]}

    def _envelope(self, user: str, kind: str) -> Json:
        person = self._state.users[user]
        return {
            "type": kind,
            "token": self._state.verification_token,
            "team": {"id": self._state.team_id, "domain": self._state.team_name.lower()},
            "enterprise": None,
            "is_enterprise_install": False,
            "user": {
                "id": user,
                "username": person.name,
                "name": person.name,
                "team_id": self._state.team_id,
            },
            "api_app_id": self._state.app_id,
            "trigger_id": self._state.new_trigger(user),
        }

    def _find_view(self, user: str, view_id: str) -> View:
        """A view on this user's screen. Raises LookupError."""
        home = self._state.homes.get(user)
        for view in [*self._state.modals.get(user, []), *([home] if home else [])]:
            if view.id == view_id:
                return view
        raise LookupError(view_id)

    def _view_payload(self, view: View) -> Json:
        body = self._state.view_json(view)
        del body["errors"]
        return body

    async def submit(self, user: str, values: dict[str, dict[str, Any]]) -> InteractionResult:
        """Submit the modal on top with these values; then do what the app's response_action says."""
        if not self._state.modals.get(user):
            raise LookupError(f"{user} has no modal open")
        view = self._state.modals[user][-1]
        _fill_in(view, values)
        if missing := _missing(view):
            return InteractionResult(
                "required", errors=dict.fromkeys(missing, "Please complete this required field.")
            )
        payload = self._envelope(user, "view_submission") | {
            "view": self._view_payload(view),
            "response_urls": [],
        }
        outcome = await self._deliver("interactive", payload)
        return self._after_submit(user, view, outcome) if outcome.ok else outcome

    def _after_submit(self, user: str, view: View, outcome: InteractionResult) -> InteractionResult:
        answer, stack = outcome.answer, self._state.modals[user]
        match answer.get("response_action"):
            case "errors":
                view.errors = {str(k): str(v) for k, v in (answer.get("errors") or {}).items()}
                self._state.changes.add("modal", self._state.view_json(view))
                return InteractionResult("errors", outcome.seconds, answer, view.errors)
            case "update" | "push" as action:
                try:
                    if action == "update":
                        replace_view(self._state, view, answer.get("view"))
                    else:
                        show_view(self._state, user, answer.get("view"), below=view)
                except Refused as refusal:
                    return InteractionResult(
                        "invalid_view", outcome.seconds, {"error": refusal.error} | refusal.extra
                    )
            case "clear":
                stack.clear()
                self._state.changes.add("modal_closed", {"user": user})
            case _:
                stack.remove(view)
                self._state.changes.add("modal_closed", {"user": user, "view": view.id})
        return outcome

    async def close_modal(self, user: str) -> InteractionResult:
        """Cancel the modal on top; the app hears of it if it asked to."""
        if not self._state.modals.get(user):
            raise LookupError(f"{user} has no modal open")
        view = self._state.modals[user].pop()
        self._state.changes.add("modal_closed", {"user": user, "view": view.id})
        if not view.body.get("notify_on_close"):
            return InteractionResult()
        payload = self._envelope(user, "view_closed") | {
            "view": self._view_payload(view),
            "is_cleared": False,
        }
        return await self._deliver("interactive", payload)

    async def open_home(self, user: str) -> None:
        """Tell the app that a user opened its Home tab."""
        home = self._state.homes.get(user)
        event: Json = {
            "type": "app_home_opened",
            "user": user,
            "channel": self._state.direct_channel(user).id,
            "tab": "home",
            "event_ts": self._state.next_ts(),
        }
        await self.send_event(event | ({"view": self._view_payload(home)} if home else {}))

    async def send_event(self, event: Json) -> InteractionResult:
        """Deliver an event; what is not acknowledged is delivered again later, beside everything else."""
        number = self._state.changes.seq * 1000 + self._state.random.randrange(1000)
        payload = {
            "token": self._state.verification_token,
            "team_id": self._state.team_id,
            "api_app_id": self._state.app_id,
            "event": event,
            "type": "event_callback",
            "event_id": f"Ev{number:010X}",
            "event_time": int(self._state.clock().timestamp()),
            "authorizations": [
                {"team_id": self._state.team_id, "user_id": self._state.bot_user_id, "is_bot": True}
            ],
        }
        outcome = await self._deliver("events_api", payload)
        if not outcome.ok:
            self._state.spawn(self._send_again(payload))
        return outcome

    async def _send_again(self, payload: Json) -> None:
        for attempt, wait in enumerate(self._state.event_retry_seconds, start=1):
            await asyncio.sleep(wait)
            outcome = await self._deliver("events_api", payload, retry=(attempt, "timeout"))
            if outcome.ok:
                return

    async def _deliver(
        self, kind: str, payload: Json, *, retry: tuple[int, str] | None = None
    ) -> InteractionResult:
        return await payload_delivery.deliver(self._state, self._hub, kind, payload, retry=retry)


def _fill_in(view: View, values: dict[str, dict[str, Any]]) -> None:
    for block_id, element in elements.elements(view.blocks):
        given = values.get(block_id, {})
        if element["action_id"] in given:
            state = {"type": element["type"]} | elements.chosen(element, given[element["action_id"]])
            view.values.setdefault(block_id, {})[element["action_id"]] = state


def _missing(view: View) -> list[str]:
    needed = [b for b in view.blocks if b.get("type") == "input" and not b.get("optional")]
    missing = []
    for block in needed:
        state = view.values.get(block["block_id"], {}).get(block["element"]["action_id"], {})
        if not any(value for name, value in state.items() if name != "type"):
            missing.append(block["block_id"])
    return missing
