"""The composition root: a config in, a running bot out, everything closed in reverse order."""

import logging
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.attending import Attending
from bot.clock import SharedClock
from bot.config import Config
from bot.digests import Digests
from bot.dlf.access import AccessKey, IamUser
from bot.dlf.client import DlfClient
from bot.dlf.clients import open_clients
from bot.domain.model import Answer
from bot.errors import SlackError, SlackUnsure
from bot.logs import say
from bot.messages.message import Message
from bot.messages.status import render_status
from bot.metrics import Metrics
from bot.monitor import RHYTHM, Monitor
from bot.notices import Notices
from bot.pace import SharedPace
from bot.readiness import Readiness
from bot.scheduler import Scheduler
from bot.secret import Secret
from bot.server import Front, HttpServer
from bot.slack.actions import Actions
from bot.slack.app import build_app
from bot.slack.commands import Commands
from bot.slack.door import Door
from bot.slack.http import slack_asgi
from bot.slack.manifest import check_token
from bot.slack.people import People
from bot.slack.sender import Sender
from bot.slack.session import open_session
from bot.slack.tasks import Tasks
from bot.slack.transport import SocketMode
from bot.slack.trouble import RATE_LIMITED, UNREACHABLE
from bot.status import Status
from bot.store.store import Store, open_store
from bot.telling import Routes, Teller

log = logging.getLogger(__name__)

TICK_SECONDS = 1.0
DRAIN_SECONDS = 4.0
# What keeps us from knowing who we are for now, and passes.
WAIT_FOR = RATE_LIMITED | {UNREACHABLE}
Clock = Callable[[], datetime]


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


@dataclass(frozen=True, slots=True)
class _Ground:
    """What every part stands on."""

    config: Config
    owner: str
    clock: Clock
    metrics: Metrics
    store: Store
    sender: Sender
    clients: dict[str, DlfClient]


@asynccontextmanager
async def running(config: Config, *, clock: Clock | None = None) -> AsyncIterator[Bot]:
    """Run the bot until the block ends. `clock` replaces the database's (the playground moves its own).

    Raises BotError when it cannot start: the store or a port cannot be had, Slack refuses a token.
    """
    async with AsyncExitStack() as stack:
        scheduler = Scheduler(metrics := Metrics())
        ground = await _ground(config, clock, metrics, scheduler, stack)
        status = _status(ground)
        monitor, teller, notices, digests = _watchers(ground, status)
        tasks = Tasks()
        readiness = await _open_doors(ground, status, notices, scheduler, tasks, stack)
        await monitor.prepare()
        jobs = {"poll": monitor.tick, "tell": teller.tick, "notices": notices.tick, "digests": digests.tick}
        for name, job in jobs.items():
            scheduler.every(TICK_SECONDS, name, job)
        scheduler.every(5, "measure", notices.measure)
        scheduler.every(600, "prune", lambda: prune(ground.store, ground.clock(), config.keep))
        stack.push_async_callback(monitor.stop)
        stack.push_async_callback(notices.stop, DRAIN_SECONDS)
        stack.callback(scheduler.stop)
        scheduler.start()
        say(log, "running", workspaces=len(config.workspaces), store=config.store_label, owner=ground.owner)
        yield Bot(config, ground.store, ground.sender, monitor, notices, readiness, readiness.http_port)
        say(log, "stopping")


async def prune(store: Store, now: datetime, keep: timedelta) -> None:
    """Forget what is too old to be asked for."""
    await store.snapshots.prune(now - keep)
    await store.alerts.prune((now - keep).date())
    await store.notices.prune(now - keep)
    await store.silences.prune(now - keep)


def secrets_of(config: Config) -> list[str]:
    """Every secret of the config, for the log's filter."""
    found: list[Secret | None] = [config.slack.bot_token, config.slack.app_token, config.slack.signing_secret]
    found += [config.http.token, config.store if "@" in config.store.reveal() else None]
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
    config: Config, clock: Clock | None, metrics: Metrics, scheduler: Scheduler, stack: AsyncExitStack
) -> _Ground:
    store = await open_store(config.store.reveal())
    stack.push_async_callback(store.close)
    if clock is None:
        clock = shared = SharedClock(store.now)
        await shared.correct()
        scheduler.every(30, "clock", shared.correct)
    session = open_session()
    stack.push_async_callback(session.close)
    sender = Sender(config.slack.bot_token, config.slack.api_url, session, clock=clock)
    clients = _clients(config, store)
    for client in clients.values():
        stack.push_async_callback(client.close)
    owner = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
    return _Ground(config, owner, clock, metrics, store, sender, clients)


def _clients(config: Config, store: Store) -> dict[str, DlfClient]:
    """One process on SQLite paces itself; replicas on PostgreSQL share the pace through the store."""
    if store.dialect == "sqlite":
        return open_clients(config.projects)
    return open_clients(
        config.projects,
        limiter_for=lambda credential, per_second: SharedPace(store.limits, credential, per_second),
    )


def _status(ground: _Ground) -> Status:
    config = ground.config
    max_age = {day: config.poll_every * factor for day, factor in RHYTHM.items()}
    return Status(config.workspaces, ground.clients, ground.store, clock=ground.clock, max_age=max_age)


def _watchers(ground: _Ground, status: Status) -> tuple[Monitor, Teller, Notices, Digests]:
    config, owner, clock, store = ground.config, ground.owner, ground.clock, ground.store
    channel, locale = config.slack.channel, config.slack.locale.value
    monitor = Monitor(
        config.workspaces,
        config.rules,
        ground.clients,
        store,
        owner=owner,
        clock=clock,
        metrics=ground.metrics,
        poll_every=config.poll_every,
        in_flight={one.name: max(4, min(64, int(2 * one.requests_per_second))) for one in config.projects},
    )
    routes = Routes(
        {workspace.key: workspace for workspace in config.workspaces},
        {rule.name: rule for rule in config.rules},
        channel,
        locale,
        config.poll_every,
        config.unreadable_after,
    )
    teller = Teller(routes, store, owner=owner, clock=clock)
    notices = Notices(
        store,
        ground.sender,
        owner=owner,
        clock=clock,
        metrics=ground.metrics,
        fallback_channel=channel,
        locale=locale,
    )
    digests = Digests(
        config.digests,
        config.workspaces,
        status,
        store,
        owner=owner,
        clock=clock,
        default_channel=channel,
        locale=locale,
    )
    return monitor, teller, notices, digests


async def _open_doors(
    ground: _Ground,
    status: Status,
    notices: Notices,
    scheduler: Scheduler,
    tasks: Tasks,
    stack: AsyncExitStack,
) -> Readiness:
    """Listen: to operators over HTTP, and to Slack over a socket or the same HTTP port."""
    config, sender = ground.config, ground.sender
    await _introduce(sender)
    scheduler.every(15, "introduce", lambda: _introduce(sender))
    app = build_app(sender, *_listeners(ground, status, tasks), signing_secret=config.slack.signing_secret)
    slack = None
    transport: SocketMode | None = None
    if config.slack.app_token:
        transport = SocketMode(
            app, config.slack.app_token, config.slack.api_url, sender.session, clock=ground.clock
        )
    elif config.slack.signing_secret:
        slack = slack_asgi(app, config.slack.signing_secret)
    readiness = Readiness(config, ground.store, sender, notices, scheduler, transport, ground.clock)
    front = Front(readiness.look, ground.metrics.registry, token=config.http.token, slack=slack)
    server = HttpServer(front, config.http.host, config.http.port)
    await server.start()
    stack.push_async_callback(server.close)
    readiness.http_port = server.port
    stack.push_async_callback(tasks.drain, DRAIN_SECONDS)
    if transport:
        stack.push_async_callback(transport.stop)
        await transport.start()
    return readiness


def _listeners(ground: _Ground, status: Status, tasks: Tasks) -> tuple[Commands, Actions]:
    config, metrics, locale = ground.config, ground.metrics, ground.config.slack.locale.value

    def observe(command: str, seconds: float, outcome: str) -> None:
        metrics.commands.labels(command, outcome).inc()
        metrics.command_seconds.labels(command).observe(seconds)

    def render(answer: Answer) -> Message:
        return render_status(answer, locale=locale, account=_account(config))

    door = Door(ground.sender, tasks, clock=ground.clock, observe=observe, locale=locale)
    people = People(ground.sender.directory, config.slack.admins, locale=locale)
    zone = config.workspaces[0].zone if config.workspaces else ZoneInfo("UTC")
    attending = Attending(ground.store, clock=ground.clock)
    return (
        Commands(door, status, config.workspaces, render=render),
        Actions(door, attending, people, zone=zone),
    )


def _account(config: Config) -> str:
    """Whose instances `own` shows, where the config knows the name."""
    names = {one.auth.username for one in config.projects if isinstance(one.auth, IamUser)}
    return names.pop() if len(names) == 1 else ""


async def _introduce(sender: Sender) -> None:
    """Learn who Slack says we are. A token that will never do raises; a Slack that is away does not."""
    if sender.identity is None:
        try:
            await check_token(sender)
        except SlackError as error:
            if isinstance(error, SlackUnsure) or error.code in WAIT_FOR:
                say(log, "slack", logging.WARNING, problem=error.what)
                return
            raise
