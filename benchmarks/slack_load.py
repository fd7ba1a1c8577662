"""Signed slash commands over HTTP, as Slack sends them, and the place where later answers arrive."""

import asyncio
import hashlib
import hmac
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlencode

from benchmarks.loopback import listening
from benchmarks.servers import SIGNING_SECRET

TEAM = "T0PLAYGROUND"
PEOPLE = [f"U{number}" for number in range(200)]
_numbers = itertools.count()


class Answers:
    """Takes what is posted to a `response_url`, and counts it."""

    def __init__(self) -> None:
        self.url, self.count = "", 0

    async def wait_for(self, count: int, seconds: float = 60) -> None:
        async with asyncio.timeout(seconds):
            while self.count < count:
                await asyncio.sleep(0.001)

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(_length(head))
                self.count += 1
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


@asynccontextmanager
async def open_answers() -> AsyncIterator[Answers]:
    answers = Answers()
    async with listening(answers.take) as url:
        answers.url = f"{url}/answer"
        yield answers


class Line:
    """A connection of Slack to an app; a command at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, url: str) -> None:
        self._reader, self._writer, self._url = reader, writer, url

    async def ask(self, text: str = "") -> bytes:
        """Send a command and return the answer's body. Raises RuntimeError unless it is 200."""
        self._writer.write(request(text, self._url))
        head = await self._reader.readuntil(b"\r\n\r\n")
        if b"chunked" in head.lower():
            body = await self._reader.readuntil(b"0\r\n\r\n")
        else:
            body = await self._reader.readexactly(_length(head))
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"{head!r} {body!r}")
        return body

    def close(self) -> None:
        self._writer.close()


async def open_line(port: int, url: str = "") -> Line:
    return Line(*await asyncio.open_connection("127.0.0.1", port), url)


def request(text: str, url: str) -> bytes:
    """A signed `/dlf-status`; no two are the same."""
    number = next(_numbers)
    fields = {
        "command": "/dlf-status",
        "text": text,
        "user_id": PEOPLE[number % len(PEOPLE)],
        "team_id": TEAM,
    }
    fields |= {"channel_id": "C0W00000", "response_url": url, "trigger_id": str(number), "token": "x"}
    body, stamp = urlencode(fields), str(int(time.time()))
    signature = hmac.new(SIGNING_SECRET.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    return (
        "POST /slack/events HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
        f"X-Slack-Request-Timestamp: {stamp}\r\nX-Slack-Signature: v0={signature}\r\n\r\n{body}"
    ).encode()


async def answered(port: int, url: str = "", *, seconds: float = 120) -> bytes:
    """Ask until there is an answer, and return it."""
    until = time.monotonic() + seconds
    while True:
        try:
            line = await open_line(port, url)
            try:
                return await line.ask()
            finally:
                line.close()
        except (OSError, asyncio.IncompleteReadError, RuntimeError):
            if time.monotonic() > until:
                raise
        await asyncio.sleep(0.002)


async def in_a_closed_loop(port: int, url: str, commands: int, connections: int = 100) -> None:
    """Send so many commands; each connection sends its next one when it has the answer."""
    left = iter(range(commands))

    async def one() -> None:
        line = await open_line(port, url)
        for _ in left:
            await line.ask()
        line.close()

    await asyncio.gather(*(one() for _ in range(connections)))


async def at_a_pace(port: int, url: str, per_second: float, commands: int) -> list[float]:
    """Send commands at fixed times; the milliseconds from each one's time to its ack, sorted."""
    free = [await open_line(port, url) for _ in range(8)]
    start, waits = time.monotonic() + 0.05, []

    async def one(due: float) -> None:
        line = free.pop() if free else await open_line(port, url)
        await line.ask()
        waits.append((time.monotonic() - due) * 1000)
        free.append(line)

    tasks = []
    for number in range(commands):
        due = start + number / per_second
        await asyncio.sleep(max(due - time.monotonic(), 0))
        tasks.append(asyncio.create_task(one(due)))
    await asyncio.gather(*tasks)
    for line in free:
        line.close()
    return sorted(waits)


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0
