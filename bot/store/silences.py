"""Silences: who muted what until when."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from bot.domain.alerts import Silence
from bot.store.database import Database
from bot.store.schema import silences


class Silences:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, silence: Silence) -> None:
        await self._database.change(
            insert(silences).values(
                rule=silence.rule,
                subject=silence.subject,
                until=silence.until,
                by=silence.by,
                at=silence.at,
                comment=silence.comment,
            )
        )

    async def active(self, now: datetime) -> Sequence[Silence]:
        return await self.since(now)

    async def since(self, moment: datetime) -> Sequence[Silence]:
        """Those that had not ended at `moment`."""
        statement = (
            select(silences).where(silences.c.until > moment).order_by(silences.c.until, silences.c.id)
        )
        return [_silence(row) for row in await self._database.fetch(statement)]

    async def expire(self, rule: str | None, subject: str | None, now: datetime) -> int:
        """End the silences of exactly this rule and subject (None: every one) at `now`; how many."""
        return await self._database.count(
            update(silences)
            .where(
                silences.c.rule.is_not_distinct_from(rule),
                silences.c.subject.is_not_distinct_from(subject),
                silences.c.until > now,
            )
            .values(until=now)
        )

    async def prune(self, before: datetime) -> int:
        """Forget the silences that ended before a time."""
        return await self._database.count(delete(silences).where(silences.c.until < before))


def _silence(row: Row[Any]) -> Silence:
    return Silence(row.rule, row.subject, row.until, row.by, row.at, row.comment)
