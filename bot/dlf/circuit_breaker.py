"""Keep credentials from being locked: rest after a refusal, and limit the requests in flight."""

import asyncio
import copy
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from bot.dlf.error_table import CREDENTIALS
from bot.dlf.errors import unauthenticated
from bot.errors import DlfError, DlfRefused

T = TypeVar("T")

# Five failures in a row lock an access key for five minutes, for all its users.
MOST_FAILURES = 4
# Requests in flight at the first refusal cannot be recalled and may be refused as well; three leave a try
# for after the rest. A slow DLF costs pace (at 1 s per answer, 3 requests a second); a pace of 8 a second is
# kept while DLF answers within 0.37 s. That other users of the key can go on is worth more.
AT_ONCE = 3
_ANY_NUMBER = 1_000_000
# Credentials that have worked are more likely to meet a hiccup than to be wrong.
SHORT_REST, REST, LONG_REST = timedelta(seconds=30), timedelta(minutes=5), timedelta(hours=1)


class Probes(Protocol):
    """Where the processes with the same credential agree which of them tries it while it is unproved."""

    async def begin(self) -> bool:
        """Wait for a turn; False if another process was refused and rests."""

    async def end(self, rest: timedelta) -> None:
        """Give the turn back, to be taken after `rest`."""


class CircuitBreaker:
    """Guards every use of a credential and remembers its last refusal.

    With `at_once`, for credentials that failures lock: at most that many requests run at a time, and every
    failure counts. Without it, failures of requests that ran together count once. `behind` names another
    breaker of the same credential: after a refusal there, nothing passes here until a success there.
    """

    def __init__(
        self,
        wall: Callable[[], datetime],
        harmful: Callable[[DlfError], bool] = unauthenticated,
        *,
        at_once: int | None = None,
        behind: "CircuitBreaker | None" = None,
        probes: Probes | None = None,
    ) -> None:
        self._wall, self._harmful, self._each_counts = wall, harmful, at_once is not None
        self.in_flight = asyncio.Semaphore(at_once or _ANY_NUMBER)
        self._proved = False
        self._failures = 0
        self._refusal: DlfError | None = None
        self._refused_at = self._rests_until = wall()
        self._probing, self._probes, self._behind = asyncio.Lock(), probes, behind

    def check(self) -> None:
        """Raise the refusal if the credential still rests, without a request."""
        if self._behind is not None and self._behind._refusal is not None:
            raise copy.copy(self._behind._refusal)
        if self._refusal is not None and self._resting:
            raise copy.copy(self._refusal)

    async def use(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask, unless the credential rests. Until it has worked, a single caller asks and the others wait.

        The caller already holds `in_flight`.
        """
        self.check()
        if not self._proved:
            async with self._probing:
                self.check()
                if not self._proved:
                    return await self._probe(ask)
        return await self._watched(ask)

    async def _probe(self, ask: Callable[[], Awaitable[T]]) -> T:
        if self._probes is None:
            return await self._watched(ask)
        if not await self._probes.begin():
            self._stop(_refused_elsewhere(), SHORT_REST)
            self.check()
        try:
            return await self._watched(ask)
        finally:
            await self._probes.end(self._rests_until - self._wall() if self._resting else timedelta(0))

    @property
    def _resting(self) -> bool:
        """False once the clock was set back: a rest must not grow by that."""
        return self._refused_at <= self._wall() < self._rests_until

    async def _watched(self, ask: Callable[[], Awaitable[T]]) -> T:
        refused_before = self._refusal
        try:
            answer = await ask()
        except DlfError as error:
            if self._harmful(error):
                self._rest(error)
            elif (error.code or "").startswith("DLF."):  # DLF itself answered: the gateway let us in
                self._prove(refused_before)
            raise
        self._prove(refused_before)
        return answer

    def _prove(self, refused_before: DlfError | None) -> None:
        # A request accepted before another was refused proves nothing about the time after the refusal.
        if self._refusal is refused_before:
            self._proved, self._failures, self._refusal = True, 0, None

    def _rest(self, refusal: DlfError) -> None:
        late = self._resting  # asked before the first refusal came
        if late and not self._each_counts:
            return
        self._failures += 1
        if late and self._failures < MOST_FAILURES:
            return
        self._stop(refusal, self._rest_after(refusal))

    def _stop(self, refusal: DlfError, rest: timedelta) -> None:
        self._proved, self._refusal, self._refused_at = False, refusal, self._wall()
        self._rests_until = self._refused_at + rest

    def _rest_after(self, refusal: DlfError) -> timedelta:
        if self._proved or not unauthenticated(refusal):
            return SHORT_REST
        return REST if self._failures < MOST_FAILURES else LONG_REST


def _refused_elsewhere() -> DlfRefused:
    return DlfRefused(
        "DLF rejected this access key a short time ago, when another process of the bot used it.",
        meaning=CREDENTIALS.meaning,
        remedy=CREDENTIALS.do,
    )
