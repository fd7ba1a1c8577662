"""The composition root: a config in, a running bot out, everything closed in reverse order."""

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from bot.clock import SharedClock
from bot.config import Config
from bot.config.addresses import passwords_of
from bot.digests import Digests, addresses
from bot.dlf.access import AccessKey, IamUser
from bot.dlf.client import wall_clock
from bot.doors import Doors, Introduction
from bot.ground import Clock, Ground, clients_of, owner_name
from bot.logs import say
from bot.metrics import Metrics
from bot.monitor import RHYTHM, Monitor
from bot.notices import Notices
from bot.readiness import Readiness
from bot.scheduler import Scheduler
from bot.secret import Secret
from bot.slack.sender import Sender
from bot.slack.session import open_session
from bot.slack.tasks import Tasks
from bot.status import Status
from bot.store.store import Store, open_store
from bot.telling import Routes, Teller
from bot.timing import USUAL, Timing

log = logging.getLogger(__name__)

# At the end: for turns of the jobs, and for notices on their way.
TURN_SECONDS = 1.0
DRAIN_SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class Bot:
    """A running bot, as far as its commander needs it."""

    config: Config
    store: Store
    sender: Sender
    monitor: Monitor
    notices: Notices
    readiness: Readiness
    http_port: int


@asynccontextmanager
async def running(
    config: Config, *, clock: Clock | None = None, wall: Clock = wall_clock, timing: Timing = USUAL
) -> AsyncIterator[Bot]:
    """Run the bot until the block ends. `clock` replaces the database's (the playground moves its own).

    `wall` is the clock of signatures and of the rest after refused ones.

    Raises BotError when it cannot start: the store or a port cannot be had, Slack refuses a token.
    """
    async with AsyncExitStack() as stack:
        scheduler = Scheduler(metrics := Metrics())
        ground = await _ground(
            config, clock, wall=wall, timing=timing, metrics=metrics, scheduler=scheduler, stack=stack
        )
        status = _status(ground)
        stack.push_async_callback(status.stop)
        monitor, teller, notices = _monitor(ground), _teller(ground), _notices(ground)
        digests = _digests(ground, status)
        doors = Doors(ground, status, digests, Tasks())
        introduction = Introduction(ground.sender)
        await introduction.tick()
        scheduler.every(timing.introduce, "introduce", introduction.tick)
        readiness = _readiness(ground, notices, scheduler, doors)
        stack.push_async_callback(readiness.stop)
        port = await doors.open(readiness, stack)
        await monitor.prepare()
        await notices.address()
        jobs = {"poll": monitor.tick, "tell": teller.tick, "notices": notices.tick, "digests": digests.tick}
        for name, job in jobs.items():
            scheduler.every(timing.tick, name, job)
        scheduler.every(timing.enlist, "enlist", monitor.enlist)
        scheduler.every(timing.enlist, "address", notices.address)
        scheduler.every(timing.measure, "measure", notices.measure)
        scheduler.every(600, "prune", lambda: ground.store.prune(ground.clock(), config.keep))
        stack.push_async_callback(monitor.stop)
        stack.push_async_callback(notices.stop, DRAIN_SECONDS)
        stack.push_async_callback(teller.stop)
        stack.push_async_callback(scheduler.stop, TURN_SECONDS)
        scheduler.start()
        say(log, "running", workspaces=len(config.workspaces), store=config.store_label, owner=ground.owner)
        yield Bot(config, ground.store, ground.sender, monitor, notices, readiness, port)
        say(log, "stopping")


def secrets_of(config: Config) -> list[str]:
    """Every secret of the config, for the log's filter."""
    found: list[Secret | None] = [config.slack.bot_token, config.slack.app_token, config.slack.signing_secret]
    found += [config.http.token, *(Secret(one) for one in passwords_of(config.store.reveal()))]
    for project in config.projects:
        match project.auth:
            case AccessKey(_, secret_key, security_token):
                found += [secret_key, security_token]
            case IamUser(_, password, _):
                found.append(password)
            case ready:
                found.append(ready.token)
    return [secret.reveal() for secret in found if secret]


async def _ground(
    config: Config,
    clock: Clock | None,
    *,
    wall: Clock,
    timing: Timing,
    metrics: Metrics,
    scheduler: Scheduler,
    stack: AsyncExitStack,
) -> Ground:
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
    owner = owner_name()
    clients = clients_of(config, store, owner, wall=wall, timing=timing)
    for client in clients.values():
        stack.push_async_callback(client.close)
    return Ground(config, owner, clock, metrics, store, sender, clients, timing)


def _status(ground: Ground) -> Status:
    config = ground.config
    max_age = {day: config.poll_every * factor for day, factor in RHYTHM.items()}
    return Status(
        config.workspaces,
        ground.clients,
        ground.store,
        clock=ground.clock,
        max_age=max_age,
        in_flight={project.name: project.in_flight for project in config.projects},
        timing=ground.timing,
    )


def _monitor(ground: Ground) -> Monitor:
    config = ground.config
    return Monitor(
        config.workspaces,
        config.rules,
        ground.clients,
        ground.store,
        owner=ground.owner,
        clock=ground.clock,
        metrics=ground.metrics,
        poll_every=config.poll_every,
        in_flight={project.name: project.in_flight for project in config.projects},
        timing=ground.timing,
    )


def _teller(ground: Ground) -> Teller:
    config = ground.config
    routes = Routes(
        {workspace.key: workspace for workspace in config.workspaces},
        {rule.name: rule for rule in config.rules},
        config.slack.channel,
        config.slack.locale.value,
        config.poll_every,
        config.unreadable_after,
    )
    return Teller(routes, ground.store, owner=ground.owner, clock=ground.clock)


def _notices(ground: Ground) -> Notices:
    return Notices(
        ground.store,
        ground.sender,
        owner=ground.owner,
        clock=ground.clock,
        metrics=ground.metrics,
        fallback_channel=ground.config.slack.channel,
        addresses=addresses(ground.config.digests, ground.config.slack.channel),
        locale=ground.config.slack.locale.value,
        timing=ground.timing,
    )


def _digests(ground: Ground, status: Status) -> Digests:
    config = ground.config
    return Digests(
        config.digests,
        config.workspaces,
        status,
        ground.store,
        owner=ground.owner,
        clock=ground.clock,
        default_channel=config.slack.channel,
        locale=config.slack.locale.value,
    )


def _readiness(ground: Ground, notices: Notices, scheduler: Scheduler, doors: Doors) -> Readiness:
    return Readiness(
        ground.config,
        store=ground.store,
        sender=ground.sender,
        notices=notices,
        scheduler=scheduler,
        line=doors.line,
        clock=ground.clock,
        timing=ground.timing,
    )
