"""The environment of a proof: a DLF whose numbers a scenario sets, a Slack, and the bot's config for both."""

import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from aiohttp import web

from bot.cli.playground_config import config_yaml, project_yaml
from bot.playground import fake_dlf, sample_data
from bot.playground.clock import Clock
from bot.playground.fake_dlf import DlfWorld
from bot.playground.fake_slack.objects import Channel, User
from bot.playground.fake_slack.rate_tiers import RateTiers
from bot.playground.fake_slack.server import make_app
from bot.playground.fake_slack.world import SlackWorld

PROJECT = "proof"
RULE = "failures"
LIMIT = 5
# A proof begins at this time of its business clock.
OPENING = timedelta(hours=6, seconds=50)
DIGEST_CHANNEL = "C0DIGESTS"
STORM_CHANNEL = "C0STORM"
# The rule of the workspaces in storms, so that a silence of the rule mutes only them.
STORM_RULE = "storms"
ADA, STORM_BEN = "U0ADA", "U0BENSTORM"


class ScriptedDlf(DlfWorld):
    """Answers with the failures that a scenario sets, per workspace and business date.

    `cause` names the message that a workspace's number must lead to; `answered` says when DLF first gave it.
    """

    def __init__(self, clock: Clock, workspaces: Sequence[str], *, rate_limit: float) -> None:
        super().__init__(clock, extra_workspaces=workspaces, rate_limit=rate_limit, zone=ZoneInfo("UTC"))
        # Yesterday each workspace had numbers of its own, none beyond the limit: digests must say them.
        yesterday = self.today() - timedelta(days=1)
        self.failing: dict[tuple[str, date], int] = {
            (name, yesterday): 1 + number % LIMIT for number, name in enumerate(workspaces)
        }
        self._succeeded = {name: 90 + number for number, name in enumerate(workspaces)}
        # Jobs that wait for a person, per workspace.
        self.waiting: dict[str, int] = {}
        self.cause: dict[str, str] = {}
        self.answered: dict[str, float] = {}

    def counts(self, workspace: str, query_days: str = "today", *, own: bool = False) -> dict[str, int]:
        failed, succeeded, total = self.numbers(workspace, self.dates(query_days))
        if query_days == "today" and workspace in self.cause:
            self.answered.setdefault(self.cause[workspace], time.time())
        answer = dict.fromkeys(sample_data.COUNT_OF_STATUS.values(), 0) | {
            "fail_count": failed,
            "success_count": succeeded,
        }
        answer["waiting_confirm_count"] = self.waiting.get(workspace, 0)
        return answer | {"total_count": total}

    def numbers(self, workspace: str, dates: Iterable[date]) -> tuple[int, int, int]:
        """How many failed, succeeded and ran on these dates."""
        failed = sum(self.failing.get((workspace, on), 0) for on in dates)
        succeeded = self._succeeded.get(workspace, 0)
        return failed, succeeded, failed + succeeded


class MessageLimit(RateTiers):
    """A message per second and channel, like Slack; no limit per method: those are faults."""

    def method(self, name: str, tier: int) -> None:
        return


@dataclass(frozen=True, slots=True)
class Environment:
    """Both imitated services, listening, and the business clock that they share with the bots."""

    clock: Clock
    dlf: ScriptedDlf
    slack: SlackWorld
    dlf_url: str
    slack_url: str
    workspaces: tuple[str, ...]
    shift: float
    # Workspaces for storms, all in the same channel.
    struck: tuple[str, ...] = ()
    # The channels of workspaces that have none of their own.
    channels: dict[str, str] = field(default_factory=dict)

    def config(
        self,
        path: Path,
        store: str,
        *,
        poll_every: str = "1s",
        per_second: float = 200,
        digests: str = "",
        port: int = 0,
        **parts: str,
    ) -> Path:
        """Write a bot's config to `path`; `parts` are those of `config_yaml`."""
        channels = {name: channel_of(name) for name in self.workspaces} | self.channels
        channels |= dict.fromkeys(self.struck, STORM_CHANNEL)
        rows = (f"{{name: {name}, id: {name}, channel: {channel}}}" for name, channel in channels.items())
        project = project_yaml(
            PROJECT,
            self.dlf_url,
            workspaces=f"[{', '.join(rows)}]",
            timezone="UTC",
            requests_per_second=str(per_second),
        )
        text = config_yaml(
            project,
            slack=f"{self.slack_url}/api/",
            store=store,
            channel=DIGEST_CHANNEL,
            http=f"{{host: 127.0.0.1, port: {port}}}",
            poll_every=poll_every,
            digests=f"[{digests}]",
            **({"rules": self._rules(), "more": "unreadable_after: 1000"} | parts),
        )
        path.write_text(text, encoding="utf-8")
        return path

    def _rules(self) -> str:
        watched = {RULE: self.workspaces, STORM_RULE: self.struck}
        rules = [
            f"{{name: {name}, metric: fail_count, limit: {LIMIT}, workspaces: [{', '.join(workspaces)}]}}"
            for name, workspaces in watched.items()
            if workspaces
        ]
        return f"[{', '.join(rules)}]"


def people_of(workspace: str) -> tuple[str, str]:
    """The two people responsible for a workspace."""
    return f"U0ADA{workspace.upper()}", f"U0BEN{workspace.upper()}"


def channel_of(workspace: str) -> str:
    """Each workspace has a channel of its own, with Slack's real pace."""
    return f"C0{workspace.upper()}00"


@asynccontextmanager
async def open_environment(
    workspaces: int,
    *,
    rate_limit: float = 1000,
    history: bool = True,
    seed: int = 0,
    opens: timedelta = OPENING,
    struck: int = 0,
) -> AsyncIterator[Environment]:
    """Open both imitated services on free ports of loopback, until the block ends.

    Their clock `opens` so long after midnight.
    """
    now = datetime.now(UTC)
    opening = datetime(now.year, now.month, now.day, tzinfo=UTC) + opens
    clock = Clock(opening)
    names = tuple(f"w{number:03}" for number in range(workspaces))
    storm = tuple(f"s{number:03}" for number in range(struck))
    factory = ScriptedDlf(clock, (*names, *storm), rate_limit=rate_limit)
    slack = SlackWorld(lambda: datetime.now(UTC), seed=seed)
    slack.limits = MessageLimit(slack.timer)
    for channel in (DIGEST_CHANNEL, STORM_CHANNEL, *map(channel_of, names)):
        slack.channels[channel] = Channel(channel, channel.lower(), {slack.bot_user_id, ADA})
    slack.users[STORM_BEN] = User(STORM_BEN, "ben", "Ben")
    slack.channels[STORM_CHANNEL].members.add(STORM_BEN)
    for name in names:
        for user, called in zip(people_of(name), ("ada", "ben"), strict=True):
            slack.users[user] = User(user, called, called.title())
            slack.channels[channel_of(name)].members.add(user)
    if not history:
        slack.scopes -= {"channels:history", "groups:history", "im:history"}
    async with AsyncExitStack() as stack:
        running = await fake_dlf.start(factory)
        stack.push_async_callback(running.close)
        runner = web.AppRunner(make_app(slack), access_log=None, shutdown_timeout=1)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        slack.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        shift = (opening - now).total_seconds()
        yield Environment(clock, factory, slack, running.url, slack.base_url, names, shift, storm)
