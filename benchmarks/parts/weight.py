"""W1, W3: memory at rest by the number of workspaces, and the time from spawn to the first answer."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack

from benchmarks.contest import Contest, Goal, Sample, Work
from benchmarks.environment import open_environment
from benchmarks.servers import Server, bare_bolt, whole_bot
from benchmarks.slack_load import answered

Start = Callable[[], AbstractAsyncContextManager[Server]]
# By then the small ones have read all.
REST_SECONDS = {1: 3, 100: 8, 10_000: 20}
MOST_MIB = {1: 75, 100: 80, 10_000: 130}


async def memory(stack: AsyncExitStack) -> Sequence[Contest]:
    """W1"""
    return [
        Contest(
            f"W1 memory at rest, {number:,} workspace{'s' * (number > 1)}",
            "MiB",
            Goal(MOST_MIB[number], absolute=True),
            await _at_rest(stack, number),
            _resting(bare, 1),
        )
        for number in REST_SECONDS
    ]


def bare() -> AbstractAsyncContextManager[Server]:
    return bare_bolt("ack", pinned=False)


async def start(stack: AsyncExitStack) -> Sequence[Contest]:
    """W3"""
    environment = await stack.enter_async_context(open_environment(3))
    ours: Start = lambda: whole_bot(environment, pinned=False)  # noqa: E731
    return [
        Contest("W3 spawn → first signed command answered", "ms", Goal(1.8), _started(ours), _started(bare))
    ]


async def _at_rest(stack: AsyncExitStack, workspaces: int) -> Work:
    environment = await stack.enter_async_context(open_environment(workspaces))
    return _resting(lambda: whole_bot(environment, pinned=False), REST_SECONDS[workspaces])


def _resting(start: Start, seconds: float) -> Work:
    async def work() -> Sample:
        async with start() as server:
            await answered(server.port, seconds=600)  # ten thousand take long on a busy machine
            await asyncio.sleep(seconds)
            return Sample(server.memory())

    return work


def _started(start: Start) -> Work:
    async def work() -> Sample:
        before = time.monotonic()
        async with start() as server:
            await answered(server.port)
            return Sample((time.monotonic() - before) * 1000, server.cpu() * 1000)

    return work
