"""The condition of a row: needs a person, needs a look, or fine; never fine if that is unknown."""

from collections.abc import Sequence
from enum import IntEnum

from bot.domain.model import Metric, Row, StatusCounts

# Without all of these counts, a row cannot be fine.
TELLING = (
    Metric.FAIL_COUNT,
    Metric.RUNNING_EXCEPTION_COUNT,
    Metric.WAITING_CONFIRM_COUNT,
    Metric.FORCE_SUCCESS_COUNT,
    Metric.IGNORE_SUCCESS_COUNT,
    Metric.TOTAL_COUNT,
)


class RowCondition(IntEnum):
    """The condition of a row, the worst first."""

    FAILING = 0
    UNREAD = 1
    UNKNOWN = 2
    NOTHING_RAN = 3
    OLD = 4
    COMING = 5
    OVERRIDDEN = 6
    FINE = 7

    @property
    def needs_a_look(self) -> bool:
        return self <= RowCondition.OLD


SYMBOLS = {
    RowCondition.FAILING: "⚠️",
    RowCondition.UNREAD: "❔",
    RowCondition.UNKNOWN: "❔",
    RowCondition.NOTHING_RAN: "❔",
    RowCondition.OLD: "❔",
    RowCondition.COMING: "⏳",
    RowCondition.OVERRIDDEN: "ℹ️",
    RowCondition.FINE: "✅",
}


def condition(row: Row) -> RowCondition:
    """The row's condition, including instances that still wait on past dates."""
    return RowCondition.FAILING if row.leftovers else condition_on_its_date(row)


def condition_on_its_date(row: Row) -> RowCondition:
    """The condition for the row's own date; outdated numbers, and those being read, are never fine."""
    if row.snapshot is None:
        return RowCondition.COMING if row.coming else RowCondition.UNREAD
    found = condition_of(row.snapshot.counts)
    if found.needs_a_look:
        return found
    if row.problem:
        return RowCondition.OLD
    return RowCondition.COMING if row.coming else found


def condition_of(counts: StatusCounts) -> RowCondition:
    if counts.fail_count or counts.running_exception_count or counts.waiting_confirm_count:
        return RowCondition.FAILING
    if any(counts.value(metric) is None for metric in TELLING):
        return RowCondition.UNKNOWN
    if counts.total_count == 0:
        return RowCondition.NOTHING_RAN
    return RowCondition.OVERRIDDEN if counts.overridden_count else RowCondition.FINE


def symbol_of(rows: Sequence[Row], *, at_best: RowCondition = RowCondition.FINE) -> str:
    """The symbol of the worst row."""
    return SYMBOLS[min([at_best, *map(condition, rows)])]


def urgency(row: Row) -> tuple[int, int, int]:
    """The sort key: rows that need a person first, among them the most failures first."""
    counts = row.snapshot.counts if row.snapshot else StatusCounts()
    return condition(row), -(counts.fail_count or 0), -(counts.running_exception_count or 0)
