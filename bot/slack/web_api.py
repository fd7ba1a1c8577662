"""Calls of Slack's Web API, without retries: the result is an answer or an error of ours."""

import logging
import re
import time
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import ClientError, ClientSession
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.domain.sentence import sentence
from bot.domain.slack_codes import RATELIMITED, STOPPING
from bot.errors import SlackError
from bot.secret import Secret
from bot.slack.errors import (
    RATE_LIMITED,
    connection_error,
    refusal,
    unclear_status,
    unsure,
    wait_seconds,
    way_to,
)
from bot.slack.session import Departure, departing

# slack_sdk's errors on an answer that is no JSON object: it calls `.get` on lists and strings. LookupError
# comes from a charset like "hex", which Python has as a codec.
ODD_ANSWERS = (ValueError, AttributeError, TypeError, LookupError, RecursionError)


def quiet_logger() -> logging.Logger:
    """A silent logger for Slack's libraries, which log payloads, tickets and response URLs."""
    logger = logging.getLogger("bot.slack.sdk")
    logger.setLevel(logging.CRITICAL + 1)
    return logger


def web_client(token: str | None, api_url: str, session: ClientSession) -> AsyncWebClient:
    """An AsyncWebClient on the shared session, without its retry handler, which can post twice.

    It does not take the environment's proxy: `way_to` decides.
    """
    client = AsyncWebClient(
        token=token, base_url=api_url, session=session, retry_handlers=[], logger=quiet_logger()
    )
    client.proxy = None
    return client


class SlackAnswer:
    """Slack's answer: the JSON object and the token's scopes."""

    def __init__(self, response: AsyncSlackResponse) -> None:
        data = response.data
        self.data: Mapping[str, Any] = data if isinstance(data, dict) else {}
        self.scopes = split_scopes(response.headers.get("x-oauth-scopes"))

    def text(self, name: str) -> str:
        value = self.data.get(name)
        return value if isinstance(value, str) else ""

    def part(self, name: str) -> Mapping[str, Any]:
        value = self.data.get(name)
        return value if isinstance(value, dict) else {}

    def items(self, name: str) -> list[Mapping[str, Any]]:
        value = self.data.get(name)
        return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []

    @property
    def next_cursor(self) -> str:
        cursor = self.part("response_metadata").get("next_cursor")
        return cursor if isinstance(cursor, str) else ""


class WebApi:
    """Slack's Web API under one token."""

    def __init__(
        self,
        token: Secret,
        api_url: str,
        session: ClientSession,
        *,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self.api_url, self._session, self._token, self._timer = api_url, session, token, timer
        # Called with each call's method and its seconds until the answer or the failure.
        self.observe: Callable[[str, float], None] = lambda method, seconds: None
        self._quiet_until: dict[str, float] = {}
        self._client = web_client(token.reveal(), api_url, session)

    async def post(self, method: str, body: dict[str, Any]) -> SlackAnswer:
        """Call with a JSON body."""
        # Slack counts posts per channel, everything else per method.
        counted = f"{method} {body.get('channel')}" if method == "chat.postMessage" else method
        return await self._in_time(method, counted, json=body)

    async def get(self, method: str, params: dict[str, Any]) -> SlackAnswer:
        """Call with query parameters; None is left out."""
        return await self._in_time(method, method, http_verb="GET", params=params)

    async def _in_time(self, method: str, counted: str, **arguments: Any) -> SlackAnswer:
        """Call, unless the `Retry-After` of the last refusal still runs: Slack would refuse again."""
        left = self._quiet_until.get(counted, 0.0) - self._timer()
        if left > 0:
            raise refusal(method, RATELIMITED, retry_after=left)
        try:
            return await self._call(method, **arguments)
        except SlackError as error:
            if error.code in RATE_LIMITED and error.retry_after:
                self._quiet_until[counted] = self._timer() + error.retry_after
            raise

    async def _call(self, method: str, **arguments: Any) -> SlackAnswer:
        if self._session.closed:  # slack_sdk would open a session of its own
            raise SlackError(
                sentence("The bot is stopping: {method} was not sent.", method=method), code=STOPPING
            )
        self._client.proxy, self._client.ssl = way_to(self.api_url, method)
        departing.set(call := Departure())
        started = self._timer()
        try:
            return SlackAnswer(await self._client.api_call(method, **arguments))
        except SlackApiError as error:
            raise _said(method, error) from None
        except (ClientError, TimeoutError, OSError) as error:
            raise connection_error(method, error, self.api_url, left=call.left) from None
        except ODD_ANSWERS as error:
            if not call.left:
                raise connection_error(method, error, self.api_url, left=False) from None
            raise unsure(method, "unreadable") from None
        finally:
            self.observe(method, self._timer() - started)


def split_scopes(header: str | None) -> frozenset[str] | None:
    """The scopes of an `x-oauth-scopes` header; None if Slack did not say."""
    if header is None:
        return None
    return frozenset(scope.strip() for scope in header.split(",") if scope.strip())


def _said(method: str, error: SlackApiError) -> SlackError:
    response = error.response
    status: int = getattr(response, "status_code", 0) or getattr(response, "status", 0)
    if status == 429:
        wait = wait_seconds(response.headers.get("Retry-After"))
        return refusal(method, RATELIMITED, retry_after=wait)
    data = getattr(response, "data", None)
    code = data.get("error") if isinstance(data, dict) else None
    if status >= 500 or not isinstance(data, dict) or not isinstance(code, str):
        return unclear_status(method, status)
    refused = refusal(method, code, needed=str(data.get("needed", "")))
    refused.add_note(f"pointers: {pointers(data)}")
    return refused


def pointers(data: Mapping[str, Any]) -> str:
    """The places of faulty blocks as JSON pointers only: Slack's sentences may quote our text."""
    said = str(data.get("response_metadata", "")) + str(data.get("errors", ""))
    return " ".join(dict.fromkeys(re.findall(r"/(?:blocks|attachments)[/\w]{0,80}", said)[:10]))
