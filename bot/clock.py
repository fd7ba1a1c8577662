"""One clock for all replicas: local time, corrected by the database's."""

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

# The local clock may step; between two corrections time is carried on by the monotonic one.
Now = Callable[[], datetime]


class SharedClock:
    """Tells the database's time without asking it each time."""

    def __init__(self, ask: Callable[[], Awaitable[datetime]]) -> None:
        self._ask = ask
        self._anchor, self._at = datetime.now(UTC), time.monotonic()

    def __call__(self) -> datetime:
        return self._anchor + timedelta(seconds=time.monotonic() - self._at)

    async def correct(self) -> None:
        """Ask the database once; half the round trip is taken off."""
        started = time.monotonic()
        told = await self._ask()
        ended = time.monotonic()
        self._anchor, self._at = told + timedelta(seconds=(ended - started) / 2), ended
