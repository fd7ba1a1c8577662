"""Modals and Home tabs: show, replace and stack them."""

import json
import secrets
from typing import Any

from bot.playground.fake_slack.content import with_ids
from bot.playground.fake_slack.elements import presets
from bot.playground.fake_slack.objects import Json, Refused, View
from bot.playground.fake_slack.validation import check_view
from bot.playground.fake_slack.workspace_state import WorkspaceState

TRIGGER_SECONDS = 3.0
MODALS_ON_TOP = 3


def use_trigger(state: WorkspaceState, trigger: Any) -> str:
    """The user a trigger_id belongs to; it lives 3 s and opens a single view."""
    if not isinstance(trigger, str) or trigger not in state.triggers:
        raise Refused("invalid_trigger_id")
    user, born = state.triggers[trigger]
    if user == "":
        raise Refused("exchanged_trigger_id")
    if state.timer() - born > TRIGGER_SECONDS:
        raise Refused("expired_trigger_id")
    state.triggers[trigger] = ("", born)
    return user


def checked_view(state: WorkspaceState, value: Any, surface: str) -> Json:
    """A view from a call's arguments, with block ids. Raises Refused."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise Refused("invalid_arguments") from None
    if not isinstance(value, dict):
        raise Refused("invalid_arguments")
    check_view(value, surface, refused=state.faults.refused_blocks)
    return value | {"blocks": with_ids(value["blocks"])}


def show_view(state: WorkspaceState, user: str, value: Any, *, below: View | None = None) -> View:
    """Open a modal; `below` is the modal it is pushed onto."""
    body = checked_view(state, value, "modal")
    stack = state.modals.setdefault(user, [])
    if below is None:
        stack.clear()
    elif len(stack) >= MODALS_ON_TOP:
        raise Refused("push_limit_reached")
    view_id = new_id()
    root, previous = (below.root_id, below.id) if below else (view_id, None)
    view = View(view_id, user, body, new_hash(), root, previous, values=presets(body["blocks"]))
    stack.append(view)
    state.changes.add("modal", state.view_json(view))
    return view


def replace_view(state: WorkspaceState, view: View, value: Any) -> View:
    """Put a new body into a view that is open; typed values survive where the ids stay."""
    view.body = checked_view(state, value, view.type)
    typed = view.values
    view.values = {
        block: {action: typed.get(block, {}).get(action, preset) for action, preset in fields.items()}
        for block, fields in presets(view.blocks).items()
    }
    view.hash, view.errors = new_hash(), {}
    state.changes.add(view.type, state.view_json(view))
    return view


def publish_home(state: WorkspaceState, user: str, value: Any) -> View:
    """Show a user's Home tab."""
    home = state.homes.get(user)
    if home is not None:
        return replace_view(state, home, value)
    body = checked_view(state, value, "home")
    view_id = new_id()
    home = View(view_id, user, body, new_hash(), view_id, values=presets(body["blocks"]))
    state.homes[user] = home
    state.changes.add("home", state.view_json(home))
    return home


def new_id() -> str:
    return "V" + secrets.token_hex(5).upper()


def new_hash() -> str:
    return f"{secrets.randbelow(10**10)}.{secrets.token_hex(4)}"
