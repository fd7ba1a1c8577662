"""Run ours and its references in turn, round after round; compare their medians with the goals."""

import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Sample:
    """The figure of one round, and the CPU of each operation in ms where that says something."""

    value: float
    cpu_ms: float | None = None


Work = Callable[[], Awaitable[Sample]]


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound for ours: a number of times the reference, or of units (`absolute`); the most, or the least."""

    bound: float
    absolute: bool = False
    least: bool = False

    def __str__(self) -> str:
        return f"{'≥' if self.least else '≤'} {self.bound:g}{'' if self.absolute else ' ×'}"

    def met(self, ours: float, ratio: float | None) -> bool:
        found = ours if self.absolute else ratio
        assert found is not None, "a goal in times the reference needs a reference"
        return found >= self.bound if self.least else found <= self.bound


@dataclass(frozen=True, slots=True)
class Contest:
    """A figure in this unit, ours beside a reference. Works that several contests share run once a round."""

    figure: str
    unit: str
    goal: Goal
    ours: Work
    reference: Work | None = None
    # Compare the CPU of each operation, not the figure.
    by_cpu: bool = False


def timed(turn: Callable[[], Awaitable[object]], turns: int) -> Work:
    """Each round is so many turns in this process; the figure is a turn's time in ms."""

    async def work() -> Sample:
        wall, cpu = time.monotonic(), time.process_time()
        for _ in range(turns):
            await turn()
        wall, cpu = time.monotonic() - wall, time.process_time() - cpu
        return Sample(wall / turns * 1000, cpu / turns * 1000)

    return work


Part = Callable[[AsyncExitStack], Awaitable[Sequence[Contest]]]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table; CPU in ms an operation."""

    figure: str
    unit: str
    ours: float
    reference: float | None
    ours_cpu_ms: float | None
    reference_cpu_ms: float | None
    ratio: float | None
    goal: str
    met: bool


async def run(part: Part, rounds: int = ROUNDS) -> list[Row]:
    """Open a part, run its works in turn, and return a row for each contest."""
    async with AsyncExitStack() as stack:
        contests = await part(stack)
        works = dict.fromkeys(work for one in contests for work in (one.ours, one.reference) if work)
        samples: dict[Work, list[Sample]] = {work: [] for work in works}
        for _ in range(rounds):
            for work, found in samples.items():
                found.append(await work())
    middle = {work: _median(found) for work, found in samples.items()}
    return [_row(one, middle[one.ours], middle[one.reference] if one.reference else None) for one in contests]


def _median(samples: Sequence[Sample]) -> Sample:
    cpu = [one.cpu_ms for one in samples if one.cpu_ms is not None]
    return Sample(statistics.median(one.value for one in samples), statistics.median(cpu) if cpu else None)


def _row(contest: Contest, ours: Sample, reference: Sample | None) -> Row:
    ratio = None
    if reference is not None and contest.by_cpu:
        assert ours.cpu_ms is not None and reference.cpu_ms
        ratio = ours.cpu_ms / reference.cpu_ms
    elif reference is not None:
        ratio = ours.value / reference.value if reference.value else None
    return Row(
        contest.figure,
        contest.unit,
        ours.value,
        reference.value if reference else None,
        ours.cpu_ms,
        reference.cpu_ms if reference else None,
        ratio,
        str(contest.goal),
        contest.goal.met(ours.value, ratio),
    )


def table(rows: Sequence[Row]) -> str:
    """The rows as a table of Markdown, which also reads well in a terminal."""
    cells = [("figure", "ours", "reference", "CPU ms", "CPU ms, ref.", "ratio", "goal", "met")]
    cells += [
        (
            one.figure,
            f"{_number(one.ours)} {one.unit}",
            _number(one.reference),
            _number(one.ours_cpu_ms),
            _number(one.reference_cpu_ms),
            _number(one.ratio),
            one.goal,
            "yes" if one.met else "**no**",
        )
        for one in rows
    ]
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    lines = ["| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in cells]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
