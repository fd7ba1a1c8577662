"""Who may do what only one may do: a lease is a name, an owner and a time on the database's clock."""

from sqlalchemy import delete, or_

from bot.store.database import Database
from bot.store.expressions import in_seconds, lease_over
from bot.store.schema import leases


class Leases:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def acquire(self, name: str, owner: str, seconds: float) -> bool:
        """Take or renew the lease; False while another owner's is alive."""
        insert = self._database.insert(leases).values(name=name, owner=owner, until=in_seconds(seconds))
        statement = insert.on_conflict_do_update(
            index_elements=[leases.c.name],
            set_={"owner": insert.excluded.owner, "until": in_seconds(seconds)},
            where=or_(leases.c.owner == owner, lease_over(leases.c.until)),
        ).returning(leases.c.name)
        return bool(await self._database.change(statement))

    async def release(self, name: str, owner: str) -> None:
        """Give back one's own lease; another's stays."""
        await self._database.change(delete(leases).where(leases.c.name == name, leases.c.owner == owner))
