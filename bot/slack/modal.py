"""Open a modal and put another view into it; a moment later if Slack is busy."""

import asyncio

from bot.errors import SlackError
from bot.messages.message import Block
from bot.slack.block_fallback import wire_view
from bot.slack.responder import CURABLE, RETRY_WAITS
from bot.slack.runner import text_of
from bot.slack.sender import Sender


async def open_modal(sender: Sender, trigger: str, view: Block) -> str:
    """Open it and return its id; the trigger lives three seconds. Raises SlackError."""
    opened = await sender.web.post("views.open", {"trigger_id": trigger, "view": wire_view(view)})
    return text_of(opened.part("view"), "id")


async def update_modal(sender: Sender, view_id: str, view: Block) -> None:
    """Show another view in an open modal. Raises SlackError."""
    body = {"view_id": view_id, "view": wire_view(view)}
    for wait in RETRY_WAITS:
        try:
            await sender.web.post("views.update", body)
        except SlackError as error:
            if error.code not in CURABLE:
                raise
            await asyncio.sleep(error.retry_after or wait)
        else:
            return
    await sender.web.post("views.update", body)
