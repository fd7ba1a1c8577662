"""Ten thousand workspaces over several credentials and three replicas: how evenly each is polled.

    python -m benchmarks.scale                                10,000 workspaces every 5 minutes, in 7 minutes
    python -m benchmarks.scale --workspaces 600 --poll-every 10 --per-second 15     quickly

The database says when each is due: evenly spread, as after some hours. Each project has a credential and a
pace of its own. The imitated DLF notes every request. Exit code 0: each workspace is polled once per
interval, no pace is exceeded and the replicas share the work.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from itertools import pairwise, repeat
from pathlib import Path
from statistics import median

from sqlalchemy import insert

from benchmarks.databases import on_postgres, postgres_server
from benchmarks.environment import DIGEST_CHANNEL, Environment, open_environment
from benchmarks.plain_dlf import PlainDlf, open_plain_dlf
from benchmarks.processes import BotProcess, open_processes
from benchmarks.replicas import UNFAIR
from bot.cli.playground_config import config_yaml, project_yaml
from bot.domain.pace import RHYTHM
from bot.store.database import connect
from bot.store.schema import reads
from bot.store.store import open_store

# A poll may come this share of the interval later, or sooner: it waits for its turn under the pace.
SPREAD = 0.1
# The pace is kept over any stretch of this many seconds; the requests of a second more may be under way.
STRETCH = 10
# How long the polls are watched, in intervals.
WATCHED = 1.15
AT_ONCE = 1000
RULES = "[{name: failures, metric: fail_count, limit: 5}]"


@dataclass(frozen=True, slots=True)
class Plan:
    """`per_second` is each credential's pace."""

    workspaces: int
    credentials: int
    replicas: int
    poll_every: float
    per_second: float


@dataclass(slots=True)
class Report:
    """The figures: gaps between two polls of today of a workspace, in seconds."""

    polled_never: int = 0
    gap_shortest: float = 0.0
    gap_median: float = 0.0
    gap_longest: float = 0.0
    busiest_stretch_per_second: float = 0.0
    requests_per_second: float = 0.0
    shares: list[float] = field(default_factory=list)
    cpu_seconds_per_second: list[float] = field(default_factory=list)
    memory_mib: list[int] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


async def measure(plan: Plan, folder: Path) -> Report:
    """Start the replicas, then watch a little more than an interval."""
    report = Report()
    async with AsyncExitStack() as stack:
        dlf = await stack.enter_async_context(open_plain_dlf())
        environment = await stack.enter_async_context(open_environment(0))
        server = await stack.enter_async_context(postgres_server())
        store, _ = await stack.enter_async_context(on_postgres(server))
        processes = await stack.enter_async_context(open_processes(folder))
        await _spread(plan, environment, store)
        config = _config(plan, environment, dlf, folder / "config.yaml", store)
        bots = [
            await processes.start(config, shift=environment.shift, shorter=False)
            for _ in range(plan.replicas)
        ]
        await _until_all_poll(dlf, bots)
        since, before = time.monotonic(), [_cpu(bot) for bot in bots]
        await asyncio.sleep(WATCHED * plan.poll_every)
        watched = time.monotonic() - since
        spent = [now - then for now, then in zip(map(_cpu, bots), before, strict=True)]
        report.cpu_seconds_per_second = [round(one / watched, 3) for one in spent]
        report.shares = [round(one / sum(spent), 3) for one in spent]
        report.memory_mib = [_memory(bot) for bot in bots]
        _count(plan, report, dlf, since)
    return report


async def _spread(plan: Plan, environment: Environment, url: str) -> None:
    """Write when each workspace and day is due: evenly spread over its own interval."""
    store = await open_store(url)
    await store.close()
    now, database = environment.clock.now(), connect(url)
    rows = [
        {
            "workspace_key": f"{project}/{name}",
            "day": day.value,
            "project": project,
            "due_at": now + timedelta(seconds=plan.poll_every * factor * number / plan.workspaces),
        }
        for number, (project, name) in enumerate(map(_name, range(plan.workspaces), repeat(plan.credentials)))
        for day, factor in RHYTHM.items()
    ]
    async with database.transaction() as connection:
        for at in range(0, len(rows), AT_ONCE):
            await connection.execute(insert(reads), rows[at : at + AT_ONCE])
    await database.close()


async def _until_all_poll(dlf: PlainDlf, bots: Sequence[BotProcess]) -> None:
    """Wait until all replicas run and what became due meanwhile is read."""
    while not all(" bot.app.lifecycle running " in _log(bot) for bot in bots):
        if any(bot.ended.done() for bot in bots):
            raise ChildProcessError(_log(bots[0])[-2000:])
        await asyncio.sleep(0.5)
    await asyncio.sleep(10)


def _log(bot: BotProcess) -> str:
    return bot.log.read_text() if bot.log.exists() else ""


def _name(number: int, credentials: int) -> tuple[str, str]:
    project = f"p{number % credentials}"
    return project, f"{project}-w{number:05}"


def _count(plan: Plan, report: Report, dlf: PlainDlf, since: float) -> None:
    times, by_credential = defaultdict[str, list[float]](list), defaultdict[str, Counter[int]](Counter)
    requests = 0
    for name, days, at in dlf.log:
        by_credential[name.partition("-")[0]][int(at // STRETCH)] += 1
        requests += at > since
        if days == "today" and at > since:
            times[name].append(at)
    gaps = [later - one for found in times.values() for one, later in pairwise(found)]
    report.polled_never = plan.workspaces - len(times)
    report.gap_shortest, report.gap_median, report.gap_longest = min(gaps), median(gaps), max(gaps)
    report.requests_per_second = requests / (WATCHED * plan.poll_every)
    report.busiest_stretch_per_second = (
        max(max(counted.values()) for counted in by_credential.values()) / STRETCH
    )
    if report.polled_never:
        report.wrong.append(f"{report.polled_never} workspaces were not polled")
    early, late = (1 - SPREAD) * plan.poll_every, (1 + SPREAD) * plan.poll_every
    if report.gap_shortest < early or report.gap_longest > late:
        report.wrong.append("a workspace was polled too soon or too late")
    if report.busiest_stretch_per_second > plan.per_second * (1 + 1 / STRETCH):
        report.wrong.append("a credential's pace was exceeded")
    fair = 1 / plan.replicas
    if not all(fair / UNFAIR <= share <= fair * UNFAIR for share in report.shares):
        report.wrong.append("the replicas do not share the work")


def _config(plan: Plan, environment: Environment, dlf: PlainDlf, path: Path, store: str) -> Path:
    names = defaultdict[str, list[str]](list)
    for project, name in map(_name, range(plan.workspaces), repeat(plan.credentials)):
        names[project].append(name)
    projects = [
        project_yaml(
            project,
            dlf.url,
            auth=f"{{access_key: AK{project}, secret_key: secret-{project}}}",
            workspaces=f"[{', '.join(f'{{name: {name}, id: {name}}}' for name in found)}]",
            project_id=project,
            timezone="UTC",
            requests_per_second=f"{plan.per_second:g}",
        )
        for project, found in names.items()
    ]
    every = f"{plan.poll_every:g}s"
    slack = f"{environment.slack_url}/api/"
    text = config_yaml(
        *projects, slack=slack, store=store, channel=DIGEST_CHANNEL, poll_every=every, rules=RULES, more=""
    )
    path.write_text(text, encoding="utf-8")
    return path


def _cpu(bot: BotProcess) -> float:
    fields = Path(f"/proc/{bot.pid.result()}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory(bot: BotProcess) -> int:
    lines = Path(f"/proc/{bot.pid.result()}/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmRSS"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print the figures."""
    raw = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(prog="scale", description=__doc__, formatter_class=raw)
    parser.add_argument("--workspaces", type=int, default=10_000)
    parser.add_argument("--credentials", type=int, default=6)
    parser.add_argument("--replicas", type=int, default=3)
    parser.add_argument("--poll-every", type=float, default=300.0, help="seconds")
    parser.add_argument("--per-second", type=float, default=8.0, help="the pace of each credential")
    plan = Plan(**vars(parser.parse_args(arguments)))
    with tempfile.TemporaryDirectory(prefix="scale-") as folder:
        report = asyncio.run(measure(plan, Path(folder)))
    for name, value in asdict(report).items():
        print(f"  {name.replace('_', ' '):28}{round(value, 2) if isinstance(value, float) else value}")
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
