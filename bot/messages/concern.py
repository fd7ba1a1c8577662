"""What a row needs: somebody at once, a look, or nothing; never "fine" where that is not known."""

from collections.abc import Sequence
from enum import IntEnum

from bot.domain.model import Metric, Row, StatusCounts

# A number missing here forbids saying that all is well.
TELLING = (
    Metric.FAIL_COUNT,
    Metric.RUNNING_EXCEPTION_COUNT,
    Metric.WAITING_CONFIRM_COUNT,
    Metric.FORCE_SUCCESS_COUNT,
    Metric.IGNORE_SUCCESS_COUNT,
    Metric.TOTAL_COUNT,
)


class Concern(IntEnum):
    """What a row needs, the worst first."""

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
        return self <= Concern.OLD


SYMBOLS = {
    Concern.FAILING: "⚠️",
    Concern.UNREAD: "❔",
    Concern.UNKNOWN: "❔",
    Concern.NOTHING_RAN: "❔",
    Concern.OLD: "❔",
    Concern.COMING: "⏳",
    Concern.OVERRIDDEN: "ℹ️",
    Concern.FINE: "✅",
}


def concern(row: Row) -> Concern:
    """What a row needs; numbers that could not be read anew, or are being read, are never fine."""
    if row.snapshot is None:
        return Concern.COMING if row.coming else Concern.UNREAD
    found = concern_of(row.snapshot.counts)
    if found.needs_a_look:
        return found
    if row.problem:
        return Concern.OLD
    return Concern.COMING if row.coming else found


def concern_of(counts: StatusCounts) -> Concern:
    if counts.fail_count or counts.running_exception_count or counts.waiting_confirm_count:
        return Concern.FAILING
    if any(counts.value(metric) is None for metric in TELLING):
        return Concern.UNKNOWN
    if counts.total_count == 0:
        return Concern.NOTHING_RAN
    return Concern.OVERRIDDEN if counts.overridden_count else Concern.FINE


def symbol_of(rows: Sequence[Row]) -> str:
    """The symbol of the worst row."""
    return SYMBOLS[min(map(concern, rows))]


def urgency(row: Row) -> tuple[int, int, int]:
    """Sorts the rows that need somebody first, the most failures first among them."""
    counts = row.snapshot.counts if row.snapshot else StatusCounts()
    return concern(row), -(counts.fail_count or 0), -(counts.running_exception_count or 0)
