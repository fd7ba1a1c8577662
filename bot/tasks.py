"""Run several pieces of work: tasks that outlive their caller, shared calls, steps in a sequence."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Iterable
from typing import Generic, TypeVar

from bot.errors import BotError

Found = TypeVar("Found")


class Tasks:
    """A set of running tasks. asyncio itself keeps only weak references to them."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._running)

    def spawn(self, work: Coroutine[None, None, None], *, name: str) -> asyncio.Task[None]:
        """Run `work` beside everything else."""
        task = asyncio.create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def drain(self, seconds: float) -> int:
        """Let the tasks finish for at most `seconds`; cancel the rest and return how many."""
        if not self._running:
            return 0
        _, late = await asyncio.wait(set(self._running), timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        return len(late)


class SingleFlight(Generic[Found]):
    """Callers that ask for the same key at the same time share a call, cancelled with its last caller."""

    def __init__(self) -> None:
        self._calls: dict[Hashable, asyncio.Task[Found]] = {}
        self._callers: dict[asyncio.Task[Found], int] = {}

    async def do(self, key: Hashable, call: Callable[[], Coroutine[None, None, Found]]) -> Found:
        """Return or raise the result of `call`, or of the call for this key that is running already."""
        task = self._calls.get(key)
        if task is None or task.done():
            task = self._calls[key] = asyncio.create_task(call())
        self._callers[task] = self._callers.get(task, 0) + 1
        try:
            return await asyncio.shield(task)
        finally:
            self._callers[task] -= 1
            if not self._callers[task]:
                await self._end(key, task)

    async def _end(self, key: Hashable, task: asyncio.Task[Found]) -> None:
        del self._callers[task]
        if self._calls.get(key) is task:
            del self._calls[key]
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def run_each(works: Iterable[Callable[[], Awaitable[None]]]) -> None:
    """Do each in turn. A BotError ends it, since the next would fail too; others are raised at the end."""
    mistakes: list[BaseException] = []
    for work in works:
        (found,) = await asyncio.gather(work(), return_exceptions=True)
        if isinstance(found, BotError):
            raise found
        if found is not None:
            mistakes.append(found)
    if mistakes:
        raise mistakes[0]
