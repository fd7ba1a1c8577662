"""The time limits of a question: the waits for its turns and DLF's answer have a limit each."""

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType

from bot.errors import DlfNotAsked


class Deadline:
    """Surrounds a question: TimeoutError after `seconds`, not counting the wait for a turn.

    The wait depends on the questions of other replicas, not on DLF.
    """

    def __init__(self, seconds: float, turn: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._limit = asyncio.timeout(seconds)
        self._seconds, self._turn = seconds, turn
        self.until = self._loop.time() + seconds

    async def __aenter__(self) -> "Deadline":
        await self._limit.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._limit.__aexit__(kind, error, trace)

    async def in_line(self, turn: Awaitable[None], dlf_is_slow: Callable[[], bool]) -> None:
        """Wait for this turn; all turns together may take `turn` seconds. Raises DlfNotAsked.

        A long wait that a slow DLF causes counts as DLF's time.
        """
        began = self._loop.time()
        self._limit.reschedule(None)
        try:
            async with asyncio.timeout(None) as slot_limit:

                def judge() -> None:
                    if dlf_is_slow():
                        self._limit.reschedule(self.until)
                    else:
                        slot_limit.reschedule(began + self._turn)

                judging = self._loop.call_later(min(self._turn, self._seconds), judge)
                await turn
        except TimeoutError:
            raise _not_asked() from None
        finally:
            judging.cancel()
            self._turn -= (waited := self._loop.time() - began)
            if self._limit.when() is None:
                self.until += waited
                self._limit.reschedule(self.until)


def _not_asked() -> DlfNotAsked:
    return DlfNotAsked(
        "The request waited too long for its turn: more is asked than the rate limit allows.",
        meaning="Counts are unknown for now.",
        remedy="Try again. If it stays, ask for fewer workspaces or raise `poll_every`.",
    )
