"""The scheduler: calls each job at its interval and decides nothing."""

import asyncio
import logging
import random
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from bot.errors import BotError
from bot.logs import Once, log_bug, log_event
from bot.metrics import Metrics

log = logging.getLogger(__name__)

Job = Callable[[], Awaitable[None]]

# Each turn comes up to this share of its interval later. Without it, replicas would keep the same order of
# turns, and the first of them would do nearly all the work.
SPREAD = 0.3
# The pause after a turn of a woken job is this many times its duration, so it uses a fifth of a processor.
# An urgent turn comes at once; the next urgent turns after it use a half.
REST, URGENT_REST = 4, 1


class Unstepped(tzinfo):
    """A time zone that shows the monotonic clock's time, so that changes of the wall clock have no effect.

    APScheduler plans turns by `datetime.now(timezone)`: with a wall clock set back an hour, no turn would
    come for that hour.
    """

    def fromutc(self, wall: datetime) -> datetime:
        return datetime.fromtimestamp(time.monotonic(), UTC).replace(tzinfo=self)

    def utcoffset(self, _: datetime | None) -> timedelta:
        return timedelta(0)

    def dst(self, _: datetime | None) -> None:
        return None

    def tzname(self, _: datetime | None) -> str:
        return "unstepped"


class Every(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """The next turn is an interval from now, not from the last turn: after a day off, 1 turn, not 86,400."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def get_next_fire_time(self, _: datetime | None, now: datetime) -> datetime:
        return now + timedelta(seconds=self._seconds * random.uniform(1, 1 + SPREAD))


class Scheduler:
    """Runs jobs on the event loop; a job that fails or takes long never stops its next turn."""

    def __init__(self, metrics: Metrics, *, zone: tzinfo | None = None) -> None:
        self._scheduler = AsyncIOScheduler(timezone=zone or Unstepped())
        self._metrics = metrics
        self._seconds: dict[str, float] = {}
        self._begun: dict[str, float] = {}
        self._ailing: dict[str, str] = {}
        # By problem: several jobs may have the same.
        self._once: defaultdict[str, Once] = defaultdict(lambda: Once(log, "job_failed", tells_end=False))
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._jobs: dict[str, Job] = {}
        # Woken jobs: those whose turn comes after a rest, and those whose turn was under way.
        self._resting: dict[str, asyncio.TimerHandle] = {}
        self._again: dict[str, bool] = {}
        # By job: when its last turn ended, and how long that took.
        self._last_turns: dict[str, tuple[float, float]] = {}
        # Jobs whose next turn is urgent, and those whose last turn was.
        self._urgent: set[str] = set()
        self._was_urgent: set[str] = set()

    def every(self, seconds: float, name: str, job: Job) -> None:
        """Call `job` about every `seconds`; turns that fall due while it runs are left out."""
        self._seconds[name], self._begun[name], self._jobs[name] = seconds, time.monotonic(), job
        for outcome in ("ok", "failed", "broken"):
            self._metrics.ticks.labels(name, outcome)
        self._scheduler.add_job(
            self._ring,
            Every(seconds),
            args=(name,),
            id=name,
            coalesce=True,
            misfire_grace_time=None,
        )

    def start(self) -> None:
        self._begun = dict.fromkeys(self._begun, time.monotonic())
        self._scheduler.start()

    def wake(self, name: str, *, urgent: bool = False) -> None:
        """Begin a job's next turn now, because it has something to do: after the turn that is under way.

        Before that it rests in proportion to its last turn; if `urgent`, not at all, or less if its last turn
        was urgent, too. Its regular turns come as always.
        """
        if not self._scheduler.running or name not in self._jobs:
            return
        if urgent:
            self._urgent.add(name)
        if name in self._under_way:
            self._again[name] = urgent or self._again.get(name, False)
        elif urgent or name not in self._resting:
            if timer := self._resting.pop(name, None):
                timer.cancel()
            ended_at, took = self._last_turns.get(name, (0.0, 0.0))
            times = REST if not urgent else URGENT_REST if name in self._was_urgent else 0
            rest = ended_at + took * times - time.monotonic()
            self._resting[name] = asyncio.get_running_loop().call_later(max(0.0, rest), self._start, name)

    def is_hurried(self, name: str) -> bool:
        """True while an urgent turn of the job waits for the turn that is under way."""
        return name in self._urgent and name in self._under_way

    async def stop(self, seconds: float) -> None:
        """Start no more turns; running turns have `seconds` to finish."""
        self._jobs.clear()
        for timer in self._resting.values():
            timer.cancel()
        if self._scheduler.running:
            self._scheduler.pause()
            await asyncio.sleep(0)  # else a turn just started would be cut off, and logged as an error
            self._scheduler.shutdown(wait=False)
            await asyncio.sleep(0)  # the shutdown itself is a call on the loop
        if self._under_way:
            _, late = await asyncio.wait(set(self._under_way.values()), timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    @property
    def ailing(self) -> dict[str, str]:
        """Jobs whose last turn failed, and why."""
        return dict(self._ailing)

    def stalled(self, patience: float) -> dict[str, float]:
        """Jobs with no turn for their interval and `patience` seconds more, with the age of the last turn."""
        if not self._scheduler.running:
            return {}
        ages = {name: time.monotonic() - begun for name, begun in self._begun.items()}
        most = {name: seconds * (1 + SPREAD) + patience for name, seconds in self._seconds.items()}
        return {name: age for name, age in ages.items() if age > most[name]}

    async def _ring(self, name: str) -> None:
        """Start a turn beside APScheduler, whose shutdown would cut it off in the middle of a write."""
        self._start(name)

    def _start(self, name: str) -> None:
        if timer := self._resting.pop(name, None):
            timer.cancel()
        if name not in self._under_way and name in self._jobs:
            self._begun[name] = time.monotonic()
            keep = self._was_urgent.add if name in self._urgent else self._was_urgent.discard
            keep(name)
            self._urgent.discard(name)
            task = asyncio.create_task(self.turn(name, self._jobs[name]), name=f"job {name}")
            self._under_way[name] = task
            task.add_done_callback(partial(self._ended, name))

    def _ended(self, name: str, _: asyncio.Task[None]) -> None:
        self._under_way.pop(name, None)
        now = time.monotonic()
        self._last_turns[name] = now, now - self._begun[name]
        if name in self._again:
            self.wake(name, urgent=self._again.pop(name))

    async def turn(self, name: str, job: Job) -> None:
        """Run a turn of a job; its errors end here, logged once until the job recovers."""
        try:
            await job()
        except BotError as error:
            self._metrics.ticks.labels(name, "failed").inc()
            if self._ailing.get(name) != error.what:
                self._recover(name)
                self._ailing[name] = error.what
            self._once[error.what].warn("jobs", error.what, job=name)
        except Exception as error:  # noqa: BLE001 - one of the three doors
            self._metrics.ticks.labels(name, "broken").inc()
            if self._ailing.get(name) != repr(type(error)):
                self._recover(name)
                self._ailing[name] = repr(type(error))
                log_bug(log, "job_broken", error, job=name)
        else:
            self._metrics.ticks.labels(name, "ok").inc()
            if was := self._recover(name):
                log_event(log, "job_recovered", job=name, was=was)

    def _recover(self, name: str) -> str:
        """Clear a job's problem; return it if no other job has it and it was logged, else an empty text."""
        was = self._ailing.pop(name, "")
        if not was or was in self._ailing.values():
            return ""
        once = self._once.get(was)
        return was if once is None or once.over("jobs") else ""
