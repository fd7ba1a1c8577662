"""The statements of the outbox that put notices in and claim them for sending, each in a single piece."""

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Executable,
    FromClause,
    Select,
    Text,
    and_,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    true,
    update,
)

from bot.domain.notices import Priority, Standing
from bot.store.schema import fold_members, leases, notices
from bot.store.sql import LONGEST_WAIT, among_named, database_now, in_seconds, lease_over, passed

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

EDITS_WAITED_FOR = 3

_SENT, _QUEUED, _CLAIMED = Standing.SENT.value, Standing.QUEUED.value, Standing.CLAIMED.value
_UNSURE, _PARKED = Standing.UNSURE.value, Standing.PARKED.value
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
    "told_handovers",
    "tellings",
)
_GIVEN = ("key", "thread_of", "wanted_at", *_CONTENT)
# The values of a notice that was never tried.
NOWHERE = {
    "ts": None,
    "posted_channel": None,
    "unsure": False,
    "not_before": None,
    "first_tried_at": None,
    "attempts": 0,
    "last_error": "",
}

_it = notices.c
_root = notices.alias("root")
_parent = notices.alias("parent")
_earlier = notices.alias("earlier")
_reply = notices.alias("reply")
_reply_is_parked = (
    select(_reply.c.seq).where(_reply.c.thread_of == _it.key, _reply.c.standing == _PARKED).exists()
)
_lease_is_mine = (
    select(leases.c.name)
    .where(leases.c.name == bindparam("under"), leases.c.owner == bindparam("holder"))
    .exists()
)


_is_folded = (
    select(fold_members.c.alert_id)
    .where(fold_members.c.alert_id == bindparam("own_alert"), fold_members.c.left_at.is_(None))
    .exists()
)


def insert(new: "postgresql.Insert", *, under_lease: bool = False) -> "postgresql.Insert":
    """Insert a notice; a reply goes to its root's channel, even if the config has changed.

    With `under_lease`, a holder that has lost the lease inserts nothing, and nobody the own message of an
    alert that a fold tells of.
    """
    of_root = select(_root.c.channel).where(_root.c.key == bindparam("of_root")).scalar_subquery()
    channel = func.coalesce(of_root, bindparam("to_channel", type_=Text()))
    given = [bindparam(name, type_=_it[name].type) for name in _GIVEN]
    condition = and_(_lease_is_mine, ~_is_folded) if under_lease else true()
    return new.from_select(["channel", *_GIVEN], select(channel, *given).where(condition))


def add(new: "postgresql.Insert") -> Executable:
    """Insert unless the key is known."""
    return new.on_conflict_do_nothing().returning(_it.seq)


def put(new: "postgresql.Insert", *, under_lease: bool = False) -> Executable:
    """Insert, or replace the content of a notice at rest; a sent notice is sent again, as an edit.

    With `under_lease`, a holder that has lost the lease replaces nothing: newer content may be there.
    """
    wanted = new.excluded
    was_sent = _it.standing == _SENT
    at_rest = and_(_it.standing.in_([_QUEUED, _SENT, _PARKED]), ~_it.unsure)
    # The config may name another channel by now: an unsent notice moves there, and if the old channel is
    # unusable, a new message in the new channel replaces the message in the old.
    elsewhere = _it.channel != wanted.channel
    saved = and_(elsewhere, or_(_it.standing == _PARKED, and_(at_rest, _reply_is_parked)))
    moved = and_(elsewhere, at_rest, _it.ts.is_(None))
    # The caller read the alert before a notice was confirmed that tells the same.
    stale = and_(
        was_sent,
        wanted.told_seq.is_not(None),
        _it.told_seq.is_not(None),
        _it.told_seq >= wanted.told_seq,
    )
    return new.on_conflict_do_update(
        index_elements=[_it.key],
        set_={
            **{name: wanted[name] for name in _CONTENT},
            "channel": case((or_(moved, saved), wanted.channel), else_=_it.channel),
            "wanted_at": case((was_sent, wanted.wanted_at), else_=_it.wanted_at),
            "standing": case((or_(was_sent, saved), _QUEUED), else_=_it.standing),
            **{name: case((saved, value), else_=_it[name]) for name, value in NOWHERE.items()},
        },
        where=and_(
            _lease_is_mine if under_lease else true(),
            ~stale,
            or_(saved, moved, and_(at_rest, _it.fingerprint != wanted.fingerprint)),
        ),
    ).returning(_it.seq, _it.ts)


# `put` moves a notice with equal content, too: if it is parked or not posted yet, or a reply is parked.
_may_move = or_(_it.standing == _PARKED, _it.ts.is_(None), _reply_is_parked).label("may_move")
HOLDS = select(_it.key, _it.channel, _it.fingerprint, _may_move).where(among_named(_it.key, "keys"))

# A waiting reply has its root edited first, changed or not: the edit shows whether the root was deleted.
ROUSE = (
    update(notices)
    .where(_it.key == bindparam("of_root"), _it.standing == _SENT)
    .values(standing=_QUEUED, wanted_at=bindparam("wanted_at"))
)


def unsent(table: FromClause) -> ColumnElement[bool]:
    """The condition of the partial index, word for word, so that sent notices cost nothing."""
    return table.c.standing != literal(_SENT, Text(), literal_execute=True)


_posts, _edits = bindparam("posts", type_=Boolean()), bindparam("edits", type_=Boolean())


def _claimable(*columns: ColumnElement[Any]) -> Select[Any]:
    """Notices that may be sent now; a reply only after its root was edited and earlier replies were sent.

    A root edit that failed EDITS_WAITED_FOR times, or one that may not be sent, holds up no reply.
    """
    given_up = or_(_parent.c.attempts >= EDITS_WAITED_FOR, ~_edits)
    edited = or_(_parent.c.standing == _SENT, and_(_parent.c.standing == _QUEUED, given_up))
    thread_is_there = and_(_parent.c.ts.is_not(None), edited)
    earlier_reply_waits = (
        select(_earlier.c.seq)
        .where(
            _earlier.c.thread_of == _it.thread_of,
            _earlier.c.seq < _it.seq,
            _earlier.c.ts.is_(None),
            _earlier.c.standing != _SENT,
        )
        .exists()
    )
    free = case(
        (_it.standing == _CLAIMED, lease_over(_it.claimed_until)), else_=passed(_it.not_before, LONGEST_WAIT)
    )
    in_order = or_(_it.thread_of.is_(None), _it.ts.is_not(None), and_(thread_is_there, ~earlier_reply_waits))
    return (
        select(*columns)
        .select_from(notices.outerjoin(_parent, _parent.c.key == _it.thread_of))
        .where(unsent(notices), free, in_order, case((_it.ts.is_(None), _posts), else_=_edits))
    )


_critical_reply_waits = (
    select(_reply.c.seq)
    .where(
        _reply.c.thread_of == _it.key,
        _reply.c.ts.is_(None),
        unsent(_reply),
        _reply.c.priority == Priority.CRITICAL.value,
    )
    .exists()
)
# New alerts first. Follow-ups, edits and digests share a rank and go in order of time: a storm of edits
# starves nothing. An edit that a critical reply waits for is as urgent as the reply.
_rank = case(
    (and_(_it.ts.is_not(None), _critical_reply_waits), Priority.CRITICAL.value),
    (or_(_it.ts.is_not(None), _it.priority > Priority.FOLLOW_UP), Priority.FOLLOW_UP.value),
    else_=_it.priority,
)

# To post a new message Slack must know the channel's name; edits and replies go to a known id.
is_new = and_(_it.ts.is_(None), _it.thread_of.is_(None))
CHANNELS_DUE = (
    _claimable(_it.channel)
    .where(
        case(
            (is_new, _it.channel.not_in(bindparam("without_new", expanding=True))),
            else_=_it.channel.not_in(bindparam("without_known", expanding=True)),
        )
    )
    .group_by(_it.channel)
    .order_by(func.min(_rank), func.min(_it.wanted_at))
    .limit(bindparam("at_most"))
)
# An edit or reply goes to the channel of its message, whatever channel the name stands for now: one that was
# refused there has no turn before those that may go to another channel.
_parked_elsewhere = case((and_(~is_new, _it.standing == _PARKED), 1), else_=0)
_next = (
    _claimable(_it.seq, _parent.c.ts.label("parent_ts"), _parent.c.posted_channel.label("parent_channel"))
    .where(
        _it.channel == bindparam("from_channel"),
        case((is_new, bindparam("new", type_=Boolean())), else_=bindparam("known", type_=Boolean())),
    )
    .order_by(_parked_elsewhere, _rank, _it.wanted_at, _it.seq)
    .limit(1)
    .with_for_update(of=notices, skip_locked=True)
    .cte("next_one")
)
CLAIM = (
    update(notices)
    .where(_it.seq == _next.c.seq)
    .values(
        standing=_CLAIMED,
        claimed_by=bindparam("owner"),
        claimed_until=in_seconds(bindparam("lease_seconds")),
        claim_number=_it.claim_number + 1,
        attempts=_it.attempts + 1,
        first_tried_at=func.coalesce(_it.first_tried_at, database_now()),
        # A message that is in Slack is edited: a second edit does no harm.
        unsure=and_(_it.ts.is_(None), or_(_it.unsure, _it.standing.in_([_CLAIMED, _UNSURE]))),
        thread_ts=_next.c.parent_ts,
        # A reply that is not posted yet goes where its root is now, not where an earlier try went.
        posted_channel=case(
            (_it.ts.is_(None), func.coalesce(_next.c.parent_channel, _it.posted_channel)),
            else_=_it.posted_channel,
        ),
    )
    .returning(notices)
)
