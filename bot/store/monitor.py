"""What one reading changes, all or nothing: its claim, the counts on record, the alerts."""

from collections.abc import Iterable
from datetime import datetime

from bot.domain.model import Snapshot
from bot.store.alerts import save_in
from bot.store.database import Abandon, Database
from bot.store.reads import FINISH, fence
from bot.store.records import Change, ReadClaim
from bot.store.snapshots import keep_in, keeping, kept
from bot.store.uncut import uncut


class Monitor:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._keep = keeping(database)

    @uncut
    async def record(
        self,
        owner: str,
        claim: ReadClaim,
        due_at: datetime,
        snapshot: Snapshot,
        changed: Iterable[Change],
        *,
        problem: str = "",
    ) -> bool:
        """Keep a reading and what it made of the alerts, and give the claim back.

        `problem` says what the rules lacked: the counts are kept, but the reading is one more that failed.

        False, and nothing is written, when the claim was taken over or an alert was changed meanwhile: then
        read the alerts again and decide anew.
        """
        finish = {
            **fence(claim, owner, due_at),
            "last_read_at": snapshot.read_at,
            "last_date": snapshot.business_date,
            "failures": claim.failures + 1 if problem else 0,
            "problem": problem,
        }
        try:
            async with self._database.transaction() as connection:
                if (await connection.execute(FINISH, finish)).rowcount != 1:
                    raise Abandon
                await keep_in(connection, self._keep, kept(snapshot))
                await save_in(connection, self._database, changed)
        except Abandon:
            return False
        return True
