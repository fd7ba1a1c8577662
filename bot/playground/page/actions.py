"""Carry out a person's action on the page (JSON in, JSON out)."""

from datetime import datetime, time, timedelta
from typing import Any

from bot.playground.fake_slack.activity import InteractionResult
from bot.playground.fake_slack.fault_injection import TROUBLES
from bot.playground.fake_slack.interactivity import SLACKBOT
from bot.playground.fake_slack.objects import Ephemeral
from bot.playground.page import state
from bot.playground.page.state import (
    COMMANDS,
    DLF_FAULTS,
    NATIVE_BLOCKS,
    ODD_LISTS,
    REFUSE_NATIVE,
    Json,
    Worlds,
)

LONGEST_TEXT = 4000
_STEPS = {"10m": timedelta(minutes=10), "1h": timedelta(hours=1)}


def known_user(worlds: Worlds, wanted: object) -> str:
    """The page's user: the named person, or the first of the workspace."""
    people = [one.id for one in worlds.slack.users.values() if not one.is_bot]
    return wanted if isinstance(wanted, str) and wanted in people else people[0]


async def command(worlds: Worlds, user: str, body: Json) -> Json:
    """Send what was typed: a slash command to the bot, anything else to the channel."""
    channel, text = _text(body, "channel"), _text(body, "text").strip()
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"The text is longer than {LONGEST_TEXT:,} characters.")
    if not text.startswith("/"):
        worlds.slack.post(user, channel, _escaped(text))
        return {}
    word, _, rest = text.partition(" ")
    if word not in (known := [one["command"] for one in COMMANDS]):
        raise ValueError(f"{word} is not a command of this bot. Try {', '.join(known)}.")
    if channel in worlds.slack.channels and state.link(worlds)["starting"]:
        words = "The bot is still starting. Try again in a few seconds."
        worlds.slack.add_ephemeral(Ephemeral(channel, worlds.slack.next_ts(), user, words, author=SLACKBOT))
        return {}
    outcome = await worlds.slack.run_command(user, channel, rest.strip(), command=word)
    worlds.traffic.add_interaction(text[:80], outcome)
    return _outcome(outcome)


async def action(worlds: Worlds, user: str, body: Json) -> Json:
    """Click a button, or choose in a menu, of a message or a view."""
    done = body.get("action")
    if not isinstance(done, dict):
        raise ValueError("The action is missing.")
    action_id, value = _text(done, "action_id"), done.get("value")
    if isinstance(body.get("view_id"), str):
        outcome = await worlds.slack.click_view(user, body["view_id"], action_id, value)
    else:
        outcome = await worlds.slack.click(user, _text(body, "channel"), _text(body, "ts"), action_id, value)
    worlds.traffic.add_interaction(f"click {action_id}", outcome)
    return _outcome(outcome)


async def view(worlds: Worlds, user: str, body: Json) -> Json:
    """Submit or close the modal on top; `all` closes those below it too."""
    if body.get("what") == "submit":
        values = body.get("values")
        outcome = await worlds.slack.submit(user, values if isinstance(values, dict) else {})
        worlds.traffic.add_interaction("submit", outcome)
        return _outcome(outcome)
    outcome = await worlds.slack.close_modal(user)
    while body.get("all") and worlds.slack.modals.get(user):
        outcome = await worlds.slack.close_modal(user)
    return _outcome(outcome)


async def home(worlds: Worlds, user: str, body: Json) -> Json:
    """Open the Home tab: the bot is told and may draw it anew."""
    await worlds.slack.open_home(user)
    return {}


async def dlf(worlds: Worlds, user: str, body: Json) -> Json:
    """Make instances fail or hang, heal or rerun them; no workspace means the first, for healing all."""
    world, wanted, n = worlds.dlf, body.get("workspace"), body.get("n", 1)
    if not isinstance(n, int) or isinstance(n, bool):
        raise ValueError("n must be a whole number.")
    if wanted is not None and wanted not in world.workspaces:
        raise ValueError(f"There is no workspace {wanted}.")
    one = wanted or world.workspaces[0]
    match body.get("do"):
        case "fail":
            changed = world.fail_as_usual(one, n)
        case "fail all":
            changed = sum(world.fail_as_usual(each, n) for each in world.workspaces)
        case "hang":
            changed = world.hang(one, n)
        case "heal":
            changed = sum(world.heal(each) for each in ([wanted] if wanted else world.workspaces))
        case "rerun":
            changed = world.rerun(one, world.today() - timedelta(days=1))
        case other:
            raise ValueError(f"DLF cannot do {other!r}: fail, fail all, hang, heal or rerun.")
    return {"changed": changed}


async def clock(worlds: Worlds, user: str, body: Json) -> Json:
    """Set the speed, or jump: to `midnight`, to a time of the day like `09:00`, or by `10m` or `1h`."""
    speed, jump = body.get("speed"), body.get("jump")
    if isinstance(speed, int | float) and not isinstance(speed, bool):
        worlds.clock.speed = speed
    if jump in _STEPS:
        worlds.clock.jump(worlds.clock.now() + _STEPS[jump])
    elif jump is not None:
        local = time() if jump == "midnight" else datetime.strptime(str(jump), "%H:%M").time()  # noqa: DTZ007
        worlds.clock.jump_to_next(local, worlds.dlf.zone)
    return {"now": worlds.clock.now().isoformat(), "speed": worlds.clock.speed}


async def faults(worlds: Worlds, user: str, body: Json) -> Json:
    """Switch a named fault of a world on or off, or clear all faults; answers with the active faults."""
    where, name, on = body.get("world"), body.get("name"), body.get("on") is True
    match where:
        case None:
            worlds.slack.faults.clear()
            worlds.dlf.faults.clear()
            worlds.dlf.be_odd()
        case "jobs" if name in ODD_LISTS:
            worlds.dlf.be_odd(*(worlds.dlf.oddities | {name} if on else worlds.dlf.oddities - {name}))
        case "slack" if name == REFUSE_NATIVE:
            refused = worlds.slack.faults.refused_blocks
            (refused.update if on else refused.difference_update)(NATIVE_BLOCKS)
        case "slack" if name in TROUBLES:
            (worlds.slack.faults.trouble if on else worlds.slack.faults.clear)(str(name))
        case "dlf" if name in DLF_FAULTS and on:
            worlds.dlf.faults.set(str(name))
        case "dlf" if name in DLF_FAULTS:
            worlds.dlf.faults.clear(workspace="", place="dlf")
        case _:
            raise ValueError(f"There is no fault {name!r} of {where!r}.")
    return state.faults(worlds)


def _outcome(outcome: InteractionResult) -> Json:
    return {"error": outcome.error, "errors": outcome.errors, "seconds": outcome.seconds}


def _text(body: Json, name: str) -> str:
    value: Any = body.get(name)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} is missing.")
    return value


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
