"""Questions from Slack about jobs: those behind an alert, or those of a workspace and a day."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.alerts import Alert
from bot.domain.jobs import JobsFound
from bot.domain.model import Day, Workspace, business_date
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
