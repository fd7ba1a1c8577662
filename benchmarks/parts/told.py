"""P4: from a fault in DLF to the message in Slack, beside a bare monitor."""

import asyncio
import random
import statistics
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace

from benchmarks.contest import Contest, Goal, Sample, Work
from benchmarks.environment import LIMIT, Environment, channel_of, open_environment
from benchmarks.plain_dlf import PlainDlf, open_plain_dlf
from benchmarks.servers import program, whole_bot
from benchmarks.slack_load import answered

WORKSPACES, EVERY = 20, 5
# Within this time after the counts are well again, the alerts have ended.
WELL_AGAIN = 3 * EVERY


async def contests(stack: AsyncExitStack) -> Sequence[Contest]:
    dlf = await stack.enter_async_context(open_plain_dlf())
    environment = await stack.enter_async_context(open_environment(WORKSPACES))
    bot = await stack.enter_async_context(
        whole_bot(replace(environment, dlf_url=dlf.url), poll_every=f"{EVERY}s", pinned=False)
    )
    await answered(bot.port)
    other_dlf = await stack.enter_async_context(open_plain_dlf())
    other = await stack.enter_async_context(open_environment(WORKSPACES))
    pairs = [f"{name}={channel_of(name)}" for name in other.workspaces]
    arguments = (other_dlf.url, other.slack_url, EVERY, LIMIT, *pairs)
    await stack.enter_async_context(program("benchmarks.references.monitor", *arguments, pinned=False))
    ours, bare = _told(environment, dlf), _told(other, other_dlf)
    return [Contest("P4 fault → message, median, bare monitor", "s", Goal(1.1), ours, bare)]


def _told(environment: Environment, dlf: PlainDlf) -> Work:
    async def fault(name: str, after: float) -> float:
        await asyncio.sleep(after)
        channel = channel_of(name)
        before, started = len(environment.slack.messages(channel)), time.monotonic()
        dlf.failing[name] = LIMIT + 4
        async with asyncio.timeout(120):
            while len(environment.slack.messages(channel)) == before:
                await asyncio.sleep(0.02)
        return time.monotonic() - started

    async def work() -> Sample:
        faults = (fault(name, random.uniform(0, EVERY)) for name in environment.workspaces)
        waits = await asyncio.gather(*faults)
        dlf.failing.clear()
        await asyncio.sleep(WELL_AGAIN)
        return Sample(statistics.median(waits))

    return work
