"""Reading an answer's body to its end, and never more than it may have."""

import asyncio
import zlib
from collections.abc import AsyncIterator

import aiohttp
import httpx

from bot.domain.sentence import Sentence, sentence
from bot.errors import DlfUnreadable

_MIB = 1024 * 1024
MOST = _MIB
# An error's body only adds detail to its status: it is not worth waiting for.
_PATIENCE = 2.0


async def read_body(response: httpx.Response, most: int = MOST) -> bytes:
    """The whole body, decompressed, of at most `most` bytes.

    Raises DlfUnreadable when it is larger or damaged, or the wire's errors.
    """
    length = response.headers.get("content-length", "")
    if length.isdecimal() and len(length) < 20 and int(length) > most:
        raise _unreadable(sentence("the answer is larger than {n} MiB", n=str(most // _MIB)))
    match response.headers.get("content-encoding", "").strip().lower():
        case "" | "identity":
            return await _bounded(response.aiter_bytes(), most)
        case "gzip" | "x-gzip":
            return _gunzip(await _bounded(response.aiter_raw(), most), most)
        case _:
            raise _unreadable(sentence("the answer's compression is not supported"))


async def read_detail(response: httpx.Response) -> bytes:
    """An error's body, or nothing where it cannot be had soon: the status alone says enough."""
    try:
        async with asyncio.timeout(_PATIENCE):
            return await read_body(response)
    except (DlfUnreadable, httpx.HTTPError, aiohttp.ClientError, OSError):
        return b""


async def _bounded(chunks: AsyncIterator[bytes], most: int) -> bytes:
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > most:
            raise _too_large(most)
    return bytes(body)


def _gunzip(packed: bytes, most: int) -> bytes:
    unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        body = unpacking.decompress(packed, most + 1)
    except zlib.error:
        raise _unreadable(sentence("the answer is marked gzip but is not")) from None
    if len(body) > most:
        raise _too_large(most)
    if not unpacking.eof or unpacking.unused_data:
        raise _unreadable(sentence("the answer is incomplete or damaged gzip"))
    return body


def _too_large(most: int) -> DlfUnreadable:
    return _unreadable(sentence("the answer is larger than {n} MiB", n=str(most // _MIB)))


def _unreadable(reason: Sentence) -> DlfUnreadable:
    return DlfUnreadable(
        sentence("DLF's endpoint did not return job counts: {reason}.", reason=reason),
        meaning="Counts are unknown.",
        remedy="Check the endpoint, and whether a proxy or another server answers instead of DLF.",
    )
