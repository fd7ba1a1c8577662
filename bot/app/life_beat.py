"""The beat of this process: it holds its lock, and wakes the jobs that have a dead process's work to do."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from bot.logs import log_event
from bot.metrics import Metrics
from bot.scheduler import Scheduler
from bot.store.life import BEAT
from bot.store.store import Store

log = logging.getLogger(__name__)


@asynccontextmanager
async def living(
    store: Store, owner: str, scheduler: Scheduler, metrics: Metrics, *, wake: Sequence[str]
) -> AsyncIterator[str]:
    """Hold this process's lock until the block ends; yields its name in the store.

    When another process dies, the jobs `wake` have their turn at once.
    """
    owner = await store.live(owner)
    if store.life.why:
        log_event(log, "no_life_lock", why=store.life.why)
        yield owner
        return
    beating = asyncio.create_task(_beat(store, scheduler, metrics, wake), name="beat")
    try:
        yield owner
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating


async def _beat(store: Store, scheduler: Scheduler, metrics: Metrics, wake: Sequence[str]) -> None:
    async def look() -> None:
        if died := await store.life.beat():
            metrics.replicas_died.inc(len(died))
            log_event(log, "replica_died", owners=", ".join(sorted(died)))
            for job in wake:
                scheduler.wake(job)

    while True:
        await asyncio.sleep(BEAT)
        await scheduler.turn("life", look)
