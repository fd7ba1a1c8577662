"""The whole bot between imitations of DLF and Slack: `services()` here, `run_imitations()` in a thread."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest

from bot.app.lifecycle import Bot, running
from bot.cli.main import main
from bot.cli.playground_config import PROJECT_DEFAULTS, config_yaml, project_yaml
from bot.config import Config, load
from bot.dlf.client import wall_clock
from bot.playground.clock import Clock
from bot.playground.fake_dlf import DlfWorld
from bot.playground.fake_slack.world import SlackWorld
from bot.playground.servers import Playground, run_playground
from bot.timing import Timing

T = TypeVar("T")
OPS, ADA, BEN = "C0DATAOPS", "U0ADA", "U0BEN"
SECRETS = {
    "DLF_SK": "playground-secret",
    "SLACK_BOT": "xoxb-playground",
    "SLACK_APP": "xapp-playground",
    "SLACK_SIGNING": "playground-signing-secret",
}
PROJECT_PARTS = {"auth": "{access_key: AKPLAYGROUND, secret_key: '${DLF_SK}'}", "requests_per_second": "1000"}
PARTS = {"transport": "app_token: ${SLACK_APP}", "bot_token": "${SLACK_BOT}"}
THREE = "[{name: sales, id: ws-sales}, {name: finance, id: ws-finance}, {name: logs, id: ws-logs}]"
FAILURES = "[{name: failures, metric: fail_count, limit: 5}]"
# The usual proportions without the half minutes.
BRISK = Timing(
    tick=0.2,
    spacing=0.05,
    look_up=0.3,
    look_up_after_timeout=1,
    retry_most=1,
    park=0.5,
    probe=0.3,
    socket_patience=1,
    socket_check=0.1,
    introduce=0.3,
    measure=0.2,
    config=0.2,
)
HTTP_MODE = "signing_secret: ${SLACK_SIGNING}"


@dataclass(frozen=True, slots=True)
class Services:
    """The imitated DLF and Slack, listening, and a folder for the files that a config needs."""

    playground: Playground
    folder: Path

    @property
    def dlf(self) -> DlfWorld:
        return self.playground.dlf

    @property
    def slack(self) -> SlackWorld:
        return self.playground.slack

    @property
    def clock(self) -> Clock:
        return self.playground.clock

    def write(self, name: str = "config.yaml", **parts: str) -> Path:
        """Write a config for these worlds; `parts` replace values of `project_yaml` and `config_yaml`."""
        usual = PROJECT_PARTS | PARTS
        usual |= {"dlf": self.playground.dlf_url, "slack": self.playground.slack_api_url}
        usual |= {"store": f"sqlite:///{self.folder / 'bot.db'}"} | parts
        of_project = {key: usual.pop(key) for key in ("dlf", "jobs", *PROJECT_DEFAULTS) if key in usual}
        path = self.folder / name
        path.write_text(config_yaml(project_yaml("prod", **of_project), **usual), encoding="utf-8")
        return path

    def config(self, environ: Mapping[str, str] | None = None, **parts: Any) -> Config:
        return load(self.write(**parts), SECRETS | dict(environ or {}))

    @asynccontextmanager
    async def bot(
        self,
        config: Config | None = None,
        *,
        timing: Timing = BRISK,
        wall: Callable[[], datetime] = wall_clock,
        **parts: Any,
    ) -> AsyncIterator[Bot]:
        """The whole bot in this event loop, on the worlds' clock; `parts` make a config if there is none."""
        config = config or self.config(**parts)
        async with running(config, clock=self.clock.now, wall=wall, timing=timing) as bot:
            if config.slack.app_token is None:
                self.slack.request_url = f"http://127.0.0.1:{bot.http_port}/slack/events"
            yield bot

    def forward(self, **span: float) -> None:
        """Let time pass."""
        self.clock.jump(self.clock.now() + timedelta(**span))

    async def type(
        self, text: str, *, user: str = ADA, channel: str = OPS, command: str = "/dlf-status"
    ) -> str:
        """Type after the command; the answer that only `user` sees."""
        before = len(self.private(user))
        outcome = await self.slack.run_command(user, channel, text, command=command)
        assert outcome.ok, outcome
        # On a slow machine the ack says that DLF is being read, and the answer follows.
        await soon(lambda: [one for one in self.private(user)[before:] if "Reading from DLF" not in one])
        return self.private(user)[-1]

    # What a reader of the channel sees

    def thread(self, ts: str, channel: str = OPS) -> list[str]:
        return [message.text for message in self.slack.thread(channel, ts)]

    def texts(self, channel: str = OPS) -> list[str]:
        return [message.text for message in self.slack.messages(channel)]

    def private(self, user: str = ADA) -> list[str]:
        return [one.text for one in self.slack.ephemerals_of(user)]


@asynccontextmanager
async def services(folder: Path, *, at: datetime | None = None) -> AsyncIterator[Services]:
    """Both worlds in this loop, from `at` on (real time without it), with no limit on requests."""
    async with AsyncExitStack() as stack:
        playground = await stack.enter_async_context(run_playground(0, clock=Clock(at)))
        playground.dlf.rate_limit = 1_000_000
        yield Services(playground, folder)


async def soon(claim: Callable[[], T], seconds: float = 40.0) -> T:
    """Wait until `claim()` gives something true; its last value stands in the failure."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while not (found := claim()):
        assert loop.time() < until, f"not within {seconds:g} s: {found!r}"
        await asyncio.sleep(0.02)
    return found


class Imitations:
    """Imitated services in a thread of their own: commands run here as in a terminal, and block."""

    def __init__(self, services: Services, loop: asyncio.AbstractEventLoop) -> None:
        self.services, self._loop = services, loop

    def do(self, act: Callable[[Services], T]) -> T:
        """Do something to the imitated services, in their thread."""

        async def acted() -> T:
            return act(self.services)

        return asyncio.run_coroutine_threadsafe(acted(), self._loop).result(40)


@contextmanager
def run_imitations(folder: Path, *, at: datetime | None = None) -> Iterator[Imitations]:
    """The imitated DLF and Slack in a thread until the block ends."""
    ready: list[Imitations] = []
    up, over = threading.Event(), asyncio.Event()

    async def live() -> None:
        async with services(folder, at=at) as found:
            ready.append(Imitations(found, asyncio.get_running_loop()))
            up.set()
            await over.wait()

    thread = threading.Thread(target=lambda: asyncio.run(live()), name="worlds")
    thread.start()
    assert up.wait(40)
    try:
        yield ready[0]
    finally:
        ready[0]._loop.call_soon_threadsafe(over.set)
        thread.join(10)


@dataclass(frozen=True, slots=True)
class Ended:
    """A command's exit code and output."""

    code: int
    out: str
    err: str


class Terminal:
    """Runs `dlf-bot` commands in this process; no command may ever show a traceback."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: object) -> Ended:
        self._capsys.readouterr()
        code: object = None
        with contextlib.suppress(SystemExit):
            try:
                main([str(argument) for argument in arguments])
            except SystemExit as end:
                code = end.code
                raise
        out, err = self._capsys.readouterr()
        assert isinstance(code, int), f"a command ends with an exit code, not {code!r}"
        assert "Traceback" not in out + err
        assert "bug in dlf-bot" not in err
        return Ended(code, out, err)


def utc(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=UTC)  # type: ignore[arg-type, misc]
