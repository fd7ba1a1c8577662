"""The statements of claimed reads: take what is due, keep or give back what is held."""

from sqlalchemy import ColumnElement, Executable, and_, bindparam, case, not_, or_, select, update

from bot.domain.model import Day
from bot.store.schema import Utc, reads
from bot.store.sql import among_named, in_seconds, lease_over

# True of the claimed row until another replica takes it over, even if the lease ran out.
_held = and_(
    reads.c.workspace_key == bindparam("of_workspace"),
    reads.c.day == bindparam("of_day"),
    reads.c.claimed_by == bindparam("owner"),
    reads.c.claim_number == bindparam("number"),
)
HELD = (
    select(reads.c.workspace_key, reads.c.day, reads.c.claim_number)
    .where(among_named(reads.c.workspace_key, "keys"), reads.c.claimed_by == bindparam("owner"))
    .order_by(reads.c.workspace_key, reads.c.day)
    .with_for_update()
)
# Due again at the reader's `next_due_at`, unless the row was made due during the reading.
_next_due = case(
    (reads.c.due_at == bindparam("was_due_at"), bindparam("next_due_at", type_=Utc())), else_=reads.c.due_at
)
GIVE_BACK = update(reads).where(_held).values(claimed_by=None, claimed_until=None)
FINISH = GIVE_BACK.values(due_at=_next_due)


def _take(turn: ColumnElement[bool]) -> Executable:
    """Claim the rows that have been due longest: the index has them in this order."""
    due = and_(
        reads.c.due_at <= bindparam("now", type_=Utc()),
        turn,
        or_(lease_over(reads.c.claimed_until), among_named(reads.c.claimed_by, "dead")),
        reads.c.project == bindparam("of_project"),
        not_(among_named(reads.c.workspace_key, "but")),
    )
    some = (
        select(reads.c.workspace_key, reads.c.day)
        .where(due)
        .order_by(reads.c.due_at)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    return (
        update(reads)
        .where(reads.c.workspace_key == some.c.workspace_key, reads.c.day == some.c.day)
        .values(
            claimed_by=bindparam("owner"),
            claimed_until=in_seconds(bindparam("seconds")),
            claim_number=reads.c.claim_number + 1,
        )
        .returning(reads)
    )


_first = or_(reads.c.day == Day.TODAY.value, reads.c.due_at <= bindparam("overdue_at", type_=Utc()))
TAKE_FIRST, TAKE_REST = _take(_first), _take(not_(_first))
