"""URLs for Socket Mode connections, with a growing pause while connections do not last."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from bot.errors import SlackError
from bot.slack.errors import unsure
from bot.slack.session import line_leads_to_slack
from bot.slack.web_api import WebApi

FOREIGN = "foreign_url"
OPEN = "apps.connections.open"
UNSTEADY_AFTER = 3


class SocketUrls:
    """Hands out the URL of a connection, one at a time.

    The pause between URLs is `apart` seconds and doubles up to `most`. After a connection that lasted `most`
    seconds, the next URL comes at once.
    """

    def __init__(
        self, web: WebApi, *, apart: float, most: float, timer: Callable[[], float] = time.monotonic
    ) -> None:
        self._web, self._apart, self._most, self._timer = web, apart, most, timer
        self._pause, self._not_before = apart, float("-inf")
        self._greeted_at: float | None = None
        self._short_lines = 0
        self._asker: asyncio.Task[Any] | None = None
        # The error of the last request for a URL.
        self.problem: SlackError | None = None

    async def next(self) -> str:
        """Ask for a URL as soon as one is due. Raises SlackError."""
        if self._asker is not None:
            # slack_sdk asks at every sign of a lost connection; each new connection would end the last.
            raise SlackError("A Socket Mode connection is already being opened.", code="opening")
        self._asker = asyncio.current_task()
        try:
            self._judge()
            await asyncio.sleep(max(0.0, self._not_before - self._timer()))
            self._not_before = self._timer() + self._pause
            self._pause = min(2 * self._pause, self._most)
            return await self._ask()
        finally:
            self._asker = None

    def greeted(self) -> None:
        """Note that Slack said hello on the newest connection."""
        self._greeted_at = self._timer()

    @property
    def unsteady(self) -> bool:
        """True while Slack says hello and drops the connection again and again."""
        return self._short_lines >= UNSTEADY_AFTER and not self._lasts()

    async def give_up(self) -> None:
        """End the waits of all callers."""
        if self._asker is not None:
            self._asker.cancel()
            await asyncio.gather(self._asker, return_exceptions=True)

    def _lasts(self) -> bool:
        return self._greeted_at is not None and self._timer() - self._greeted_at >= self._most

    def _judge(self) -> None:
        """Called only after the last connection was lost: decide the next pause."""
        if self._lasts():
            self._pause, self._short_lines = self._apart, 0
        elif self._greeted_at is not None:
            self._short_lines += 1
        self._greeted_at = None

    async def _ask(self) -> str:
        try:
            url = (await self._web.post(OPEN, {})).text("url")
            if not line_leads_to_slack(url, self._web.api_url):
                raise foreign() if url else unsure(OPEN, "unreadable")
        except SlackError as error:
            self.problem = error
            raise
        self.problem = None
        return url


def foreign() -> SlackError:
    """The error for a URL that does not lead to Slack: its host could press every button."""
    return SlackError(
        "Slack named a WebSocket address outside Slack.",
        code=FOREIGN,
        meaning="The bot did not connect to it.",
        remedy="Check slack.api_url and any proxy in between.",
    )
