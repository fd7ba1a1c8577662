"""Due times: wake the poller when reads of its own come due, rather than at its next tick."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from math import floor

# How late a read may be, as a share of its interval; so many due times are gathered.
LATE = 0.01


class DueTimes:
    """Calls `ring` soon after each due time, at most once in `every` seconds times LATE.

    Nothing is called where ticks, `tick` seconds apart, are as good.
    """

    def __init__(
        self, ring: Callable[[], None], clock: Callable[[], datetime], *, every: float, tick: float
    ) -> None:
        self._ring, self._clock = ring, clock
        self._step = every * LATE if every * LATE < tick else None
        self._timers: dict[int, asyncio.TimerHandle] = {}

    def add(self, due_at: datetime) -> None:
        """Ring after this time."""
        if self._step is None:
            return
        step = floor(due_at.timestamp() / self._step) + 1
        if step not in self._timers:
            seconds = step * self._step - self._clock().timestamp()
            self._timers[step] = asyncio.get_running_loop().call_later(max(0.0, seconds), self._reach, step)

    def clear(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _reach(self, step: int) -> None:
        del self._timers[step]
        self._ring()
