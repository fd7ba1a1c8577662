"""Kill the bot hundreds of times, at random and at every step of the delivery, and compare Slack's messages.

    python -m benchmarks.crash                        both set-ups, 260 kills each (20 minutes)
    python -m benchmarks.crash --kills 20 --on sqlite
    python -m benchmarks.crash --kills 40 --only fold:  at the steps of folding
    python -m benchmarks.crash --without claim        the same without a safety: must fail
    python -m benchmarks.crash --no-history           repeats are possible, each must say so

Exit code 0: no message is lost, repeated or out of order; each digest comes exactly once; every message is in
its channel, with DLF's numbers; with the usual number of kills, a process was killed at every step.
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
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.checker import Counts, ExpectedDigests, Findings, check
from benchmarks.crash_storms import StormFindings, Storms, check_storms, is_of_storm
from benchmarks.databases import kill_sessions, on_postgres, on_sqlite
from benchmarks.environment import Environment, open_environment
from benchmarks.fault_schedule import FaultSchedule
from benchmarks.kill_points import KILL_POINTS, WITHOUT
from benchmarks.processes import BotProcess, BotProcesses, open_processes
from benchmarks.scenario import Scenario
from bot.playground.fake_slack.world import SlackWorld

AT_RANDOM = "at a random moment"
SETUPS = {"sqlite": 1, "postgresql": 3}
WORKSPACES = 16
# Workspaces of one channel that all fail at once.
STRUCK = 24
DIGESTS_A_MINUTE = 4
# An alert's key, as of alert/failures/proof/w000/2026-11-28/1; what has more is a reply's.
ALERT_SLASHES = 5
# A process that does not reach its kill point within this time is killed at a random moment.
PATIENCE = 7.0
# From this many kills per kill point on, each must be reached: some are rare or need a fault first.
KILLS_PER_POINT = 4
# With several replicas some are frozen before the kill: their leases expire, and then they wake up.
FROZEN = 0.3
FROZEN_SECONDS = 3.5
# With several replicas all sessions of PostgreSQL are killed about so often, while the processes live.
SESSIONS_KILLED_EVERY = 8.0
# Midnight comes so many seconds after the beginning, or so many per kill: when most were killed.
MIDNIGHT, MIDNIGHT_PER_KILL = 18, 1.6
TOLD_WITHIN = 180.0
QUIET = 4.0
# Give up after this many bots that ended by themselves.
TOO_MANY = 5
NOTE = (
    "The bot's leases and waits were a tenth of the real ones, in the same proportions, its tick 0.2 s, so\n"
    "that hundreds of deaths fit into minutes. Every process was a real one, ended by a real SIGKILL."
)


@dataclass(frozen=True, slots=True)
class Plan:
    """A run: its set-up, its number of kills, its safeties."""

    setup: str
    kills: int
    seed: int = 1
    workspaces: int = WORKSPACES
    struck: int = 0
    without: tuple[str, ...] = ()
    history: bool = True
    postgres: str | None = None
    told_within: float = TOLD_WITHIN
    kill_points: tuple[str, ...] = KILL_POINTS
    at_random: float = 0.35
    faults: bool = True
    patience: float = PATIENCE

    @property
    def opens(self) -> timedelta:
        """The clock's time at the beginning: midnight comes while processes are being killed."""
        return timedelta(days=1, seconds=-max(MIDNIGHT, MIDNIGHT_PER_KILL * self.kills))

    @property
    def required(self) -> tuple[str, ...]:
        """The kill points that must be reached; the quick form has too few kills to require any."""
        return self.kill_points if self.kills >= KILLS_PER_POINT * len(self.kill_points) else ()


@dataclass(slots=True)
class Report:
    """The result of a set-up."""

    setup: str
    replicas: int
    seed: int
    findings: Findings
    storms: StormFindings = field(default_factory=StormFindings)
    kills: Counter[str] = field(default_factory=Counter)
    frozen: int = 0
    own_ends: list[str] = field(default_factory=list)
    adopted: int = 0
    switched_on: int = 0
    sessions_killed: int = 0
    seconds: float = 0.0
    # The kill points of the run, and those that had to be reached.
    points: tuple[str, ...] = KILL_POINTS
    required: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        return not self.wrong

    @property
    def wrong(self) -> list[str]:
        missed = [f"never died at: {point}" for point in self.required if not self.kills[point]]
        return [*self.findings.wrong, *self.storms.wrong, *self.own_ends, *missed]


class Killer:
    """Starts the replicas and kills them, until the kills are used up."""

    def __init__(self, plan: Plan, processes: BotProcesses, config: Path, environment: Environment) -> None:
        self._plan, self._processes, self._config, self._clock = plan, processes, config, environment.clock
        self._order = {"shift": environment.shift, "without": plan.without}
        self._random = Random(f"{plan.seed}/{plan.setup}/kills")
        self._tried: Counter[str] = Counter()
        self._left = plan.kills
        self.kills: Counter[str] = Counter()
        self.frozen = self.sessions_killed = 0
        self.own_ends: list[str] = []

    async def run(self, replicas: int) -> None:
        """Use up the kills; afterwards every replica runs without a kill point."""
        await asyncio.gather(*(self._keep_killing() for _ in range(replicas)))

    async def _keep_killing(self) -> None:
        while self._left > 0 and len(self.own_ends) < TOO_MANY:
            self._left -= 1
            await self._start_and_kill()
            await asyncio.sleep(self._random.uniform(0, 0.4))
        await self._processes.start(self._config, **self._order)

    async def _start_and_kill(self) -> None:
        point = "" if self._random.random() < self._plan.at_random else self._next_point()
        # A start happens once per process, and a kill point never reached is not put off.
        once = point.startswith("start:") or not self.kills[point]
        nth = 1 if once else self._random.choice((1, 1, 2, 3))
        process = await self._processes.start(self._config, point=point, nth=nth, **self._order)
        patience = self._plan.patience if point else self._random.uniform(0.2, 5)
        await asyncio.wait([process.ended], timeout=patience)
        if not process.ended.done():
            if SETUPS[self._plan.setup] > 1 and self._random.random() < FROZEN:
                await self._freeze(process)
            process.signal(signal.SIGKILL)
        self._count(process, await process.ended)

    async def kill_sessions(self, store: str) -> None:
        """Now and then kill every session of PostgreSQL, so that living processes lose their locks."""
        while True:
            await asyncio.sleep(self._random.uniform(0.5, 1.5) * SESSIONS_KILLED_EVERY)
            await kill_sessions(store)
            self.sessions_killed += 1

    async def _freeze(self, process: BotProcess) -> None:
        """Stop the process for longer than its leases, then let it continue."""
        self.frozen += 1
        process.signal(signal.SIGSTOP)
        await asyncio.sleep(FROZEN_SECONDS)
        process.signal(signal.SIGCONT)
        await asyncio.wait([process.ended], timeout=self._random.uniform(0.2, 2))

    def _next_point(self) -> str:
        """Choose the kill point with the fewest attempts; those of digests are reached at full minutes only.

        An attempt that missed its kill point counts half: it is repeated before others are reached once more.
        """
        digests_soon = (self._clock.now().second + 5) % 60 < 15
        among = self._plan.kill_points
        points = [point for point in among if point.startswith("digest:") == digests_soon] or among
        attempts = {point: self._tried[point] + self.kills[point] for point in points}
        least = min(attempts.values())
        chosen = self._random.choice([point for point in points if attempts[point] == least])
        self._tried[chosen] += 1
        return chosen

    def _count(self, process: BotProcess, code: int) -> None:
        if code == -9:
            self.kills[process.kill_point or AT_RANDOM] += 1
        else:
            self.own_ends.append(f"{process.log.name} ended by itself with exit code {code}")


def orphans(slack: SlackWorld) -> list[str]:
    """The replies that stand in a channel itself."""
    standing = [one for channel in slack.channels for one in slack.messages(channel)]
    keys = [one.key or "" for one in standing]
    replies = [key for key in keys if key.startswith("alert/") and key.count("/") > ALERT_SLASHES]
    replies += [key for key in keys if key.startswith("fold/") and key.count("/") > 1]
    return [f"{key} stands in the channel" for key in replies]


async def prove(plan: Plan, folder: Path) -> Report:
    """Run a set-up and check its messages."""
    started, replicas = time.monotonic(), SETUPS[plan.setup]
    database = on_sqlite(folder) if plan.setup == "sqlite" else on_postgres(plan.postgres)
    async with (
        database as (store, records),
        open_environment(
            plan.workspaces, history=plan.history, seed=plan.seed, opens=plan.opens, struck=plan.struck
        ) as environment,
        open_processes(folder) as processes,
    ):
        digests = digest_times(environment, minutes=plan.kills // 4 + 10)
        written = _digests_yaml(digests, environment.workspaces)
        config = environment.config(folder / "config.yaml", store, digests=written)
        faults = FaultSchedule(environment, plan.seed)
        scenario = Scenario(environment, records, plan.seed, faults.deleted)
        storms = Storms(environment, records, plan.seed)
        killer = Killer(plan, processes, config, environment)
        scripts = _together(scenario.run(), *([storms.run()] if plan.struck else []))
        async with in_background(scripts) as finished:
            async with (
                in_background(faults.run() if plan.faults else asyncio.sleep(0)),
                in_background(killer.kill_sessions(store) if replicas > 1 else asyncio.sleep(0)),
            ):
                await killer.run(replicas)
            faults.clear()
            scenario.stopping, storms.stopping, until = True, True, environment.clock.now()
            due = required_digests(digests, await records.digests_seen(), until)
            if len(killer.own_ends) < TOO_MANY:
                await asyncio.wait([finished], timeout=plan.told_within)
                await wait_until_quiet(environment, scenario, due)
        permitted = [key for key, at in digests.items() if at <= environment.clock.now() and key not in due]
        expected = ExpectedDigests(
            due, permitted, _rows(digests, environment), list(digests)[:DIGESTS_A_MINUTE]
        )
        scenario.transcript.read()
        messages, slack = scenario.transcript.messages, environment.slack
        members, struck = await records.folded(), await records.struck()
        acts = await records.acts()
        pressed = storms.people.pressed
        of_storms = check_storms(messages, struck, members, storms.rounds, pressed=pressed, acts=acts)
        deleted, answered = scenario.transcript.deleted, environment.dlf.answered
        findings = check(messages, scenario.episodes, expected, answered, acts, deleted=deleted)
        findings.misplaced += orphans(slack)
        findings.uncalled = [key for key in findings.uncalled if not (plan.struck and is_of_storm(key))]
        known = await records.digests_seen()
        findings.lost += [f"{key}: no process knows it" for key in digests if key.split("/")[1] not in known]
    report = Report(
        plan.setup, replicas, plan.seed, findings, of_storms, killer.kills, killer.frozen, killer.own_ends
    )
    report.points, report.required = plan.kill_points, plan.required
    report.sessions_killed = killer.sessions_killed
    report.adopted = sum(log.read_text().count(" action=adopt ") for log in folder.glob("bot-*.log"))
    report.switched_on, report.seconds = faults.switched_on, time.monotonic() - started
    return report


async def _together(*works: Coroutine[Any, Any, None]) -> None:
    await asyncio.gather(*works)


@asynccontextmanager
async def in_background(work: Coroutine[Any, Any, None]) -> AsyncIterator[asyncio.Task[None]]:
    """Run `work` until it or the block ends; its errors are raised."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        if not task.done():
            task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def wait_until_quiet(environment: Environment, scenario: Scenario, due: Sequence[str]) -> None:
    """Wait until the digests are in Slack and no message came for a while, two minutes at most."""
    deadline, since, length = time.monotonic() + 120, time.monotonic(), len(environment.slack.log)
    while time.monotonic() < deadline:
        await asyncio.sleep(0.2)
        scenario.transcript.read()
        if len(environment.slack.log) != length or not scenario.transcript.messages.keys() >= set(due):
            since, length = time.monotonic(), len(environment.slack.log)
        if time.monotonic() - since > QUIET:
            return


def digest_times(environment: Environment, minutes: int) -> dict[str, datetime]:
    """Plan some digests at each full minute from now on: their keys and due times."""
    first = environment.clock.now().replace(second=0, microsecond=0)
    times = [first + timedelta(minutes=minute) for minute in range(1, minutes + 1)]
    return {
        f"digest/at-{at:%H%M}-{number}/{at.date().isoformat()}": at
        for at in times
        for number in range(DIGESTS_A_MINUTE)
    }


def required_digests(
    digests: Mapping[str, datetime], seen: Mapping[str, datetime], until: datetime
) -> list[str]:
    """The digests that must be in Slack at `until`; `seen` says when a process first knew each, by name.

    One that was due before a process lived long enough to know it is new and has missed nothing.
    """
    return [key for key, at in digests.items() if seen.get(key.split("/")[1], until) <= at <= until]


def _digests_yaml(digests: dict[str, datetime], workspaces: Sequence[str]) -> str:
    """Write the digests as YAML, two workspaces each."""
    written = []
    for number, (key, at) in enumerate(digests.items()):
        two = ", ".join(_two(workspaces, number))
        # Only polls may ask for today: the scenario takes a request for today as a poll that saw the breach.
        when = f'at: "{at:%H:%M}", timezone: UTC, days: [yesterday]'
        written.append(f"{{name: {key.split('/')[1]}, {when}, workspaces: [{two}]}}")
    return ", ".join(written)


def _two(workspaces: Sequence[str], number: int) -> list[str]:
    return [workspaces[(number + more) % len(workspaces)] for more in (0, 1)]


def _rows(digests: dict[str, datetime], environment: Environment) -> dict[str, dict[str, Counts]]:
    """The workspaces of each digest, with DLF's numbers of their yesterday."""
    return {
        key: {name: _yesterday(environment, name, at) for name in _two(environment.workspaces, number)}
        for number, (key, at) in enumerate(digests.items())
    }


def _yesterday(environment: Environment, workspace: str, at: datetime) -> Counts:
    return environment.dlf.numbers(workspace, [at.date() - timedelta(days=1)])


def table(report: Report) -> str:
    """The result as lines to read."""
    findings, storms, kills = report.findings, report.storms, report.kills
    reached = [f"  {kills[point]:5}  {point}" for point in sorted(kills)]
    never = [point for point in report.points if not kills[point]]
    rows = {
        "processes": f"{report.replicas} ({report.setup})",
        "kills": f"{kills.total()}, of them {kills.total() - kills[AT_RANDOM]} at named steps",
        "frozen for a while before": report.frozen,
        "times all sessions were killed": report.sessions_killed,
        "faults switched on": report.switched_on,
        "notices in Slack": f"{findings.notices}, edits {findings.edits}, digests {findings.digests}",
        "acts of people": f"{findings.acts}, silences told of at their end {findings.unsilenced}",
        "alerts ended by midnight": findings.ended_at_midnight,
        "storms": f"{storms.storms}, {storms.folded} alerts in {storms.folds} folds, {storms.single} alone",
        "acts of people on folds": storms.pressed,
        "adopted (found in the history)": report.adopted,
        "lost": len(findings.lost),
        "repeated": len(findings.repeated),
        "marked as possible repeats": findings.marked,
        "in wrong order": len(findings.wrong_order),
        "in the wrong place": len(findings.misplaced),
        "with wrong words or numbers": len(findings.misspoken),
        "never asked for": len(findings.uncalled),
        "ended by themselves": len(report.own_ends),
        "delay": f"median {findings.median:.1f} s, longest {findings.longest:.1f} s ({findings.latest})",
        "seed": report.seed,
        "duration": f"{report.seconds:.0f} s",
    }
    lines = [f"  {name:32}{value}" for name, value in rows.items()]
    lines += ["  kills per step:", *reached]
    lines += [f"  never reached: {'; '.join(never)}"] if never else []
    return "\n".join([*lines, *(f"  WRONG: {one}" for one in list(dict.fromkeys(report.wrong))[:40])])


def as_json(report: Report) -> dict[str, Any]:
    findings = report.findings
    found = {name: value for name, value in asdict(findings).items() if name != "delays"}
    delay = {"median": round(findings.median, 2), "longest": round(findings.longest, 2)}
    return {
        "setup": report.setup,
        "replicas": report.replicas,
        "seed": report.seed,
        "kills": dict(sorted(report.kills.items())),
        "killed": report.kills.total(),
        "frozen": report.frozen,
        "sessions_killed": report.sessions_killed,
        **found,
        "storms": asdict(report.storms),
        "adopted": report.adopted,
        "faults": report.switched_on,
        "own_ends": report.own_ends,
        "delay_seconds": delay,
        "seconds": round(report.seconds),
        "good": report.good,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the proof on the chosen set-ups and print the results."""
    given = _parser().parse_args(arguments)
    reports = []
    for setup in given.on or SETUPS:
        plan = Plan(
            setup,
            given.kills,
            given.seed,
            given.workspaces,
            given.struck,
            tuple(given.without),
            not given.no_history,
            given.postgres,
            kill_points=tuple(one for one in KILL_POINTS if one.startswith(given.only)),
            patience=given.patience,
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
    parser.add_argument("--struck", type=int, default=STRUCK, help="workspaces of the storms; 0: none")
    parser.add_argument("--postgres", help="address of a server or a pooler, instead of a server of its own")
    parser.add_argument("--without", action="append", choices=WITHOUT, default=[])
    parser.add_argument("--only", default="", help="kill at the steps that begin so, such as fold:")
    parser.add_argument("--patience", type=float, default=PATIENCE, help="seconds to reach a step")
    parser.add_argument("--no-history", action="store_true", help="the app lacks the history scopes")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    parser.add_argument("--keep", type=Path, help="keep the processes' logs in this folder")
    return parser


if __name__ == "__main__":
    sys.exit(main())
