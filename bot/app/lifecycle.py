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
from bot.app.use_cases import (
    build_alert_jobs,
    build_configs,
    build_digests,
    build_dispatcher,
    build_jobs,
    build_notifier,
    build_poller,
    build_record_metrics,
    build_routes,
    build_status,
)
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
from bot.usecases.config_watch import ConfigWatch
from bot.usecases.digests import Digests
from bot.usecases.dispatch import Dispatcher
from bot.usecases.notify import Notifier
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
        status = build_status(resources)
        stack.push_async_callback(status.stop)
        configs = build_configs(resources)
        jobs = build_jobs(resources)
        routes = build_routes(resources, jobs)
        # Each wakes the next when there is something for it; the ticks are the net below.
        again = partial(scheduler.wake, POLL)
        poller = build_poller(resources, configs, then=partial(scheduler.wake, TELL), again=again)
        notifier = build_notifier(resources, configs, routes, then=partial(scheduler.wake, NOTICES))
        alert_jobs = build_alert_jobs(resources, routes, jobs)
        dispatcher = build_dispatcher(resources)
        digests = build_digests(resources, status, jobs)
        entry_points = EntryPoints(resources, status, digests, Tasks(), jobs=jobs, routes=routes)
        token_check = TokenCheck(resources.sender)
        await token_check.tick()
        scheduler.every(timing.introduce, "introduce", token_check.tick)
        readiness = _readiness(resources, dispatcher, scheduler, entry_points, configs)
        stack.push_async_callback(readiness.stop)
        record = build_record_metrics(resources)
        stack.push_async_callback(record.stop)
        port = await entry_points.open(readiness, stack, refresh=record.refresh)
        stack.push_async_callback(configs.stop)
        await configs.tick()
        scheduler.every(timing.config, "config_watch", configs.tick)
        await poller.prepare()
        await dispatcher.address()
        open_heartbeat(resources, readiness, scheduler, stack)
        schema_watch = SchemaWatch(store)
        _schedule(
            resources,
            scheduler,
            poller=poller,
            notifier=notifier,
            dispatcher=dispatcher,
            digests=digests,
            schema_watch=schema_watch,
        )
        scheduler.every(timing.alert_jobs, "alert_jobs", alert_jobs.tick)
        stack.push_async_callback(poller.stop)
        stack.push_async_callback(dispatcher.stop, DRAIN_SECONDS)
        stack.push_async_callback(notifier.stop)
        stack.push_async_callback(alert_jobs.stop)
        stack.push_async_callback(scheduler.stop, TURN_SECONDS)
        # Notices queued before an update are sent in this version's words.
        await scheduler.turn(TELL, notifier.tick)
        scheduler.start()
        log_event(
            log,
            "running",
            workspaces=len(config.workspaces),
            store=config.store_label,
            owner=replica.owner,
            poll_every=config.poll_every.total_seconds(),
        )
        yield Bot(config, store, resources.sender, poller, dispatcher, readiness, schema_watch, port)
        log_event(log, "stopping")


def _schedule(
    resources: Resources,
    scheduler: Scheduler,
    *,
    poller: Poller,
    notifier: Notifier,
    dispatcher: Dispatcher,
    digests: Digests,
    schema_watch: SchemaWatch,
) -> None:
    """Give every job its turns, under the names that `stalled` and the log use."""
    replica = resources.replica
    timing, keep = replica.timing, resources.config.keep
    scheduler.every(timing.tick, POLL, poller.tick)
    scheduler.every(timing.tick, TELL, notifier.tick)
    scheduler.every(timing.tick, NOTICES, dispatcher.tick)
    scheduler.every(timing.tick, DIGESTS, digests.tick)
    scheduler.every(timing.enlist, "enlist", poller.enlist)
    scheduler.every(timing.enlist, "address", dispatcher.address)
    scheduler.every(timing.measure, "measure", dispatcher.measure)
    scheduler.every(timing.measure, "schema_watch", schema_watch.tick)
    scheduler.every(600, "prune", lambda: replica.store.prune(replica.clock(), keep))


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


def _readiness(
    resources: Resources,
    dispatcher: Dispatcher,
    scheduler: Scheduler,
    entry_points: EntryPoints,
    configs: ConfigWatch,
) -> Readiness:
    return Readiness(
        resources.config,
        store=resources.replica.store,
        sender=resources.sender,
        dispatcher=dispatcher,
        scheduler=scheduler,
        line=entry_points.line,
        configs=configs,
        clock=resources.replica.clock,
        timing=resources.replica.timing,
    )
