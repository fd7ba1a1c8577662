"""`dlf-bot health`: what a container's health check asks, and how it is answered."""

import json
from collections.abc import AsyncIterator, Callable
from urllib.parse import urlsplit

import pytest

from bot.cli.health import print_health
from bot.config.settings import HttpSettings
from bot.secret import Secret
from tests.support.http_server import Asked, any_server

CONDITION = {"ready": False, "problems": ["Slack: not connected yet"], "remarks": ["channel #a waits"]}
WELL = CONDITION | {"ready": True, "problems": []}


def answers(status: int, body: str) -> Callable[[Asked], AsyncIterator[bytes]]:
    async def answer(_: Asked) -> AsyncIterator[bytes]:
        head = f"HTTP/1.1 {status} -\r\nContent-Length: {len(body)}\r\n\r\n"
        yield (head + body).encode()

    return answer


@pytest.mark.parametrize(
    ("ready", "status", "body", "code", "page", "said"),
    [
        (False, 200, "ok\n", 0, "/healthz", "ok"),
        (False, 503, "no\n", 1, "/healthz", "no"),
        (
            True,
            200,
            json.dumps(WELL),
            0,
            "/readyz",
            "channel #a waits",
        ),
        (True, 503, json.dumps(CONDITION), 1, "/readyz", "Slack: not connected yet"),
    ],
)
def test_the_bots_own_port_is_asked(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    ready: bool,
    status: int,
    body: str,
    code: int,
    page: str,
    said: str,
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")  # no proxy leads to this machine
    with any_server(answers(status, body)) as server:
        port = urlsplit(server.url).port or 0
        http = HttpSettings("0.0.0.0", port, Secret("t0ken"))
        assert print_health(http, ready=ready) == code
    (asked,) = server.asked
    assert asked.path == page
    assert asked.query == ({"for": ["traffic"]} if ready else {})
    assert asked.headers["authorization"] == "Bearer t0ken"
    assert said in "".join(capsys.readouterr())


@pytest.mark.parametrize(
    ("http", "said"),
    [
        (HttpSettings("127.0.0.1", 0), "http.port is 0"),
        (HttpSettings("127.0.0.1", 9), "no answer from 127.0.0.1:9"),
        (HttpSettings("::", 9), "no answer from localhost:9"),
        (HttpSettings("::1", 9), "no answer from [::1]:9"),
    ],
)
def test_no_answer_is_not_well(capsys: pytest.CaptureFixture[str], http: HttpSettings, said: str) -> None:
    assert print_health(http, ready=False) == 1
    assert said in capsys.readouterr().err
