"""Leases for work that a single process may do: a name, an owner, and an end on the database's clock.

The lease of a process that was killed is free before its end: see `bot.store.life`.
"""

from datetime import timedelta

from sqlalchemy import Text, bindparam, delete, func, not_, or_, select

from bot.store.database import Database
from bot.store.schema import leases
from bot.store.sql import LONGEST_LEASE, among_named, in_seconds, listing, passed

# The name of the lease that every running replica holds begins with this.
RUNS = "config/"
# No lease's name begins with this.
_NONE = "/"
_LONG_OVER = delete(leases).where(leases.c.until < in_seconds(-timedelta(days=1).total_seconds()))
_DEAD = among_named(leases.c.owner, "dead")
_PREFIX, _BUT = bindparam("prefix", type_=Text()), bindparam("but", type_=Text())
_ANOTHER = (
    select(leases.c.name)
    .where(
        func.substr(leases.c.name, 1, func.length(_PREFIX)) == _PREFIX,
        func.substr(leases.c.name, 1, func.length(_BUT)) != _BUT,
        not_(passed(leases.c.until, bindparam("longest"))),
        not_(_DEAD),
    )
    .limit(1)
)
_HELD = select(leases.c.name).where(leases.c.owner == bindparam("of_owner"), leases.c.until > in_seconds(0))


class Leases:
    def __init__(self, database: Database) -> None:
        self._database = database
        new = database.insert(leases).values(until=in_seconds(bindparam("seconds")))
        self._acquire = new.on_conflict_do_update(
            index_elements=[leases.c.name],
            set_={"owner": new.excluded.owner, "until": new.excluded.until},
            where=or_(
                leases.c.owner == new.excluded.owner, passed(leases.c.until, bindparam("longest")), _DEAD
            ),
        ).returning(leases.c.name)

    async def acquire(
        self, name: str, owner: str, seconds: float, *, longest: float = LONGEST_LEASE.total_seconds()
    ) -> bool:
        """Take or renew the lease; False while another owner's is alive.

        `longest` is the longest duration of this lease, in seconds: a lease that ends later was taken before
        the database's clock was set back, and counts as over. One with a `longest` of its own is a rest,
        which lasts whatever becomes of its owner; any other is free once its owner is dead.
        """
        dead = self._database.dead() if longest == LONGEST_LEASE.total_seconds() else ()
        wanted = {"name": name, "owner": owner, "seconds": seconds, "longest": longest, "dead": listing(dead)}
        return bool(await self._database.change(self._acquire, wanted))

    async def release(self, name: str, owner: str) -> None:
        """Give back the lease if `owner` has it."""
        await self._database.change(delete(leases).where(leases.c.name == name, leases.c.owner == owner))

    async def another(self, prefix: str, but: str) -> str:
        """The name of a held lease that begins with `prefix`, and not with `but`; empty if there is none."""
        values = {"prefix": prefix, "but": but, "longest": LONGEST_LEASE.total_seconds()}
        values |= {"dead": listing(self._database.dead())}
        rows = await self._database.fetch(_ANOTHER, values)
        return str(rows[0].name) if rows else ""

    async def held(self, owner: str) -> list[str]:
        """The names of the leases that `owner` holds now."""
        return [row.name for row in await self._database.fetch(_HELD, {"of_owner": owner})]

    async def running(self) -> bool:
        """True while a bot runs on this database, and for seconds after it was killed."""
        return bool(await self.another(RUNS, _NONE))

    async def prune(self) -> int:
        """Delete the leases that ended over a day ago, left by killed processes; returns how many."""
        return await self._database.count(_LONG_OVER)
