"""Payloads of Slack over HTTP, parsed strictly: a form or a JSON object of the shape that Bolt expects.

Bolt's own parser fails on a command whose text contains "payload", and on most odd input.
"""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

# An id, the object with that id, or nothing.
_THINGS = ("user", "team", "channel", "enterprise")
_IDS = ("team_id", "user_id", "enterprise_id", "channel_id")
_PARTS = (
    "assistant_thread",
    "container",
    "event",
    "function_data",
    "item",
    "message",
    "previous_message",
    "view",
)
_LISTS = ("actions", "authorizations", "response_urls")
_DEPTH = 4
_WORD = re.compile(r"[a-z0-9_.]{1,60}")
# The fields that decide the listener, by type of payload; other types need none.
_NAMES: dict[str, tuple[str, ...]] = {
    "url_verification": ("challenge",),
    "block_suggestion": ("action_id",),
    **dict.fromkeys(
        (
            "shortcut",
            "message_action",
            "interactive_message",
            "dialog_submission",
            "dialog_cancellation",
            "dialog_suggestion",
        ),
        ("callback_id",),
    ),
}
_NAMES_WITHIN: dict[str, dict[str, tuple[str, ...]]] = {
    "event_callback": {"event": ("type",)},
    "block_actions": {"actions": ("action_id",)},
    "interactive_message": {"actions": ("name",)},
    "view_submission": {"view": ("callback_id", "type")},
    "view_closed": {"view": ("callback_id", "type")},
}
# Slack retired these types in 2024; Bolt still reads them, and fails if the step is missing.
_RETIRED = ("workflow_step_edit", "workflow_step")


def read_payload(body: bytes, content_type: str) -> dict[str, Any] | None:
    """The payload of a request; None if Slack never sends such a body."""
    try:
        text = body.decode("utf-8")
        if content_type.partition(";")[0].strip().lower() == "application/json" or text.startswith("{"):
            found = json.loads(text)
        else:
            form = dict(parse_qsl(text, keep_blank_values=True))
            found = json.loads(form["payload"]) if "payload" in form else form
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and _is_sound(found) and _has_names(found) else None


def kind_of(payload: Mapping[str, Any]) -> str:
    """Slack's name for it ("event:reaction_added", "view_closed"); other text is not repeated."""
    event = payload.get("event")
    named = [payload.get("type"), *([event.get("type")] if isinstance(event, dict) else [])]
    words = [name if isinstance(name, str) and _WORD.fullmatch(name) else "?" for name in named]
    return ":".join(words).replace("event_callback:", "event:")


def _has_names(payload: Mapping[str, Any]) -> bool:
    """True if the fields that decide the listener are present."""
    if "command" in payload:
        return isinstance(payload["command"], str)
    kind = payload.get("type")
    if not isinstance(kind, str):
        return kind is None and "ssl_check" in payload
    if kind in _RETIRED or (payload.get("view") or {}).get("type") in _RETIRED:
        return False
    needed = [payload.get(name) for name in _NAMES.get(kind, ())]
    for part, names in _NAMES_WITHIN.get(kind, {}).items():
        within = payload.get(part)
        each = within if isinstance(within, list) else [within or {}]
        needed += [one.get(name) for one in each for name in names] or [None]
    return all(isinstance(one, str) for one in needed)


def _is_sound(payload: Mapping[str, Any], depth: int = 0) -> bool:
    if depth > _DEPTH:
        return False
    parts = [payload[name] for name in _PARTS if payload.get(name) is not None]
    things = [payload[name] for name in _THINGS if not isinstance(payload.get(name), str | None)]
    lists = [payload[name] for name in _LISTS if payload.get(name) is not None]
    if not all(isinstance(one, list) for one in lists):
        return False
    if not all(isinstance(payload.get(name), str | None) for name in _IDS):
        return False
    below = [*parts, *things, *(item for one in lists for item in one)]
    return all(isinstance(one, dict) and _is_sound(one, depth + 1) for one in below)
