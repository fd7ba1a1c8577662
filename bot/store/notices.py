"""The ledger of notices: every message Slack must show, where it is on its way, and who is sending it."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Row,
    Select,
    and_,
    case,
    delete,
    func,
    literal,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects import postgresql

from bot.domain.notices import Claim, Notice, Posted, Priority, Standing, Telling
from bot.store.alerts import tell_in, told_of
from bot.store.database import Database
from bot.store.expressions import LONGEST_WAIT, in_seconds, lease_over, now, passed
from bot.store.records import Backlog, LedgerRow
from bot.store.schema import notices

_BATCH = 2000
_CONTENT = (
    "body",
    "fingerprint",
    "priority",
    "alert_id",
    "told_reason",
    "told_value",
    "told_at",
    "told_seq",
    "told_reminders",
)
_SENT, _QUEUED, _CLAIMED = Standing.SENT.value, Standing.QUEUED.value, Standing.CLAIMED.value
_UNSURE, _PARKED = Standing.UNSURE.value, Standing.PARKED.value


class Notices:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, notice: Notice) -> bool:
        """Want `notice` in Slack: new, or with new content under a known key; True if that changed anything.

        While somebody is sending it, or nobody knows whether it was sent, it stays as it was tried: put it
        again later.
        """
        new = self._database.insert(notices).values(**_wanted(notice))
        return bool(await self._database.change(_replacing(new).returning(notices.c.seq)))

    async def add_once(self, notice: Notice) -> bool:
        """Want `notice` in Slack unless its key is known; True if this call added it."""
        new = self._database.insert(notices).values(**_wanted(notice)).on_conflict_do_nothing()
        return bool(await self._database.change(new.returning(notices.c.seq)))

    async def exists(self, key: str) -> bool:
        return bool(await self._database.fetch(select(notices.c.seq).where(notices.c.key == key)))

    async def get(self, key: str) -> LedgerRow | None:
        rows = await self._database.fetch(select(notices).where(notices.c.key == key))
        return _ledger_row(rows[0]) if rows else None

    async def channels_due(self, limit: int) -> list[str]:
        """Channels that have something to send now, the most urgent first."""
        due = _claimable(notices.c.channel)
        statement = (
            due.group_by(notices.c.channel)
            .order_by(func.min(notices.c.priority), func.min(notices.c.wanted_at))
            .limit(limit)
        )
        return [row.channel for row in await self._database.fetch(statement)]

    async def claim(self, channel: str, owner: str, lease_seconds: float) -> Claim | None:
        """Claim the next notice of a channel: by priority, then by how long it has been wanted."""
        next_one = (
            _claimable(
                notices.c.seq,
                _parent.c.ts.label("parent_ts"),
                _parent.c.posted_channel.label("parent_channel"),
            )
            .where(notices.c.channel == channel)
            .order_by(notices.c.priority, notices.c.wanted_at, notices.c.seq)
            .limit(1)
            .with_for_update(of=notices, skip_locked=True)
            .cte("next_one")
        )
        take = (
            update(notices)
            .where(notices.c.seq == next_one.c.seq)
            .values(
                standing=_CLAIMED,
                claimed_by=owner,
                claimed_until=in_seconds(lease_seconds),
                claim_number=notices.c.claim_number + 1,
                attempts=notices.c.attempts + 1,
                first_tried_at=func.coalesce(notices.c.first_tried_at, now()),
                # A message that is in Slack is edited: to do that twice does no harm.
                unsure=and_(
                    notices.c.ts.is_(None), or_(notices.c.unsure, notices.c.standing.in_([_CLAIMED, _UNSURE]))
                ),
                thread_ts=next_one.c.parent_ts,
                posted_channel=func.coalesce(notices.c.posted_channel, next_one.c.parent_channel),
            )
            .returning(notices)
        )
        rows = await self._database.change(take)
        return _claim(rows[0]) if rows else None

    async def confirm(self, claim: Claim, owner: str, posted: Posted, now: datetime) -> bool:
        """Note that Slack shows what was claimed, and what that tells of its alert, in one transaction.

        A late confirmation counts as long as nobody else is sending. False, and nothing changes, otherwise.
        """
        as_wanted = notices.c.fingerprint == claim.notice.fingerprint
        done = (
            update(notices)
            .where(notices.c.key == claim.notice.key, or_(_held(claim, owner), _posted_but_unknown(claim)))
            .values(
                **_at_rest(),
                standing=case((as_wanted, _SENT), else_=_QUEUED),
                attempts=0,
                unsure=False,
                not_before=None,
                last_error="",
                posted_channel=posted.channel,
                ts=posted.ts,
                sent_at=now,
            )
        )
        async with self._database.transaction() as connection:
            if (await connection.execute(done)).rowcount != 1:
                return False
            if claim.notice.telling is not None:
                await tell_in(connection, claim.notice.telling)
        return True

    async def put_back(
        self, claim: Claim, owner: str, standing: Standing, wait_seconds: float, error_code: str
    ) -> bool:
        """Give a claim back: QUEUED (surely not done), UNSURE or PARKED; False when it was taken over."""
        maybe = {Standing.QUEUED: literal(False), Standing.UNSURE: notices.c.ts.is_(None)}
        unsure = maybe.get(standing, notices.c.unsure)
        # An unsure edit is simply redone, with newer content if there is any by then.
        resting = case((notices.c.ts.is_not(None), _QUEUED), else_=_UNSURE)
        statement = (
            update(notices)
            .where(notices.c.key == claim.notice.key, _held(claim, owner))
            .values(
                **_at_rest(),
                standing=resting if standing is Standing.UNSURE else standing.value,
                unsure=unsure,
                not_before=in_seconds(wait_seconds),
                last_error=error_code,
            )
        )
        return await self._database.count(statement) == 1

    async def message_lost(self, key: str, ts: str) -> bool:
        """Post anew what somebody deleted in Slack; False if `ts` is not where it was known to be."""
        statement = (
            update(notices)
            .where(notices.c.key == key, notices.c.ts == ts)
            .values(**_at_rest(), standing=_QUEUED, ts=None, unsure=False, attempts=0, not_before=None)
        )
        return await self._database.count(statement) == 1

    async def unpark(self, channel: str) -> int:
        """Try a channel again at once; how many notices were waiting."""
        return await self._database.count(
            update(notices)
            .where(notices.c.channel == channel, notices.c.standing == _PARKED)
            .values(standing=case((notices.c.unsure, _UNSURE), else_=_QUEUED), not_before=None)
        )

    async def backlog(self) -> Backlog:
        """What Slack has not been shown yet."""
        unsent = (
            select(
                notices.c.standing,
                func.count().label("number"),
                func.min(notices.c.wanted_at).label("oldest"),
            )
            .where(_unsent(notices))
            .group_by(notices.c.standing)
        )
        parked = (
            select(notices.c.channel, func.max(notices.c.last_error).label("why"))
            .where(_unsent(notices), notices.c.standing == _PARKED)
            .group_by(notices.c.channel)
            .order_by(notices.c.channel)
        )
        rows = await self._database.fetch(unsent)
        channels = await self._database.fetch(parked) if any(row.standing == _PARKED for row in rows) else ()
        return Backlog(
            {Standing(row.standing): row.number for row in rows},
            min((row.oldest for row in rows), default=None),
            {row.channel: row.why for row in channels},
        )

    async def prune(self, before: datetime) -> int:
        """Forget what Slack has shown unchanged since before a time, in small steps; how many.

        A message that a waiting reply belongs under stays.
        """
        reply = notices.alias("reply")
        awaited = select(reply.c.seq).where(reply.c.thread_of == notices.c.key, _unsent(reply)).exists()
        old = (
            select(notices.c.seq)
            .where(notices.c.sent_at < before, notices.c.standing == _SENT, ~awaited)
            .limit(_BATCH)
        )
        total = 0
        while True:
            gone = await self._database.count(delete(notices).where(notices.c.seq.in_(old)))
            total += gone
            if gone < _BATCH:
                return total


_parent = notices.alias("parent")
_earlier = notices.alias("earlier")


def _claimable(*columns: ColumnElement[Any]) -> Select[Any]:
    """Notices that may be sent now; a reply only when its thread is there and earlier replies are in it."""
    thread_is_there = and_(_parent.c.ts.is_not(None), _parent.c.standing != _PARKED)
    overtaken = (
        select(_earlier.c.seq)
        .where(
            _earlier.c.thread_of == notices.c.thread_of,
            _earlier.c.seq < notices.c.seq,
            _earlier.c.ts.is_(None),
            _earlier.c.standing.not_in([_SENT, _PARKED]),
        )
        .exists()
    )
    return (
        select(*columns)
        .select_from(notices.outerjoin(_parent, _parent.c.key == notices.c.thread_of))
        .where(
            _unsent(notices),
            case(
                (notices.c.standing == _CLAIMED, lease_over(notices.c.claimed_until)),
                else_=passed(notices.c.not_before, LONGEST_WAIT),
            ),
            or_(
                notices.c.thread_of.is_(None),
                notices.c.ts.is_not(None),
                and_(thread_is_there, ~overtaken),
            ),
        )
    )


def _unsent(table: FromClause) -> ColumnElement[bool]:
    """Spelled as the index is, so that the many that were sent long ago cost nothing."""
    return table.c.standing != literal(_SENT, literal_execute=True)


def _held(claim: Claim, owner: str) -> ColumnElement[bool]:
    """True while nobody took the claim over, even if its lease ran out."""
    return and_(
        notices.c.standing == _CLAIMED,
        notices.c.claimed_by == owner,
        notices.c.claim_number == claim.number,
    )


def _posted_but_unknown(claim: Claim) -> ColumnElement[bool]:
    """True if another one took the claim over and gave it back without posting: then this post is the one."""
    if claim.ts is not None:
        return ~true()
    return and_(
        notices.c.ts.is_(None),
        notices.c.claim_number > claim.number,
        notices.c.standing.in_([_QUEUED, _UNSURE, _PARKED]),
    )


def _replacing(new: postgresql.Insert) -> postgresql.Insert:
    """Replace the content of what nobody is sending; what was sent is sent again, as an edit in its place."""
    old, wanted = notices.c, new.excluded
    was_sent = old.standing == _SENT
    # The config may name another channel for what never reached a dead one.
    elsewhere = and_(old.ts.is_(None), old.channel != wanted.channel)
    leaves_dead_channel = and_(elsewhere, old.standing == _PARKED)
    at_rest = and_(old.standing.in_([_QUEUED, _SENT, _PARKED]), ~old.unsure)
    return new.on_conflict_do_update(
        index_elements=[old.key],
        set_={
            **{name: wanted[name] for name in _CONTENT},
            "channel": case((elsewhere, wanted.channel), else_=old.channel),
            "wanted_at": case((was_sent, wanted.wanted_at), else_=old.wanted_at),
            "standing": case((or_(was_sent, leaves_dead_channel), _QUEUED), else_=old.standing),
            "not_before": case((leaves_dead_channel, None), else_=old.not_before),
            "unsure": and_(old.unsure, ~leaves_dead_channel),
        },
        where=or_(
            and_(at_rest, or_(old.fingerprint != wanted.fingerprint, elsewhere)),
            leaves_dead_channel,
        ),
    )


def _at_rest() -> dict[str, Any]:
    return {"claimed_by": None, "claimed_until": None}


def _wanted(notice: Notice) -> dict[str, Any]:
    telling = notice.telling
    told = telling.told if telling else None
    return {
        "key": notice.key,
        "channel": notice.channel,
        "body": notice.body,
        "fingerprint": notice.fingerprint,
        "priority": notice.priority.value,
        "wanted_at": notice.wanted_at,
        "thread_of": notice.thread_of,
        "alert_id": telling.alert_id if telling else None,
        "told_reason": told.reason.value if told else None,
        "told_value": told.value if told else None,
        "told_at": told.at if told else None,
        "told_seq": told.seq if told else None,
        "told_reminders": told.reminders if told else None,
    }


def _notice(row: Row[Any]) -> Notice:
    told = told_of(row)
    return Notice(
        key=row.key,
        channel=row.channel,
        body=row.body,
        fingerprint=row.fingerprint,
        priority=Priority(row.priority),
        wanted_at=row.wanted_at,
        thread_of=row.thread_of,
        telling=Telling(row.alert_id, told) if told else None,
    )


def _claim(row: Row[Any]) -> Claim:
    return Claim(
        notice=_notice(row),
        attempts=row.attempts,
        unsure=row.unsure,
        posted_channel=row.posted_channel,
        ts=row.ts,
        thread_ts=row.thread_ts,
        first_tried_at=row.first_tried_at,
        number=row.claim_number,
    )


def _ledger_row(row: Row[Any]) -> LedgerRow:
    return LedgerRow(
        notice=_notice(row),
        standing=Standing(row.standing),
        attempts=row.attempts,
        unsure=row.unsure,
        posted=Posted(row.posted_channel, row.ts) if row.ts else None,
        last_error=row.last_error,
        sent_at=row.sent_at,
    )
