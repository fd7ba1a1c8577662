"""`dlf-bot run`: the bot until SIGTERM or Ctrl-C, then a quick and orderly end."""

import asyncio
from contextlib import AsyncExitStack

from bot.app import running, secrets_of
from bot.cli.common import told_to_stop
from bot.config import Config
from bot.logs import set_up


async def run_bot(config: Config) -> int:
    """Run until told to stop; the end takes ten seconds at most. A start under way is broken off."""
    set_up(config.logs.format, config.logs.level.upper()).learn(*secrets_of(config))
    stop = asyncio.create_task(told_to_stop().wait())
    async with AsyncExitStack() as stack:
        start = asyncio.create_task(stack.enter_async_context(running(config)))
        await asyncio.wait({start, stop}, return_when=asyncio.FIRST_COMPLETED)
        if not start.done():
            start.cancel()
            await asyncio.wait({start})
            return 0
        start.result()  # raises what kept the bot from starting
        await stop
    return 0
