"""Answers to an interaction: the first inside the ack if it is quick, the others by the response URL."""

import asyncio
from typing import Any

from bot.domain.slack_codes import UNREACHABLE
from bot.errors import SlackError
from bot.messages.message import Message
from bot.slack.block_fallback import worded
from bot.slack.errors import RATE_LIMITED
from bot.slack.response_url import ResponseUrl
from bot.slack.sender import Sender

# Errors after which a second try may work, and cannot answer twice.
CURABLE = RATE_LIMITED | {UNREACHABLE}
RETRY_WAITS = (1.0, 5.0)


class Responder:
    """Sends the answers of an interaction; `first` returns the ack's body."""

    def __init__(self, sender: Sender, reply: ResponseUrl, *, in_ack: bool) -> None:
        self._sender, self.reply = sender, reply
        self._ack: asyncio.Future[dict[str, Any] | None] = asyncio.get_running_loop().create_future()
        self._meanwhile: Message | None = None
        self.said = False
        # An event has no response URL.
        self._heard = in_ack or reply.left > 0
        if not in_ack:
            self._ack.set_result(None)

    async def send(self, message: Message, *, in_channel: bool = False, replace: bool = False) -> None:
        """Answer in the ack while it waits, else by the response URL; without both, do nothing."""
        self.said = True
        if not self._heard:
            return
        if not self._ack.done():
            blocks = self._sender.block_fallback.for_ack(message)
            self._ack.set_result(None if blocks is None else _body(message, blocks, in_channel))
            if blocks is not None:
                return
        for wait in RETRY_WAITS:
            try:
                await self._sender.respond(self.reply, message, replace=replace, in_channel=in_channel)
            except SlackError as error:
                if error.code not in CURABLE or not self.reply.left:
                    raise
                await asyncio.sleep(error.retry_after or wait)
            else:
                return
        await self._sender.respond(self.reply, message, replace=replace, in_channel=in_channel)

    def meanwhile(self, message: Message) -> None:
        """Set the ack's message in case no answer comes in time."""
        self._meanwhile = message

    def close(self) -> None:
        """End the ack's wait: no more answers will come."""
        if not self._ack.done():
            self._ack.set_result(None)

    async def first(self, seconds: float, otherwise: Message) -> dict[str, Any] | None:
        """The ack's body: the answer within `seconds`, else the message of `meanwhile`, else `otherwise`."""
        timer = asyncio.get_running_loop().call_later(seconds, self._time_is_up, otherwise)
        try:
            return await self._ack
        finally:
            timer.cancel()

    def _time_is_up(self, otherwise: Message) -> None:
        if self._ack.done():
            return
        message = self._meanwhile or otherwise
        # We do not learn if Slack accepts an ack's blocks; classic blocks always work.
        blocks = self._sender.block_fallback.for_ack(message) or message.classic
        self._ack.set_result(_body(message, blocks, in_channel=False))


def _body(message: Message, blocks: tuple[Any, ...], in_channel: bool) -> dict[str, Any]:
    kind = "in_channel" if in_channel else "ephemeral"
    return {"response_type": kind} | worded(message, blocks)
