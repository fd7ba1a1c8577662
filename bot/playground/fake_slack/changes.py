"""The feed of changes in the imitated workspace, for a page or a test that listens."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.playground.fake_slack.activity import WorkspaceChange
from bot.playground.fake_slack.objects import Json

# A page that was away for longer takes a new snapshot.
KEPT = 2000


class ChangeFeed:
    """Numbers every change, keeps the latest and passes each to all listeners."""

    def __init__(self) -> None:
        self.seq = 0
        self._changes: deque[WorkspaceChange] = deque(maxlen=KEPT)
        self._listeners: set[asyncio.Queue[WorkspaceChange]] = set()

    def add(self, kind: str, data: Json) -> None:
        """Note a change and pass it to all listeners."""
        self.seq += 1
        change = WorkspaceChange(self.seq, kind, data)
        self._changes.append(change)
        for listener in self._listeners:
            listener.put_nowait(change)

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[asyncio.Queue[WorkspaceChange]]:
        """A queue with every change from now on."""
        queue: asyncio.Queue[WorkspaceChange] = asyncio.Queue()
        self._listeners.add(queue)
        try:
            yield queue
        finally:
            self._listeners.discard(queue)

    def since(self, seq: int) -> list[WorkspaceChange] | None:
        """Changes after `seq`, or None if they are no longer kept: then take a new snapshot."""
        if seq > self.seq or (self._changes and seq < self._changes[0].seq - 1):
            return None
        return [change for change in self._changes if change.seq > seq]
