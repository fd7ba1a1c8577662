"""Alerts: readings write what is true, confirmed notices what was told, people what they said.

Each of the three has its own columns and its own writer, so that none can undo another's.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, delete, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.alerts import Acknowledgement, Alert, AlertKey, Ending, Reason, State, Told
from bot.domain.notices import Telling
from bot.store.database import Abandon, Database
from bot.store.expressions import among
from bot.store.records import Change
from bot.store.schema import alerts

_BATCH = 2000


class Alerts:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(self, subject: str, business_date: date) -> dict[str, Alert]:
        """The newest episode of each rule in `subject` on `business_date`, by rule."""
        statement = (
            select(alerts)
            .where(alerts.c.subject == subject, alerts.c.business_date == business_date)
            .order_by(alerts.c.episode)
        )
        return {row.rule: _alert(row) for row in await self._database.fetch(statement)}

    async def attention(self, since: date) -> list[Alert]:
        """Every alert Slack may still have to hear of, and all that fired on `since` or a later date."""
        # Two quick searches: either has its index, both in one would read every alert there ever was.
        unsettled = select(alerts.c.id).where(alerts.c.unsettled)
        recent = select(alerts.c.id).where(alerts.c.business_date >= since, alerts.c.fired_at.is_not(None))
        statement = select(alerts).where(alerts.c.id.in_(unsettled.union(recent))).order_by(alerts.c.since)
        return [_alert(row) for row in await self._database.fetch(statement)]

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
        return [_alert(row) for row in await self._database.fetch(statement)]

    async def firing(self) -> list[Alert]:
        """What is firing now, the longest first."""
        statement = (
            select(alerts)
            .where(alerts.c.unsettled, alerts.c.state == State.FIRING.value)
            .order_by(alerts.c.fired_at, alerts.c.id)
        )
        return [_alert(row) for row in await self._database.fetch(statement)]

    async def get(self, alert_id: str) -> Alert | None:
        rows = await self._database.fetch(select(alerts).where(alerts.c.id == alert_id))
        return _alert(rows[0]) if rows else None

    async def save(self, changed: Iterable[Change]) -> bool:
        """Write what is true of these alerts; False, and nothing written, if one was changed meanwhile."""
        try:
            async with self._database.transaction() as connection:
                await save_in(connection, self._database, changed)
        except Abandon:
            return False
        return True

    async def acknowledge(self, alert_id: str, by: str, at: datetime) -> bool:
        """Note that a person says "mine"; False if somebody did before."""
        return (
            await self._database.count(
                update(alerts)
                .where(alerts.c.id == alert_id, alerts.c.acknowledged_by.is_(None))
                .values(acknowledged_by=by, acknowledged_at=at)
            )
            == 1
        )

    async def prune(self, before: date) -> int:
        """Forget settled alerts of business dates before `before`, in small steps; how many."""
        old = select(alerts.c.id).where(alerts.c.business_date < before, ~alerts.c.unsettled).limit(_BATCH)
        total = 0
        while True:
            gone = await self._database.count(delete(alerts).where(alerts.c.id.in_(old)))
            total += gone
            if gone < _BATCH:
                return total


async def save_in(connection: AsyncConnection, database: Database, changed: Iterable[Change]) -> None:
    """Write what is true within a transaction; raises Abandon if an alert was changed since it was read."""
    # Always in the same order, so that two transactions never wait for each other crosswise.
    moved = (change for change in changed if change.after != change.before)
    for change in sorted(moved, key=lambda change: change.after.id):
        if change.before is not None and change.before.id == change.after.id:
            done = await _update(connection, change.before, change.after)
        else:
            done = await _insert(connection, database, change.after)
        if not done:
            raise Abandon


async def tell_in(connection: AsyncConnection, telling: Telling) -> None:
    """Write what Slack heard within a transaction, unless it has heard something newer since."""
    told = telling.told
    await connection.execute(
        update(alerts)
        .where(
            alerts.c.id == telling.alert_id,
            or_(alerts.c.told_seq.is_(None), alerts.c.told_seq < told.seq),
        )
        .values(
            told_reason=told.reason.value,
            told_value=told.value,
            told_at=told.at,
            told_seq=told.seq,
            told_reminders=told.reminders,
        )
    )


async def _update(connection: AsyncConnection, before: Alert, after: Alert) -> bool:
    """The reading's time and the state are the version: no move of the truth leaves both as they were."""
    changed = await connection.execute(
        update(alerts)
        .where(
            alerts.c.id == after.id,
            alerts.c.read_at == before.read_at,
            alerts.c.state == before.state.value,
        )
        .values(**_truth(after), owed=or_(alerts.c.owed, literal(after.owed)))
    )
    return changed.rowcount == 1


async def _insert(connection: AsyncConnection, database: Database, alert: Alert) -> bool:
    key = alert.key
    statement = (
        database.insert(alerts)
        .values(
            id=alert.id,
            rule=key.rule,
            subject=key.subject,
            business_date=key.business_date,
            episode=alert.episode,
            owed=alert.owed,
            **_truth(alert),
        )
        .on_conflict_do_nothing()
    )
    return (await connection.execute(statement)).rowcount == 1


def _truth(alert: Alert) -> dict[str, Any]:
    return {
        "state": alert.state.value,
        "value": alert.value,
        "peak": alert.peak,
        "since": alert.since,
        "read_at": alert.read_at,
        "breaches": alert.breaches,
        "clears": alert.clears,
        "fired_at": alert.fired_at,
        "over_at": alert.over_at,
        "ending": alert.ending.value if alert.ending else None,
        "ended_value": alert.ended_value,
        "detail": alert.detail,
    }


def _alert(row: Row[Any]) -> Alert:
    return Alert(
        key=AlertKey(row.rule, row.subject, row.business_date),
        episode=row.episode,
        state=State(row.state),
        value=row.value,
        peak=row.peak,
        since=row.since,
        read_at=row.read_at,
        breaches=row.breaches,
        clears=row.clears,
        fired_at=row.fired_at,
        over_at=row.over_at,
        ending=Ending(row.ending) if row.ending else None,
        owed=row.owed,
        told=told_of(row),
        acknowledged=_acknowledged(row),
        detail=row.detail,
        ended_value=row.ended_value,
    )


def told_of(row: Row[Any]) -> Told | None:
    """The columns that say what Slack was (or is to be) told."""
    if row.told_reason is None:
        return None
    return Told(Reason(row.told_reason), row.told_value, row.told_at, row.told_seq, row.told_reminders)


def _acknowledged(row: Row[Any]) -> Acknowledgement | None:
    return Acknowledgement(row.acknowledged_by, row.acknowledged_at) if row.acknowledged_by else None
