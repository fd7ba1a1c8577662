"""The upkeep of a database: whether it is sound, how large its tables are, and vacuum."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, table, text

from bot.errors import StoreError
from bot.store.database import Database
from bot.store.leases import Leases
from bot.store.schema import metadata
from bot.store.sql import Vacuum

# A vacuum of more than this takes longer than a running bot waits for its turn to write.
_BESIDE_A_BOT = 100_000_000

_HAS_DBSTAT = text("SELECT 1 FROM pragma_module_list WHERE name = 'dbstat'")
_IN_FILE = text(
    "SELECT m.tbl_name AS name, sum(s.pgsize) AS size"
    " FROM dbstat s JOIN sqlite_master m ON m.name = s.name GROUP BY m.tbl_name"
)
_ON_SERVER = text("SELECT pg_total_relation_size(to_regclass(:name)) AS size")
_FILE = text("SELECT (SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size)")


@dataclass(frozen=True, slots=True)
class TableSize:
    """A table, its rows, and its bytes with indexes (None where this SQLite cannot say)."""

    name: str
    rows: int
    size: int | None


class Upkeep:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def problems(self) -> list[str]:
        """Read every page of an SQLite file and name what is damaged; nothing if it is sound.

        Of PostgreSQL only the tables' first rows are read: its pages are pg_amcheck's business.
        """
        for one in metadata.sorted_tables:
            await self._database.fetch(select(one).limit(1))
        if not self._database.on_sqlite:
            return []
        found = await self._database.fetch(text("PRAGMA integrity_check"))
        return [str(row[0]) for row in found if row[0] != "ok"]

    async def sizes(self) -> list[TableSize]:
        """Each table, the largest first."""
        sizes = await self._sizes()
        found = []
        for one in metadata.sorted_tables:
            rows = (await self._database.fetch(select(func.count()).select_from(one)))[0][0]
            found.append(TableSize(one.name, rows, sizes.get(one.name)))
        return sorted(found, key=lambda one: (-(one.size or 0), -one.rows, one.name))

    async def total(self) -> int:
        """The bytes of an SQLite file, or of all tables on PostgreSQL."""
        if not self._database.on_sqlite:
            return sum((await self._sizes()).values())
        return int((await self._database.fetch(_FILE))[0][0])

    async def vacuum(self) -> None:
        """Give unused space back. Raises StoreError where a running bot would have to wait too long."""
        if not self._database.on_sqlite:
            await self._vacuum_server()
            return
        if await self.total() > _BESIDE_A_BOT and await Leases(self._database).running():
            raise StoreError(
                "A bot runs on this database, which has more than 100 MB.",
                meaning="It could not write during the vacuum.",
                remedy="Stop it, or wait ten seconds if it was killed, and try again.",
            )
        async with self._database.autocommit() as connection:
            await connection.exec_driver_sql("VACUUM")
            await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    async def _vacuum_server(self) -> None:
        schema = (await self._database.fetch(select(func.current_schema())))[0][0]
        async with self._database.autocommit() as connection:
            for one in metadata.sorted_tables:
                await connection.execute(Vacuum(table(one.name, schema=schema)))

    async def _sizes(self) -> dict[str, int]:
        if self._database.on_sqlite:
            if not await self._database.fetch(_HAS_DBSTAT):
                return {}
            return {row.name: row.size for row in await self._database.fetch(_IN_FILE)}
        names = [one.name for one in metadata.sorted_tables]
        found: dict[str, Any] = {}
        for name in names:
            found[name] = (await self._database.fetch(_ON_SERVER, {"name": name}))[0].size
        return {name: size for name, size in found.items() if size is not None}
