"""One clock for all replicas: local time, corrected by the database's."""

import sys
import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from math import inf

# In seconds.
LONGEST_ROUND_TRIP = 2.0
# When what is being said must have left, on `elapsed`: kept by who says it and by who writes it to the wire.
departure: ContextVar[float] = ContextVar("departure", default=inf)


def elapsed() -> float:
    """Seconds on a clock nobody sets; on Linux one that goes on while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if sys.platform == "linux" else time.monotonic()


def in_time() -> None:
    """Raise TimeoutError after `departure`: who was frozen, or slept, goes on before a timer knows of it."""
    if elapsed() > departure.get():
        raise TimeoutError


class SharedClock:
    """Tells the database's time without asking it each time."""

    def __init__(
        self,
        ask: Callable[[], Awaitable[datetime]],
        *,
        every: float = 30.0,
        elapsed: Callable[[], float] = elapsed,
    ) -> None:
        self._ask, self._every, self._elapsed = ask, every, elapsed
        self._anchor, self._at = datetime.now(UTC), elapsed()
        self._exact = False

    def __call__(self) -> datetime:
        return self._anchor + timedelta(seconds=self._elapsed() - self._at)

    async def tick(self) -> None:
        """Correct the clock where its last correction is old; what failed is tried again at every turn."""
        if not self._exact or self._elapsed() - self._at >= self._every:
            await self.correct()

    async def correct(self) -> None:
        """Ask the database once; half the round trip is taken off.

        Of a long one (a process that was frozen) nobody knows the halves: it counts only while nothing better
        is known, and the next turn asks again.
        """
        started = self._elapsed()
        told = await self._ask()
        ended = self._elapsed()
        exact = ended - started <= LONGEST_ROUND_TRIP
        if exact or not self._exact:
            self._anchor, self._at = told + timedelta(seconds=(ended - started) / 2), ended
            self._exact = exact
