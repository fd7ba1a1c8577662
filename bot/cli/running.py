"""`dlf-bot run`: the bot until SIGTERM or Ctrl-C, then a quick and orderly end."""

from bot.app import running, secrets_of
from bot.cli.common import told_to_stop
from bot.config import Config
from bot.logs import set_up


async def run_bot(config: Config) -> int:
    """Run until told to stop; the end takes ten seconds at most, during the start too."""
    set_up(config.logs.format, config.logs.level.upper()).learn(*secrets_of(config))
    stop = told_to_stop()
    async with running(config):
        await stop.wait()
    return 0
