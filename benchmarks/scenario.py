"""The scenario of a proof sets the failures in DLF and notes which messages Slack must receive for them.

It never asks the bot. Each workspace fails again and again. A long episode keeps each number until Slack
shows it, so every message is known beforehand. A short episode ends as soon as the database holds a poll with
its number, whether Slack has received a message or not. In others people take the alert, give it back or
silence it. What burns at midnight ends with its date.
"""

import asyncio
from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, date, timedelta
from functools import partial
from random import Random
from typing import Any

from benchmarks.databases import Records
from benchmarks.environment import PROJECT, RULE, Environment, channel_of
from benchmarks.people import People
from benchmarks.transcript import FIRING, OVER, Messages, Transcript, says
from bot.domain.past import day_ends

# For so long before midnight no number changes.
STILL = timedelta(seconds=3)


class DayOverError(Exception):
    """Midnight came while an episode waited for something to be shown."""


@dataclass(slots=True)
class Episode:
    """An alert from its first failure to its end; its required and permitted messages, key → words.

    `failures` are the numbers that DLF gave while it fired, in order: the root message may show no others.
    `acts` are what people did to it, in order; if midnight `crossed` it, the last may have come to nothing.

    When a message of the alert was deleted, by a person or by the bot because the thread was gone, a reply
    that Slack never confirmed is told anew, and with it the news since: under its key stand later `news`.
    """

    workspace: str
    root: str
    failures: list[int] = field(default_factory=list)
    required: dict[str, tuple[str, ...]] = field(default_factory=dict)
    permitted: dict[str, tuple[str, ...]] = field(default_factory=dict)
    acts: list[tuple[str, str]] = field(default_factory=list)
    news: dict[str, tuple[str, ...]] = field(default_factory=dict)
    replies: int = 0
    last: int = 0
    crossed: bool = False
    done: bool = False

    @property
    def channel(self) -> str:
        return channel_of(self.workspace)

    @property
    def date(self) -> date:
        """The business date, at whose midnight the alert ends."""
        return date.fromisoformat(self.root.split("/")[-2])

    @property
    def alert_id(self) -> str:
        return self.root.removeprefix("alert/")

    @property
    def over_words(self) -> tuple[str, ...]:
        """The words of the message that says the alert is over."""
        if self.crossed and not self.last:  # resolved just before midnight, or ended by it
            return (f"· {self.workspace}:", "0 failed")
        if self.crossed:
            return (f"Day over, not resolved · {self.workspace}: {self.last:,} failed",)
        return (f"Resolved · {self.workspace}: 0 failed", f"peak {max(self.failures):,}")

    def reply(self, *words: str) -> str:
        """Require the next reply, with these words; its key."""
        self.replies += 1
        key = f"{self.root}/{self.replies}"
        self.required[key] = self.news[key] = words
        return key

    def is_disturbed(self, messages: Messages, deleted: Collection[str]) -> bool:
        """Whether a message of the alert was deleted."""
        return any(
            entry.ts in deleted
            for key, entries in messages.items()
            if key == self.root or key.startswith(f"{self.root}/")
            for entry in entries
        )

    def is_told(self, key: str, messages: Messages, deleted: Collection[str]) -> bool:
        """Whether a reply is in Slack; after a deletion it may stand under an earlier key."""
        if key in messages or not self.is_disturbed(messages, deleted):
            return key in messages
        earlier = [one for one in self.news if one < key]
        return any(says(entry.text, self.news[key]) for one in earlier for entry in messages.get(one, ()))

    def later(self, key: str) -> list[tuple[str, ...]]:
        """The words that may stand under this key, too, when a message was deleted."""
        return [words for one, words in self.news.items() if one > key] + [self.over_words]

    def cross(self, shown: Collection[str]) -> None:
        """End it at midnight: replies not posted yet may come, or be part of the reply about the end."""
        self.crossed = True
        for key in [key for key in self.required if key != self.root and key not in shown]:
            del self.required[key]
        for number in range(1, self.replies + 3):
            key = f"{self.root}/{number}"
            if key not in self.required:
                self.permitted[key] = ()


class Scenario:
    """Runs successive episodes in each workspace until `stopping` is set."""

    def __init__(
        self, environment: Environment, records: Records, seed: int, deleted: set[str] | None = None
    ) -> None:
        """`deleted`: the `ts` of the messages that people delete."""
        self._environment, self._records, self._seed = environment, records, seed
        self.transcript = Transcript(environment.slack, deleted)
        self.episodes: list[Episode] = []
        self.stopping = False

    async def run(self) -> None:
        """Run in all workspaces; returns when each episode begun before `stopping` has reached its end."""
        await asyncio.gather(*map(self._run_episodes, self._environment.workspaces))

    async def _run_episodes(self, workspace: str) -> None:
        random, on = Random(f"{self._seed}/{workspace}"), self._environment.dlf.today()
        lives, total = 0, int(workspace[1:])
        while not self.stopping:
            await asyncio.sleep(random.uniform(0.2, 2))
            await self._pass_midnight()
            if on != self._environment.dlf.today():
                on, lives = self._environment.dlf.today(), 0
            lives, total = lives + 1, total + 1
            root = f"alert/{RULE}/{PROJECT}/{workspace}/{on.isoformat()}/{lives}"
            episode = Episode(workspace, root)
            self.episodes.append(episode)
            scripts = (self._short_episode, self._long_episode, self._taken_episode, self._silenced_episode)
            try:
                await scripts[total % len(scripts)](episode, total, random)
            except DayOverError:
                await self._cross(episode)
            episode.done = True

    async def _cross(self, episode: Episode) -> None:
        """Let the episode end with its date. A failure that no poll saw until then need not be told."""
        seen = await self._records.contain(f"{PROJECT}/{episode.workspace}", episode.last)
        episode.cross(self.transcript.messages)
        if seen or episode.root in self.transcript.messages:
            episode.required.setdefault(episode.root, ())
            await self._shows(lambda: self.transcript.shows(episode.root)[0] == OVER)
        else:
            episode.permitted[episode.root] = episode.required.pop(episode.root, ())

    async def _long_episode(self, episode: Episode, number: int, random: Random) -> None:
        first = await self._begin(episode, number, random)
        if random.random() < 0.5:
            await self._fail(episode, first + 2)  # too little for a new message: the bot edits the first
            await self._until(episode, lambda: self.transcript.shows(episode.root) == (FIRING, first + 2))
        now = 2 * first + 3
        worse = episode.reply(f"Worse · {episode.workspace}: {now:,} failed, was {first:,}")
        await self._fail(episode, now, worse)
        await self._until(
            episode,
            lambda: self._tells(episode, worse) and self.transcript.shows(episode.root) == (FIRING, now),
        )
        await self._resolve(episode)

    async def _taken_episode(self, episode: Episode, number: int, random: Random) -> None:
        """Taken, taken over, given back."""
        await self._begin(episode, number, random)
        people, ts = self._people(episode), partial(self._ts, episode)
        shows = partial(self._root_says, episode)
        await self._watched(episode, people.take(ts, lambda: shows(f"Taken by <@{people.ada}>")))
        over = episode.reply(f"<@{people.ben}> took this over from <@{people.ada}>.")
        await self._watched(episode, people.take_over(ts, lambda: shows(f"Taken by <@{people.ben}>")))
        await self._until(episode, lambda: self._tells(episode, over))
        if random.random() < 0.7:
            back = episode.reply(f"<@{people.ben}> gave this back.")
            giving = people.give_back(ts, lambda: shows(f"given back by <@{people.ben}>"))
            await self._watched(episode, giving)
            await self._until(episode, lambda: self._tells(episode, back))
        await self._resolve(episode)

    async def _silenced_episode(self, episode: Episode, number: int, random: Random) -> None:
        """Silenced, by two until midnight and ended by hand, or for a moment; told of at the end."""
        await self._begin(episode, number, random)
        people, ts = self._people(episode), partial(self._ts, episode)
        shows = partial(self._root_says, episode)
        if random.random() < 0.5:
            silencing = people.silence_the_day(ts, episode.alert_id, lambda: shows("Silenced by @"))
            await self._watched(episode, silencing)
            told = episode.reply("@ben ended the silence")
            await self._watched(episode, people.end_silence(ts, lambda: self._tells(episode, told)))
        else:
            await self._watched(episode, people.silence_for_a_moment(ts, episode.alert_id))
            told = episode.reply("Silence ended")
        await self._until(episode, lambda: self._tells(episode, told) and not shows("Silenced by @"))
        await self._resolve(episode)

    async def _short_episode(self, episode: Episode, number: int, random: Random) -> None:
        value = 10 * number + 7  # no other episode of this workspace has this number
        await self._fail(episode, value, episode.root)
        while not await self._records.contain(f"{PROJECT}/{episode.workspace}", value):
            if episode.date != self._environment.dlf.today():
                raise DayOverError
            await asyncio.sleep(0.1)
        episode.required[episode.root] = ()
        episode.replies += 1
        episode.permitted[f"{episode.root}/1"] = episode.over_words
        await self._fail(episode, 0)
        await self._until(episode, lambda: self.transcript.shows(episode.root)[0] == OVER)

    async def _begin(self, episode: Episode, number: int, random: Random) -> int:
        first = 100 * number + 10 * random.randint(1, 9) + 1
        await self._fail(episode, first, episode.root)
        episode.required[episode.root] = ()
        await self._until(episode, lambda: self.transcript.shows(episode.root) == (FIRING, first))
        return first

    async def _resolve(self, episode: Episode) -> None:
        over = episode.reply(*episode.over_words)
        await self._fail(episode, 0, over)
        await self._until(
            episode,
            lambda: self._tells(episode, over) and self.transcript.shows(episode.root)[0] == OVER,
        )

    async def _fail(self, episode: Episode, failures: int, key: str = "") -> None:
        """Set DLF's number. Shortly before midnight it stands still: the last look must see what was seen."""
        dlf = self._environment.dlf
        await self._pass_midnight()
        if episode.failures and episode.date != dlf.today():
            raise DayOverError
        episode.last = failures
        if failures:
            episode.failures.append(failures)
        dlf.failing[episode.workspace, dlf.today()] = failures
        dlf.cause[episode.workspace] = key or f"{episode.root} with {failures}"

    async def _pass_midnight(self) -> bool:
        """Wait for midnight if it is near; whether it was."""
        now = self._environment.clock.now()
        midnight = day_ends(now.date(), UTC)
        if midnight - now > STILL:
            return False
        await asyncio.sleep((midnight - now).total_seconds() + 0.1)
        return True

    def _people(self, episode: Episode) -> People:
        people = People(self._environment, self._records, episode.workspace, episode.channel)
        people.acts = episode.acts
        return people

    def _tells(self, episode: Episode, key: str) -> bool:
        self.transcript.read()
        return episode.is_told(key, self.transcript.messages, self.transcript.deleted)

    def _ts(self, episode: Episode) -> str:
        """Where the alert's message is; of possible repeats the bot keeps the last up to date."""
        self.transcript.read()
        return self.transcript.messages[episode.root][-1].ts or ""

    def _root_says(self, episode: Episode, words: str) -> bool:
        self.transcript.read()
        return words in self.transcript.messages[episode.root][-1].text

    async def _watched(self, episode: Episode, work: Coroutine[Any, Any, None]) -> None:
        """Let people work; midnight ends it."""
        task = asyncio.ensure_future(work)
        try:
            await self._until(episode, task.done)
        finally:
            task.cancel()
        await task

    async def _until(self, episode: Episode, shown: Callable[[], bool]) -> None:
        await self._shows(shown, on=episode.date)

    async def _shows(self, shown: Callable[[], bool], *, on: date | None = None) -> None:
        """Wait until it is shown. Raises DayOverError when the date is not `on` any more."""
        while True:
            self.transcript.read()
            if shown():
                return
            if on is not None and self._environment.dlf.today() != on:
                raise DayOverError
            await asyncio.sleep(0.05)
