"""bot/tasks.py: calls that are shared, and what becomes of them."""

import asyncio

import pytest

from bot.errors import BotError
from bot.tasks import SingleFlight


class Call:
    """A call that waits until a test lets it go."""

    def __init__(self) -> None:
        self.begun, self.cancelled = 0, 0
        self.go, self.error = asyncio.Event(), False

    async def __call__(self) -> int:
        self.begun += 1
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.error:
            raise BotError("no")
        return self.begun


async def test_callers_of_a_key_share_a_call_and_the_next_caller_makes_a_new_call() -> None:
    flights, call = SingleFlight[int](), Call()
    callers = [asyncio.create_task(flights.do("a", call)) for _ in range(3)]
    other = asyncio.create_task(flights.do("b", call))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    call.go.set()
    assert await asyncio.gather(*callers, other) == [2, 2, 2, 2]
    assert await flights.do("a", call) == 3


async def test_a_caller_that_gives_up_does_not_end_the_shared_call_for_others() -> None:
    flights, call = SingleFlight[int](), Call()
    gone, stays = (asyncio.create_task(flights.do("a", call)) for _ in range(2))
    await asyncio.sleep(0.01)
    gone.cancel()
    await asyncio.sleep(0.01)
    call.go.set()
    assert await stays == 1
    assert gone.cancelled() and not call.cancelled


async def test_a_call_ends_with_its_last_caller() -> None:
    """It would go on with a session that its owner has closed, and its error would be lost."""
    flights, call = SingleFlight[int](), Call()
    callers = [asyncio.create_task(flights.do("a", call)) for _ in range(2)]
    await asyncio.sleep(0.01)
    for caller in callers:
        caller.cancel()
    await asyncio.gather(*callers, return_exceptions=True)
    assert call.cancelled == 1
    assert len(asyncio.all_tasks()) == 1, "only this test"
    call.go.set()
    assert await flights.do("a", call) == 2, "the next caller makes a new one"


async def test_all_callers_get_the_error() -> None:
    flights, call = SingleFlight[int](), Call()
    call.error = True
    callers = [asyncio.create_task(flights.do("a", call)) for _ in range(3)]
    await asyncio.sleep(0.01)
    call.go.set()
    found = await asyncio.gather(*callers, return_exceptions=True)
    assert [type(one) for one in found] == [BotError] * 3
    with pytest.raises(BotError):
        await flights.do("a", call)
