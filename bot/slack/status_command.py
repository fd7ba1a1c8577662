"""`/dlf-status`: parse the words, answer at once with known numbers and again when all are read."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

from bot.domain.model import Answer, Day, Workspace
from bot.messages.message import Message
from bot.messages.service import STATUS, help_text
from bot.messages.status import REFRESH
from bot.slack.alert_buttons import chosen
from bot.slack.parsing import Help, InputError
from bot.slack.permissions import Permissions
from bot.slack.responder import Responder
from bot.slack.runner import Ack, Caller, ListenerRunner, text_of
from bot.slack.status_grammar import StatusQuestion, WorkspaceNames, parse
from bot.slack.timed_cache import TimedCache

# Further answers to a slash command are new messages, so there are few.
FIRST_UPDATE, USES_KEPT = 20.0, 2
# Within this many seconds, the same words in the same channel get the same message.
SAME_FOR, MOST_KEPT = 1.0, 100


class StatusQueries(Protocol):
    """The part of the status use case that the listener calls."""

    def known(
        self, workspaces: Sequence[Workspace], day: Day, own: bool, *, anew: bool = False
    ) -> Awaitable[Answer]:
        """The recent rows; missing or old rows are `coming`, with `anew` all rows."""

    def answer(self, known: Answer, by: str) -> AsyncIterator[Answer]:
        """More and more complete answers for the person `by`; in the last no row is `coming`."""


class StatusCommand:
    """The slash commands' listeners."""

    def __init__(
        self,
        runner: ListenerRunner,
        asks: StatusQueries,
        workspaces: Sequence[Workspace],
        permissions: Permissions,
        *,
        render: Callable[[Answer, str], Message],
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        """`render` takes an answer and the words that ask for it again."""
        self._runner, self._asks, self._workspaces = runner, asks, tuple(workspaces)
        self._names, self._permissions = WorkspaceNames(workspaces), permissions
        self._render = render
        # By channel and words.
        self._lately: TimedCache[tuple[str, ...], Message] = TimedCache(MOST_KEPT, timer)

    async def status(self, ack: Ack, body: Mapping[str, Any]) -> None:
        """`/dlf-status …`"""
        work = partial(self._status, text=text_of(body, "text"))
        await self._runner.run(STATUS, body, ack, work, may=self._permissions.may_ask, in_ack=True)

    async def refresh(self, ack: Ack, body: Mapping[str, Any]) -> None:
        """`status_refresh`: value = the typed words"""
        work = partial(self._status, text=chosen(body), anew=True)
        await self._runner.run(REFRESH, body, ack, work, may=self._permissions.may_ask)

    async def unknown(self, ack: Ack, body: Mapping[str, Any]) -> None:
        """A command that is in the app's settings but not in this version."""
        await self._runner.run("unknown_command", body, ack, self._unknown, in_ack=True)

    async def _unknown(self, caller: Caller, responder: Responder) -> str:
        pattern = "This version does not have this command. Try /dlf-status help."
        await responder.send(self._runner.message(pattern))
        return "unknown"

    async def _status(self, caller: Caller, responder: Responder, text: str, *, anew: bool = False) -> str:
        asked = (caller.channel, caller.channel_name, text)
        lately = None if anew else self._lately.get(asked, SAME_FOR)
        if lately is not None:
            await responder.send(lately)
            return "known"
        question = await read_question(text, self._names, responder, locale=self._runner.locale)
        if isinstance(question, str):
            return question
        workspaces = question.workspaces or workspaces_of(self._workspaces, caller)
        known = await self._asks.known(workspaces, question.day, question.own, anew=anew)
        known = replace(known, only_failed=question.only_failed)
        share, words = question.share and not anew, text or Day.TODAY
        message = self._render(known, words)
        if not is_complete(known):
            responder.meanwhile(message)
            return await self._read(self._asks.answer(known, caller.user), responder, words, share=share)
        if not question.share:
            self._lately.put(asked, message)
        await responder.send(message, in_channel=share)
        return "known"

    async def _read(
        self, answers: AsyncIterator[Answer], responder: Responder, text: str, *, share: bool
    ) -> str:
        """Send the complete answer; if it takes long, send parts of it now and then."""
        last, wait, answer = time.monotonic(), FIRST_UPDATE, None
        async for answer in answers:
            if is_complete(answer):
                break
            responder.meanwhile(self._render(answer, text))
            if time.monotonic() - last >= wait and responder.reply.left > USES_KEPT:
                await responder.send(self._render(answer, text), replace=True)
                last, wait = time.monotonic(), wait * 3
        if answer is None:
            raise RuntimeError("the use case answered nothing")
        await responder.send(self._render(answer, text), in_channel=share, replace=not share)
        return "read"


async def read_question(
    text: str, names: WorkspaceNames, responder: Responder, *, locale: str
) -> StatusQuestion | str:
    """The question in `text`; help and mistakes are answered here and return the outcome instead."""
    match parse(text, names, locale=locale):
        case Help():
            await responder.send(help_text(locale=locale))
            return "help"
        case InputError(sentence):
            await responder.send(Message(sentence))
            return "wrong"
        case StatusQuestion() as question:
            return question


def workspaces_of(workspaces: Sequence[Workspace], caller: Caller) -> tuple[Workspace, ...]:
    """The workspaces of the caller's channel (by its id or name); all workspaces if it has none."""
    names = {caller.channel.casefold(), caller.channel_name.casefold()} - {""}
    own = [one for one in workspaces if one.channel and one.channel.removeprefix("#").casefold() in names]
    return tuple(own or workspaces)


def is_complete(answer: Answer) -> bool:
    return not any(row.coming for row in answer.rows)
