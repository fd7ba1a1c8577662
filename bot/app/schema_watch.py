"""Notice that a newer version has migrated the database so that this program could do harm."""

import asyncio
from contextlib import suppress

from bot.errors import StoreError
from bot.store.store import Store


class SchemaWatch:
    """Checks the schema at intervals; the program stops when `wait` raises."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._why: asyncio.Queue[StoreError] = asyncio.Queue()

    async def tick(self) -> None:
        """Check once. While the database is away, the jobs that need it report that."""
        with suppress(StoreError):
            if (why := await self._store.too_new()) is not None:
                self._why.put_nowait(why)

    async def wait(self) -> None:
        """Raise StoreError, which says what to do, as soon as this program must stop; else wait for ever."""
        raise await self._why.get()
