"""S3b: how long the acks take while the same process polls ten thousand workspaces, and while it rests."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace

from benchmarks.contest import Contest, Goal, Sample, Work
from benchmarks.environment import open_environment
from benchmarks.plain_dlf import open_plain_dlf
from benchmarks.servers import Server, whole_bot
from benchmarks.slack_load import answered, at_a_pace

POLLED, PER_SECOND, COMMANDS = 10_000, 100, 1_000


async def contests(stack: AsyncExitStack) -> Sequence[Contest]:
    """More polls are due than a processor can do, so the first bot polls all the time."""
    busy = await _bot(stack, POLLED, poll_every="10s")
    resting = await _bot(stack, 20, poll_every="10m")
    figure = f"S3b acks at {PER_SECOND}/s during polls of {POLLED:,} workspaces, 99.9 %"
    return [Contest(figure, "ms", Goal(3), _wait(busy), _wait(resting))]


async def _bot(stack: AsyncExitStack, workspaces: int, *, poll_every: str) -> Server:
    dlf = await stack.enter_async_context(open_plain_dlf())
    environment = await stack.enter_async_context(open_environment(workspaces))
    environment = replace(environment, dlf_url=dlf.url)
    bot = whole_bot(environment, poll_every=poll_every, per_second=1000)
    server = await stack.enter_async_context(bot)
    await answered(server.port, seconds=600)
    return server


def _wait(server: Server) -> Work:
    """The milliseconds within which all but a thousandth of the acks came."""

    async def work() -> Sample:
        before = server.cpu()
        waits = await at_a_pace(server.port, "", PER_SECOND, COMMANDS)
        return Sample(waits[-COMMANDS // 1000 - 1], (server.cpu() - before) / COMMANDS * 1000)

    return work
