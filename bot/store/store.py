"""The store as the rest of the bot sees it: opened once, one attribute per room."""

from contextlib import AsyncExitStack, suppress
from datetime import datetime, timedelta

from sqlalchemy import select

from bot.errors import StoreError
from bot.store.alerts import Alerts
from bot.store.database import COMMAND_SECONDS, CONNECT_SECONDS, Database, connect, is_there
from bot.store.leases import Leases
from bot.store.migrate import is_current, migrate
from bot.store.outbox import Outbox
from bot.store.rate_limits import RateLimits
from bot.store.reads import Reads
from bot.store.silences import Silences
from bot.store.snapshots import Snapshots
from bot.store.sql import database_now

# A digest may be a week late and an alert is corrected for three days: without the memory of having told
# them they would be told again.
TOLD_KEPT = timedelta(days=10)
# A change of a large table may take so long; nobody waits for it but this process, which is starting.
MIGRATION_SECONDS = 3600.0


class Store:
    """An open database; every method may raise StoreError and may be called again after it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.dialect = database.dialect
        self.leases = Leases(database)
        self.rate_limits = RateLimits(database)
        self.reads = Reads(database)
        self.snapshots = Snapshots(database)
        self.alerts = Alerts(database)
        self.silences = Silences(database)
        self.outbox = Outbox(database)

    async def now(self) -> datetime:
        """The database's clock, which all replicas share."""
        found: datetime = (await self._database.fetch(select(database_now())))[0][0]
        return found

    async def writable(self) -> None:
        """Write a little; raises StoreError that says why nothing can be written."""
        await self.leases.acquire("writable", "anyone", 0)

    async def prune(self, now: datetime, keep: timedelta) -> None:
        """Forget what is older than `keep`; what Slack was told of it, once it cannot be due again."""
        before = now - keep
        await self.snapshots.prune(before)
        await self.alerts.prune(before.date())
        await self.outbox.prune(min(before, now - TOLD_KEPT))
        await self.silences.prune(before)
        await self.leases.prune()

    async def close(self) -> None:
        await self._database.close()


async def find_store(url: str, *, seconds: float) -> Store | None:
    """The store as others keep it, for who only wants to agree with them: nothing is made or changed.

    None where there is none of this program's schema, or no answer within `seconds`.
    """
    with suppress(StoreError):
        if not is_there(url):
            return None
        database = connect(url, connect_seconds=seconds, command_seconds=seconds)
        async with AsyncExitStack() as undo:
            undo.push_async_callback(database.close)
            if await is_current(database):
                undo.pop_all()
                return Store(database)
    return None


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
