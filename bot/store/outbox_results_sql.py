"""The statements of the outbox that record what became of a claim, each in a single piece."""

from typing import Any

from sqlalchemy import Boolean, Update, and_, bindparam, case, false, or_, update

from bot.domain.notices import Standing
from bot.store.outbox_sql import NOWHERE
from bot.store.schema import notices
from bot.store.sql import in_seconds

_SENT, _QUEUED, _CLAIMED = Standing.SENT.value, Standing.QUEUED.value, Standing.CLAIMED.value
_UNSURE, _PARKED = Standing.UNSURE.value, Standing.PARKED.value
_NOBODY = {"claimed_by": None, "claimed_until": None}

_it = notices.c

# No other replica took the claim over, even if its lease ran out.
_held = and_(
    _it.standing == _CLAIMED,
    _it.claimed_by == bindparam("owner"),
    _it.claim_number == bindparam("number"),
)
# Another replica took it over and gave it back without posting: then the late post counts.
_posted_late = and_(
    bindparam("was_post", type_=Boolean()),
    _it.ts.is_(None),
    _it.claim_number > bindparam("number"),
    _it.standing.in_([_QUEUED, _UNSURE, _PARKED]),
)
CONFIRM = (
    update(notices)
    .where(_it.key == bindparam("of_key"), or_(_held, _posted_late))
    .values(
        **_NOBODY,
        standing=case((_it.fingerprint == bindparam("shown"), _SENT), else_=_QUEUED),
        attempts=0,
        unsure=False,
        not_before=None,
        last_error="",
        posted_channel=bindparam("in_channel"),
        ts=bindparam("as_ts"),
        sent_at=bindparam("now"),
    )
)


def _put_back(standing: Any, unsure: Any) -> Update:
    return (
        update(notices)
        .where(_it.key == bindparam("of_key"), _held)
        .values(
            **_NOBODY,
            standing=standing,
            unsure=unsure,
            not_before=in_seconds(bindparam("wait_seconds")),
            last_error=bindparam("error_code"),
            # The history is searched from the first try whose outcome is unknown.
            first_tried_at=case((unsure, _it.first_tried_at), else_=None),
        )
    )


PUT_BACK = {
    Standing.QUEUED: _put_back(_QUEUED, false()),
    # An unsure edit is done again, with newer content if there is any.
    Standing.UNSURE: _put_back(case((_it.ts.is_(None), _UNSURE), else_=_QUEUED), _it.ts.is_(None)),
    Standing.PARKED: _put_back(_PARKED, _it.unsure),
}

MESSAGE_LOST = (
    update(notices)
    .where(_it.key == bindparam("of_key"), _it.ts == bindparam("lost_ts"))
    .values(**_NOBODY, **NOWHERE, standing=_QUEUED, wanted_at=bindparam("now"))
)
