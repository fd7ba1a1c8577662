"""Run several pieces of work: tasks that outlive their caller, and steps that must not stop each other."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable

from bot.errors import BotError


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
        """Let what runs finish, at most so long; cancel the rest and say how many that were."""
        if not self._running:
            return 0
        _, late = await asyncio.wait(set(self._running), timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        return len(late)


async def run_each(works: Iterable[Callable[[], Awaitable[None]]]) -> None:
    """Do each in its turn. A BotError ends it, the next would fail too; a mistake is raised at the end."""
    mistakes: list[BaseException] = []
    for work in works:
        (found,) = await asyncio.gather(work(), return_exceptions=True)
        if isinstance(found, BotError):
            raise found
        if found is not None:
            mistakes.append(found)
    if mistakes:
        raise mistakes[0]
