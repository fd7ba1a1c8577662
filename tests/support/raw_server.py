"""A server of bytes and a proxy on free ports, and a certificate that no client trusts unless told to."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

TLS = Path(__file__).parent / "tls"
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(talk: Talk, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server that talks as told to each connection; its port."""

    talking: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talking[task] = writer
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await talk(reader, writer)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task, writer in talking.items():
            task.cancel()
            writer.transport.abort()
        if talking:
            await asyncio.wait(talking)
            await asyncio.sleep(0.01)


def saying(*parts: bytes, pause: float = 0) -> Talk:
    """Read a request, say these bytes, hang up."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)

    return talk


@asynccontextmanager
async def proxy(seen: list[str], refuse: bool = False) -> AsyncIterator[int]:
    """A small forward proxy: absolute addresses and CONNECT, to 127.0.0.1 only."""

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        seen.append(head)
        if refuse:
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return
        method, address, _ = head.split(" ", 2)
        host = address if method == "CONNECT" else address.split("/")[2]
        upstream, back = await asyncio.open_connection("127.0.0.1", int(host.rpartition(":")[2]))
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            back.write(head.replace(f"http://{host}", "", 1).encode())
        pumps = [asyncio.create_task(pump(reader, back)), asyncio.create_task(pump(upstream, writer))]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in pumps:
                task.cancel()
            back.transport.abort()
            await asyncio.wait(pumps)

    async with listening(talk) as port:
        yield port
