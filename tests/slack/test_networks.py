"""The way to Slack through proxies and TLS: what bars it is named, and surely nothing was sent."""

import asyncio
import socket
import ssl
from pathlib import Path

import pytest
from slack_bolt.async_app import AsyncApp

from bot.errors import SlackError, SlackUnsure
from bot.messages.message import Message
from bot.outbound import BARRED, NO_WAY_OUT
from bot.secret import Secret
from bot.slack.response_url import ResponseUrl
from bot.slack.sender import Sender
from bot.slack.session import open_session
from bot.slack.socket_mode import SocketMode, passes
from bot.slack.web_api import web_client
from bot.usecases.slack_refusals import concerns_everybody
from bot.usecases.slack_refusals import passes as refusal_passes
from tests.support.fakes import HandClock
from tests.support.raw_server import TLS, Talk, listening, proxy

FAR = "https://slack.example/api/"
POSTED = b'{"ok": true, "channel": "C1", "ts": "1.0", "message": {}}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
SAID = HEAD % len(POSTED) + POSTED


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file", "ssl_cert_dir"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def saying(answer: bytes, seen: list[bytes] | None = None) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if seen is not None:
            seen.append(head)
        writer.write(answer)
        await writer.drain()

    return talk


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


async def refused(api_url: str, *, seconds: float = 5) -> SlackError:
    """The error of a post that cannot leave; it is certainly not done."""
    async with open_session(seconds=seconds) as session:
        sender = Sender(Secret("xoxb-1"), api_url, session, clock=HandClock())
        with pytest.raises(SlackError) as caught:
            await sender.post("C1", Message("hi"), key="k")
    assert not isinstance(caught.value, SlackUnsure), caught.value
    assert "xoxb-1" not in str(caught.value)
    return caught.value


def status(code: int) -> bytes:
    return b"HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n" % code


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        (
            407,
            "proxy_login",
            "The proxy requires a login. Nothing was sent. Put user and password into",
        ),
        (
            403,
            "proxy_refused",
            "The proxy could not connect to slack.example (HTTP 403). Nothing was sent. Check",
        ),
        (
            502,
            "proxy_refused",
            "The proxy could not connect to slack.example (HTTP 502). Nothing was sent. Check",
        ),
    ],
)
@pytest.mark.parametrize("scheme", ["http://", ""])
async def test_a_proxy_that_makes_no_tunnel_is_named(
    answer: int, code: str, said: str, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bytes] = []
    async with listening(saying(status(answer), seen)) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"{scheme}127.0.0.1:{port}")
        error = await refused(FAR)
    assert error.code == code
    assert str(error).startswith(said)
    assert [head.split(b" ")[0] for head in seen] == [b"CONNECT"]


@pytest.mark.parametrize("name", ["HTTP_PROXY", "ALL_PROXY"])
async def test_a_proxy_that_answers_itself_wants_a_login(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening(saying(status(407))) as port:
        monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
        assert (await refused("http://slack.example/api/")).code == "proxy_login"


async def test_a_proxy_that_cannot_be_reached_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    error = await refused(FAR)
    assert (error.code, error.what) == (
        "proxy_unreachable",
        "Cannot connect to the proxy for slack.example.",
    )


async def test_a_request_to_a_hanging_proxy_was_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening(silent) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        assert (await refused(FAR, seconds=0.3)).code == "unreachable"


@pytest.mark.parametrize("value", ["socks5://127.0.0.1:1080", "http://", "http://[::", "ftp://x:1"])
async def test_a_proxy_that_cannot_be_used_is_not_gone_around(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", value)
    error = await refused(FAR)
    assert (error.code, error.what) == ("no_way_out", "The environment names a proxy that cannot be used.")


async def test_an_unknown_host_name_is_reported() -> None:
    error = await refused("https://no-such-host.invalid/api/")
    assert (error.code, error.what) == (
        "unknown_host",
        "The host name no-such-host.invalid cannot be resolved.",
    )


@pytest.fixture
def server_tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "certificate.pem", TLS / "key.pem")
    return context


async def test_a_certificate_is_trusted_only_if_the_environment_names_its_authority(
    server_tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with listening(saying(SAID), server_tls) as port, open_session() as session:
        error = await refused(f"https://localhost:{port}/api/")
        assert error.code == "tls_untrusted"
        assert str(error).startswith(
            "The TLS certificate or protocol of localhost is not trusted. Nothing was sent. Check slack.api"
        )
        monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "certificate.pem"))
        sender = Sender(Secret("xoxb-1"), f"https://localhost:{port}/api/", session, clock=HandClock())
        assert (await sender.post("C1", Message("hi"), key="k")).ts == "1.0"
        await ResponseUrl(f"https://localhost:{port}/x").use(
            {}, session=session, api_url=f"https://localhost:{port}/api/"
        )


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
async def test_unreadable_certificates_are_reported(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, str(tmp_path / "nowhere"))
    error = await refused("https://127.0.0.1:9/api/")
    assert (error.code, error.what) == (
        "no_way_out",
        "The certificates that SSL_CERT_FILE or SSL_CERT_DIR names cannot be read.",
    )


async def test_an_answer_to_a_person_that_did_not_get_out_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening(saying(status(407))) as port, open_session() as session:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        with pytest.raises(SlackError) as caught:
            await ResponseUrl("https://hooks.slack.com/x").use({}, session=session, api_url=FAR)
    assert caught.value.code == "proxy_login"


async def test_a_sent_request_without_an_answer_is_unsure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as idle:
        async with open_session(seconds=0.3) as session:
            url = f"http://127.0.0.1:{idle.getsockname()[1]}/api/"
            sender = Sender(Secret("xoxb-1"), url, session, clock=HandClock())
            with pytest.raises(SlackUnsure):
                await sender.post("C1", Message("hi"), key="k")


@pytest.mark.parametrize("code", sorted(BARRED))
def test_a_blocked_network_stops_all_sending_and_a_passing_block_is_retried(code: str) -> None:
    error = SlackError("No way.", code=code)
    assert concerns_everybody(code, "chat.postMessage")
    assert refusal_passes(error)
    assert passes(error) == (code != NO_WAY_OUT), "what this process reads at its start stays as it is"


@pytest.mark.parametrize("proxied", [False, True], ids=["direct", "proxy"])
async def test_a_socket_mode_line_trusts_as_calls_do_and_takes_their_way(
    proxied: bool, server_tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "certificate.pem"))
    lines, tunnels = asyncio.Queue[bytes](), list[str]()
    host = "dlf.example" if proxied else "localhost"  # both stand in the certificate

    async def slack(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if b"apps.connections.open" in head:
            said = f'{{"ok": true, "url": "wss://{host}:{port}/line?ticket=s3cret"}}'.encode()
            writer.write(HEAD % len(said) + said)
        else:
            lines.put_nowait(head)

    async with listening(slack, server_tls) as port, proxy(tunnels) as through, open_session() as session:
        if proxied:
            monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{through}")
        url = f"https://{host}:{port}/api/"
        app = AsyncApp(client=web_client("xoxb-1", url, session), token="xoxb-1", signing_secret="s")
        line = SocketMode(app, Secret("xapp-1"), url, session, clock=HandClock())
        starting = asyncio.create_task(line.start())
        async with asyncio.timeout(5):
            assert b"GET /line" in await lines.get()
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        await line.stop()
    assert {one.split(" ")[1] for one in tunnels} == ({f"{host}:{port}"} if proxied else set())
    assert len(tunnels) == (2 if proxied else 0), "a tunnel for the calls, another one for the line"
    assert not any("xapp-1" in one or "s3cret" in one for one in tunnels)
