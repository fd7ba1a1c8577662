"""A rate limit for all replicas: requests to DLF take slots from the store, several at once if it is slow."""

import asyncio
from bisect import insort
from typing import Protocol

from bot.dlf.limiter import TIMER, RateLimiter
from bot.errors import StoreError

# The longest wait for a slot from the store, and how long the store is then not asked.
STORE_SECONDS, ALONE_SECONDS = 1.0, 5.0
# Without the store replicas do not know of each other: each takes this share of the pace.
SHARES = 8
# The most slots taken at once: so many seconds of the pace may be lost when the requests end.
AHEAD_SECONDS = 0.25


class Slots(Protocol):
    """Where slots are handed out: `bot.store.rate_limits.Limits`."""

    async def reserve(self, credential: str, per_second: float, n: int = 1) -> float: ...


class SharedRateLimiter:
    """The limiter of a credential, shared through the store; while the store is away, each takes a share."""

    def __init__(self, slots: Slots, credential: str, per_second: float) -> None:
        self._slots, self._credential, self._per_second = slots, credential, per_second
        self._alone, self._alone_until = RateLimiter(per_second / SHARES), float("-inf")
        # Slots taken and not used, on the loop's clock, the next first: a lost slot slows every replica.
        self._left: list[float] = []
        self._at_once, self._most = 1, max(1, int(per_second * AHEAD_SECONDS))

    async def wait(self) -> None:
        """Take a slot: return when the request may be sent."""
        clock = asyncio.get_running_loop().time
        self._forget_before(clock() - TIMER)
        at = self._left.pop(0) if self._left else await self._reserve()
        if at is None:
            await self._alone.wait()
            return
        try:
            await asyncio.sleep(at - clock())
        except asyncio.CancelledError:
            insort(self._left, at)
            raise

    def _forget_before(self, earliest: float) -> None:
        """Let slots go whose time is past: used later, they would be a burst."""
        left = [at for at in self._left if at > earliest]
        self._at_once = max(1, self._at_once - (len(self._left) - len(left)))
        self._left = left

    async def _reserve(self) -> float | None:
        """The time of our slot, on the loop's clock; None while the store gives none."""
        clock = asyncio.get_running_loop().time
        if clock() < self._alone_until:
            return None
        number = self._at_once
        try:
            async with asyncio.timeout(STORE_SECONDS):
                seconds = await self._slots.reserve(self._credential, self._per_second, number)
        except (StoreError, TimeoutError):
            self._alone_until = clock() + ALONE_SECONDS
            return None
        self._learn(seconds)
        first = clock() + seconds
        for later in range(1, number):
            insort(self._left, first + later / self._per_second)
        return first

    def _learn(self, seconds: float) -> None:
        """More at once while the way to the store, not the pace, is what requests wait for."""
        if not seconds:
            self._at_once = min(self._most, 2 * self._at_once)
        elif seconds > 1 / self._per_second:
            self._at_once = max(1, self._at_once // 2)
