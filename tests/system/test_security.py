"""Attacks: at the HTTP port, on permissions, by texts, redirects, floods; and that no secret gets out."""

import ast
import asyncio
import contextlib
import gc
import io
import json
import logging
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import traceback
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote, quote_plus, urlencode

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from bot.cli.commands import cli
from bot.config import HttpSettings
from bot.config.slack import NO_SLACK
from bot.dlf.client import DlfClient
from bot.dlf.gateway import ApiRequest
from bot.dlf.http import HttpResponse
from bot.dlf.limiter import FairQueue, RateLimiter
from bot.dlf.settings import AccessKey, IamUser, ReadyToken
from bot.dlf.signing import Signable
from bot.dlf.tokens import IamToken
from bot.domain.alerts import AlertKey, Change
from bot.domain.model import Day, Snapshot, Workspace
from bot.domain.notices import Notice, Posted, Priority
from bot.domain.sentence import problem_of
from bot.domain.silences import Silence
from bot.errors import DlfError, SlackError, StoreError
from bot.messages.alert import render_alert
from bot.messages.message import Message
from bot.messages.slack_limits import MESSAGE, TEXT
from bot.playground.fake_slack.objects import User, UserGroup
from bot.redaction import STARS, Redaction
from bot.secret import Secret
from bot.server.condition import Condition
from bot.server.connection import BoundedConnection
from bot.server.http_server import HttpApplication, HttpServer
from bot.slack.alert_buttons import AlertButtons
from bot.slack.http_requests import EVENTS_PATH, LIMIT, slack_http_app
from bot.slack.identity import Identity
from bot.slack.manifest import APP_LEVEL, NEEDED, OPTIONAL, WANTED, check_token
from bot.slack.response_url import ResponseUrl
from bot.slack.runner import BUSY, COMMANDS, COMMANDS_OF_ONE, Caller
from bot.slack.sender import Sender
from bot.slack.session import open_line, open_session
from bot.slack.silencing import SilenceActions
from bot.slack.socket_mode import SocketMode
from bot.store.records import ReadResult, RecordedCounts
from bot.store.store import Store, open_store
from bot.usecases.alert_actions import AlertActions
from bot.usecases.silencing import Silencing
from tests.slack.test_listeners import hang, press, signed
from tests.support.cpu_starvation import Stopwatch
from tests.support.dlf_client import KEY, TOKEN, USER, project
from tests.support.fakes import FakeSource
from tests.support.fuzz_json import alive
from tests.support.fuzz_payloads import ACTIONS, ALERT_ID, TEAM, pressed
from tests.support.message_scenes import FINE, FIRING, RULE, SALES, SUNDAY
from tests.support.slack_listeners import ADA, BEN, NOW, OPS, ZONE, SlackHarness, plugged
from tests.support.use_cases import UseCases
from tests.support.whole_bot import services

EVENTS = "/slack/events"


class ShortConnection(BoundedConnection):
    """Bounds a test can wait for."""

    request_seconds = 0.3
    most = 5


class Patient(BoundedConnection):
    most = 5


async def slow() -> Condition:
    await asyncio.sleep(1)
    return Condition()


async def ready() -> Condition:
    return Condition()


@asynccontextmanager
async def front(
    slack: Any = None,
    token: str = "",
    look: Callable[[], Any] = ready,
    protocol: type[BoundedConnection] = ShortConnection,
) -> AsyncIterator[int]:
    """The HTTP port as the bot opens it."""
    application = HttpApplication(
        look,
        CollectorRegistry(),
        token=Secret(token) if token else None,
        mounted={EVENTS_PATH: slack} if slack else {},
    )
    server = HttpServer(application, "127.0.0.1", 0, protocol=protocol)
    await server.start()
    try:
        yield server.port
    finally:
        await server.close()


async def talk(port: int, *parts: bytes, every: float = 0.0) -> bytes:
    """Send the parts and hear what comes until the other side hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(every)
        async with asyncio.timeout(5):
            return await reader.read()
    except ConnectionError:
        return b"(hung up)"
    finally:
        writer.close()


def get(path: str = "/healthz", method: str = "GET", **headers: str) -> bytes:
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: bot", *lines, "", ""]).encode()


# The HTTP port


@pytest.mark.parametrize(
    "parts",
    [
        [b""],
        [b"GET /healthz HT"],
        [b"GET /healthz HTTP/1.1\r\n", *[b"X-Slow: 1\r\n"] * 40],
        [b"POST /slack/events HTTP/1.1\r\nHost: bot\r\n{fresh}Content-Length: 900\r\n\r\n", *[b"a"] * 40],
        [
            b"POST /slack/events HTTP/1.1\r\nHost: bot\r\n{fresh}Transfer-Encoding: chunked\r\n\r\n",
            *[b"1\r\na\r\n"] * 40,
        ],
        [b"POST /nowhere HTTP/1.1\r\nHost: bot\r\nContent-Length: 900\r\n\r\n", *[b"a"] * 40],
        [get(), *[b"\r\n"] * 40],
        [get() * 2 + b"GET /hea", *[b"l"] * 40],
    ],
    ids=["silent", "line", "headers", "body", "chunks", "body nobody reads", "empty lines", "pipelined"],
)
async def test_a_slow_request_is_disconnected(parts: list[bytes]) -> None:
    async with plugged() as rig:
        slack = slack_http_app(rig.app("s"), Secret("s"))
        async with front(slack) as port:
            watch = Stopwatch()
            fresh = f"X-Slack-Request-Timestamp: {time.time():.0f}\r\nX-Slack-Signature: v0={'0' * 64}\r\n"
            said = await talk(port, *(part.replace(b"{fresh}", fresh.encode()) for part in parts), every=0.05)
            assert b"401" not in said, "its body was not waited for"
            assert watch.seconds < 1.5


class Watched(ShortConnection):
    """Shows what it has not got rid of."""

    opened: ClassVar[list["Watched"]] = []

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.opened.append(self)
        super().connection_made(transport)

    @property
    def unread(self) -> int:
        return self.transport.get_write_buffer_size()

    @property
    def answers(self) -> int:
        return self.server_state.total_requests


@pytest.mark.parametrize(
    ("answer", "last"),
    [(500_000, b""), (4_000, get(Connection="close"))],
    ids=["full", "closed"],
)
async def test_a_client_that_reads_no_answer_is_disconnected(answer: int, last: bytes) -> None:
    async def look() -> Condition:
        return Condition(("x" * answer,))

    Watched.opened.clear()
    async with front(look=look, protocol=Watched) as port:
        loop = asyncio.get_running_loop()
        with socket.socket() as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            deaf.setblocking(False)
            await loop.sock_connect(deaf, ("127.0.0.1", port))
            async with asyncio.timeout(20):
                while not Watched.opened:
                    await asyncio.sleep(0.002)
                [connection] = Watched.opened
                unread = sent = 0
                while not unread:
                    await loop.sock_sendall(deaf, get("/readyz"))
                    sent += 1
                    while not unread and connection.answers < sent:
                        await asyncio.sleep(0.002)
                        unread = connection.unread
                await loop.sock_sendall(deaf, last)
            async with asyncio.timeout(2):
                while connection in connection.connections:
                    await asyncio.sleep(0.02)


@pytest.mark.real_time
async def test_a_slow_reader_gets_the_whole_page() -> None:
    async def look() -> Condition:
        return Condition(("x" * 6_000_000,))

    async with front(look=look) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2048)
        writer.write(get("/readyz", Connection="close"))
        read = 0
        while part := await reader.read(200_000):
            read += len(part)
            await asyncio.sleep(0.01)
        assert read > 6_000_000
        writer.close()


async def test_a_connection_that_waits_for_its_next_request_is_kept() -> None:
    async with front() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(3):
            writer.write(get())
            assert (await reader.readuntil(b"ok\n")).startswith(b"HTTP/1.1 200")
            await asyncio.sleep(ShortConnection.request_seconds + 0.1)
        writer.close()


@pytest.mark.parametrize("step", [100, 10**6])
@pytest.mark.parametrize("head", [b"X: " + b"a" * 200_000, b"X: a\r\n" * 40_000, b"\x00" * 200_000])
async def test_endless_headers_are_refused(head: bytes, step: int) -> None:
    sent = b"GET /healthz HTTP/1.1\r\nHost: bot\r\n" + head + b"\r\n\r\n"
    async with front(protocol=BoundedConnection) as port:
        said = await talk(port, *(sent[at : at + step] for at in range(0, len(sent), step)))
        assert b"HTTP/1.1 400" in said or said == b"(hung up)"
        assert b"200 OK" not in said


async def test_an_endless_path_is_refused() -> None:
    async with front(protocol=BoundedConnection) as port:
        said = await talk(port, b"GET /", *[b"a" * 10_000] * 30)
        assert b"HTTP/1.1 400" in said or said == b"(hung up)"


def post(path: str, rest: bytes, **headers: str) -> bytes:
    fresh = {"X_Slack_Request_Timestamp": f"{time.time():.0f}", "X_Slack_Signature": "v0=" + "0" * 64}
    return get(path, "POST", **fresh, **headers) + rest


BURSTS = {
    "nothing": get("/") * 6_800,
    "healthz": get() * 6_800,
    "slack": get(EVENTS) * 6_800,
    "upgrades": get(Connection="Upgrade", Upgrade="websocket") * 6_800,
    "expecting": post(EVENTS, b"abc", Expect="100-continue", Content_Length="3") * 6_800,
    "chunked": post("/readyz", b"3\r\nabc\r\n0\r\n\r\n", Transfer_Encoding="chunked") * 6_800,
    "tiny chunks": post(EVENTS, b"1\r\na\r\n" * 400_000, Transfer_Encoding="chunked"),
    "one trailer": post(EVENTS, b"0\r\nX: " + b"a" * 2_000_000, Transfer_Encoding="chunked"),
    "trailers": post(EVENTS, b"0\r\n" + b"X: a\r\n" * 400_000, Transfer_Encoding="chunked"),
    "chunk extension": post(EVENTS, b"1;a=" + b"a" * 2_000_000, Transfer_Encoding="chunked"),
    "body nobody reads": get("/readyz", Content_Length="9000000") + b"a" * 2_000_000,
    "empty lines": get("/readyz") + b"\r\n" * 1_000_000,
}


@pytest.mark.parametrize("sent", BURSTS.values(), ids=BURSTS)
async def test_a_burst_costs_no_memory_and_keeps_no_other_connection_waiting(sent: bytes) -> None:
    """6,800 requests in a burst on each connection, the answers unread: they took 16 MiB a connection."""
    connections, burst = 20, memoryview(sent)
    loop = asyncio.get_running_loop()
    async with (
        plugged() as rig,
        front(slack_http_app(rig.app("s"), Secret("s")), look=slow, protocol=BoundedConnection) as port,
    ):
        gc.collect()
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        deaf = [socket.socket() for _ in range(connections)]
        try:
            for each in deaf:
                each.setblocking(False)
                await loop.sock_connect(each, ("127.0.0.1", port))
            floods = [asyncio.create_task(loop.sock_sendall(each, burst)) for each in deaf]
            watch = Stopwatch()
            assert b"200 OK" in await talk(port, get(Connection="close"))
            assert watch.seconds < 1
            await asyncio.wait(floods, timeout=2)
            _, peak = tracemalloc.get_traced_memory()
            await asyncio.gather(*floods, return_exceptions=True)
        finally:
            tracemalloc.stop()
            for each in deaf:
                each.close()
        assert (peak - before) / connections < 300 * 1024


async def test_of_pipelined_requests_the_first_is_answered_whole_and_the_connection_closed() -> None:
    async def look() -> Condition:
        await asyncio.sleep(0.05)
        return Condition(("x" * 300_000,))

    async with front(look=look, protocol=BoundedConnection) as port:
        for rest in (get() * 5, b"\x00 no request at all"):
            said = await talk(port, get("/readyz"), rest, every=0.01)
            assert said.count(b"HTTP/1.1 ") == 1
            assert b"connection: close" in said and said.endswith(b"}\n") and len(said) > 300_000


async def test_a_new_connection_at_a_full_port_closes_those_silent_longest() -> None:
    """Each new connection finds room: the connection that was silent longest is closed."""
    async with front(protocol=Patient) as port, AsyncExitStack() as stack:
        readers = []
        for _ in range(Patient.most + 2):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            stack.callback(writer.close)
            readers.append(reader)
        await asyncio.sleep(0.1)
        closed = [reader.at_eof() or reader.exception() is not None for reader in readers]
        assert closed == [True, True, *[False] * Patient.most]
        assert b"200 OK" in await talk(port, get(Connection="close"))


async def test_a_failure_shared_by_all_processes_takes_none_out_of_service() -> None:
    """A platform probes `for=traffic`: without DLF people still get answers from the record."""

    async def look() -> Condition:
        return Condition((), ("DLF project prod: away",), ("a remark",))

    async with front(look=look) as port, open_session(seconds=5) as session:
        url = f"http://127.0.0.1:{port}/readyz"
        for query, status, remarks in (("", 503, 1), ("?for=traffic", 200, 2), ("?for=trafficjam", 503, 1)):
            async with session.get(url + query) as answer:
                assert (answer.status, len((await answer.json())["remarks"])) == (status, remarks)


async def test_readiness_is_looked_at_once_however_many_ask() -> None:
    looks = 0

    async def look() -> Condition:
        nonlocal looks
        looks += 1
        await asyncio.sleep(0.2)
        return Condition(("store: away",))

    class Roomy(ShortConnection):
        most = 50

    async with front(look=look, protocol=Roomy) as port, aiohttp.ClientSession() as outside:
        url = f"http://127.0.0.1:{port}/readyz"
        answers = await asyncio.gather(*(_status(outside, "GET", url) for _ in range(20)))
        assert answers == [503] * 20
        assert looks == 1


async def _status(outside: aiohttp.ClientSession, method: str, url: str, **more: Any) -> int:
    async with outside.request(method, url, **more) as response:
        await response.read()
        return response.status


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (None, 401),
        ("", 401),
        ("Bearer", 401),
        ("Bearer ", 401),
        ("s3cret-token", 401),
        ("Basic s3cret-token", 401),
        ("Bearer s3cret-toke", 401),
        ("Bearer s3cret-token ", 200),
        ("Bearer s3cret-tokens", 401),
        ("Bearer Bearer s3cret-token", 401),
        ("Bearer S3CRET-TOKEN", 401),
        ("Bearer ключ", 401),
        ("Bearer s3cret-token", 200),
        ("bearer s3cret-token", 200),
    ],
)
@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
async def test_health_and_metrics_want_the_bearer_token(path: str, given: str | None, status: int) -> None:
    headers = [b"Authorization: " + given.encode() + b"\r\n"] if given is not None else []
    request = b"".join(
        [f"GET {path} HTTP/1.1\r\nHost: b\r\nConnection: close\r\n".encode(), *headers, b"\r\n"]
    )
    async with front(token="s3cret-token") as port:
        said = await talk(port, request)
        assert said.startswith(f"HTTP/1.1 {status}".encode())
        assert b"s3cret" not in said
        assert (b"www-authenticate: Bearer" in said) is (status == 401)


@pytest.mark.parametrize(
    "path",
    ["/slack/events", "/slack%2Fevents", "/slack/events?x=1", "/%73lack/events", "http://bot/slack/events"],
)
async def test_no_spelling_of_the_path_gets_past_the_signature(path: str) -> None:
    async with plugged() as rig:
        body = urlencode({"command": "/dlf-status", "team_id": rig.world.team_id, "user_id": ADA})
        async with front(slack_http_app(rig.app("s"), Secret("s"))) as port:
            request = get(path, "POST", Content_Length=str(len(body)), Connection="close") + body.encode()
            assert (await talk(port, request)).startswith(b"HTTP/1.1 401")
        assert rig.observed == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "//slack/events", 404),
        ("POST", "/slack/events/", 404),
        ("POST", "/slack/events/../events", 404),
        ("POST", "/SLACK/EVENTS", 404),
        ("POST", "/slack/install", 404),
        ("GET", "/slack/events", 404),
        ("PUT", "/slack/events", 404),
        ("GET", "/slack/oauth_redirect?code=1", 404),
        ("HEAD", "/healthz", 200),
        ("HEAD", "/metrics", 200),
        ("POST", "/metrics", 405),
        ("DELETE", "/readyz", 405),
        ("OPTIONS", "/healthz", 405),
        ("GET", "/", 404),
        ("GET", "/metrics/../healthz", 404),
    ],
)
async def test_every_other_path_and_method_is_refused(method: str, path: str, status: int) -> None:
    async with plugged() as rig:
        async with front(slack_http_app(rig.app("s"), Secret("s"))) as port:
            said = await talk(port, get(path, method, Content_Length="0", Connection="close"))
        head, _, body = said.partition(b"\r\n\r\n")
        assert head.startswith(f"HTTP/1.1 {status}".encode())
        assert method != "HEAD" or not body
        assert b"server:" not in head.lower()
        assert rig.observed == []


@asynccontextmanager
async def slack_over_http(
    look: Callable[[], Any] = ready, protocol: type[BoundedConnection] = BoundedConnection, **options: Any
) -> AsyncIterator[tuple[SlackHarness, Callable[..., Awaitable[int]]]]:
    """The rig behind our HTTP port, and a function that sends it a signed body."""
    async with plugged(**options) as rig:
        secret = rig.world.signing_secret
        async with (
            front(slack_http_app(rig.app(secret), Secret(secret)), look=look, protocol=protocol) as port,
            aiohttp.ClientSession() as outside,
        ):
            rig.world.request_url = f"http://127.0.0.1:{port}{EVENTS}"

            async def send(body: bytes, kind: str = "", at: float = 0.0, **headers: str) -> int:
                said = signed(secret, body, at=time.time() + at) | headers
                said |= {"Content-Type": kind} if kind else {}
                url = f"http://127.0.0.1:{port}{EVENTS}"
                return await _status(outside, "POST", url, data=io.BytesIO(body), headers=said)

            yield rig, send
            await rig.settled()


async def test_a_signature_is_good_for_five_minutes_either_way() -> None:
    async with slack_over_http() as (rig, send):
        body = urlencode({"command": "/dlf-status", "team_id": rig.world.team_id, "user_id": ADA}).encode()
        for at, status in ((-310, 401), (-290, 200), (290, 200), (310, 401), (1e10, 401)):
            assert await send(body, at=at) == status, at


async def test_only_whole_bodies_up_to_the_limit_are_read() -> None:
    async with slack_over_http() as (rig, send):
        body = urlencode({"command": "/dlf-status", "team_id": rig.world.team_id, "user_id": ADA}).encode()
        assert await send(body + b"&text=" + b"a" * (LIMIT - 6 - len(body))) == 200
        assert await send(body + b"&text=" + b"a" * (LIMIT - 5 - len(body))) == 413
        await rig.settled()
        assert rig.observed == [("/dlf-status", "wrong")]


async def test_a_press_on_the_longest_message_is_read_however_slack_escapes_it() -> None:
    async with slack_over_http() as (rig, send):
        section = {"type": "section", "text": {"type": "mrkdwn", "text": "🔥" * MESSAGE}}
        message = {"ts": "1.0", "text": "🔥" * TEXT, "blocks": [section]}
        payload = pressed(ACTIONS[0], answer_url(rig)) | {"message": message}
        assert await send(b"payload=" + quote_plus(json.dumps(payload)).encode()) == 200
        await rig.settled()
        assert len(rig.pressed.taken) == 1


STRANGERS: list[dict[str, str]] = [
    {},
    {"X-Slack-Signature": "v0=" + "0" * 64},
    {"X-Slack-Request-Timestamp": "{now}"},
    {"X-Slack-Request-Timestamp": "{now}", "X-Slack-Signature": ""},
    {"X-Slack-Request-Timestamp": "{now}", "X-Slack-Signature": "v0=00"},
    {"X-Slack-Request-Timestamp": "{now}", "X-Slack-Signature": "v1=" + "0" * 64},
    {"X-Slack-Request-Timestamp": "1700000000", "X-Slack-Signature": "v0=" + "0" * 64},
    {"X-Slack-Request-Timestamp": "9" * 400, "X-Slack-Signature": "v0=" + "0" * 64},
    {"X-Slack-Request-Timestamp": "-{now}", "X-Slack-Signature": "v0=" + "0" * 64},
]


@pytest.mark.parametrize("headers", STRANGERS, ids=lambda headers: str(headers)[:60])
async def test_an_unsigned_request_is_refused_before_its_body_is_read(headers: dict[str, str]) -> None:
    said = {name.replace("-", "_"): value.format(now=int(time.time())) for name, value in headers.items()}
    async with (
        plugged() as rig,
        front(slack_http_app(rig.app("s"), Secret("s")), protocol=BoundedConnection) as port,
    ):
        head = get(EVENTS, "POST", Content_Length=str(LIMIT), **said)
        assert (await talk(port, head)).startswith(b"HTTP/1.1 401")


ODD_KINDS = ["text/plain", "application/json", "multipart/form-data", "x", "a/b; charset=utf-7"]
ODD_BODIES = [
    b"",
    b"{",
    b"null",
    b"[]",
    b'"a"',
    b"payload=1",
    b"payload=[[[",
    b"payload=" + b"[" * 9999,
    b"a=%00%ff",
]
ODD_PAYLOADS = [
    b'{"team": 5}',
    b'{"user": [], "type": "block_actions", "actions": []}',
    b'{"type": "block_actions", "actions": [{}]}',
    b'{"type": "block_actions", "actions": [5]}',
    b'{"view": "x"}',
    b'{"type": "event_callback", "event": {}}',
    b'{"type": "event_callback", "event": 7}',
    b'{"type": "event_callback", "event": null}',
    b'{"type": "block_actions", "actions": null}',
    b'{"type": "block_actions", "team_id": ["T0PLAYGROUND"]}',
    b'{"authorizations": [' + b'{"authorizations": [' * 900 + b"]}" * 901,
    b'{"command": ["/dlf-status"]}',
    b'{"type": "workflow_step_edit", "callback_id": 5}',
    b'{"type": "workflow_step_edit", "callback_id": "step"}',
    b'{"type": "view_submission", "view": {"callback_id": "step", "type": "workflow_step"}}',
    b'{"type": "shortcut", "callback_id": {}}',
    b'{"type": "message_action"}',
    b'{"type": "dialog_submission", "callback_id": null}',
    b'{"type": "interactive_message", "actions": [{"name": "a"}]}',
    b'{"type": "view_submission", "view": {"callback_id": 5}}',
    b'{"type": "view_closed"}',
    b'{"type": "block_suggestion", "action_id": []}',
    b'{"type": "block_actions", "actions": []}',
    b'{"type": "url_verification", "challenge": 5}',
    b'{"type": 5}',
    b'{"a": 1}',
    b"{}",
]
UNKNOWN = [
    b'{"type": "event_callback", "event": {"type": "reaction_added"}}',
    b'{"type": "interactive_message", "callback_id": "old", "actions": [{"name": "a"}]}',
    b'{"type": "shortcut", "callback_id": "one"}',
    b'{"type": "view_closed", "view": {"callback_id": "form", "type": "modal"}}',
    b'{"type": "block_suggestion", "action_id": "menu"}',
    b'{"type": "app_rate_limited", "minute_rate_limited": 1}',
    b'{"type": "something_new"}',
]


async def test_payloads_without_a_listener_are_acknowledged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with slack_over_http() as (_, send):
        for body in UNKNOWN:
            assert await send(body, "application/json") == 200, body
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []


async def test_no_signed_oddity_is_an_error_of_ours(caplog: pytest.LogCaptureFixture) -> None:
    async with slack_over_http() as (rig, send):
        for body in ODD_BODIES:
            for kind in ODD_KINDS:
                assert await send(body, kind) in (200, 400), (body, kind)
        for body in ODD_PAYLOADS:
            assert await send(body, "application/json") == 400, body
            assert await send(b"payload=" + quote_plus(body).encode()) == 400, body
        await rig.settled()
        assert rig.observed == []
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []


async def test_ssl_check_is_answered_only_when_signed() -> None:
    async with slack_over_http() as (_, send):
        assert await send(b"ssl_check=1&token=t") == 200
        assert await send(b"ssl_check=1&token=t", **{"X-Slack-Signature": "v0=00"}) == 401


async def test_a_flood_of_unsigned_requests_fills_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with slack_over_http() as (_, send):
        for _ in range(30):
            assert await send(b"x", **{"X-Slack-Signature": "v0=00"}) == 401
    refused = [record for record in caplog.records if record.getMessage() == "slack_request_refused"]
    assert len(refused) == 1


@pytest.mark.parametrize("word", ["payload", "payload=1", "&payload={}", "ssl_check", "url_verification"])
async def test_no_word_of_a_command_is_taken_for_something_else(word: str) -> None:
    """Bolt answers 404 to a form in whose text "payload" stands."""
    async with plugged("http") as rig:
        outcome = await rig.world.run_command(ADA, OPS, word)
        assert outcome.ok
        assert "Unknown word" in rig.private()[0]


# Permissions


class Marked(User):
    """A person whom Slack marks as no member of the team."""

    marks: dict[str, Any]

    def as_json(self, team: str) -> dict[str, Any]:
        return super().as_json(team) | self.marks


@pytest.mark.parametrize(
    "marks",
    [
        {"is_restricted": True},
        {"is_ultra_restricted": True, "is_restricted": True},
        {"is_bot": True},
        {"is_stranger": True},
        {"deleted": True},
        {"team_id": "T0OTHER"},
        {"team_id": "T0OTHER", "enterprise_user": {"enterprise_id": "E0OTHER"}},
        {"team_id": "T0OTHER", "enterprise_user": {"enterprise_id": ""}},
        {"id": "U0SOMEBODY"},
    ],
    ids=str,
)
async def test_guests_bots_and_strangers_may_press_nothing(
    marks: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with plugged("http") as rig:
        person = Marked(BEN, "ben", "Ben")
        person.marks = marks
        rig.world.users[BEN] = person
        assert (
            await press(rig, BEN)
            == ["Only full members of this Slack workspace can do this (not guests)."] * 2
        )
        assert (rig.pressed.taken, rig.pressed.silences) == ({}, [])
    logged = [record.fields for record in caplog.records if record.getMessage() == "command"]  # type: ignore[attr-defined]
    assert [(one["command"], one["outcome"]) for one in logged] == [
        ("alert_acknowledge", "refused"),
        ("alert_silence", "refused"),
    ], "each refusal is logged, once"


async def test_a_person_without_a_team_may_press_nothing() -> None:
    async with plugged("http") as rig:
        person = Marked(BEN, "ben", "Ben")
        person.marks = {"team_id": ""}
        rig.world.users[BEN] = person
        told = await press(rig, BEN)
        assert [text.partition(". ")[0] for text in told] == [
            "Your permissions could not be checked (no_team)"
        ] * 2
        assert (rig.pressed.taken, rig.pressed.silences) == ({}, [])


@pytest.mark.parametrize("groups", [["S0GONE", "S0ONCALL"], ["S0ONCALL", "S0GONE"]], ids=str)
async def test_a_group_of_admins_that_is_gone_keeps_only_strangers_out(groups: list[str]) -> None:
    async with plugged(admins=groups) as rig:
        rig.world.usergroups["S0ONCALL"] = UserGroup("S0ONCALL", "oncall", "On call", [BEN])
        assert await rig.people.may_silence(Caller(BEN, TEAM, TEAM, "", OPS, "ops")) is None
        refused = await rig.people.may_silence(Caller(ADA, TEAM, TEAM, "", OPS, "ops"))
        assert refused is not None
        assert refused.text.startswith("Your permissions could not be checked (no_such_subteam). ")


async def test_a_guest_of_an_admin_group_may_do_what_admins_may() -> None:
    async with plugged(admins=["S0ONCALL"]) as rig:
        guest = Marked(BEN, "ben", "Ben")
        guest.marks = {"is_restricted": True}
        rig.world.users[BEN] = guest
        caller = Caller(BEN, TEAM, TEAM, "", OPS, "ops")
        rig.world.usergroups["S0ONCALL"] = UserGroup("S0ONCALL", "oncall", "On call", [ADA])
        assert await rig.people.may_acknowledge(caller) is not None
    async with plugged(admins=["S0ONCALL"]) as rig:
        rig.world.users[BEN] = guest
        rig.world.usergroups["S0ONCALL"] = UserGroup("S0ONCALL", "oncall", "On call", [BEN])
        for may in (rig.people.may_acknowledge, rig.people.may_look, rig.people.may_silence):
            assert await may(caller) is None


@pytest.mark.parametrize(
    "forged",
    [
        {"team": {"id": "T0OTHER"}},
        {"team": None},
        {"team": "T0OTHER"},
        {"user": {"id": ADA, "team_id": "T0OTHER"}},
        {"user": {"id": "U0NOBODY", "team_id": TEAM}},
        {"user": {"id": ""}},
        {"user": None},
        {"enterprise": {"id": "E0OTHER"}, "is_enterprise_install": True, "team": {"id": "T0OTHER"}},
        {"user": {"id": f"{ADA} "}},
        {"user": {"id": f"{ADA}\n{BEN}"}},
    ],
    ids=str,
)
async def test_a_forged_caller_may_press_nothing(forged: dict[str, Any]) -> None:
    async with slack_over_http() as (rig, send):
        for action in ACTIONS[:2]:
            payload = pressed(action, rig.api_url) | forged
            assert await send(b"payload=" + quote_plus(json.dumps(payload)).encode()) == 200
        await rig.settled()
        assert (rig.pressed.taken, rig.pressed.silences) == ({}, [])
        assert {outcome for _, outcome in rig.observed} <= {"foreign", "refused", "failed"}
        assert len(rig.observed) == 2


async def test_admins_are_checked_at_every_press_of_any_button() -> None:
    async with slack_over_http(admins=["S0ONCALL"]) as (rig, send):
        rig.world.usergroups["S0ONCALL"] = UserGroup("S0ONCALL", "oncall", "On call", [BEN])
        for value in ("1h|a1", "1h|other/alert", f"4h|{BEN}|S0ONCALL", "tomorrow|", "forever|a1", "|"):
            body = pressed({"action_id": "alert_silence", "value": value}, answer_url(rig))
            assert await send(b"payload=" + quote_plus(json.dumps(body)).encode()) == 200
            await rig.settled()
        assert rig.pressed.silences == []
        assert [text[:22] for text in rig.private(ADA)] == ["Only the bot's admins "] * 6


def answer_url(rig: SlackHarness) -> str:
    """A `response_url` like those that Slack gives with each press."""
    return rig.world.response_urls.issue(ADA, OPS, kind="commands")


@pytest.mark.parametrize(
    "value",
    ["", "|", "x", ALERT_ID + "9", "unknown/prod/sales/2026-11-23/1", "a\0b", "\ud800", "\u202e" + ALERT_ID,
     "'; DROP TABLE alerts; --", "x" * 10**5, ALERT_ID + "\n", f" {ALERT_ID}", "%", "_" * 20],
    ids=lambda value: repr(value[:20]),
)  # fmt: skip
async def test_an_edited_value_finds_no_alert(store: Store, value: str) -> None:
    """Through the real use case and the real store: only an exact alert id counts."""
    firing = replace(FIRING, told=None)
    assert await store.alerts.save([Change(None, firing)])
    async with plugged() as rig:
        rig.actions = alert_buttons(rig, store)
        use_case = Silencing(store, [SALES], clock=lambda: NOW)
        silencing = SilenceActions(rig.door, use_case, rig.people, zone=ZONE, redraw=rig.home.draw)
        for action_id, chosen in (("alert_acknowledge", value), ("alert_silence", f"1h|{value}")):
            body = pressed({"action_id": action_id, "value": chosen}, answer_url(rig))
            listener = rig.actions.acknowledge if action_id == "alert_acknowledge" else silencing.choose
            await listener(_acked, body)
        await rig.settled()
        assert sorted(outcome for _, outcome in rig.observed) in (["unknown"] * 2, ["unknown", "wrong"])
    assert list(await store.silences.active(NOW)) == []
    (kept,) = await store.alerts.firing()
    assert kept.acknowledged is None


def alert_buttons(rig: SlackHarness, store: Store) -> AlertButtons:
    """The buttons, on the real use case and the real store."""
    actions = AlertActions(store, clock=lambda: NOW)
    return AlertButtons(rig.door, actions, rig.people, redraw=rig.home.draw)


async def _acked(*_: object) -> None:
    pass


async def test_a_replayed_press_changes_nothing_more(store: Store) -> None:
    assert await store.alerts.save([Change(None, replace(FIRING, told=None))])
    async with plugged() as rig:
        rig.actions = alert_buttons(rig, store)
        for user in (ADA, ADA, BEN):
            body = pressed(ACTIONS[0] | {"value": FIRING.id}, answer_url(rig))
            await rig.actions.acknowledge(_acked, body | {"user": {"id": user, "team_id": TEAM}})
            await rig.settled()
        assert [outcome for _, outcome in rig.observed] == ["done", "already", "already"]
    (kept,) = await store.alerts.firing()
    assert kept.acknowledged is not None
    assert kept.acknowledged.by == ADA


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        ({}, True),
        ({"team": TEAM}, True),
        ({"team": "T0OTHER"}, False),
        ({"enterprise": "E0OTHER"}, False),
        ({"team": TEAM, "enterprise": "E0OTHER"}, False),
    ],
)
async def test_a_token_for_another_team_is_good_for_nothing(wanted: dict[str, Any], fits: bool) -> None:
    async with plugged() as rig:
        sender = Sender(
            Secret(rig.world.bot_token), rig.api_url, rig.sender.session, clock=lambda: NOW, **wanted
        )
        calls: list[Callable[[], Awaitable[object]]] = [
            lambda: check_token(sender),
            sender.probe,
            lambda: sender.post(OPS, Message("hello"), key="k"),
            lambda: sender.edit(Posted(OPS, "1.0"), Message("hello"), key="k"),
        ]
        for call in calls[: 3 if fits else 4]:
            if fits:
                await call()
                continue
            with pytest.raises(SlackError, match="Nothing is posted") as caught:
                await call()
            assert caught.value.code == "team_access_not_granted"
            assert sender.identity is None
        assert len(rig.world.messages(OPS)) == (1 if fits else 0)


async def test_the_bot_does_not_start_in_another_team(tmp_path: Path) -> None:
    async with services(tmp_path) as home:
        for key in ("team: T0OTHER", "enterprise: E0OTHER"):
            with pytest.raises(SlackError, match=r"belongs to another (team|enterprise) than slack"):
                async with home.bot(transport="app_token: ${SLACK_APP}\n  " + key):
                    pass
        async with home.bot(transport="app_token: ${SLACK_APP}\n  team: T0PLAYGROUND") as bot:
            assert bot.sender.identity is not None


async def test_of_an_organisation_only_the_team_that_is_wanted_is_served() -> None:
    async with plugged() as rig:
        rig.sender.identity = Identity(TEAM, "Acme", "E1", "U0", "B0", "", None)
        person = Marked(ADA, "ada", "Ada")
        person.marks = {"enterprise_user": {"enterprise_id": "E1"}}
        rig.world.users[ADA] = person
        for team, sibling, outcome in (
            (None, "T0SIBLING", "known"),
            (TEAM, "T0SIBLING", "foreign"),
            (TEAM, TEAM, "known"),
        ):
            rig.sender.team = team
            rig.observed.clear()
            body = {
                "team_id": sibling,
                "enterprise_id": "E1",
                "is_enterprise_install": "true",
                "user_id": ADA,
            }
            await rig.commands.status(_acked, body | {"response_url": rig.api_url})
            await rig.settled()
            assert rig.observed[0][1] in (outcome, "failed")
            assert (rig.observed[0][1] == "foreign") == (outcome == "foreign")


# Words that look like pings and links


async def test_plain_words_become_no_link_and_no_ping_on_the_wire() -> None:
    """Slack links bare addresses and names in mrkdwn unless it is told that they are words."""
    nasty = "https://evil.example/x @channel #general <!channel>"
    message = render_alert(FIRING, RULE, replace(SALES, name=nasty))
    async with plugged() as rig:
        await rig.sender.post(OPS, message, key="k")
        posted = rig.world.messages(OPS)[0]
        texts = list(_mrkdwn(posted.blocks))
        assert texts
        assert all(text.get("verbatim") is True for text in texts)
        assert any("https://evil.example" in text["text"] for text in texts)
        assert alive(json.dumps(posted.as_json()), RULE.mention) == []


def _mrkdwn(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        if tree.get("type") == "mrkdwn":
            yield tree
        tree = list(tree.values())
    for part in tree if isinstance(tree, list) else ():
        yield from _mrkdwn(part)


# SQL


def test_sql_is_never_put_together_from_texts() -> None:
    """No f-string and no sum of texts reaches a database; the compilers of our own functions excepted."""
    raw = {"text", "exec_driver_sql", "literal_column", "TextClause", "DDL"}
    for path in sorted(Path("bot/store").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for call in [node for node in ast.walk(tree) if isinstance(node, ast.Call)]:
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if name not in raw or not call.args or "migrations" in path.parts:
                continue
            assert isinstance(call.args[0], ast.Constant), f"{path}:{call.lineno}"
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr) and "migrations" not in path.parts:
                written = "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
                in_compiler = path.name == "sql.py" and "compiler.process" in ast.unparse(node)
                statement = re.search(
                    r"(?i)\b(select|insert|update|delete|from|where|pragma|set)\b .*", written
                )
                assert in_compiler or not statement or written.startswith("The database"), (
                    f"{path}:{node.lineno}"
                )


NASTY = [
    *("'; DROP TABLE alerts; --", '"); DELETE FROM notices; --', "a'b\"c", "NULL", "[]", '["prod/sales"]'),
    *("%", "_", "\\", ":name", "$1", "?", "{0}", "\n", "名", "🔥", "\u202e", "x" * 5000),
]


@pytest.mark.parametrize("nasty", NASTY, ids=lambda nasty: repr(nasty[:20]))
async def test_nasty_names_are_only_names(store: Store, nasty: str) -> None:
    key, moment = f"prod/{nasty}", datetime(2026, 11, 23, 9, tzinfo=UTC)
    alert_here = replace(FIRING, key=AlertKey(nasty, key, SUNDAY), told=None, detail=nasty)
    other = replace(FIRING, told=None)
    assert await store.alerts.save([Change(None, alert_here), Change(None, other)])
    assert await store.alerts.acknowledge(alert_here.id, nasty, moment)
    found = await store.alerts.get(alert_here.id)
    assert found and found.acknowledged and (found.key.rule, found.acknowledged.by) == (nasty, nasty)
    assert set(await store.alerts.newest(key, SUNDAY)) == {nasty}
    assert [one.id for one in await store.alerts.of_date([key], SUNDAY)] == [alert_here.id]
    await store.silences.add(Silence(nasty, key, moment + timedelta(hours=1), nasty, moment))
    assert [one.rule for one in await store.silences.active(moment)] == [nasty]
    assert await store.leases.acquire(nasty, nasty, 30)
    assert not await store.leases.acquire(nasty, "other", 30)
    await store.leases.release(nasty, nasty)
    assert await store.rate_limits.reserve(nasty, 10) == 0
    await store.snapshots.fill(
        [
            RecordedCounts(key, SUNDAY, False, FINE, moment),
            RecordedCounts("prod/b", SUNDAY, False, FINE, moment),
        ]
    )
    assert set(await store.snapshots.latest([key], SUNDAY)) == {key}
    await store.reads.ensure([(key, Day.TODAY), ("other/b", Day.TODAY)], moment)
    (claim,) = await store.reads.claim(nasty, moment, limit=9, lease_seconds=30, project="prod")
    assert await store.reads.record(nasty, [ReadResult(claim, moment, problem=problem_of(nasty))])
    assert [one.problem for one in await store.reads.health("prod")] == [problem_of(nasty)]
    assert await store.reads.claim(nasty, moment, limit=9, lease_seconds=30, project=nasty) == []
    notice = Notice(nasty, nasty, nasty, nasty, Priority.ALERT, moment)
    assert await store.outbox.put(notice)
    assert await store.outbox.channels_due(9) == [nasty]
    sending = await store.outbox.claim(nasty, nasty, 30)
    assert sending and sending.notice == notice
    assert await store.outbox.confirm(sending, nasty, Posted(nasty, nasty), moment)
    row_here = await store.outbox.get(nasty)
    assert row_here and row_here.posted == Posted(nasty, nasty)
    assert len(await store.alerts.firing()) == 2, "and nothing else was touched"


@pytest.mark.parametrize("unsayable", ["a\0b", "\ud800"])
async def test_a_value_no_database_can_store_is_refused_before_anything_is_written(
    store: Store, unsayable: str
) -> None:
    with contextlib.suppress(StoreError):
        assert await store.alerts.get(unsayable) is None
    with contextlib.suppress(StoreError):
        await store.rate_limits.reserve(unsayable, 1)
    assert await store.leases.acquire("still", "here", 1)


# Nothing leads elsewhere


@asynccontextmanager
async def elsewhere() -> AsyncIterator[tuple[str, list[str]]]:
    """A server that redirects every request to another address of its own, and notes the requests there."""
    asked: list[str] = []

    async def serve(request: web.Request) -> web.StreamResponse:
        asked.append(f"{request.method} {request.path}")
        if request.path == "/api/apps.connections.open":
            return web.json_response({"ok": True, "url": f"ws://{request.host}/link?ticket=secret"})
        return web.Response(status=307, headers={"Location": "/trap" + request.path_qs})

    application = web.Application()
    application.router.add_route("*", "/{anything:.*}", serve)
    async with TestServer(application) as server:
        yield str(server.make_url("")).rstrip("/"), asked


async def test_no_redirect_is_followed_by_anything_that_speaks_for_us() -> None:
    async with elsewhere() as (url, asked), open_session(seconds=2) as session:
        for auth in (KEY, TOKEN, USER):
            client = DlfClient(project(auth, url))
            with pytest.raises(DlfError):
                await client.fetch(replace(SALES, id="ws-sales"), Day.TODAY, now=NOW, deadline=5)
            await client.close()
        sender = Sender(Secret("xoxb-1"), f"{url}/api/", session, clock=lambda: NOW)
        with pytest.raises(SlackError):
            await sender.probe()
        with pytest.raises(SlackError):
            await sender.directory.member(ADA)
        with pytest.raises(SlackError):
            await sender.respond(ResponseUrl(f"{url}/commands/T1/1/secret"), Message("x"))
        async with open_line() as line:
            with pytest.raises(aiohttp.ClientError):
                await line.ws_connect(f"{url}/link?ticket=secret")
        assert len(asked) >= 7
        assert [one for one in asked if "trap" in one] == []


async def test_a_socket_mode_line_follows_no_redirect() -> None:
    async with elsewhere() as (url, asked), plugged() as rig:
        line = SocketMode(rig.app(), Secret("xapp-1"), f"{url}/api/", rig.sender.session, clock=lambda: NOW)
        starting = asyncio.ensure_future(line.start())
        async with asyncio.timeout(5):
            while not any("/link" in one for one in asked):
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.1)
        assert not line.connected
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        await line.stop()
    assert [one for one in asked if "trap" in one] == []


# Floods


async def test_ten_thousand_commands_leave_nothing_behind() -> None:
    async with plugged() as rig:
        rig.prove_native()
        body = {"command": "/dlf-status", "team_id": TEAM, "channel_id": OPS, "response_url": rig.api_url}
        for number in range(100):
            people = [body | {"user_id": f"U{number * 100 + n}", "text": f"w{n}"} for n in range(100)]
            await asyncio.gather(*(rig.commands.status(_acked, one) for one in people))
        await rig.settled()
        assert len(rig.observed) == 10_000
        assert len(rig.tasks) == 0
        assert not rig.door._waiting


async def test_a_single_person_cannot_use_every_place_and_buttons_keep_some() -> None:
    async with plugged() as rig:
        rig.asked.known_does = hang
        said: list[object] = []

        async def ack(*words: object) -> None:
            said.extend(words)

        def command(user: str) -> Awaitable[None]:
            body = {"command": "/dlf-status", "team_id": TEAM, "user_id": user, "response_url": rig.api_url}
            return rig.commands.status(ack, body)

        crowd = [asyncio.ensure_future(command(ADA)) for _ in range(200)]
        await asyncio.sleep(0.05)
        assert len(rig.tasks) == COMMANDS_OF_ONE
        assert said.count(BUSY) == 200 - COMMANDS_OF_ONE, "who is refused hears it at once"
        crowd += [asyncio.ensure_future(command(f"U{n}")) for n in range(1000)]
        await asyncio.sleep(0.1)
        assert len(rig.tasks) == COMMANDS
        await rig.actions.acknowledge(_acked, pressed(ACTIONS[0], rig.api_url))
        async with asyncio.timeout(30):  # the commands hang for longer
            while not rig.pressed.taken:
                await asyncio.sleep(0.01)
        await asyncio.gather(*crowd)
        await rig.tasks.drain(0)
        assert not rig.door._waiting


class Paced(FakeSource):
    """A DLF that answers at once, behind the pace that commands and polls share."""

    def __init__(self, per_second: float) -> None:
        super().__init__()
        self._lines = FairQueue(RateLimiter(per_second))

    async def fetch(
        self, workspace: Workspace, day: Day, own: bool = False, *, now: datetime, priority: int = 0
    ) -> Snapshot:
        await self._lines.wait(priority)
        return await super().fetch(workspace, day, own, now=now)


async def test_a_flood_of_questions_delays_no_poll(store: Store) -> None:
    """However many questions wait, people and polls take turns at the shared pace."""
    spaces = [Workspace("prod", f"w{n}", f"id{n}", ZONE) for n in range(100)]
    house = UseCases(store, source=Paced(20), workspaces=spaces, rules=[])
    scopes = [(day, own) for day in Day for own in (False, True)]
    flood = [asyncio.ensure_future(house.status.complete(spaces, day, own)) for day, own in scopes]
    await asyncio.sleep(0.3)
    waits: list[float] = []
    for _ in range(15):
        watch = Stopwatch()
        await house.source.fetch(spaces[0], Day.TODAY, now=NOW, priority=1)
        waits.append(watch.seconds)
    assert not all(one.done() for one in flood), "800 questions at 20 a second"
    for one in flood:
        one.cancel()
    await asyncio.gather(*flood, return_exceptions=True)
    assert sorted(waits)[7] < 0.3, "behind one question or two, not behind the 8 in flight"


# Secrets


HOLDERS = [
    KEY,
    USER,
    TOKEN,
    project(KEY),
    project(USER),
    replace(
        NO_SLACK, bot_token=Secret("leak-1"), app_token=Secret("leak-2"), signing_secret=Secret("leak-3")
    ),
    HttpSettings("::", 0, Secret("leak-4")),
    ResponseUrl("https://hooks.slack.com/commands/T1/1/leak-5"),
    Signable("GET", "/", (), {"X-Auth-Token": "leak-6"}, b"leak-7"),
    ApiRequest("https://dlf.test", "/"),
    HttpResponse(200, {"x-subject-token": "leak-8"}, b"leak-9", 0.1),
    IamToken(Secret("leak-10"), NOW),
    HttpApplication(ready, CollectorRegistry(), token=Secret("leak-11")),
]


@pytest.mark.parametrize("holder", HOLDERS, ids=lambda holder: type(holder).__name__)
def test_objects_that_hold_a_secret_show_none_of_it(holder: object) -> None:
    shown = f"{holder!r} {holder} {[holder]!r}"
    assert not re.search(r"leak|playground-secret|Secret\('(?!\*)|ready-token", shown), shown
    error = ValueError(holder)
    assert "leak" not in "".join(traceback.format_exception(error))


async def test_an_error_tells_no_secret_nor_do_the_errors_it_came_from() -> None:
    """The output of `logging.exception`: the whole chain except its suppressed parts."""
    errors: list[BaseException] = []
    async with open_session(seconds=1) as session:
        for url in ("https://hooks.slack.com\\@leak/", "http://127.0.0.1:9/commands/T1/leak", "http://[leak"):
            try:
                await ResponseUrl(url).use({}, session=session, api_url="http://127.0.0.1:9/api/")
            except SlackError as error:
                errors.append(error)
        try:
            await Sender(Secret("xoxb-leak"), "http://127.0.0.1:9/", session, clock=lambda: NOW).probe()
        except SlackError as error:
            errors.append(error)
    for auth in (
        AccessKey("AK", Secret("leak\n")),
        IamUser("u", Secret("leak"), "d"),
        ReadyToken(Secret("lé-leak")),
    ):
        client = DlfClient(project(auth, "http://127.0.0.1:9"))
        try:
            await client.fetch(SALES, Day.TODAY, now=NOW, deadline=0.2)
        except DlfError as error:
            errors.append(error)
        finally:
            await client.close()
    try:
        await open_store("postgresql://bot:leak@127.0.0.1:9/bot?password=leak", connect_seconds=1)
    except StoreError as error:
        errors.append(error)
    assert len(errors) == 8
    for found in errors:
        printed = [line for line in traceback.format_exception(found) if not line.startswith("  File")]
        assert "leak" not in "".join(printed), printed
        assert "leak" not in f"{found!r} {found} {getattr(found, '__notes__', '')}"


def test_no_command_line_takes_a_secret() -> None:
    """Users who may list processes can read their arguments."""
    names = [name for command in cli.commands.values() for option in command.params for name in option.opts]
    assert names
    assert [name for name in names if re.search("token|secret|password|key", name)] == []


KINDS = st.sampled_from(
    [
        *(
            "{}",
            "a{}b",
            "['{}']",
            "X-Auth-Token: {}",
            "Authorization: Bearer {}",
            "{json}",
            "{repr}",
            "b{bytes}",
        ),
        *("https://h.example/x?token={url}&y=1", "postgresql://bot:{url}@h/db", "({repr}, 1)"),
        '{{"password": {json}}}',
    ]
)
SECRETS = st.one_of(
    st.text(st.characters(codec="ascii", min_codepoint=33, max_codepoint=126), min_size=6, max_size=40),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=6, max_size=20).filter(str.strip),
)


@given(SECRETS, KINDS, st.sampled_from(["text", "json"]))
@settings(deadline=None, max_examples=int(os.environ.get("FUZZ_EXAMPLES", "150")))
def test_a_known_secret_is_struck_out_wherever_it_stands(secret: str, kind: str, format: str) -> None:
    redact = Redaction()
    redact.learn(secret)
    forms = {"url": quote(secret, safe=""), "json": json.dumps(secret), "repr": repr(secret)}
    line = kind.format(secret, **forms, bytes=repr(secret.encode()))
    said = redact(line)
    if format == "json":
        said = json.dumps({"event": said}, ensure_ascii=False)
    for form in (secret, *(form.strip("'\"") for form in forms.values())):
        if len(form) >= 6 and form not in kind and form not in STARS:
            assert form not in said.replace(STARS, ""), (line, said)


NAMES_OF_SECRETS = [
    "X-Auth-Token",
    "x-subject-token",
    "X-Security-Token",
    "X-Slack-Signature",
    "password",
    "secret_key",
]


@given(
    st.sampled_from(NAMES_OF_SECRETS),
    st.text(st.characters(categories=["L", "N"], max_codepoint=127), min_size=12, max_size=40),
)
@settings(deadline=None, max_examples=int(os.environ.get("FUZZ_EXAMPLES", "100")))
def test_an_unknown_secret_is_struck_out_by_the_name_before_it(name: str, secret: str) -> None:
    redact = Redaction()
    for line in (
        f"{name}: {secret}",
        f"{name}={secret}&next=1",
        json.dumps({name: secret, "next": 1}),
        json.dumps(json.dumps({name: secret})),
        repr({name: secret}),
        repr([(name, secret)]),
        repr([(name.encode(), secret.encode())]),
        repr({name: f"{secret} with spaces"}),
    ):
        assert secret not in redact(line), line


@pytest.mark.parametrize(
    "harmless",
    [
        "PostgreSQL rejected the user or the password. Check user and password in `store`.",
        "Check HTTPS_PROXY and NO_PROXY, and what the proxy permits.",
        "access_key is given, but secret_key is missing.",
        "username, password and domain; or token",
        "poll workspace=prod/sales seconds=0.123",
    ],
)
def test_plain_sentences_stay_as_they_are(harmless: str) -> None:
    assert Redaction()(harmless) == harmless


# What our program stands on


@pytest.mark.parametrize(
    ("said", "code", "told", "ended"),
    [
        ("Found 1 known vulnerability in 1 package", 1, "Found 1 known vulnerability", 1),
        ("Found 12 known vulnerabilities in 3 packages", 1, "Found 12", 1),
        ("No known vulnerabilities found", 0, "Dependencies audited: nothing known.", 0),
        ("requests.exceptions.ProxyError: HTTPSConnectionPool", 1, "Dependencies not audited", 0),
        (None, 0, "Dependencies not audited", 0),
    ],
    ids=["one", "several", "none", "no network", "no pip-audit"],
)
def test_the_audit_fails_on_what_it_found_and_only_then(
    tmp_path: Path, said: str | None, code: int, told: str, ended: int
) -> None:
    program = tmp_path / ".venv" / "bin" / "pip-audit"
    program.parent.mkdir(parents=True)
    if said is not None:
        program.write_text(f"#!/bin/sh\necho '{said}' >&2\nexit {code}\n")
        program.chmod(0o755)
    shutil.copy("dev.py", tmp_path)
    call = [sys.executable, "-c", "import sys, dev; code, said = dev.audit(); print(said); sys.exit(code)"]
    found = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (found.returncode, told in found.stdout) == (ended, True), found


def test_the_document_explains_every_scope_and_names_what_is_there() -> None:
    document = Path("docs/security.md").read_text(encoding="utf-8")
    table = set(re.findall(r"`([a-z]+(?::[a-z.]+)?)`", document.split("## The scopes")[1].split("##")[0]))
    assert {*NEEDED, *WANTED, *OPTIONAL, *APP_LEVEL} <= table
    for bound in (COMMANDS_OF_ONE, COMMANDS, BoundedConnection.most):
        assert f" {bound} " in document or f" {bound}," in document or f" {bound};" in document, bound
    assert f"{BoundedConnection.head_bytes // 1024} KiB" in document
    assert f"at most {LIMIT // 1024} KiB" in document
    assert f"{BoundedConnection.request_seconds:g} seconds" in document
