"""Group commit: save what comes in within a moment together, and let each caller wait for its own part."""

import asyncio
import time as stopwatch
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextlib import suppress
from typing import Generic, TypeVar

Item = TypeVar("Item")

# How long the first item of a group waits for others, and how many are saved at once.
GATHER_SECONDS, MOST = 0.03, 500


class GroupCommit(Generic[Item]):
    """Calls `save` with a group of items at a time, one group after the other.

    No two items of a group have the same `key`: the second is saved after the first.
    """

    def __init__(
        self, save: Callable[[Sequence[Item]], Awaitable[None]], key: Callable[[Item], Hashable]
    ) -> None:
        self._save, self._key = save, key
        self._waiting: list[tuple[Item, asyncio.Future[None]]] = []
        self._saving: asyncio.Task[None] | None = None
        self._all_here = asyncio.Event()
        # How long the newest group took to save.
        self.seconds = 0.0

    async def add(self, item: Item, *, is_last: bool = False) -> None:
        """Return once the item is saved. `is_last`: there is nothing to wait for, save at once.

        Raises what `save` raised. The item of a caller cancelled before its group began is not saved.
        """
        saved = asyncio.get_running_loop().create_future()
        self._waiting.append((item, saved))
        if is_last:
            self._all_here.set()
        if self._saving is None:
            self._saving = asyncio.create_task(self._save_groups())
        await saved

    async def finish(self) -> None:
        """Wait until what was begun is saved."""
        if self._saving is not None:
            await self._saving

    async def _save_groups(self) -> None:
        try:
            while self._waiting:
                with suppress(TimeoutError):
                    async with asyncio.timeout(GATHER_SECONDS):
                        await self._all_here.wait()
                self._all_here.clear()
                await self._save_group()
        finally:
            self._saving = None

    async def _save_group(self) -> None:
        group = self._next_group()
        if not group:
            return
        began = stopwatch.perf_counter()
        saving = asyncio.ensure_future(self._save(list(group.values())))
        await asyncio.wait([saving])
        self.seconds = stopwatch.perf_counter() - began
        failure = saving.exception()
        for saved in group:
            if saved.done():  # its caller was cancelled
                continue
            if failure is None:
                saved.set_result(None)
            else:
                saved.set_exception(failure)

    def _next_group(self) -> dict[asyncio.Future[None], Item]:
        """Take the items whose turn it is."""
        group, keys = dict[asyncio.Future[None], Item](), set[Hashable]()
        waiting, self._waiting = self._waiting, []
        for item, saved in waiting:
            if saved.cancelled():
                continue
            key = self._key(item)
            if key in keys or len(group) == MOST:
                self._waiting.append((item, saved))
            else:
                keys.add(key)
                group[saved] = item
        return group
