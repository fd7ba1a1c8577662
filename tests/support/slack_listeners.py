"""`plugged()`: the Slack listeners alone on the imitated Slack, above use cases that a test sets."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import uvicorn
from aiohttp.test_utils import TestServer
from slack_bolt.async_app import AsyncApp

from bot.domain.alerts import ActionOutcome, ActionResult
from bot.domain.digest import Requested
from bot.domain.explanation import Why
from bot.domain.folds import TakenAll
from bot.domain.jobs import FailedJob, JobsFound
from bot.domain.model import Answer, Day, Row, Snapshot, StatusCounts, Workspace
from bot.domain.overview import Overview
from bot.domain.references import job_reference
from bot.domain.silences import Person, Scope, Silence, Silenced, Unsilenced, quiet_until
from bot.messages.fold_page import render_page
from bot.messages.message import Message
from bot.playground.fake_slack.server import make_app
from bot.playground.fake_slack.world import SlackWorld
from bot.secret import Secret
from bot.slack.alert_buttons import AlertButtons
from bot.slack.app import build_app
from bot.slack.digest_command import DigestCommand
from bot.slack.fold_buttons import FoldButtons
from bot.slack.home_tab import HomeTab
from bot.slack.http_requests import slack_http_app
from bot.slack.jobs_command import JobsCommand
from bot.slack.jobs_modal import JobsModal
from bot.slack.permissions import Permissions
from bot.slack.runner import ListenerRunner
from bot.slack.sender import Sender
from bot.slack.session import open_session
from bot.slack.silencing import SilenceActions
from bot.slack.socket_mode import SocketMode
from bot.slack.status_command import StatusCommand
from bot.slack.why_button import WhyButton
from bot.tasks import Tasks
from tests.support.message_scenes import FOLD, JOBS, RULE, WHY

ZONE = ZoneInfo("Asia/Singapore")
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
OPS, FINANCE, RANDOM, ADA, BEN = "C0DATAOPS", "C0FINANCE", "C0RANDOM", "U0ADA", "U0BEN"
COUNTS = StatusCounts(**dict.fromkeys(StatusCounts.__dataclass_fields__, 3))


def workspace(name: str, channel: str | None = None) -> Workspace:
    return Workspace("prod", name, id=f"id-{name}", zone=ZONE, channel=channel)


WORKSPACES = (workspace("sales"), workspace("finance", "C0FINANCE"), workspace("logs"))


def row(one: Workspace, day: Day = Day.TODAY, *, coming: bool = False) -> Row:
    if coming:
        return Row(one, None, coming=True)
    return Row(one, Snapshot(one, day, False, date(2026, 11, 23), COUNTS, NOW))


def render(answer: Answer, refresh: str = "") -> Message:
    """A stand-in for the real message: what matters here is how it travels."""
    lines = [f"{one.workspace.name}: {'coming' if one.coming else 'read'}" for one in answer.rows]
    text = f"{answer.day.value} " + ", ".join(lines)
    cells = [[{"type": "raw_text", "text": line}] for line in ("Workspace", *lines)]
    classic = ({"type": "section", "text": {"type": "mrkdwn", "text": text}},)
    return Message(text, ({"type": "table", "rows": cells},), classic)


class Asked:
    """The use case that answers, as the test wants it."""

    def __init__(self) -> None:
        self.questions: list[tuple[tuple[str, ...], Day, bool]] = []
        self.anew: list[bool] = []
        self.fresh = True
        self.known_does: Callable[[], Awaitable[None]] | None = None
        self.steps: list[float] = []

    async def known(
        self, workspaces: Sequence[Workspace], day: Day, own: bool, *, anew: bool = False
    ) -> Answer:
        self.questions.append((tuple(one.name for one in workspaces), day, own))
        self.anew.append(anew)
        if self.known_does is not None:
            await self.known_does()
        return Answer(day, own, tuple(row(one, day, coming=not self.fresh) for one in workspaces), NOW)

    async def answer(self, known: Answer, by: str) -> AsyncIterator[Answer]:
        """Each step reads another workspace."""
        for number, wait in enumerate(self.steps, start=1):
            await asyncio.sleep(wait)
            last = number == len(self.steps)
            asked = enumerate(one.workspace for one in known.rows)
            rows = [row(one, known.day, coming=not last and at >= number) for at, one in asked]
            yield replace(known, rows=tuple(rows))


class Pressed:
    """The use case behind the buttons."""

    def __init__(self) -> None:
        self.taken: dict[str, str] = {}
        self.done: dict[str, str] = {}
        self.silences: list[tuple[str, datetime, str]] = []
        self.said: list[tuple[Scope, str]] = []
        self.ended: list[tuple[str, str]] = []
        self.everywhere = False
        self.does: Callable[[], Awaitable[None]] | None = None

    async def acknowledge(self, alert_id: str, user: str, *, channel: str) -> ActionResult:
        if self.does is not None:
            await self.does()
        if alert_id == "gone":
            return ActionResult(ActionOutcome.UNKNOWN)
        if alert_id in self.taken:
            return ActionResult(ActionOutcome.ALREADY, self.taken[alert_id], NOW)
        self.taken[alert_id] = user
        return ActionResult(ActionOutcome.DONE, user)

    async def choose(
        self, reference: str, length: str, person: Person, zone: ZoneInfo, *, everywhere: bool = False
    ) -> Silenced:
        self.everywhere = everywhere
        until = quiet_until(length, NOW, zone, on=NOW.date(), day_zone=ZONE)
        if until is None:
            return Silenced(ActionOutcome.WRONG)
        return self._silenced(reference, until, person)

    async def silence(
        self, reference: str, scope: Scope, until: datetime, person: Person, comment: str
    ) -> Silenced:
        if self.does is not None:
            await self.does()
        self.said.append((scope, comment))
        return self._silenced(reference, until, person)

    async def look(self, reference: str) -> ActionOutcome | None:
        return ActionOutcome.OVER if reference == "over" else None

    async def end(self, reference: str, person: Person) -> Unsilenced:
        self.ended.append((reference, person.id))
        return Unsilenced(ActionOutcome.DONE, 1)

    def _silenced(self, reference: str, until: datetime, person: Person) -> Silenced:
        self.silences.append((reference, until, person.id))
        silence = Silence("failures", "prod/sales", until, person.id, NOW, name=person.name)
        return Silenced(ActionOutcome.DONE, silence, (silence,))

    async def give_back(self, alert_id: str, expected: str, user: str, *, channel: str) -> ActionResult:
        if self.taken.get(alert_id) != expected:
            return self._stands(alert_id)
        del self.taken[alert_id]
        return ActionResult(ActionOutcome.DONE)

    async def take_over(self, alert_id: str, expected: str, user: str, *, channel: str) -> ActionResult:
        if self.taken.get(alert_id) != expected:
            return self._stands(alert_id)
        self.taken[alert_id] = user
        return ActionResult(ActionOutcome.DONE)

    async def mark_done(self, reference: str, user: str, *, channel: str) -> ActionResult:
        if reference in self.done:
            return ActionResult(ActionOutcome.ALREADY, self.done[reference], NOW)
        self.done[reference] = user
        return ActionResult(ActionOutcome.DONE)

    def _stands(self, alert_id: str) -> ActionResult:
        if alert_id not in self.taken:
            return ActionResult(ActionOutcome.FREE)
        return ActionResult(ActionOutcome.ALREADY, self.taken[alert_id], NOW)


class Digested:
    """The use case behind /dlf-digest."""

    def __init__(self) -> None:
        self.names: Sequence[str] = ("morning", "finance")
        self.requested: list[tuple[str, str]] = []
        self.earlier_by: str | None = None
        self.does: Callable[[], Awaitable[None]] | None = None

    async def preview(self, name: str, by: str = "") -> Message:
        if self.does is not None:
            await self.does()
        return Message(f"digest {name} as it is now")

    async def request(self, name: str, by: str, *, where: str) -> Requested:
        self.requested.append((name, by))
        return Requested(OPS, self.earlier_by)


class Seen:
    """The use case behind the Home tab."""

    def __init__(self) -> None:
        self.looks = 0
        self.overview = Overview(Answer(Day.TODAY, False, tuple(map(row, WORKSPACES)), NOW), (), ())
        self.does: Callable[[], Awaitable[None]] | None = None

    async def look(self) -> Overview:
        self.looks += 1
        if self.does is not None:
            await self.does()
        return self.overview


class Listed:
    """The use case behind /dlf-jobs."""

    def __init__(self) -> None:
        self.alerts: list[str] = []
        self.lists: list[str] = []
        self.found = JOBS
        self.days: list[tuple[str, Day]] = []
        self.does: Callable[[], Awaitable[None]] | None = None

    async def of_alert(self, reference: str) -> JobsFound | None:
        self.alerts.append(reference)
        if self.does is not None:
            await self.does()
        return None if reference == "gone" else JOBS

    async def again(self, reference: str) -> JobsFound | None:
        self.lists.append(reference)
        if self.does is not None:
            await self.does()
        return self.found

    async def open(self, reference: str, job: str) -> tuple[JobsFound, FailedJob] | None:
        self.lists.append(reference)
        if self.does is not None:
            await self.does()
        one = next((one for one in self.found.jobs if job_reference(one.job) == job), None)
        return (self.found, one) if one else None

    async def of_day(self, workspace: Workspace, day: Day) -> JobsFound:
        self.days.append((workspace.name, day))
        if self.does is not None:
            await self.does()
        return JOBS


class Explained:
    """The use case behind *Why?*."""

    def __init__(self) -> None:
        self.alerts: list[str] = []

    async def why(self, reference: str) -> Why | None:
        self.alerts.append(reference)
        return None if reference == "gone" else WHY


class Folded:
    """The use case behind the buttons of a message about many alerts."""

    def __init__(self) -> None:
        self.taken: dict[int, str] = {}
        self.others = 0
        self.over = False

    async def take_all(self, fold: int, user: str, *, channel: str) -> TakenAll:
        if self.over:
            return TakenAll(0, 0, 0)
        first = self.taken.setdefault(fold, user) == user
        return TakenAll(30, 0, self.others) if first else TakenAll(0, 0, 30)

    async def silenceable(self, fold: int) -> str | None:
        return None if self.over else f"alert of {fold}"

    async def page(self, fold: int, page: int) -> Message | None:
        return None if self.over else render_page(fold, FOLD, RULE, page)

    async def show(self, given: str) -> Message | None:
        return None if given == "gone" else Message(f"the alert {given}")


class SlackHarness:
    """Everything between the imitated Slack and the use cases."""

    def __init__(self, world: SlackWorld, sender: Sender, api_url: str, admins: Sequence[str]) -> None:
        self.world, self.sender, self.api_url = world, sender, api_url
        self.asked, self.pressed, self.tasks = Asked(), Pressed(), Tasks()
        self.observed: list[tuple[str, str]] = []
        self.door = ListenerRunner(sender, self.tasks, clock=lambda: NOW, observe=self._observe)
        self.people = Permissions(sender.directory, admins)
        self.now: float | None = None
        self.commands = StatusCommand(
            self.door, self.asked, WORKSPACES, self.people, render=render, timer=self._timer
        )
        self.digested = Digested()
        self.digest = DigestCommand(self.door, self.digested, self.people)
        self.seen = Seen()
        self.home = HomeTab(self.door, self.seen, self.people)
        self.actions = AlertButtons(self.door, self.pressed, self.people, redraw=self.home.draw)
        self.silencing = SilenceActions(
            self.door, self.pressed, self.people, zone=ZONE, redraw=self.home.draw
        )

        self.listed = Listed()
        self.folded = Folded()
        self.folds = FoldButtons(self.door, self.folded, self.pressed, self.people, zone=ZONE)
        self.jobs = JobsCommand(self.door, self.listed, WORKSPACES, self.people)
        self.modal = JobsModal(self.door, self.listed, self.people)
        self.explained = Explained()
        self.why = WhyButton(self.door, self.explained, self.people)

    def _timer(self) -> float:
        return time.monotonic() if self.now is None else self.now

    def _observe(self, command: str, seconds: float, outcome: str) -> None:
        self.observed.append((command, outcome))

    def app(self, signing_secret: str = "") -> AsyncApp:
        buttons = (self.actions, self.silencing, self.home, self.jobs, self.modal, self.why, self.folds)
        listeners = (self.commands, self.digest, *buttons)
        return build_app(self.sender, listeners, signing_secret=Secret(signing_secret))

    def private(self, user: str = ADA) -> list[str]:
        return [ephemeral.text for ephemeral in self.world.ephemerals_of(user)]

    async def settled(self) -> None:
        async with asyncio.timeout(60):
            while len(self.tasks):
                await asyncio.sleep(0.01)

    def prove_native(self) -> None:
        """As after the first message this Slack took with native blocks."""
        message = render(Answer(Day.TODAY, False, tuple(map(row, WORKSPACES)), NOW))
        self.sender.block_fallback.learn(message, accepted=message.native, refused=())


@asynccontextmanager
async def plugged(
    mode: str = "none", *, admins: Sequence[str] = (), scopes: set[str] | None = None
) -> AsyncIterator[SlackHarness]:
    """A rig whose app listens over "socket" or "http", or not at all."""
    async with AsyncExitStack() as stack:
        world = SlackWorld(lambda: datetime.now(UTC))
        if scopes is not None:
            world.scopes = scopes
        server = await stack.enter_async_context(TestServer(make_app(world)))
        session = await stack.enter_async_context(open_session(seconds=5))
        api_url = str(server.make_url("/api/"))
        sender = Sender(Secret(world.bot_token), api_url, session, clock=lambda: NOW)
        await sender.probe()
        rig = SlackHarness(world, sender, api_url, admins)
        if mode == "socket":
            await stack.enter_async_context(connected(rig))
        elif mode == "http":
            world.request_url = await stack.enter_async_context(served(rig))
        yield rig
        await rig.tasks.drain(0.1)


@asynccontextmanager
async def connected(rig: SlackHarness, **options: float) -> AsyncIterator[SocketMode]:
    token = Secret(rig.world.app_token)
    line = SocketMode(
        rig.app(), token, rig.api_url, rig.sender.session, clock=lambda: datetime.now(UTC), **options
    )
    await line.start()
    try:
        yield line
    finally:
        await line.stop()


@asynccontextmanager
async def served(rig: SlackHarness) -> AsyncIterator[str]:
    secret = rig.world.signing_secret
    asgi = slack_http_app(rig.app(secret), Secret(secret))
    config = uvicorn.Config(
        asgi, log_config=None, lifespan="off", access_log=False, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started:
            await asyncio.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{port}/slack/events"
        finally:
            server.should_exit = True
            await serving
