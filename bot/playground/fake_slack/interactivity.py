"""What people do, as the app hears of it (commands, clicks, modals, Home), and what its answer does."""

import asyncio
import time
from typing import TYPE_CHECKING, Any

from bot.playground.fake_slack import elements, payload_delivery
from bot.playground.fake_slack.content import bot_message, checked_content
from bot.playground.fake_slack.objects import Ephemeral, Json, Message, Outcome, Refused, View
from bot.playground.fake_slack.views import replace_view, show_view

if TYPE_CHECKING:
    from bot.playground.fake_slack.world import SlackWorld

SLACKBOT = "USLACKBOT"


async def run_command(world: "SlackWorld", user: str, channel: str, command: str, text: str) -> Outcome:
    """Send a slash command and show what came back."""
    payload = {
        "token": world.verification_token,
        "team_id": world.team_id,
        "team_domain": world.team_name.lower(),
        "channel_id": channel,
        "channel_name": world.channels[channel].name or "directmessage",
        "user_id": user,
        "user_name": world.users[user].name,
        "command": command,
        "text": text,
        "api_app_id": world.app_id,
        "is_enterprise_install": "false",
        "response_url": world.response_urls.issue(user, channel, kind="commands"),
        "trigger_id": world.new_trigger(user),
    }
    outcome = await payload_delivery.deliver(world, "slash_commands", payload)
    if outcome.ok and outcome.answer:
        outcome = _show_answer(world, user, channel, outcome)
    if not outcome.ok:
        words = f'{command} failed with the error "{outcome.error}"'
        world.add_ephemeral(Ephemeral(channel, world.next_ts(), user, words, author=SLACKBOT))
    return outcome


def _show_answer(world: "SlackWorld", user: str, channel: str, outcome: Outcome) -> Outcome:
    try:
        content = checked_content(world, outcome.answer)
    except Refused as refusal:
        return Outcome("invalid_command_response", outcome.seconds, {"error": refusal.error} | refusal.extra)
    if outcome.answer.get("response_type") == "in_channel":
        world.add_message(bot_message(world, channel, content))
    else:
        world.add_ephemeral(Ephemeral(channel, world.next_ts(), user, **content))
    return outcome


async def click(
    world: "SlackWorld", user: str, channel: str, ts: str, *, action_id: str, value: Any
) -> Outcome:
    """Click in a message; raises LookupError if there is no such message or element on this user's screen."""
    private = next((e for e in world.ephemerals_of(user, channel) if e.ts == ts), None)
    source = private or world.message(channel, ts)
    payload = _action(world, user, source.blocks, action_id, value)
    container: Json = {"type": "message", "message_ts": ts, "channel_id": channel}
    container["is_ephemeral"] = private is not None
    if source.thread_ts:
        container["thread_ts"] = source.thread_ts
    payload |= {
        "container": container,
        "channel": {"id": channel, "name": world.channels[channel].name or "directmessage"},
        "state": {"values": elements.presets(source.blocks)},
        "response_url": world.response_urls.issue(
            user, channel, kind="actions", original_ts=ts, ephemeral=private is not None
        ),
    }
    if isinstance(source, Message):
        payload["message"] = source.as_json()
    return await payload_delivery.deliver(world, "interactive", payload)


async def click_view(world: "SlackWorld", user: str, view_id: str, action_id: str, value: Any) -> Outcome:
    """Click in the Home tab or in an open modal."""
    view = find_view(world, user, view_id)
    payload = _action(world, user, view.blocks, action_id, value)
    payload |= {"container": {"type": "view", "view_id": view.id}, "view": _shown(world, view)}
    return await payload_delivery.deliver(world, "interactive", payload)


def _action(world: "SlackWorld", user: str, blocks: list[Json], action_id: str, value: Any) -> Json:
    block_id, element = elements.find(blocks, action_id, value)
    kept = {
        name: element[name] for name in ("type", "action_id", "text", "value", "style") if name in element
    }
    action = (
        kept | elements.chosen(element, value) | {"block_id": block_id, "action_ts": f"{time.time():.6f}"}
    )
    return _envelope(world, user, "block_actions") | {"actions": [action]}


def _envelope(world: "SlackWorld", user: str, kind: str) -> Json:
    person = world.users[user]
    return {
        "type": kind,
        "token": world.verification_token,
        "team": {"id": world.team_id, "domain": world.team_name.lower()},
        "enterprise": None,
        "is_enterprise_install": False,
        "user": {
            "id": user,
            "username": person.name,
            "name": person.name,
            "team_id": world.team_id,
        },
        "api_app_id": world.app_id,
        "trigger_id": world.new_trigger(user),
    }


def find_view(world: "SlackWorld", user: str, view_id: str) -> View:
    """A view on this user's screen. Raises LookupError."""
    home = world.homes.get(user)
    for view in [*world.modals.get(user, []), *([home] if home else [])]:
        if view.id == view_id:
            return view
    raise LookupError(view_id)


def _shown(world: "SlackWorld", view: View) -> Json:
    body = world.view_json(view)
    del body["errors"]
    return body


async def submit(world: "SlackWorld", user: str, values: dict[str, dict[str, Any]]) -> Outcome:
    """Submit the modal on top with these values; then do what the app's response_action says."""
    if not world.modals.get(user):
        raise LookupError(f"{user} has no modal open")
    view = world.modals[user][-1]
    _fill_in(view, values)
    if missing := _missing(view):
        return Outcome("required", errors=dict.fromkeys(missing, "Please complete this required field."))
    payload = _envelope(world, user, "view_submission") | {"view": _shown(world, view), "response_urls": []}
    outcome = await payload_delivery.deliver(world, "interactive", payload)
    return _after_submit(world, user, view, outcome) if outcome.ok else outcome


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


def _after_submit(world: "SlackWorld", user: str, view: View, outcome: Outcome) -> Outcome:
    answer, stack = outcome.answer, world.modals[user]
    match answer.get("response_action"):
        case "errors":
            view.errors = {str(k): str(v) for k, v in (answer.get("errors") or {}).items()}
            world.news.add("modal", world.view_json(view))
            return Outcome("errors", outcome.seconds, answer, view.errors)
        case "update" | "push" as action:
            try:
                if action == "update":
                    replace_view(world, view, answer.get("view"))
                else:
                    show_view(world, user, answer.get("view"), below=view)
            except Refused as refusal:
                return Outcome("invalid_view", outcome.seconds, {"error": refusal.error} | refusal.extra)
        case "clear":
            stack.clear()
            world.news.add("modal_closed", {"user": user})
        case _:
            stack.remove(view)
            world.news.add("modal_closed", {"user": user, "view": view.id})
    return outcome


async def close_modal(world: "SlackWorld", user: str) -> Outcome:
    """Cancel the modal on top; the app hears of it if it asked to."""
    if not world.modals.get(user):
        raise LookupError(f"{user} has no modal open")
    view = world.modals[user].pop()
    world.news.add("modal_closed", {"user": user, "view": view.id})
    if not view.body.get("notify_on_close"):
        return Outcome()
    payload = _envelope(world, user, "view_closed") | {"view": _shown(world, view), "is_cleared": False}
    return await payload_delivery.deliver(world, "interactive", payload)


async def open_home(world: "SlackWorld", user: str) -> None:
    """Tell the app that somebody looks at its Home tab."""
    home = world.homes.get(user)
    event: Json = {
        "type": "app_home_opened",
        "user": user,
        "channel": world.direct_channel(user).id,
        "tab": "home",
        "event_ts": world.next_ts(),
    }
    await send_event(world, event | ({"view": _shown(world, home)} if home else {}))


async def send_event(world: "SlackWorld", event: Json) -> Outcome:
    """Deliver an event; what is not acknowledged is delivered again later, beside everything else."""
    number = world.news.seq * 1000 + world.random.randrange(1000)
    payload = {
        "token": world.verification_token,
        "team_id": world.team_id,
        "api_app_id": world.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": f"Ev{number:010X}",
        "event_time": int(world.clock().timestamp()),
        "authorizations": [{"team_id": world.team_id, "user_id": world.bot_user_id, "is_bot": True}],
    }
    outcome = await payload_delivery.deliver(world, "events_api", payload)
    if not outcome.ok:
        world.spawn(_send_again(world, payload))
    return outcome


async def _send_again(world: "SlackWorld", payload: Json) -> None:
    for attempt, wait in enumerate(world.event_retry_seconds, start=1):
        await asyncio.sleep(wait)
        outcome = await payload_delivery.deliver(world, "events_api", payload, retry=(attempt, "timeout"))
        if outcome.ok:
            return
