"""Kill the bot hundreds of times, at random and at every step of the delivery, and count what Slack heard.

    python -m benchmarks.crash                        both set-ups, 260 kills each (20 minutes)
    python -m benchmarks.crash --kills 20 --on sqlite
    python -m benchmarks.crash --without claim        the same with a safety taken out: must fail
    python -m benchmarks.crash --no-history           repeats are possible, each must say so

Exit code 0: nothing lost, nothing repeated, nothing out of order, each digest exactly once; everything in
its channel, with the numbers DLF said; with the usual number of kills every step died at.
"""

import argparse
import asyncio
import json
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.databases import on_postgres, on_sqlite
from benchmarks.lives import Script
from benchmarks.nest import Nest, Victim, open_nest
from benchmarks.steps import STEPS, WITHOUT
from benchmarks.verdict import Counts, Daily, Verdict, judge
from benchmarks.weather import Weather
from benchmarks.world import World, open_world

AT_RANDOM = "at a random moment"
SETUPS = {"sqlite": 1, "postgresql": 3}
WORKSPACES = 16
DIGESTS_A_MINUTE = 4
# A step that does not come by within this time is given up: then the kill is one at random.
PATIENCE = 7.0
# From so many kills per step on, each step must have been died at: some come by seldom or need bad weather.
KILLS_PER_STEP = 4
# With several replicas some sleep for a while before they die: their leases run out, and then they wake up.
FROZEN = 0.3
FROZEN_SECONDS = 3.5
TOLD_WITHIN = 180.0
QUIET = 4.0
# So many bots that ended by themselves: there is nothing to prove here.
TOO_MANY = 5
NOTE = (
    "The bot's leases and waits were a tenth of the real ones, in the same proportions, its tick 0.2 s, so\n"
    "that hundreds of deaths fit into minutes. Every process was a real one, ended by a real SIGKILL."
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do: on which set-up, how often to kill, with which safeties."""

    setup: str
    kills: int
    seed: int = 1
    workspaces: int = WORKSPACES
    without: tuple[str, ...] = ()
    history: bool = True
    postgres: str | None = None
    told_within: float = TOLD_WITHIN
    steps: tuple[str, ...] = STEPS
    at_random: float = 0.35
    faults: bool = True
    patience: float = PATIENCE

    @property
    def required(self) -> tuple[str, ...]:
        """The steps somebody must have died at; a quick form has too few kills to promise any."""
        return self.steps if self.kills >= KILLS_PER_STEP * len(self.steps) else ()


@dataclass(slots=True)
class Report:
    """How one set-up went."""

    setup: str
    replicas: int
    seed: int
    verdict: Verdict
    kills: Counter[str] = field(default_factory=Counter)
    frozen: int = 0
    own_ends: list[str] = field(default_factory=list)
    adopted: int = 0
    storms: int = 0
    seconds: float = 0.0
    # The steps that had to be died at.
    steps: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        return not self.wrong

    @property
    def wrong(self) -> list[str]:
        missed = [f"never died at: {step}" for step in self.steps if not self.kills[step]]
        return [*self.verdict.wrong, *self.own_ends, *missed]


class Killer:
    """Keeps the replicas alive between kills, until the kills are used up."""

    def __init__(self, plan: Plan, nest: Nest, config: Path, world: World) -> None:
        self._plan, self._nest, self._config, self._clock = plan, nest, config, world.clock
        self._order = {"shift": world.shift, "without": plan.without}
        self._random = Random(f"{plan.seed}/{plan.setup}/kills")
        self._tried: Counter[str] = Counter()
        self._left = plan.kills
        self.kills: Counter[str] = Counter()
        self.frozen = 0
        self.own_ends: list[str] = []

    async def run(self, replicas: int) -> None:
        """Kill until all is used up; afterwards every replica lives and nothing threatens it."""
        await asyncio.gather(*(self._haunt() for _ in range(replicas)))

    async def _haunt(self) -> None:
        while self._left > 0 and len(self.own_ends) < TOO_MANY:
            self._left -= 1
            await self._one_life()
            await asyncio.sleep(self._random.uniform(0, 0.4))
        await self._nest.start(self._config, **self._order)

    async def _one_life(self) -> None:
        step = "" if self._random.random() < self._plan.at_random else self._next_step()
        # What happens once in a life has no second time, and what nobody died at yet is not put off.
        once = step.startswith("start:") or not self.kills[step]
        nth = 1 if once else self._random.choice((1, 1, 2, 3))
        victim = await self._nest.start(self._config, step=step, nth=nth, **self._order)
        patience = self._plan.patience if step else self._random.uniform(0.2, 5)
        await asyncio.wait([victim.ended], timeout=patience)
        if not victim.ended.done():
            if SETUPS[self._plan.setup] > 1 and self._random.random() < FROZEN:
                await self._freeze(victim)
            victim.signal(signal.SIGKILL)
        self._note(victim, await victim.ended)

    async def _freeze(self, victim: Victim) -> None:
        """Let it sleep for longer than its leases, then go on as if nothing had been."""
        self.frozen += 1
        victim.signal(signal.SIGSTOP)
        await asyncio.sleep(FROZEN_SECONDS)
        victim.signal(signal.SIGCONT)
        await asyncio.wait([victim.ended], timeout=self._random.uniform(0.2, 2))

    def _next_step(self) -> str:
        """The step that had its turn least; those of digests come by at full minutes only.

        A turn in which the step did not come by counts half: it is tried again before others are reached
        once more.
        """
        digests_soon = (self._clock.now().second + 5) % 60 < 15
        among = self._plan.steps
        steps = [step for step in among if step.startswith("digest:") == digests_soon] or among
        turns = {step: self._tried[step] + self.kills[step] for step in steps}
        step = self._random.choice([step for step in steps if turns[step] == min(turns.values())])
        self._tried[step] += 1
        return step

    def _note(self, victim: Victim, code: int) -> None:
        if code == -9:
            self.kills[victim.died_at or AT_RANDOM] += 1
        else:
            self.own_ends.append(f"{victim.log.name} ended by itself with exit code {code}")


async def prove(plan: Plan, folder: Path) -> Report:
    """Run one set-up to its verdict."""
    started, replicas = time.monotonic(), SETUPS[plan.setup]
    database = on_sqlite(folder) if plan.setup == "sqlite" else on_postgres(plan.postgres)
    async with (
        database as (store, witness),
        open_world(plan.workspaces, history=plan.history, seed=plan.seed) as world,
        open_nest(folder) as nest,
    ):
        digests = digest_times(world, minutes=plan.kills // 4 + 10)
        config = world.config(folder / "config.yaml", store, digests=_written(digests, world.workspaces))
        weather, script = Weather(world, plan.seed), Script(world, witness, plan.seed)
        killer = Killer(plan, nest, config, world)
        async with beside(script.run()) as told:
            async with beside(weather.run() if plan.faults else asyncio.sleep(0)):
                await killer.run(replicas)
            weather.mend()
            script.ending, until = True, world.clock.now()
            due = [key for key, at in digests.items() if at <= until]
            if len(killer.own_ends) < TOO_MANY:
                await asyncio.wait([told], timeout=plan.told_within)
                await quiet(world, script, due)
        may = [key for key, at in digests.items() if until < at <= world.clock.now()]
        daily = Daily(due, may, _rows(digests, world), list(digests)[:DIGESTS_A_MINUTE])
        verdict = judge(script.heard.said, script.lives, daily, world.dlf.answered)
    report = Report(plan.setup, replicas, plan.seed, verdict, killer.kills, killer.frozen, killer.own_ends)
    report.steps = plan.required
    report.adopted = sum(log.read_text().count(" action=adopt ") for log in folder.glob("bot-*.log"))
    report.storms, report.seconds = weather.storms, time.monotonic() - started
    return report


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[asyncio.Task[None]]:
    """Run something until it or the block ends; its errors are not lost."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        if not task.done():
            task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def quiet(world: World, script: Script, due: Sequence[str]) -> None:
    """Wait until the digests are there and nothing has been said for a while, two minutes at most."""
    deadline, since, length = time.monotonic() + 120, time.monotonic(), len(world.slack.log)
    while time.monotonic() < deadline:
        await asyncio.sleep(0.2)
        script.heard.listen()
        if len(world.slack.log) != length or not script.heard.said.keys() >= set(due):
            since, length = time.monotonic(), len(world.slack.log)
        if time.monotonic() - since > QUIET:
            return


def digest_times(world: World, minutes: int) -> dict[str, datetime]:
    """Some digests at each full minute from now on: their keys and when they are due."""
    first = world.clock.now().replace(second=0, microsecond=0)
    times = [first + timedelta(minutes=minute) for minute in range(1, minutes + 1)]
    return {
        f"digest/at-{at:%H%M}-{number}/{at.date().isoformat()}": at
        for at in times
        for number in range(DIGESTS_A_MINUTE)
    }


def _written(digests: dict[str, datetime], workspaces: Sequence[str]) -> str:
    """The digests as the config has them, two workspaces each."""
    written = []
    for number, (key, at) in enumerate(digests.items()):
        two = ", ".join(_two(workspaces, number))
        # Only polls may ask for today: a script takes an answered question for a poll that saw the breach.
        when = f'at: "{at:%H:%M}", timezone: UTC, days: [yesterday]'
        written.append(f"{{name: {key.split('/')[1]}, {when}, workspaces: [{two}]}}")
    return ", ".join(written)


def _two(workspaces: Sequence[str], number: int) -> list[str]:
    return [workspaces[(number + more) % len(workspaces)] for more in (0, 1)]


def _rows(digests: dict[str, datetime], world: World) -> dict[str, dict[str, Counts]]:
    """The workspaces of each digest, with what DLF says of their yesterday."""
    return {
        key: {name: _yesterday(world, name) for name in _two(world.workspaces, number)}
        for number, key in enumerate(digests)
    }


def _yesterday(world: World, workspace: str) -> Counts:
    counts = world.dlf.counts(workspace, "yesterday")
    return counts["fail_count"], counts["success_count"], counts["total_count"]


def table(report: Report) -> str:
    """What was found, as lines to read."""
    verdict, kills = report.verdict, report.kills
    steps = [f"  {kills[step]:5}  {step}" for step in sorted(kills)]
    never = [step for step in STEPS if not kills[step]]
    rows = {
        "processes": f"{report.replicas} ({report.setup})",
        "kills": f"{kills.total()}, of them {kills.total() - kills[AT_RANDOM]} at named steps",
        "frozen for a while before": report.frozen,
        "faults switched on": report.storms,
        "notices in Slack": f"{verdict.notices}, edits {verdict.edits}, digests {verdict.digests}",
        "adopted (found in the history)": report.adopted,
        "lost": len(verdict.lost),
        "repeated": len(verdict.repeated),
        "marked as possible repeats": verdict.marked,
        "in wrong order": len(verdict.wrong_order),
        "in the wrong place": len(verdict.misplaced),
        "with wrong words or numbers": len(verdict.misspoken),
        "never asked for": len(verdict.uncalled),
        "ended by themselves": len(report.own_ends),
        "delay": f"median {verdict.median:.1f} s, longest {verdict.longest:.1f} s ({verdict.latest})",
        "seed": report.seed,
        "duration": f"{report.seconds:.0f} s",
    }
    lines = [f"  {name:32}{value}" for name, value in rows.items()]
    lines += ["  kills per step:", *steps]
    lines += [f"  never reached: {'; '.join(never)}"] if never else []
    return "\n".join([*lines, *(f"  WRONG: {one}" for one in list(dict.fromkeys(report.wrong))[:40])])


def as_json(report: Report) -> dict[str, Any]:
    verdict = report.verdict
    found = {name: value for name, value in asdict(verdict).items() if name != "delays"}
    delay = {"median": round(verdict.median, 2), "longest": round(verdict.longest, 2)}
    return {
        "setup": report.setup,
        "replicas": report.replicas,
        "seed": report.seed,
        "kills": dict(sorted(report.kills.items())),
        "killed": report.kills.total(),
        "frozen": report.frozen,
        **found,
        "adopted": report.adopted,
        "faults": report.storms,
        "own_ends": report.own_ends,
        "delay_seconds": delay,
        "seconds": round(report.seconds),
        "good": report.good,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Prove it on the set-ups asked for and say what was found."""
    given = _parser().parse_args(arguments)
    reports = []
    for setup in given.on or SETUPS:
        plan = Plan(
            setup, given.kills, given.seed, given.workspaces, tuple(given.without), not given.no_history
        )
        folder = Path(tempfile.mkdtemp(prefix=f"crash-{setup}-", dir=given.keep))
        report = asyncio.run(prove(plan, folder))
        if given.keep is None:
            shutil.rmtree(folder)
        print(f"{setup}: {'good' if report.good else 'BROKEN'}\n{table(report)}", flush=True)
        reports.append(report)
    print(NOTE)
    if given.json:
        given.json.write_text(json.dumps([as_json(report) for report in reports], indent=2) + "\n")
    return 0 if all(report.good for report in reports) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="crash", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=260, help="per set-up")
    parser.add_argument("--on", action="append", choices=SETUPS, help="default: both")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workspaces", type=int, default=WORKSPACES)
    parser.add_argument("--without", action="append", choices=WITHOUT, default=[])
    parser.add_argument("--no-history", action="store_true", help="the app lacks the history scopes")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    parser.add_argument("--keep", type=Path, help="keep the processes' logs in this folder")
    return parser


if __name__ == "__main__":
    sys.exit(main())
