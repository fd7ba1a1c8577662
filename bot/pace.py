"""One pace for all replicas: each request to DLF takes its slot from the store."""

import asyncio
from typing import Protocol

from bot.errors import StoreError


class Slots(Protocol):
    """Where slots are handed out: `bot.store.limits.Limits`."""

    async def reserve(self, credential: str, per_second: float, n: int = 1) -> float: ...


class SharedPace:
    """The limiter of one credential, shared through the store; slower, not faster, while it is away."""

    def __init__(self, slots: Slots, credential: str, per_second: float) -> None:
        self._slots, self._credential, self._per_second = slots, credential, per_second
        self._turn = asyncio.Lock()
        # Slots whose waiters left, on the loop's clock: lost, they would slow down every replica.
        self._left: list[float] = []

    async def wait(self) -> None:
        """Take one slot: return when the request may be sent."""
        clock = asyncio.get_running_loop().time
        self._left = [at for at in self._left if at > clock()]
        try:
            at = self._left.pop(0) if self._left else clock() + await self._reserve()
        except StoreError:
            # Without the store nobody polls; what a person asks goes one at a time.
            async with self._turn:
                await asyncio.sleep(1 / self._per_second)
            return
        try:
            await asyncio.sleep(at - clock())
        except asyncio.CancelledError:
            self._left.append(at)
            raise

    async def _reserve(self) -> float:
        return await self._slots.reserve(self._credential, self._per_second)
