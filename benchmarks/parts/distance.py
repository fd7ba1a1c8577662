"""R3: polls a second of a process on PostgreSQL, by the round trip to it."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace

from benchmarks.contest import Contest, Goal, Sample, Work
from benchmarks.databases import on_postgres, postgres_server
from benchmarks.environment import open_environment
from benchmarks.plain_dlf import open_plain_dlf
from benchmarks.servers import whole_bot
from benchmarks.slow_link import slow_link

WORKSPACES, WINDOW = 500, 5
# Polls a second before polls were saved in groups, by the round trip in ms.
BEFORE = {0: 131, 10: 50, 50: 12.6}
TIMES = 2.5


async def contests(stack: AsyncExitStack) -> Sequence[Contest]:
    server = await stack.enter_async_context(postgres_server())
    return [
        Contest(
            f"R3 polls, PostgreSQL {away} ms away",
            "/s",
            Goal(before * TIMES, absolute=True, least=True),
            _polls(server, away / 1000),
        )
        for away, before in BEFORE.items()
    ]


def _polls(server: str, round_trip: float) -> Work:
    """Each round has a bot of its own on a new database."""

    async def work() -> Sample:
        async with AsyncExitStack() as stack:
            enter = stack.enter_async_context
            dlf, environment = await enter(open_plain_dlf()), await enter(open_environment(WORKSPACES))
            store, _ = await enter(on_postgres(server))
            store = await enter(slow_link(store, round_trip))
            bot = await enter(
                whole_bot(
                    replace(environment, dlf_url=dlf.url),
                    store=store,
                    poll_every="1s",
                    per_second=1000,
                    pinned=False,
                )
            )
            while len(dlf.workspaces) < WORKSPACES:
                await asyncio.sleep(0.5)
            asked, cpu, wall = dlf.asked, bot.cpu(), time.monotonic()
            await asyncio.sleep(WINDOW)
            asked, cpu, wall = dlf.asked - asked, bot.cpu() - cpu, time.monotonic() - wall
            return Sample(asked / wall, cpu / max(asked, 1) * 1000)

    return work
