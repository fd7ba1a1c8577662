"""The jobs behind a count: runs as DLF lists them, grouped by job, with the texts that may be shown."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.job_status import count_of
from bot.domain.model import Metric, Workspace

# DLF lists at most seven days at once; a date's runs may start until noon of the next day.
LONGEST_WINDOW = timedelta(days=7)
_LATE_STARTS = timedelta(hours=12)
LINE_LENGTH, ERROR_LENGTH = 200, 10_000
# Cut before the secret filter, which is slow on megabytes; the result is cut again after it.
_RAW_LENGTH = 2 * ERROR_LENGTH


@dataclass(frozen=True, slots=True)
class JobRun:
    """An instance of a job as DLF lists it. Ids are digits, "" if DLF gave none.

    `status` is DLF's word, unchecked. `error` may contain secrets: `group_jobs` removes them.
    """

    job: str
    job_id: str = ""
    instance_id: str = ""
    status: str = ""
    is_forced: bool = False
    is_ignored: bool = False
    planned: datetime | None = None
    started: datetime | None = None
    ended: datetime | None = None
    error: str = field(default="", repr=False)

    @property
    def duration(self) -> timedelta | None:
        """From start to end; None while either is unknown."""
        if self.started is None or self.ended is None or self.ended < self.started:
            return None
        return self.ended - self.started


@dataclass(frozen=True, slots=True)
class JobList:
    """An answer of DLF. `total`: the number of runs by DLF's count; `odd`: unreadable entries."""

    runs: tuple[JobRun, ...]
    total: int | None = None
    odd: int = 0

    @property
    def is_cut(self) -> bool:
        """True if DLF has more runs than it returned."""
        return self.total is not None and self.total > len(self.runs) + self.odd


@dataclass(frozen=True, slots=True)
class Dependents:
    """The instances that wait for a run. `usual` is the job's average duration."""

    waiting: int
    usual: timedelta | None = None


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A job with its runs of one business date that failed or wait for a person, newest first.

    `days`: the inspected dates with such a run, oldest first; () if unknown. `owner` is the name in DLF.
    `failed_nodes` (in the order they failed) and `dependents` belong to the newest run; None: not looked up,
    or unknown. `error` is the newest error: foreign text of at most 10,000 characters, without secrets.
    """

    job: str
    runs: tuple[JobRun, ...]
    days: tuple[date, ...] = ()
    error: str = field(default="", repr=False)
    owner: str | None = None
    failed_nodes: tuple[str, ...] | None = None
    dependents: Dependents | None = None

    @property
    def newest(self) -> JobRun:
        return self.runs[0]

    @property
    def error_line(self) -> str:
        """The error's first line, at most 200 characters; "" if DLF gave none."""
        return first_line(self.error)

    @property
    def is_opened(self) -> bool:
        """True if node and dependents were looked up."""
        return self.failed_nodes is not None or self.dependents is not None


@dataclass(frozen=True, slots=True)
class JobsFound:
    """The jobs behind `counts` of a workspace and business date, the newest run first.

    `counted`: the recorded sum of these counts, None if unknown. It can differ from `listed`: real-time jobs
    are counted but not listed; with `is_cut` DLF has more than it returned; `odd` entries were unreadable;
    `started_later` runs of earlier dates started on this date.
    `dates`: the complete dates inspected, oldest first; the last is `business_date`.
    """

    workspace: Workspace
    business_date: date
    counts: tuple[Metric, ...]
    jobs: tuple[FailedJob, ...]
    dates: tuple[date, ...]
    read_at: datetime
    counted: int | None = None
    is_cut: bool = False
    odd: int = 0
    started_later: int = 0

    @property
    def listed(self) -> int:
        return sum(len(job.runs) for job in self.jobs)

    def is_new(self, job: FailedJob) -> bool:
        """True if the job failed on no other inspected date."""
        return len(self.dates) > 1 and job.days == (self.business_date,)


@dataclass(frozen=True, slots=True)
class Window:
    """The time span of a request; `dates` are the complete dates in it, oldest first."""

    since: datetime
    until: datetime
    dates: tuple[date, ...]


def window_of(on: date, now: datetime, zone: ZoneInfo) -> Window:
    """The widest window that has `on` complete, with its late starts, and the dates before it."""
    until = max(_midnight(on, zone), min(now, _midnight(on + timedelta(days=1), zone) + _LATE_STARTS))
    dates = tuple(
        day
        for day in (on - timedelta(days=ago) for ago in range(6, -1, -1))
        if until - _midnight(day, zone) <= LONGEST_WINDOW
    )
    return Window(_midnight(dates[0], zone), until, dates)


def narrowed(window: Window, zone: ZoneInfo) -> Window:
    """The window's last date alone."""
    return Window(_midnight(window.dates[-1], zone), window.until, window.dates[-1:])


def date_of(run: JobRun, zone: ZoneInfo) -> date | None:
    """A run's business date: that of its plan time, else of its start."""
    moment = run.planned or run.started
    return moment.astimezone(zone).date() if moment else None


def group_jobs(
    lists: Iterable[JobList],
    counts: Sequence[Metric],
    window: Window,
    zone: ZoneInfo,
    *,
    redact: Callable[[str], str],
) -> tuple[FailedJob, ...]:
    """The jobs with a run on the window's last date, the newest first.

    Runs of other counts are left out; runs with an unknown status or without a date are shown.
    """
    lists, on = tuple(lists), window.dates[-1]
    is_whole = not any(one.is_cut for one in lists)
    by_job: dict[str, list[tuple[date, JobRun]]] = {}
    for run in _wanted(lists, counts):
        by_job.setdefault(run.job, []).append((date_of(run, zone) or on, run))
    jobs = []
    for name, dated in by_job.items():
        runs = sorted((run for day, run in dated if day == on), key=_newest_first)
        if runs:
            days = sorted({day for day, _ in dated if day in window.dates}) if is_whole else []
            error = _clean(next((run.error for run in runs if run.error), ""), redact)
            bare = tuple(replace(run, error="") for run in runs)
            jobs.append(FailedJob(name, bare, tuple(days), error))
    return tuple(sorted(jobs, key=lambda job: (_newest_first(job.newest)[0], job.job)))


def started_later(lists: Iterable[JobList], counts: Sequence[Metric], on: date, zone: ZoneInfo) -> int:
    """The number of runs that started on `on` but were planned for an earlier date."""
    return sum(
        run.planned is not None
        and run.started is not None
        and run.planned.astimezone(zone).date() < on == run.started.astimezone(zone).date()
        for run in _wanted(lists, counts)
    )


def first_line(text: str) -> str:
    """The first line that is not blank, at most 200 characters."""
    line = next((one for line in text.splitlines() if (one := " ".join(line.split()))), "")
    return line if len(line) <= LINE_LENGTH else line[: LINE_LENGTH - 1] + "…"


def _wanted(lists: Iterable[JobList], counts: Sequence[Metric]) -> list[JobRun]:
    """Each listed run once, without those that belong to another count."""
    found: dict[str, JobRun] = {}
    nameless = []
    for run in (run for one in lists for run in one.runs):
        if count_of(run.status, is_forced=run.is_forced, is_ignored=run.is_ignored) not in (None, *counts):
            continue
        if run.instance_id:
            found.setdefault(run.instance_id, run)
        else:
            nameless.append(run)
    return [*found.values(), *nameless]


def _clean(error: str, redact: Callable[[str], str]) -> str:
    """The error without secrets, and without a secret cut in half."""
    error = error.strip()
    if len(error) > _RAW_LENGTH:
        error = error[:_RAW_LENGTH].rsplit(None, 1)[0]
    return redact(error)[:ERROR_LENGTH].strip()


def _newest_first(run: JobRun) -> tuple[float, str]:
    moment = run.planned or run.started
    return -moment.timestamp() if moment else 0.0, run.instance_id


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone)
