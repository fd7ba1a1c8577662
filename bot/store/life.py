"""Liveness: each process holds a lock that dies with it, so that its leases end when it was killed."""

import asyncio
import secrets
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from bot.clock import elapsed
from bot.errors import StoreError
from bot.store.database import Database
from bot.store.errors import explain
from bot.store.life_files import LifeFiles

if TYPE_CHECKING:
    from bot.store.postgresql import Server

# In seconds. A process looks at all locks each BEAT, may send for PERMIT after the beginning of a look at
# which it held its own, and counts another as dead whose lock was free for WAIT: longer than that may send.
BEAT, PERMIT, WAIT = 0.25, 1.0, 1.2
# Where looks take long, both are this many times as long as a look.
SLOWNESS = 10
# Looks further apart than this may have missed a lock held meanwhile: then the WAIT begins anew. So a lock
# that was lost is held for GAP again before its process sends.
GAP = 1.0
# A look unanswered for so long is a lost session.
LOST = 5.0

# An advisory lock has two numbers: 6581350 for all of ours, and that of the process. Its owner's name ends in
# it, after a MARK.
MARK = "~"
_TAKE = "SELECT pg_try_advisory_lock(6581350, $1)"
# The leases are read first: a lock is held before the first lease that names its owner. Each process renews a
# lease every few seconds, so that `leases` names all who can have work in hand.
_LOOK = """
    SELECT DISTINCT owner, 0::bigint AS key, false AS mine FROM leases
    WHERE strpos(owner, '~') > 0 AND until > clock_timestamp() - interval '60 seconds'
    UNION ALL SELECT '', objid::bigint, pid = pg_backend_pid() FROM pg_locks
    WHERE locktype = 'advisory' AND classid = 6581350 AND objsubid = 2 AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
# A session that broke in the middle may live on at the server, with our lock.
_END_OLD = """
    SELECT pg_terminate_backend(pid) FROM pg_locks
    WHERE locktype = 'advisory' AND classid = 6581350 AND objsubid = 2 AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND objid = $1 AND pid <> pg_backend_pid()
"""


class Life:
    """Of a process without a lock: it may send, and nobody is known to be dead before its leases end."""

    def __init__(self, owner: str, why: str = "") -> None:
        """`why` says why there is no lock, for the log."""
        self.owner, self.why = owner, why

    @property
    def may_send(self) -> bool:
        """False while others may take this process for dead."""
        return True

    @property
    def dead(self) -> Sequence[str]:
        """The owners whose processes are dead, so that nothing of theirs can be under way any more."""
        return ()

    async def beat(self) -> Collection[str]:
        """Look at the locks; returns the owners newly found dead. Raises StoreError."""
        return ()

    async def end(self) -> None:
        """Give the lock back."""


class FileLife(Life):
    """On SQLite the lock is a file's: only the end of its process frees it."""

    def __init__(self, owner: str, files: LifeFiles) -> None:
        super().__init__(owner)
        self._files = files

    @property
    def dead(self) -> Sequence[str]:
        return tuple(self._files.dead)

    async def beat(self) -> Collection[str]:
        return await asyncio.to_thread(self._files.look)

    async def end(self) -> None:
        self._files.close()


class Verdict:
    """Decides from look after look at the locks who is dead, and if this process may send."""

    def __init__(self, key: int, *, held_at: float) -> None:
        self._key = key
        self._settled_at, self._until = held_at, held_at + PERMIT
        self._free_since: dict[str, float] = {}
        self._looked_at, self._fresh_until = held_at, held_at
        self._dead: tuple[str, ...] = ()
        self._told: set[str] = set()

    def look(
        self, began: float, ended: float, living: Collection[int], owners: Iterable[str]
    ) -> Collection[str]:
        """A look lasted from `began` to `ended`, our own lock was held; returns who is newly found dead."""
        slow = SLOWNESS * (ended - began)
        if began >= self._settled_at:
            self._until = began + max(PERMIT, slow)
        if ended - self._looked_at > GAP:
            self._free_since.clear()
        free = {owner for owner in owners if key_of(owner) not in {*living, self._key}}
        self._free_since = {owner: self._free_since.get(owner, ended) for owner in free}
        wait = max(WAIT, slow + WAIT - PERMIT)
        self._dead = tuple(owner for owner, since in self._free_since.items() if began - since >= wait)
        self._looked_at, self._fresh_until = began, began + GAP
        news = set(self._dead) - self._told
        self._told = (self._told & free) | news
        return news

    def lost(self) -> None:
        """The lock is not ours any more, or nobody knows."""
        self._until, self._settled_at = -1.0, float("inf")
        self._dead = ()
        self._free_since.clear()

    def regained(self, at: float) -> None:
        self._settled_at = at + GAP

    def may_send(self, now: float) -> bool:
        return now <= self._until

    def dead(self, now: float) -> tuple[str, ...]:
        """The dead owners; none if the last look is too old to know it."""
        return self._dead if now <= self._fresh_until else ()


class SessionLife(Life):
    """On PostgreSQL the lock is an advisory one of a session of its own, which can be lost and regained."""

    def __init__(self, owner: str, key: int, server: "Server", session: Any) -> None:
        super().__init__(owner)
        self._key, self._server, self._session = key, server, session
        self._verdict = Verdict(key, held_at=elapsed())
        self._pooled = False

    @property
    def may_send(self) -> bool:
        return self._pooled or (not self._session.is_closed() and self._verdict.may_send(elapsed()))

    @property
    def dead(self) -> Sequence[str]:
        return () if self._pooled else self._verdict.dead(elapsed())

    async def beat(self) -> Collection[str]:
        if self._pooled:
            return ()
        try:
            if self._session.is_closed():
                await self._regain()
                return ()
            return await self._look()
        except (*self._server.failures, OSError) as error:
            self._lose()
            raise explain(error, None) from None
        except StoreError:
            self._lose()
            raise

    async def _look(self) -> Collection[str]:
        began = elapsed()
        rows = await self._session.fetch(_LOOK, timeout=LOST)
        ended = elapsed()
        if not any(row["mine"] and row["key"] == self._key for row in rows):
            self._lose()
            return ()
        living = {row["key"] for row in rows if not row["owner"]}
        return self._verdict.look(began, ended, living, [row["owner"] for row in rows if row["owner"]])

    def _lose(self) -> None:
        self._verdict.lost()
        self._session.terminate()

    async def _regain(self) -> None:
        self._verdict.lost()
        session = await self._server.session()
        if session is None:  # the address leads to a pooler now
            self._pooled = True
            return
        self._session = session
        if not await session.fetchval(_TAKE, self._key, timeout=LOST):
            await session.fetch(_END_OLD, self._key, timeout=LOST)
            if not await session.fetchval(_TAKE, self._key, timeout=LOST):
                session.terminate()
                return
        self._verdict.regained(elapsed())

    async def end(self) -> None:
        with suppress(*self._server.failures, OSError):
            await self._session.close(timeout=LOST)


def key_of(owner: str) -> int:
    """The number of the lock in an owner's name."""
    return int(owner.rpartition(MARK)[2], 16)


async def open_life(database: Database, owner: str) -> Life:
    """Take this process's lock; `owner` is its name so far, `Life.owner` its name from now on."""
    if database.file:
        files = LifeFiles.open(database.file, owner)
        return FileLife(owner, files) if files else Life(owner, "The database's directory takes no locks.")
    server = database.server
    assert server is not None
    try:
        session = await server.session()
        if session is None:
            return Life(owner, "The database's address leads to a pooler.")
        key = secrets.randbits(31)
        if not await session.fetchval(_TAKE, key, timeout=LOST):  # another process has this number
            session.terminate()
            return Life(owner, "The lock is another process's.")
    except (*server.failures, OSError, StoreError):
        return Life(owner, "PostgreSQL gave no session for it.")
    return SessionLife(f"{owner}{MARK}{key:x}", key, server, session)
