"""H1: what is asked of a year's record of 100 workspaces, and its export."""

import io
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from benchmarks.contest import Contest, Goal, Sample, Work, timed
from benchmarks.settled import NOON, workspaces_of
from bot.cli.export import csv_writer
from bot.domain.model import Day, Snapshot, StatusCounts
from bot.store.export import Kind
from bot.store.records import RecordedCounts
from bot.store.snapshots import kept
from bot.store.store import Store, open_store

WORKSPACES, DATES, CHANGES = 100, 365, 3
SPACES = workspaces_of(WORKSPACES)
KEYS = [one.key for one in SPACES]
TODAY = NOON.date()
TURNS = 10


async def contests(stack: AsyncExitStack) -> Sequence[Contest]:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    store = await open_store(f"sqlite:///{folder}/bot.db")
    stack.push_async_callback(store.close)
    await store.snapshots.fill(_record())
    asked: dict[str, Callable[[], Awaitable[object]]] = {
        "status": lambda: store.snapshots.latest(KEYS, TODAY),
        "trend of 14 days": lambda: store.snapshots.totals(KEYS, TODAY - timedelta(days=14), TODAY),
        "course of a day": lambda: store.snapshots.course(KEYS[50], TODAY - timedelta(days=100)),
        "first reading": lambda: store.snapshots.first_read_at(KEYS[50]),
        "digest": lambda: store.digests.coverage("morning"),
    }
    quick = Goal(50, absolute=True)
    rows = [
        Contest(f"H1 a year of {WORKSPACES}, {name}", "ms", quick, timed(ask, TURNS))
        for name, ask in asked.items()
    ]
    many = Goal(50_000, absolute=True, least=True)
    return [*rows, Contest("H1 its export as CSV", "rows/s", many, _exported(store))]


def _record() -> Iterator[RecordedCounts]:
    """The counts of each date changed a few times."""
    for workspace in SPACES:
        for back in range(DATES):
            at = NOON - timedelta(days=back)
            first = kept(Snapshot(workspace, Day.TODAY, False, at.date(), StatusCounts(total_count=90), at))
            for change in range(CHANGES):
                later = at + timedelta(minutes=change)
                counts = StatusCounts(total_count=90 + change, fail_count=change)
                yield replace(first, counts=counts, read_at=later)


def _exported(store: Store) -> Work:
    async def work() -> Sample:
        wall, cpu = time.monotonic(), time.process_time()
        number, write = 0, csv_writer(io.StringIO(), [Kind.COUNTS])
        async for page in store.export.pages(Kind.COUNTS):
            write(Kind.COUNTS, page)
            number += len(page)
        wall, cpu = time.monotonic() - wall, time.process_time() - cpu
        return Sample(number / wall, cpu / number * 1000)

    return work
