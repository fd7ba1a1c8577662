"""Instances of past dates that still wait for a person: shown beside today's counts, never added to them."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from bot.domain.model import Leftover, Metric, StatusCounts

# Counts that need a person; paused instances alone do not.
WAITING = (Metric.RUNNING_EXCEPTION_COUNT, Metric.WAITING_CONFIRM_COUNT)
# An older number is shown with its time; by default yesterday is read at least every half hour.
OLD = timedelta(minutes=35)


def leftovers_of(counts: StatusCounts, on: date, read_at: datetime, now: datetime) -> Iterator[Leftover]:
    """The instances that still wait, by the counts of a past date."""
    for metric in WAITING:
        if value := counts.value(metric):
            yield Leftover(metric, int(value), on, read_at, now - read_at > OLD)
