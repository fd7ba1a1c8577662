"""`dlf-bot run`: the bot until SIGTERM or Ctrl-C, then a quick and orderly end."""

import asyncio
import os
import signal

from bot.app import running, secrets_of
from bot.config import Config
from bot.logs import set_up

END_SECONDS = 9.0


async def run_bot(config: Config) -> int:
    """Run until told to stop; the end takes ten seconds at most."""
    set_up(config.logs.format, config.logs.level.upper()).learn(*secrets_of(config))
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running(config):
        await stop.wait()
        # Whatever hangs while closing must not keep the process: its claims run out by themselves.
        loop.call_later(END_SECONDS, os._exit, 0)
    return 0
