"""Logs: a line per event, as text or JSON, with secrets struck out before it is written."""

import asyncio
import json
import logging
import re
import sys
import time
from collections import deque
from collections.abc import Callable, ItemsView
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from typing import TextIO

from bot.redaction import Redaction

AGAIN_SECONDS = 600.0
SELDOM_SECONDS = 60.0
# At levels below warning these loggers print payloads, frames or response bodies.
_TALKATIVE = (
    "slack_sdk",
    "slack_bolt",
    "aiohttp",
    "httpx",
    "httpcore",
    "asyncio",
    "sqlalchemy",
    "alembic",
    "aiosqlite",
    "uvicorn",
)


def set_up(format: str = "text", level: str = "INFO", stream: TextIO | None = None) -> Redaction:
    """Send every log line to `stream` (standard error). Returns the filter, to teach it more secrets."""
    redaction = Redaction()
    stream = stream or sys.stderr
    handler = _Handler(_Lines(stream))
    handler.setFormatter(_Json(redaction, stream) if format == "json" else _Text(redaction))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.captureWarnings(True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    # It warns of every malformed request, which any stranger can send.
    logging.getLogger("uvicorn").setLevel(logging.ERROR)
    # A turn that falls due while the last still runs is no news; bot.scheduler logs a job's failures.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    return redaction


def log_event(log: logging.Logger, event: str, level: int = logging.INFO, **fields: object) -> None:
    """Log an event with its fields: `poll workspace=prod/sales seconds=0.12`."""
    log.log(level, "%s", event, extra={"event": event, "fields": fields})


def log_bug(log: logging.Logger, event: str, error: BaseException, **fields: object) -> None:
    """Log an error that only a bug can cause, with its traceback."""
    log.error("%s", event, exc_info=error, extra={"event": event, "fields": fields})


def logs_json() -> bool:
    """True when `set_up` chose JSON: then nothing else may be written to standard error."""
    return any(isinstance(handler.formatter, _Json) for handler in logging.getLogger().handlers)


def printable(text: str) -> str:
    """Escape characters that could begin a new line or control a terminal."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


@lru_cache
def _json(indent: int | None, ensure_ascii: bool) -> json.JSONEncoder:
    return json.JSONEncoder(indent=indent, ensure_ascii=ensure_ascii)


def json_text(value: object, stream: object, *, indent: int | None = None) -> str:
    """JSON without control characters for a terminal; all ASCII if `stream` is not UTF-8."""
    encoding = str(getattr(stream, "encoding", None) or "utf-8").lower().replace("-", "")
    text = _json(indent, encoding != "utf8").encode(value)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)


class Once:
    """Warns of each problem once until it is over, and of a problem that comes and goes every ten minutes.

    Its end is logged as well, unless the caller does that (`tells_end=False`).
    """

    def __init__(
        self,
        log: logging.Logger,
        event: str,
        *,
        timer: Callable[[], float] = time.monotonic,
        tells_end: bool = True,
    ) -> None:
        self._log, self._event, self._timer, self._tells_end = log, event, timer, tells_end
        self._warned: dict[str, str] = {}
        self._said: dict[str, dict[str, float]] = {}
        self._over: set[str] = set()

    def warn(self, about: str, problem: str, code: str = "", **fields: object) -> None:
        """Warn of `problem`, unless the same (by `code`, if given) was logged about this already."""
        said, now = self._said.setdefault(about, {}), self._timer()
        if about in self._over:
            self._over.discard(about)
            for old in [one for one, at in said.items() if now - at >= AGAIN_SECONDS]:
                del said[old]
        if (code or problem) not in said:
            said[code or problem] = now
            self._warned[about] = problem
            log_event(self._log, self._event, logging.WARNING, about=about, problem=problem, **fields)

    def over(self, about: str) -> bool:
        """Note that all is well again; true if its trouble was warned of since it was so the last time."""
        if about in self._said:
            self._over.add(about)
        was = self._warned.pop(about, None)
        if was is not None and self._tells_end:
            log_event(self._log, self._event, about=about, over=was)
        return was is not None


class Seldom:
    """Logs an event at most once a minute, with its number since: outsiders decide how often it comes."""

    def __init__(
        self, log: logging.Logger, event: str, *, timer: Callable[[], float] = time.monotonic
    ) -> None:
        self._log, self._event, self._timer = log, event, timer
        self._unsaid, self._said_at = 0, float("-inf")

    def note(self, level: int = logging.WARNING, **fields: object) -> None:
        self._unsaid += 1
        if self._timer() - self._said_at >= SELDOM_SECONDS:
            log_event(self._log, self._event, level, **fields, requests=self._unsaid)
            self._unsaid, self._said_at = 0, self._timer()


class _Lines:
    """A stream that writes the lines of one turn of an event loop together."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._waiting = stream, deque[str]()
        # The loop that will write what waits.
        self._loop: asyncio.AbstractEventLoop | None = None

    def write(self, text: str) -> None:
        self._waiting.append(text)

    def flush(self) -> None:
        loop = _running_loop()
        if loop is None:
            self.write_out()
        elif loop is not self._loop:
            self._loop = loop
            loop.call_soon(self.write_out)

    def write_out(self) -> None:
        self._loop, lines = None, list[str]()
        with suppress(IndexError):  # another thread may write at the same time
            while self._waiting:
                lines.append(self._waiting.popleft())
        with suppress(OSError, ValueError):  # whatever reads our output may have closed it
            self._stream.write("".join(lines))
            self._stream.flush()


class _Handler(logging.StreamHandler[_Lines]):
    """Writes warnings at once, other lines at the end of the loop's turn."""

    def emit(self, record: logging.LogRecord) -> None:
        super().emit(record)
        if record.levelno >= logging.WARNING:
            self.stream.write_out()


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


class _Text(logging.Formatter):
    def __init__(self, redaction: Redaction) -> None:
        super().__init__()
        self._redact = redaction

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        fields = "".join(f" {name}={_value(self._redact(_text(value)))}" for name, value in _fields(record))
        event = printable(self._redact(record.getMessage()))
        line = f"{moment} {record.levelname.lower()} {record.name} {event}{fields}"
        if record.exc_info:
            # Redacted whole: a secret may have several lines. Indented, so that no line looks like an event.
            trace = self._redact(self.formatException(record.exc_info))
            line += "".join(f"\n  {printable(part)}" for part in trace.split("\n"))
        return self._redact(line)


class _Json(logging.Formatter):
    def __init__(self, redaction: Redaction, stream: object) -> None:
        super().__init__()
        self._redact, self._stream = redaction, stream

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": self._redact(record.getMessage()),
            **{name: self._plain(value) for name, value in _fields(record)},
        }
        if record.exc_info:
            entry["traceback"] = self._redact(self.formatException(record.exc_info))
        return json_text(entry, self._stream)

    def _plain(self, value: object) -> object:
        return value if value is None or isinstance(value, bool | int | float) else self._redact(str(value))


def _fields(record: logging.LogRecord) -> ItemsView[str, object]:
    fields = getattr(record, "fields", {})
    return (fields if isinstance(fields, dict) else {}).items()


def _text(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _value(text: str) -> str:
    if text.isprintable():
        return json.dumps(text, ensure_ascii=False) if re.search(r"[\s\"=]", text) or not text else text
    return json.dumps(text)  # escapes all that could write over other lines or control a terminal
