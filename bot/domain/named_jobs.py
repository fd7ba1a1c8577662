"""The few jobs that an alert's message names, and when to look them up."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.jobs import FailedJob, JobsFound
from bot.domain.model import JobNames

MOST_KEPT = 5
LONGEST_NAME = 256
# The shortest time between look-ups, and the longest even if the number stays the same.
AT_MOST_EVERY, AT_LEAST_EVERY = timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class NamedJob:
    """A job with the number of its runs behind the alert; ids are the newest run's, "" if unknown.

    `error` is foreign text: a line of at most 200 characters, without secrets.
    """

    job: str
    runs: int
    job_id: str = ""
    instance_id: str = ""
    node: str = ""
    owner: str = ""
    error: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class NamedJobs:
    """The first jobs of an answer, the newest failure first; `more` is the number of the others."""

    read_at: datetime
    jobs: tuple[NamedJob, ...] = ()
    more: int = 0

    @property
    def count(self) -> int:
        return len(self.jobs) + self.more


def name_jobs(found: JobsFound, wanted: JobNames, *, redact: Callable[[str], str]) -> NamedJobs:
    """The part of an answer that is stored: only what the alert's message may show, without secrets."""
    first = next((job for job in found.jobs if job.error_line), None) if wanted is JobNames.ERRORS else None
    kept = found.jobs[:MOST_KEPT]
    if first is not None and first not in kept:
        kept = (*kept[:-1], first)
    named = tuple(_named(job, job is first, redact) for job in kept)
    return NamedJobs(found.read_at, named, len(found.jobs) - len(named))


def is_due(named: NamedJobs | None, changed_at: datetime | None, now: datetime) -> bool:
    """True if a look-up is due: the number changed, nothing was found, or the last look-up is long ago."""
    if named is None:
        return True
    age = now - named.read_at
    if timedelta(0) <= age < AT_MOST_EVERY:
        return False
    is_old = changed_at is not None and named.read_at < changed_at
    return is_old or not named.jobs or not timedelta(0) <= age < AT_LEAST_EVERY


def _named(job: FailedJob, tells_error: bool, redact: Callable[[str], str]) -> NamedJob:
    node = job.failed_nodes[0] if job.failed_nodes else ""
    return NamedJob(
        redact(job.job)[:LONGEST_NAME],
        len(job.runs),
        job.newest.job_id,
        job.newest.instance_id,
        redact(node)[:LONGEST_NAME],
        redact(job.owner or "")[:LONGEST_NAME],
        job.error_line if tells_error else "",
    )
