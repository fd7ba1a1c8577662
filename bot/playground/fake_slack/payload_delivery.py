"""Deliver a payload to the app over Socket Mode or as a signed HTTP request."""

import asyncio
import hashlib
import hmac
import json
from urllib.parse import urlencode

import aiohttp

from bot.playground.fake_slack.activity import InteractionResult
from bot.playground.fake_slack.objects import Json
from bot.playground.fake_slack.socket_hub import SocketHub
from bot.playground.fake_slack.workspace_state import WorkspaceState

FORM = "application/x-www-form-urlencoded"


async def deliver(
    state: WorkspaceState,
    hub: SocketHub,
    kind: str,
    payload: Json,
    *,
    retry: tuple[int, str] | None = None,
) -> InteractionResult:
    """Deliver to the app and wait for its acknowledgement, at most `state.ack_seconds`."""
    if state.request_url is None:
        return await hub.deliver(kind, payload, retry=retry)
    return await _post(state, state.request_url, kind, payload, retry)


def sign(secret: str, timestamp: str, body: str) -> str:
    """Slack's v0 signature of a request."""
    base = f"v0:{timestamp}:{body}".encode()
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def signed_headers(state: WorkspaceState, body: str) -> dict[str, str]:
    timestamp = str(int(state.wall()))
    return {
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": sign(state.signing_secret, timestamp, body),
        "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
    }


def _encode(kind: str, payload: Json) -> tuple[str, str]:
    if kind == "events_api":
        return json.dumps(payload), "application/json"
    if kind == "interactive":
        return urlencode({"payload": json.dumps(payload)}), FORM
    return urlencode(payload), FORM


async def _post(
    state: WorkspaceState, url: str, kind: str, payload: Json, retry: tuple[int, str] | None
) -> InteractionResult:
    body, content_type = _encode(kind, payload)
    headers = signed_headers(state, body) | {"Content-Type": content_type}
    if retry:
        headers |= {"X-Slack-Retry-Num": str(retry[0]), "X-Slack-Retry-Reason": retry[1]}
    began = state.timer()
    try:
        async with (
            asyncio.timeout(state.ack_seconds),
            aiohttp.ClientSession() as session,
            session.post(url, data=body, headers=headers, allow_redirects=False) as response,
        ):
            text, status = await response.text(), response.status
    except TimeoutError:
        return InteractionResult("operation_timeout", state.timer() - began)
    except aiohttp.ClientError:
        return InteractionResult("dispatch_failed", state.timer() - began)
    seconds = state.timer() - began
    if status >= 300:
        return InteractionResult("http_service_error", seconds, {"status": status})
    return _answer(kind, text, seconds)


def _answer(kind: str, text: str, seconds: float) -> InteractionResult:
    if not text.strip() or kind == "events_api":
        return InteractionResult(seconds=seconds)
    try:
        answer = json.loads(text)
    except ValueError:
        answer = {"text": text}
    if not isinstance(answer, dict):
        return InteractionResult("invalid_command_response", seconds)
    return InteractionResult(seconds=seconds, answer=answer)
