"""Readiness: whether this process can do its work now, and its problems."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from bot.config import Config
from bot.domain.freshness import Freshness
from bot.domain.model import Day
from bot.domain.sentence import english
from bot.domain.slack_codes import cure_of
from bot.errors import StoreError
from bot.scheduler import Scheduler
from bot.server.condition import Condition
from bot.slack.sender import Sender
from bot.store.records import ReadHealth
from bot.store.store import Store
from bot.timing import USUAL, Timing
from bot.usecases.config_watch import Alone, Configs
from bot.usecases.dispatch import Dispatcher

MOST_NAMED = 5
UNWATCHED = "No replica has it in its config."
# Without this job nothing is known. Other jobs may take long, such as a digest of a thousand workspaces.
POLL = "poll"
LOCK_LOST = "store: this process has lost its lock in PostgreSQL; it sends nothing until it holds it again"


class SlackConnection(Protocol):
    """The connection by which Slack reaches the bot: `bot.slack.socket_mode.SocketMode`."""

    connected: bool
    problem: str


class Readiness:
    """Checks every part; `problems` mean not ready, `remarks` do not."""

    def __init__(
        self,
        config: Config,
        *,
        store: Store,
        sender: Sender,
        dispatcher: Dispatcher,
        scheduler: Scheduler,
        line: SlackConnection | None,
        configs: Configs = Alone(),  # noqa: B008 (it has no state)
        clock: Callable[[], datetime],
        timing: Timing = USUAL,
    ) -> None:
        self._timing = timing
        self._config, self._store, self._sender, self._dispatcher = config, store, sender, dispatcher
        self._scheduler, self._line, self._clock = scheduler, line, clock
        self._started = clock()
        self._looking: asyncio.Task[Condition] | None = None
        self._store_trouble = ""
        # The keys of the config file that are not in use.
        self.config_remarks: list[str] = []
        # What another part has to say.
        self.more_remarks: Callable[[], Sequence[str]] = tuple
        self._configs = configs

    async def look(self) -> Condition:
        """The condition of all parts, in our own words, without secrets."""
        store_and_dlf, stalled = await self._store_and_dlf(), self._stalled()
        polls = [stalled[name] for name in stalled if name == POLL]
        remarks = [
            _with_cure(f"channel {name}: messages are waiting ({code})", code)
            for name, code in self._dispatcher.parked.items()
            if name != self._config.slack.channel
        ]
        remarks += [f"channel {name}: {why}" for name, why in self._dispatcher.outdated.items()]
        remarks += [
            _with_cure(f"channel {name}: retrying ({code}). Messages are kept", code)
            for name, code in self._dispatcher.waiting.items()
        ]
        remarks += [f"job {name}: {why}" for name, why in self._scheduler.ailing.items()]
        remarks += [stalled[name] for name in stalled if name != POLL]
        if not self._store.life.may_send:
            remarks.append(LOCK_LOST)
        remarks += self.more_remarks()
        return Condition(
            (*self._slack(), *store_and_dlf.problems, *polls),
            (*self._default_channel(), *store_and_dlf.elsewhere),
            (*self.config_remarks, *self._configs.remarks, *store_and_dlf.remarks, *remarks),
        )

    async def stop(self) -> None:
        """Stop waiting for the database."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait([self._looking])

    def _slack(self) -> list[str]:
        problems = []
        if self._sender.identity is None:
            problems.append("Slack: not connected yet")
        if self._line is not None and not self._line.connected:
            problems.append(f"Slack: Socket Mode is not connected ({self._line.problem or 'connecting'})")
        if code := self._dispatcher.stopped:
            problems.append(_with_cure(f"Slack: sending is stopped ({code}). Messages are kept", code))
        return problems

    def _default_channel(self) -> list[str]:
        """Why the default channel, where problems of other channels are reported, cannot be used, if so."""
        default = self._config.slack.channel
        code = self._dispatcher.parked.get(default)
        if code is None:
            return []
        said = f"Slack: cannot post in the default channel {default} ({code}). Messages are kept"
        return [_with_cure(said, code)]

    def _stalled(self) -> dict[str, str]:
        """Jobs whose turns do not begin, by name."""
        stalled = self._scheduler.stalled(self._timing.stalled)
        return {name: f"job {name} has not run for {seconds:.0f} s" for name, seconds in stalled.items()}

    async def _store_and_dlf(self) -> Condition:
        """Answer in time, even if the database is slow; callers share a single query of it."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        done, _ = await asyncio.wait([self._looking], timeout=self._timing.ready)
        if not done:
            return Condition((self._store_trouble or "store: The database does not answer in time.",))
        return self._looking.result()

    async def _look(self) -> Condition:
        problems, remarks = list[str](), list[str]()
        try:
            await self._store.writable()
            health = await self._store.reads.health_of(Day.TODAY)
            for project in self._config.projects:
                problem, partly = self._dlf(project.name, health)
                problems += problem
                remarks += partly
        except StoreError as error:
            self._store_trouble = f"store: {error.what}"
            return Condition((self._store_trouble,))
        self._store_trouble = ""
        return Condition((), tuple(problems), tuple(remarks))

    def _dlf(self, project: str, found: Mapping[str, ReadHealth]) -> tuple[list[str], list[str]]:
        """Why the counts of this project, or of some of its workspaces, are stale."""
        keys = [one.key for one in self._config.workspaces if one.project == project]
        health = [found.get(key) or ReadHealth(key, Day.TODAY, 0, (), None) for key in keys]
        newest = max((one.last_read_at for one in health if one.last_read_at), default=None)
        if health and self._is_stale(newest or self._started):
            why = next((english(one.problem) for one in health if one.problem), UNWATCHED)
            return [f"DLF project {project}: {_last_read(newest)}. {why}"], []
        partly = [sentence for one in health if (sentence := self._trouble(one))]
        return [], [*partly[:MOST_NAMED], *_more(len(partly) - MOST_NAMED, project)]

    def _trouble(self, health: ReadHealth) -> str:
        """Why a workspace's counts are stale; empty if they are fresh."""
        if health.failures >= self._config.unreadable_after:
            return f"workspace {health.workspace_key}: {english(health.problem)}"
        # After a start nothing was read lately, so the start counts as a reading.
        if self._is_stale(max(health.last_read_at or self._started, self._started)):
            why = english(health.problem) or UNWATCHED
            return f"workspace {health.workspace_key}: {_last_read(health.last_read_at)}. {why}"
        return ""

    def _is_stale(self, since: datetime) -> bool:
        grace = timedelta(seconds=self._timing.ready_grace)
        return not Freshness(self._config.poll_every, grace).is_known(since, self._clock())


def _with_cure(said: str, code: str) -> str:
    """A sentence about Slack's error, and the remedy if one is known."""
    return " ".join(filter(None, (f"{said}.", cure_of(code))))


def _last_read(at: datetime | None) -> str:
    return f"not read since {at:%Y-%m-%dT%H:%M:%SZ}" if at else "never read"


def _more(number: int, project: str) -> list[str]:
    return [f"and {number} more workspace{'s' if number > 1 else ''} of {project}"] if number > 0 else []
