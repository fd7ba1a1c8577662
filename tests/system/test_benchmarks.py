"""The machinery of `python -m benchmarks`: rounds in turn, medians, goals. What it measures takes minutes."""

from collections.abc import Sequence
from contextlib import AsyncExitStack

import pytest

from benchmarks.contest import Contest, Goal, Row, Sample, Work, run, table

done: list[str] = []


def work(name: str, *values: float, cpu_ms: float | None = None) -> Work:
    left = list(values)

    async def do() -> Sample:
        done.append(name)
        return Sample(left.pop(0), cpu_ms)

    return do


async def rows(contests: Sequence[Contest], rounds: int = 3) -> list[Row]:
    async def part(stack: AsyncExitStack) -> Sequence[Contest]:
        return contests

    done.clear()
    return await run(part, rounds)


async def test_ours_and_its_references_run_in_turn_each_once_a_round() -> None:
    ours, bare, other = (work(name, 1, 2, 3) for name in ("ours", "bare", "other"))
    await rows([Contest("a", "ms", Goal(1), ours, bare), Contest("b", "ms", Goal(1), ours, other)])
    assert done == ["ours", "bare", "other"] * 3


async def test_medians_are_compared_with_the_goal() -> None:
    ours, bare = work("ours", 9, 3, 2, cpu_ms=8), work("bare", 1, 1, 50, cpu_ms=2)
    (row,) = await rows([Contest("a", "ms", Goal(3), ours, bare)])
    assert (row.ours, row.reference, row.ratio, row.goal, row.met) == (3, 1, 3, "≤ 3 ×", True)
    ours, bare = work("ours", 9, 3, 2, cpu_ms=8), work("bare", 1, 1, 50, cpu_ms=2)
    (row,) = await rows([Contest("a", "ms", Goal(3), ours, bare, by_cpu=True)])
    assert (row.ratio, row.met) == (4, False)


@pytest.mark.parametrize(
    ("goal", "said", "met"),
    [
        (Goal(75, absolute=True), "≤ 75", False),
        (Goal(80, absolute=True), "≤ 80", True),
        (Goal(50, absolute=True, least=True), "≥ 50", True),
        (Goal(0.5, least=True), "≥ 0.5 ×", True),
        (Goal(1.5), "≤ 1.5 ×", False),
    ],
)
def test_a_goal_bounds_the_figure_or_the_ratio(goal: Goal, said: str, met: bool) -> None:
    assert (str(goal), goal.met(76, 2)) == (said, met)


async def test_the_table_of_a_benchmark_marks_missed_goals() -> None:
    (row,) = await rows([Contest("W1 memory", "MiB", Goal(75, absolute=True), work("ours", 76, 76, 76))])
    assert table([row]).splitlines()[2].split(" | ")[-1].startswith("**no**")
    assert row.reference is None
