"""The transactional outbox: each message Slack must show, its standing, and the replica that sends it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache

from sqlalchemy import Executable, bindparam, func, select

from bot.domain.acts import Act
from bot.domain.coverage import Covers
from bot.domain.notices import Claim, Notice, Posted, Standing
from bot.store import outbox_results_sql as results
from bot.store import outbox_sql
from bot.store import outbox_upkeep_sql as upkeep
from bot.store.acts import add_in
from bot.store.alerts import tell_in
from bot.store.database import Database, Insert
from bot.store.digests import cover_in, covering
from bot.store.notice_rows import claim_of, fence_of, outbox_row_of, wanted
from bot.store.records import Backlog, Held, OutboxRow
from bot.store.schema import notices
from bot.store.shield import shielded
from bot.store.sql import listing

_TOLD_HANDOVERS = select(func.max(notices.c.told_handovers).label("number")).where(
    notices.c.thread_of == bindparam("of_root"), notices.c.ts.is_not(None)
)
_GET = select(notices).where(notices.c.key == bindparam("of_key"))


@cache
def _writes(insert: Insert) -> tuple[Executable, Executable, Executable, Executable]:
    """Put, put under a lease, add, add under a lease: built once for each kind of database."""
    new = outbox_sql.insert(insert(notices))
    fenced = outbox_sql.insert(insert(notices), under_lease=True)
    puts = outbox_sql.put(new), outbox_sql.put(fenced, under_lease=True)
    return *puts, outbox_sql.add(new), outbox_sql.add(fenced)


class Outbox:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._put, self._put_under, self._add, self._add_under = _writes(database.insert)
        self._covering = covering(database)

    @shielded
    async def put(
        self, notice: Notice, *, under: str = "", holder: str = "", edits_root: bool = True
    ) -> bool:
        """Want `notice` in Slack: new, or with new content under a known key; True if the row changed.

        A notice that is claimed, or for which it is unknown whether it was sent, stays as it is: put it again
        later. A new reply has its root message edited first if `edits_root`. With the lease `under`, nothing
        changes unless `holder` has the lease: a holder that slept past its end would write outdated content,
        or tell again what was told meanwhile.
        """
        statement, values = self._put, wanted(notice)
        if under:
            statement, values = self._put_under, {**values, **fence_of(notice, under, holder)}
        if notice.thread_of is None:
            return bool(await self._database.change(statement, values))
        async with self._database.transaction() as connection:
            row = (await connection.execute(statement, values)).first()
            if edits_root and row is not None and row.ts is None:
                known = {"of_root": notice.thread_of, "wanted_at": notice.wanted_at}
                await connection.execute(outbox_sql.ROUSE, known)
        return row is not None

    async def add_under(self, notice: Notice, *, under: str, holder: str) -> bool:
        """Want `notice` in Slack unless its key is known, while `holder` has the lease `under`.

        True if this call added it.
        """
        fenced = {**wanted(notice), **fence_of(notice, under, holder)}
        return bool(await self._database.change(self._add_under, fenced))

    @shielded
    async def add_once(self, notice: Notice, act: Act | None = None, *, covers: Covers | None = None) -> bool:
        """Want `notice` in Slack unless its key is known; True if this call added it.

        The act that asked for the notice, and the dates it covers, are kept in the same transaction.
        """
        if act is None and covers is None:
            return bool(await self._database.change(self._add, wanted(notice)))
        async with self._database.transaction() as connection:
            added = (await connection.execute(self._add, wanted(notice))).first() is not None
            if added and act:
                await add_in(connection, act)
            if added and covers:
                await cover_in(connection, self._covering, covers)
        return added

    async def exists(self, key: str) -> bool:
        return bool(await self._database.fetch(_GET, {"of_key": key}))

    async def get(self, key: str) -> OutboxRow | None:
        rows = await self._database.fetch(_GET, {"of_key": key})
        return outbox_row_of(rows[0]) if rows else None

    async def holds(self, keys: Iterable[str]) -> dict[str, Held]:
        """The notices that the outbox holds under these keys, by key."""
        rows = await self._database.fetch(outbox_sql.HOLDS, {"keys": listing(keys)})
        return {row.key: Held(row.channel, row.fingerprint, bool(row.may_move)) for row in rows}

    async def told_handovers(self, root_key: str) -> int:
        """The number of changes of hands that the replies in a thread have told."""
        rows = await self._database.fetch(_TOLD_HANDOVERS, {"of_root": root_key})
        return rows[0].number or 0

    async def latest(self, prefix: str) -> OutboxRow | None:
        """The newest of the notices whose keys begin with `prefix`."""
        rows = await self._database.fetch(upkeep.LATEST, {"prefix": prefix})
        return outbox_row_of(rows[0]) if rows else None

    async def channels_due(
        self,
        limit: int,
        *,
        without_new: Sequence[str] = (),
        without_known: Sequence[str] = (),
        posts: bool = True,
        edits: bool = True,
    ) -> list[str]:
        """Channels with a notice to send now, the most urgent first.

        New messages do not count in the channels `without_new`, edits and replies not in `without_known`.
        `posts` allows new messages and replies, `edits` allows edits.
        """
        wanted = {"at_most": limit, "without_new": without_new, "without_known": without_known}
        wanted |= {"posts": posts, "edits": edits}
        return [row.channel for row in await self._database.fetch(outbox_sql.CHANNELS_DUE, wanted)]

    async def claim(
        self,
        channel: str,
        owner: str,
        lease_seconds: float,
        *,
        new: bool = True,
        known: bool = True,
        posts: bool = True,
        edits: bool = True,
    ) -> Claim | None:
        """Claim the next notice of a channel: by priority, then by how long it has been wanted.

        `new` allows new messages, `known` allows edits and replies; `posts` allows new messages and replies,
        `edits` allows edits.
        """
        wanted = {"from_channel": channel, "owner": owner, "lease_seconds": lease_seconds}
        wanted |= {"new": new, "known": known, "posts": posts, "edits": edits}
        rows = await self._database.change(outbox_sql.CLAIM, wanted)
        return claim_of(rows[0]) if rows else None

    async def channel_id(self, name: str) -> str | None:
        """The id of the channel that holds the newest message for this name."""
        rows = await self._database.fetch(upkeep.NEWEST_IN, {"of_channel": name})
        return rows[0].posted_channel if rows else None

    @shielded
    async def confirm(self, claim: Claim, owner: str, posted: Posted, now: datetime) -> bool:
        """Note that Slack shows the claimed notice, and what it tells of its alerts, in one transaction.

        A late confirmation counts while no other replica is sending. Otherwise False, and nothing changes.
        """
        done = {
            **_fence(claim, owner),
            "was_post": claim.ts is None,
            "shown": claim.notice.fingerprint,
            "in_channel": posted.channel,
            "as_ts": posted.ts,
            "now": now,
        }
        async with self._database.transaction() as connection:
            if (await connection.execute(results.CONFIRM, done)).rowcount != 1:
                return False
            told = claim.notice.tellings or (claim.notice.telling,)
            await tell_in(connection, [telling for telling in told if telling])
        return True

    async def put_back(
        self, claim: Claim, owner: str, standing: Standing, wait_seconds: float, error_code: str
    ) -> bool:
        """Give a claim back: QUEUED (surely not done), UNSURE or PARKED; False when it was taken over."""
        given = {**_fence(claim, owner), "wait_seconds": wait_seconds, "error_code": error_code}
        return await self._database.count(results.PUT_BACK[standing], given) == 1

    @shielded
    async def park(
        self,
        claim: Claim,
        owner: str,
        wait_seconds: float,
        code: str,
        *,
        codes: Iterable[str],
        notice: Notice,
    ) -> bool:
        """Give a claim back as PARKED; True, and `notice` is wanted in Slack, if that is news of the channel.

        It is no news while a notice waits there that was refused for any of `codes`, this claim included.
        """
        given = {**_fence(claim, owner), "wait_seconds": wait_seconds, "error_code": code}
        known = {"of_channel": claim.notice.channel, "codes": sorted(codes)}
        async with self._database.transaction() as connection:
            news = (await connection.execute(upkeep.PARKED_BEFORE, known)).first() is None
            if (await connection.execute(results.PUT_BACK[Standing.PARKED], given)).rowcount != 1 or not news:
                return False
            return (await connection.execute(self._add, wanted(notice))).first() is not None

    async def readdress(self, prefix: str, channel: str) -> int:
        """Send the parked notices whose key begins with `prefix` to `channel` instead; returns how many."""
        return await self._database.count(upkeep.READDRESS, {"prefix": prefix, "to_channel": channel})

    async def message_lost(self, key: str, ts: str, now: datetime) -> bool:
        """Post a message anew that is gone from Slack; False if `ts` is not the message on record."""
        lost = {"of_key": key, "lost_ts": ts, "now": now}
        return await self._database.count(results.MESSAGE_LOST, lost) == 1

    async def unpark(self, channel: str) -> int:
        """Try a channel again at once; returns how many notices were waiting."""
        return await self._database.count(upkeep.UNPARK, {"of_channel": channel})

    async def backlog(self) -> Backlog:
        """Count the notices that Slack does not show yet."""
        rows = await self._database.fetch(upkeep.STANDINGS)
        return Backlog(
            {Standing(row.standing): row.number for row in rows},
            min((row.oldest for row in rows), default=None),
            await self._parked(),
        )

    async def _parked(self) -> dict[str, str]:
        """Why each channel cannot be used. A channel whose name now leads elsewhere is named by its id."""
        parked = dict[str, str]()
        for row in await self._database.fetch(upkeep.PARKED_CHANNELS):
            left = row.known and await self.channel_id(row.channel) not in (None, row.known)
            parked[row.known if left else row.channel] = row.why
        return parked

    async def prune(self, before: datetime) -> int:
        """Delete the notices that Slack has shown unchanged since before a time, in small steps; how many.

        A message with a waiting reply stays, and so does the newest message of each channel.
        """
        return await self._database.in_steps(upkeep.PRUNE, {"before": before}, upkeep.BATCH)


def _fence(claim: Claim, owner: str) -> dict[str, object]:
    return {"of_key": claim.notice.key, "owner": owner, "number": claim.number}
