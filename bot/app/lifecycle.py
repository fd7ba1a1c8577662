"""The composition root: a config in, a running bot out, everything closed in reverse order."""

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from bot.app.entrypoints import EntryPoints, TokenCheck
from bot.app.health import Readiness
from bot.app.heartbeat import open_heartbeat
from bot.app.life_beat import living
from bot.app.metric_sources import observe
from bot.app.resources import Clock, Resources, open_resources, owner_name
from bot.app.schema_watch import SchemaWatch
from bot.app.use_cases import UseCases, build_record_metrics, build_use_cases
from bot.clock import SharedClock
from bot.config import Config
from bot.dlf.client import wall_clock
from bot.logs import log_event
from bot.metrics import Metrics
from bot.scheduler import Scheduler
from bot.slack.sender import Sender
from bot.store.store import Store, open_store
from bot.tasks import Tasks
from bot.timing import USUAL, Timing
from bot.usecases.dispatch import Dispatcher
from bot.usecases.poll import Poller
from bot.usecases.replica import Replica

log = logging.getLogger(__name__)

# The time at shutdown for turns of jobs, and for notices being sent.
TURN_SECONDS = 1.0
DRAIN_SECONDS = 4.0
POLL, TELL, NOTICES, DIGESTS = "poll", "tell", "notices", "digests"
# The jobs that take over the work of a process that died.
TAKEN_OVER_BY = (POLL, TELL, NOTICES, DIGESTS)


@dataclass(frozen=True, slots=True)
class Bot:
    """A running bot: the parts that its caller needs."""

    config: Config
    store: Store
    sender: Sender
    poller: Poller
    dispatcher: Dispatcher
    readiness: Readiness
    schema_watch: SchemaWatch
    http_port: int


@asynccontextmanager
async def running(
    config: Config, *, clock: Clock | None = None, wall: Clock = wall_clock, timing: Timing = USUAL
) -> AsyncIterator[Bot]:
    """Run the bot until the block ends. `clock` replaces the database's (the playground has its own).

    `wall` is the clock for signatures and for the rest after a refused signature.

    Raises BotError when it cannot start: the store or a port cannot be had, Slack refuses a token.
    """
    async with AsyncExitStack() as stack:
        metrics = Metrics()
        scheduler = Scheduler(metrics)
        store, clock = await _store_and_clock(config, clock, timing, scheduler, stack)
        life = living(store, owner_name(), scheduler, metrics, wake=TAKEN_OVER_BY)
        owner = await stack.enter_async_context(life)
        replica = Replica(owner, store, clock, metrics, timing)
        resources = await stack.enter_async_context(open_resources(config, replica, wall=wall))
        observe(resources)
        # Each wakes the next when there is something for it; the ticks are the net below.
        wake_poller, wake_sender = (partial(scheduler.wake, job) for job in (POLL, NOTICES))
        use_cases = build_use_cases(
            resources,
            polled=wake_poller,
            changed=lambda urgent: scheduler.wake(TELL, urgent=urgent),
            written=wake_sender,
            hurried=partial(scheduler.is_hurried, TELL),
        )
        stack.push_async_callback(use_cases.status.stop)
        readiness, port = await _open_entry_points(resources, use_cases, scheduler, stack)
        await _take_part(use_cases, stack)
        open_heartbeat(resources, readiness, scheduler, stack)
        schema_watch = SchemaWatch(store)
        _schedule(resources, use_cases, schema_watch, scheduler)
        _stop_at_the_end(use_cases, scheduler, stack)
        # Notices queued before an update are sent in this version's words.
        await scheduler.turn(TELL, use_cases.notifier.tick)
        scheduler.start()
        _log_start(resources)
        poller, dispatcher = use_cases.poller, use_cases.dispatcher
        yield Bot(config, store, resources.sender, poller, dispatcher, readiness, schema_watch, port)
        log_event(log, "stopping")


async def _open_entry_points(
    resources: Resources, use_cases: UseCases, scheduler: Scheduler, stack: AsyncExitStack
) -> tuple[Readiness, int]:
    """Learn the bot's identity and listen; returns the HTTP port, too."""
    entry_points = EntryPoints(resources, use_cases, Tasks())
    token_check = TokenCheck(resources.sender)
    await token_check.tick()
    scheduler.every(resources.replica.timing.introduce, "introduce", token_check.tick)
    readiness = Readiness(
        resources.config,
        store=resources.replica.store,
        sender=resources.sender,
        dispatcher=use_cases.dispatcher,
        scheduler=scheduler,
        line=entry_points.line,
        configs=use_cases.configs,
        clock=resources.replica.clock,
        timing=resources.replica.timing,
    )
    stack.push_async_callback(readiness.stop)
    record = build_record_metrics(resources)
    stack.push_async_callback(record.stop)
    return readiness, await entry_points.open(readiness, stack, refresh=record.refresh)


async def _take_part(use_cases: UseCases, stack: AsyncExitStack) -> None:
    """Announce this config to other replicas, and tell the store what to read and where to send."""
    stack.push_async_callback(use_cases.configs.stop)
    await use_cases.configs.tick()
    await use_cases.poller.prepare()
    await use_cases.dispatcher.address()


def _schedule(
    resources: Resources, use_cases: UseCases, schema_watch: SchemaWatch, scheduler: Scheduler
) -> None:
    """Give every job its turns, under the names that `stalled` and the log use."""
    replica, poller, dispatcher = resources.replica, use_cases.poller, use_cases.dispatcher
    timing, keep = replica.timing, resources.config.keep
    scheduler.every(timing.config, "config_watch", use_cases.configs.tick)
    scheduler.every(timing.tick, POLL, poller.tick)
    scheduler.every(timing.tick, TELL, use_cases.notifier.tick)
    scheduler.every(timing.tick, NOTICES, dispatcher.tick)
    scheduler.every(timing.tick, DIGESTS, use_cases.digests.tick)
    scheduler.every(timing.enlist, "enlist", poller.enlist)
    scheduler.every(timing.enlist, "address", dispatcher.address)
    scheduler.every(timing.measure, "measure", dispatcher.measure)
    scheduler.every(timing.measure, "schema_watch", schema_watch.tick)
    scheduler.every(600, "prune", lambda: replica.store.prune(replica.clock(), keep))
    scheduler.every(timing.alert_jobs, "alert_jobs", use_cases.alert_jobs.tick)


def _stop_at_the_end(use_cases: UseCases, scheduler: Scheduler, stack: AsyncExitStack) -> None:
    """The scheduler stops first, the poller last."""
    stack.push_async_callback(use_cases.poller.stop)
    stack.push_async_callback(use_cases.dispatcher.stop, DRAIN_SECONDS)
    stack.push_async_callback(use_cases.notifier.stop)
    stack.push_async_callback(use_cases.alert_jobs.stop)
    stack.push_async_callback(scheduler.stop, TURN_SECONDS)


def _log_start(resources: Resources) -> None:
    config = resources.config
    log_event(
        log,
        "running",
        workspaces=len(config.workspaces),
        store=config.store_label,
        owner=resources.replica.owner,
        poll_every=config.poll_every.total_seconds(),
    )


async def _store_and_clock(
    config: Config, clock: Clock | None, timing: Timing, scheduler: Scheduler, stack: AsyncExitStack
) -> tuple[Store, Clock]:
    store = await open_store(
        config.store.reveal(),
        connect_seconds=timing.database_connect,
        command_seconds=timing.database_command,
    )
    stack.push_async_callback(store.close)
    if clock is None:
        clock = shared = SharedClock(store.now, every=timing.clock)
        await shared.correct()
        scheduler.every(timing.tick, "clock", shared.tick)
    return store, clock
