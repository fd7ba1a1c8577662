"""The bot's entry points: Slack's listeners over a socket or HTTP, and the operators' pages."""

import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from zoneinfo import ZoneInfo

from bot.app.health import Readiness
from bot.app.resources import Resources
from bot.app.use_cases import UseCases, build_explanations, build_overviews
from bot.config import Config
from bot.dlf.settings import IamUser
from bot.domain.model import Answer
from bot.errors import SlackError
from bot.logs import Once, log_event
from bot.messages.message import Message
from bot.messages.status import render_status
from bot.server.http_server import HttpApplication, HttpServer
from bot.slack.alert_buttons import AlertButtons
from bot.slack.app import Listeners, build_app
from bot.slack.digest_command import DigestCommand
from bot.slack.fold_buttons import FoldButtons
from bot.slack.home_tab import HomeTab
from bot.slack.http_requests import EVENTS_PATH, slack_http_app
from bot.slack.jobs_command import JobsCommand
from bot.slack.jobs_modal import JobsModal
from bot.slack.manifest import check_token
from bot.slack.permissions import Permissions
from bot.slack.runner import ListenerRunner
from bot.slack.sender import Sender
from bot.slack.silencing import SilenceActions
from bot.slack.socket_mode import SocketMode, passes
from bot.slack.status_command import StatusCommand
from bot.slack.why_button import WhyButton
from bot.tasks import Tasks
from bot.usecases.alert_actions import AlertActions
from bot.usecases.fold_actions import FoldActions
from bot.usecases.job_questions import JobQuestions
from bot.usecases.silencing import Silencing

log = logging.getLogger(__name__)

DRAIN_SECONDS = 4.0


class EntryPoints:
    """Listens to Slack and to operators, from `open` until the stack closes."""

    def __init__(self, resources: Resources, use_cases: UseCases, tasks: Tasks) -> None:
        self._resources, self._tasks = resources, tasks
        slack, sender = resources.config.slack, resources.sender
        listeners = _listeners(resources, use_cases, tasks)
        self._app = build_app(sender, listeners, signing_secret=slack.signing_secret)
        self.line: SocketMode | None = None
        if slack.app_token:
            timing = resources.replica.timing
            self.line = SocketMode(
                self._app,
                slack.app_token,
                slack.api_url,
                sender.session,
                clock=resources.replica.clock,
                patience=timing.socket_patience,
                check_every=timing.socket_check,
                ping_every=timing.socket_ping,
            )

    async def open(
        self, readiness: Readiness, stack: AsyncExitStack, *, refresh: Callable[[], Awaitable[None]]
    ) -> int:
        """Open all of them and return the HTTP port. Raises BotError: a port taken, a token refused."""
        config = self._resources.config
        secret = config.slack.signing_secret
        server = HttpServer(
            HttpApplication(
                readiness.look,
                self._resources.replica.metrics.registry,
                token=config.http.token,
                mounted={EVENTS_PATH: slack_http_app(self._app, secret)} if secret and not self.line else {},
                refresh=refresh,
            ),
            config.http.host,
            config.http.port,
        )
        await server.start()
        log_event(log, "listening", host=config.http.host, port=server.port)
        self._resources.replica.metrics.connected.set_function(self._is_reachable)
        stack.push_async_callback(server.close)
        stack.push_async_callback(self._tasks.drain, DRAIN_SECONDS)
        if self.line:
            stack.push_async_callback(self.line.stop)
            await self.line.start()
        return server.port

    def _is_reachable(self) -> float:
        """1 while Slack can reach this process: over its socket, or over HTTP once the identity is known."""
        return float(self.line.connected if self.line else self._resources.sender.identity is not None)


def _listeners(resources: Resources, use_cases: UseCases, tasks: Tasks) -> Listeners:
    routes, jobs, status = use_cases.routes, use_cases.jobs, use_cases.status
    config, replica, locale = resources.config, resources.replica, resources.config.slack.locale.value

    def observe(command: str, seconds: float, outcome: str) -> None:
        replica.metrics.commands.labels(command, outcome).inc()
        replica.metrics.command_seconds.labels(command).observe(seconds)

    def render(answer: Answer, refresh: str) -> Message:
        return render_status(answer, locale=locale, account=_account(config), refresh=refresh)

    runner = ListenerRunner(resources.sender, tasks, clock=replica.clock, observe=observe, locale=locale)
    permissions = Permissions(resources.sender.directory, config.slack.admins, locale=locale)
    zone = config.workspaces[0].zone if config.workspaces else ZoneInfo("UTC")
    alert_actions = AlertActions(replica.store, clock=replica.clock)
    folds = FoldActions(routes, replica.store, clock=replica.clock)
    silences = Silencing(replica.store, config.workspaces, clock=replica.clock)
    questions = JobQuestions(jobs, replica.store.alerts, config.workspaces, clock=replica.clock)
    home = HomeTab(runner, build_overviews(resources, status, routes), permissions)
    return (
        StatusCommand(runner, status, config.workspaces, permissions, render=render),
        DigestCommand(runner, use_cases.digests, permissions),
        AlertButtons(runner, alert_actions, permissions, redraw=home.draw),
        SilenceActions(runner, silences, permissions, zone=zone, redraw=home.draw),
        home,
        JobsCommand(runner, questions, config.workspaces, permissions),
        JobsModal(runner, questions, permissions),
        WhyButton(runner, build_explanations(resources, routes), permissions),
        FoldButtons(runner, folds, silences, permissions, zone=zone),
    )


def _account(config: Config) -> str:
    """The user whose instances `own` shows; empty if the config does not name a single user."""
    names = {one.auth.username for one in config.projects if isinstance(one.auth, IamUser)}
    return names.pop() if len(names) == 1 else ""


class TokenCheck:
    """Learns the bot's identity from Slack as soon as possible."""

    def __init__(self, sender: Sender) -> None:
        self._sender, self._once = sender, Once(log, "slack")

    async def tick(self) -> None:
        """Ask until it is known. Raises SlackError for an unusable token, not for an unreachable Slack."""
        if self._sender.identity is None:
            try:
                await check_token(self._sender)
            except SlackError as error:
                if not passes(error):
                    raise
                self._once.warn("identity", str(error))
