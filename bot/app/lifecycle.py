"""The composition root: a config in, a running bot out, everything closed in reverse order."""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from bot.app.entrypoints import EntryPoints, TokenCheck
from bot.app.health import Readiness
from bot.app.heartbeat import open_heartbeat
from bot.app.metric_sources import observe, record_metrics
from bot.app.redaction import redaction_of
from bot.app.resources import Clock, Resources, clients_of, owner_name
from bot.app.schema_watch import SchemaWatch
from bot.clock import SharedClock
from bot.config import Config
from bot.dlf.client import wall_clock
from bot.dlf.credential import questions_at_once
from bot.dlf.settings import credential_of
from bot.domain.pace import RHYTHM
from bot.logs import log_event
from bot.metrics import Metrics
from bot.scheduler import Scheduler
from bot.slack.sender import Sender
from bot.slack.session import open_session
from bot.store.store import Store, open_store
from bot.tasks import Tasks
from bot.timing import USUAL, Timing
from bot.usecases.alert_jobs import AlertJobs
from bot.usecases.alert_notices import Routes
from bot.usecases.config_watch import ConfigWatch
from bot.usecases.digest_jobs import DigestJobs
from bot.usecases.digests import Digests, addresses
from bot.usecases.dispatch import Dispatcher
from bot.usecases.jobs import Jobs
from bot.usecases.notify import Notifier
from bot.usecases.poll import Poller
from bot.usecases.status import Status

log = logging.getLogger(__name__)

# The time at shutdown for turns of jobs, and for notices being sent.
TURN_SECONDS = 1.0
DRAIN_SECONDS = 4.0
TELL, NOTICES = "tell", "notices"


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
        scheduler = Scheduler(metrics := Metrics())
        resources = await _resources(
            config, clock, wall=wall, timing=timing, metrics=metrics, scheduler=scheduler, stack=stack
        )
        status = _status(resources)
        stack.push_async_callback(status.stop)
        configs = _configs(resources)
        jobs = open_jobs(resources)
        routes = _routes(config, jobs)
        # Each wakes the next when there is something for it; the ticks are the net below.
        poller = _poller(resources, configs, then=partial(scheduler.wake, TELL))
        notifier = _notifier(resources, configs, routes, then=partial(scheduler.wake, NOTICES))
        alert_jobs = _alert_jobs(resources, routes, jobs)
        dispatcher = _dispatcher(resources)
        digests = _digests(resources, status, jobs)
        entry_points = EntryPoints(resources, status, digests, Tasks(), jobs=jobs, routes=routes)
        token_check = TokenCheck(resources.sender)
        await token_check.tick()
        scheduler.every(timing.introduce, "introduce", token_check.tick)
        readiness = _readiness(resources, dispatcher, scheduler, entry_points, configs)
        stack.push_async_callback(readiness.stop)
        record = record_metrics(resources)
        stack.push_async_callback(record.stop)
        port = await entry_points.open(readiness, stack, refresh=record.refresh)
        stack.push_async_callback(configs.stop)
        await configs.tick()
        scheduler.every(timing.config, "config_watch", configs.tick)
        await poller.prepare()
        await dispatcher.address()
        open_heartbeat(resources, readiness, scheduler, stack)
        schema_watch = SchemaWatch(resources.store)
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
            owner=resources.owner,
            poll_every=config.poll_every.total_seconds(),
        )
        yield Bot(
            config, resources.store, resources.sender, poller, dispatcher, readiness, schema_watch, port
        )
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
    timing, store = resources.timing, resources.store
    scheduler.every(timing.tick, "poll", poller.tick)
    scheduler.every(timing.tick, TELL, notifier.tick)
    scheduler.every(timing.tick, NOTICES, dispatcher.tick)
    scheduler.every(timing.tick, "digests", digests.tick)
    scheduler.every(timing.enlist, "enlist", poller.enlist)
    scheduler.every(timing.enlist, "address", dispatcher.address)
    scheduler.every(timing.measure, "measure", dispatcher.measure)
    scheduler.every(timing.measure, "schema_watch", schema_watch.tick)
    scheduler.every(600, "prune", lambda: store.prune(resources.clock(), resources.config.keep))


async def _resources(
    config: Config,
    clock: Clock | None,
    *,
    wall: Clock,
    timing: Timing,
    metrics: Metrics,
    scheduler: Scheduler,
    stack: AsyncExitStack,
) -> Resources:
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
    session = open_session(seconds=timing.slack_call)
    stack.push_async_callback(session.close)
    sender = Sender(
        config.slack.bot_token,
        config.slack.api_url,
        session,
        clock=clock,
        team=config.slack.team,
        enterprise=config.slack.enterprise,
    )
    observe(metrics, config, store, sender)
    owner = owner_name()
    clients = clients_of(config, store, owner, wall=wall, timing=timing)
    for client in clients.values():
        stack.push_async_callback(client.close)
    return Resources(config, owner, clock, metrics, store, sender, clients, timing)


def _status(resources: Resources) -> Status:
    config = resources.config
    max_age = {day: config.poll_every * factor for day, factor in RHYTHM.items()}
    return Status(
        resources.clients,
        resources.store,
        clock=resources.clock,
        max_age=max_age,
        in_flight={project.name: questions_at_once(project) for project in config.projects},
        credentials={project.name: credential_of(project.auth) for project in config.projects},
        timing=resources.timing,
    )


def open_jobs(resources: Resources) -> Jobs:
    """The job lists; the config's secrets are struck out of the jobs' error texts."""
    return Jobs(
        {name: client.jobs for name, client in resources.clients.items()},
        resources.store.snapshots,
        clock=resources.clock,
        redact=redaction_of(resources.config),
        timing=resources.timing,
    )


def _alert_jobs(resources: Resources, routes: Routes, jobs: Jobs) -> AlertJobs:
    return AlertJobs(
        routes,
        resources.store,
        jobs,
        owner=resources.owner,
        clock=resources.clock,
        redact=redaction_of(resources.config),
    )


def _configs(resources: Resources) -> ConfigWatch:
    config = resources.config
    return ConfigWatch(
        config.workspaces, config.rules, config.identities, resources.store, owner=resources.owner
    )


def _poller(resources: Resources, configs: ConfigWatch, *, then: Callable[[], None]) -> Poller:
    config = resources.config
    return Poller(
        config.workspaces,
        config.rules,
        resources.clients,
        resources.store,
        owner=resources.owner,
        clock=resources.clock,
        metrics=resources.metrics,
        poll_every=config.poll_every,
        in_flight={project.name: project.in_flight for project in config.projects},
        configs=configs,
        timing=resources.timing,
        then=then,
    )


def _routes(config: Config, jobs: Jobs) -> Routes:
    return Routes(
        {workspace.key: workspace for workspace in config.workspaces},
        {rule.name: rule for rule in config.rules},
        config.slack.channel,
        config.slack.locale.value,
        config.poll_every,
        config.unreadable_after,
        config.unreadable,
        jobs.is_available,
    )


def _notifier(
    resources: Resources, configs: ConfigWatch, routes: Routes, *, then: Callable[[], None]
) -> Notifier:
    return Notifier(
        routes,
        resources.store,
        owner=resources.owner,
        clock=resources.clock,
        configs=configs,
        metrics=resources.metrics,
        then=then,
    )


def _dispatcher(resources: Resources) -> Dispatcher:
    return Dispatcher(
        resources.store,
        resources.sender,
        owner=resources.owner,
        clock=resources.clock,
        metrics=resources.metrics,
        fallback_channel=resources.config.slack.channel,
        addresses=addresses(resources.config.digests, resources.config.slack.channel),
        locale=resources.config.slack.locale.value,
        timing=resources.timing,
    )


def _digests(resources: Resources, status: Status, jobs: Jobs) -> Digests:
    config = resources.config
    seconds = resources.timing.digest_jobs
    return Digests(
        config.digests,
        config.workspaces,
        status,
        resources.store,
        owner=resources.owner,
        clock=resources.clock,
        default_channel=config.slack.channel,
        locale=config.slack.locale.value,
        jobs=DigestJobs(jobs, redact=redaction_of(config), seconds=seconds),
    )


def _readiness(
    resources: Resources,
    dispatcher: Dispatcher,
    scheduler: Scheduler,
    entry_points: EntryPoints,
    configs: ConfigWatch,
) -> Readiness:
    return Readiness(
        resources.config,
        store=resources.store,
        sender=resources.sender,
        dispatcher=dispatcher,
        scheduler=scheduler,
        line=entry_points.line,
        configs=configs,
        clock=resources.clock,
        timing=resources.timing,
    )
