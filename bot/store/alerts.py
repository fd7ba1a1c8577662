"""Alerts: a reading writes what is true, a confirmed notice what was told, a person what was said.

Each of the three has its own columns, so no writer can undo another's work.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import Executable, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.acts import Act
from bot.domain.alerts import NO_LONGER_TOLD_FOR, Alert, Change, State
from bot.domain.named_jobs import NamedJobs
from bot.domain.notices import Telling
from bot.domain.references import date_of, reference
from bot.store import alerts_sql
from bot.store.acts import add_in
from bot.store.alert_rows import alert_of, jobs_text, told_values, truth_values
from bot.store.database import Abandon, Database, Values
from bot.store.schema import alerts
from bot.store.shield import shielded
from bot.store.sql import among, listing


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
        for row in await self._database.fetch(alerts_sql.NEWEST, wanted):
            found[row.subject, row.business_date][row.rule] = alert_of(row)
        return found

    async def attention(self, since: date) -> list[Alert]:
        """Every alert Slack may still have to hear of, and all that fired on `since` or a later date.

        They include the alerts that DLF no longer tells and that a person may mark done.
        """
        lately = {"since_date": since, "no_longer_told_since": _shown_since(since)}
        return [alert_of(row) for row in await self._database.fetch(alerts_sql.ATTENTION, lately)]

    async def unsettled(
        self, since: date, *, subjects: Iterable[str] = (), ids: Iterable[str] = ()
    ) -> list[Alert]:
        """Those of `attention` that are not settled, or are of these subjects, or have these ids."""
        wanted = {"since_date": since, "no_longer_told_since": _shown_since(since)}
        named = {"subjects": listing(subjects), "ids": listing(ids)}
        return [
            alert_of(row) for row in await self._database.fetch(alerts_sql.UNSETTLED, {**wanted, **named})
        ]

    async def of_date(self, keys: Sequence[str], business_date: date) -> list[Alert]:
        """The alerts of these subjects that fired on a business date."""
        statement = (
            select(alerts)
            .where(
                alerts.c.business_date == business_date,
                alerts.c.fired_at.is_not(None),
                among(alerts.c.subject, keys),
            )
            .order_by(alerts.c.fired_at, alerts.c.id)
        )
        return [alert_of(row) for row in await self._database.fetch(statement)]

    async def firing(self) -> list[Alert]:
        """The alerts that fire now, the longest first."""
        return [alert_of(row) for row in await self._database.fetch(alerts_sql.FIRING)]

    async def tally(self) -> dict[tuple[str, State], int]:
        """The numbers of pending and of firing alerts, by rule and state."""
        rows = await self._database.fetch(alerts_sql.TALLY)
        return {(row.rule, State(row.state)): row.number for row in rows}

    async def no_longer_told(self, since: datetime) -> list[Alert]:
        """The alerts not done that still fired when DLF stopped telling their date, `since` or later."""
        rows = await self._database.fetch(alerts_sql.NO_LONGER_TOLD, {"no_longer_told_since": since})
        return [alert_of(row) for row in rows]

    async def get(self, alert_id: str) -> Alert | None:
        rows = await self._database.fetch(alerts_sql.GET, {"of_id": alert_id})
        return alert_of(rows[0]) if rows else None

    async def among(self, ids: Iterable[str]) -> list[Alert]:
        """The alerts with these ids, as far as they are known."""
        statement = select(alerts).where(among(alerts.c.id, ids))
        return [alert_of(row) for row in await self._database.fetch(statement)]

    async def find(self, given: str) -> Alert | None:
        """Find the alert that a reference from Slack stands for."""
        on = date_of(given)
        if on is None:
            return await self.get(given)
        rows = await self._database.fetch(alerts_sql.LONG, {"on_date": on})
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
        return await self._write(alerts_sql.TAKE, {**said, **_handed(by, at, None)}, act)

    @shielded
    async def acknowledge_each(self, acts: Iterable[Act], by: str, at: datetime) -> int:
        """Note that a person took the alert of each act, if nobody has it, and keep those acts; how many."""
        taken = 0
        async with self._database.transaction() as connection:
            for act in sorted(acts, key=lambda one: one.alert_id or ""):
                said = {"of_id": act.alert_id, "acknowledged_by": by, "acknowledged_at": at, "first": 0}
                written = await connection.execute(alerts_sql.TAKE, {**said, **_handed(by, at, None)})
                if written.rowcount == 1:
                    await add_in(connection, act)
                    taken += 1
        return taken

    async def give_back(
        self, alert_id: str, expected: str, by: str, at: datetime, act: Act | None = None
    ) -> bool:
        """Take the alert from `expected`; False, and nothing changes, if it is over or not held by them."""
        said = {"of_id": alert_id, "expected": expected, "first": 1}
        none = {"acknowledged_by": None, "acknowledged_at": None}
        return await self._write(alerts_sql.HAND_OVER, {**said, **none, **_handed(by, at, expected)}, act)

    async def take_over(
        self, alert_id: str, expected: str, by: str, at: datetime, act: Act | None = None
    ) -> bool:
        """Move the alert from `expected` to `by`; False, and nothing changes, as with `give_back`."""
        said = {"of_id": alert_id, "expected": expected, "first": 1}
        mine = {"acknowledged_by": by, "acknowledged_at": at}
        return await self._write(alerts_sql.HAND_OVER, {**said, **mine, **_handed(by, at, expected)}, act)

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
        return await self._write(alerts_sql.DONE, {"of_id": alert_id, "done_by": by, "done_at": at}, act)

    async def name_jobs(self, alert_id: str, named: NamedJobs) -> None:
        """Keep the jobs behind a firing alert; for an alert that is over nothing changes."""
        await self._database.change(alerts_sql.NAME_JOBS, {"of_id": alert_id, "jobs": jobs_text(named)})

    async def prune(self, before: date) -> int:
        """Forget settled alerts of business dates before `before`, in small steps; how many."""
        old = {"before": before, "no_longer_told_since": _shown_since(before)}
        return await self._database.in_steps(alerts_sql.PRUNE, old, alerts_sql.BATCH)


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
        await connection.execute(alerts_sql.TELL, written)


async def _move(connection: AsyncConnection, before: Alert, after: Alert) -> bool:
    version = {"of_id": before.id, "was_read_at": before.read_at, "was": before.state.value}
    moved = await connection.execute(
        alerts_sql.MOVE, {**version, **truth_values(after), "is_owed": after.must_notify}
    )
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
        row = (await connection.execute(alerts_sql.GET, {"of_id": given})).first()
        if row is None or (row.rule, row.subject) == (key.rule, key.subject):
            return False
        given += "+"  # a renamed alert still has this id
    return True
