"""Attacks: at the HTTP port, on who may do what, by texts, redirects, floods; and that no secret gets out."""

import asyncio
import io
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from prometheus_client import CollectorRegistry

from bot.intake import Intake
from bot.secret import Secret
from bot.server import Front, HttpServer
from bot.slack.http import slack_asgi
from tests.slack_rig import ADA, OPS, Rig, plugged
from tests.test_commands import signed

EVENTS = "/slack/events"


class Hasty(Intake):
    """Bounds a test can wait for."""

    request_seconds = 0.3
    most = 5


async def ready() -> tuple[list[str], list[str]]:
    return [], []


@asynccontextmanager
async def front(
    slack: Any = None, token: str = "", look: Callable[[], Any] = ready, protocol: type[Intake] = Hasty
) -> AsyncIterator[int]:
    """The HTTP port as the bot opens it."""
    application = Front(look, CollectorRegistry(), token=Secret(token) if token else None, slack=slack)
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
        [b"POST /slack/events HTTP/1.1\r\nHost: bot\r\nContent-Length: 900\r\n\r\n", *[b"a"] * 40],
        [
            b"POST /slack/events HTTP/1.1\r\nHost: bot\r\nTransfer-Encoding: chunked\r\n\r\n",
            *[b"1\r\na\r\n"] * 40,
        ],
        [b"POST /nowhere HTTP/1.1\r\nHost: bot\r\nContent-Length: 900\r\n\r\n", *[b"a"] * 40],
        [get(), *[b"\r\n"] * 40],
        [get() * 2 + b"GET /hea", *[b"l"] * 40],
    ],
    ids=["silent", "line", "headers", "body", "chunks", "body nobody reads", "empty lines", "pipelined"],
)
async def test_who_dawdles_is_hung_up_on(parts: list[bytes]) -> None:
    async with plugged() as rig:
        slack = slack_asgi(rig.app("s"), Secret("s"))
        async with front(slack) as port:
            began = time.monotonic()
            await talk(port, *parts, every=0.05)
            assert time.monotonic() - began < 1.5


async def test_a_connection_that_waits_for_its_next_request_is_kept() -> None:
    async with front() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(3):
            writer.write(get())
            assert (await reader.readuntil(b"ok\n")).startswith(b"HTTP/1.1 200")
            await asyncio.sleep(Hasty.request_seconds + 0.1)
        writer.close()


@pytest.mark.parametrize("step", [100, 10**6])
@pytest.mark.parametrize("head", [b"X: " + b"a" * 200_000, b"X: a\r\n" * 40_000, b"\x00" * 200_000])
async def test_endless_headers_are_refused(head: bytes, step: int) -> None:
    sent = b"GET /healthz HTTP/1.1\r\nHost: bot\r\n" + head + b"\r\n\r\n"
    async with front(protocol=Intake) as port:
        said = await talk(port, *(sent[at : at + step] for at in range(0, len(sent), step)))
        assert b"HTTP/1.1 400" in said or said == b"(hung up)"
        assert b"200 OK" not in said


async def test_an_endless_path_is_refused() -> None:
    async with front(protocol=Intake) as port:
        said = await talk(port, b"GET /", *[b"a" * 10_000] * 30)
        assert b"HTTP/1.1 400" in said or said == b"(hung up)"


async def test_so_many_connections_and_no_more() -> None:
    async with front() as port:
        open_ones = [await asyncio.open_connection("127.0.0.1", port) for _ in range(Hasty.most)]
        assert await talk(port, get()) in (b"", b"(hung up)")
        for _, writer in open_ones:
            writer.close()
        await asyncio.sleep(0.1)
        assert b"200 OK" in await talk(port, get(Connection="close"))


async def test_readiness_is_looked_at_once_however_many_ask() -> None:
    looks = 0

    async def look() -> tuple[list[str], list[str]]:
        nonlocal looks
        looks += 1
        await asyncio.sleep(0.2)
        return ["store: away"], []

    class Roomy(Hasty):
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
        async with front(slack_asgi(rig.app("s"), Secret("s"))) as port:
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
async def test_there_is_nothing_else(method: str, path: str, status: int) -> None:
    async with plugged() as rig:
        async with front(slack_asgi(rig.app("s"), Secret("s"))) as port:
            said = await talk(port, get(path, method, Content_Length="0", Connection="close"))
        head, _, body = said.partition(b"\r\n\r\n")
        assert head.startswith(f"HTTP/1.1 {status}".encode())
        assert method != "HEAD" or not body
        assert b"server:" not in head.lower()
        assert rig.observed == []


@asynccontextmanager
async def slack_over_http() -> AsyncIterator[tuple[Rig, Callable[..., Awaitable[int]]]]:
    """The rig behind our HTTP port, and a way to send it a body as whoever knows the secret would."""
    async with plugged() as rig:
        secret = rig.world.signing_secret
        async with (
            front(slack_asgi(rig.app(secret), Secret(secret)), protocol=Intake) as port,
            aiohttp.ClientSession() as outside,
        ):

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


async def test_only_whole_bodies_up_to_1_mib_are_read() -> None:
    async with slack_over_http() as (rig, send):
        body = urlencode({"command": "/dlf-status", "team_id": rig.world.team_id, "user_id": ADA}).encode()
        assert await send(body + b"&text=" + b"a" * (1024 * 1024 - 6 - len(body))) == 200
        assert await send(body + b"&text=" + b"a" * (1024 * 1024 - 5 - len(body))) == 413
        await rig.settled()
        assert rig.observed == [("/dlf-status", "wrong")]


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/json", "multipart/form-data", "x", "a/b; charset=utf-7"]
)
@pytest.mark.parametrize(
    "body", [b"", b"{", b"null", b"[]", b'"a"', b"payload=1", b"payload=[[[", b"a=%00%ff"]
)
async def test_no_signed_oddity_is_an_error_of_ours(
    kind: str, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with slack_over_http() as (rig, send):
        assert await send(body, kind) in (200, 400, 404)
        await rig.settled()
        assert rig.asked.questions == []
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
        assert "I do not know" in rig.private()[0]
