"""A rate limit all replicas share: each credential's row holds when its next request may go."""

from sqlalchemy import BindParameter, Double, bindparam, case

from bot.store.database import Database
from bot.store.schema import limits
from bot.store.sql import epoch_now, later_of

# No real queue is longer, in seconds and in requests: a longer wait means the clock was stepped back.
_LONGEST_SECONDS, _LONGEST_REQUESTS = 60.0, 120


class RateLimits:
    def __init__(self, database: Database) -> None:
        self._database = database
        took: BindParameter[float] = bindparam("took", type_=Double())
        longest: BindParameter[float] = bindparam("longest", type_=Double())
        free_at, clock = limits.c.next_at, epoch_now()
        start = case((free_at > clock + longest, clock), else_=later_of(free_at, clock))
        self._reserve = (
            database.insert(limits)
            .values(next_at=clock + took)
            .on_conflict_do_update(index_elements=[limits.c.credential], set_={"next_at": start + took})
            .returning(limits.c.next_at - took - clock)
        )

    async def reserve(self, credential: str, per_second: float, n: int = 1) -> float:
        """Reserve the next `n` slots, 1 / `per_second` apart; returns the seconds to wait for the first."""
        longest = max(_LONGEST_SECONDS, _LONGEST_REQUESTS / per_second)
        wanted = {"credential": credential, "took": n / per_second, "longest": longest}
        wait: float = (await self._database.change(self._reserve, wanted))[0][0]
        return max(0.0, wait)
