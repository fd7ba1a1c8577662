"""Replicas on one PostgreSQL: count and time the polls of each, then kill a replica and measure the delay.

    python -m benchmarks.replicas         300 workspaces, 3 replicas, every waiting time the real one
    python -m benchmarks.replicas --workspaces 40 --poll-every 5 --per-second 30 --shorter     quickly

Exit code 0: each workspace is polled once per interval, the replicas share the work, the rate limit is kept,
and the others take over the work of a killed replica at once.
"""

import argparse
import asyncio
import json
import math
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from random import Random
from statistics import median

import aiohttp

from benchmarks.databases import on_postgres, postgres_server
from benchmarks.environment import Environment, open_environment
from benchmarks.processes import BotProcess, BotProcesses, open_processes

# A poll waits for the next tick, its turn under the shared rate limit and the answer: this much is on time.
ON_TIME = 5.0
# A killed replica is known to be dead within two seconds.
TAKEN_OVER = 3.0
AT_ONCE = 10
RUSH = 3.0
# With three replicas a fair share is a third; none may do less than half of it, or more than twice.
UNFAIR = 2.0


@dataclass(frozen=True, slots=True)
class Plan:
    """The size and pace of a run. `shorter` gives the bots a tenth of their leases."""

    workspaces: int = 300
    replicas: int = 3
    poll_every: float = 60.0
    per_second: float = 8.0
    limit: float = 10.0
    intervals: int = 3
    shorter: bool = False
    seed: int = 1
    postgres: str | None = None

    @property
    def taken_over(self) -> float:
        """How late a poll may be because of a killed replica."""
        return TAKEN_OVER + ON_TIME


@dataclass(slots=True)
class Report:
    """The figures from DLF's log and from the replicas' own counters."""

    started_at_once: int = 0
    first_round_seconds: float = 0.0
    polls: int = 0
    gap_shortest: float = 0.0
    gap_median: float = 0.0
    gap_longest: float = 0.0
    times_least: int = 0
    times_most: int = 0
    shares: list[float] = field(default_factory=list)
    killed_share_polled_late_by: float = 0.0
    busiest_second: int = 0
    throttled: int = 0
    # How long the machine kept the replicas from a processor, while they were watched and after the kill.
    held_up: float = 0.0
    held_up_after_kill: float = 0.0
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0


async def measure(plan: Plan, folder: Path, held_up: Callable[[], float] = lambda: 0.0) -> Report:
    """Run all three parts: many starts at once, a steady stretch, a kill.

    `held_up` returns how long the machine has delayed all processes so far: such polls are late, and the next
    are early. An idle machine needs no such function.
    """
    report, started = Report(), time.monotonic()
    async with AsyncExitStack() as stack:
        server = plan.postgres or await stack.enter_async_context(postgres_server())
        environment = await stack.enter_async_context(
            open_environment(plan.workspaces, rate_limit=plan.limit)
        )
        processes = await stack.enter_async_context(open_processes(folder))
        async with on_postgres(server) as (store, _):
            await _start_at_once(
                plan, report, environment, processes, _config(plan, environment, folder / "many", store, 0)
            )
        # The ten shared another database, so another rate limit: their requests are counted apart.
        _count_requests(report, environment)
        environment.dlf.log.clear()
        store, _ = await stack.enter_async_context(on_postgres(server))
        ports = _free_ports(plan.replicas)
        configs = [_config(plan, environment, folder / str(port), store, port) for port in ports]
        bots = [await processes.start(config, **_order(plan, environment)) for config in configs]
        await _first_round(plan, report, environment)
        before = held_up()
        await _steady(plan, report, environment, ports)
        report.held_up = held_up() - before
        await _kill_one(plan, report, environment, bots)
        report.held_up_after_kill = held_up() - before - report.held_up
        _count_requests(report, environment)
    _find_mistakes(plan, report)
    report.seconds = time.monotonic() - started
    return report


def _count_requests(report: Report, environment: Environment) -> None:
    """Count the requests to DLF since its log was cleared."""
    report.busiest_second = max(report.busiest_second, environment.dlf.log.busiest_second())
    report.throttled += environment.dlf.log.statuses[429]


async def _start_at_once(
    plan: Plan, report: Report, environment: Environment, processes: BotProcesses, config: Path
) -> None:
    """Start ten processes on an empty database; all must run, then all are ended."""
    bots = [await processes.start(config, **_order(plan, environment)) for _ in range(AT_ONCE)]
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and report.started_at_once < AT_ONCE:
        await asyncio.sleep(0.2)
        report.started_at_once = sum(
            " bot.app.lifecycle running " in bot.log.read_text() for bot in bots if _made(bot)
        )
    # Long enough for more than a second's worth of requests: ten processes share a limit.
    await asyncio.sleep(RUSH)
    for bot in bots:
        bot.signal(15)
    await asyncio.wait([bot.ended for bot in bots], timeout=15)
    codes = {bot.ended.result() if bot.ended.done() else None for bot in bots}
    if codes != {0}:
        report.wrong.append(f"of {AT_ONCE} started at once some ended with {codes}")


async def _first_round(plan: Plan, report: Report, environment: Environment) -> None:
    """Wait until each workspace was read once for three days, at the shared pace."""
    started, needed = time.monotonic(), 3 * plan.workspaces
    expected = needed / plan.per_second
    while time.monotonic() - started < 2 * expected + 30:
        asked = {(one.workspace, one.query["query_days"]) for one in environment.dlf.log.of()}
        if len(asked) >= needed:
            break
        await asyncio.sleep(0.2)
    else:
        report.wrong.append(f"after {2 * expected + 30:.0f} s only {len(asked)} of {needed} were read")
    report.first_round_seconds = time.monotonic() - started


async def _steady(plan: Plan, report: Report, environment: Environment, ports: Sequence[int]) -> None:
    """Let some intervals pass and record the polls of each replica and workspace."""
    await asyncio.sleep(plan.poll_every)  # polls that the first round delayed are on time again
    before, since = await _polls_of(ports), time.time()
    await asyncio.sleep((plan.intervals + 0.5) * plan.poll_every)
    after = await _polls_of(ports)
    mine = [now - then for now, then in zip(after, before, strict=True)]
    report.shares = [round(one / max(1.0, sum(mine)), 3) for one in mine]
    gaps = [later - one for times in _times(environment, since).values() for one, later in pairwise(times)]
    polled = {name: len(times) for name, times in _times(environment, since).items()}
    report.polls, report.gap_median = sum(polled.values()), median(gaps)
    report.gap_shortest, report.gap_longest = min(gaps), max(gaps)
    report.times_least, report.times_most = min(polled.values()), max(polled.values())


async def _kill_one(plan: Plan, report: Report, environment: Environment, bots: Sequence[BotProcess]) -> None:
    """Kill a replica and record how late the next polls are, each measured from its due time."""
    killed = Random(plan.seed).choice(bots)
    killed_at = time.time()
    killed.signal(9)
    await asyncio.sleep(plan.poll_every + plan.taken_over + 1)
    late = [0.0]
    for name, times in _times(environment, 0).items():
        last = max((at for at in times if at <= killed_at), default=killed_at)
        following = min((at for at in times if at > killed_at), default=None)
        if following is None:
            report.wrong.append(f"{name} was not polled any more after the kill")
        else:
            late.append(following - last - plan.poll_every)
    report.killed_share_polled_late_by = max(late)


def _find_mistakes(plan: Plan, report: Report) -> None:
    if report.started_at_once < AT_ONCE:
        report.wrong.append(f"of {AT_ONCE} started at once {report.started_at_once} ran")
    missed = math.ceil(report.held_up / plan.poll_every) if report.held_up > 0.5 else 0
    if report.times_least < plan.intervals - missed or report.times_most > plan.intervals + 1 + missed:
        report.wrong.append(
            f"within {plan.intervals}.5 intervals polled {report.times_least} to {report.times_most} times"
        )
    if report.gap_longest > plan.poll_every + ON_TIME + report.held_up:
        report.wrong.append(f"a workspace was not polled for {report.gap_longest:.1f} s")
    if report.gap_shortest < 0.9 * plan.poll_every - report.held_up:
        report.wrong.append(f"a workspace was polled again after {report.gap_shortest:.1f} s")
    fair = 1 / plan.replicas
    if not all(fair / UNFAIR <= share <= fair * UNFAIR for share in report.shares):
        report.wrong.append(f"the shares are {report.shares}")
    if report.killed_share_polled_late_by > plan.taken_over + report.held_up_after_kill:
        report.wrong.append(f"after the kill a poll was {report.killed_share_polled_late_by:.1f} s late")
    if report.throttled or report.busiest_second > plan.limit:
        report.wrong.append(
            f"DLF refused {report.throttled} as too fast; {report.busiest_second} in one second"
        )


def _times(environment: Environment, since: float) -> Mapping[str, list[float]]:
    """The times at which `today` of each workspace was requested."""
    found: dict[str, list[float]] = {name: [] for name in environment.workspaces}
    for one in environment.dlf.log.of(query_days="today"):
        if one.wall > since:
            found[one.workspace].append(one.wall)
    return found


async def _polls_of(ports: Sequence[int]) -> list[float]:
    """The number of polls that each replica counted."""
    async with aiohttp.ClientSession() as session:
        return [await _polls(session, port) for port in ports]


async def _polls(session: aiohttp.ClientSession, port: int) -> float:
    async with session.get(f"http://127.0.0.1:{port}/metrics") as answer:
        lines = (await answer.text()).splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith("dlf_bot_polls_total{"))


def _config(plan: Plan, environment: Environment, path: Path, store: str, port: int) -> Path:
    every = f"{plan.poll_every:g}s"
    return environment.config(path, store, poll_every=every, per_second=plan.per_second, port=port)


def _order(plan: Plan, environment: Environment) -> dict[str, object]:
    return {"shift": environment.shift, "shorter": plan.shorter}


def _free_ports(number: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _made(bot: BotProcess) -> bool:
    return bot.log.exists()


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print the figures."""
    given = _parser().parse_args(arguments)
    plan = Plan(
        workspaces=given.workspaces,
        poll_every=given.poll_every,
        per_second=given.per_second,
        limit=given.limit or given.per_second * 1.25,
        intervals=given.intervals,
        shorter=given.shorter,
        seed=given.seed,
    )
    folder = Path(tempfile.mkdtemp(prefix="replicas-"))
    try:
        report = asyncio.run(measure(plan, folder))
    finally:
        shutil.rmtree(folder)
    for name, value in asdict(report).items():
        print(f"  {name.replace('_', ' '):32}{round(value, 2) if isinstance(value, float) else value}")
    if given.json:
        given.json.write_text(json.dumps({"plan": asdict(plan), **asdict(report)}, indent=2) + "\n")
    return 1 if report.wrong else 0


def _parser() -> argparse.ArgumentParser:
    raw = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(prog="replicas", description=__doc__, formatter_class=raw)
    parser.add_argument("--workspaces", type=int, default=300)
    parser.add_argument("--poll-every", type=float, default=60.0, help="seconds")
    parser.add_argument("--per-second", type=float, default=8.0, help="the bot's pace")
    parser.add_argument("--limit", type=float, help="DLF's limit; default: a quarter above the pace")
    parser.add_argument("--intervals", type=int, default=3)
    parser.add_argument("--shorter", action="store_true", help="a tenth of the leases and waits")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    return parser


if __name__ == "__main__":
    sys.exit(main())
