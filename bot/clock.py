"""A clock shared by all replicas: local time, corrected by the database's."""

import sys
import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from math import inf

# In seconds.
LONGEST_ROUND_TRIP = 2.0
# The deadline for sending the current message, on `elapsed`: set by the sender, checked before the write.
departure: ContextVar[float] = ContextVar("departure", default=inf)
# Whether this process may send at all now; checked at the same moment.
permit: ContextVar[Callable[[], bool]] = ContextVar("permit", default=lambda: True)


def elapsed() -> float:
    """Seconds on a monotonic clock, which on Linux goes on while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if sys.platform == "linux" else time.monotonic()


def in_time() -> None:
    """Raise TimeoutError after `departure`: after a freeze or sleep, code may go on before a timer fires.

    So without a `permit`: others may take this process for dead.
    """
    if elapsed() > departure.get() or not permit.get()():
        raise TimeoutError


class SharedClock:
    """Tells the database's time without asking the database each time."""

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
        """Correct the clock if its last correction is old; a failed correction is repeated at every turn."""
        if not self._exact or self._elapsed() - self._at >= self._every:
            await self.correct()

    async def correct(self) -> None:
        """Ask the database once, and add half the round trip to its answer.

        In a long round trip (of a frozen process) the halves may differ: its answer counts only until a
        better answer comes, and the next turn asks again.
        """
        started = self._elapsed()
        told = await self._ask()
        ended = self._elapsed()
        exact = ended - started <= LONGEST_ROUND_TRIP
        if exact or not self._exact:
            self._anchor, self._at = told + timedelta(seconds=(ended - started) / 2), ended
            self._exact = exact
