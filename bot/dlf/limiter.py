"""The rate limit of a credential: the service allows 10 requests a second per user."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from typing import Protocol

# A timer cannot wake more often than this, so at a faster pace slots missed meanwhile are given at once.
TIMER = 0.02


class Limiter(Protocol):
    """Hands out the slots of a credential."""

    async def wait(self) -> None:
        """Take a slot: return when the request may be sent."""


class RateLimiter:
    """Slots at an even pace within this process, in order of arrival; a cancelled waiter takes no slot.

    Even, not in bursts: delays in the network must not overfill the service's window.
    """

    def __init__(self, per_second: float) -> None:
        self._interval = 1 / per_second
        self._credit = max(0.0, TIMER - self._interval)
        self._next = float("-inf")
        self._lock = asyncio.Lock()

    async def wait(self) -> None:
        async with self._lock:
            clock = asyncio.get_running_loop().time
            if (early := self._next - clock()) > 0:
                await asyncio.sleep(early)
            self._next = max(self._next, clock() - self._credit) + self._interval


class FairQueue:
    """The queue for a credential's slots: people in a line, polls in another, and the lines take turns.

    Many questions leave the polls half the slots, and many polls do not hold up people. Of the polls about
    past days only the first stands in the polls' line, because alerts are about today.
    """

    def __init__(self, limiter: Limiter) -> None:
        people, polls, past = (asyncio.Lock() for _ in range(3))
        self._limiter, self._queues = limiter, ((people,), (polls,), (past, polls))
        # How long the first in the line waited for the newest slot: the more replicas, the longer.
        self.slot_seconds = 0.0

    async def wait(self, priority: int = 0) -> None:
        """Take a slot. `priority`: 0 for a person's question, 1 for a poll, 2 for a poll of a past day."""
        async with self.slot(priority):
            pass

    @asynccontextmanager
    async def slot(
        self, priority: int = 0, in_flight: AbstractAsyncContextManager[object] | None = None
    ) -> AsyncIterator[None]:
        """Take a slot, and with it a place in `in_flight` until the block ends."""
        async with AsyncExitStack() as slot:
            async with AsyncExitStack() as stand:
                for queue in self._queues[priority]:
                    await stand.enter_async_context(queue)
                await slot.enter_async_context(in_flight or nullcontext())
                clock = asyncio.get_running_loop().time
                began = clock()
                await self._limiter.wait()
                self.slot_seconds = clock() - began
            yield
