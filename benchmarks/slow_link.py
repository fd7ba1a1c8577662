"""A way to PostgreSQL that takes time: passes bytes on, each half a round trip later."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import parse_qs, urlsplit

from benchmarks.loopback import listening


@asynccontextmanager
async def slow_link(url: str, round_trip: float) -> AsyncIterator[str]:
    """The address of the same database, `round_trip` seconds away; `url` leads to a socket file."""
    parts = urlsplit(url)
    socket = f"{parse_qs(parts.query)['host'][0]}/.s.PGSQL.5432"

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, server = await asyncio.open_unix_connection(socket)
        await asyncio.gather(_pass(reader, server, round_trip / 2), _pass(answers, writer, round_trip / 2))

    async with listening(serve) as link:
        yield f"postgresql://postgres@{link.removeprefix('http://')}{parts.path}"


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
    """Pass on what is read, in order and each part as late as the others."""
    time = asyncio.get_running_loop().time
    under_way = asyncio.Queue[tuple[float, bytes]]()

    async def deliver() -> None:
        while (part := await under_way.get())[1]:
            if seconds:
                await asyncio.sleep(part[0] - time())
            writer.write(part[1])
        writer.close()

    delivering = asyncio.create_task(deliver())
    with suppress(ConnectionError):
        while read := await reader.read(65536):
            under_way.put_nowait((time() + seconds, read))
    under_way.put_nowait((0, b""))
    with suppress(ConnectionError):
        await delivering
