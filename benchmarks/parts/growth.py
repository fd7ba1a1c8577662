"""W2: what memory grows by over many commands, and over many rounds of polls."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack

from benchmarks.contest import Contest, Goal, Sample, Work
from benchmarks.environment import open_environment
from benchmarks.servers import Server, bare_bolt, whole_bot
from benchmarks.slack_load import answered, in_a_closed_loop

# A hundredth and a fiftieth of the goal's numbers in a round, so the goal is as much smaller.
COMMANDS, POLL_SECONDS, FIRST = 2_000, 20, 3_000
OF_COMMANDS, OF_POLLS = 100_000 / COMMANDS, 1_000 / POLL_SECONDS


async def contests(stack: AsyncExitStack) -> Sequence[Contest]:
    environment = await stack.enter_async_context(open_environment(20))
    asked = await stack.enter_async_context(whole_bot(environment, pinned=False))
    polling = await stack.enter_async_context(whole_bot(environment, pinned=False, poll_every="1s"))
    bare = await stack.enter_async_context(bare_bolt("ack", pinned=False))
    for server in (asked, polling, bare):
        await answered(server.port)
    for server in (asked, bare):
        await in_a_closed_loop(server.port, "", FIRST)

    def commands(server: Server) -> Work:
        return _grown(server, OF_COMMANDS, lambda: in_a_closed_loop(server.port, "", COMMANDS))

    most = Goal(1, absolute=True)
    rounds = _grown(polling, OF_POLLS, lambda: asyncio.sleep(POLL_SECONDS))
    return [
        Contest("W2 growth over 100,000 commands", "MiB", most, commands(asked), commands(bare)),
        Contest("W2 growth over 1,000 rounds of polls", "MiB", most, rounds),
    ]


def _grown(server: Server, times: float, do: Callable[[], Awaitable[object]]) -> Work:
    """The growth while something is done, brought to as many times that."""

    async def work() -> Sample:
        before = server.memory()
        await do()
        return Sample((server.memory() - before) * times)

    return work
