"""Look up the jobs behind firing alerts, after their messages are posted."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial

from bot.domain.alerts import Alert
from bot.domain.model import JobNames
from bot.domain.named_jobs import AT_MOST_EVERY, is_due, name_jobs
from bot.errors import DlfError, StoreError
from bot.logs import Once, log_bug
from bot.usecases.alert_notices import is_anothers
from bot.usecases.jobs import BEHIND_PEOPLE, FindsJobs
from bot.usecases.replica import Replica
from bot.usecases.routes import Routes

log = logging.getLogger(__name__)

LEASE = "alert_jobs"
AT_ONCE = 2


class AlertJobs:
    """Keeps the named jobs of each alert as new as its number; a single replica works at a time.

    An alert's jobs are looked up at most once a minute. If DLF does not list them, the alert stays as it is.
    """

    def __init__(
        self,
        replica: Replica,
        routes: Routes,
        jobs: FindsJobs,
        *,
        redact: Callable[[str], str],
    ) -> None:
        """`redact` removes secrets from the stored texts."""
        self._store, self._owner, self._clock = replica.store, replica.owner, replica.clock
        self._lease_seconds = replica.timing.job_lease
        self._routes, self._jobs, self._redact = routes, jobs, redact
        self._tried: dict[str, datetime] = {}
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._once = Once(log, "alert_jobs")

    async def tick(self) -> None:
        """Start the look-ups that are due, two at a time. Raises StoreError."""
        if not await self._store.leases.acquire(LEASE, self._owner, self._lease_seconds):
            return
        now = self._clock()
        self._tried = {one: at for one, at in self._tried.items() if abs(now - at) < AT_MOST_EVERY}
        free = AT_ONCE - len(self._under_way)
        due = [alert for alert in await self._store.alerts.firing() if self._is_due(alert, now)]
        if due:
            folded = await self._folded(now)
            due = [alert for alert in due if alert.id not in folded]
        for alert in sorted(due, key=lambda one: one.jobs is not None)[: max(0, free)]:
            self._tried[alert.id] = now
            task = asyncio.create_task(self._look_up(alert), name=f"jobs of {alert.id}")
            self._under_way[alert.id] = task
            task.add_done_callback(partial(self._done, alert.id))

    async def settle(self) -> None:
        """Wait for the running look-ups."""
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    async def stop(self) -> None:
        """Cancel the running look-ups; they are repeated after the next start."""
        for task in self._under_way.values():
            task.cancel()
        await self.settle()

    async def _folded(self, now: datetime) -> set[str]:
        """The alerts that one message tells of together: it names no jobs."""
        folds = await self._store.folds.since(now)
        return {alert_id for fold in folds for alert_id in fold.told}

    def _is_due(self, alert: Alert, now: datetime) -> bool:
        """True if a look-up is due; only for alerts that Slack shows already."""
        workspace = self._routes.workspaces.get(alert.key.subject)
        if workspace is None or workspace.job_names is JobNames.NOTHING or alert.told is None:
            return False
        if alert.id in self._tried or is_anothers(alert, self._routes):
            return False
        return is_due(alert.jobs, alert.changed_at, now) and self._jobs.is_available(workspace)

    async def _look_up(self, alert: Alert) -> None:
        workspace = self._routes.workspaces[alert.key.subject]
        metric = alert.terms.metric if alert.terms else None
        try:
            found = await self._jobs.find(workspace, alert.key.business_date, metric, priority=BEHIND_PEOPLE)
            named = name_jobs(found, workspace.job_names, redact=self._redact)
            await self._store.alerts.name_jobs(alert.id, named)
        except (DlfError, StoreError) as error:
            self._once.warn(workspace.key, str(error))
        else:
            self._once.over(workspace.key)

    def _done(self, alert_id: str, task: asyncio.Task[None]) -> None:
        self._under_way.pop(alert_id, None)
        if not task.cancelled() and (mistake := task.exception()):
            log_bug(log, "alert_jobs_failed", mistake, alert=alert_id)
