"""How people reach the bot: Slack's listeners over a socket or HTTP, and the operators' pages."""

import logging
from contextlib import AsyncExitStack
from zoneinfo import ZoneInfo

from bot.attending import Attending
from bot.config import Config
from bot.digests import Digests
from bot.dlf.access import IamUser
from bot.domain.model import Answer
from bot.errors import SlackError
from bot.ground import Ground
from bot.logs import Once
from bot.messages.message import Message
from bot.messages.status import render_status
from bot.overview import Overviews
from bot.readiness import Readiness
from bot.server import Front, HttpServer
from bot.slack.actions import Actions
from bot.slack.app import Listeners, build_app
from bot.slack.commands import Commands
from bot.slack.digest import DigestCommand
from bot.slack.door import Door
from bot.slack.home import Home
from bot.slack.http import slack_asgi
from bot.slack.manifest import check_token
from bot.slack.people import People
from bot.slack.sender import Sender
from bot.slack.tasks import Tasks
from bot.slack.transport import SocketMode, passes
from bot.status import Status

log = logging.getLogger(__name__)

DRAIN_SECONDS = 4.0


class Doors:
    """Listens to Slack and to operators, from `open` until the stack closes."""

    def __init__(self, ground: Ground, status: Status, digests: Digests, tasks: Tasks) -> None:
        self._ground, self._tasks = ground, tasks
        slack, sender = ground.config.slack, ground.sender
        listeners = _listeners(ground, status, digests, tasks)
        self._app = build_app(sender, listeners, signing_secret=slack.signing_secret)
        self.line: SocketMode | None = None
        if slack.app_token:
            timing = ground.timing
            self.line = SocketMode(
                self._app,
                slack.app_token,
                slack.api_url,
                sender.session,
                clock=ground.clock,
                patience=timing.socket_patience,
                check_every=timing.socket_check,
                ping_every=timing.socket_ping,
            )

    async def open(self, readiness: Readiness, stack: AsyncExitStack) -> int:
        """Open them all and say on which HTTP port. Raises BotError: a port taken, a token refused."""
        config = self._ground.config
        secret = config.slack.signing_secret
        server = HttpServer(
            Front(
                readiness.look,
                self._ground.metrics.registry,
                token=config.http.token,
                slack=slack_asgi(self._app, secret) if secret and not self.line else None,
            ),
            config.http.host,
            config.http.port,
        )
        await server.start()
        self._ground.metrics.connected.set_function(self._is_reachable)
        stack.push_async_callback(server.close)
        stack.push_async_callback(self._tasks.drain, DRAIN_SECONDS)
        if self.line:
            stack.push_async_callback(self.line.stop)
            await self.line.start()
        return server.port

    def _is_reachable(self) -> float:
        """1 while Slack can reach this process: over its socket, or over HTTP once we know who we are."""
        return float(self.line.connected if self.line else self._ground.sender.identity is not None)


def _listeners(ground: Ground, status: Status, digests: Digests, tasks: Tasks) -> Listeners:
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
        DigestCommand(door, digests, people),
        Actions(door, attending, people, zone=zone),
        Home(door, _overviews(ground, status), people),
    )


def _overviews(ground: Ground, status: Status) -> Overviews:
    config = ground.config
    return Overviews(
        status,
        ground.store.alerts,
        config.workspaces,
        config.rules,
        config.digests,
        clock=ground.clock,
        poll_every=config.poll_every,
        default_channel=config.slack.channel,
    )


def _account(config: Config) -> str:
    """Whose instances `own` shows, where the config knows the name."""
    names = {one.auth.username for one in config.projects if isinstance(one.auth, IamUser)}
    return names.pop() if len(names) == 1 else ""


class Introduction:
    """Learns who Slack says we are, as soon as it can."""

    def __init__(self, sender: Sender) -> None:
        self._sender, self._once = sender, Once(log, "slack")

    async def tick(self) -> None:
        """Ask until it is known. A token that will never do raises; a Slack that is away does not."""
        if self._sender.identity is None:
            try:
                await check_token(self._sender)
            except SlackError as error:
                if not passes(error):
                    raise
                self._once.say("identity", error.what)
