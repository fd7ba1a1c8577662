"""A rate limit for all replicas: each request to DLF takes its slot from the store."""

import asyncio
from typing import Protocol

from bot.dlf.limiter import RateLimiter
from bot.errors import StoreError

# The longest wait for a slot from the store, and how long the store is then not asked.
STORE_SECONDS, ALONE_SECONDS = 1.0, 5.0
# Without the store replicas do not know of each other: each takes this share of the pace.
SHARES = 8


class Slots(Protocol):
    """Where slots are handed out: `bot.store.rate_limits.Limits`."""

    async def reserve(self, credential: str, per_second: float, n: int = 1) -> float: ...


class SharedRateLimiter:
    """The limiter of a credential, shared through the store; while the store is away, each takes a share."""

    def __init__(self, slots: Slots, credential: str, per_second: float) -> None:
        self._slots, self._credential, self._per_second = slots, credential, per_second
        self._alone, self._alone_until = RateLimiter(per_second / SHARES), float("-inf")
        # Slots of cancelled waiters, on the loop's clock, for reuse: a lost slot slows every replica.
        self._left: list[float] = []

    async def wait(self) -> None:
        """Take a slot: return when the request may be sent."""
        clock = asyncio.get_running_loop().time
        self._left = [at for at in self._left if at > clock()]
        at = self._left.pop(0) if self._left else await self._reserve()
        if at is None:
            await self._alone.wait()
            return
        try:
            await asyncio.sleep(at - clock())
        except asyncio.CancelledError:
            self._left.append(at)
            raise

    async def _reserve(self) -> float | None:
        """The time of our slot, on the loop's clock; None while the store gives none."""
        clock = asyncio.get_running_loop().time
        if clock() < self._alone_until:
            return None
        try:
            async with asyncio.timeout(STORE_SECONDS):
                seconds = await self._slots.reserve(self._credential, self._per_second)
        except (StoreError, TimeoutError):
            self._alone_until = clock() + ALONE_SECONDS
            return None
        return clock() + seconds
