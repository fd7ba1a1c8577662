"""Any words, payloads, frames, answers and files in thousands: a sentence or the right numbers, no crash.

A few examples in each run of the tests; FUZZ_EXAMPLES=5000 for many, FUZZ_SEED to repeat a run.
"""

import asyncio
import json
import os
import random
import re
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote_plus, urlencode

import aiohttp
import httpx
import pytest
from hypothesis import HealthCheck, assume, example, given, seed, settings
from hypothesis import strategies as st

from bot.config import Config
from bot.dlf.client import DlfClient
from bot.domain.digest import Digest, DigestDay, Occurrence, TrendPoint
from bot.domain.model import Answer, Day, Snapshot
from bot.domain.notices import Posted
from bot.errors import DlfError, SlackError
from bot.messages.alert import render_alert, render_follow_up
from bot.messages.digest import render_digest
from bot.messages.message import Message
from bot.messages.status import render_status
from bot.secret import Secret
from bot.slack.http_requests import slack_http_app
from bot.slack.response_url import ResponseUrl
from bot.slack.sender import Sender
from bot.slack.session import open_session
from bot.slack.socket_urls import SocketUrls
from bot.slack.web_api import WebApi
from tests.messages import test_slack_limits as any_messages
from tests.slack.test_listeners import signed
from tests.support.config_texts import EXAMPLE, Reader
from tests.support.dlf_client import NOW, SALES, SEED, TOKEN, USER, client_of, project
from tests.support.fuzz_json import HOSTILE, SCALARS, Wrong, alive, expected, mutations, names_an_error
from tests.support.fuzz_payloads import ACTIONS, EVENT, SUBMISSION, TEAM, pressed
from tests.support.message_scenes import SUNDAY
from tests.support.slack_listeners import ADA, BEN, OPS, SlackHarness, plugged
from tests.system.test_security import BoundedConnection, front

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "25"))
FUZZ_SEED = int(os.environ.get("FUZZ_SEED", random.randrange(2**32)))
Test = TypeVar("Test", bound=Callable[..., Any])


def fuzz(test: Test) -> Test:
    chosen = settings(
        max_examples=EXAMPLES, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck)
    )
    return seed(FUZZ_SEED)(chosen(test))


@pytest.fixture(autouse=True)
def _seed_is_printed() -> None:
    print(f"FUZZ_SEED={FUZZ_SEED} FUZZ_EXAMPLES={EXAMPLES}")


# Slack over HTTP

Send = Callable[[bytes, str], Any]
JSON_KIND, FORM = "application/json", "application/x-www-form-urlencoded"


class Door:
    """The app behind our HTTP port, called with the signing secret."""

    def __init__(self, rig: SlackHarness, session: aiohttp.ClientSession, url: str) -> None:
        self.rig, self._session, self._url = rig, session, url
        self._sent = set[tuple[bytes, int]]()

    async def send(self, body: bytes, kind: str = FORM) -> tuple[int, str]:
        # Two equal requests of the same second would be a request and its replay.
        now = int(time.time())
        at = next(now - age for age in range(250) if (body, now - age) not in self._sent)
        self._sent.add((body, at))
        headers = signed(self.rig.world.signing_secret, body, at=at) | {"Content-Type": kind}
        async with self._session.post(self._url, data=body, headers=headers) as response:
            return response.status, await response.text()


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with plugged() as rig:
        secret = rig.world.signing_secret
        rig.prove_native()
        async with (
            front(slack_http_app(rig.app(secret), Secret(secret)), protocol=BoundedConnection) as port,
            aiohttp.ClientSession() as session,
        ):
            yield Door(rig, session, f"http://127.0.0.1:{port}/slack/events")


WORDS = st.sampled_from(
    [
        *("yesterday", "today", "week", "day before yesterday", "昨天", "2026-11-22", "yesteday", "for the"),
        *("own", "--own", "share", "help", "sales", "prod/sales", "FINANCE", "payload"),
        *('"', "'", "`", "“", ",", *HOSTILE),
    ]
)
TEXTS = st.one_of(
    st.lists(WORDS | st.text(max_size=10), max_size=8).map(" ".join),
    st.text(st.characters(), max_size=200),
)


@fuzz
@given(TEXTS)
@example("payload")
@example("x " * 100_000)
async def test_any_words_after_the_command_get_an_answer(door: Door, text: str) -> None:
    rig = door.rig
    rig.observed.clear()
    fields = {"command": "/dlf-status", "team_id": TEAM, "user_id": ADA, "channel_id": OPS, "text": text}
    status, said = await door.send(urlencode(fields, errors="surrogatepass").encode())
    await rig.settled()
    assert status == 200
    ((command, outcome),) = rig.observed
    assert (command, outcome) in {("/dlf-status", one) for one in ("known", "help", "wrong")}, said
    if said:
        answer = json.loads(said)
        assert answer["text"].strip()
        assert len(answer["text"]) < 4000
        assert not re.search(r"<[@!#]|<http", json.dumps(answer, ensure_ascii=False)), answer
    else:
        assert outcome == "known", "only tables go by the response URL, as long as they are unproven"


@fuzz
@given(st.data())
async def test_any_press_of_a_button_is_refused_or_what_it_says(
    door: Door, caplog: pytest.LogCaptureFixture, data: st.DataObject
) -> None:
    caplog.clear()
    rig = door.rig
    url = data.draw(st.sampled_from([rig.api_url, "https://evil.example/", "http://[", "https://slack.com"]))
    real = [
        *(pressed(action, rig.api_url if url.endswith("slack.com") else url) for action in ACTIONS),
        EVENT,
        SUBMISSION,
    ]
    payload = data.draw(mutations(data.draw(st.sampled_from(real))))
    if data.draw(st.booleans()):
        status, _ = await door.send(_json(payload).encode(), JSON_KIND)
    else:
        status, _ = await door.send(b"payload=" + quote_plus(_json(payload)).encode())
    await rig.settled()
    assert status in (200, 400)
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []
    _only_what_was_pressed(rig, payload)


def _json(tree: Any) -> str:
    return json.dumps(tree)


def _only_what_was_pressed(rig: SlackHarness, payload: dict[str, Any]) -> None:
    """Takers and silencers are members of our team, and their alert is named in the payload."""
    done = [*rig.pressed.taken.items(), *((alert, user) for alert, _, user in rig.pressed.silences)]
    rig.pressed.taken.clear()
    done += rig.pressed.ended
    rig.pressed.silences.clear()
    rig.pressed.ended.clear()
    for alert, user in done:
        assert user in (ADA, BEN)
        team = payload.get("team_id") or payload["team"]["id"]
        assert team == TEAM
        # What is no text counts as missing: then Slack's own answer about the person decides.
        of_user = payload["user"].get("team_id")
        assert of_user in (TEAM, "", None) or not isinstance(of_user, str)
        if "view" in payload and not payload.get("actions"):
            metadata = payload["view"].get("private_metadata")
            assert not alert or (isinstance(metadata, str) and alert in metadata)  # "" is no alert
            continue
        action = payload["actions"][0]
        values = [action.get("value"), (action.get("selected_option") or {}).get("value")]
        assert not alert or any(isinstance(value, str) and value.endswith(alert) for value in values)
        assert alert.isprintable() and len(alert) <= 2000


@fuzz
@given(st.binary(max_size=200), st.sampled_from([JSON_KIND, FORM, "text/plain", ""]))
async def test_any_signed_bytes_are_answered(
    door: Door, caplog: pytest.LogCaptureFixture, body: bytes, kind: str
) -> None:
    caplog.clear()
    status, _ = await door.send(body, kind)
    await door.rig.settled()
    assert status in (200, 400, 401)
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []
    assert (door.rig.pressed.taken, door.rig.asked.questions) == ({}, [])


# Slack over Socket Mode


@pytest.fixture
async def line() -> AsyncIterator[SlackHarness]:
    async with plugged("socket") as rig:
        yield rig


@fuzz
@given(st.data())
async def test_any_frame_leaves_the_line_up(line: SlackHarness, data: st.DataObject) -> None:
    real = [pressed(action, line.api_url) for action in ACTIONS]
    envelopes = [
        {"envelope_id": "e1", "type": "interactive", "payload": one, "accepts_response_payload": True}
        for one in real
    ]
    events = {"envelope_id": "e2", "type": "events_api", "payload": EVENT, "accepts_response_payload": False}
    frame = data.draw(mutations(data.draw(st.sampled_from([*envelopes, events]))))
    assume(not isinstance(frame, dict) or frame.get("type") != "disconnect")
    raw = data.draw(
        st.sampled_from([_json(frame), _json(frame)[:-1], _json([frame]), "null", "{", "Ping", "[[["])
    )
    opened = line.world.socket.opened
    await line.world.socket.connections[0].socket.send_str(raw)
    line.observed.clear()
    assert (await line.world.run_command(ADA, OPS, "help")).ok
    await line.settled()
    assert ("/dlf-status", "help") in line.observed
    assert line.world.socket.opened == opened
    if isinstance(frame, dict) and isinstance(frame.get("payload"), dict):
        _only_what_was_pressed(line, frame["payload"])
    assert line.pressed.taken == {}


SLACK_BODY: dict[str, Any] = {
    **{"ok": True, "url": "wss://wss-primary.slack.com/link", "team": "Acme", "team_id": TEAM, "user": "bot"},
    **{"user_id": "U0", "bot_id": "B0", "channel": OPS, "ts": "1.0", "users": [ADA]},
    "user": {"id": ADA, "team_id": TEAM, "tz": "Asia/Singapore", "enterprise_user": {"enterprise_id": "E0"}},
    "channels": [{"id": OPS, "name": "data-ops"}],
    "messages": [{"ts": "1.0", "metadata": {"event_type": "dlf_bot_notice", "event_payload": {"key": "k"}}}],
    "response_metadata": {"next_cursor": "", "messages": ["[ERROR] /blocks/0"]},
}
SLACK_SAID = st.sampled_from(
    [
        *(
            "application/json",
            "application/json; charset=hex",
            "application/json; charset=utf-16",
            "text/html",
        ),
        *("application/json; charset=", "application/json; charset=idna", "text/plain; charset=rot13"),
        *("application/gzip", "gzip", "br", "zstd", "0", "-1", "9" * 30, "commands,chat:write", ",", "*/*"),
    ]
)
SLACK_HEADERS = st.dictionaries(
    st.sampled_from(
        ["Content-Type", "Content-Type", "Content-Encoding", "Retry-After", "X-OAuth-Scopes", "Location"]
    ),
    SLACK_SAID | st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20),
    max_size=3,
)


@st.composite
def slack_replies(draw: st.DrawFn) -> bytes:
    """An answer of Slack's Web API with anything in its headers, its tree or its text."""
    body = _json(draw(mutations(SLACK_BODY | draw(st.sampled_from([{}, {}, {"ok": False, "error": "x"}])))))
    sent = body.encode()[: draw(st.integers(0, len(body)))] if draw(st.booleans()) else body.encode()
    status = draw(st.sampled_from([200, 200, 200, 204, 302, 400, 403, 429, 500, 503]))
    headers = {"Content-Type": "application/json", "Content-Length": str(len(sent))}
    headers |= draw(SLACK_HEADERS)
    head = [f"HTTP/1.1 {status} OK", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*head, "", ""]).encode() + sent


@fuzz
@given(slack_replies())
@example(b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=hex\r\nContent-Length: 2\r\n\r\n{}")
async def test_any_answer_of_slack_is_read_or_an_error_of_ours(
    wild: tuple[str, list[bytes]], reply: bytes
) -> None:
    url, answers = wild
    answers[0] = reply
    async with open_session(seconds=1) as session:
        sender = Sender(Secret("xoxb-secret"), f"{url}/api/", session, clock=lambda: NOW)
        web, here = WebApi(Secret("xapp-secret"), f"{url}/api/", session), Message("hello")
        calls: list[Callable[[], Any]] = [
            SocketUrls(web, apart=0, most=0).next,
            sender.probe,
            lambda: sender.post(OPS, here, key="k"),
            lambda: sender.edit(Posted(OPS, "1.0"), here, key="k"),
            lambda: sender.find(OPS, "k", since=NOW),
            lambda: sender.channel_id("#data-ops"),
            lambda: sender.directory.member(ADA),
            lambda: sender.directory.group("S0ONCALL"),
            lambda: sender.respond(ResponseUrl(f"{url}/commands/T1/1/secret"), here),
        ]
        for call in calls:
            outcomes: list[object] = list(await asyncio.gather(call(), return_exceptions=True))
            found = outcomes[0]
            if isinstance(found, BaseException):
                assert isinstance(found, SlackError), (reply, found)
                assert not re.search(r"secret|evil|passwd|<[@!#h]", f"{found} {found.code}"), reply


# DLF and IAM

NUMBERS = st.sampled_from(
    [0, 1, 14, 2**53, 2**53 + 1, 10**20, 10**30, -1, -0.0, 1.9, 1.0, 1e3, True, "7", None]
)
NAMED = (
    *("Content-Type", "Content-Encoding", "Content-Length", "Date", "Retry-After", "X-Request-Id"),
    *("Location", "Set-Cookie"),
)
SAID = (
    *("application/json;charset=utf8", "text/html", "a/b;charset=utf-16", "gzip", "br", "0", "-1", "9" * 30),
    *("Mon, 23 Nov 2026 03:00:00 GMT", "Mon, 01 Jan 0001 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 -2359"),
    "https://evil.example/",
)
ASCII = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)
HEADERS = st.dictionaries(st.sampled_from(NAMED), st.sampled_from(SAID) | ASCII, max_size=3)
STATUSES = st.sampled_from([200, 200, 200, 200, 201, 204, 302, 307, 400, 401, 403, 404, 418, 429, 500, 503])


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """Answers: the seed's example with changes to its values, its tree, its text; or anything at all."""
    tree: Any = SEED | draw(
        st.dictionaries(st.sampled_from(sorted(SEED)), NUMBERS | st.integers(0, 99), max_size=5)
    )
    tree = draw(mutations(tree, 2, SCALARS | NUMBERS))
    text = json.dumps(tree, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")
    match draw(st.integers(0, 5)):
        case 0:
            return draw(st.binary(max_size=60))
        case 1:
            return text[: draw(st.integers(0, len(text)))]
        case 2:
            where = draw(st.integers(0, len(text)))
            put = draw(
                st.sampled_from([b"0", b"e5", b".", b"-", b"1", b",", b"}", b'"', b" ", b"NaN", b"\xff"])
            )
            return text[:where] + put + text[where + draw(st.integers(0, 2)) :]
    return text


async def fetched(client: DlfClient) -> Snapshot | DlfError:
    try:
        return await client.fetch(SALES, Day.TODAY, now=NOW, deadline=0.05)
    except DlfError as error:
        return error
    finally:
        await client.close()


def reading(body: bytes) -> dict[str, int | None] | None:
    try:
        return expected(body)
    except Wrong:
        return None


@fuzz
@given(bodies(), STATUSES, HEADERS)
@example(b'{"success_count": 1, "total_count": 1, "fail_count": "#0"}', 200, {})
@example(b'{"success_count": 1e0}', 200, {})
@example(b'{"success_count": -0}', 200, {})
@example(b'{"success_count": 1, "succ\\u0065ss_count": 2}', 200, {})
async def test_no_answer_of_dlf_becomes_a_wrong_number(
    body: bytes, status: int, headers: dict[str, str]
) -> None:
    answer = httpx.Response(status, headers=headers, stream=httpx.ByteStream(body))
    found = await fetched(client_of(lambda _: answer))
    right = reading(body)
    if isinstance(found, Snapshot):
        assert status == 200
        assert found.counts.__class__(**(right or {})) == found.counts
        assert right is not None
    else:
        assert not re.search(r"evil|#0|DROP|passwd", str(found)), "foreign text is not relayed"
        assert not re.search("<[@!#h]", str(found))
    if status == 200 and right is not None and not headers and not names_an_error(body):
        assert isinstance(found, Snapshot), (body, found)


@asynccontextmanager
async def anything(answers: list[bytes]) -> AsyncIterator[str]:
    """A server that answers every request with any bytes, those in `answers`."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answers[0])
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.fixture
async def wild() -> AsyncIterator[tuple[str, list[bytes]]]:
    answers = [b""]
    async with anything(answers) as url:
        yield url, answers


@st.composite
def replies(draw: st.DrawFn) -> bytes:
    """An HTTP reply with something wrong in its bytes."""
    body = draw(bodies())
    length = draw(st.sampled_from([len(body), len(body), 0, 5, 10**6, -1, "x"]))
    lines = [f"HTTP/1.1 {draw(STATUSES)} OK", "Content-Type: application/json", f"Content-Length: {length}"]
    lines += [f"{name}: {value}" for name, value in draw(HEADERS).items()]
    whole = "\r\n".join(draw(st.permutations(lines[1:]))).encode("latin-1", "replace")
    reply = lines[0].encode() + b"\r\n" + whole + b"\r\n\r\n" + body
    for _ in range(draw(st.integers(0, 2))):
        where = draw(st.integers(0, len(reply)))
        put = draw(st.binary(max_size=2) | st.sampled_from([b"\r\n", b"\0", b"\r\n\r\n", b":"]))
        reply = reply[:where] + put + reply[where + draw(st.integers(0, 3)) :]
    return reply[: draw(st.integers(len(reply) // 2, len(reply)))] if draw(st.booleans()) else reply


@fuzz
@given(replies())
@example(b"HTTP/1.1 200 \x80OK\r\nContent-Length: 0\r\n\r\n")
@example(b"HTTP/1.1 200 OK\r\nX-\xff: \xff\r\nContent-Length: 0\r\n\r\n")
async def test_any_bytes_on_dlfs_wire_are_counts_or_an_error_of_ours(
    wild: tuple[str, list[bytes]], reply: bytes
) -> None:
    url, answers = wild
    answers[0] = reply
    found = await fetched(DlfClient(project(TOKEN, url)))
    if isinstance(found, Snapshot):
        known = {name for name in SEED if name.encode() in reply or b"\\u" in reply}
        assert {name for name in SEED if getattr(found.counts, name) is not None} <= known


TOKEN_BODY: dict[str, Any] = {
    "token": {
        "expires_at": "2026-11-24T03:00:00.000000Z",
        "issued_at": "2026-11-23T03:00:00.000000Z",
        "methods": ["password"],
        "project": {"id": "playground", "domain": {"id": "d", "name": "playground"}},
        "user": {"id": "u", "name": "playground", "domain": {"id": "d", "name": "playground"}},
    }
}
MOMENTS = st.sampled_from(
    [
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999Z",
        "2026-11-23",
        "2026-11-23T03:00:00",
        "",
        "soon",
        0,
    ]
)


@fuzz
@given(
    mutations(TOKEN_BODY, 3, SCALARS | MOMENTS),
    st.sampled_from([200, 201, 201, 201, 204, 302, 401, 403, 500]),
    st.none() | st.sampled_from(["good-token", " ", "", "bad token", "x" * 9000]) | st.text(max_size=9),
    HEADERS,
)
@example(
    {"token": {"issued_at": "0001-01-01T00:00:00Z", "expires_at": "9999-12-31T00:00:00Z"}},
    201,
    "good-token",
    {},
)
async def test_any_login_answer_leads_to_counts_or_an_error_of_ours(
    body: Any, status: int, token: str | None, headers: dict[str, str]
) -> None:
    headers = dict(headers)
    if token is not None:
        headers["X-Subject-Token"] = token.encode("utf-8", "replace").decode("latin-1")

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            said = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
            stream = httpx.ByteStream(json.dumps(body).encode())
            return httpx.Response(status, headers=said, stream=stream)
        sent = request.headers["X-Auth-Token"]
        assert sent == headers["X-Subject-Token"].strip()
        return httpx.Response(200, json=SEED)

    found = await fetched(client_of(answer, USER))
    if isinstance(found, Snapshot):
        assert status in (200, 201)
    else:
        assert not re.search("<[@!#h]", str(found))
        assert "playground" not in str(found).replace("`", "")


# Configs

LEAKS = {
    "DLF_PROJECT_ID": "0123456789abcdef",
    "HUAWEICLOUD_SDK_AK": "AKLEAKLEAKLEAKLEAK01",
    "HUAWEICLOUD_SDK_SK": "sKleak1234567890LEAKleakLEAKleak12345678",
    "SLACK_BOT_TOKEN": "xoxb-LEAK1234-leak",
    "SLACK_APP_TOKEN": "xapp-1-LEAK1234-leak",
    "SLACK_SIGNING_SECRET": "1eaf1eaf1eaf1eaf1eaf1eaf1eaf1eaf",
    "IAM_PASSWORD": "Leak-pass word!4712",
    "DLF_TOKEN": "MIIleakLEAK/leak+leak==",
    "HTTP_TOKEN": "http-LEAK-4715",
    "STORE": "postgresql://bot:Leak-db-4716@db/bot",
}
PLACES = st.sampled_from([f"${{{name}}}" for name in LEAKS] + ["${MISSING}", "${MISSING:-x}", "${", "$${X}"])
MARKS = [
    ":",
    ": ",
    "- ",
    "&a ",
    "*a",
    "!!x ",
    "|\n",
    "\t",
    "\n",
    "<<: ",
    "5 %",
    *"[]{}'#~🔥\u202e",
    '"',
    "1e400",
    "-1",
]
BITS = st.one_of(PLACES, st.sampled_from(MARKS), st.text(st.characters(codec="utf-8"), max_size=6))
LINES = re.sub(r"(?m)^( *)# (?=[a-z_]+: )", r"\1", EXAMPLE.read_text(encoding="utf-8")).splitlines()


@st.composite
def files(draw: st.DrawFn) -> str:
    """The example with all its lines in force, some gone, moved, cut, indented or filled otherwise."""
    lines = [line for line in LINES if not line.startswith("#")]
    lines = [line for line in lines if draw(st.integers(0, 20))]
    for _ in range(draw(st.integers(0, 4))):
        where = draw(st.integers(0, len(lines) - 1))
        line = lines[where]
        cut = draw(st.integers(0, len(line)))
        match draw(st.integers(0, 5)):
            case 0:
                lines[where] = line[:cut] + draw(BITS) + line[cut:]
            case 1:
                lines[where] = line[:cut] + draw(BITS) + line[cut + draw(st.integers(1, 4)) :]
            case 2:
                lines[where] = line.partition(":")[0] + ": " + draw(BITS)
            case 3:
                lines.insert(draw(st.integers(0, len(lines) - 1)), line)
            case 4:
                lines[where] = "  " * draw(st.integers(0, 4)) + line.lstrip()
            case _:
                lines[where] = re.sub(r"\$\{\w+", lambda _: draw(PLACES)[:-1], line)
    return "\n".join(lines)


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    return Reader(tmp_path / "dlf.yaml")


@fuzz
@given(files(), st.sampled_from(["", "sqlite:///x.db", LEAKS["STORE"]]))
def test_no_file_makes_the_config_tell_a_secret(read: Reader, source: str, store: str) -> None:
    if store:
        source = source.replace("sqlite:///dlf-bot.db", "${STORE}" if "@" in store else store)
    found = read.outcome(source.encode("utf-8"), **LEAKS)
    told = f"{found} {found!r}" if isinstance(found, Config) else str(found)
    shown = [name for name, secret in LEAKS.items() if name not in ("DLF_PROJECT_ID",) and secret in told]
    if isinstance(found, Config):
        shown = [name for name in shown if name != "HUAWEICLOUD_SDK_AK"]  # half of a key, and no secret
        assert found.projects
        shown = [name for name in shown if not _stands_elsewhere(source, name)]
    assert shown == [], told
    assert "Leak-db-4716" not in told or isinstance(found, Config)


def _stands_elsewhere(source: str, name: str) -> bool:
    """Whether the file asks for a secret where none belongs: as a name, an id, an endpoint."""
    places = [line for line in source.splitlines() if f"${{{name}" in line]
    secret = r"^\W*(secret_key|security_token|password|token|bot_token|app_token|signing_secret|store):"
    return not all(re.search(secret, line.strip()) for line in places)


# Messages


@fuzz
@given(st.data(), st.sampled_from(Day), st.booleans(), any_messages.LOCALES)
def test_any_answer_is_inert(data: st.DataObject, day: Day, own: bool, locale: str) -> None:
    rows = data.draw(any_messages.many_rows(day))
    message = render_status(Answer(day, own, rows, NOW), locale=locale, account=data.draw(any_messages.NAMES))
    assert_inert(message)
    any_messages.assert_within_limits(message)


@fuzz
@given(st.data(), any_messages.LOCALES)
def test_any_alert_is_inert_but_for_its_mentions(data: st.DataObject, locale: str) -> None:
    alert, rule = data.draw(any_messages.alerts()), data.draw(any_messages.RULES)
    workspace = data.draw(st.none() | any_messages.workspaces())
    reason = data.draw(st.sampled_from(any_messages.Reason))
    people = [one.by for one in (alert.acknowledged, alert.handover) if one]
    allowed = {*rule.mention, *people, *([alert.handover.before] if alert.handover else [])}
    for message in (
        render_alert(alert, rule, workspace, locale=locale),
        render_follow_up(alert, rule, workspace, reason, locale=locale),
    ):
        assert_inert(message, allowed)
        any_messages.assert_within_limits(message)


@fuzz
@given(st.data(), any_messages.LOCALES)
def test_any_digest_is_inert(data: st.DataObject, locale: str) -> None:
    alerts = tuple(data.draw(st.lists(any_messages.alerts(), max_size=4)))
    day = DigestDay(Day.YESTERDAY, SUNDAY, data.draw(any_messages.many_rows(Day.YESTERDAY)), alerts)
    trend = (TrendPoint(date(2026, 11, 20), data.draw(any_messages.COUNTS)),)
    digest = Digest(
        data.draw(any_messages.NAMES), Occurrence(SUNDAY, NOW), data.draw(any_messages.ZONES), (day,), trend
    )
    message = render_digest(digest, now=NOW, locale=locale)
    assert_inert(message, {one.acknowledged.by for one in alerts if one.acknowledged})
    any_messages.assert_within_limits(message)


def assert_inert(message: Message, allowed: Iterable[str] = ()) -> None:
    """Nothing in any level pings, links or formats, but for these mentions."""
    for text in [
        message.text,
        *(text for level in (message.native, message.classic) for text in _texts(level)),
    ]:
        assert alive(text, allowed) == []
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", text), text


def _texts(tree: Any) -> list[str]:
    if isinstance(tree, dict):
        return [
            text
            for name, below in tree.items()
            if name not in ("value", "action_id")
            for text in _texts(below)
        ]
    if isinstance(tree, list | tuple):
        return [text for below in tree for text in _texts(below)]
    return [tree] if isinstance(tree, str) else []
