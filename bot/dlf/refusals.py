"""Keeping credentials from being locked: refused ones rest, unproved ones are tried one at a time."""

import asyncio
import copy
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar

from bot.dlf.faults import unauthenticated
from bot.errors import DlfError

T = TypeVar("T")

# Five failures in a row lock an access key for five minutes, for everybody who uses it.
MOST_FAILURES = 4
# Credentials that have worked are more likely to meet a hiccup than to be wrong.
SHORT_REST, REST, LONG_REST = timedelta(seconds=30), timedelta(minutes=5), timedelta(hours=1)


class Guard:
    """Stands before every use of one credential and remembers its last refusal."""

    def __init__(
        self, wall: Callable[[], datetime], harmful: Callable[[DlfError], bool] = unauthenticated
    ) -> None:
        self._wall, self._harmful = wall, harmful
        self._proved = False
        self._failures = 0
        self._refusal: DlfError | None = None
        self._refused_at = self._rests_until = wall()
        self._trial = asyncio.Lock()

    def check(self) -> None:
        """Raise the refusal that is still fresh, without asking anybody."""
        if self._refusal is not None and self._resting:
            raise copy.copy(self._refusal)

    async def use(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask, unless the credential rests. Until it has proved good, one asks and the others wait."""
        self.check()
        if not self._proved:
            async with self._trial:
                self.check()
                if not self._proved:
                    return await self._watched(ask)
        return await self._watched(ask)

    @property
    def _resting(self) -> bool:
        """Not after the clock was set back: a rest must not grow by that."""
        return self._refused_at <= self._wall() < self._rests_until

    async def _watched(self, ask: Callable[[], Awaitable[T]]) -> T:
        try:
            answer = await ask()
        except DlfError as error:
            if self._harmful(error):
                self._rest(error)
            elif (error.code or "").startswith("DLF."):  # who hears from DLF itself was let in
                self._prove()
            raise
        self._prove()
        return answer

    def _prove(self) -> None:
        self._proved, self._failures, self._refusal = True, 0, None

    def _rest(self, refusal: DlfError) -> None:
        if self._resting:
            return  # asked before the first refusal came
        self._failures += 1
        careful = REST if self._failures < MOST_FAILURES else LONG_REST
        rest = SHORT_REST if self._proved or not unauthenticated(refusal) else careful
        now = self._wall()
        self._proved, self._refusal = False, refusal
        self._refused_at, self._rests_until = now, now + rest
