"""A new config for a running bot: read again after SIGHUP, refused if wrong, taken as far as it can be."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace

from bot.config import Config
from bot.errors import BotError, ConfigError
from bot.logs import log_event

log = logging.getLogger(__name__)


class Reload:
    """The config in use, and the next config.

    A config with mistakes changes nothing. The database, Slack's tokens and the port stay as they were at the
    start: `remarks` name the keys that differ in the file.
    """

    def __init__(self, load: Callable[[], Config], config: Config) -> None:
        self._load, self.config = load, config
        self.remarks: list[str] = []
        self._before: tuple[Config, list[str]] | None = None
        self._requested = asyncio.Event()

    def request(self) -> None:
        """Have the file read again; the bot goes on meanwhile."""
        self._requested.set()

    async def wait(self) -> None:
        """Return once the file was read again and `config` has changed."""
        while True:
            await self._requested.wait()
            self._requested.clear()
            if await self._read():
                return

    def accept(self) -> None:
        """The bot runs with `config`."""
        self._before = None

    def go_back(self, error: BotError) -> bool:
        """Return to the previous config, since the bot does not start with this; False if there is none."""
        if self._before is None:
            return False
        log_event(log, "config_refused", logging.ERROR, problem=str(error))
        (self.config, self.remarks), self._before = self._before, None
        self.remarks = [*self.remarks, f"config: the new one does not start: {error.what}"]
        return True

    async def _read(self) -> bool:
        try:
            found = await asyncio.to_thread(self._load)
        except ConfigError as error:
            for mistake in error.mistakes:
                log_event(log, "config_refused", logging.ERROR, problem=str(mistake))
            return False
        taken, kept = _as_started(found, self.config)
        remarks = [f"config: {', '.join(kept)} changed in the file; restart to use that"] if kept else []
        if taken == self.config and remarks == self.remarks:
            log_event(log, "config_unchanged", path=found.path)
            return False
        self._before = self.config, self.remarks
        self.config, self.remarks = taken, remarks
        log_event(log, "config_reloaded", path=found.path, after_a_restart=", ".join(kept) or "nothing")
        return True


def _as_started(found: Config, started: Config) -> tuple[Config, list[str]]:
    """`found`, but as in `started` for keys that need a restart, and the names of those that differ."""
    before, after = started.slack, found.slack
    keys = {
        "store": found.store == started.store,
        "slack.bot_token": after.bot_token == before.bot_token,
        "slack.app_token": after.app_token == before.app_token,
        "slack.signing_secret": after.signing_secret == before.signing_secret,
        "slack.api_url": after.api_url == before.api_url,
        "http": found.http == started.http,
    }
    slack = replace(
        after,
        bot_token=before.bot_token,
        app_token=before.app_token,
        signing_secret=before.signing_secret,
        api_url=before.api_url,
    )
    taken = replace(
        found, store=started.store, store_label=started.store_label, http=started.http, slack=slack
    )
    return taken, [name for name, is_same in keys.items() if not is_same]
