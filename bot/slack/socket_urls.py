"""Where the next Socket Mode line leads: Slack is asked ever more rarely while lines do not last."""

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
    """Hands out the URL of one line at a time.

    Two are at least `apart` seconds apart, then twice as many, up to `most`. A line that stood for `most`
    was a good one: the next comes at once.
    """

    def __init__(
        self, web: WebApi, *, apart: float, most: float, timer: Callable[[], float] = time.monotonic
    ) -> None:
        self._web, self._apart, self._most, self._timer = web, apart, most, timer
        self._pause, self._not_before = apart, float("-inf")
        self._greeted_at: float | None = None
        self._short_lines = 0
        self._asker: asyncio.Task[Any] | None = None
        # Why the last one could not be had.
        self.problem: SlackError | None = None

    async def next(self) -> str:
        """Ask for a URL as soon as one is due. Raises SlackError."""
        if self._asker is not None:
            # slack_sdk asks for every sign that a line is gone, and each new line would end the one before.
            raise SlackError("Another line is being opened.", code="opening")
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
        """Note that Slack said hello on the newest line."""
        self._greeted_at = self._timer()

    @property
    def unsteady(self) -> bool:
        """True while Slack greets us and drops the line again and again."""
        return self._short_lines >= UNSTEADY_AFTER and not self._lasts()

    async def give_up(self) -> None:
        """End the wait of whoever asked."""
        if self._asker is not None:
            self._asker.cancel()
            await asyncio.gather(self._asker, return_exceptions=True)

    def _lasts(self) -> bool:
        return self._greeted_at is not None and self._timer() - self._greeted_at >= self._most

    def _judge(self) -> None:
        """Who asks has lost the last line."""
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
    """What an address elsewhere means: whoever listens there could press every button."""
    return SlackError(
        "The address to listen at is not Slack's.",
        code=FOREIGN,
        meaning="The bot does not connect to it.",
        remedy="Check slack.api_url, and what answers there in Slack's name.",
    )
