"""A message's content (text, blocks, attachments), checked as Slack checks it."""

import itertools
import json
from typing import Any

from bot.playground.fake_slack.objects import Json, Refused, SlackMessage
from bot.playground.fake_slack.validation import check_message
from bot.playground.fake_slack.workspace_state import WorkspaceState

TEXT_LIMIT = 40_000
_block_ids = itertools.count(1)


def checked_content(state: WorkspaceState, args: Json) -> Json:
    """Text, blocks and attachments from a call's arguments. Raises Refused as Slack would."""
    text = args.get("text") or ""
    if not isinstance(text, str):
        raise Refused("invalid_arguments")
    blocks, attachments = (
        as_list(args.get("blocks"), "blocks"),
        as_list(args.get("attachments"), "attachments"),
    )
    if not text.strip() and not blocks and not attachments:
        raise Refused("no_text")
    if len(text) > TEXT_LIMIT:
        raise Refused("msg_too_long")
    check_message(blocks, attachments, refused=state.faults.refused_blocks)
    for attachment in attachments:
        if attachment.get("blocks"):
            attachment["blocks"] = with_ids(attachment["blocks"])
    return {"text": text, "blocks": with_ids(blocks), "attachments": attachments}


def bot_message(state: WorkspaceState, channel: str, content: Json, **more: Any) -> SlackMessage:
    """A message by the app, not yet in the channel."""
    ids: Json = {"bot_id": state.bot_id, "app_id": state.app_id}
    return SlackMessage(channel, state.next_ts(), state.bot_user_id, **content, **ids, **more)


def as_list(value: Any, name: str) -> list[Json]:
    """Blocks or attachments, which may arrive as JSON text."""
    if value in (None, ""):
        return []
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise Refused(f"invalid_{name}_format") from None
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise Refused(f"invalid_{name}_format")
    return value


def as_dict(value: Any, error: str) -> Json:
    """An object, which may arrive as JSON text."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise Refused(error) from None
    if not isinstance(value, dict):
        raise Refused(error)
    return value


def with_ids(blocks: list[Json]) -> list[Json]:
    """The blocks with the ids Slack adds where there are none."""
    return [block | {"block_id": block.get("block_id") or f"b{next(_block_ids)}"} for block in blocks]
