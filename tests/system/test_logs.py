"""A line per event, as text or JSON, and no secret in any of them."""

import asyncio
import io
import json
import logging
import threading
import warnings
from collections.abc import Iterator

import pytest

from bot.cli.run import _say_stray
from bot.logs import log_event, set_up
from bot.redaction import STARS
from tests.support.log_setup import log_setup_put_back

log = logging.getLogger("bot.test")
ODD = 'pa"ss\\wörd/+ &<>'


@pytest.fixture(autouse=True)
def _put_back() -> Iterator[None]:
    with log_setup_put_back():
        yield


def lines(format: str, level: str = "INFO", *secrets: str) -> io.StringIO:
    stream = io.StringIO()
    set_up(format, level, stream).learn(*secrets)
    return stream


def test_text_is_one_line_of_event_and_fields() -> None:
    stream = lines("text")
    log_event(log, "poll", workspace="prod/sales", seconds=0.1234, problem='a "b"\nc', empty="")
    (line,) = stream.getvalue().splitlines()
    moment, rest = line.split(" ", 1)
    assert moment.endswith("+00:00")
    assert rest == r'info bot.test poll workspace=prod/sales seconds=0.123 problem="a \"b\"\nc" empty=""'


async def test_lines_of_a_turn_of_the_loop_are_written_together_and_warnings_at_once() -> None:
    writes: list[str] = []

    class Stream(io.StringIO):
        def write(self, text: str) -> int:
            writes.append(text)
            return len(text)

    set_up("text", "INFO", Stream())
    log_event(log, "first")
    log_event(log, "second")
    assert writes == []
    await asyncio.sleep(0)
    assert [one.split()[-1] for text in writes for one in text.splitlines()] == ["first", "second"]
    assert len(writes) == 1
    log_event(log, "third")
    log_event(log, "fourth", logging.WARNING)
    assert len(writes) == 2
    assert "third" in writes[1]
    assert "fourth" in writes[1]


def test_a_secret_learned_later_is_struck_out_of_a_text_seen_before() -> None:
    stream = io.StringIO()
    redaction = set_up("text", "INFO", stream)
    log_event(log, "poll", workspace="salesforce")
    redaction.learn("salesforce")
    log_event(log, "poll", workspace="salesforce")
    assert [line.split("=")[-1] for line in stream.getvalue().splitlines()] == ["salesforce", STARS]


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\u2028", "\x85", "\x1b[1A\x1b[2K"], ids=repr)
def test_no_error_and_no_event_can_forge_a_line(end: str) -> None:
    """An error may quote a stranger's text; only our own lines begin with a time."""
    forged = f"odd{end}2026-11-23T09:00:00.000+00:00 info bot.slack command user=U0ADA outcome=done"
    stream = lines("text")
    try:
        raise ValueError(forged)
    except ValueError:
        log.exception("%s", forged)
    written = stream.getvalue()
    ours, *trace = written.splitlines()
    assert "info bot.slack" in ours
    assert all(line.startswith("  ") for line in trace)
    assert written.replace("\n", "").isprintable()
    assert "ValueError: odd" in written


def test_json_is_one_object_per_line() -> None:
    stream = lines("json")
    log_event(log, "poll", logging.WARNING, workspace="prod/sales", problem='a "b"\nc', at=None)
    entry = json.loads(stream.getvalue())
    del entry["time"]
    assert entry == {
        "level": "warning",
        "logger": "bot.test",
        "event": "poll",
        "workspace": "prod/sales",
        "problem": 'a "b"\nc',
        "at": None,
    }


@pytest.mark.parametrize("format", ["text", "json"])
@pytest.mark.parametrize(
    "steers", [*"\x00\x1b\x7f\x85\x9b\u061c\u2028\u2029\u202e\u2066\ufeff\ud800\U000e0001"], ids=ascii
)
def test_nothing_foreign_steers_a_terminal_or_begins_a_line(format: str, steers: str) -> None:
    stream = lines(format)
    log_event(log, f"odd{steers}", problem=f"a{steers}b")
    written = stream.getvalue()
    assert steers not in written
    assert written.removesuffix("\n").isprintable()
    if format == "json":
        assert json.loads(written)["problem"] == f"a{steers}b"


@pytest.mark.parametrize("encoding", ["gbk", "ascii", "latin-1", "utf-8"])
def test_json_stays_json_in_every_encoding(encoding: str) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding, errors="backslashreplace")
    set_up("json", "INFO", stream)
    log_event(log, "odd", problem="失败 \N{KEY} é")
    stream.flush()
    assert json.loads(raw.getvalue().decode(encoding))["problem"] == "失败 \N{KEY} é"


def test_pythons_warnings_are_lines_like_any_other() -> None:
    stream = lines("json")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        warnings.warn("deprecated", stacklevel=1)
    assert "deprecated" in json.loads(stream.getvalue())["event"]


@pytest.mark.parametrize("format", ["text", "json"])
@pytest.mark.parametrize(
    "secret",
    ["hunter2-hunter2", ODD, "line\nbreak-secret", "\N{KEY}-secret-key"],
    ids=["plain", "quotes", "line break", "emoji"],
)
def test_a_secret_is_struck_out_however_it_is_spelled(format: str, secret: str) -> None:
    stream = lines(format, "DEBUG", secret)
    log_event(log, "asked", logging.DEBUG, header=f"token {secret}", odd=[secret], url=secret)
    log.debug("plain %s and %r and %s", secret, secret, json.dumps(secret))
    try:
        raise ValueError(f"cannot use {secret}")
    except ValueError:
        log.exception("broken")
    said = stream.getvalue()
    for spelled in (secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]):
        assert spelled not in said
    assert said.count(STARS) >= 6


@pytest.mark.parametrize(
    "leak",
    [
        "xoxb-1234-abcd",
        "xapp-1-A0-1234-abcd",
        "wss://wss-primary.slack.com/link/?ticket=5f0-leak&app_id=1",
        "https://hooks.slack.com/commands/T1/leak/leak",
        "https://hooks.slack.com/services/T1/B1/leak",
        "Authorization: SDK-HMAC-SHA256 Access=leak, SignedHeaders=host, Signature=leak",
        "X-Auth-Token: leak",
        "Authorization: Bearer leak",
        "postgresql://bot:leak@db.example/bot",
        "http://127.0.0.1:8302/commands/T0PLAYGROUND/leak",
    ],
)
def test_text_that_looks_like_a_secret_is_redacted_without_a_hint(leak: str) -> None:
    stream = lines("text")
    log.info("said %s", leak)
    said = stream.getvalue()
    assert STARS in said
    assert not any(part in said for part in ("leak", "abcd", "1234"))


def test_noisy_libraries_log_nothing_at_debug_level() -> None:
    stream = lines("text", "DEBUG")
    for name in (
        "slack_sdk.web",
        "slack_bolt.App",
        "httpx",
        "aiohttp.client",
        "sqlalchemy.engine",
        "asyncio",
    ):
        logging.getLogger(name).info("a payload")
    logging.getLogger("apscheduler.executors.default").warning("Job skipped")
    logging.getLogger("uvicorn.error").info("Started")
    assert stream.getvalue() == ""


def test_the_log_level_decides_what_is_logged() -> None:
    stream = lines("text", "WARNING")
    log_event(log, "poll")
    assert stream.getvalue() == ""


def test_an_exception_in_a_thread_is_logged_like_any_other() -> None:
    stream = lines("json")
    _say_stray(threading.ExceptHookArgs((ValueError, ValueError("odd\nline"), None, None)))
    (line,) = stream.getvalue().splitlines()
    assert json.loads(line)["event"] == "stray_error"
