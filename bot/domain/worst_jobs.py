"""The worst jobs of a date, for the digest: those that have failed for days come first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from bot.domain.care import care_of
from bot.domain.jobs import FailedJob, JobsFound
from bot.domain.model import JobNames, Workspace

MOST = 5
LONGEST_NAME = 256


@dataclass(frozen=True, slots=True)
class WorstJob:
    """A job with the number of its runs that failed or are stuck on the date; `days` as in FailedJob."""

    job: str
    runs: int
    days: tuple[date, ...] = ()
    is_new: bool = False
    owner: str = ""


@dataclass(frozen=True, slots=True)
class WorstJobs:
    """The worst jobs of a workspace on a date; `more` is the number of the others, `looked` that of dates."""

    workspace: Workspace
    on: date
    jobs: tuple[WorstJob, ...]
    more: int = 0
    looked: int = 0


def worst_of(found: JobsFound, *, redact: Callable[[str], str]) -> WorstJobs:
    """The first few of an answer by days, then by runs; the names are stored, so without secrets."""
    jobs = sorted(found.jobs, key=lambda job: (-len(job.days), -len(job.runs)))
    shown = tuple(_worst(job, found, redact) for job in jobs[:MOST])
    return WorstJobs(
        found.workspace, found.business_date, shown, len(jobs) - len(shown), looked=len(found.dates)
    )


def to_look_up(rows: Sequence[tuple[Workspace, date, int]], most: int) -> list[tuple[Workspace, date]]:
    """Of each project the workspace with the most trouble, of the worst few projects.

    `rows`: workspace, date, and how many instances failed or are stuck.
    """
    worst: dict[str, tuple[Workspace, date, int]] = {}
    for row in rows:
        workspace, _, trouble = row
        if not trouble or workspace.job_names is JobNames.NOTHING:
            continue
        if workspace.project not in worst or worst[workspace.project][2] < trouble:
            worst[workspace.project] = row
    ranked = sorted(worst.values(), key=lambda row: -row[2])
    return [(workspace, on) for workspace, on, _ in ranked[:most]]


def _worst(job: FailedJob, found: JobsFound, redact: Callable[[str], str]) -> WorstJob:
    workspace = found.workspace
    by_config = care_of(job.job, workspace.job_care).owner
    owner = _name(by_config) or job.owner or _name(workspace.care.owner)
    return WorstJob(
        redact(job.job)[:LONGEST_NAME],
        len(job.runs),
        job.days,
        found.is_new(job),
        redact(owner)[:LONGEST_NAME],
    )


def _name(owner: str) -> str:
    """The owner by the config where that is a name: a digest pings nobody."""
    return "" if owner.startswith("<") else owner
