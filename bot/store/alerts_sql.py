"""The SQL of alerts. Each search uses an index of its own."""

from sqlalchemy import Boolean, Integer, bindparam, delete, func, or_, select, update

from bot.domain.alerts import State
from bot.domain.references import LONGEST_ID
from bot.store.schema import Utc, alerts
from bot.store.sql import among_named

BATCH = 500

_it = alerts.c

NEWEST = (
    select(alerts)
    .where(among_named(_it.subject, "subjects"), _it.business_date.in_(bindparam("on_dates", expanding=True)))
    .order_by(_it.episode)
)
# Three searches, each with its own index: a single search would read the whole table.
_RECENT = select(_it.id).where(_it.business_date >= bindparam("since_date"), _it.fired_at.is_not(None))
_since = bindparam("no_longer_told_since", type_=Utc())
_UNKNOWN = select(_it.id).where(_it.no_longer_told, _it.over_at >= _since)
_UNSETTLED = select(_it.id).where(_it.unsettled)
# Four searches, again each with its own index.
_SUBJECTS = _RECENT.where(among_named(_it.subject, "subjects"))
_NAMED = select(_it.id).where(among_named(_it.id, "ids"))
ATTENTION = select(alerts).where(_it.id.in_(_UNSETTLED.union(_RECENT, _UNKNOWN))).order_by(_it.since, _it.id)
UNSETTLED = (
    select(alerts)
    .where(_it.id.in_(_UNSETTLED.union(_UNKNOWN, _SUBJECTS, _NAMED)))
    .order_by(_it.since, _it.id)
)
FIRING = select(alerts).where(_it.unsettled, _it.state == State.FIRING.value).order_by(_it.fired_at, _it.id)
TALLY = (
    select(_it.rule, _it.state, func.count().label("number"))
    .where(_it.unsettled, _it.state != State.OVER.value)
    .group_by(_it.rule, _it.state)
)
NO_LONGER_TOLD = (
    select(alerts)
    .where(_it.no_longer_told, _it.over_at >= _since, _it.done_by.is_(None))
    .order_by(_it.business_date, _it.id)
)
GET = select(alerts).where(_it.id == bindparam("of_id"))
LONG = select(alerts).where(_it.business_date == bindparam("on_date"), func.length(_it.id) > LONGEST_ID)
# `read_at` and `state` are the version: every change of what is true changes at least one of the two. The
# columns not named here come with the values.
MOVE = (
    update(alerts)
    .where(
        _it.id == bindparam("of_id"), _it.read_at == bindparam("was_read_at"), _it.state == bindparam("was")
    )
    .values(owed=or_(_it.owed, bindparam("is_owed", type_=Boolean())))
)
TELL = update(alerts).where(
    _it.id == bindparam("of_id"), or_(_it.told_seq.is_(None), _it.told_seq < bindparam("told_after"))
)
# The first take sets 0; every later change of hands adds 1.
_HAND = {"handovers": func.coalesce(_it.handovers + 1, bindparam("first", type_=Integer()))}
TAKE = update(alerts).where(_it.id == bindparam("of_id"), _it.acknowledged_by.is_(None)).values(_HAND)
HAND_OVER = (
    update(alerts)
    .where(
        _it.id == bindparam("of_id"),
        _it.acknowledged_by == bindparam("expected"),
        _it.state != State.OVER.value,
    )
    .values(_HAND)
)
NAME_JOBS = update(alerts).where(_it.id == bindparam("of_id"), _it.state == State.FIRING.value)
DONE = update(alerts).where(_it.id == bindparam("of_id"), _it.no_longer_told, _it.done_by.is_(None))
_shown_no_more = or_(_it.no_longer_told.is_(None), _it.over_at < _since)
_SETTLED = (
    select(_it.id).where(_it.business_date < bindparam("before"), ~_it.unsettled, _shown_no_more).limit(BATCH)
)
PRUNE = delete(alerts).where(_it.id.in_(_SETTLED))
