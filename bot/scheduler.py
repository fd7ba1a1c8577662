"""Ticks: calls each job every so often and decides nothing."""

import logging
from collections.abc import Awaitable, Callable

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.errors import BotError
from bot.logs import say
from bot.metrics import Metrics

log = logging.getLogger(__name__)

Job = Callable[[], Awaitable[None]]


class Scheduler:
    """Runs jobs on the event loop; a job that fails or takes long never stops its next turn."""

    def __init__(self, metrics: Metrics) -> None:
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._metrics = metrics
        self._ailing: dict[str, str] = {}

    def every(self, seconds: float, name: str, job: Job) -> None:
        """Call `job` every `seconds`; turns that fall due while it runs are one turn."""
        self._scheduler.add_job(
            self._turn,
            "interval",
            args=(name, job),
            id=name,
            seconds=seconds,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )

    def start(self) -> None:
        self._scheduler.start()

    def stop(self) -> None:
        """Take no more turns; jobs under way finish by themselves."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    @property
    def ailing(self) -> dict[str, str]:
        """Jobs whose last turn failed, and why."""
        return dict(self._ailing)

    async def _turn(self, name: str, job: Job) -> None:
        """One turn of one job: the door at which its errors end, said once until it is well again."""
        try:
            await job()
        except BotError as error:
            self._metrics.ticks.labels(name, "failed").inc()
            if self._ailing.get(name) != error.what:
                self._ailing[name] = error.what
                say(log, "job failed", logging.WARNING, job=name, problem=error.what)
        except Exception as error:
            self._metrics.ticks.labels(name, "broken").inc()
            if self._ailing.get(name) != repr(type(error)):
                self._ailing[name] = repr(type(error))
                log.exception("job %s is broken", name)
        else:
            self._metrics.ticks.labels(name, "ok").inc()
            if self._ailing.pop(name, None):
                say(log, "job is well again", job=name)
