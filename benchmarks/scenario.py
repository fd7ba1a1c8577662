"""The scenario of a proof sets the failures in DLF and notes which messages Slack must receive for them.

It never asks the bot. Each workspace fails again and again. A long episode keeps each number until Slack
shows it, so every message is known beforehand. A short episode ends as soon as the database holds a poll with
its number, whether Slack has received a message or not.
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from benchmarks.databases import PollRecords
from benchmarks.environment import PROJECT, RULE, Environment, channel_of
from bot.playground.fake_slack.objects import LogEntry
from bot.playground.fake_slack.world import SlackWorld

FIRING, RESOLVED = 0, 1
POSTED, EDITED = "chat.postMessage", "chat.update"


class Transcript:
    """The bot's messages so far, by key, read from the log of the imitated Slack."""

    def __init__(self, slack: SlackWorld) -> None:
        self._slack, self._seen = slack, 0
        self.messages: dict[str, list[LogEntry]] = {}

    def read(self) -> None:
        """Add the new entries of the log."""
        for entry in self._slack.log[self._seen :]:
            if entry.applied and entry.method in (POSTED, EDITED):
                self.messages.setdefault(entry.key or f"no key: {entry.text}", []).append(entry)
        self._seen = len(self._slack.log)

    def shows(self, key: str) -> tuple[int, int]:
        """The stage and number that the message shows now; (-1, 0) while there is no message."""
        entries = self.messages.get(key)
        return stage(entries[-1].text) if entries else (-1, 0)


def stage(text: str) -> tuple[int, int]:
    """Whether an alert's message says firing or resolved, and the number in it."""
    number = re.search(r"(\d[\d,]*) failed", text)
    resolved = "Resolved" in text.partition("\n")[0]
    return RESOLVED if resolved else FIRING, int(number[1].replace(",", "")) if number else 0


@dataclass(slots=True)
class Episode:
    """One alert from its first failure to its end; its required and permitted messages, key → words.

    `failures` are the numbers that DLF gave while it fired, in order: the root message may show no others.
    """

    workspace: str
    root: str
    failures: list[int] = field(default_factory=list)
    required: dict[str, tuple[str, ...]] = field(default_factory=dict)
    permitted: dict[str, tuple[str, ...]] = field(default_factory=dict)
    done: bool = False

    @property
    def channel(self) -> str:
        return channel_of(self.workspace)

    @property
    def resolved_words(self) -> tuple[str, ...]:
        """The words of the message that says the alert is resolved."""
        return (f"Resolved: {self.workspace}, now 0 failed", f"peak {max(self.failures):,}")


class Scenario:
    """Runs one episode after the other in each workspace until `stopping` is set."""

    def __init__(self, environment: Environment, poll_records: PollRecords, seed: int) -> None:
        self._environment, self._poll_records, self._seed = environment, poll_records, seed
        self.transcript = Transcript(environment.slack)
        self.episodes: list[Episode] = []
        self.stopping = False

    async def run(self) -> None:
        """Run in all workspaces; returns when each episode begun before `stopping` has reached its end."""
        await asyncio.gather(*map(self._run_episodes, self._environment.workspaces))

    async def _run_episodes(self, workspace: str) -> None:
        random, on = Random(f"{self._seed}/{workspace}"), self._environment.dlf.today()
        number = 0
        while not self.stopping:
            await asyncio.sleep(random.uniform(0.2, 2))
            number += 1
            root = f"alert/{RULE}/{PROJECT}/{workspace}/{on.isoformat()}/{number}"
            episode = Episode(workspace, root)
            self.episodes.append(episode)
            await (self._short_episode if number % 3 == 0 else self._long_episode)(episode, number, random)
            episode.done = True

    async def _long_episode(self, episode: Episode, number: int, random: Random) -> None:
        first = 10 * (number + random.randint(1, 9)) + 1
        self._fail(episode, first, episode.root)
        episode.required[episode.root] = ()
        await self._until(lambda: self.transcript.shows(episode.root) == (FIRING, first))
        if random.random() < 0.5:
            self._fail(episode, first + 2)  # too little for a new message: the bot edits the first
            await self._until(lambda: self.transcript.shows(episode.root) == (FIRING, first + 2))
        worse, now = f"{episode.root}/1", 2 * first + 3
        self._fail(episode, now, worse)
        episode.required[worse] = (f"Worse: {episode.workspace}, {now:,} failed, was {first:,}",)
        await self._until(
            lambda: worse in self.transcript.messages and self.transcript.shows(episode.root) == (FIRING, now)
        )
        over = f"{episode.root}/2"
        self._fail(episode, 0, over)
        episode.required[over] = episode.resolved_words
        await self._until(
            lambda: over in self.transcript.messages and self.transcript.shows(episode.root)[0] == RESOLVED
        )

    async def _short_episode(self, episode: Episode, number: int, random: Random) -> None:
        value = 10 * number + 7  # no other episode of this workspace has this number
        self._fail(episode, value, episode.root)
        while not await self._poll_records.contain(f"{PROJECT}/{episode.workspace}", value):
            await asyncio.sleep(0.1)
        episode.required[episode.root] = ()
        episode.permitted[f"{episode.root}/1"] = episode.resolved_words
        self._fail(episode, 0)
        await self._until(lambda: self.transcript.shows(episode.root)[0] == RESOLVED)

    def _fail(self, episode: Episode, failures: int, key: str = "") -> None:
        dlf = self._environment.dlf
        if failures:
            episode.failures.append(failures)
        dlf.failing[episode.workspace, dlf.today()] = failures
        dlf.cause[episode.workspace] = key or f"{episode.root} with {failures}"

    async def _until(self, shown: Callable[[], bool]) -> None:
        while True:
            self.transcript.read()
            if shown():
                return
            await asyncio.sleep(0.05)
