"""`python -m benchmarks [PART ...]`: figures beside their references, interleaved in one run, as a table.

Each figure is CPU in milliseconds, the median of all rounds; `--json` prints the same for programs.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from benchmarks.settled import DATES, HandClock, notifier_of, settle, workspaces_of
from bot.domain.model import Day, Snapshot, StatusCounts
from bot.store.database import connect
from bot.store.store import Store, open_store
from bot.timing import Timing
from bot.usecases.status import Status

ROUNDS = 7
SETTLED, WATCHED = 2_000, 10_000

Work = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Pair:
    """Ours and its reference, and how many times the reference ours may take; `turns` of each a round."""

    figure: str
    ours: Work
    reference: Work
    goal: float
    turns: int = 20


@dataclass(frozen=True, slots=True)
class Result:
    figure: str
    ours_ms: float
    reference_ms: float
    ratio: float
    goal: float
    met: bool


class Bench:
    """Makes stores that are gone with the block."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack

    async def store(self, *, settled: int = 0) -> Store:
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        url = f"sqlite:///{folder}/bot.db"
        await (await open_store(url)).close()
        database = connect(url)
        self._stack.push_async_callback(database.close)
        store = Store(database)
        if settled:
            await settle(store, database, settled)
        return store


async def rest(bench: Bench) -> Pair:
    """R1: a turn of the notifier beside settled alerts, and without them."""

    async def turns(settled: int) -> Work:
        store, clock = await bench.store(settled=settled), HandClock()
        notifier = notifier_of(store, workspaces_of(SETTLED // DATES), clock)
        await notifier.tick()

        async def turn() -> None:
            clock.now += timedelta(seconds=1)
            await notifier.tick()

        return turn

    figure = f"turn of the notifier beside {SETTLED:,} settled alerts"
    return Pair(figure, await turns(SETTLED), await turns(0), goal=1.2)


async def claim(bench: Bench) -> Pair:
    """A claim while nothing is due, beside many workspaces and beside ten."""

    async def claims(number: int) -> Work:
        store, now = await bench.store(), HandClock().now
        keys = [one.key for one in workspaces_of(number)]
        await store.reads.ensure([(key, Day.TODAY) for key in keys], now + timedelta(minutes=5))

        async def claim() -> None:
            await store.reads.claim("bench", now, limit=20, lease_seconds=25, workspaces=keys)

        return claim

    return Pair(f"claim beside {WATCHED:,} workspaces", await claims(WATCHED), await claims(10), goal=3)


async def status(bench: Bench) -> Pair:
    """A question about 20 workspaces that was answered seconds ago, and the same from the database."""

    async def questions(kept: float) -> Work:
        store, now, spaces = await bench.store(), HandClock().now, workspaces_of(20)
        for one in spaces:
            counts = StatusCounts(total_count=10, fail_count=1)
            await store.snapshots.keep(Snapshot(one, Day.TODAY, False, now.date(), counts, now))
        max_age, in_flight = {Day.TODAY: timedelta(minutes=5)}, {"prod": 8}
        timing = Timing(answer_kept=kept)
        answers = Status({}, store, clock=HandClock(), max_age=max_age, in_flight=in_flight, timing=timing)
        return lambda: answers.known(spaces, Day.TODAY, False)

    figure = "question answered seconds ago, against the database"
    return Pair(figure, await questions(3600), await questions(-1), goal=0.5)


PARTS: dict[str, Callable[[Bench], Awaitable[Pair]]] = {"rest": rest, "claim": claim, "status": status}


async def measure(part: Callable[[Bench], Awaitable[Pair]], rounds: int = ROUNDS) -> Result:
    """Run both works of a part in turn, round after round."""
    async with AsyncExitStack() as stack:
        pair = await part(Bench(stack))
        spent: dict[Work, list[float]] = {pair.ours: [], pair.reference: []}
        for work in (pair.ours, pair.reference) * rounds:
            before = time.process_time()
            for _ in range(pair.turns):
                await work()
            spent[work].append((time.process_time() - before) / pair.turns * 1000)
    ours, reference = (statistics.median(spent[work]) for work in (pair.ours, pair.reference))
    ratio = ours / reference
    return Result(pair.figure, ours, reference, ratio, pair.goal, ratio <= pair.goal)


def table(results: Sequence[Result]) -> str:
    head = f"{'figure':<52}{'ours ms':>10}{'ref. ms':>10}{'ratio':>8}{'goal':>7}  met"
    rows = (
        f"{one.figure:<52}{one.ours_ms:>10.3f}{one.reference_ms:>10.3f}{one.ratio:>8.2f}{one.goal:>7.2f}"
        f"  {'yes' if one.met else 'NO'}"
        for one in results
    )
    return "\n".join([head, *rows])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all, if none is named")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    results = [asyncio.run(measure(PARTS[name])) for name in given.parts or PARTS]
    print(json.dumps([asdict(one) for one in results], indent=2) if given.json else table(results))


if __name__ == "__main__":
    main()
