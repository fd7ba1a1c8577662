"""The statements of the outbox that find, count, move and delete notices, each in a single piece."""

from sqlalchemy import Text, and_, bindparam, case, delete, func, null, select, update

from bot.domain.notices import Standing
from bot.store.outbox_sql import NOWHERE, is_new, unsent
from bot.store.schema import notices

BATCH = 500

_SENT, _QUEUED = Standing.SENT.value, Standing.QUEUED.value
_UNSURE, _PARKED = Standing.UNSURE.value, Standing.PARKED.value

_it = notices.c
_reply = notices.alias("reply")

_prefix = bindparam("prefix", type_=Text())
_begins_so = func.substr(_it.key, 1, func.length(_prefix)) == _prefix
LATEST = select(notices).where(_begins_so).order_by(_it.seq.desc()).limit(1)

# Notices parked for an unusable channel go to the channel that the config names now.
READDRESS = (
    update(notices)
    .where(
        _begins_so,
        unsent(notices),
        _it.standing == _PARKED,
        _it.channel != bindparam("to_channel"),
    )
    .values(**NOWHERE, standing=_QUEUED, channel=bindparam("to_channel"))
)

# Whether a notice waits in this channel because the channel cannot be used.
PARKED_BEFORE = (
    select(_it.seq)
    .where(
        _it.channel == bindparam("of_channel"),
        unsent(notices),
        _it.last_error.in_(bindparam("codes", expanding=True)),
    )
    .limit(1)
)

UNPARK = (
    update(notices)
    .where(_it.channel == bindparam("of_channel"), unsent(notices), _it.standing == _PARKED)
    .values(standing=case((_it.unsure, _UNSURE), else_=_QUEUED), not_before=None)
)

STANDINGS = (
    select(_it.standing, func.count().label("number"), func.min(_it.wanted_at).label("oldest"))
    .where(unsent(notices))
    .group_by(_it.standing)
)

_known = case((is_new, null()), else_=_it.posted_channel).label("known")
PARKED_CHANNELS = (
    select(_it.channel, _known, func.max(_it.last_error).label("why"))
    .where(unsent(notices), _it.standing == _PARKED)
    .group_by(_it.channel, _known)
    .order_by(_it.channel)
)

_was_new = and_(_it.thread_of.is_(None), _it.ts.is_not(None))
NEWEST_IN = (
    select(_it.posted_channel)
    .where(_it.channel == bindparam("of_channel"), _was_new)
    .order_by(_it.seq.desc())
    .limit(1)
)

_awaited = select(_reply.c.seq).where(_reply.c.thread_of == _it.key, unsent(_reply)).exists()
# The newest message of each channel records the id that the channel's name had.
_tells_where = select(func.max(_it.seq)).where(_was_new).group_by(_it.channel)
_old = (
    select(_it.seq)
    .where(_it.sent_at < bindparam("before"), _it.standing == _SENT, ~_awaited, _it.seq.not_in(_tells_where))
    .limit(BATCH)
)
PRUNE = delete(notices).where(_it.seq.in_(_old))
