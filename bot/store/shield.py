"""What has begun at the database is finished, whatever becomes of the caller."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

Holder = TypeVar("Holder")
Given = ParamSpec("Given")
Found = TypeVar("Found")

_begun: set[asyncio.Task[Any]] = set()


def shielded(
    method: Callable[Concatenate[Holder, Given], Coroutine[Any, Any, Found]],
) -> Callable[Concatenate[Holder, Given], Coroutine[Any, Any, Found]]:
    """Let a cancelled caller go at once, and the work go on to its end.

    A statement cut off in the middle costs its connection, and on SQLite its lock for as long as the
    connection lies about.
    """

    @wraps(method)
    async def whole(self: Holder, /, *args: Given.args, **named: Given.kwargs) -> Found:
        task = asyncio.create_task(method(self, *args, **named))
        _begun.add(task)
        task.add_done_callback(_ended)
        return await asyncio.shield(task)

    return whole


async def finish(seconds: float) -> None:
    """Wait for what this loop has begun, at most so long."""
    loop = asyncio.get_running_loop()
    tasks = [task for task in _begun if task.get_loop() is loop]
    if tasks:
        await asyncio.wait(tasks, timeout=seconds)


def _ended(task: asyncio.Task[Any]) -> None:
    _begun.discard(task)
    if not task.cancelled():
        task.exception()  # its caller may be gone: then nobody else asks for it
