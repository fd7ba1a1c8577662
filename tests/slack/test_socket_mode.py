"""How the bot is joined to Slack: the watched Socket Mode line, the start, the end, the manifest."""

import ast
import asyncio
import json
import logging
import pathlib
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.errors import SlackError, SlackUnsure
from bot.messages.message import Message
from bot.playground.fake_slack.methods import METHODS
from bot.playground.fake_slack.server import make_app
from bot.secret import Secret
from bot.slack.errors import way_to
from bot.slack.http_requests import slack_http_app
from bot.slack.manifest import APP_LEVEL, NEEDED, OPTIONAL, WANTED, check_token, manifest, missing_scopes
from bot.slack.session import open_session
from bot.slack.socket_mode import SocketMode
from bot.slack.socket_urls import SocketUrls
from bot.slack.web_api import WebApi
from tests.support.cpu_starvation import Stopwatch
from tests.support.slack_listeners import ADA, OPS, SlackHarness, connected, plugged

pytestmark = pytest.mark.real_time

QUICK = {"patience": 0.3, "check_every": 0.05, "ping_every": 0.2}
assert callable(make_app)  # registers the imitated methods


async def until(claim: Callable[[], object], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not claim():
            await asyncio.sleep(0.02)


async def answers(rig: SlackHarness) -> bool:
    return (await rig.world.run_command(ADA, OPS, "today")).ok


# The Socket Mode line


async def test_a_connection_is_up_once_slack_said_hello() -> None:
    async with plugged() as rig, connected(rig) as line:
        assert line.connected
        assert line.since is not None
        assert await answers(rig)
        assert rig.world.socket.opened == 1, "the URL that proved the token is the one that is used"


async def test_a_bad_app_token_ends_the_start_with_a_sentence() -> None:
    async with plugged() as rig:
        for token in ("xapp-wrong", rig.world.bot_token):
            line = SocketMode(
                rig.app(), Secret(token), rig.api_url, rig.sender.session, clock=lambda: datetime.now(UTC)
            )
            watch = Stopwatch()
            with pytest.raises(SlackError, match="connections:write") as caught:
                await line.start()
            assert watch.seconds < 2
            assert token not in str(caught.value)
            await line.stop()


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("wss://wss-primary.slack.com/link/?ticket=1&app_id=A1", ""),
        ("wss://wss-primary.slack-gov.com:443/link", ""),
        ("ws://{here}/link", ""),
        ("http://{here}/link", "foreign_url"),
        ("ws://127.0.0.1:1/link", "foreign_url"),
        ("ws://wss-primary.slack.com/link", "foreign_url"),
        ("https://wss-primary.slack.com/link", "foreign_url"),
        ("wss://evil.example/link", "foreign_url"),
        ("wss://slack.com.evil.example/link", "foreign_url"),
        ("wss://slack.com@evil.example/link", "foreign_url"),
        ("wss://evil.example\\.slack.com/link", "foreign_url"),
        ("wss://slack.com:8443/link", "foreign_url"),
        ("wss://[", "foreign_url"),
        ("/link", "foreign_url"),
        ("", "unreadable"),
        (7, "unreadable"),
    ],
)
async def test_a_socket_address_must_be_slacks(url: object, code: str) -> None:
    async def give_url(request: web.Request) -> web.Response:
        return web.json_response({"ok": True, "url": wanted})

    slack = web.Application()
    slack.router.add_post("/api/apps.connections.open", give_url)
    async with TestServer(slack) as server, open_session() as session:
        wanted = url.format(here=f"127.0.0.1:{server.port}") if isinstance(url, str) else url
        web_api = WebApi(Secret("xapp-1"), str(server.make_url("/api/")), session)
        openings = SocketUrls(web_api, apart=0, most=0)
        if not code:
            assert await openings.next() == wanted
            return
        with pytest.raises(SlackError) as caught:
            await openings.next()
        assert caught.value.code == code


async def test_a_socket_address_outside_slack_ends_the_start_with_a_sentence() -> None:
    async with plugged() as rig:
        rig.world.base_url = "http://evil.example"
        with pytest.raises(SlackError, match="outside Slack") as caught:
            async with connected(rig):
                pass
        assert "token" not in str(caught.value)


async def test_slack_being_away_at_the_start_is_waited_for() -> None:
    async with plugged() as rig:
        rig.world.faults.trouble("no_socket_urls")
        async with connected(rig, **QUICK) as line:
            assert not line.connected
            assert line.problem == "http_500"
            rig.world.faults.clear()
            await until(lambda: line.connected)
            assert await answers(rig)


@pytest.mark.parametrize("reason", ["refresh_requested", "warning"])
async def test_a_disconnect_frame_opens_a_new_connection(reason: str) -> None:
    async with plugged() as rig, connected(rig, **QUICK) as line:
        await rig.world.socket.disconnect(reason)
        await until(lambda: rig.world.socket.opened >= 2 and line.connected and rig.world.socket.connections)
        assert await answers(rig)


async def test_a_dead_url_is_not_retried_for_ever() -> None:
    """slack_sdk's client alone stays down here: it never asks for another URL."""
    async with plugged() as rig, connected(rig, **QUICK) as line:
        rig.world.faults.add("http_503", "socket", times=1)
        leaving = asyncio.create_task(rig.world.socket.disconnect(close_after=0.5))
        await until(lambda: not rig.world.faults.standing)
        rig.world.socket._tickets.clear()
        await leaving
        await until(lambda: line.connected and rig.world.socket.connections)
        assert await answers(rig)


async def test_a_silent_connection_is_detected() -> None:
    async with plugged() as rig, connected(rig, **QUICK) as line:
        rig.world.socket.silence()
        await until(lambda: any(not one.silent for one in rig.world.socket.connections) and line.connected)
        assert await answers(rig)


async def test_a_connection_without_slacks_hello_is_not_up_and_is_replaced() -> None:
    async with plugged() as rig:
        rig.world.faults.add("silent", "socket", times=1)
        line = SocketMode(
            rig.app(), Secret(rig.world.app_token), rig.api_url, rig.sender.session,
            clock=lambda: datetime.now(UTC), patience=0.2, check_every=0.05, ping_every=30,
        )  # fmt: skip
        starting = asyncio.create_task(line.start())
        await until(lambda: rig.world.socket.opened == 1)
        await asyncio.sleep(0.1)
        assert not line.connected
        await until(lambda: line.connected)
        await starting
        assert await answers(rig)
        await line.stop()


async def test_no_error_ends_the_watch_over_socket_mode(caplog: pytest.LogCaptureFixture) -> None:
    """A clock that fails stands for any unforeseen error."""
    ailing = False

    def clock() -> datetime:
        if ailing:
            raise KeyError("a mistake of ours")
        return datetime.now(UTC)

    async with plugged() as rig:
        token = Secret(rig.world.app_token)
        line = SocketMode(rig.app(), token, rig.api_url, rig.sender.session, clock=clock, **QUICK)
        await line.start()
        ailing = True
        rig.world.faults.trouble("socket_refused")
        rig.world.socket.cut()
        await until(lambda: [one for one in caplog.records if one.exc_info])
        await asyncio.sleep(0.5)
        ailing = False
        await until(lambda: not line.connected)
        rig.world.faults.clear()
        await until(lambda: line.connected)
        assert await answers(rig)
        await line.stop()
        assert [task for task in asyncio.all_tasks() if task.get_name() == "slack-socket-watch"] == []
    assert [one.getMessage() for one in caplog.records if one.exc_info] == ["slack_socket_watch_broken"]


async def test_an_odd_answer_does_not_end_the_watch() -> None:
    """Python knows a charset "hex", and it is none: aiohttp's LookupError ended the watch once."""
    opened: list[float] = []
    async with dropping("before it is greeted", opened, content_type="application/json; charset=hex") as line:
        await until(lambda: line.problem == "unreadable")
        seen = len(opened)
        await until(lambda: len(opened) > seen + 2)


async def test_a_broken_connection_is_logged_once_and_replaced(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with plugged() as rig, connected(rig, **QUICK) as line:
        rig.world.faults.trouble("socket_refused")
        rig.world.socket.cut()
        await until(lambda: not line.connected)
        await asyncio.sleep(1.5)
        rig.world.faults.clear()
        await until(lambda: line.connected)
    assert said_of_the_line(caplog, logging.INFO) == ["up", "down", "up", "down"]
    assert said_of_the_line(caplog, logging.WARNING) == ["no_line"]


def said_of_the_line(caplog: pytest.LogCaptureFixture, level: int) -> list[str]:
    """The log's entries about the connection at this level: why it is down, or its state."""
    records = [one for one in caplog.records if one.getMessage() == "slack_socket" and one.levelno == level]
    return [one.fields.get("why", one.fields["state"]) for one in records]  # type: ignore[attr-defined]


@asynccontextmanager
async def dropping(
    how: str, opened: list[float], content_type: str = "application/json"
) -> AsyncIterator[SocketMode]:
    """A connection to a Slack that accepts every connection and drops it at once."""

    async def give_url(request: web.Request) -> web.Response:
        opened.append(time.monotonic())
        body = json.dumps({"ok": True, "url": f"ws://{request.host}/link"}).encode()
        return web.Response(body=body, headers={"Content-Type": content_type})

    async def drop(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if how != "before it is greeted":
            await socket.send_json({"type": "hello"})
        if how == "by a frame":
            await socket.send_json({"type": "disconnect", "reason": "refresh_requested"})
            await asyncio.sleep(1)
        await socket.close()
        return socket

    slack = web.Application()
    slack.router.add_post("/api/apps.connections.open", give_url)
    slack.router.add_get("/link", drop)
    async with TestServer(slack) as server, plugged() as rig:
        # A busy machine may take a second to drop a connection; it must not pass for a stable one.
        slower = QUICK | {"patience": 2}
        url, session = str(server.make_url("/api/")), rig.sender.session
        line = SocketMode(
            rig.app(), Secret("xapp-1"), url, session, clock=lambda: datetime.now(UTC), **slower
        )
        starting = asyncio.create_task(line.start())
        yield line
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        await line.stop()


@pytest.mark.parametrize(
    ("how", "why"),
    [("by closing it", "unsteady"), ("by a frame", "unsteady"), ("before it is greeted", "no_line")],
)
async def test_repeated_disconnects_slow_reconnecting_down_and_are_logged_once(
    how: str, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    """slack_sdk's client alone opens the next at once, hundreds in a second."""
    caplog.set_level(logging.INFO)
    opened: list[float] = []
    async with dropping(how, opened) as line:
        await until(lambda: line.problem == why)
        await asyncio.sleep(1.5)
        assert (line.connected, line.problem) == (False, why)
    gaps = [later - sooner for sooner, later in pairwise(opened)]
    assert min(gaps) >= 0.02
    assert max(gaps) >= 0.35
    assert len(opened) <= 15
    assert said_of_the_line(caplog, logging.WARNING) == [why]
    assert len(said_of_the_line(caplog, logging.INFO)) <= 6


async def test_reconnect_attempts_are_counted_from_zero_after_a_stable_connection(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with plugged() as rig, connected(rig, **QUICK | {"patience": 1}) as line:
        await asyncio.sleep(1.1)
        rig.world.faults.add("dropped", "socket")
        rig.world.socket.cut()
        await until(lambda: line.problem == "unsteady")
        rig.world.faults.clear()
        await until(lambda: rig.world.socket.connections)
        assert not line.connected, "it has not stood yet"
        await until(lambda: line.connected)
        assert await answers(rig)
        assert line.problem == ""
    assert said_of_the_line(caplog, logging.WARNING) == ["unsteady"]


async def test_the_next_connection_opens_at_once_after_a_stable_connection_and_else_after_growing_waits() -> (
    None
):
    async with plugged() as rig:
        web_api = WebApi(Secret(rig.world.app_token), rig.api_url, rig.sender.session)
        openings = SocketUrls(web_api, apart=0.2, most=0.5)

        async def opening() -> float:
            began = time.monotonic()
            await openings.next()
            return time.monotonic() - began

        waits = [await opening() for _ in range(4)]
        assert waits == pytest.approx([0, 0.2, 0.4, 0.5], abs=0.15)
        openings.greeted()
        await asyncio.sleep(0.55)
        assert await opening() < 0.15
        assert 0.1 < await opening() < 0.35, "and all begins anew"


async def test_only_a_single_url_is_asked_for_at_a_time_and_waiting_can_be_cancelled() -> None:
    async with plugged() as rig:
        web_api = WebApi(Secret(rig.world.app_token), rig.api_url, rig.sender.session)
        openings = SocketUrls(web_api, apart=60, most=60)
        await openings.next()
        waiting = asyncio.create_task(openings.next())
        await asyncio.sleep(0.05)
        with pytest.raises(SlackError, match="being opened"):
            await openings.next()
        await openings.give_up()
        assert waiting.cancelled()


async def test_a_stop_lets_open_requests_be_answered() -> None:
    async with plugged() as rig:
        rig.asked.fresh, rig.asked.steps = False, [1.2]
        async with connected(rig):
            await rig.world.run_command(ADA, OPS, "today")
        assert (await rig.world.run_command(ADA, OPS, "today")).error == "dispatch_failed", "intake is closed"
        assert await rig.tasks.drain(5) == 0
        assert len([text for text in rig.private() if "sales: read" in text]) == 1


async def test_a_stop_does_not_wait_for_ever() -> None:
    async with plugged() as rig:
        rig.asked.fresh, rig.asked.steps = False, [3600]
        async with connected(rig):
            await rig.world.run_command(ADA, OPS, "today")
        assert await rig.tasks.drain(0.05) == 1
        assert len(rig.tasks) == 0


async def test_nothing_secret_is_logged_at_debug_level(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with plugged() as rig, connected(rig, **QUICK) as line:
        rig.world.faults.add("http_503", "socket", times=2)
        await rig.world.socket.disconnect()
        await until(lambda: line.connected and rig.world.socket.connections)
        await answers(rig)
        await rig.settled()
        secrets = [
            rig.world.bot_token,
            rig.world.app_token,
            "ticket=",
            "/commands/T0",
            rig.world.signing_secret,
        ]
    said = [
        record.getMessage() + str(record.exc_info or "")
        for record in caplog.records
        if record.name != "aiohttp.access"  # the imitated Slack's own
    ]
    assert any("command" in line for line in said)
    assert [line for line in said for secret in secrets if secret in line] == []


async def test_environment_variables_that_bolt_reads_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"):
        monkeypatch.setenv(name, "from-the-environment")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    async with plugged("http") as rig:
        app = rig.app(rig.world.signing_secret)
        assert app.oauth_flow is None
        assert app._token is None
        assert await answers(rig)


async def test_no_request_costs_a_call_to_slack() -> None:
    async with plugged("http") as rig:
        rig.prove_native()
        rig.world.faults.trouble("slack_down")
        for _ in range(3):
            assert await answers(rig)


async def test_http_without_a_signing_secret_is_refused() -> None:
    async with plugged() as rig:
        with pytest.raises(SlackError, match="signing_secret"):
            slack_http_app(rig.app(), Secret(""))


def test_a_proxy_is_for_the_outside_only(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "HTTPS_PROXY",
        "HTTP_PROXY",
        "NO_PROXY",
        "https_proxy",
        "http_proxy",
        "no_proxy",
        "all_proxy",
    ):
        monkeypatch.delenv(name, raising=False)

    def proxy_for(url: str) -> str | None:
        return way_to(url)[0]

    assert proxy_for("https://slack.com/api/") is None
    monkeypatch.setenv("https_proxy", "http://proxy:3128")
    assert proxy_for("https://slack.com/api/") == "http://proxy:3128"
    assert proxy_for("http://127.0.0.1:8082/api/") is None
    monkeypatch.setenv("https_proxy", "proxy:3128")
    assert proxy_for("https://slack.com/api/") == "http://proxy:3128", "as DLF's side reads it"
    assert proxy_for("wss://wss-primary.slack.com/link") == "http://proxy:3128"
    monkeypatch.setenv("no_proxy", ".slack.com,slack.com")
    assert proxy_for("https://slack.com/api/") is None
    monkeypatch.delenv("no_proxy")
    monkeypatch.delenv("https_proxy")
    monkeypatch.setenv("all_proxy", "http://proxy:3128")
    assert proxy_for("https://slack.com/api/") == "http://proxy:3128"


# Saying things to the imitated Slack


async def test_a_post_that_was_done_but_not_confirmed_is_unsure_and_found_again() -> None:
    async with plugged() as rig:
        began = datetime.now(UTC)
        for kind in ("dropped_after", "cut_answer", "http_500_after"):
            rig.world.faults.add(kind, "chat.postMessage", times=1)
            with pytest.raises(SlackUnsure):
                await rig.sender.post(OPS, Message(kind), key=kind)
            (only,) = [one for one in rig.world.messages(OPS) if one.text == kind]
            assert len([entry for entry in rig.world.log if entry.key == kind]) == 1
            assert await rig.sender.find(OPS, kind, since=began) == only.ts
        rig.world.faults.add("dropped_before", "chat.postMessage", times=1)
        with pytest.raises(SlackUnsure):
            await rig.sender.post(OPS, Message("lost"), key="lost")
        assert await rig.sender.find(OPS, "lost", since=began) is None


async def test_a_reply_is_found_in_its_thread_and_not_before_its_time() -> None:
    async with plugged() as rig:
        root = await rig.sender.post("#data-ops", Message("root"), key="root")
        reply = await rig.sender.post(root.channel, Message("reply"), key="reply", thread_ts=root.ts)
        now = datetime.now(UTC)
        assert await rig.sender.find(OPS, "reply", since=now, thread_ts=root.ts) == reply.ts
        assert await rig.sender.find(OPS, "root", since=now + timedelta(days=2)) is None


async def test_an_edit_changes_the_message_and_keeps_its_key() -> None:
    async with plugged() as rig:
        posted = await rig.sender.post(OPS, Message("7 failed"), key="k")
        await rig.sender.edit(posted, Message("resolved"), key="k")
        message = rig.world.message(OPS, posted.ts)
        assert (message.text, message.key, message.edits) == ("resolved", "k", 1)
        rig.world.delete(OPS, posted.ts)
        with pytest.raises(SlackError, match="message_not_found"):
            await rig.sender.edit(posted, Message("again"), key="k")


async def test_channels_are_found_by_name() -> None:
    async with plugged() as rig:
        assert await rig.sender.channel_id("#finance") == "C0FINANCE"


# The token and the manifest


async def test_a_token_is_checked_at_the_start() -> None:
    async with plugged(scopes={"commands", "chat:write", "channels:read"}) as rig:
        identity = await check_token(rig.sender)
        assert (identity.team_id, identity.user_id) == ("T0PLAYGROUND", "U0DLFBOT")
        assert "channels:history" in missing_scopes(identity)
        assert "chat:write" not in missing_scopes(identity)
        rig.world.scopes = {"commands"}
        with pytest.raises(SlackError, match="chat:write"):
            await check_token(rig.sender)
        rig.world.token_error = "account_inactive"
        with pytest.raises(SlackError, match="account_inactive"):
            await check_token(rig.sender)


SCOPES_OF_CONVERSATIONS = {
    "conversations.list": {"channels:read", "groups:read"},
    "conversations.history": {"channels:history", "groups:history"},
    "conversations.replies": {"channels:history", "groups:history"},
}


def methods_called() -> set[str]:
    """Every Web API method named in a call in the Slack room."""
    room = pathlib.Path(__file__).parents[2] / "bot" / "slack"
    texts = {
        node.value
        for path in room.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return {text for text in texts if re.fullmatch(r"[a-z]+(\.[a-zA-Z]+){1,2}", text) and text in METHODS}


def test_the_manifest_asks_for_the_scopes_of_every_call_and_no_more() -> None:
    called = methods_called()
    assert {"chat.postMessage", "chat.update", "conversations.history", "users.info"} <= called
    needed: set[str] = {"commands", "chat:write.public"}
    for name in called:
        scope = METHODS[name].scope
        needed |= SCOPES_OF_CONVERSATIONS.get(name, set()) | ({scope} if scope else set())
    scopes = manifest()["oauth_config"]["scopes"]
    assert needed == {*scopes["bot"], *scopes["bot_optional"]} == {*NEEDED, *WANTED, *OPTIONAL}
    assert set(scopes["bot_optional"]) & set(scopes["bot"]) == set()
    assert set(APP_LEVEL) == {"connections:write"}


async def test_every_command_of_the_manifest_is_listened_to() -> None:
    async with plugged("socket") as rig:
        rig.prove_native()
        names = [command["command"] for command in manifest()["features"]["slash_commands"]]
        for name in names:
            await rig.world.run_command(ADA, OPS, "", command=name)
        await rig.settled()
        assert [name for name, _ in rig.observed] == names == ["/dlf-status", "/dlf-jobs", "/dlf-digest"]
        assert len(rig.app()._async_listeners) == 32, "a new listener may need a new line in the manifest"


async def test_every_event_of_the_manifest_is_listened_to() -> None:
    async with plugged("socket") as rig:
        assert manifest()["settings"]["event_subscriptions"]["bot_events"] == ["app_home_opened"]
        assert manifest()["features"]["app_home"]["home_tab_enabled"] is True
        await rig.world.open_home(ADA)
        await rig.settled()
        assert rig.observed == [("home", "drawn")]


def test_the_manifest_fits_slacks_limits() -> None:
    for made in (manifest(), manifest("https://bot.example.com"), manifest(locale="zh")):
        assert len(made["display_information"]["name"]) <= 35
        assert len(made["display_information"]["description"]) <= 140
        for command in made["features"]["slash_commands"]:
            assert re.fullmatch(r"/[a-z-]{1,31}", command["command"])
            assert len(command["usage_hint"]) <= 1000


@pytest.mark.parametrize(
    "url", ["https://bot.example.com", "https://bot.example.com/slack/events", "https://bot.example.com/"]
)
def test_http_mode_names_a_single_endpoint(url: str) -> None:
    made = manifest(url)
    endpoint = "https://bot.example.com/slack/events"
    assert made["settings"]["socket_mode_enabled"] is False
    assert made["settings"]["interactivity"]["request_url"] == endpoint
    assert made["settings"]["event_subscriptions"]["request_url"] == endpoint
    assert {command["url"] for command in made["features"]["slash_commands"]} == {endpoint}
    assert "request_url" not in manifest()["settings"]["event_subscriptions"]
    assert "url" not in manifest()["features"]["slash_commands"][0]
