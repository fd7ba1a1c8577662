"""`/dlf-jobs` and the button *Which jobs?*: the jobs behind the numbers, shown to the asker alone."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Protocol

from bot.domain.jobs import JobsFound
from bot.domain.model import Day, Workspace
from bot.messages.jobs import ASK_JOBS, render_jobs
from bot.messages.message import Message
from bot.slack.alert_buttons import chosen
from bot.slack.parsing import quote_some
from bot.slack.permissions import Permissions
from bot.slack.responder import Responder
from bot.slack.runner import Ack, Caller, ListenerRunner, text_of
from bot.slack.status_command import read_question, workspaces_of
from bot.slack.status_grammar import StatusQuestion, WorkspaceNames

JOBS = "/dlf-jobs"


class JobQuestions(Protocol):
    """The part of the use case that the listeners call. Raises DlfError if DLF does not list the jobs."""

    async def of_alert(self, reference: str) -> JobsFound | None:
        """The jobs behind an alert; None if the alert is unknown now."""

    async def of_day(self, workspace: Workspace, day: Day) -> JobsFound:
        """The jobs that failed or are stuck."""


class JobsCommand:
    """The listeners. The answer has error texts from DLF: guests do not get it, and it is not stored."""

    def __init__(
        self,
        runner: ListenerRunner,
        questions: JobQuestions,
        workspaces: Sequence[Workspace],
        permissions: Permissions,
    ) -> None:
        self._runner, self._questions, self._workspaces = runner, questions, tuple(workspaces)
        self._names, self._permissions = WorkspaceNames(workspaces), permissions

    async def jobs(self, ack: Ack, body: Mapping[str, Any]) -> None:
        """`/dlf-jobs …`"""
        work = partial(self._of_day, text=text_of(body, "text"))
        await self._runner.run(JOBS, body, ack, work, may=self._permissions.may_look, in_ack=True)

    async def of_alert(self, ack: Ack, body: Mapping[str, Any]) -> None:
        """`alert_jobs`: value = reference of the alert"""
        work = partial(self._of_alert, reference=chosen(body))
        await self._runner.run(ASK_JOBS, body, ack, work, may=self._permissions.may_look)

    async def _of_alert(self, caller: Caller, responder: Responder, reference: str) -> str:
        found = await self._questions.of_alert(reference)
        if found is None:
            await responder.send(self._runner.message("This alert is no longer on record."))
            return "unknown"
        await responder.send(render_jobs(found, locale=self._runner.locale))
        return "listed"

    async def _of_day(self, caller: Caller, responder: Responder, text: str) -> str:
        question = await read_question(text, self._names, responder, locale=self._runner.locale)
        if isinstance(question, str):
            return question
        workspaces = question.workspaces or workspaces_of(self._workspaces, caller)
        if (wrong := self._mistake(question, workspaces)) is not None:
            await responder.send(wrong)
            return "wrong"
        found = await self._questions.of_day(workspaces[0], question.day)
        await responder.send(render_jobs(found, locale=self._runner.locale))
        return "listed"

    def _mistake(self, question: StatusQuestion, workspaces: Sequence[Workspace]) -> Message | None:
        if question.own or question.share or question.only_failed:
            return self._runner.message("Type only a workspace and a day; only you see the answer.")
        if question.day is Day.ALL:
            return self._runner.message("Name one day: today, yesterday or before_yesterday.")
        if len(workspaces) == 1:
            return None
        names = [one.key for one in workspaces or self._workspaces]
        return self._runner.message(
            "Name one workspace: {names}.", names=quote_some(names, self._runner.locale)
        )
