"""Where the HTTP side listens: IPv4, IPv6, both, and names that stand for several addresses."""

import socket
from contextlib import closing

import aiohttp
import pytest

from bot.errors import BotError
from bot.metrics import Metrics
from bot.server.condition import Condition
from bot.server.http_server import HttpApplication, HttpServer
from bot.server.listeners import listen

pytestmark = pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")


def answers(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), timeout=2).close()
    except OSError:
        return False
    return True


@pytest.mark.parametrize(
    ("host", "v4", "v6"),
    [
        ("0.0.0.0", True, False),
        ("127.0.0.1", True, False),
        ("::", True, True),
        ("0:0:0:0:0:0:0:0", True, True),
        ("::1", False, True),
        ("localhost", True, None),
    ],
)
async def test_http_host_accepts_every_spelling_of_an_address(host: str, v4: bool, v6: bool | None) -> None:
    opened = await listen(host, 0)
    try:
        port = opened[0].getsockname()[1]
        assert {one.getsockname()[1] for one in opened} == {port}
        assert answers("127.0.0.1", port) is v4
        assert v6 is None or answers("::1", port) is v6
    finally:
        for one in opened:
            one.close()


async def test_every_address_is_listened_on_where_one_socket_cannot_do_both(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(socket, "has_dualstack_ipv6", lambda: False)
    four, six = sorted(await listen("::", 0), key=lambda one: one.family)
    with closing(four), closing(six):
        assert (four.family, six.family) == (socket.AF_INET, socket.AF_INET6)
        assert four.getsockname()[1] == six.getsockname()[1]


async def test_a_foreign_listen_address_is_reported_and_a_host_name_of_this_machine_works(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(BotError, match=r"Cannot listen on \[2001:db8::1\]:8080 .*Correct http\.host"):
        await listen("2001:db8::1", 8080)
    with pytest.raises(BotError, match=r"Cannot listen on no-such-host\.invalid:8080 .*Correct http\.host"):
        await listen("no-such-host.invalid", 8080)
    two = [(socket.AF_INET6, "2001:db8::1"), (socket.AF_INET, "127.0.0.1")]

    async def resolve(host: str) -> list[tuple[socket.AddressFamily, str]]:
        return two

    monkeypatch.setattr("bot.server.listeners._addresses", resolve)
    (opened,) = await listen("bot.example", 0)
    with closing(opened):
        assert opened.getsockname()[0] == "127.0.0.1"


async def test_a_taken_port_is_reported_for_ipv4_and_ipv6() -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BotError, match=rf"Cannot listen on \[::1\]:{port} .*http\.port"):
            await listen("::1", port)


async def test_the_http_side_answers_on_both_families() -> None:
    async def look() -> Condition:
        return Condition()

    server = HttpServer(HttpApplication(look, Metrics().registry), "::", 0)
    await server.start()
    try:
        async with aiohttp.ClientSession() as session:
            for address in ("127.0.0.1", "[::1]"):
                async with session.get(f"http://{address}:{server.port}/healthz") as response:
                    assert await response.text() == "ok\n"
    finally:
        await server.close()
