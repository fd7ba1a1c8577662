"""A `response_url`: the address for answers to a person, for five uses within thirty minutes."""

import json
import time
from collections.abc import Callable
from typing import Any

from aiohttp import ClientError, ClientSession

from bot.domain.slack_codes import RATELIMITED, UNKNOWN_ERROR
from bot.errors import SlackError
from bot.slack.errors import connection_error, refusal, unclear_status, wait_seconds, way_to
from bot.slack.session import Departure, departing, leads_to_slack

ACTION = "response_url"
USES, SECONDS = 5, 29 * 60.0


class ResponseUrl:
    """Counts the uses left and never shows the URL: with it, anyone could write as the bot."""

    def __init__(self, url: str, timer: Callable[[], float] = time.monotonic) -> None:
        self._url, self._timer = url, timer
        self._uses, self._new = USES, timer()

    @property
    def left(self) -> int:
        return self._uses if self._url and self._timer() - self._new < SECONDS else 0

    async def use(self, payload: dict[str, Any], *, session: ClientSession, api_url: str) -> None:
        """Send `payload` there, once, following no redirect.

        Raises SlackError `used_up` or `foreign_url` without sending anything.
        """
        if not self.left:
            raise SlackError("Slack accepts no more answers to this command (5 in 30 min).", code="used_up")
        if not leads_to_slack(self._url, api_url):
            raise SlackError("The response_url does not lead to Slack.", code="foreign_url")
        proxy, context = way_to(self._url, ACTION)
        self._uses -= 1
        departing.set(call := Departure())
        try:
            async with session.post(
                self._url, json=payload, allow_redirects=False, proxy=proxy, ssl=context or True
            ) as response:
                said = (await response.read())[:10_000].decode("utf-8", "replace")
                status, wait = response.status, wait_seconds(response.headers.get("Retry-After"))
        except (ClientError, TimeoutError, OSError, ValueError) as error:
            raise connection_error(ACTION, error, self._url, left=call.left) from None
        _check(status, said, wait)

    def __repr__(self) -> str:
        return f"Reply(left={self._uses})"


def _check(status: int, said: str, wait: float | None) -> None:
    """Slack answers `ok`, {"ok": true}, {"ok": false, "error": …} or, with a 4xx, the bare error word."""
    if status == 429:
        raise refusal(ACTION, RATELIMITED, retry_after=wait)
    code = _error_word(said)
    if status >= 500 or status in range(300, 400) or (status != 200 and not code):
        raise unclear_status(ACTION, status)
    if code:
        raise refusal(ACTION, code)


def _error_word(said: str) -> str:
    try:
        parsed = json.loads(said)
    except (ValueError, RecursionError):
        word = said.strip()
        return "" if word == "ok" or not word.isascii() or " " in word or "<" in word else word
    if not isinstance(parsed, dict) or parsed.get("ok") is not False:
        return ""
    return str(parsed.get("error", UNKNOWN_ERROR))
