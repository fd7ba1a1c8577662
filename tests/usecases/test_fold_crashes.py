"""A replica dies at every write of a storm, before it or after it: each alert is told by one root, once."""

import os
import re
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.alerts import Reason
from bot.store.database import Database, connect
from bot.store.schema import leases, notices
from bot.store.store import Store, open_store
from tests.support.fakes import FakeSlack
from tests.support.use_cases import UseCases
from tests.usecases.test_folds import house_of, later, read, told

EARLIER = "2000-01-01 00:00:00.000000"


class Dead(Exception):
    """The process that asks is not there any more."""


class Mortal:
    """A database to a process that dies at its write number `dies_at`, before or after that is kept."""

    def __init__(self, database: Database, dies_at: int, *, after: bool) -> None:
        self._database, self._dies_at, self._after = database, dies_at, after
        self.writes = 0

    def __getattr__(self, name: str) -> Any:
        if self.writes >= self._dies_at:
            raise Dead
        return getattr(self._database, name)

    async def change(self, *given: Any) -> Any:
        async with self._write():
            return await self._database.change(*given)

    async def count(self, *given: Any) -> int:
        async with self._write():
            return await self._database.count(*given)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        async with self._write(), self._database.transaction() as connection:
            yield connection

    @asynccontextmanager
    async def _write(self) -> AsyncIterator[None]:
        if self.writes >= self._dies_at:
            raise Dead
        if self.writes + 1 == self._dies_at and not self._after:
            self.writes += 1
            raise Dead
        yield
        self.writes += 1
        if self.writes == self._dies_at:
            raise Dead


async def bury(url: str) -> None:
    """Let the leases and claims of the dead run out."""
    database = connect(url)
    await database.change(delete(leases))
    await database.change(update(notices).where(notices.c.claimed_by.is_not(None)).values(claimed_until=None))
    await database.close()


async def live(house: UseCases) -> None:
    """Turns until death."""
    try:
        for _ in range(3):
            await house.tell()
    except Dead:
        pass
    await house.dispatcher.stop(1)


async def storm(path: Path, phase: int, dies_at: int, *, after: bool) -> int:
    """Twelve alerts, three that join, five that recover; a death in one of these phases; its writes."""
    url = f"sqlite:///{path}"
    store, database = await open_store(url), connect(url)
    house = house_of(store, 15)
    writes = 0
    for number, (failed, alerts) in enumerate([(9, range(12)), (9, range(12, 15)), (0, range(5))]):
        house.clock.forward(minutes=2)
        await read(house, failed, *alerts)
        if number == phase:
            mortal = Mortal(database, dies_at, after=after)
            await live(house_of(Store(mortal), 15, after=house))  # type: ignore[arg-type]
            writes = mortal.writes
            await bury(url)
        for _ in range(3):
            await later(house, seconds=30)
        await bury(url)
    await check(house, store)
    await database.close()
    await store.close()
    return writes


async def check(house: UseCases, store: Store) -> None:
    slack = house.slack
    assert Counter(one.key for one in slack.messages).most_common(1)[0][1] == 1, "a message twice"
    own = {one.key.removeprefix("alert/") for one in slack.roots() if one.key.startswith("alert/")}
    members = {id for fold in await store.folds.since(house.clock.now) for id in fold.members}
    assert not own & members, "an alert with two roots"
    assert len(own | members) == 15
    assert await told(house) == {Reason.FIRING: 10, Reason.RESOLVED: 5}
    assert said(slack, r"Resolved · (\d+) workspace") + said(slack, r"(\d+) over before") == 5


def said(slack: FakeSlack, pattern: str) -> int:
    """The sum of the numbers that stand so in the messages."""
    return sum(int(found) for one in slack.messages for found in re.findall(pattern, one.text))


# All writes take minutes: FOLD_DEATHS=1 tries every one.
EVERY = int(os.environ.get("FOLD_DEATHS", "5"))


@pytest.mark.parametrize(
    ("phase", "after"),
    [(0, False), (0, True), (1, True), (2, False), (2, True)],
    ids=["folded, before", "folded, after", "joined, after", "recovered, before", "recovered, after"],
)
async def test_a_death_at_any_write_loses_and_repeats_nothing(
    phase: int, after: bool, tmp_path: Path, migrated_sqlite: Path
) -> None:
    for dies_at in count(1 + (phase + after) % EVERY, EVERY):
        path = tmp_path / f"{dies_at}.db"
        shutil.copy(migrated_sqlite, path)
        if await storm(path, phase, dies_at, after=after) < dies_at:
            break
    assert dies_at > 8, "it lived too short for a proof"
