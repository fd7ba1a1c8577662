"""`dlf-bot run`: the bot until SIGTERM or Ctrl-C, then a quick and orderly end."""

import asyncio
import logging
from contextlib import AsyncExitStack

from bot.app import running, secrets_of
from bot.cli.common import told_to_stop
from bot.config import Config
from bot.errors import StoreError
from bot.logs import Once, set_up

log = logging.getLogger(__name__)

# Machines that start together start in any order: a database that is away is waited for.
AGAIN_SECONDS = 3.0


async def run_bot(config: Config) -> int:
    """Run until told to stop; the end takes ten seconds at most. A start under way is broken off."""
    set_up(config.logs.format, config.logs.level.upper()).learn(*secrets_of(config))
    stop = asyncio.create_task(told_to_stop().wait())
    async with AsyncExitStack() as stack:
        start = asyncio.create_task(_start(config, stack))
        await asyncio.wait({start, stop}, return_when=asyncio.FIRST_COMPLETED)
        if not start.done():
            start.cancel()
            await asyncio.wait({start})
            return 0
        start.result()  # raises what kept the bot from starting
        await stop
    return 0


async def _start(config: Config, stack: AsyncExitStack) -> None:
    """Start the bot as soon as its database is there. Raises BotError for what waiting does not cure."""
    once = Once(log, "start")
    while True:
        try:
            await stack.enter_async_context(running(config))
        except StoreError as error:
            if not error.retry:
                raise
            once.say("store", str(error))
        else:
            return
        await asyncio.sleep(AGAIN_SECONDS)
