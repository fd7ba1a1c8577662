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

    async def wait(self) -> None:
        """Take one slot: return when the request may be sent."""
        try:
            seconds = await self._slots.reserve(self._credential, self._per_second)
        except StoreError:
            # Without the store nobody polls; what a person asks goes one at a time.
            async with self._turn:
                await asyncio.sleep(1 / self._per_second)
            return
        await asyncio.sleep(seconds)
