"""`/dlf-status`: read the words, ask, answer at once with what is known and again when all is read."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

from bot.domain.model import Answer, Day, Workspace
from bot.messages.message import Message
from bot.messages.notes import help_text
from bot.slack.door import Ack, Caller, Door, text_of
from bot.slack.exchange import Exchange
from bot.slack.grammar import Names, Question, parse
from bot.slack.typed import Help, Wrong

STATUS = "/dlf-status"
# A slash command has no original to replace: each further answer is one more message, so they are few.
FIRST_UPDATE, USES_KEPT = 20.0, 2


class Asks(Protocol):
    """What the listener needs of the use case that answers questions."""

    def known(self, workspaces: Sequence[Workspace], day: Day, own: bool) -> Awaitable[Answer]:
        """What was read lately; rows that are missing or stale are `coming`."""

    def answer(self, known: Answer) -> AsyncIterator[Answer]:
        """Ever more complete answers; in the last one no row is `coming`."""


class Commands:
    """The slash commands' listeners."""

    def __init__(
        self,
        door: Door,
        asks: Asks,
        workspaces: Sequence[Workspace],
        *,
        render: Callable[[Answer], Message],
    ) -> None:
        self._door, self._asks, self._workspaces = door, asks, tuple(workspaces)
        self._names = Names(workspaces)
        self._render = render

    async def status(self, ack: Ack, body: Mapping[str, Any]) -> None:
        """`/dlf-status …`"""

        async def work(caller: Caller, exchange: Exchange) -> str:
            return await self._status(caller, exchange, text_of(body, "text"))

        await self._door.enter(STATUS, body, ack, work, in_ack=True)

    async def unknown(self, ack: Ack, body: Mapping[str, Any]) -> None:
        """A command the app's settings know and this version does not."""

        async def work(caller: Caller, exchange: Exchange) -> str:
            await exchange.say(self._door.message("I do not know this command. Try /dlf-status help."))
            return "unknown"

        await self._door.enter("unknown_command", body, ack, work, in_ack=True)

    async def _status(self, caller: Caller, exchange: Exchange, text: str) -> str:
        match parse(text, self._names, locale=self._door.locale):
            case Help():
                await exchange.say(help_text(locale=self._door.locale))
                return "help"
            case Wrong(sentence):
                await exchange.say(Message(sentence))
                return "wrong"
            case Question() as question:
                return await self._ask(caller, exchange, question)

    async def _ask(self, caller: Caller, exchange: Exchange, question: Question) -> str:
        workspaces = question.workspaces or workspaces_of(self._workspaces, caller)
        known = await self._asks.known(workspaces, question.day, question.own)
        if is_complete(known):
            await exchange.say(self._render(known), in_channel=question.share)
            return "known"
        exchange.meanwhile(self._render(known))
        return await self._read(exchange, known, share=question.share)

    async def _read(self, exchange: Exchange, known: Answer, *, share: bool) -> str:
        """Say the complete answer, and what there is of it now and then on a long way there."""
        last, wait, answer = time.monotonic(), FIRST_UPDATE, None
        async for answer in self._asks.answer(known):
            if is_complete(answer):
                break
            exchange.meanwhile(self._render(answer))
            if time.monotonic() - last >= wait and exchange.reply.left > USES_KEPT:
                await exchange.say(self._render(answer), replace=True)
                last, wait = time.monotonic(), wait * 3
        if answer is None:
            raise RuntimeError("the use case answered nothing")
        await exchange.say(self._render(answer), in_channel=share, replace=not share)
        return "read"


def workspaces_of(workspaces: Sequence[Workspace], caller: Caller) -> tuple[Workspace, ...]:
    """The workspaces that belong to the caller's channel, by its id or name; all of them when none does."""
    names = {caller.channel.casefold(), caller.channel_name.casefold()} - {""}
    own = [one for one in workspaces if one.channel and one.channel.removeprefix("#").casefold() in names]
    return tuple(own or workspaces)


def is_complete(answer: Answer) -> bool:
    return not any(row.coming for row in answer.rows)
