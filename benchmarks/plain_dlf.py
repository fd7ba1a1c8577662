"""A DLF that costs as little as possible: it answers every request with counts and checks nothing."""

import asyncio
import json
import re
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from benchmarks.loopback import listening
from bot.playground.sample_data import COUNT_OF_STATUS

_DAYS = re.compile(rb"query_days=(\w+)")
_WORKSPACE = re.compile(rb"\r\nworkspace: *([^\r]+)", re.IGNORECASE)


class PlainDlf:
    """`failing`: the failed instances of a workspace; `asked`: how many requests there were.

    `log`: each request's workspace, days and monotonic time.
    """

    def __init__(self) -> None:
        self.url, self.asked, self.failing = "", 0, Counter[str]()
        self.workspaces: set[str] = set()
        self.log: list[tuple[str, str, float]] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                request = await reader.readuntil(b"\r\n\r\n")
                found, days = _WORKSPACE.search(request), _DAYS.search(request)
                self.asked += 1
                workspace = found[1].decode() if found else ""
                self.workspaces.add(workspace)
                self.log.append((workspace, days[1].decode() if days else "", time.monotonic()))
                writer.write(_answer(self.failing[workspace]))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


@asynccontextmanager
async def open_plain_dlf() -> AsyncIterator[PlainDlf]:
    dlf = PlainDlf()
    async with listening(dlf.serve) as dlf.url:
        yield dlf


def _answer(failed: int) -> bytes:
    counts = dict.fromkeys(COUNT_OF_STATUS.values(), 0)
    counts |= {"fail_count": failed, "success_count": 90, "total_count": 90 + failed}
    body = json.dumps(counts)
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return (head + body).encode()
