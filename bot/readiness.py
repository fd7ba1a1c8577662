"""Whether this process can do its work now, and what is not as it should be."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from bot.config import Config
from bot.domain.model import Day
from bot.errors import StoreError
from bot.notices import Notices
from bot.scheduler import Scheduler
from bot.slack.sender import Sender
from bot.store.store import Store

STALE_POLLS = 3
GRACE = timedelta(minutes=1)


class Line(Protocol):
    """The connection Slack reaches us by: `bot.slack.transport.SocketMode`."""

    connected: bool
    problem: str


class Readiness:
    """Looks at every part; `problems` mean not ready, `remarks` do not."""

    def __init__(
        self,
        config: Config,
        *,
        store: Store,
        sender: Sender,
        notices: Notices,
        scheduler: Scheduler,
        line: Line | None,
        clock: Callable[[], datetime],
    ) -> None:
        self._config, self._store, self._sender, self._notices = config, store, sender, notices
        self._scheduler, self._line, self._clock = scheduler, line, clock
        self._started = clock()

    async def look(self) -> tuple[list[str], list[str]]:
        """Problems and remarks, in our own words; none of them secret."""
        problems = [*self._slack(), *await self._store_and_dlf()]
        remarks = [f"channel {name} cannot be used: {code}" for name, code in self._notices.parked.items()]
        remarks += [f"job {name}: {why}" for name, why in self._scheduler.ailing.items()]
        return problems, remarks

    def _slack(self) -> list[str]:
        problems = []
        if self._sender.identity is None:
            problems.append("Slack: not reached yet")
        if self._line is not None and not self._line.connected:
            problems.append(f"Slack: Socket Mode is not connected ({self._line.problem or 'connecting'})")
        if self._notices.stopped:
            problems.append(f"Slack: sending stopped, {self._notices.stopped}; everything is kept")
        return problems

    async def _store_and_dlf(self) -> list[str]:
        try:
            await self._store.writable()
            return [problem for one in self._config.projects if (problem := await self._dlf(one.name))]
        except StoreError as error:
            return [f"store: {error.what}"]

    async def _dlf(self, project: str) -> str:
        """Why this project's numbers are not fresh; empty when they are."""
        health = [one for one in await self._store.reads.health(project) if one.day is Day.TODAY]
        newest = max((one.last_read_at for one in health if one.last_read_at), default=None)
        limit = STALE_POLLS * self._config.poll_every + GRACE
        since = newest or self._started
        if not health or self._clock() - since <= limit:
            return ""
        why = next((one.problem for one in health if one.problem), "nobody reads it")
        return f"DLF project {project}: last read {newest or 'never'}: {why}"
