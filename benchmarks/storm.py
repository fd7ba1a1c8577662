"""All workspaces breach within a poll interval, then recover: how soon, and by how many messages, it is told.

    python -m benchmarks storm                      1,000 workspaces, first in 1 channel, then over 60
    python -m benchmarks storm --workspaces 60 --channels 1

A `dlf-bot run` with its real waits posts to an imitated Slack with three limits: a post a second in each
channel, 300 posts a minute in all, 60 edits a minute. Exit code 0: every goal is met.
"""

import argparse
import asyncio
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.databases import on_sqlite
from benchmarks.environment import PROJECT, Environment, channel_of, open_environment
from benchmarks.processes import BotProcess, open_processes
from benchmarks.transcript import Transcript
from bot.playground.fake_slack.rate_tiers import RateTiers

WORKSPACES, CHANNELS = 1000, (1, 60)
POLL_EVERY, PER_SECOND = 40.0, 100
# Workspaces beside the storm, for critical alerts of another rule: as many before it as in the middle of it.
PROBES = 3
# Questions about a workspace of their own, since each has DLF asked.
QUESTIONS = 5
BESIDE = 2 * PROBES + 1
EDITS_A_MINUTE = 60
# The goals, in seconds by the number of channels, and as shares.
TOLD_IN_ONE, TOLD_IN_MANY, HEALED = 10.0, 60.0, 60.0
REFUSED = 0.02
# In the storm a critical alert and a question may take this many times as long, and a tick more.
SLOWER, TICK = 1.5, 1.0
PATIENCE = 600.0
RULES = (
    "[{name: failures, metric: fail_count, limit: 5},"
    " {name: waiting, metric: waiting_confirm_count, limit: 0, severity: critical}]"
)
FIRING = r"([\d,]+) firing"
RESOLVED = (r"Resolved\W+([\d,]+) workspaces?\b", r"([\d,]+) over before their message")


class ThreeLimits(RateTiers):
    """Slack's limits on posts and edits; counts the posts that were tried and refused."""

    def __init__(self, timer: Callable[[], float]) -> None:
        super().__init__(timer)
        self.posts = self.refused = self.edits = self.edits_refused = 0

    def message(self, channel: str) -> None:
        self.posts, before = self.posts + 1, self.hits
        try:
            super().message(channel)
        finally:
            self.refused += self.hits - before

    def method(self, name: str, tier: int) -> None:
        if name != "chat.update":
            return
        self.edits, before = self.edits + 1, self.hits
        try:
            self._take("edits", 60 / EDITS_A_MINUTE, EDITS_A_MINUTE)
        finally:
            self.edits_refused += self.hits - before


@dataclass(slots=True)
class Report:
    """The figures of a storm, in seconds; `wrong` names the goals that were missed."""

    workspaces: int
    channels: int
    recorded: float = 0.0
    told: float = 0.0
    roots: int = 0
    healed: float = 0.0
    posts: int = 0
    refused: int = 0
    edits: int = 0
    edits_refused: int = 0
    critical: tuple[float, float] = (0.0, 0.0)
    question: tuple[float, float] = (0.0, 0.0)
    wrong: list[str] = field(default_factory=list)


class Storm:
    """A storm over some channels, seen from the imitated services."""

    def __init__(self, environment: Environment, limits: ThreeLimits, report: Report) -> None:
        self._environment, self._limits, self._report = environment, limits, report
        self._dlf, self._slack = environment.dlf, environment.slack
        self._transcript = Transcript(environment.slack)
        self._struck = environment.workspaces[: report.workspaces]
        self._calm = environment.workspaces[report.workspaces :]

    async def run(self) -> None:
        report = self._report
        await self._until(self._all_read, "the first round of reads")
        calm = await asyncio.gather(self._criticals(self._calm[:PROBES]), self._questions())
        self._limits.posts = self._limits.refused = self._limits.edits = self._limits.edits_refused = 0
        began = time.time()
        self._strike(9)
        busy = await asyncio.gather(self._criticals(self._calm[PROBES:-1]), self._questions(), self._told())
        report.recorded = self._last_read("9") - began
        report.told = max(0.0, busy[2] - self._last_read("9"))
        report.critical, report.question = (calm[0], busy[0]), (calm[1], busy[1])
        report.roots = len(self._roots())
        await asyncio.sleep(10)  # what still has to be written about the storm is not the recovery's
        self._strike(0)
        await self._until(lambda: self._recovered() >= report.workspaces, "the recoveries")
        report.healed = max(0.0, time.time() - self._last_read("0"))
        limits = self._limits
        report.posts, report.refused = limits.posts, limits.refused
        report.edits, report.edits_refused = limits.edits, limits.edits_refused

    def _strike(self, failed: int) -> None:
        for name in self._struck:
            self._dlf.failing[name, self._dlf.today()] = failed
            self._dlf.cause[name] = f"{failed}/{name}"

    def _last_read(self, number: str) -> float:
        return max(at for cause, at in self._dlf.answered.items() if cause.startswith(f"{number}/"))

    def _all_read(self) -> bool:
        return len({one.workspace for one in self._dlf.log.of()}) >= len(self._environment.workspaces)

    async def _told(self) -> float:
        """When all alerts were told."""
        await self._until(lambda: self._firing() >= len(self._struck), "the alerts")
        return time.time()

    def _firing(self) -> int:
        """The number of alerts that first messages tell of: those of folds, and alerts' own."""
        roots = self._roots()
        return sum(_numbers(text, FIRING) if key.startswith("fold/") else 1 for key, text in roots.items())

    def _recovered(self) -> int:
        """The number of recoveries told: by replies, and by folds of what was over before it was told."""
        messages = self._transcript.messages
        told = sum(
            _numbers(one[-1].text, *RESOLVED) for key, one in messages.items() if key.startswith("fold/")
        )
        own = [one[0] for key, one in messages.items() if key.startswith("alert/failures/")]
        return told + sum(bool(one.thread_ts) and "Resolved" in one.text for one in own)

    def _roots(self) -> dict[str, str]:
        """The first messages about the struck workspaces, as they are now, by key."""
        found, begins = self._transcript.messages.items(), ("fold/", "alert/failures/")
        return {key: one[-1].text for key, one in found if key.startswith(begins) and not one[0].thread_ts}

    async def _criticals(self, names: Sequence[str]) -> float:
        """The median delay from DLF's answer until Slack has a critical alert of the other rule."""
        delays = await asyncio.gather(*map(self._critical, names))
        return median(delays)

    async def _critical(self, name: str) -> float:
        self._dlf.waiting[name] = 1
        self._dlf.cause[name] = f"critical/{name}"

        def posted() -> float:
            begins, found = f"alert/waiting/{PROJECT}/{name}/", self._transcript.messages
            return next((one[0].wall for key, one in found.items() if key.startswith(begins)), 0.0)

        await self._until(lambda: posted() > 0, "a critical alert of another rule")
        return posted() - self._dlf.answered[f"critical/{name}"]

    async def _questions(self) -> float:
        """The median time until a question has its answer."""
        taken = []
        for _ in range(QUESTIONS):
            await asyncio.sleep(POLL_EVERY / QUESTIONS / 2)
            begun = time.monotonic()
            result = await self._slack.run_command("U0ADA", channel_of(self._struck[0]), self._calm[-1])
            taken.append(time.monotonic() - begun)
            if not result.ok:
                self._report.wrong.append(f"a question was answered with {result.error}")
        return median(taken)

    async def _until(self, shown: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            self._transcript.read()
            if shown():
                return
            await asyncio.sleep(0.1)
        raise TimeoutError(f"after {PATIENCE:.0f} s these were not there: {what}")


def _numbers(text: str, *patterns: str) -> int:
    """The sum of the numbers that stand in the text."""
    found = (one for pattern in patterns for one in re.findall(pattern, text))
    return sum(int(one.replace(",", "")) for one in found)


def judge(report: Report) -> None:
    """Note which goals were missed."""
    goal = TOLD_IN_ONE if report.channels == 1 else TOLD_IN_MANY
    wrong = report.wrong
    if report.told > goal:
        wrong.append(f"told {report.told:.1f} s after the last read, not within {goal:.0f}")
    if report.healed > HEALED:
        wrong.append(f"recoveries told {report.healed:.1f} s after the last read, not within {HEALED:.0f}")
    if report.refused > REFUSED * report.posts:
        wrong.append(f"{report.refused} of {report.posts} posts were refused")
    for what, (calm, busy) in {"critical": report.critical, "question": report.question}.items():
        if busy > SLOWER * calm + TICK:
            wrong.append(f"{what}: {busy:.1f} s in the storm, {calm:.1f} s before it")


async def measure(workspaces: int, channels: int, folder: Path) -> Report:
    """Run a storm."""
    report = Report(workspaces, channels)
    async with (
        on_sqlite(folder) as (store, _),
        open_environment(workspaces + BESIDE) as environment,
        open_processes(folder) as processes,
    ):
        limits = ThreeLimits(environment.slack.timer)
        environment.slack.limits = limits
        names = environment.workspaces
        environment.channels.update({name: channel_of(names[n % channels]) for n, name in enumerate(names)})
        config = environment.config(
            folder / "config.yaml",
            store,
            poll_every=f"{POLL_EVERY:g}s",
            per_second=PER_SECOND,
            rules=RULES,
        )
        bot = await processes.start(config, shift=environment.shift, shorter=False)
        await _while_alive(bot, Storm(environment, limits, report))
    judge(report)
    return report


async def _while_alive(bot: BotProcess, storm: Storm) -> None:
    running = asyncio.create_task(storm.run())
    bot.ended.add_done_callback(lambda _: running.cancel())
    try:
        await running
    except asyncio.CancelledError:
        raise ChildProcessError(f"The bot ended: {bot.log.read_text()[-2000:]}") from None


def table(reports: Sequence[Report]) -> str:
    """The figures as the table of docs/design.md."""
    rows: dict[str, Callable[[Report], str]] = {
        "all read, after the breach": lambda one: f"{one.recorded:.1f} s",
        "all told, after the last read": lambda one: f"{one.told:.1f} s",
        "messages that tell of them": lambda one: f"{one.roots}",
        "all recoveries told, after the last read": lambda one: f"{one.healed:.1f} s",
        "posts (refused)": lambda one: f"{one.posts} ({one.refused})",
        "edits (refused)": lambda one: f"{one.edits} ({one.edits_refused})",
        "a critical alert of another rule: before, in the middle": lambda one: _two(one.critical),
        "`/dlf-status`: before, in the middle": lambda one: _two(one.question),
    }
    heads = [
        f"{one.workspaces:,} alerts, {one.channels} channel{'s' * (one.channels > 1)}" for one in reports
    ]
    lines = ["| | " + " | ".join(heads) + " |", "|---|" + "--:|" * len(reports)]
    lines += [f"| {name} | " + " | ".join(say(one) for one in reports) + " |" for name, say in rows.items()]
    return "\n".join([*lines, *(f"MISSED: {wrong}" for one in reports for wrong in one.wrong)])


def _two(seconds: tuple[float, float]) -> str:
    return f"{seconds[0]:.1f} s, {seconds[1]:.1f} s"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks storm", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--workspaces", type=int, default=WORKSPACES)
    parser.add_argument("--channels", type=int, action="append", help="default: 1, then 60")
    parser.add_argument("--keep", type=Path, help="keep the bot's log in this folder")
    given = parser.parse_args(arguments)
    reports = []
    for channels in given.channels or CHANNELS:
        folder = Path(tempfile.mkdtemp(prefix="storm-", dir=given.keep))
        reports.append(asyncio.run(measure(given.workspaces, channels, folder)))
        if given.keep is None:
            shutil.rmtree(folder)
    print(table(reports))
    return 1 if any(one.wrong for one in reports) else 0


if __name__ == "__main__":
    sys.exit(main())
