"""Alerts: a reading writes what is true, a confirmed notice what was told, a person what was said.

Each of the three has its own columns, so no writer can undo another's work.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import Boolean, Executable, Integer, bindparam, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.acts import Act
from bot.domain.alerts import NO_LONGER_TOLD_FOR, Alert, Change, State
from bot.domain.named_jobs import NamedJobs
from bot.domain.notices import Telling
from bot.domain.references import LONGEST_ID, date_of, reference
from bot.store.acts import add_in
from bot.store.alert_rows import alert_of, jobs_text, told_values, truth_values
from bot.store.database import Abandon, Database, Values
from bot.store.schema import Utc, alerts
from bot.store.shield import shielded
from bot.store.sql import among, among_named, listing

_BATCH = 500
_it = alerts.c

_NEWEST = (
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
_TALLY = (
    select(_it.rule, _it.state, func.count().label("number"))
    .where(_it.unsettled, _it.state != State.OVER.value)
    .group_by(_it.rule, _it.state)
)
NO_LONGER_TOLD = (
    select(alerts)
    .where(_it.no_longer_told, _it.over_at >= _since, _it.done_by.is_(None))
    .order_by(_it.business_date, _it.id)
)
_GET = select(alerts).where(_it.id == bindparam("of_id"))
_LONG = select(alerts).where(_it.business_date == bindparam("on_date"), func.length(_it.id) > LONGEST_ID)

# `read_at` and `state` are the version: every change of what is true changes at least one of the two. The
# columns not named here come with the values.
_MOVE = (
    update(alerts)
    .where(
        _it.id == bindparam("of_id"), _it.read_at == bindparam("was_read_at"), _it.state == bindparam("was")
    )
    .values(owed=or_(_it.owed, bindparam("is_owed", type_=Boolean())))
)
_TELL = update(alerts).where(
    _it.id == bindparam("of_id"), or_(_it.told_seq.is_(None), _it.told_seq < bindparam("told_after"))
)
# The first take sets 0; every later change of hands adds 1.
_HAND = {"handovers": func.coalesce(_it.handovers + 1, bindparam("first", type_=Integer()))}
_TAKE = update(alerts).where(_it.id == bindparam("of_id"), _it.acknowledged_by.is_(None)).values(_HAND)
_HAND_OVER = (
    update(alerts)
    .where(
        _it.id == bindparam("of_id"),
        _it.acknowledged_by == bindparam("expected"),
        _it.state != State.OVER.value,
    )
    .values(_HAND)
)
_NAME_JOBS = update(alerts).where(_it.id == bindparam("of_id"), _it.state == State.FIRING.value)
_DONE = update(alerts).where(_it.id == bindparam("of_id"), _it.no_longer_told, _it.done_by.is_(None))

_shown_no_more = or_(_it.no_longer_told.is_(None), _it.over_at < _since)
_SETTLED = (
    select(_it.id)
    .where(_it.business_date < bindparam("before"), ~_it.unsettled, _shown_no_more)
    .limit(_BATCH)
)
_PRUNE = delete(alerts).where(_it.id.in_(_SETTLED))


class Alerts:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(self, subject: str, business_date: date) -> dict[str, Alert]:
        """The newest episode of each rule in `subject` on `business_date`, by rule."""
        found = await self.newest_of([subject], {business_date})
        return found.get((subject, business_date), {})

    async def newest_of(
        self, subjects: Iterable[str], business_dates: Collection[date]
    ) -> dict[tuple[str, date], dict[str, Alert]]:
        """The same for each of these subjects and dates that has alerts."""
        found = defaultdict[tuple[str, date], dict[str, Alert]](dict)
        wanted = {"subjects": listing(subjects), "on_dates": list(business_dates)}
        for row in await self._database.fetch(_NEWEST, wanted):
            found[row.subject, row.business_date][row.rule] = alert_of(row)
        return found

    async def attention(self, since: date) -> list[Alert]:
        """Every alert Slack may still have to hear of, and all that fired on `since` or a later date.

        They include the alerts that DLF no longer tells and that a person may mark done.
        """
        lately = {"since_date": since, "no_longer_told_since": _shown_since(since)}
        return [alert_of(row) for row in await self._database.fetch(ATTENTION, lately)]

    async def unsettled(
        self, since: date, *, subjects: Iterable[str] = (), ids: Iterable[str] = ()
    ) -> list[Alert]:
        """Those of `attention` that are not settled, or are of these subjects, or have these ids."""
        wanted = {"since_date": since, "no_longer_told_since": _shown_since(since)}
        named = {"subjects": listing(subjects), "ids": listing(ids)}
        return [alert_of(row) for row in await self._database.fetch(UNSETTLED, {**wanted, **named})]

    async def of_date(self, keys: Sequence[str], business_date: date) -> list[Alert]:
        """The alerts of these subjects that fired on a business date."""
        statement = (
            select(alerts)
            .where(
                _it.business_date == business_date,
                _it.fired_at.is_not(None),
                among(_it.subject, keys),
            )
            .order_by(_it.fired_at, _it.id)
        )
        return [alert_of(row) for row in await self._database.fetch(statement)]

    async def firing(self) -> list[Alert]:
        """The alerts that fire now, the longest first."""
        return [alert_of(row) for row in await self._database.fetch(FIRING)]

    async def tally(self) -> dict[tuple[str, State], int]:
        """The numbers of pending and of firing alerts, by rule and state."""
        rows = await self._database.fetch(_TALLY)
        return {(row.rule, State(row.state)): row.number for row in rows}

    async def no_longer_told(self, since: datetime) -> list[Alert]:
        """The alerts not done that still fired when DLF stopped telling their date, `since` or later."""
        rows = await self._database.fetch(NO_LONGER_TOLD, {"no_longer_told_since": since})
        return [alert_of(row) for row in rows]

    async def get(self, alert_id: str) -> Alert | None:
        rows = await self._database.fetch(_GET, {"of_id": alert_id})
        return alert_of(rows[0]) if rows else None

    async def among(self, ids: Iterable[str]) -> list[Alert]:
        """The alerts with these ids, as far as they are known."""
        statement = select(alerts).where(among(_it.id, ids))
        return [alert_of(row) for row in await self._database.fetch(statement)]

    async def find(self, given: str) -> Alert | None:
        """Find the alert that a reference from Slack stands for."""
        on = date_of(given)
        if on is None:
            return await self.get(given)
        rows = await self._database.fetch(_LONG, {"on_date": on})
        return next((alert_of(row) for row in rows if reference(row.id, on) == given), None)

    @shielded
    async def save(self, changed: Iterable[Change]) -> bool:
        """Write what is true of these alerts; False, and nothing written, if any was changed meanwhile."""
        try:
            async with self._database.transaction() as connection:
                await save_in(connection, self._database, changed)
        except Abandon:
            return False
        return True

    async def acknowledge(self, alert_id: str, by: str, at: datetime, act: Act | None = None) -> bool:
        """Note that a person took the alert; False if it is taken already or does not exist."""
        said = {"of_id": alert_id, "acknowledged_by": by, "acknowledged_at": at, "first": 0}
        return await self._write(_TAKE, {**said, **_handed(by, at, None)}, act)

    @shielded
    async def acknowledge_each(self, acts: Iterable[Act], by: str, at: datetime) -> int:
        """Note that a person took the alert of each act, if nobody has it, and keep those acts; how many."""
        taken = 0
        async with self._database.transaction() as connection:
            for act in sorted(acts, key=lambda one: one.alert_id or ""):
                said = {"of_id": act.alert_id, "acknowledged_by": by, "acknowledged_at": at, "first": 0}
                if (await connection.execute(_TAKE, {**said, **_handed(by, at, None)})).rowcount == 1:
                    await add_in(connection, act)
                    taken += 1
        return taken

    async def give_back(
        self, alert_id: str, expected: str, by: str, at: datetime, act: Act | None = None
    ) -> bool:
        """Take the alert from `expected`; False, and nothing changes, if it is over or not held by them."""
        said = {"of_id": alert_id, "expected": expected, "first": 1}
        none = {"acknowledged_by": None, "acknowledged_at": None}
        return await self._write(_HAND_OVER, {**said, **none, **_handed(by, at, expected)}, act)

    async def take_over(
        self, alert_id: str, expected: str, by: str, at: datetime, act: Act | None = None
    ) -> bool:
        """Move the alert from `expected` to `by`; False, and nothing changes, as with `give_back`."""
        said = {"of_id": alert_id, "expected": expected, "first": 1}
        mine = {"acknowledged_by": by, "acknowledged_at": at}
        return await self._write(_HAND_OVER, {**said, **mine, **_handed(by, at, expected)}, act)

    @shielded
    async def _write(self, statement: Executable, values: Values, act: Act | None) -> bool:
        """Write what a person said of the alert, and the act, in the same transaction."""
        async with self._database.transaction() as connection:
            if (await connection.execute(statement, values)).rowcount != 1:
                return False
            if act is not None:
                await add_in(connection, act)
        return True

    async def mark_done(self, alert_id: str, by: str, at: datetime, act: Act | None = None) -> bool:
        """Note that a person dealt with an alert DLF no longer tells; False if it was marked done before."""
        return await self._write(_DONE, {"of_id": alert_id, "done_by": by, "done_at": at}, act)

    async def name_jobs(self, alert_id: str, named: NamedJobs) -> None:
        """Keep the jobs behind a firing alert; for an alert that is over nothing changes."""
        await self._database.change(_NAME_JOBS, {"of_id": alert_id, "jobs": jobs_text(named)})

    async def prune(self, before: date) -> int:
        """Forget settled alerts of business dates before `before`, in small steps; how many."""
        old = {"before": before, "no_longer_told_since": _shown_since(before)}
        return await self._database.in_steps(_PRUNE, old, _BATCH)


def _shown_since(day: date) -> datetime:
    """The earliest time at which DLF may have stopped telling an alert still shown on `day`."""
    return datetime.combine(day, time(), UTC) - NO_LONGER_TOLD_FOR


def _handed(by: str, at: datetime, before: str | None) -> dict[str, Any]:
    return {"handed_by": by, "handed_at": at, "handed_from": before}


async def save_in(connection: AsyncConnection, database: Database, changed: Iterable[Change]) -> None:
    """Write what is true within a transaction; raises Abandon if an alert was changed since it was read."""
    # Always in the same order, so that two transactions cannot deadlock.
    moved = (change for change in changed if change.after != change.before)
    for change in sorted(moved, key=lambda change: change.after.id):
        if change.before is not None and change.before.id == change.after.id:
            done = await _move(connection, change.before, change.after)
        else:
            done = await _add(connection, database, change.after)
        if not done:
            raise Abandon


async def tell_in(connection: AsyncConnection, tellings: Iterable[Telling]) -> None:
    """Write what Slack heard within a transaction, of each alert of which it heard nothing newer since."""
    written = [
        {"of_id": one.alert_id, "told_after": one.told.seq, **told_values(one.told)}
        for one in sorted(tellings, key=lambda telling: telling.alert_id)
    ]
    if written:
        await connection.execute(_TELL, written)


async def _move(connection: AsyncConnection, before: Alert, after: Alert) -> bool:
    version = {"of_id": before.id, "was_read_at": before.read_at, "was": before.state.value}
    moved = await connection.execute(_MOVE, {**version, **truth_values(after), "is_owed": after.must_notify})
    return moved.rowcount == 1


async def _add(connection: AsyncConnection, database: Database, alert: Alert) -> bool:
    key = alert.key
    statement = database.insert(alerts).on_conflict_do_nothing()
    given = alert.id
    values = {
        "rule": key.rule,
        "subject": key.subject,
        "episode": alert.episode,
        "owed": alert.must_notify,
        **truth_values(alert),
    }
    while not (await connection.execute(statement, {"id": given, **values})).rowcount:
        row = (await connection.execute(_GET, {"of_id": given})).first()
        if row is None or (row.rule, row.subject) == (key.rule, key.subject):
            return False
        given += "+"  # a renamed alert still has this id
    return True
