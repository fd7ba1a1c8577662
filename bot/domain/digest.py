"""When a digest is due and what it says: each tick asks the schedules, so that no trigger can be missed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.alerts import Alert
from bot.domain.model import Day, Row, StatusCounts, Workspace
from bot.domain.sentence import problem_of
from bot.domain.silences import Silence
from bot.domain.worst_jobs import WorstJobs

# The problem of a recorded date that was not read after its end and that DLF no longer returns.
NOT_TO_ITS_END = problem_of(
    "the bot was not running or could not read DLF, which no longer returns this date"
)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An occurrence of a schedule: its local date and the instant it was due."""

    date: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Schedule:
    """A local time on some weekdays (0 = Monday); a missed digest is still sent within `max_lateness`."""

    at: time
    zone: ZoneInfo
    weekdays: frozenset[int] = frozenset(range(7))
    max_lateness: timedelta = timedelta(hours=6)

    def due(self, now: datetime) -> Occurrence | None:
        """The newest occurrence at or before `now` that is not too late, or None.

        A local time skipped in spring counts as the same time after the gap (02:30 is 03:30); a local time
        repeated in autumn counts once, the first time.
        """
        today = now.astimezone(self.zone).date()
        span = self.max_lateness.days + 2
        for ago in range(-1, span):
            day = today - timedelta(days=ago)
            if day.weekday() not in self.weekdays:
                continue
            at = self._instant(day)
            if at <= now:
                return Occurrence(day, at) if now - at <= self.max_lateness else None
        return None

    def next_after(self, now: datetime) -> datetime | None:
        """The next occurrence after `now`; None if no weekday is chosen."""
        today = now.astimezone(self.zone).date()
        days = (today + timedelta(days=ahead) for ahead in range(9))
        instants = (self._instant(day) for day in days if day.weekday() in self.weekdays)
        return next((at for at in instants if at > now), None)

    def _instant(self, day: date) -> datetime:
        """The instant of the local time on `day`, in UTC."""
        return datetime.combine(day, self.at, self.zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Plan:
    """An entry of the YAML's `digests`; no workspaces means all, no channel means the default channel."""

    name: str
    schedule: Schedule
    days: tuple[Day, ...] = (Day.YESTERDAY,)
    workspaces: frozenset[str] = frozenset()
    channel: str | None = None

    def covers(self, workspace: Workspace) -> bool:
        return not self.workspaces or workspace.key in self.workspaces


@dataclass(frozen=True, slots=True)
class DigestDay:
    """A day of the digest over all its workspaces; `silenced` holds the silence by alert id."""

    day: Day
    business_date: date | None
    rows: tuple[Row, ...]
    alerts: tuple[Alert, ...] = ()
    silenced: Mapping[str, Silence] = field(default_factory=dict)

    @property
    def total(self) -> StatusCounts:
        """The sum over the workspaces that were read; a count that is unknown in any of them is unknown."""
        return add_counts(row.snapshot.counts for row in self.rows if row.snapshot)

    @property
    def total_before(self) -> StatusCounts | None:
        """The same sum a day earlier; None unless exactly the workspaces in `total` have it."""
        known = [row.before for row in self.rows if row.snapshot]
        return add_counts(counts for counts in known if counts) if known and all(known) else None

    @property
    def unread(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.snapshot is None)

    @property
    def all_clear(self) -> bool:
        """True only if every workspace was read and ran instances, without failures, stuck ones or alerts."""
        return bool(self.rows) and not self.alerts and all(_is_clear(row) for row in self.rows)


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """The recorded counts of a business date, summed over the digest's workspaces."""

    business_date: date
    counts: StatusCounts


@dataclass(frozen=True, slots=True)
class Digest:
    """Everything a digest message says, decided before anything is rendered.

    `since`: the last business date covered before, if known and the same for all projects. `left_out`: the
    first and last date that did not fit. `until`: the newest date covered, by project. `worst`: the jobs of
    the newest date, as far as they could be looked up.
    """

    name: str
    due: Occurrence
    zone: ZoneInfo
    days: tuple[DigestDay, ...]
    trend: tuple[TrendPoint, ...] = field(default=())
    since: date | None = None
    left_out: tuple[date, date] | None = None
    until: Mapping[str, date] = field(default_factory=dict)
    worst: tuple[WorstJobs, ...] = ()


@dataclass(frozen=True, slots=True)
class Requested:
    """A digest posted on request: its channel and, if it was posted a moment ago, by which person."""

    channel: str
    earlier_by: str | None = None


def add_counts(parts: Iterable[StatusCounts]) -> StatusCounts:
    """Add counts field by field; a field unknown in any part is unknown in the sum, as is an empty sum."""
    rows = list(parts)
    names = StatusCounts.__dataclass_fields__ if rows else ()
    columns = {name: [getattr(row, name) for row in rows] for name in names}
    return StatusCounts(**{name: None if None in values else sum(values) for name, values in columns.items()})


def _is_clear(row: Row) -> bool:
    if row.snapshot is None or row.problem or row.leftovers:
        return False
    counts = row.snapshot.counts
    return counts.fail_count == 0 and counts.running_exception_count == 0 and bool(counts.total_count)
