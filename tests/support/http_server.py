"""`any_server()`: an HTTP server that answers byte for byte as a test wrote, and records the requests."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came over the wire; header names in lower case."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes


Bytes = AsyncIterator[bytes]
# What to write, piece by piece; then the connection is closed.
Answer = Callable[[Asked], Bytes]


class AnyServer:
    """Speaks no HTTP of its own: answers are bytes."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.asked: list[Asked] = []
        self.url = ""

    async def serve(self, up: threading.Event, over: asyncio.Event) -> None:
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0, limit=2**20)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        up.set()
        await over.wait()
        server.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Cancelled: the test is over while a slow answer still runs.
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            asked = await _read(reader)
            self.asked.append(asked)
            async for part in self._answer(asked):
                writer.write(part)
                await writer.drain()
        with suppress(ConnectionError):
            writer.close()
            await writer.wait_closed()


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.strip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    url = urlsplit(target)
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Asked(method, url.path, parse_qs(url.query), headers, body)


@contextmanager
def any_server(answer: Answer) -> Iterator[AnyServer]:
    """Listen in a thread until the block ends."""
    server, up, over = AnyServer(answer), threading.Event(), asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def live() -> None:
        loops.append(asyncio.get_running_loop())
        await server.serve(up, over)

    thread = threading.Thread(target=lambda: asyncio.run(live()), name="any server")
    thread.start()
    assert up.wait(10)
    try:
        yield server
    finally:
        loops[0].call_soon_threadsafe(over.set)
        thread.join(10)


def http(
    body: bytes | str, *headers: str, status: str = "200 OK", content_type: str = "application/json"
) -> bytes:
    """A well-formed answer."""
    content = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}", f"Content-Length: {len(content)}"]
    return "\r\n".join([*lines, *headers, "Connection: close", "", ""]).encode() + content
