"""Trials of unproved credentials across replicas and restarts: a single process at a time."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Protocol

from bot.errors import StoreError

# A trial takes less; if its process is killed, it holds up the others this long.
PROBE_SECONDS = 5.0
# In seconds; see `bot.dlf.circuit_breaker`.
LONGEST_REST = 3600.0
_LOOKS = 20


class ProbeLeases(Protocol):
    """Where trials are agreed upon: `bot.store.leases.Leases`."""

    async def acquire(self, name: str, owner: str, seconds: float, *, longest: float) -> bool: ...
    async def release(self, name: str, owner: str) -> None: ...


class SharedProbes:
    """The trials of a credential. Without the store each process tries on its own."""

    def __init__(
        self, leases: ProbeLeases, credential: str, owner: str, seconds: float = PROBE_SECONDS
    ) -> None:
        self._leases, self._name, self._owner = leases, f"trial {credential}", owner
        self._seconds = seconds

    async def begin(self) -> bool:
        """Wait for our turn; False if it does not come, because another process was refused and rests."""
        with suppress(StoreError):
            for _ in range(_LOOKS):
                if await self._take(self._seconds):
                    return True
                await asyncio.sleep(self._seconds / _LOOKS)
            return await self._take(self._seconds)
        return True

    async def end(self, rest: timedelta) -> None:
        """Let others try: at once, or after the rest that a refusal asks for."""
        with suppress(StoreError):
            if rest:
                await self._take(rest.total_seconds())
            else:
                await self._leases.release(self._name, self._owner)

    async def _take(self, seconds: float) -> bool:
        return await self._leases.acquire(self._name, self._owner, seconds, longest=LONGEST_REST)
