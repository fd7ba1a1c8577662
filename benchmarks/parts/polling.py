"""P1: CPU of a poll with unchanged counts, beside a bare loop and beside fewer workspaces."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace

from benchmarks.contest import Contest, Goal, Sample, Work
from benchmarks.environment import LIMIT, open_environment
from benchmarks.plain_dlf import PlainDlf, open_plain_dlf
from benchmarks.servers import Server, program, whole_bot

FEW, MANY = 1_000, 10_000
# A whole interval of polls: part of it may be the rest between two bursts.
WINDOW = 10
METRICS = ("fail_count", "running_exception_count", "waiting_confirm_count", "force_success_count")
RULES = ", ".join(f"{{name: r{n}, metric: {metric}, limit: {LIMIT}}}" for n, metric in enumerate(METRICS))
RULES = f"[{RULES}, {{name: many, metric: fail_count, limit: 500}}]"
# Until all workspaces were read once, or so many seconds: the window then sees first readings, too.
PATIENCE = 100


async def contests(stack: AsyncExitStack) -> Sequence[Contest]:
    few, many = [await _bot(stack, number) for number in (FEW, MANY)]
    dlf = await stack.enter_async_context(open_plain_dlf())
    loop = await stack.enter_async_context(
        program("benchmarks.references.poll_loop", dlf.url, FEW, pinned=False)
    )
    bare = _polls(loop, dlf)
    return [
        Contest(f"P1 polls, {FEW:,} workspaces, bare loop", "/s", Goal(6), few, bare, by_cpu=True),
        Contest(f"P1 polls, {MANY:,} workspaces, {FEW:,}", "/s", Goal(1.1), many, few, by_cpu=True),
    ]


async def _bot(stack: AsyncExitStack, workspaces: int) -> Work:
    dlf = await stack.enter_async_context(open_plain_dlf())
    environment = await stack.enter_async_context(open_environment(workspaces))
    bot = await stack.enter_async_context(
        whole_bot(
            replace(environment, dlf_url=dlf.url),
            poll_every="10s",
            per_second=1000,
            pinned=False,
            rules=RULES,
        )
    )
    until = time.monotonic() + PATIENCE
    while len(dlf.workspaces) < workspaces and time.monotonic() < until:
        await asyncio.sleep(1)
    return _polls(bot, dlf)


def _polls(server: Server, dlf: PlainDlf) -> Work:
    async def work() -> Sample:
        asked, cpu, wall = dlf.asked, server.cpu(), time.monotonic()
        await asyncio.sleep(WINDOW)
        asked, cpu, wall = dlf.asked - asked, server.cpu() - cpu, time.monotonic() - wall
        return Sample(asked / wall, cpu / max(asked, 1) * 1000)

    return work
