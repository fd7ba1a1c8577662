"""The DLF client on real sockets: odd servers, slow ones, large answers, proxies, TLS, and no secret."""

import asyncio
import gzip
import json
import logging
import ssl
import traceback
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

import pytest

from bot import outbound
from bot.dlf import transports
from bot.dlf.client import DlfClient
from bot.dlf.settings import AccessKey, Auth, IamUser, ReadyToken
from bot.domain.model import Day, Snapshot
from bot.errors import DlfError, DlfRejected, DlfUnavailable, DlfUnreadable
from bot.secret import Secret
from tests.support.cpu_starvation import Stopwatch
from tests.support.dlf_client import KEY, NOW, SALES, SEED, TOKEN, imitated, now, project
from tests.support.raw_server import TLS, Talk, listening, proxy, saying


@asynccontextmanager
async def asking(
    port: int, auth: Auth = TOKEN, scheme: str = "http", host: str = "127.0.0.1"
) -> AsyncIterator[DlfClient]:
    client = DlfClient(project(auth, f"{scheme}://{host}:{port}"))
    try:
        yield client
    finally:
        await client.close()


async def outcome(talk: Talk, deadline: float = 10) -> Snapshot | DlfError:
    async with listening(talk) as port, asking(port) as client:
        try:
            return await client.fetch(SALES, Day.TODAY, now=NOW, deadline=deadline)
        except DlfError as error:
            return error


JSON = json.dumps(SEED).encode()
PACKED = gzip.compress(JSON)
BOMB = gzip.compress(bytes(50 * 1024 * 1024))


def http(body: bytes, *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    said = b"".join(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n" for chunk in chunks)
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + said + end


GOOD = {
    "plain": http(JSON, "Content-Type: application/json"),
    "no content type": http(JSON),
    "another content type": http(JSON, "Content-Type: application/octet-stream"),
    "until the connection ends": b"HTTP/1.1 200 OK\r\n\r\n" + JSON,
    "HTTP/1.0": b"HTTP/1.0 200 OK\r\n\r\n" + JSON,
    "chunks": chunked(JSON[:9], JSON[9:]),
    "gzip": http(PACKED, "Content-Encoding: gzip"),
    "GZIP": http(PACKED, "Content-Encoding: GZIP"),
    "identity": http(JSON, "Content-Encoding: identity"),
    "after an early hint": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + http(JSON),
    "long headers": http(JSON, "X-Long: " + "x" * 100_000),
    "a cookie": http(JSON, "Set-Cookie: a=b; Max-Age=1000"),
}


@pytest.mark.parametrize("said", GOOD.values(), ids=GOOD.keys())
async def test_a_good_answer_is_read_however_it_is_sent(said: bytes):
    found = await outcome(saying(said))
    assert isinstance(found, Snapshot), found
    assert found.counts.success_count == found.counts.total_count == 1


ODD: dict[str, tuple[bytes, type[DlfError]]] = {
    "nothing": (b"", DlfUnavailable),
    "half a status line": (b"HTTP/1.1 2", DlfUnavailable),
    "half the headers": (b"HTTP/1.1 200 OK\r\nContent-Le", DlfUnavailable),
    "another protocol": (b"SSH-2.0-OpenSSH_9.2\r\n\r\n" * 3, DlfUnreadable),
    "no status": (b"{}\r\n\r\n", DlfUnreadable),
    "a TLS alert": (b"\x15\x03\x01\x00\x02\x02\x46", DlfUnreadable),
    "a status that is none": (b"HTTP/1.1 abc OK\r\n\r\n" + JSON, DlfUnreadable),
    "a header without a colon": (b"HTTP/1.1 200 OK\r\nbroken\r\n\r\n" + JSON, DlfUnreadable),
    "a header of a megabyte": (http(JSON, "X-Long: " + "x" * 1_000_000), DlfUnreadable),
    "thousands of headers": (http(JSON, *(f"X-{n}: 1" for n in range(5000))), DlfUnreadable),
    "two lengths": (http(JSON, "Content-Length: 5"), DlfUnreadable),
    "a negative length": (http(JSON, length=-5), DlfUnreadable),
    "a length in words": (b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n" + JSON, DlfUnreadable),
    "a length too long": (http(JSON, length=len(JSON) + 100), DlfUnavailable),
    "a length too short": (http(JSON, length=len(JSON) - 1), DlfUnreadable),
    "length 0": (http(JSON, length=0), DlfUnreadable),
    "30 MB announced": (http(JSON, length=30_000_000), DlfUnreadable),
    "a length without end": (http(JSON, length=10**40), DlfUnreadable),
    "a chunk of no size": (chunked(JSON, end=b"zz\r\n"), DlfUnreadable),
    "chunks cut off": (chunked(JSON, end=b""), DlfUnavailable),
    "an endless chunk": (chunked(end=b"ffffffffffffffff\r\n" + JSON), DlfUnavailable),
    "plain labelled gzip": (http(JSON, "Content-Encoding: gzip"), DlfUnreadable),
    "gzip cut off": (http(PACKED[:-9], "Content-Encoding: gzip"), DlfUnreadable),
    "gzip and more": (http(PACKED + b"x", "Content-Encoding: gzip"), DlfUnreadable),
    "gzip without a label": (http(PACKED), DlfUnreadable),
    "a gzip bomb": (http(BOMB, "Content-Encoding: gzip"), DlfUnreadable),
    "plain labelled br": (http(JSON, "Content-Encoding: br"), DlfUnreadable),
    "plain labelled zstd": (http(JSON, "Content-Encoding: zstd"), DlfUnreadable),
    "gzip twice": (http(gzip.compress(PACKED), "Content-Encoding: gzip, gzip"), DlfUnreadable),
    "utf-16": (http(json.dumps(SEED).encode("utf-16")), DlfUnreadable),
    "labelled utf-16": (http(JSON, "Content-Type: application/json; charset=utf-16"), DlfUnreadable),
    "a login page": (http(b"<html>log in</html>", "Content-Type: text/html"), DlfUnreadable),
    "a good answer with 206": (http(JSON, status="206 Partial Content"), DlfUnreadable),
    "a good answer with 201": (http(JSON, status="201 Created"), DlfUnreadable),
    "a good answer with 404": (http(JSON, status="404 Not Found"), DlfRejected),
    "a good answer with 500": (http(JSON, status="500 Oops"), DlfUnavailable),
    "a good answer with 999": (http(JSON, status="999 Odd"), DlfUnavailable),
    "an answer cut off": (http(JSON[:40]), DlfUnreadable),
}  # fmt: skip


@pytest.mark.parametrize(("said", "kind"), ODD.values(), ids=ODD.keys())
async def test_an_odd_answer_is_an_error_with_a_sentence_and_never_counts(said: bytes, kind: type[DlfError]):
    # what may pass is asked again: not for long here
    found = await outcome(saying(said), deadline=0.4 if kind is DlfUnavailable else 10)
    assert type(found) is kind, found
    assert isinstance(found, DlfError)
    assert found.what.endswith(".")
    assert found.remedy
    assert found.__cause__ is None
    assert found.__suppress_context__ or found.__context__ is None


async def test_a_redirect_to_a_good_answer_is_not_followed():
    asked: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await reader.readuntil(b"\r\n\r\n")
        asked.append(line.split(b" ")[1])
        redirect = http(b"", "Location: /good", status="302 Found")
        writer.write(http(JSON) if line.startswith(b"GET /good") else redirect)

    found = await outcome(talk)
    assert isinstance(found, DlfUnreadable)
    assert "redirect" in found.what
    assert len(asked) == 1


@pytest.mark.parametrize("announced", [True, False])
async def test_thirty_megabytes_are_not_read_to_their_end(announced: bool):
    sent = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(
            b"HTTP/1.1 200 OK\r\n" + (b"Content-Length: 30000000\r\n" if announced else b"") + b"\r\n"
        )
        for _ in range(300):
            writer.write(b" " * 100_000)
            await writer.drain()
            sent += 100_000

    found = await outcome(talk, deadline=5)
    assert isinstance(found, DlfUnreadable)
    assert "1 MiB" in found.what
    assert sent < 15_000_000  # what the sockets' own buffers swallow


async def test_a_gzip_bomb_takes_no_memory():
    tracemalloc.start()
    found = await outcome(saying(http(BOMB, "Content-Encoding: gzip")))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(found, DlfUnreadable)
    assert peak < len(BOMB) + 5 * 1024 * 1024


DRIPS = {
    "the headers": saying(*(bytes([byte]) for byte in http(JSON)), pause=0.05),
    "the body": saying(b"HTTP/1.1 200 OK\r\n\r\n", *(bytes([byte]) for byte in JSON), pause=0.05),
    "silence": saying(b"", pause=60),
    "silence after the headers": saying(b"HTTP/1.1 200 OK\r\n\r\n", pause=60),
    "hints for ever": saying(*([b"HTTP/1.1 102 Processing\r\n\r\n"] * 200), pause=0.05),
}


@pytest.mark.parametrize("talk", DRIPS.values(), ids=DRIPS.keys())
async def test_a_server_that_drips_or_hangs_ends_at_the_deadline(talk: Talk):
    watch = Stopwatch()
    found = await outcome(talk, deadline=0.5)
    assert type(found) is DlfUnavailable
    assert watch.seconds < 1.5


async def test_a_refusal_is_understood_although_its_body_drips():
    said = saying(http(b"", status="403 Forbidden", length=100), *[b"x"] * 100, pause=0.5)
    found = await outcome(said, deadline=10)
    assert isinstance(found, DlfError)
    assert found.status == 403


@pytest.mark.parametrize(
    ("port", "words"),
    [(1, "Cannot connect to"), (None, "cannot be resolved")],
    ids=["refused", "no such host"],
)
async def test_a_connection_error_names_the_host(port: int | None, words: str):
    url = f"http://127.0.0.1:{port}" if port else "http://no-such-host.invalid"
    client = DlfClient(project(TOKEN, url))
    with pytest.raises(DlfUnavailable, match=words):
        await client.fetch(SALES, Day.TODAY, now=NOW, deadline=2)
    await client.close()


async def test_a_connection_is_kept_for_the_next_question():
    connections = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while True:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(http(JSON, "Set-Cookie: sticky=1; Path=/"))

    async with listening(talk) as port, asking(port) as client:
        for _ in range(5):
            await client.fetch(SALES, Day.TODAY, now=NOW)
    assert connections == 1


# Every fault the imitated DLF knows

FAULTS: dict[str, type[DlfError] | None] = {
    "null_counts": DlfUnreadable, "null_count": None, "half_answer": None, "fraction": DlfUnreadable,
    "words": DlfUnreadable, "number_as_text": DlfUnreadable, "boolean": DlfUnreadable, "zeros": None,
    "not_a_number": DlfUnreadable, "endless_number": DlfUnreadable, "negative": DlfUnreadable,
    "login_page": DlfUnreadable, "redirect": DlfUnreadable, "empty_body": DlfUnreadable,
    "cut_off": DlfUnreadable, "empty_object": DlfUnreadable, "list": DlfUnreadable,
    "huge_body": DlfUnreadable, "deep_nesting": DlfUnreadable, "wrong_charset": DlfUnreadable,
    "lying_encoding": DlfUnreadable,
    "gzip_bomb": DlfUnreadable, "long_length": DlfUnavailable, "short_length": DlfUnreadable,
    "dropped_midway": DlfUnavailable, "dropped": DlfUnavailable, "timeout": DlfUnavailable,
}  # fmt: skip


@pytest.mark.parametrize(("fault", "kind"), FAULTS.items(), ids=FAULTS.keys())
async def test_each_fault_of_the_imitated_dlf_is_an_error_and_over_when_it_is(
    fault: str, kind: type[DlfError] | None
):
    async with imitated(KEY) as (world, client):
        await client.fetch(SALES, Day.YESTERDAY, now=now())
        world.faults.set(fault)
        if kind is None:
            await client.fetch(SALES, Day.YESTERDAY, now=now())
        else:
            deadline = 0.4 if kind is DlfUnavailable else 10
            with pytest.raises(DlfError) as caught:
                await client.fetch(SALES, Day.YESTERDAY, now=now(), deadline=deadline)
            assert type(caught.value) is kind
        world.faults.clear()
        healed = await client.fetch(SALES, Day.YESTERDAY, now=now())
        assert healed.counts.unknown == ()


async def test_half_an_answer_is_an_answer_with_unknown_counts():
    async with imitated(KEY) as (world, client):
        world.faults.set("half_answer")
        snapshot = await client.fetch(SALES, Day.YESTERDAY, now=now())
        assert 0 < len(snapshot.counts.unknown) < 13


# Proxies and TLS from the environment

# No proxy is taken to this machine itself.
FAR = "dlf.example"


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def server_tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "certificate.pem", TLS / "key.pem")
    return context


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
async def test_a_proxy_of_the_environment_is_used(name: str, monkeypatch: pytest.MonkeyPatch):
    seen: list[str] = []
    async with listening(saying(http(JSON))) as port, proxy(seen) as through:
        monkeypatch.setenv(name, f"http://someone:pass%20word@127.0.0.1:{through}")
        async with asking(port, host=FAR) as client:
            snapshot = await client.fetch(SALES, Day.YESTERDAY, now=NOW)
    assert snapshot.business_date == date(2026, 11, 22)
    assert len(seen) == 1
    assert seen[0].startswith(f"GET http://{FAR}:{port}/v2/playground/")
    assert "Proxy-Authorization: Basic c29tZW9uZTpwYXNzIHdvcmQ=" in seen[0]


@pytest.mark.parametrize("excluded", ["", "dlf.example", ".example", "other,dlf.example:9", "*"])
async def test_no_proxy_is_used_where_the_environment_says_so_nor_to_this_machine(
    excluded: str, monkeypatch: pytest.MonkeyPatch
):
    seen: list[str] = []
    async with listening(saying(http(JSON))) as port, proxy(seen) as through:
        monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{through}")
        if excluded:
            monkeypatch.setenv("NO_PROXY", excluded)
        assert (outbound.proxy_for(f"http://{FAR}:9") is None) == bool(excluded)
        for here in ("localhost", "127.0.0.1", "127.9.9.9", "[::1]", "dlf.localhost"):
            assert outbound.proxy_for(f"https://{here}:9/api/") is None
        async with asking(port) as client:
            await client.fetch(SALES, Day.YESTERDAY, now=NOW)
    assert seen == []


async def test_https_goes_through_a_tunnel_that_sees_no_credentials(
    server_tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
):
    seen: list[str] = []
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "certificate.pem"))
    async with listening(saying(http(JSON)), server_tls) as port, proxy(seen) as through:
        monkeypatch.setenv("HTTPS_PROXY", f"127.0.0.1:{through}")
        async with asking(port, scheme="https", host=FAR) as client:
            await client.fetch(SALES, Day.YESTERDAY, now=NOW)
    assert len(seen) == 1
    assert seen[0].startswith(f"CONNECT {FAR}:{port} ")
    assert "ready-token" not in seen[0]


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_that_refuses_is_named_as_the_reason(scheme: str, monkeypatch: pytest.MonkeyPatch):
    async with proxy([], refuse=True) as through:
        monkeypatch.setenv(f"{scheme.upper()}_PROXY", f"http://127.0.0.1:{through}")
        async with asking(9, scheme=scheme, host=FAR) as client:
            with pytest.raises(DlfError, match="proxy"):
                await client.fetch(SALES, Day.TODAY, now=NOW, deadline=2)


async def test_a_proxy_that_requires_a_login_or_is_missing_is_reported(monkeypatch: pytest.MonkeyPatch):
    async with proxy([], refuse=True) as through:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{through}")
        async with asking(9, scheme="https", host=FAR) as client:
            with pytest.raises(
                DlfRejected, match=r"requires a login\..*Put user and password into HTTPS_PROXY"
            ):
                await client.fetch(SALES, Day.TODAY, now=NOW, deadline=2)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    async with asking(9, scheme="https", host=FAR) as client:
        with pytest.raises(DlfUnavailable, match=r"Cannot connect to the proxy for dlf\.example"):
            await client.fetch(SALES, Day.TODAY, now=NOW, deadline=2)


@pytest.mark.parametrize("value", ["socks5://127.0.0.1:1080", "http://", "http://[::", "ftp://x:1"])
async def test_a_proxy_that_cannot_be_used_is_not_gone_around(value: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ALL_PROXY", value)
    async with listening(saying(http(JSON))) as port, asking(port, host=FAR) as client:
        with pytest.raises(DlfRejected, match="proxy that cannot be used"):
            await client.fetch(SALES, Day.TODAY, now=NOW)


async def test_an_unknown_certificate_is_not_trusted(server_tls: ssl.SSLContext):
    async with listening(saying(http(JSON)), server_tls) as port, asking(port, scheme="https") as client:
        with pytest.raises(DlfRejected, match="certificate"):
            await client.fetch(SALES, Day.TODAY, now=NOW)


async def test_a_certificate_named_in_the_environment_is_trusted(
    server_tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "certificate.pem"))
    async with listening(saying(http(JSON)), server_tls) as port, asking(port, scheme="https") as client:
        await client.fetch(SALES, Day.TODAY, now=NOW)


@pytest.mark.parametrize("content", [None, "no certificate"])
async def test_unreadable_certificates_are_reported(
    content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    named = tmp_path / "ca.pem"
    if content:
        named.write_text(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(named))
    async with asking(9, scheme="https") as client:
        with pytest.raises(DlfRejected, match="SSL_CERT_FILE"):
            await client.fetch(SALES, Day.TODAY, now=NOW)


# No secret anywhere

SECRETS = ("AKSECRETSECRET", "sk-secret", "sts-secret", "pass-secret", "token-secret", "iam-secret")
WAYS: dict[str, Auth] = {
    "key": AccessKey("AKSECRETSECRET", Secret("sk-secret"), Secret("sts-secret")),
    "user": IamUser("someone", Secret("pass-secret"), "domain"),
    "token": ReadyToken(Secret("token-secret")),
}


def echoing(status: str) -> Talk:
    """A server that repeats everything it was told, in every place where something can be repeated."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        told = " ".join([*head.split("\r\n"), *SECRETS])
        body = {"error_code": told, "error_msg": told, "request_id": told, "fail_count": told, told: told}
        if head.startswith("POST"):
            writer.write(http(b"{}", "X-Subject-Token: iam-secret", status="201 Created"))
            return
        line = f"{status} {told}" if status != "broken" else f"broken {told}"
        headers = [f"X-Request-Id: {told}", f"Set-Cookie: a={told}", f"Retry-After: {told}", f"Date: {told}"]
        writer.write(http(json.dumps(body).encode(), *headers, f"Location: http://{told}/", status=line))

    return talk


@pytest.mark.parametrize("status", ["200", "302", "400", "401", "429", "500", "broken"])
@pytest.mark.parametrize("auth", WAYS.values(), ids=WAYS.keys())
async def test_no_secret_shows_in_logs_errors_or_tracebacks(
    auth: Auth, status: str, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    asyncio.get_running_loop().set_debug(True)
    async with listening(echoing(status)) as port, asking(port, auth) as client:
        with pytest.raises(DlfError) as caught:
            await client.fetch(SALES, Day.TODAY, now=NOW, deadline=0.2)
    error = caught.value
    shown = [repr(client), caplog.text, str(error), repr(vars(error)), *traceback.format_exception(error)]
    for secret in SECRETS:
        assert secret not in " ".join(shown)


@pytest.mark.parametrize("auth", WAYS.values(), ids=WAYS.keys())
def test_a_project_prints_its_secrets_as_stars(auth: Auth):
    shown = repr(project(auth))
    assert "*****" in shown
    for secret in SECRETS[1:]:  # an access key's id is no secret for operators
        assert secret not in shown


def test_the_certificates_are_read_once_for_all_projects(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading them for each of a hundred projects blocked the event loop for eight seconds."""
    outbound._read.cache_clear()
    for _ in range(3):
        transports.direct()
    assert outbound._read.cache_info().misses == 1
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "certificate.pem"))
    transports.direct()
    assert outbound._read.cache_info().misses == 2
