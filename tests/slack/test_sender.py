"""The real client on a fake wire: what Slack or the network may answer, and what becomes of it."""

import asyncio
import gzip
import json
import logging
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from bot.clock import departure, elapsed
from bot.domain.notices import Posted
from bot.errors import SlackError, SlackUnsure
from bot.messages.message import Message
from bot.secret import Secret
from bot.slack.permissions import Permissions
from bot.slack.response_url import ResponseUrl
from bot.slack.runner import Caller
from bot.slack.sender import Sender
from bot.slack.session import ANSWER_BYTES, Unwanted, open_session

NATIVE = ({"type": "data_table", "caption": "c", "rows": []},)
CLASSIC = ({"type": "section", "text": {"type": "mrkdwn", "text": "hi", "verbatim": True}},)
MESSAGE = Message("hi", NATIVE, CLASSIC)
TOKEN = "xoxb-very-secret-1234"
Answer = dict[str, Any] | Callable[[], web.Response] | BaseException


def http(**response: Any) -> Callable[[], web.Response]:
    return lambda: web.Response(**response)


class Wire:
    """A Slack that answers from a script and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.script: list[Answer] = []
        self.now = datetime(2026, 11, 23, 9, tzinfo=UTC)

    def clock(self) -> datetime:
        return self.now

    def timer(self) -> float:
        return self.now.timestamp()

    def calls(self, method: str) -> list[dict[str, Any]]:
        return [body for name, body in self.asked if name == method]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        raw = await request.text()
        body = json.loads(raw) if raw.startswith("{") else dict(request.query)
        self.asked.append((request.match_info["method"], body))
        answer = self.script.pop(0) if self.script else {"ok": True, "channel": "C1", "ts": "1.0"}
        if isinstance(answer, BaseException):
            assert request.transport is not None
            request.transport.abort()
            raise answer
        return web.json_response(answer) if isinstance(answer, dict) else answer()


@pytest.fixture
async def wire() -> Wire:
    return Wire()


@pytest.fixture
async def api_url(wire: Wire) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/api/{method:.+}", wire.handle)
    async with TestServer(app) as server:
        yield str(server.make_url("/api/"))


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    async with open_session(seconds=1) as session:
        yield session


@pytest.fixture
def sender(wire: Wire, api_url: str, session: ClientSession) -> Sender:
    return Sender(Secret(TOKEN), api_url, session, clock=wire.clock, timer=wire.timer)


async def test_nothing_leaves_after_its_time_however_long_a_try_or_a_connection_took(
    sender: Sender, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine slept while Slack refused the first level: no timer knows."""
    slept = [0.0]

    def refuse_and_sleep() -> web.Response:
        slept[0] = 60.0
        return web.json_response({"ok": False, "error": "invalid_blocks"})

    monkeypatch.setattr("bot.clock.elapsed", lambda: elapsed() + slept[0])
    wire.script = [refuse_and_sleep]
    before = departure.set(elapsed() + 12)
    with pytest.raises(SlackError) as caught:
        await sender.post("#data-ops", MESSAGE, key="alert/1")
    departure.reset(before)
    assert (caught.value.code, len(wire.calls("chat.postMessage"))) == ("unreachable", 1)
    assert not isinstance(caught.value, SlackUnsure), "one was refused, one never left"
    await sender.post("#data-ops", MESSAGE, key="alert/1")
    assert len(wire.calls("chat.postMessage")) > 1


async def test_a_post_carries_its_key_and_returns_where_it_is(sender: Sender, wire: Wire) -> None:
    posted = await sender.post("#data-ops", MESSAGE, key="alert/1", thread_ts="0.5")
    assert posted == Posted("C1", "1.0")
    (body,) = wire.calls("chat.postMessage")
    assert body["metadata"] == {"event_type": "dlf_bot_notice", "event_payload": {"key": "alert/1"}}
    assert body["thread_ts"] == "0.5"
    assert body["text"] == "hi"
    assert body["blocks"] == list(NATIVE)


@pytest.mark.parametrize("code", ["invalid_blocks", "invalid_attachments", "invalid_blocks_format"])
async def test_refused_new_blocks_step_down_and_are_not_tried_again_for_hours(
    sender: Sender, wire: Wire, code: str
) -> None:
    wire.script = [{"ok": False, "error": code}]
    await sender.post("C1", MESSAGE, key="k")
    await sender.post("C1", MESSAGE, key="k2")
    assert [body["blocks"] for body in wire.calls("chat.postMessage")] == [
        list(NATIVE),
        list(CLASSIC),
        list(CLASSIC),
    ]
    wire.now += timedelta(hours=7)
    await sender.post("C1", MESSAGE, key="k3")
    assert wire.calls("chat.postMessage")[-1]["blocks"] == list(NATIVE)


async def test_a_message_too_long_at_every_level_ends_as_text_and_teaches_nothing(
    sender: Sender, wire: Wire
) -> None:
    wire.script = [{"ok": False, "error": "msg_blocks_too_long"}, {"ok": False, "error": "invalid_blocks"}]
    await sender.post("C1", MESSAGE, key="k")
    assert "blocks" not in wire.calls("chat.postMessage")[-1]
    await sender.post("C1", MESSAGE, key="k2")
    assert wire.calls("chat.postMessage")[-1]["blocks"] == list(NATIVE)


async def test_an_edit_that_steps_down_to_text_removes_the_old_blocks(sender: Sender, wire: Wire) -> None:
    wire.script = [{"ok": False, "error": "invalid_blocks"}] * 2
    await sender.edit(Posted("C1", "1.0"), MESSAGE, key="k")
    assert wire.calls("chat.update")[-1] == {
        "channel": "C1",
        "ts": "1.0",
        "text": "hi",
        "blocks": [],
        "parse": "none",
        "link_names": False,
        "metadata": {"event_type": "dlf_bot_notice", "event_payload": {"key": "k"}},
    }


SURELY_NOT = [
    ({"ok": False, "error": "channel_not_found"}, "channel_not_found"),
    ({"ok": False, "error": "missing_scope", "needed": "chat:write", "provided": ""}, "missing_scope"),
    ({"ok": False, "error": "<!channel> xoxb-echoed"}, "unknown_error"),
    (http(status=429, headers={"Retry-After": "7"}), "ratelimited"),
    (http(status=403, text="<html>proxy</html>", content_type="text/html"), "http_403"),
]
NOBODY_KNOWS = [
    *[{"ok": False, "error": e} for e in ("internal_error", "fatal_error", "service_unavailable")],
    {"ok": False, "error": "request_timeout"},
    {"ok": True},
    {"ok": False},
    ConnectionResetError("dropped after processing"),
    http(status=500),
    http(status=502, text="<html>", content_type="text/html"),
    http(status=200, text="<html>", content_type="text/html"),
    http(status=200, text="plain", content_type="text/plain"),
    http(status=200, text="[1]", content_type="application/json"),
    http(status=200, text="null", content_type="application/json"),
    http(status=200, text='{"ok": tr', content_type="application/json"),
    http(status=200, text="[" * 100_000, content_type="application/json"),
    http(status=200, body=b"\xff\xfe{}", headers={"Content-Type": "application/json; charset=utf-8"}),
    http(status=200, body=b"{}", headers={"Content-Type": "application/json; charset=nonsense"}),
    http(status=200, body=b"{}", headers={"Content-Type": "application/json; charset=hex"}),
    http(status=302, headers={"Location": "/api/other"}),
    http(status=307, headers={"Location": "/api/other"}),
]


@pytest.mark.parametrize(("answer", "code"), SURELY_NOT, ids=[code for _, code in SURELY_NOT])
async def test_a_refusal_is_surely_not_done(sender: Sender, wire: Wire, answer: Answer, code: str) -> None:
    wire.script = [answer]
    with pytest.raises(SlackError) as caught:
        await sender.post("C1", MESSAGE, key="k")
    assert not isinstance(caught.value, SlackUnsure)
    assert caught.value.code == code
    assert "xoxb" not in str(caught.value)
    assert len(wire.asked) == 1


async def test_retry_after_is_passed_on_and_a_missing_scope_is_named(sender: Sender, wire: Wire) -> None:
    first, second = cast(Any, SURELY_NOT[3][0]), cast(Any, SURELY_NOT[1][0])
    wire.script = [first, second, {"ok": False, "error": "ratelimited"}]
    caught = []
    for channel in ("C1", "C2", "C3"):
        with pytest.raises(SlackError) as one:
            await sender.post(channel, MESSAGE, key="k")
        caught.append(one.value)
    assert caught[0].retry_after == 7
    assert "chat:write" in str(caught[1])
    assert caught[2].retry_after == 30


async def test_until_retry_after_has_passed_slack_is_not_asked_that_again(sender: Sender, wire: Wire) -> None:
    """Posts are counted for each channel, other methods as such: the rest goes on."""
    limited = http(status=429, headers={"Retry-After": "1"})
    wire.script = [limited, limited]
    for _ in range(3):
        with pytest.raises(SlackError) as refused:
            await sender.post("C1", MESSAGE, key="k")
        assert refused.value.code == "ratelimited"
        assert 0 < (refused.value.retry_after or 0) <= 1
    for ts in ("1.0", "2.0"):
        with pytest.raises(SlackError):
            await sender.edit(Posted("C2", ts), MESSAGE, key="k")
    await sender.post("C2", MESSAGE, key="k")
    assert [name for name, _ in wire.asked] == ["chat.postMessage", "chat.update", "chat.postMessage"]
    await asyncio.sleep(1.05)
    await sender.post("C1", MESSAGE, key="k")
    await sender.edit(Posted("C2", "1.0"), MESSAGE, key="k")


@pytest.mark.parametrize("answer", NOBODY_KNOWS, ids=[str(n) for n in range(len(NOBODY_KNOWS))])
async def test_an_unclear_outcome_is_unsure_and_slack_was_asked_once(
    sender: Sender, wire: Wire, answer: Answer
) -> None:
    wire.script = [answer]
    with pytest.raises(SlackUnsure):
        await sender.post("C1", MESSAGE, key="k")
    assert len(wire.asked) == 1


HUGE = b'{"ok": true, "channel": "C1", "ts": "1.0", "pad": "' + b"x" * ANSWER_BYTES + b'"}'


async def huge_in_pieces(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    response.enable_chunked_encoding()
    await response.prepare(request)
    for at in range(0, len(HUGE), 65536):
        await response.write(HUGE[at : at + 65536])
    return response


async def huge_at_once(request: web.Request) -> web.StreamResponse:
    return web.Response(body=HUGE, content_type="application/json")


async def packed(request: web.Request) -> web.StreamResponse:
    """Small on the wire; the test is that it is not decompressed."""
    assert request.headers["Accept-Encoding"] == "identity"
    body = gzip.compress(b'{"ok": true, "channel": "C1", "ts": "1.0"}')
    return web.Response(body=body, headers={"Content-Type": "application/json", "Content-Encoding": "gzip"})


@pytest.mark.parametrize("answer", [huge_in_pieces, huge_at_once, packed])
async def test_an_answer_too_long_or_packed_is_not_read(wire: Wire, answer: Any) -> None:
    app = web.Application()
    app.router.add_post("/{way:.+}", answer)
    async with TestServer(app) as server, open_session(seconds=5) as session:
        sender = Sender(Secret(TOKEN), str(server.make_url("/api/")), session, clock=wire.clock)
        with pytest.raises(SlackUnsure) as caught:
            await sender.post("C1", MESSAGE, key="k")
        assert caught.value.code == "unreadable"
        with pytest.raises(SlackUnsure):
            await sender.respond(ResponseUrl(str(server.make_url("/commands/1"))), MESSAGE)
        with pytest.raises(Unwanted):
            await session.post(server.make_url("/api/x"))


async def test_a_page_of_thousand_channels_is_read(sender: Sender, wire: Wire) -> None:
    channels = [
        {"id": f"C{n:08}", "name": f"team-{n}", "purpose": {"value": "x" * 3000}} for n in range(1000)
    ]
    page = {"ok": True, "channels": channels}
    assert len(json.dumps(page)) > 3_000_000
    wire.script = [page]
    assert await sender.channel_id("#team-999") == "C00000999"


async def test_a_time_out_is_unsure(wire: Wire) -> None:
    async def hang(request: web.Request) -> web.Response:
        wire.asked.append(("hang", {}))
        await asyncio.sleep(0.6)
        return web.Response()

    app = web.Application()
    app.router.add_post("/api/{method}", hang)
    async with TestServer(app) as server, open_session(seconds=0.2) as session:
        sender = Sender(Secret(TOKEN), str(server.make_url("/api/")), session, clock=wire.clock)
        with pytest.raises(SlackUnsure) as caught:
            await sender.post("C1", MESSAGE, key="k")
    assert caught.value.code == "timeout"
    assert len(wire.asked) == 1


async def test_a_refused_connection_is_surely_not_done(
    session: ClientSession, wire: Wire, unused_tcp_port: int
) -> None:
    sender = Sender(Secret(TOKEN), f"http://127.0.0.1:{unused_tcp_port}/api/", session, clock=wire.clock)
    with pytest.raises(SlackError) as caught:
        await sender.post("C1", MESSAGE, key="k")
    assert caught.value.code == "unreachable"
    assert not isinstance(caught.value, SlackUnsure)


def noted(key: str, ts: str, **more: object) -> dict[str, object]:
    metadata = {"event_type": "dlf_bot_notice", "event_payload": {"key": key}}
    return {"ts": ts, "metadata": metadata, "bot_id": "B1", **more}


async def test_find_looks_near_the_first_try_first(sender: Sender, wire: Wire) -> None:
    """However many messages are newer, this is a page."""
    wire.script = [{"ok": True, "messages": [noted("k", "2")]}]
    assert await sender.find("C1", "k", since=wire.now) == "2"
    (only,) = wire.calls("conversations.history")
    assert float(only["oldest"]) == pytest.approx(wire.now.timestamp() - 300)
    assert float(only["latest"]) == pytest.approx(wire.now.timestamp() + 300)


async def test_find_then_pages_through_the_history_since_a_day_before(sender: Sender, wire: Wire) -> None:
    wire.script = [
        {"ok": True, "messages": [noted("near", "8")]},
        {"ok": True, "messages": [noted("other", "9")], "response_metadata": {"next_cursor": "c2"}},
        {"ok": True, "messages": [{"ts": "3"}, noted("k", "2")]},
    ]
    assert await sender.find("C1", "k", since=wire.now) == "2"
    _, first, second = wire.calls("conversations.history")
    assert float(first["oldest"]) == pytest.approx(wire.now.timestamp() - 86_400)
    assert "latest" not in first
    assert first["include_all_metadata"] == "1"
    assert second["cursor"] == "c2"


async def test_find_looks_into_a_thread(sender: Sender, wire: Wire) -> None:
    wire.script = [{"ok": True, "messages": []}]
    assert await sender.find("C1", "k", since=wire.now, thread_ts="5.0") is None
    assert wire.calls("conversations.replies")[0]["ts"] == "5.0"


@pytest.mark.parametrize(
    "page",
    [
        *({}, {"messages": None}, {"messages": {}}, {"messages": [], "has_more": True}),
        *({"messages": [{**noted("k", "2"), "ts": ts}]} for ts in (None, "", 2)),
    ],
    ids=["no messages", "null", "no list", "more, but not where", "null ts", "empty ts", "a number as ts"],
)
async def test_an_unreadable_history_does_not_prove_that_a_message_is_missing(
    sender: Sender, wire: Wire, page: dict[str, Any]
) -> None:
    wire.script = [{"ok": True, **page}]
    with pytest.raises(SlackUnsure, match="unreadable"):
        await sender.find("C1", "k", since=wire.now)


async def test_a_key_in_a_foreign_message_is_not_ours(sender: Sender, wire: Wire) -> None:
    wire.script = [
        {"ok": True, "team_id": "T1", "bot_id": "B1", "user_id": "U1"},
        *({"ok": True, "messages": [noted("k", "2", bot_id="B9")]} for _ in range(2)),
    ]
    await sender.probe()
    assert await sender.find("C1", "k", since=wire.now) is None


async def test_a_history_without_end_is_unsure_not_absent(sender: Sender, wire: Wire) -> None:
    page = {"ok": True, "messages": [{"ts": "1"}], "response_metadata": {"next_cursor": "more"}}
    wire.script = [dict(page) for _ in range(50)]
    with pytest.raises(SlackUnsure):
        await sender.find("C1", "k", since=wire.now)
    assert len(wire.asked) == 20


async def test_find_without_the_history_scope_says_so(sender: Sender, wire: Wire) -> None:
    wire.script = [{"ok": False, "error": "missing_scope", "needed": "channels:history"}]
    with pytest.raises(SlackError) as caught:
        await sender.find("C1", "k", since=wire.now)
    assert caught.value.code == "missing_scope"


async def test_probe_tells_the_bots_identity_and_scopes(sender: Sender, wire: Wire) -> None:
    body = {"ok": True, "team_id": "T1", "team": "Acme", "user_id": "U1", "bot_id": "B1"}
    wire.script = [lambda: web.json_response(body, headers={"x-oauth-scopes": "commands, chat:write"})]
    identity = await sender.probe()
    assert (identity.team_id, identity.bot_id, identity.enterprise_id) == ("T1", "B1", None)
    assert identity.scopes == frozenset({"commands", "chat:write"})


async def test_a_long_list_of_channels_is_read_on_where_slack_stopped_it(sender: Sender, wire: Wire) -> None:
    """Slack allows twenty pages a minute; to begin anew each time would never reach the end."""
    pages: list[Any] = [
        {"ok": True, "channels": [{"id": f"C{n}", "name": f"c{n}"}], "response_metadata": {"next_cursor": n}}
        for n in ("1", "2", "")
    ]
    limited = http(status=429, headers={"Retry-After": "1"}, text="{}")
    wire.script = [pages[0], limited]
    with pytest.raises(SlackError, match="ratelimited"):
        await sender.channel_id("#c2")
    sender.web._quiet_until.clear()
    wire.script = [pages[1], {"ok": False, "error": "invalid_cursor"}]
    with pytest.raises(SlackError, match="invalid_cursor"):
        await sender.channel_id("#c2")
    wire.script = pages
    assert await sender.channel_id("#c2") == "C2"
    asked = [call.get("cursor") for call in wire.calls("conversations.list")]
    assert asked == [None, "1", "1", "2", None, "1", "2"]


async def test_an_organizations_token_says_in_which_workspace_it_looks(sender: Sender, wire: Wire) -> None:
    org = {"ok": True, "team_id": "E1", "enterprise_id": "E1", "is_enterprise_install": True, "bot_id": "B1"}
    wire.script = [
        org,
        {"ok": True, "teams": [{"id": "T1"}], "response_metadata": {"next_cursor": ""}},
        {"ok": True, "channels": [{"id": "C7", "name": "data-ops"}]},
        {"ok": True, "users": ["U1"]},
    ]
    await sender.probe()
    assert await sender.channel_id("#data-ops") == "C7"
    assert await sender.directory.group("S1") == {"U1"}
    assert wire.calls("conversations.list")[0]["team_id"] == "T1"
    assert wire.calls("usergroups.users.list") == [{"usergroup": "S1", "team_id": "T1"}]
    assert len(wire.calls("auth.teams.list")) == 1


@pytest.mark.parametrize(("team", "ours"), [("T2", True), ("T3", False)])
async def test_an_organizations_token_is_for_its_workspaces_alone(
    sender: Sender, wire: Wire, team: str, ours: bool
) -> None:
    org = {"ok": True, "team_id": "E1", "enterprise_id": "E1", "is_enterprise_install": True, "bot_id": "B1"}
    wire.script = [
        org,
        {"ok": True, "teams": [{"id": "T1"}], "response_metadata": {"next_cursor": "x"}},
        {"ok": True, "teams": [{"id": "T2"}]},
    ]
    sender.team = team
    if ours:
        assert (await sender.probe()).org_wide
        assert await sender.workspace() == "T2"
    else:
        with pytest.raises(SlackError, match=r"another team than slack\.team"):
            await sender.probe()


async def test_a_channels_name_is_looked_up_once(sender: Sender, wire: Wire) -> None:
    wire.script = [
        {
            "ok": True,
            "channels": [{"id": "C7", "name": "data-ops"}],
            "response_metadata": {"next_cursor": "x"},
        },
        {"ok": True, "channels": [{"id": "C8", "name": "finance"}]},
    ]
    assert await sender.channel_id("C0ABCDEF") == "C0ABCDEF"
    assert await sender.channel_id("#finance") == "C8"
    assert await sender.channel_id("data-ops") == "C7"
    assert len(wire.asked) == 2
    with pytest.raises(SlackError, match="channel_not_found"):
        await sender.channel_id("#nowhere")
    assert len(wire.asked) == 2, "a name that is not there is not looked for with every call"
    wire.now += timedelta(minutes=2)
    wire.script = [{"ok": True, "channels": [{"id": "C9", "name": "Nowhere"}]}]
    assert await sender.channel_id("#nowhere") == "C9"


GUEST = {"is_restricted": True}
STRANGER = {"team_id": "T9", "is_stranger": True}
ON_THE_GRID = {"team_id": "T9", "enterprise_user": {"enterprise_id": "E1"}}


@pytest.mark.parametrize(
    ("described", "may"),
    [
        ({}, True),
        (ON_THE_GRID, True),
        (GUEST, False),
        (STRANGER, False),
        ({"is_ultra_restricted": True}, False),
        ({"is_bot": True}, False),
        ({"deleted": True}, False),
        ({"team_id": "T9"}, False),
        ({"id": "U9"}, False),
    ],
)
async def test_only_full_members_may_press(
    sender: Sender, wire: Wire, described: dict[str, Any], may: bool
) -> None:
    people = Permissions(sender.directory)
    caller = Caller("U1", team="T1", user_team="T1", enterprise="E1", channel="C1", channel_name="ops")
    wire.script = [{"ok": True, "user": {"id": "U1", "team_id": "T1", **described}}]
    assert (await people.may_acknowledge(caller) is None) is may
    assert (await people.may_silence(caller) is None) is may
    assert len(wire.calls("users.info")) == 1, "who somebody is is remembered for minutes"
    wire.now += timedelta(minutes=6)
    wire.script = [{"ok": True, "user": {"id": "U1", "deleted": True}}]
    assert await people.may_acknowledge(caller) is not None


async def test_an_answer_goes_to_the_response_url_through_the_levels(
    sender: Sender, wire: Wire, api_url: str
) -> None:
    reply = ResponseUrl(api_url + "response/1", wire.timer)
    wire.script = [
        http(status=400, text="invalid_blocks"),
        {"ok": False, "error": "invalid_blocks"},
        http(text="ok"),
    ]
    await sender.respond(reply, MESSAGE, replace=True)
    sent = wire.calls("response/1")
    assert [body.get("blocks") for body in sent] == [list(NATIVE), list(CLASSIC), None]
    assert sent[0]["replace_original"] is True
    assert sent[0]["response_type"] == "ephemeral"
    assert {(body["parse"], body["link_names"]) for body in sent} == {("none", False)}
    assert reply.left == 2


async def test_a_response_url_is_used_five_times_within_thirty_minutes(
    sender: Sender, wire: Wire, api_url: str
) -> None:
    reply = ResponseUrl(api_url + "response/1", wire.timer)
    for _ in range(5):
        await sender.respond(reply, MESSAGE)
    with pytest.raises(SlackError, match="no more answers"):
        await sender.respond(reply, MESSAGE)
    late = ResponseUrl(api_url + "response/2", wire.timer)
    wire.now += timedelta(minutes=30)
    with pytest.raises(SlackError, match="no more answers"):
        await sender.respond(late, MESSAGE)
    assert len(wire.asked) == 5


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/x",
        "http://hooks.slack.com/x",
        "https://slack.com.evil.example/",
        "https://evil.example\\.slack.com/",
        "https://evil.example\\@hooks.slack.com/",
        "https://hooks.slack.com@evil.example/",
        "https://hooks.slack.com:8443/",
        "https://evil.example#@slack.com/",
        "file:///etc/passwd",
        "https://[",
        "",
    ],
)
async def test_nothing_is_sent_to_a_foreign_address(sender: Sender, wire: Wire, url: str) -> None:
    with pytest.raises(SlackError) as caught:
        await sender.respond(ResponseUrl(url, wire.timer), MESSAGE)
    assert caught.value.code == ("foreign_url" if url else "used_up")


async def test_a_redirected_answer_is_not_followed(sender: Sender, wire: Wire, api_url: str) -> None:
    wire.script = [http(status=307, headers={"Location": api_url + "elsewhere"})]
    with pytest.raises(SlackUnsure):
        await sender.respond(ResponseUrl(api_url + "response/1", wire.timer), MESSAGE)
    assert wire.calls("elsewhere") == []


async def test_secrets_never_reach_a_log(
    sender: Sender, wire: Wire, api_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wire.script = [{"ok": False, "error": "invalid_blocks"}, http(status=500), {"ok": False}]
    reply = ResponseUrl(api_url + "response/hush-hush", wire.timer)
    calls: list[Callable[[], Any]] = [
        lambda: sender.post("C1", MESSAGE, key="k"),
        lambda: sender.respond(reply, MESSAGE),
        sender.probe,
    ]
    for call in calls:
        try:
            await call()
        except SlackError as error:
            caplog.handler.emit(logging.makeLogRecord({"msg": f"{error!r} {reply!r}"}))
    said = [record.getMessage() for record in caplog.records if record.name != "aiohttp.access"]
    assert any("response_url" in line for line in said)
    assert not any(TOKEN in line or "hush-hush" in line for line in said)


async def test_a_closed_session_is_not_replaced_behind_our_back(wire: Wire, api_url: str) -> None:
    session = open_session()
    await session.close()
    with pytest.raises(SlackError, match="stopping"):
        await Sender(Secret(TOKEN), api_url, session, clock=wire.clock).probe()
