"""A replica dies at every write of a storm, before it or after it: each alert is told by one root, once."""

import os
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.acts import ActKind
from bot.domain.alerts import Reason
from bot.domain.silences import Person
from bot.store.database import Database, connect
from bot.store.schema import leases, metadata, notices
from bot.store.store import Store, open_store
from bot.usecases.alert_actions import AlertActions
from bot.usecases.fold_actions import FoldActions
from bot.usecases.silencing import Silencing
from tests.support.fakes import FakeSlack
from tests.support.use_cases import SINGAPORE, TODAY, UseCases
from tests.usecases.test_folds import house_of, later, read, told

ONE = f"failures/prod/w000/{TODAY}/1"
Step = Callable[[UseCases], Awaitable[None]]


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


async def live(house: UseCases, step: Step) -> None:
    """A step and turns until death."""
    with suppress(Dead):
        await step(house)
        for _ in range(3):
            await house.tell()


async def take_and_silence(house: UseCases) -> None:
    """Ada takes the fold, Ben takes over one of its alerts and silences the rule."""
    store, now = house.store, house.clock.now
    folds = FoldActions(house.routes, store, clock=house.clock)
    for fold in await store.folds.since(now):
        await folds.take_all(fold.id, "U0ADA")
    await AlertActions(store, clock=house.clock).take_over(ONE, "U0ADA", "U0BEN")
    silencing = Silencing(store, house.watched, clock=house.clock)
    await silencing.choose(ONE, "15m", Person("U0BEN", "ben"), SINGAPORE, everywhere=True)


async def nothing(house: UseCases) -> None:
    return


PHASES: tuple[tuple[int, range, Step], ...] = (
    (9, range(12), nothing),
    (9, range(12, 15), nothing),
    (9, range(0), take_and_silence),
    (0, range(5), nothing),
)


async def storm(url: str, phase: int, dies_at: int, *, after: bool) -> int:
    """Twelve alerts, three that join, people, five that recover; a death in a phase; its writes."""
    store, database = await open_store(url), connect(url)
    house = house_of(store, 15)
    writes = 0
    for number, (failed, alerts, step) in enumerate(PHASES):
        house.clock.forward(minutes=2)
        await read(house, failed, *alerts)
        if number == phase:
            mortal = Mortal(database, dies_at, after=after)
            await live(house_of(Store(mortal), 15, after=house), step)  # type: ignore[arg-type]
            writes = mortal.writes
            await bury(url)
        await step(house)  # people press again where nothing seems to have happened
        for _ in range(3):
            await later(house, seconds=30)
        if step is take_and_silence:
            await later(house, minutes=15)
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
    assert said(slack, r"Silence ended · (\d+) workspace") == 15
    assert said(slack, r"Taken over · (\d+) workspace") == 1
    acts = Counter(act.kind for act in await store.acts.since(house.clock.now - timedelta(days=1)))
    assert acts == {ActKind.TAKE: 15, ActKind.TAKE_OVER: 1, ActKind.SILENCE: 1}


def said(slack: FakeSlack, pattern: str) -> int:
    """The sum of the numbers that stand so in the messages."""
    return sum(int(found) for one in slack.messages for found in re.findall(pattern, one.text))


# All writes take minutes: FOLD_DEATHS=1 tries every one, on PostgreSQL too.
EVERY = int(os.environ.get("FOLD_DEATHS", "15"))


@pytest.mark.parametrize(
    ("phase", "after"),
    [(0, False), (0, True), (1, True), (2, False), (2, True), (3, False), (3, True)],
    ids=[
        "folded, before",
        "folded, after",
        "joined, after",
        "pressed, before",
        "pressed, after",
        "recovered, before",
        "recovered, after",
    ],
)
async def test_a_death_at_any_write_loses_and_repeats_nothing(
    phase: int, after: bool, store_url: str
) -> None:
    if EVERY > 1 and not store_url.startswith("sqlite"):
        return
    database = connect(store_url)
    for dies_at in count(1 + (phase + after) % EVERY, EVERY):
        for table in reversed(metadata.sorted_tables):
            if table.name != "compatibility":
                await database.change(delete(table))
        if await storm(store_url, phase, dies_at, after=after) < dies_at:
            break
    await database.close()
    assert dies_at > 8, "it lived too short for a proof"
