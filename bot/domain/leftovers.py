"""What still waits for a person on a past date: said beside today, and never added up with it."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from bot.domain.model import Leftover, Metric, StatusCounts

# Instances on these make a date need somebody; paused ones alone do not.
WAITING = (Metric.RUNNING_EXCEPTION_COUNT, Metric.WAITING_CONFIRM_COUNT)
# An older number says when it was read; by default yesterday is read every half hour at least.
OLD = timedelta(minutes=35)


def leftovers_of(counts: StatusCounts, on: date, read_at: datetime, now: datetime) -> Iterator[Leftover]:
    """What the counts of a past date say of instances that still wait."""
    for metric in WAITING:
        if value := counts.value(metric):
            yield Leftover(metric, int(value), on, read_at, now - read_at > OLD)
