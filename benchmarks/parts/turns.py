"""R1 and its like: what single turns of the bot cost in this process, beside a reference of the same code."""

import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

from benchmarks.contest import Contest, Goal, Work, timed
from benchmarks.settled import DATES, HandClock, notifier_of, settle, workspaces_of
from bot.domain.model import Day, Snapshot, StatusCounts
from bot.store.database import connect
from bot.store.store import Store, open_store
from bot.timing import Timing
from bot.usecases.replica import Replica
from bot.usecases.status import Status

SETTLED, WATCHED, TURNS = 2_000, 10_000, 20


async def rest(stack: AsyncExitStack) -> Sequence[Contest]:
    """R1: a turn of the notifier beside settled alerts, and without them."""

    async def turns(settled: int) -> Work:
        store, clock = await _store(stack, settled=settled), HandClock()
        notifier = notifier_of(store, workspaces_of(SETTLED // DATES), clock)
        await notifier.tick()

        async def turn() -> None:
            clock.now += timedelta(seconds=1)
            await notifier.tick()

        return timed(turn, TURNS)

    figure = f"R1 turn of the notifier beside {SETTLED:,} settled alerts, without them"
    return [_contest(figure, 1.2, await turns(SETTLED), await turns(0))]


async def claim(stack: AsyncExitStack) -> Sequence[Contest]:
    """A claim while nothing is due, beside many workspaces and beside ten."""

    async def claims(number: int) -> Work:
        store, now = await _store(stack), HandClock().now
        keys = [one.key for one in workspaces_of(number)]
        await store.reads.ensure([(key, Day.TODAY) for key in keys], now + timedelta(minutes=5))

        async def claim() -> None:
            await store.reads.claim("bench", now, limit=20, lease_seconds=25, project="prod")

        return timed(claim, TURNS)

    return [
        _contest(
            f"claim beside {WATCHED:,} workspaces, beside 10", 3, await claims(WATCHED), await claims(10)
        )
    ]


async def status(stack: AsyncExitStack) -> Sequence[Contest]:
    """A question about 20 workspaces that was answered seconds ago, and the same from the database."""

    async def questions(kept: float) -> Work:
        store, now, spaces = await _store(stack), HandClock().now, workspaces_of(20)
        for one in spaces:
            counts = StatusCounts(total_count=10, fail_count=1)
            await store.snapshots.keep(Snapshot(one, Day.TODAY, False, now.date(), counts, now))
        replica = Replica("bench", store, HandClock(), timing=Timing(answer_kept=kept))
        answers = Status(replica, {}, max_age={Day.TODAY: timedelta(minutes=5)}, turns={})
        return timed(lambda: answers.known(spaces, Day.TODAY, False), TURNS)

    return [
        _contest(
            "question answered seconds ago, from the database",
            0.5,
            await questions(3600),
            await questions(-1),
        )
    ]


def _contest(figure: str, bound: float, ours: Work, reference: Work) -> Contest:
    return Contest(figure, "ms", Goal(bound), ours, reference, by_cpu=True)


async def _store(stack: AsyncExitStack, *, settled: int = 0) -> Store:
    """A store that is gone with the stack."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    url = f"sqlite:///{folder}/bot.db"
    await (await open_store(url)).close()
    database = connect(url)
    stack.push_async_callback(database.close)
    store = Store(database)
    if settled:
        await settle(store, database, workspaces_of(settled // DATES))
    return store
