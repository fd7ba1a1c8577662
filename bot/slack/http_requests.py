"""Slack's requests over HTTP: limit the body and check its signature before parsing."""

import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from slack_bolt.adapter.asgi.http_response import AsgiHttpResponse
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

from bot.errors import SlackError
from bot.logs import Seldom
from bot.secret import Secret
from bot.slack.payloads import read_payload

EVENTS_PATH = "/slack/events"
# A press contains the whole message: up to 14,000 characters, each up to 16 bytes after Slack's double
# escaping.
LIMIT = 256 * 1024
FRESH_SECONDS = 5 * 60

Scope = dict[str, Any]
Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

log = logging.getLogger(__name__)


def slack_http_app(app: AsyncApp, signing_secret: Secret, *, path: str = EVENTS_PATH) -> Asgi:
    """The ASGI app to mount at `path`. It rejects unsigned bodies; Bolt would parse before verifying."""
    if not signing_secret:
        raise SlackError("HTTP mode needs slack.signing_secret.", code="no_signing_secret")
    verifier = SignatureVerifier(signing_secret.reveal())
    refusals, replays = Seldom(log, "slack_request_refused"), Replays()

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST" or scope["path"] != path:
            await _answer(send, 404, "not found")
            return
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
        }
        body = await _read(receive) if claims_fresh(headers) else b""
        if body is None:
            await _answer(send, 413, "too large")
            return
        if not is_signed(verifier, headers, body):
            refusals.note(why="signature")
            await _answer(send, 401, "invalid request")
            return
        # The server closes connections without this mark first if it needs room.
        scope.setdefault("state", {})["signed"] = True
        if (payload := read_payload(body, headers.get("content-type", ""))) is None:
            refusals.note(why="shape")
            await _answer(send, 400, "invalid request")
        elif not replays.take(headers["x-slack-request-timestamp"], headers["x-slack-signature"]):
            refusals.note(why="replay")
            await _answer(send, 401, "invalid request")
        else:
            # Verified and parsed already; in socket mode Bolt does neither again.
            request = AsyncBoltRequest(body=payload, headers=headers, mode="socket_mode")
            said = await app.async_dispatch(request)
            answer = AsgiHttpResponse(said.status, said.headers, said.body)
            await send(answer.get_response_start())
            await send(answer.get_response_body())

    return handle


class Replays:
    """The signatures of accepted requests, each kept for as long as it would be accepted again.

    A repeated request has the same signing time, so only the signatures of that second are compared. Of each
    `size` bytes are kept.
    """

    size = 8

    # The signing time may be in the future as far as in the past.
    kept = 2.0 * FRESH_SECONDS

    def __init__(self, timer: Callable[[], float] = time.monotonic) -> None:
        self._timer = timer
        # By signing time, the one with the oldest last request first: when that came, and the signatures.
        self._taken: dict[str, tuple[float, bytearray]] = {}

    def __len__(self) -> int:
        return sum(len(signatures) for _, signatures in self._taken.values()) // self.size

    def take(self, signed_at: str, signature: str) -> bool:
        """Take the signature; False if it was taken before."""
        now = self._timer()
        while self._taken and now - self._taken[oldest := next(iter(self._taken))][0] > self.kept:
            del self._taken[oldest]
        _, signatures = self._taken.pop(signed_at, (now, bytearray()))
        self._taken[signed_at] = now, signatures
        mark = bytes.fromhex(signature.removeprefix("v0=")[: 2 * self.size])
        if mark in signatures:
            return False
        signatures += mark
        return True


def claims_fresh(headers: Mapping[str, str]) -> bool:
    """True if the headers have a signature and a time within five minutes; else the body is not read."""
    timestamp = headers.get("x-slack-request-timestamp", "")
    if not re.fullmatch(r"[0-9]{1,12}", timestamp) or abs(time.time() - int(timestamp)) > FRESH_SECONDS:
        return False
    return re.fullmatch(r"v0=[0-9a-f]{64}", headers.get("x-slack-signature", "")) is not None


def is_signed(verifier: SignatureVerifier, headers: Mapping[str, str], body: bytes) -> bool:
    """True if Slack signed this body within the last five minutes."""
    if not claims_fresh(headers):
        return False
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return verifier.is_valid(text, headers["x-slack-request-timestamp"], headers["x-slack-signature"])


async def _read(receive: Receive) -> bytes | None:
    """The whole body; None if it is too large or the client left."""
    body = bytearray()
    while True:
        part = await receive()
        if part["type"] != "http.request":
            return None
        body += part.get("body", b"")
        if len(body) > LIMIT:
            return None
        if not part.get("more_body", False):
            return bytes(body)


async def _answer(send: Send, status: int, text: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})
