"""How often one credential may ask: the service allows 10 requests a second per user."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from typing import Protocol

from bot.dlf.settings import AccessKey, Auth, IamUser, ReadyToken

# A timer cannot wake more often than this, so faster paces may send what a late one missed at once.
_TIMER = 0.02


class Limiter(Protocol):
    """Hands out the slots of one credential."""

    async def wait(self) -> None:
        """Take one slot: return when the request may be sent."""


class RateLimiter:
    """Slots at an even pace within this process, first come first served; a waiter who leaves costs none.

    Even, not in bursts: whatever the network does to the order, the service's window is never overfilled.
    """

    def __init__(self, per_second: float) -> None:
        self._interval = 1 / per_second
        self._credit = max(0.0, _TIMER - self._interval)
        self._next = float("-inf")
        self._lock = asyncio.Lock()

    async def wait(self) -> None:
        async with self._lock:
            clock = asyncio.get_running_loop().time
            if (early := self._next - clock()) > 0:
                await asyncio.sleep(early)
            self._next = max(self._next, clock() - self._credit) + self._interval


class FairQueue:
    """Who waits for one credential's slots: people in one line, polls in the other, and the lines take turns.

    A flood of questions leaves the polls their half, a thousand polls keep nobody waiting. Of the polls about
    past days only the first stands in the polls' line: today's are what alerts are about.
    """

    def __init__(self, limiter: Limiter) -> None:
        people, polls, past = (asyncio.Lock() for _ in range(3))
        self._limiter, self._queues = limiter, ((people,), (polls,), (past, polls))
        # How long the newest slot let the first in line wait: with more replicas each slot takes longer.
        self.slot_seconds = 0.0

    async def wait(self, priority: int = 0) -> None:
        """Take one slot. `priority`: 0 for what a person waits for, 1 for a poll, 2 for one of a past day."""
        async with self.slot(priority):
            pass

    @asynccontextmanager
    async def slot(
        self, priority: int = 0, in_flight: AbstractAsyncContextManager[object] | None = None
    ) -> AsyncIterator[None]:
        """Take one slot, and with it a place in `room` until the block ends."""
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


def credential_of(auth: Auth) -> str:
    """A name for whom DLF counts requests, for sharing one Limiter; nothing can be read from it."""
    match auth:
        case AccessKey():
            identity = f"key {auth.access_key}"
        case IamUser():
            identity = f"user {auth.domain}/{auth.username}"
        case ReadyToken():
            identity = f"token {auth.token.reveal()}"
    return hashlib.sha256(identity.encode()).hexdigest()[:16]
