"""Notice that a newer version has migrated the database so that this program could do harm there."""

import asyncio
from contextlib import suppress

from bot.errors import StoreError
from bot.store.store import Store


class SchemaWatch:
    """Looks now and then; the program stops when `wait` raises."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._why: asyncio.Queue[StoreError] = asyncio.Queue()

    async def tick(self) -> None:
        """Look once. While the database is away, the jobs that need it say so."""
        with suppress(StoreError):
            if (why := await self._store.too_new()) is not None:
                self._why.put_nowait(why)

    async def wait(self) -> None:
        """Raise StoreError, which says what to do, as soon as this program must stop; else wait for ever."""
        raise await self._why.get()
