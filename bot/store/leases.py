"""Who may do what only one may do: a lease is a name, an owner and a time on the database's clock."""

from sqlalchemy import bindparam, delete, or_

from bot.store.database import Database
from bot.store.expressions import in_seconds, lease_over
from bot.store.schema import leases


class Leases:
    def __init__(self, database: Database) -> None:
        self._database = database
        new = database.insert(leases).values(until=in_seconds(bindparam("seconds")))
        self._acquire = new.on_conflict_do_update(
            index_elements=[leases.c.name],
            set_={"owner": new.excluded.owner, "until": new.excluded.until},
            where=or_(leases.c.owner == new.excluded.owner, lease_over(leases.c.until)),
        ).returning(leases.c.name)

    async def acquire(self, name: str, owner: str, seconds: float) -> bool:
        """Take or renew the lease; False while another owner's is alive."""
        wanted = {"name": name, "owner": owner, "seconds": seconds}
        return bool(await self._database.change(self._acquire, wanted))

    async def release(self, name: str, owner: str) -> None:
        """Give back one's own lease; another's stays."""
        await self._database.change(delete(leases).where(leases.c.name == name, leases.c.owner == owner))
