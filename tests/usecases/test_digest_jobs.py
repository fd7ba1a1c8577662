"""The worst jobs of a digest: which are looked up, in which order they stand; nothing waits for them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date
from typing import Any

from bot.domain.digest import DigestDay
from bot.domain.jobs import FailedJob, JobsFound
from bot.domain.model import Day, JobNames, Metric, Workspace
from bot.domain.worst_jobs import MOST, WorstJobs, worst_of
from bot.errors import DlfRefused
from bot.messages.digest import render_digest
from bot.messages.slack_limits import fits
from bot.usecases.digest_jobs import DigestJobs
from tests.support.message_scenes import (
    CARED_FOR,
    FINANCE,
    JOBS,
    LOGS,
    NOW,
    SALES,
    SUNDAY,
    WEEK,
    WITH_WORST,
    counts,
    row,
    run,
)

EU = replace(SALES, project="eu")


class Lists:
    """Answers every question with JOBS; `does` runs before it."""

    def __init__(self, does: Callable[[Workspace], Awaitable[None]] | None = None) -> None:
        self.asked: list[tuple[str, date]] = []
        self.does, self.away = does, set[str]()

    def is_available(self, workspace: Workspace) -> bool:
        return workspace.key not in self.away

    async def find(
        self, workspace: Workspace, on: date, metric: Metric | None = None, *, priority: int = 0
    ) -> JobsFound:
        assert (metric, priority) == (None, 1), "behind people's questions"
        self.asked.append((workspace.key, on))
        if self.does is not None:
            await self.does(workspace)
        return replace(JOBS, workspace=workspace)


def day(*failed: tuple[Workspace, int], on: date = SUNDAY, name: Day = Day.YESTERDAY) -> DigestDay:
    return DigestDay(name, on, tuple(row(one, counts(fail_count=n)) for one, n in failed))


async def worst(lists: Lists, *days: DigestDay, seconds: float = 5) -> tuple[WorstJobs, ...]:
    return await DigestJobs(lists, redact=str, seconds=seconds).worst(days)


async def test_the_worst_workspace_of_each_project_is_looked_up_once() -> None:
    lists = Lists()
    found = await worst(lists, day((SALES, 3), (FINANCE, 9), (EU, 1), (LOGS, 0)))
    assert lists.asked == [("prod/finance", SUNDAY), ("eu/sales", SUNDAY)]
    assert [one.workspace.key for one in found] == ["prod/finance", "eu/sales"]


async def test_three_projects_at_most_and_none_without_trouble() -> None:
    lists = Lists()
    many = [(replace(SALES, project=f"p{n}"), n) for n in range(6)]
    await worst(lists, day(*many))
    assert [key for key, _ in lists.asked] == ["p5/sales", "p4/sales", "p3/sales"]
    assert await worst(Lists(), day((SALES, 0))) == ()


async def test_disabled_job_names_and_missing_lists_are_not_asked_for() -> None:
    lists = Lists()
    lists.away = {EU.key}
    silent = replace(FINANCE, job_names=JobNames.NOTHING)
    assert await worst(lists, day((silent, 9), (EU, 3))) == ()
    assert lists.asked == []


async def test_job_names_that_are_late_or_refused_are_left_out() -> None:
    async def trouble(workspace: Workspace) -> None:
        if workspace.project == "eu":
            await asyncio.Event().wait()
        if workspace.project == "us":
            raise DlfRefused("DLF does not let the bot list jobs.")

    lists = Lists(trouble)
    found = await worst(lists, day((SALES, 3), (EU, 2), (replace(SALES, project="us"), 1)), seconds=0.05)
    assert [one.workspace.key for one in found] == ["prod/sales"]
    assert len(lists.asked) == 3


def found_with(*jobs: FailedJob, **more: Any) -> JobsFound:
    return replace(JOBS, jobs=jobs, **more)


def job(name: str, days: int, runs: int = 1) -> FailedJob:
    return FailedJob(name, tuple(run(name, f"00:{n:02}") for n in range(runs)), WEEK[7 - days :])


def test_jobs_that_fail_for_days_come_first_then_those_that_fail_often() -> None:
    found = worst_of(
        found_with(job("often", 1, 9), job("days", 5), job("once", 1), job("two", 2)), redact=str
    )
    assert [one.job for one in found.jobs] == ["days", "two", "often", "once"]
    many = worst_of(found_with(*(job(f"j{n}", 1) for n in range(9))), redact=str)
    assert (len(many.jobs), many.more) == (MOST, 9 - MOST)


def test_owners_in_digests_are_names_and_never_mentions() -> None:
    bare = replace(job("gl_postings", 1), owner=None)
    found = worst_of(found_with(bare, replace(bare, job="fx_rates"), workspace=CARED_FOR), redact=str)
    assert [one.owner for one in found.jobs] == ["", "FX *team*"]
    in_dlf = [replace(job(name, 1), owner="li.wei") for name in ("gl_postings", "fx_rates")]
    both = worst_of(found_with(*in_dlf, workspace=CARED_FOR), redact=str)
    assert [one.owner for one in both.jobs] == ["li.wei", "FX *team*"], "the config's name goes first"
    message = render_digest(replace(WITH_WORST, worst=(found,)), now=NOW)
    for level in (message.text, str(message.native), str(message.classic)):
        assert "<@" not in level
        assert "*team*" not in level


def test_secrets_in_names_are_struck_out() -> None:
    found = worst_of(found_with(replace(job("load_hunter2", 1), owner="hunter2")), redact=_struck)
    assert "hunter2" not in repr(found)


def _struck(text: str) -> str:
    return text.replace("hunter2", "*****")


def test_the_longest_names_leave_room_for_the_digest() -> None:
    evil = "<&`*_" * 60
    jobs = [replace(job(f"{n}{evil}", 7, 12), owner=evil) for n in range(9)]
    found = worst_of(found_with(*jobs), redact=str)
    message = render_digest(replace(WITH_WORST, worst=(found,) * 3), now=NOW)
    assert fits(message)
    assert message.text.count("since Mon 16 Nov, 7 of 7 days") == MOST, "the worst project's"
    assert "1,204 of 1,214 succeeded" in message.text
