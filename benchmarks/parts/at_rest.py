"""R1: CPU of the whole bot at rest beside settled alerts, after its first minute, and without them."""

import asyncio
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks.contest import Contest, Goal, Sample, Work
from benchmarks.environment import PROJECT, open_environment
from benchmarks.plain_dlf import open_plain_dlf
from benchmarks.servers import Server, whole_bot
from benchmarks.settled import DATES, settle
from bot.domain.model import Workspace
from bot.store.database import connect
from bot.store.store import Store, open_store

SETTLED, WINDOW = 2_000, 15
# After the start all alerts are looked at once, and all workspaces are read.
FIRST_MINUTE = 70


async def contests(stack: AsyncExitStack) -> Sequence[Contest]:
    ours, bare = await _bot(stack, SETTLED), await _bot(stack, 0)
    await asyncio.sleep(FIRST_MINUTE)
    figure = f"R1 CPU at rest beside {SETTLED:,} settled alerts, without them"
    return [Contest(figure, "% of a core", Goal(1.2), _used(ours), _used(bare))]


async def _bot(stack: AsyncExitStack, settled: int) -> Server:
    enter = stack.enter_async_context
    dlf, environment = await enter(open_plain_dlf()), await enter(open_environment(SETTLED // DATES))
    url = f"sqlite:///{Path(stack.enter_context(tempfile.TemporaryDirectory()))}/bot.db"
    await (await open_store(url)).close()
    if settled:
        database = connect(url)
        zone = ZoneInfo("UTC")
        spaces = [Workspace(PROJECT, name, name, zone) for name in environment.workspaces]
        await settle(Store(database), database, spaces, datetime.now(UTC))
        await database.close()
    here = replace(environment, dlf_url=dlf.url)
    return await enter(whole_bot(here, store=url, poll_every="1h", per_second=1000, pinned=False))


def _used(bot: Server) -> Work:
    async def work() -> Sample:
        cpu, wall = bot.cpu(), time.monotonic()
        await asyncio.sleep(WINDOW)
        return Sample(100 * (bot.cpu() - cpu) / (time.monotonic() - wall))

    return work
