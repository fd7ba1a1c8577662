"""Rows of answers and digests: what is wrong in each, in which order, as cells and as a line."""

from collections.abc import Iterable, Sequence
from enum import IntEnum

from bot.domain.model import Day, Metric, Row, StatusCounts
from bot.messages.layout import TableRow
from bot.messages.words import Words, clip, delta, number, percent

PROBLEM_LENGTH = 160

# A number missing here forbids saying that all is well.
TELLING = (
    Metric.FAIL_COUNT,
    Metric.RUNNING_EXCEPTION_COUNT,
    Metric.WAITING_CONFIRM_COUNT,
    Metric.FORCE_SUCCESS_COUNT,
    Metric.IGNORE_SUCCESS_COUNT,
    Metric.TOTAL_COUNT,
)
OTHERS = (
    Metric.RUNNING_COUNT,
    Metric.WAITING_COUNT,
    Metric.PAUSE_COUNT,
    Metric.FREEZE_COUNT,
    Metric.SKIP_COUNT,
    Metric.MANUAL_STOP_COUNT,
)


class Concern(IntEnum):
    """What a row needs, the worst first."""

    FAILING = 0
    UNREAD = 1
    UNKNOWN = 2
    NOTHING_RAN = 3
    COMING = 4
    OVERRIDDEN = 5
    FINE = 6

    @property
    def needs_a_look(self) -> bool:
        return self <= Concern.NOTHING_RAN


SYMBOLS = {
    Concern.FAILING: "⚠️",
    Concern.UNREAD: "❔",
    Concern.UNKNOWN: "❔",
    Concern.NOTHING_RAN: "❔",
    Concern.COMING: "⏳",
    Concern.OVERRIDDEN: "ℹ️",
    Concern.FINE: "✅",
}


def concern(row: Row) -> Concern:
    if row.snapshot is None:
        return Concern.COMING if row.coming else Concern.UNREAD
    return concern_of(row.snapshot.counts)


def concern_of(counts: StatusCounts) -> Concern:
    if counts.fail_count or counts.running_exception_count or counts.waiting_confirm_count:
        return Concern.FAILING
    if any(counts.value(metric) is None for metric in TELLING):
        return Concern.UNKNOWN
    if counts.total_count == 0:
        return Concern.NOTHING_RAN
    return Concern.OVERRIDDEN if counts.overridden_count else Concern.FINE


def by_concern(rows: Iterable[Row]) -> list[Row]:
    """The rows that need somebody first, the most failures first among them; else in their own order."""

    def order(row: Row) -> tuple[int, int, int]:
        counts = row.snapshot.counts if row.snapshot else StatusCounts()
        return concern(row), -(counts.fail_count or 0), -(counts.running_exception_count or 0)

    return sorted(rows, key=order)


def row_name(row: Row, rows: Sequence[Row]) -> str:
    """The workspace's name, with its project where names of several projects meet."""
    several = len({each.workspace.project for each in rows}) > 1
    return clip(row.workspace.key if several else row.workspace.name)


def known_sum(rows: Iterable[Row], metric: Metric) -> tuple[int, bool]:
    """The sum of what is known, and whether more may be missing from it."""
    values = [row.snapshot.counts.value(metric) if row.snapshot else None for row in rows]
    return int(sum(value for value in values if value is not None)), None in values


def sum_phrase(say: Words, rows: Sequence[Row], metric: Metric) -> str:
    """A sum in words that never claims more than is known: "at least 5 failed"."""
    total, more = known_sum(rows, metric)
    if more and all(row.snapshot is None or row.snapshot.counts.value(metric) is None for row in rows):
        return say.phrase(metric, None)
    said = say.phrase(metric, total)
    return say("at least {what}", what=said) if more else said


def columns(say: Words, *, before: str) -> tuple[str, ...]:
    shown = (Metric.FAIL_COUNT, Metric.RUNNING_EXCEPTION_COUNT, Metric.WAITING_CONFIRM_COUNT)
    done = (Metric.OVERRIDDEN_COUNT, Metric.SUCCESS_COUNT, Metric.TOTAL_COUNT, Metric.SUCCESS_RATE)
    return (
        say("Workspace"),
        say.label(shown[0]),
        before,
        *(say.label(metric) for metric in (*shown[1:], *done)),
        say("Others"),
        say("Read"),
    )


def before_heading(say: Words, day: Day) -> str:
    """What the failed count is compared with; a day that still runs is no match for a whole one."""
    return say("Yesterday in all") if day is Day.TODAY else say("vs day before")


def table_row(say: Words, row: Row, *, name: str, day: Day) -> TableRow:
    if row.snapshot is None:
        why = say("on its way") if row.coming else say("no data: {why}", why=problem(say, row))
        return TableRow((name, *(["–"] * 8), why, "–"), name, f"{SYMBOLS[concern(row)]} {why}")
    counts, zone = row.snapshot.counts, row.workspace.zone
    read = say.moment(row.snapshot.read_at, zone, on=row.snapshot.read_at.astimezone(zone).date())
    shown = (
        say.value(Metric.FAIL_COUNT, counts.fail_count),
        _before_cell(say, row, day),
        say.value(Metric.RUNNING_EXCEPTION_COUNT, counts.running_exception_count),
        say.value(Metric.WAITING_CONFIRM_COUNT, counts.waiting_confirm_count),
        say.overridden(counts),
        say.value(Metric.SUCCESS_COUNT, counts.success_count),
        say.value(Metric.TOTAL_COUNT, counts.total_count),
        "–" if counts.success_rate is None else percent(counts.success_rate),
        others(say, counts) or "–",
    )
    return TableRow((name, *shown, read), name, f"{SYMBOLS[concern(row)]} {_line(say, row, day)}; {read}")


def others(say: Words, counts: StatusCounts) -> str:
    """The states that are neither failures nor successes, without those that are 0."""
    named = (say.phrase(metric, counts.value(metric)) for metric in OTHERS if counts.value(metric) != 0)
    return say.join(named)


def compared(say: Words, now: float | None, before: float | None, day: Day) -> str:
    """How a count compares with the day before; empty where that is unknown."""
    if now is None or before is None or day is Day.ALL:
        return ""
    if day is Day.TODAY:
        return say("yesterday in all {n}", n=number(before))
    return say("{delta} vs the day before", delta=delta(now, before))


def hidden_note(say: Words, hidden: Sequence[Row]) -> str:
    """What is said of rows a message has no room for."""
    bad = sum(concern(row).needs_a_look for row in hidden)
    more = say.plural(len(hidden), "and {n} more workspace", "and {n} more workspaces")
    if bad:
        return f"{more}, " + say("{n} of them with failures or without data", n=number(bad))
    return f"{more}, " + say("nothing failed or stuck in them, or still on the way")


def problem(say: Words, row: Row) -> str:
    return clip(row.problem, PROBLEM_LENGTH) if row.problem else say("reason unknown")


def _before_cell(say: Words, row: Row, day: Day) -> str:
    now = row.snapshot.counts.fail_count if row.snapshot else None
    before = row.before.fail_count if row.before else None
    if now is None or before is None or day is Day.ALL:
        return "–"
    return number(before) if day is Day.TODAY else delta(now, before)


def _line(say: Words, row: Row, day: Day) -> str:
    assert row.snapshot is not None
    counts = row.snapshot.counts
    compare = compared(say, counts.fail_count, row.before.fail_count if row.before else None, day)
    failed = say.phrase(Metric.FAIL_COUNT, counts.fail_count) + (f" ({compare})" if compare else "")
    parts = [failed, say.phrase(Metric.RUNNING_EXCEPTION_COUNT, counts.running_exception_count)]
    if counts.waiting_confirm_count != 0:
        parts.append(say.phrase(Metric.WAITING_CONFIRM_COUNT, counts.waiting_confirm_count))
    if counts.overridden_count != 0:
        parts.append(say("overridden {what}", what=say.overridden(counts)))
    parts.append(say.phrase(Metric.SUCCESS_COUNT, counts.success_count))
    parts.append(say.phrase(Metric.TOTAL_COUNT, counts.total_count))
    if counts.success_rate is not None:
        parts.append(say.phrase(Metric.SUCCESS_RATE, counts.success_rate))
    rest = others(say, counts)
    return say.join(parts) + (f"; {rest}" if rest else "")
