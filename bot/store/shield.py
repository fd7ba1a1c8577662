"""Work begun at the database is finished even if its caller is cancelled."""

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
    """Let a cancelled caller return at once while the work goes on to its end.

    A statement cut off in the middle costs its connection, and on SQLite it holds its lock until the
    connection is closed.
    """

    @wraps(method)
    async def whole(self: Holder, /, *args: Given.args, **named: Given.kwargs) -> Found:
        task = asyncio.create_task(method(self, *args, **named))
        _begun.add(task)
        task.add_done_callback(_ended)
        return await asyncio.shield(task)

    return whole


async def finish(seconds: float) -> None:
    """Wait for the work begun on this loop, at most `seconds`."""
    loop = asyncio.get_running_loop()
    tasks = [task for task in _begun if task.get_loop() is loop]
    if tasks:
        await asyncio.wait(tasks, timeout=seconds)


def _ended(task: asyncio.Task[Any]) -> None:
    _begun.discard(task)
    if not task.cancelled():
        task.exception()  # mark it as retrieved: the caller may be gone
