"""Slack's requests over HTTP: the body bounded and its signature checked before anything reads it."""

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from slack_bolt.adapter.asgi.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier

from bot.errors import SlackError
from bot.logs import say
from bot.secret import Secret

PATH = "/slack/events"
LIMIT = 1024 * 1024

Scope = dict[str, Any]
Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

log = logging.getLogger(__name__)


def slack_asgi(app: AsyncApp, signing_secret: Secret, *, path: str = PATH) -> Asgi:
    """The ASGI app to mount at `path`. Bolt parses before it verifies, so unsigned bodies end here."""
    if not signing_secret:
        raise SlackError("HTTP mode needs slack.signing_secret.", code="no_signing_secret")
    bolt = AsyncSlackRequestHandler(app, path=path)
    verifier = SignatureVerifier(signing_secret.reveal())

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] != path:
            await bolt(scope, receive, send)
            return
        body = await _read(receive)
        if body is None:
            await _answer(send, 413, "too large")
        elif not is_signed(verifier, scope["headers"], body):
            say(log, "slack_request_refused", why="signature")
            await _answer(send, 401, "invalid request")
        else:
            await bolt(scope, _again(body), send)

    return handle


def is_signed(verifier: SignatureVerifier, headers: list[tuple[bytes, bytes]], body: bytes) -> bool:
    """True when Slack signed this body within the last five minutes."""
    named = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}
    timestamp = named.get("x-slack-request-timestamp", "")
    signature = named.get("x-slack-signature", "")
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12 or not signature.isascii():
        return False
    try:
        return verifier.is_valid(body.decode("utf-8"), timestamp, signature)
    except UnicodeDecodeError:
        return False


async def _read(receive: Receive) -> bytes | None:
    """The whole body; None when it is too large or the other side left."""
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


def _again(body: bytes) -> Receive:
    async def receive() -> Event:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _answer(send: Send, status: int, text: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})
