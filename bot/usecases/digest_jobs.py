"""The worst jobs of a digest's newest date: looked up within seconds, or left out."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import date

from bot.domain.digest import DigestDay
from bot.domain.model import Row, Workspace
from bot.domain.worst_jobs import WorstJobs, to_look_up, worst_of
from bot.errors import DlfError
from bot.logs import Once
from bot.usecases.jobs import BEHIND_PEOPLE, FindsJobs

log = logging.getLogger(__name__)

MOST_PROJECTS = 3


class DigestJobs:
    """Looks up the jobs of the worst workspace of each project, all at once, for a few seconds at most."""

    def __init__(self, jobs: FindsJobs, *, redact: Callable[[str], str], seconds: float) -> None:
        """`redact` removes secrets from the stored names."""
        self._jobs, self._redact, self._seconds = jobs, redact, seconds
        self._once = Once(log, "digest_jobs")

    async def worst(self, days: Sequence[DigestDay]) -> tuple[WorstJobs, ...]:
        """The worst jobs of the newest date, project by project; without those not known in time."""
        dated = [day for day in days if day.business_date]
        newest = max(dated, key=lambda day: day.business_date or date.min, default=None)
        rows = [known for row in newest.rows if (known := _trouble(row))] if newest else []
        wanted = [one for one in to_look_up(rows, MOST_PROJECTS) if self._jobs.is_available(one[0])]
        looking = [asyncio.create_task(self._look_up(workspace, on)) for workspace, on in wanted]
        try:
            if looking:
                await asyncio.wait(looking, timeout=self._seconds)
            return tuple(found for task in looking if task.done() and (found := task.result()))
        finally:
            for task in looking:
                task.cancel()
            await asyncio.gather(*looking, return_exceptions=True)

    async def _look_up(self, workspace: Workspace, on: date) -> WorstJobs | None:
        try:
            found = await self._jobs.find(workspace, on, priority=BEHIND_PEOPLE)
        except DlfError as error:
            self._once.warn(workspace.key, str(error))
            return None
        self._once.over(workspace.key)
        return worst_of(found, redact=self._redact) if found.jobs else None


def _trouble(row: Row) -> tuple[Workspace, date, int] | None:
    """Workspace, date, and how many instances failed or are stuck; None where nothing is known."""
    if row.snapshot is None or row.snapshot.business_date is None:
        return None
    counts = row.snapshot.counts
    trouble = (counts.fail_count or 0) + (counts.running_exception_count or 0)
    return row.workspace, row.snapshot.business_date, trouble
