"""The nouns every room shares: day, workspace, counts, metric, snapshot."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.domain.care import NO_CARE, Care, JobCare
from bot.domain.sentence import Problem


class Day(StrEnum):
    """The values of DLF's `query_days`; `all` is the last seven days."""

    TODAY = "today"
    YESTERDAY = "yesterday"
    BEFORE_YESTERDAY = "before_yesterday"
    ALL = "all"


DAYS_AGO = {Day.TODAY: 0, Day.YESTERDAY: 1, Day.BEFORE_YESTERDAY: 2}


class JobNames(StrEnum):
    """How much an alert's message shows of the jobs behind it."""

    NOTHING = "false"
    NAMES = "names"
    ERRORS = "errors"  # the names, and the first line of the first error


# What the template of a console's address may name.
CONSOLE_FIELDS = ("region", "workspace_id", "job_name", "job_id", "job_instance_id", "node")


@dataclass(frozen=True, slots=True)
class Workspace:
    """A DataArts Studio workspace by the name the YAML gives it; `zone` cuts its business dates.

    `namesake`: another project has a workspace of this name. `job_care`: the entries for its jobs.
    `console`: the template of an address that opens a job, "" for none.
    """

    project: str
    name: str
    id: str
    zone: ZoneInfo
    channel: str | None = None
    namesake: bool = False
    job_names: JobNames = JobNames.NAMES
    care: Care = NO_CARE
    job_care: tuple[JobCare, ...] = ()
    console: str = ""
    region: str = ""

    @property
    def key(self) -> str:
        """The name in the store, in notice keys and in metrics: `project/name`."""
        return f"{self.project}/{self.name}"

    @property
    def label(self) -> str:
        """The name for people, with the project if another project has the same name."""
        return self.key if self.namesake else self.name


def zone_of(subject: str, workspaces: Mapping[str, Workspace]) -> ZoneInfo | None:
    """The zone of an alert's subject (a workspace's key or a project's name); None if it is neither."""
    if (workspace := workspaces.get(subject)) is not None:
        return workspace.zone
    return next((one.zone for one in workspaces.values() if one.project == subject), None)


@dataclass(frozen=True, slots=True)
class StatusCounts:
    """The 13 counts of an answer, the important ones first; None means not returned by DLF (never 0)."""

    fail_count: int | None = None
    running_exception_count: int | None = None
    waiting_confirm_count: int | None = None
    success_count: int | None = None
    force_success_count: int | None = None
    ignore_success_count: int | None = None
    running_count: int | None = None
    waiting_count: int | None = None
    pause_count: int | None = None
    freeze_count: int | None = None
    skip_count: int | None = None
    manual_stop_count: int | None = None
    total_count: int | None = None

    @property
    def overridden_count(self) -> int | None:
        """Failures a person forced or a policy ignored: `force_success_count` + `ignore_success_count`."""
        return _total(self.force_success_count, self.ignore_success_count)

    @property
    def decided_count(self) -> int | None:
        """Completed instances: succeeded, overridden or failed."""
        return _total(self.success_count, self.overridden_count, self.fail_count)

    @property
    def fail_rate(self) -> float | None:
        """Percent of completed instances that failed; None if a part is unknown or nothing completed."""
        return _percent(self.fail_count, self.decided_count)

    @property
    def success_rate(self) -> float | None:
        """Percent of completed instances that succeeded; overridden failures are no successes."""
        return _percent(self.success_count, self.decided_count)

    def value(self, metric: "Metric") -> float | None:
        """The metric's value; a percentage 0..100 for rates; None when unknown."""
        found: float | None = getattr(self, metric.value)
        return found

    def lacking(self, metric: "Metric") -> tuple[str, ...]:
        """Names of the counts in `metric` that DLF did not report."""
        return tuple(name for name in _PARTS.get(metric, (metric.value,)) if getattr(self, name) is None)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Names of the counts DLF did not report."""
        return tuple(name for name in COUNT_NAMES if getattr(self, name) is None)


COUNT_NAMES = tuple(field.name for field in fields(StatusCounts))


class Metric(StrEnum):
    """The metrics of rules: the 13 counts, a sum and two rates (percent)."""

    FAIL_COUNT = "fail_count"
    RUNNING_EXCEPTION_COUNT = "running_exception_count"
    WAITING_CONFIRM_COUNT = "waiting_confirm_count"
    SUCCESS_COUNT = "success_count"
    FORCE_SUCCESS_COUNT = "force_success_count"
    IGNORE_SUCCESS_COUNT = "ignore_success_count"
    RUNNING_COUNT = "running_count"
    WAITING_COUNT = "waiting_count"
    PAUSE_COUNT = "pause_count"
    FREEZE_COUNT = "freeze_count"
    SKIP_COUNT = "skip_count"
    MANUAL_STOP_COUNT = "manual_stop_count"
    TOTAL_COUNT = "total_count"
    OVERRIDDEN_COUNT = "overridden_count"
    FAIL_RATE = "fail_rate"
    SUCCESS_RATE = "success_rate"

    @property
    def is_rate(self) -> bool:
        return self in (Metric.FAIL_RATE, Metric.SUCCESS_RATE)

    @property
    def waits_for_a_person(self) -> bool:
        """True for counts that stay until a person acts, even after their date is over."""
        return self in (Metric.RUNNING_EXCEPTION_COUNT, Metric.WAITING_CONFIRM_COUNT, Metric.PAUSE_COUNT)


_OVERRIDDEN = ("force_success_count", "ignore_success_count")
_DECIDED = ("fail_count", "success_count", *_OVERRIDDEN)
_PARTS = {Metric.OVERRIDDEN_COUNT: _OVERRIDDEN, Metric.FAIL_RATE: _DECIDED, Metric.SUCCESS_RATE: _DECIDED}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The counts of a workspace and day at one moment; `business_date` is None for `all`."""

    workspace: Workspace
    day: Day
    own: bool
    business_date: date | None
    counts: StatusCounts
    read_at: datetime


@dataclass(frozen=True, slots=True)
class Row:
    """A workspace on a day: its snapshot, the counts of the day before, or why it could not be read.

    `coming`: the answer is not there yet and will be added to the message. `leftovers`: instances of past
    dates that wait for a person.
    """

    workspace: Workspace
    snapshot: Snapshot | None
    before: StatusCounts | None = None
    problem: Problem = ()
    coming: bool = False
    leftovers: "tuple[Leftover, ...]" = ()


@dataclass(frozen=True, slots=True)
class Leftover:
    """The number of instances of a past date that waited for a person when last read."""

    metric: Metric
    value: int
    business_date: date
    read_at: datetime
    is_old: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question: a row for each workspace, in the order of the config.

    `only_failed`: show only the rows with failures or without current numbers.
    """

    day: Day
    own: bool
    rows: tuple[Row, ...]
    asked_at: datetime
    only_failed: bool = False


def business_date(day: Day, now: datetime, zone: ZoneInfo) -> date | None:
    """The calendar date `day` stands for at `now` on DLF's clock; None for `all`."""
    if day is Day.ALL:
        return None
    return now.astimezone(zone).date() - timedelta(days=DAYS_AGO[day])


def day_of(wanted: date, now: datetime, zone: ZoneInfo) -> Day | None:
    """The `query_days` value that reads the date `wanted` at `now`; None if DLF no longer has it."""
    return next((day for day in DAYS_AGO if business_date(day, now, zone) == wanted), None)


def _total(*parts: int | None) -> int | None:
    return None if any(part is None for part in parts) else sum(part for part in parts if part is not None)


def _percent(part: int | None, whole: int | None) -> float | None:
    return None if part is None or not whole else 100 * part / whole
