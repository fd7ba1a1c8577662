"""What happens in DLF during a proof, and what Slack must therefore be told: a script that asks no bot.

Each workspace fails again and again. A patient life holds each number until Slack shows it, so that every
message is known beforehand; a hasty one is over as soon as a poll has seen it, whether Slack was told or not.
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from benchmarks.databases import Witness
from benchmarks.world import PROJECT, RULE, World, channel_of
from bot.playground.slack.records import LogEntry
from bot.playground.slack.world import SlackWorld

FIRING, OVER = 0, 1
POSTED, EDITED = "chat.postMessage", "chat.update"


class Heard:
    """What Slack was told so far, by key, read from its log."""

    def __init__(self, slack: SlackWorld) -> None:
        self._slack, self._read = slack, 0
        self.said: dict[str, list[LogEntry]] = {}

    def listen(self) -> None:
        """Take in what is new in the log."""
        for entry in self._slack.log[self._read :]:
            if entry.applied and entry.method in (POSTED, EDITED):
                self.said.setdefault(entry.key or f"no key: {entry.text}", []).append(entry)
        self._read = len(self._slack.log)

    def shows(self, key: str) -> tuple[int, int]:
        """The stage and number the message shows now; (-1, 0) while it is not there."""
        said = self.said.get(key)
        return stage(said[-1].text) if said else (-1, 0)


def stage(text: str) -> tuple[int, int]:
    """Whether an alert's message says firing or over, and the number it says."""
    number = re.search(r"(\d[\d,]*) failed", text)
    over = "Resolved" in text.partition("\n")[0]
    return OVER if over else FIRING, int(number[1].replace(",", "")) if number else 0


@dataclass(slots=True)
class Life:
    """One alert to come: the messages it must and may have, by key, with the words each must say.

    `failures` are the numbers DLF said of it while it fired, in order: the root may show no others.
    """

    workspace: str
    root: str
    failures: list[int] = field(default_factory=list)
    must: dict[str, tuple[str, ...]] = field(default_factory=dict)
    may: dict[str, tuple[str, ...]] = field(default_factory=dict)
    done: bool = False

    @property
    def channel(self) -> str:
        return channel_of(self.workspace)

    @property
    def resolved(self) -> tuple[str, ...]:
        """What must be said once it is over."""
        return (f"Resolved: {self.workspace}, now 0 failed", f"peak {max(self.failures):,}")


class Script:
    """Runs the lives until told to come to an end."""

    def __init__(self, world: World, witness: Witness, seed: int) -> None:
        self._world, self._witness, self._seed = world, witness, seed
        self.heard = Heard(world.slack)
        self.lives: list[Life] = []
        self.ending = False

    async def run(self) -> None:
        """Live in every workspace; returns when each life begun before `ending` was told to the end."""
        await asyncio.gather(*map(self._inhabit, self._world.workspaces))

    async def _inhabit(self, workspace: str) -> None:
        random, on = Random(f"{self._seed}/{workspace}"), self._world.dlf.today()
        number = 0
        while not self.ending:
            await asyncio.sleep(random.uniform(0.2, 2))
            number += 1
            root = f"alert/{RULE}/{PROJECT}/{workspace}/{on.isoformat()}/{number}"
            life = Life(workspace, root)
            self.lives.append(life)
            await (self._hasty if number % 3 == 0 else self._patient)(life, number, random)
            life.done = True

    async def _patient(self, life: Life, number: int, random: Random) -> None:
        first = 10 * (number + random.randint(1, 9)) + 1
        self._fail(life, first, life.root)
        life.must[life.root] = ()
        await self._until(lambda: self.heard.shows(life.root) == (FIRING, first))
        if random.random() < 0.5:
            self._fail(life, first + 2)  # not by so much that it is told again: the message is edited
            await self._until(lambda: self.heard.shows(life.root) == (FIRING, first + 2))
        worse, now = f"{life.root}/1", 2 * first + 3
        self._fail(life, now, worse)
        life.must[worse] = (f"Worse: {life.workspace}, {now:,} failed, was {first:,}",)
        await self._until(lambda: worse in self.heard.said and self.heard.shows(life.root) == (FIRING, now))
        over = f"{life.root}/2"
        self._fail(life, 0, over)
        life.must[over] = life.resolved
        await self._until(lambda: over in self.heard.said and self.heard.shows(life.root)[0] == OVER)

    async def _hasty(self, life: Life, number: int, random: Random) -> None:
        value = 10 * number + 7  # no other life of this workspace shows it
        self._fail(life, value, life.root)
        while not await self._witness.saw(f"{PROJECT}/{life.workspace}", value):
            await asyncio.sleep(0.1)
        life.must[life.root] = ()
        life.may[f"{life.root}/1"] = life.resolved
        self._fail(life, 0)
        await self._until(lambda: self.heard.shows(life.root)[0] == OVER)

    def _fail(self, life: Life, failures: int, key: str = "") -> None:
        dlf = self._world.dlf
        if failures:
            life.failures.append(failures)
        dlf.failing[life.workspace, dlf.today()] = failures
        dlf.cause[life.workspace] = key or f"{life.root} with {failures}"

    async def _until(self, shown: Callable[[], bool]) -> None:
        while True:
            self.heard.listen()
            if shown():
                return
            await asyncio.sleep(0.05)
