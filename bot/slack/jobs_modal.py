"""*More…* below a list of jobs: a modal with all of them in pages, and each with its whole error."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Protocol

from bot.domain.jobs import FailedJob, JobsFound
from bot.domain.slack_codes import Extent, codes_of
from bot.errors import DlfError, SlackError
from bot.messages.jobs import ASK_MORE
from bot.messages.jobs_modal import (
    OPEN_JOB,
    SHOW_PAGE,
    job_modal,
    jobs_modal,
    jobs_note,
    jobs_working,
    shown_in,
)
from bot.messages.message import Block, Message
from bot.messages.mrkdwn import escape
from bot.messages.words import Words
from bot.slack.alert_buttons import chosen
from bot.slack.modal import open_modal, update_modal
from bot.slack.permissions import Permissions
from bot.slack.responder import Responder
from bot.slack.runner import REFUSED, Ack, Caller, ListenerRunner, part_of, text_of

# A page that takes longer says meanwhile that DLF is asked.
AT_ONCE = 0.7
GONE = "These jobs are no longer on record. Ask again."
# The person closed the modal.
CLOSED = codes_of(Extent.VIEW)

Look = Callable[[], Awaitable[Block | None]]


class JobQuestions(Protocol):
    """The part of the use case that the listeners call. Raises DlfError if DLF does not list the jobs."""

    async def again(self, reference: str) -> JobsFound | None:
        """The jobs of a list that was shown before; None if they are not known any more."""

    async def open(self, reference: str, job: str) -> tuple[JobsFound, FailedJob] | None:
        """A job of a list with all its details; None if it is not in the list."""


class JobsModal:
    """The listeners. The modal holds whole error texts, so the right to see them is checked at each press."""

    def __init__(self, runner: ListenerRunner, questions: JobQuestions, permissions: Permissions) -> None:
        self._runner, self._questions, self._permissions = runner, questions, permissions

    async def more(self, ack: Ack, body: Mapping[str, Any]) -> None:
        """`alert_jobs_more`: value = reference of the list"""
        work = partial(self._open, trigger=text_of(body, "trigger_id"), given=chosen(body))
        await self._runner.run(ASK_MORE, body, ack, work)

    async def page(self, ack: Ack, body: Mapping[str, Any]) -> None:
        """`jobs_page`, `jobs_next`: value = number of the page"""
        given, value = _list_in(body), chosen(body)
        page = int(value) if value.isascii() and value.isdigit() and len(value) < 6 else 1
        work = partial(self._show, view_id=_view_of(body), look=partial(self._page, given, page))
        await self._runner.run(SHOW_PAGE, body, ack, work)

    async def open(self, ack: Ack, body: Mapping[str, Any]) -> None:
        """`jobs_open`: value = reference of the job"""
        look = partial(self._job, _list_in(body), chosen(body))
        work = partial(self._show, view_id=_view_of(body), look=look)
        await self._runner.run(OPEN_JOB, body, ack, work)

    async def _open(self, caller: Caller, responder: Responder, *, trigger: str, given: str) -> str:
        view = jobs_working(locale=self._runner.locale)
        view_id = await open_modal(self._runner.sender, trigger, view)
        return await self._show(caller, responder, view_id, partial(self._page, given, 1))

    async def _page(self, given: str, page: int) -> Block | None:
        found = await self._questions.again(given)
        return jobs_modal(found, page, locale=self._runner.locale) if found else None

    async def _job(self, given: str, job: str) -> Block | None:
        found = await self._questions.open(given, job)
        return job_modal(*found, locale=self._runner.locale) if found else None

    async def _show(self, caller: Caller, responder: Responder, view_id: str, look: Look) -> str:
        """Show the result of `look`, or its error; nothing if the person closed the modal."""
        try:
            return await self._found(caller, view_id, look)
        except SlackError as error:
            if error.code not in CLOSED:
                raise
            return "closed"

    async def _found(self, caller: Caller, view_id: str, look: Look) -> str:
        if (refused := await self._permissions.may_look(caller)) is not None:
            await self._say(view_id, refused)
            return REFUSED
        try:
            view = await self._patiently(view_id, look)
        except DlfError as error:
            await self._say(view_id, Message(escape(Words(self._runner.locale).problem(error.problem))))
            return "not listed"
        if view is None:
            await self._say(view_id, self._runner.message(GONE))
            return "unknown"
        await update_modal(self._runner.sender, view_id, view)
        return "listed"

    async def _patiently(self, view_id: str, look: Look) -> Block | None:
        """The result of `look`; if it takes long, the modal says so meanwhile."""
        looking = asyncio.ensure_future(look())
        try:
            if not (await asyncio.wait([looking], timeout=AT_ONCE))[0]:
                await update_modal(self._runner.sender, view_id, jobs_working(locale=self._runner.locale))
            return await looking
        finally:
            looking.cancel()

    async def _say(self, view_id: str, message: Message) -> None:
        await update_modal(self._runner.sender, view_id, jobs_note(message, locale=self._runner.locale))


def _list_in(body: Mapping[str, Any]) -> str:
    return shown_in(text_of(part_of(body, "view"), "private_metadata"))


def _view_of(body: Mapping[str, Any]) -> str:
    return text_of(part_of(body, "view"), "id")
