"""Which business dates a digest covers: all dates after the last covered one, so that none is left out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.model import DAYS_AGO, Day, business_date

MOST_DATES = 7


@dataclass(frozen=True, slots=True)
class Dates:
    """The dates to cover, oldest first.

    `left_out`: the first and the last of the older dates that did not fit. `since`: the last date covered
    before, if all dates come after it.
    """

    covered: tuple[date, ...] = ()
    left_out: tuple[date, date] | None = None
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Covers:
    """The record with a digest's notice: the last date covered, by project."""

    digest: str
    due_at: datetime
    until: Mapping[str, date]


@dataclass(frozen=True, slots=True)
class Coverage:
    """The last date a digest has covered, by project, and when that digest was due.

    `posted_for`: when the newest digest in the outbox was due; older versions recorded no dates with it.
    """

    until: Mapping[str, date] = field(default_factory=dict)
    due_at: datetime | None = None
    posted_for: datetime | None = None

    def last(self, project: str, days: Iterable[Day], zone: ZoneInfo) -> date | None:
        """The last date that was covered for a project, or None."""
        if self.posted_for and (self.due_at is None or self.posted_for > self.due_at):
            return max(_named(days, self.posted_for, zone), default=None)
        return self.until.get(project)


def is_finished(day: Day) -> bool:
    """True for a day that names a whole past date: not for today and not for `all`."""
    return DAYS_AGO.get(day, 0) > 0


def dates_to_cover(days: Iterable[Day], at: datetime, zone: ZoneInfo, last: date | None) -> Dates:
    """The dates after `last` up to the newest that `days` names at `at`; at least `days`, at most seven."""
    named = _named(days, at, zone)
    if not named:
        return Dates()
    newest, first = max(named), min(named)
    if last is not None:
        first = min(first, last + timedelta(days=1))
    oldest = max(first, newest - timedelta(days=MOST_DATES - 1))
    covered = tuple(oldest + timedelta(days=ahead) for ahead in range((newest - oldest).days + 1))
    left_out = (first, oldest - timedelta(days=1)) if first < oldest else None
    return Dates(covered, left_out, last if last is not None and last < first else None)


def merge(found: Iterable[Dates]) -> Dates:
    """The dates of several projects together; `since` only if they all have the same."""
    several = tuple(found)
    left_out = [on for dates in several if dates.left_out for on in dates.left_out]
    since = {dates.since for dates in several}
    return Dates(
        tuple(sorted({on for dates in several for on in dates.covered})),
        (min(left_out), max(left_out)) if left_out else None,
        since.pop() if len(since) == 1 else None,
    )


def _named(days: Iterable[Day], at: datetime, zone: ZoneInfo) -> list[date]:
    dates = (business_date(day, at, zone) for day in days if is_finished(day))
    return [on for on in dates if on is not None]
