"""The store as the rest of the bot sees it: opened once, with an attribute for each kind of record."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from bot.errors import StoreError
from bot.store.acts import Acts
from bot.store.alerts import Alerts
from bot.store.database import COMMAND_SECONDS, CONNECT_SECONDS, Database, Observe, connect, is_there
from bot.store.digests import Digests
from bot.store.export import Export
from bot.store.folds import Folds
from bot.store.leases import Leases
from bot.store.life import Life, open_life
from bot.store.migrate import find_revision, migrate, too_new
from bot.store.names import Names
from bot.store.outbox import Outbox
from bot.store.rate_limits import RateLimits
from bot.store.reads import Reads
from bot.store.schema import REVISION
from bot.store.silences import Silences
from bot.store.snapshots import Snapshots
from bot.store.sql import database_now
from bot.store.upkeep import Upkeep

# A digest may be a week late and an alert is corrected for three days: both would be told again if their
# notices were deleted earlier.
TOLD_KEPT = timedelta(days=10)
# As long as an alert may be told of, it must be known that a fold told of it.
MEMBERS_KEPT = timedelta(days=15)
# A migration of a large table may take this long; only this process waits for it, at its start.
MIGRATION_SECONDS = 3600.0


class Store:
    """An open database; every method may raise StoreError and may be called again after it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.dialect = database.dialect
        self.life = Life("")
        self.leases = Leases(database)
        self.rate_limits = RateLimits(database)
        self.reads = Reads(database)
        self.snapshots = Snapshots(database)
        self.alerts = Alerts(database)
        self.silences = Silences(database)
        self.acts = Acts(database)
        self.outbox = Outbox(database)
        self.digests = Digests(database)
        self.folds = Folds(database)
        self.names = Names(database)
        self.care = Upkeep(database)
        self.export = Export(database)

    def observe(self, told: Observe) -> None:
        """Have `told` learn how many seconds each "read" and "write" takes."""
        self._database.observe = told

    async def live(self, owner: str) -> str:
        """Hold a lock that dies with this process; returns the name of the owner from now on."""
        self.life = await open_life(self._database, owner)
        self._database.dead = lambda: self.life.dead
        return self.life.owner

    async def now(self) -> datetime:
        """The database's clock, which all replicas share."""
        found: datetime = (await self._database.fetch(select(database_now())))[0][0]
        return found

    async def writable(self) -> None:
        """Write a small row; raises StoreError that says why nothing can be written."""
        await self.leases.acquire("writable", "anyone", 0)

    async def too_new(self) -> StoreError | None:
        """The StoreError if a newer program's migration obliges this program to stop, else None."""
        return await too_new(self._database)

    async def prune(self, now: datetime, keep: timedelta) -> None:
        """Delete records older than `keep`, but notices and digests only once they cannot be due again."""
        before = now - keep
        await self.snapshots.prune(before)
        await self.alerts.prune(before.date())
        await self.outbox.prune(min(before, now - TOLD_KEPT))
        await self.folds.prune(min(before, now - MEMBERS_KEPT))
        await self.silences.prune(before)
        await self.acts.prune(before)
        await self.digests.prune(min(before, now - TOLD_KEPT))
        await self.leases.prune()

    async def close(self) -> None:
        await self.life.end()
        await self._database.close()


@dataclass(frozen=True, slots=True)
class Found:
    """A database as found. `store` is None if this program has to make or migrate it first.

    `revision` is that of its tables, None if there are none.
    """

    store: Store | None
    revision: int | None

    @property
    def why(self) -> str:
        """Why there is no store to use; empty where there is."""
        if self.store is not None:
            return ""
        if self.revision is None:
            return "There is no database yet: `dlf-bot run` makes it."
        return (
            f"The database is of an older dlf-bot (schema {self.revision}; this one needs {REVISION}):"
            " `dlf-bot run` brings it up to date."
        )


async def find_store(
    url: str, *, connect_seconds: float = CONNECT_SECONDS, command_seconds: float = COMMAND_SECONDS
) -> Found:
    """Open the database at `url` as it is: nothing is made, migrated or changed.

    Raises StoreError that says what is wrong: the address, the server, the file, or a newer schema.
    """
    if not is_there(url):
        return Found(None, None)
    database = connect(url, connect_seconds=connect_seconds, command_seconds=command_seconds)
    async with AsyncExitStack() as undo:
        undo.push_async_callback(database.close)
        revision = await find_revision(database)
        if revision is None or revision < REVISION:
            return Found(None, revision)
        undo.pop_all()
    return Found(Store(database), revision)


async def open_store(
    url: str, *, connect_seconds: float = CONNECT_SECONDS, command_seconds: float = COMMAND_SECONDS
) -> Store:
    """Open the database at `url` and bring its schema up to date.

    Raises StoreError that says what is wrong: the address, the server, the file, or a newer schema.
    """
    database = connect(url, connect_seconds=connect_seconds, command_seconds=command_seconds)
    patient = connect(url, connect_seconds=connect_seconds, command_seconds=MIGRATION_SECONDS)
    async with AsyncExitStack() as undo:
        undo.push_async_callback(database.close)
        try:
            await migrate(database, patient)
        finally:
            await patient.close()
        undo.pop_all()
    return Store(database)
