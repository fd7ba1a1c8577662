"""Floods: of connections at the HTTP port, of a single person's presses and questions."""

import asyncio
import hashlib
import json
import re
import socket
import time
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote_plus, urlencode, urlsplit

import pytest

from bot.domain.alerts import Change
from bot.domain.silences import Person
from bot.secret import Secret
from bot.server.connection import BoundedConnection
from bot.slack.http_requests import Replays, slack_http_app
from bot.slack.silencing import SilenceActions
from bot.store.store import Store
from bot.usecases.silencing import Silencing
from tests.support.cpu_starvation import Stopwatch
from tests.support.fakes import HandClock
from tests.support.fuzz_payloads import TEAM, pressed
from tests.support.message_scenes import FIRING, SALES
from tests.support.slack_listeners import ADA, BEN, OPS, ZONE, SlackHarness, plugged
from tests.support.whole_bot import THREE, services, soon
from tests.system.test_security import EVENTS, Patient, front, get, post, slack_over_http, slow, talk

# The HTTP port


def port_of(rig: SlackHarness) -> int:
    return urlsplit(rig.world.request_url or "").port or 0


def asked(rig: SlackHarness, text: str) -> bytes:
    """A command as Slack sends it."""
    fields = {"command": "/dlf-status", "team_id": rig.world.team_id, "user_id": ADA, "text": text}
    return urlencode(fields).encode()


@asynccontextmanager
async def strangers(port: int, sent: bytes, many: int) -> AsyncIterator[None]:
    """So many connections that send this and then leave their answers unread."""
    loop = asyncio.get_running_loop()
    crowd = [socket.socket() for _ in range(many)]
    try:
        for each in crowd:
            each.setblocking(False)
            await loop.sock_connect(each, ("127.0.0.1", port))
            await loop.sock_sendall(each, sent)
        await asyncio.sleep(0.1)
        yield
    finally:
        for each in crowd:
            each.close()


@pytest.mark.parametrize(
    "sent",
    [b"", get(), get("/readyz"), b"GET /slack", post(EVENTS, b"a", Content_Length="9")],
    ids=["silent", "idle", "asking", "half a head", "half a body"],
)
async def test_slack_finds_room_at_a_port_that_strangers_have_filled(sent: bytes) -> None:
    async with slack_over_http(look=slow) as (rig, _), strangers(port_of(rig), sent, BoundedConnection.most):
        for _ in range(3):
            outcome = await rig.world.run_command(ADA, OPS, "sales")
            assert outcome.ok
            assert outcome.seconds < 1


class Counted(Patient):
    """Keeps every connection that was opened."""

    opened: ClassVar[list["Counted"]] = []

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.opened.append(self)
        super().connection_made(transport)


class Three(Patient):
    most = 3


async def test_at_a_full_port_the_least_needed_goes_first() -> None:
    """First what idles, then what is unfinished, then what is being answered, however old each is."""
    async with front(look=slow, protocol=Three) as port:
        lines = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        answered, unfinished, idle = lines
        answered[1].write(get("/readyz"))
        await asyncio.sleep(0.05)
        unfinished[1].write(b"GET /healthz")
        idle[1].write(get())
        head = await idle[0].readuntil(b"\r\n\r\n")
        await idle[0].readexactly(int(re.findall(rb"content-length: (\d+)", head)[0]))
        closed = []
        for _ in range(2):
            fresh = await asyncio.open_connection("127.0.0.1", port)
            lines.append(fresh)
            fresh[1].write(get("/readyz"))
            await asyncio.sleep(0.1)
            closed.append(
                [one[0].at_eof() or one[0].exception() is not None for one in (answered, unfinished, idle)]
            )
        assert closed == [[False, False, True], [False, True, True]]
        assert b"200 OK" in await answered[0].readuntil(b"\r\n\r\n")
        for _, writer in lines:
            writer.close()


async def test_slack_keeps_its_connection_while_strangers_come_and_go() -> None:
    Counted.opened.clear()
    async with slack_over_http(protocol=Counted) as (rig, send):
        assert await send(asked(rig, "first")) == 200
        async with strangers(port_of(rig), get(), 3 * Patient.most):
            assert await send(asked(rig, "second")) == 200
        assert len(Counted.opened) == 1 + 3 * Patient.most


async def test_slacks_requests_are_answered_during_a_flood_of_strangers() -> None:
    async def think() -> None:
        await asyncio.sleep(0.5)

    async with slack_over_http(look=slow, protocol=Patient) as (rig, send):
        rig.asked.known_does = think
        answer = asyncio.ensure_future(send(asked(rig, "sales")))
        await asyncio.sleep(0.1)
        async with strangers(port_of(rig), get("/readyz"), 3 * Patient.most):
            assert await answer == 200


async def test_a_port_that_is_full_of_idle_connections_of_slack_takes_another() -> None:
    async with slack_over_http(protocol=Patient) as (rig, send):
        answers = [asyncio.ensure_future(send(asked(rig, f"{n}"))) for n in range(Patient.most)]
        assert await asyncio.gather(*answers) == [200] * Patient.most
        assert b"200 OK" in await talk(port_of(rig), get(Connection="close"))


@pytest.mark.parametrize(
    "refused",
    [get("/"), get("/healthz", "DELETE"), get("/metrics"), get(EVENTS), get(EVENTS, "POST")],
    ids=["unknown", "not a GET", "no bearer token", "not Slack", "not signed"],
)
async def test_a_refused_request_closes_its_connection(refused: bytes) -> None:
    async with plugged() as rig, front(slack_http_app(rig.app("s"), Secret("s")), token="t") as port:
        said = await talk(port, refused)
        assert said.startswith(b"HTTP/1.1 40")
        assert b"connection: close" in said


# A single person's presses


class Presses:
    """The menu "Silence…" of an alert that burns, over the real use case and store."""

    def __init__(self, rig: SlackHarness, store: Store) -> None:
        self.rig, self.store, self.clock = rig, store, HandClock()
        use_case = Silencing(store, [SALES], clock=self.clock)
        self.listeners = SilenceActions(rig.door, use_case, rig.people, zone=ZONE, redraw=rig.home.draw)

    async def silence(self, length: str = "1h", user: str = ADA) -> None:
        body = pressed({"action_id": "alert_silence", "value": f"{length}|{FIRING.id}"}, self.rig.api_url)
        await self.listeners.choose(_acked, body | {"user": {"id": user, "team_id": TEAM}})

    async def kept(self) -> list[tuple[str, datetime]]:
        await soon(lambda: not len(self.rig.tasks))
        return [(one.by, one.until) for one in await self.store.silences.active(self.clock.now)]


async def _acked(*_: object) -> None:
    pass


@pytest.fixture
async def presses(store: Store) -> AsyncIterator[Presses]:
    assert await store.alerts.save([Change(None, replace(FIRING, told=None))])
    async with plugged() as rig:
        yield Presses(rig, store)


async def test_five_hundred_presses_at_once_are_a_single_silence(presses: Presses) -> None:
    await asyncio.gather(*(presses.silence() for _ in range(500)))
    assert len(await presses.kept()) == 1
    acts = await presses.store.acts.since(presses.clock.now - timedelta(days=1))
    assert len(acts) == 1


async def test_presses_over_minutes_are_one_silence_that_ends_later(presses: Presses) -> None:
    for _ in range(60):
        presses.clock.forward(seconds=5)
        await presses.silence()
        await soon(lambda: not len(presses.rig.tasks))
    minute = presses.clock.now.replace(second=0, microsecond=0)
    assert await presses.kept() == [(ADA, minute + timedelta(hours=1))]
    await presses.silence("15m")
    assert await presses.kept() == [(ADA, minute + timedelta(hours=1))]
    await presses.silence("4h")
    assert await presses.kept() == [(ADA, minute + timedelta(hours=4))]


async def test_each_person_has_a_silence_of_their_own(presses: Presses) -> None:
    await asyncio.gather(*(presses.silence(user=user) for user in (ADA, BEN) for _ in range(5)))
    assert {by for by, _ in await presses.kept()} == {ADA, BEN}
    assert len(await presses.kept()) == 2


async def test_a_silence_that_was_ended_is_made_anew_by_the_next_press(presses: Presses) -> None:
    await presses.silence()
    [(_, until)] = await presses.kept()
    [first] = await presses.store.silences.active(presses.clock.now)
    await presses.store.silences.end([first.id], Person(BEN), presses.clock.now)
    assert not await presses.store.silences.extend(first.id, until + timedelta(hours=1), presses.clock.now)
    assert await presses.kept() == []
    await presses.silence()
    assert len(await presses.kept()) == 1


# A single person's questions


async def test_twelve_slow_commands_of_a_person_do_not_delay_the_question_of_another(tmp_path: Path) -> None:
    async with services(tmp_path) as home, home.bot(poll_every="1h", workspaces=THREE) as bot:
        await soon(lambda: bot.poller.last_read_at)
        await bot.poller.settle()
        home.dlf.faults.set("slow", seconds=1)
        days, spaces = ("all", "today", "yesterday", "before_yesterday"), ("sales", "finance", "logs")
        texts = [f"{day} {space}" for day in days for space in spaces]
        flood = [asyncio.ensure_future(home.slack.run_command(ADA, OPS, text)) for text in texts]
        await asyncio.sleep(0.5)
        watch = Stopwatch()
        await home.slack.run_command(BEN, OPS, "all own sales")
        await soon(lambda: any("Success rate" in said for said in home.private(BEN)))
        seconds = watch.seconds
        await asyncio.gather(*flood)
        assert len(home.dlf.log.of(query_days="all", is_own="true")) == 1
        assert seconds < 2.7, "an answer that was under way, and theirs"


# A captured request


async def test_a_captured_request_counts_once() -> None:
    async with slack_over_http() as (rig, send):
        press = pressed({"action_id": "alert_acknowledge", "value": "a1"}, rig.api_url)
        for body in (asked(rig, "sales"), b"payload=" + quote_plus(json.dumps(press)).encode()):
            rig.observed.clear()
            at = 200.0 - time.time() % 1
            assert await asyncio.gather(*(send(body, at=at) for _ in range(5))) == [200, 401, 401, 401, 401]
            assert await send(body, "text/plain", at=at) == 401
            await rig.settled()
            assert len(rig.observed) == 1


async def test_a_malformed_payload_is_answered_with_400() -> None:
    async with slack_over_http() as (_, send):
        assert [await send(b"a=1", at=0.5 - time.time() % 1) for _ in range(3)] == [400] * 3


def signature_of(number: int) -> str:
    return f"v0={hashlib.sha256(str(number).encode()).hexdigest()}"


def test_signatures_are_kept_for_as_long_as_they_could_count_again() -> None:
    now = [0.0]
    replays = Replays(lambda: now[0])
    assert replays.take("0", signature_of(1))
    assert replays.take("0", signature_of(2)), "another request of the same second"
    now[0] = 600
    assert not replays.take("0", signature_of(1))
    for second in range(601, 3000):
        now[0] = second
        assert replays.take(str(second), signature_of(second))
    assert len(replays) == 601


def test_a_hundred_thousand_signatures_take_a_megabyte() -> None:
    replays = Replays(lambda: 0.0)
    signatures = [(str(number // 500), signature_of(number)) for number in range(100_000)]
    tracemalloc.start()
    try:
        assert all(replays.take(signed_at, signature) for signed_at, signature in signatures)
        grown, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert grown < 2**20
    assert not any(replays.take(signed_at, signature) for signed_at, signature in signatures[::1000])
