"""One pace for all replicas: each request to DLF takes its slot from the store."""

import asyncio
from typing import Protocol

from bot.dlf.limiter import RateLimiter
from bot.errors import StoreError

# Nobody waits longer for the store to hand out a slot; then it is left alone for a while.
STORE_SECONDS, ALONE_SECONDS = 1.0, 5.0
# Without the store replicas do not know of each other: so many keep within the pace, each by its share of it.
SHARES = 8


class Slots(Protocol):
    """Where slots are handed out: `bot.store.rate_limits.Limits`."""

    async def reserve(self, credential: str, per_second: float, n: int = 1) -> float: ...


class SharedRateLimiter:
    """The limiter of one credential, shared through the store; while that is away, a share of it for each."""

    def __init__(self, slots: Slots, credential: str, per_second: float) -> None:
        self._slots, self._credential, self._per_second = slots, credential, per_second
        self._alone, self._alone_until = RateLimiter(per_second / SHARES), float("-inf")
        # Slots whose waiters left, on the loop's clock: lost, they would slow down every replica.
        self._left: list[float] = []

    async def wait(self) -> None:
        """Take one slot: return when the request may be sent."""
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
        """When our slot is, on the loop's clock; None while the store gives none."""
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
