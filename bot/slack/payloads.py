"""What Slack sends over HTTP, read strictly: a form or a JSON object of the shape Bolt takes for granted.

Bolt's own reading fails on a command whose text has the word "payload", and on most oddities.
"""

import json
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


def read_payload(body: bytes, content_type: str) -> dict[str, Any] | None:
    """The payload of a request; None for what Slack never sends."""
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


def _has_names(payload: Mapping[str, Any]) -> bool:
    """Whether what decides which listener is meant is there."""
    named = [
        payload.get("command", ""),
        *(action.get("action_id") for action in payload.get("actions") or []),
    ]
    if "event" in payload:
        named.append((payload["event"] or {}).get("type"))
    return all(isinstance(name, str) for name in named) and bool(payload.get("actions", True))


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
