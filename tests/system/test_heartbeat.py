"""The heartbeat: called once a period while all is well, else silent; never a flood, never shown whole."""

import asyncio
import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app.heartbeat import AGAIN, Heartbeat
from bot.config.settings import HeartbeatSettings
from bot.errors import DlfUnavailable
from bot.metrics import Metrics
from bot.secret import Secret
from bot.server.condition import Condition
from bot.store.store import Store
from bot.usecases.replica import Replica
from tests.support.raw_server import TLS, Talk, listening
from tests.support.use_cases import POLL, UseCases
from tests.support.whole_bot import services, soon
from tests.system.test_app import look, ready

pytestmark = pytest.mark.sqlite

SECRET, EVERY = "ping/s3cret-4717?msg=OK", 60.0
FINE, GONE = (
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK",
    b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n",
)


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file", "ssl_cert_dir"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@dataclass
class Watched:
    """The address outside: the heads of the calls it got, and its next answers."""

    heads: list[bytes] = field(default_factory=list)
    answer: bytes = FINE

    def talk(self) -> Talk:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(self.answer)
            await writer.drain()

        return talk


class Beating:
    """The heartbeat of a replica, on timers that are moved by hand."""

    def __init__(self, store: Store, url: str, *, owner: str = "one") -> None:
        self.house = UseCases(store, owner=owner)
        self.metrics, self.condition, self.seconds = Metrics(), Condition(), 0.0
        self.heartbeat = Heartbeat(
            HeartbeatSettings(Secret(url), timedelta(seconds=EVERY)),
            Replica(owner, store, self.house.clock, self.metrics, timer=lambda: self.seconds),
            self._look,
            poll_every=POLL,
        )

    async def _look(self) -> Condition:
        return self.condition

    async def live(self, seconds: float) -> None:
        """Let time pass, with a turn each second."""
        for _ in range(int(seconds)):
            await self.heartbeat.tick()
            self.seconds += 1

    def outcomes(self) -> dict[str, float | None]:
        registry = self.metrics.registry
        name = "dlf_bot_heartbeats_total"
        return {one: registry.get_sample_value(name, {"outcome": one}) for one in ("ok", "failed")}


async def test_it_is_called_once_a_period_while_all_is_well(store: Store) -> None:
    watched = Watched()
    async with listening(watched.talk()) as port:
        one = Beating(store, f"http://127.0.0.1:{port}/{SECRET}")
        await one.house.poll()
        await one.live(3 * EVERY)
    assert [head.split(b"\r\n")[0] for head in watched.heads] == [f"GET /{SECRET} HTTP/1.1".encode()] * 3
    assert one.outcomes() == {"ok": 3, "failed": 0}
    assert one.heartbeat.remarks() == []


async def test_it_is_silent_before_dlf_was_read_and_while_the_bot_is_not_ready(store: Store) -> None:
    watched = Watched()
    async with listening(watched.talk()) as port:
        one = Beating(store, f"http://127.0.0.1:{port}/{SECRET}")
        one.house.source.error = DlfUnavailable("No answer.")
        await one.house.poll()
        await one.live(2 * EVERY)
        assert watched.heads == []
        one.house.source.error = None
        one.house.clock.forward(minutes=5)
        one.condition = Condition(("Slack: not connected yet",))
        await one.house.poll()
        await one.live(2 * EVERY)
        assert watched.heads == []
        one.condition = Condition(remarks=("job digests: no turn",))
        await one.live(AGAIN)
        assert len(watched.heads) == 1
        one.house.clock.forward(minutes=17)
        await one.live(2 * EVERY)
        assert len(watched.heads) == 1


def hanging(watched: Watched) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        watched.heads.append(await reader.readuntil(b"\r\n\r\n"))

    return talk


@pytest.mark.parametrize(
    ("talk", "said"),
    [
        (Watched.talk, "127.0.0.1 answered HTTP 404."),
        (hanging, "127.0.0.1 cannot be reached."),
    ],
    ids=["refused", "closed"],
)
async def test_a_failed_heartbeat_is_reported_and_not_repeated_before_the_next_period(
    store: Store, talk: Callable[[Watched], Talk], said: str, caplog: pytest.LogCaptureFixture
) -> None:
    watched = Watched(answer=GONE)
    async with listening(talk(watched)) as port:
        one = Beating(store, f"http://127.0.0.1:{port}/{SECRET}")
        await one.house.poll()
        with caplog.at_level(logging.DEBUG):
            await one.live(3 * EVERY)
    assert len(watched.heads) == 3
    assert one.outcomes() == {"ok": 0, "failed": 3}
    assert one.heartbeat.remarks() == [f"heartbeat: {said}"]
    warned = [record for record in caplog.records if record.name == "bot.app.heartbeat"]
    assert len(warned) == 1
    assert not any("s3cret" in f"{one.getMessage()} {one.__dict__}" for one in caplog.records)


async def test_a_failure_is_over_with_the_next_good_call(store: Store) -> None:
    watched = Watched(answer=GONE)
    async with listening(watched.talk()) as port:
        one = Beating(store, f"http://127.0.0.1:{port}/{SECRET}")
        await one.house.poll()
        await one.live(EVERY)
        watched.answer = FINE
        assert len(one.heartbeat.remarks()) == 1
        await one.live(EVERY)
    assert one.heartbeat.remarks() == []
    assert one.outcomes() == {"ok": 1, "failed": 1}


async def test_of_several_replicas_a_single_replica_calls_and_another_follows_it(store: Store) -> None:
    watched = Watched()
    async with listening(watched.talk()) as port:
        url = f"http://127.0.0.1:{port}/{SECRET}"
        one, two = Beating(store, url), Beating(store, url, owner="two")
        await one.house.poll()
        for _ in range(int(2 * EVERY)):
            await one.live(1)
            await two.live(1)
        assert (one.outcomes()["ok"], two.outcomes()["ok"]) == (2, 0)
        await one.heartbeat.stop()
        await two.live(AGAIN)
        assert two.outcomes()["ok"] == 1


async def test_it_takes_the_proxy_and_trusts_the_authorities_of_the_environment(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = Watched()
    async with listening(watched.talk()) as port:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
        far = Beating(store, f"http://kuma.example/{SECRET}")
        await far.house.poll()
        await far.live(1)
    assert watched.heads[0].startswith(f"GET http://kuma.example/{SECRET} ".encode())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "certificate.pem", TLS / "key.pem")
    async with listening(watched.talk(), context) as port:
        near = Beating(store, f"https://localhost:{port}/{SECRET}")
        await near.live(1)
        assert near.heartbeat.remarks() == [
            "heartbeat: The TLS certificate or protocol of localhost is not trusted."
        ]
        monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "certificate.pem"))
        await near.live(EVERY)
        assert near.heartbeat.remarks() == []
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1080")
    monkeypatch.delenv("HTTP_PROXY")
    barred = Beating(store, f"http://kuma.example/{SECRET}")
    await barred.live(1)
    assert barred.heartbeat.remarks() == ["heartbeat: The environment names a proxy that cannot be used."]


async def test_it_follows_no_redirect(store: Store) -> None:
    watched = Watched()
    async with listening(watched.talk()) as port:
        to = f"http://127.0.0.1:{port}/elsewhere"
        watched.answer = f"HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()
        one = Beating(store, f"http://127.0.0.1:{port}/{SECRET}")
        await one.house.poll()
        await one.live(1)
    assert len(watched.heads) == 1
    assert one.heartbeat.remarks() == ["heartbeat: 127.0.0.1 answered HTTP 302."]


@pytest.mark.real_time
async def test_the_bot_calls_it_and_says_in_readiness_that_it_failed(tmp_path: Path) -> None:
    watched = Watched(answer=GONE)
    async with services(tmp_path) as home, listening(watched.talk()) as port:
        url = Secret(f"http://127.0.0.1:{port}/{SECRET}")
        config = replace(home.config(), heartbeat=HeartbeatSettings(url, timedelta(seconds=0.2)))
        async with home.bot(config) as bot:
            await soon(lambda: watched.heads)
            page = await ready(bot, r"heartbeat: 127\.0\.0\.1 answered HTTP 404")
            assert "s3cret" not in page
            assert 'dlf_bot_heartbeats_total{outcome="failed"} 0.0' not in (await look(bot, "/metrics"))[1]
            watched.answer = FINE
            await ready(bot, r'"remarks": \[\]')
