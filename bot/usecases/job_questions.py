"""Questions from Slack about jobs: those behind an alert, or those of a workspace and a day."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.alerts import Alert
from bot.domain.jobs import FailedJob, JobsFound
from bot.domain.model import Day, Workspace, business_date
from bot.domain.references import job_reference, jobs_of
from bot.usecases.jobs import Jobs


class Alerts(Protocol):
    async def find(self, given: str) -> Alert | None:
        """The alert of a reference from Slack."""


class JobQuestions:
    """Turns a question from Slack into a workspace, a business date and a metric."""

    def __init__(
        self, jobs: Jobs, alerts: Alerts, workspaces: Sequence[Workspace], *, clock: Callable[[], datetime]
    ) -> None:
        self._jobs, self._alerts, self._clock = jobs, alerts, clock
        self._workspaces = {one.key: one for one in workspaces}

    async def of_alert(self, reference: str) -> JobsFound | None:
        """The jobs behind an alert on its own date; None if the alert or its workspace is unknown now.

        Raises DlfError if DLF does not list them.
        """
        alert = await self._alerts.find(reference)
        workspace = self._workspaces.get(alert.key.subject) if alert else None
        if alert is None or workspace is None:
            return None
        metric = alert.terms.metric if alert.terms else None
        return await self._jobs.find(workspace, alert.key.business_date, metric)

    async def of_day(self, workspace: Workspace, day: Day) -> JobsFound:
        """The jobs that failed or are stuck on a day other than `all`. Raises DlfError."""
        on = business_date(day, self._clock(), workspace.zone)
        if on is None:
            raise ValueError(f"{day} has no business date")
        return await self._jobs.find(workspace, on)

    async def again(self, reference: str) -> JobsFound | None:
        """The jobs of a list that was shown before; None if its workspace is not known any more.

        Raises DlfError where DLF does not list them.
        """
        asked = jobs_of(reference)
        workspace = self._workspaces.get(asked[0]) if asked else None
        if asked is None or workspace is None:
            return None
        return await self._jobs.find(workspace, asked[1], asked[2])

    async def open(self, reference: str, job: str) -> tuple[JobsFound, FailedJob] | None:
        """One job of a list with all that can be known of it; None if it is not there. Raises DlfError."""
        found, asked = await self.again(reference), jobs_of(reference)
        name = next((one.job for one in found.jobs if job_reference(one.job) == job), None) if found else None
        if found is None or asked is None or name is None:
            return None
        opened = await self._jobs.open(found.workspace, asked[1], asked[2], name)
        return (found, opened) if opened else None
