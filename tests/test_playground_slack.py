"""The imitated Slack, through the wire: the real slack_sdk and slack_bolt against it."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack.records import UserGroup
from bot.playground.slack.server import make_app
from bot.playground.slack.world import SlackWorld

OPS, FINANCE, RANDOM, ADA, BEN = "C0DATAOPS", "C0FINANCE", "C0RANDOM", "U0ADA", "U0BEN"
SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "*7 failed*"}}
BUTTON = {"type": "button", "action_id": "take", "text": {"type": "plain_text", "text": "Take"}, "value": "a1"}
BUTTONS = {"type": "actions", "block_id": "do", "elements": [BUTTON]}
MODAL = {
    "type": "modal",
    "callback_id": "silence",
    "title": {"type": "plain_text", "text": "Silence"},
    "submit": {"type": "plain_text", "text": "OK"},
    "blocks": [
        {
            "type": "input",
            "block_id": "until",
            "label": {"type": "plain_text", "text": "How long"},
            "element": {"type": "plain_text_input", "action_id": "hours"},
        }
    ],
}


class Hands:
    """A clock and a timer set by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
        self.seconds = 0.0

    def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.seconds += seconds


@dataclass
class Slack:
    world: SlackWorld
    hands: Hands
    url: str
    session: aiohttp.ClientSession

    def client(self, token: str = "xoxb-playground", **options: Any) -> AsyncWebClient:
        options.setdefault("retry_handlers", [])
        return AsyncWebClient(token, base_url=self.url + "/api/", session=self.session, **options)


@pytest.fixture
async def slack(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Slack]:
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    hands = Hands()
    world = SlackWorld(lambda: hands.now, timer=lambda: hands.seconds)
    server = TestServer(make_app(world))
    await server.start_server()
    async with aiohttp.ClientSession() as session:
        world.base_url = str(server.make_url("")).rstrip("/")
        yield Slack(world, hands, world.base_url, session)
    await server.close()


async def refusal(call: Awaitable[Any]) -> dict[str, Any]:
    with pytest.raises(SlackApiError) as caught:
        await call
    return dict(caught.value.response.data)


async def test_a_posted_message_is_there_and_is_logged_with_its_key(slack: Slack) -> None:
    metadata = {"event_type": "dlf_bot_notice", "event_payload": {"key": "k1"}}
    posted = await slack.client().chat_postMessage(
        channel="#data-ops", text="7 failed", blocks=[SECTION], metadata=metadata
    )
    assert posted["channel"] == OPS
    message = slack.world.message(OPS, posted["ts"])
    assert (message.text, message.key, message.bot_id) == ("7 failed", "k1", "B0DLFBOT")
    assert message.blocks[0]["block_id"]
    (entry,) = slack.world.log
    assert (entry.method, entry.channel, entry.ts) == ("chat.postMessage", OPS, posted["ts"])
    assert (entry.key, entry.applied, entry.outcome) == ("k1", True, "ok")


@pytest.fixture
async def bolt(slack: Slack) -> AsyncIterator[AsyncApp]:
    """The real Bolt over the real Socket Mode client, connected."""
    app = AsyncApp(client=slack.client(), signing_secret=slack.world.signing_secret)
    handler = AsyncSocketModeHandler(app, slack.world.app_token, ping_interval=0.2)
    await handler.connect_async()
    await slack.world.wait_for(lambda: slack.world.socket.connections)
    yield app
    await handler.close_async()


async def test_a_command_is_answered_over_socket_mode(slack: Slack, bolt: AsyncApp) -> None:
    @bolt.command("/dlf-status")
    async def status(ack: Any, command: dict[str, Any]) -> None:
        await ack(f"you said {command['text']}")

    outcome = await slack.world.run_command(ADA, "data-ops", "yesterday")
    assert outcome.ok
    (seen,) = slack.world.ephemerals_of(ADA, OPS)
    assert seen.text == "you said yesterday"
    assert slack.world.ephemerals_of(BEN) == []
