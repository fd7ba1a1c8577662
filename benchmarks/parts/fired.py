"""R2: from an alert that fires to its message, beside settled alerts, on a PostgreSQL 10 ms away."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import asyncpg

from benchmarks.contest import Contest, Goal, Sample, Work
from benchmarks.databases import on_postgres, postgres_server
from benchmarks.environment import LIMIT, PROJECT, Environment, channel_of, open_environment
from benchmarks.plain_dlf import PlainDlf, open_plain_dlf
from benchmarks.servers import whole_bot
from benchmarks.settled import DATES, settle
from benchmarks.slow_link import slow_link
from bot.domain.model import Workspace
from bot.store.database import connect
from bot.store.store import Store, open_store

SETTLED, ROUND_TRIP = 2_000, 0.010
_FIRED_AT = "SELECT max(fired_at) FROM alerts WHERE subject = $1"


async def contests(stack: AsyncExitStack) -> Sequence[Contest]:
    enter = stack.enter_async_context
    dlf, environment = await enter(open_plain_dlf()), await enter(open_environment(SETTLED // DATES))
    url, _ = await enter(on_postgres(await enter(postgres_server())))
    await (await open_store(url)).close()
    database = connect(url)
    spaces = [Workspace(PROJECT, name, name, ZoneInfo("UTC")) for name in environment.workspaces]
    await settle(Store(database), database, spaces, datetime.now(UTC))
    await database.close()
    here = replace(environment, dlf_url=dlf.url)
    link = await enter(slow_link(url, ROUND_TRIP))
    await enter(whole_bot(here, store=link, poll_every="10s", per_second=1000, pinned=False))
    while len(dlf.workspaces) < len(environment.workspaces):
        await asyncio.sleep(1)
    figure = f"R2 fired → sent beside {SETTLED:,} settled alerts, PostgreSQL 10 ms away"
    return [Contest(figure, "s", Goal(3, absolute=True), _told(environment, dlf, url))]


def _told(environment: Environment, dlf: PlainDlf, url: str) -> Work:
    """Each round another workspace fails."""
    names = iter(environment.workspaces)

    async def work() -> Sample:
        name = next(names)
        dlf.failing[name] = LIMIT + 4
        async with asyncio.timeout(120):
            while not (found := environment.slack.messages(channel_of(name))):
                await asyncio.sleep(0.01)
        sent_at = time.time()
        connection = await asyncpg.connect(url)
        fired_at = await connection.fetchval(_FIRED_AT, f"{PROJECT}/{name}")
        await connection.close()
        assert fired_at, found
        return Sample(sent_at - fired_at.timestamp())

    return work
