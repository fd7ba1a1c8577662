"""Rows of answers and digests as a table: each as cells, and as a line with the same facts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from bot.domain.model import Day, Metric, Row, StatusCounts
from bot.messages.condition import SYMBOLS, condition
from bot.messages.figures import delta, percent
from bot.messages.layout import Table, TableRow
from bot.messages.leftovers import still_waiting
from bot.messages.row_words import others, row_state
from bot.messages.slack_limits import TABLE_ROWS
from bot.messages.words import PHRASES, Words, zone_name

NOTHING = "–"
# If reads are further apart than this, each row has its time; otherwise the small print has the span.
READ_TOGETHER = timedelta(minutes=10)


# The counts of a workspace in its line and on its card; "?" in a line is a count that DLF did not return.
NUMBERED = (
    Metric.FAIL_COUNT,
    Metric.RUNNING_EXCEPTION_COUNT,
    Metric.WAITING_CONFIRM_COUNT,
    Metric.OVERRIDDEN_COUNT,
    Metric.SUCCESS_COUNT,
    Metric.TOTAL_COUNT,
)

# Other columns are left out if they are empty or the same in every row.
NEVER_LEFT_OUT = frozenset({"Workspace", "Failed", "Stuck", "Succeeded"})
LEFT_OUT_IF_SAME = frozenset({"Date"})
LEFT_ALIGNED = frozenset({"Workspace", "Date", "Other states"})


@dataclass(frozen=True, slots=True)
class Entry:
    """A row among others, with its name and date (None for the last seven days)."""

    row: Row
    name: str
    day: Day
    business_date: date | None


def table_of(tr: Words, entries: Sequence[Entry]) -> Table:
    """As many rows as a table can hold, without empty columns; the lines have the same facts."""
    entries = entries[: TABLE_ROWS - 1]
    each_read = _are_apart([entry.row for entry in entries])
    cells = [_cells(tr, entry, each_read=each_read) for entry in entries]
    heads = _heads(cells)
    same = LEFT_OUT_IF_SAME - set(heads)
    rows = [
        TableRow(
            [found.get(head, NOTHING) for head in heads],
            entry.name,
            _line(tr, entry, found, same),
            _remark(tr, entry.row),
            no_numbers=entry.row.snapshot is None,
        )
        for entry, found in zip(entries, cells, strict=True)
    ]
    left = frozenset(place for place, head in enumerate(heads) if head in LEFT_ALIGNED)
    return Table(tr, [tr(head) for head in heads], rows, left)


def _remark(tr: Words, row: Row) -> str:
    """Text too long for a cell: instances waiting on past dates, and why there is no current number."""
    return tr.clauses([still_waiting(tr, [row]), "" if row.coming else row_state(tr, row)])


def reading_aids(tr: Words, entries: Sequence[Entry]) -> list[str]:
    """The explanations that the rows need."""
    compares = any(_difference(entry.row, entry.day) != NOTHING for entry in entries)
    rates = any(_some_are_open(entry.row) for entry in entries)
    aids = {
        "(+n): change from the day before": compares,
        "success rates count completed instances only": rates,
        "states not listed are 0": all(entry.row.snapshot for entry in entries),
    }
    return [*unknown_aid(tr, entries), *(tr(aid) for aid, needed in aids.items() if needed)]


def unknown_aid(tr: Words, entries: Sequence[Entry]) -> list[str]:
    """The explanation of "?", if it stands for a count of these rows."""
    return [tr("?: not returned by DLF")] if any(_lacks_a_number(entry.row) for entry in entries) else []


def _lacks_a_number(row: Row) -> bool:
    counts = row.snapshot.counts if row.snapshot else None
    return counts is not None and any(counts.value(metric) is None for metric in NUMBERED)


def dates_of(entries: Iterable[Entry]) -> list[tuple[date | None, ZoneInfo]]:
    return [(entry.business_date, entry.row.workspace.zone) for entry in entries]


def _heads(cells: Sequence[Mapping[str, str]]) -> list[str]:
    heads = dict.fromkeys(head for found in cells for head in HEADS if head in found)
    return [head for head in HEADS if head in heads and _says_something(head, cells)]


HEADS = (
    "Workspace",
    "Date",
    "Failed",
    "Stuck",
    "To confirm",
    "Overridden",
    "Succeeded",
    "Success rate",
    "Other states",
    "As of",
)


def _says_something(head: str, cells: Sequence[Mapping[str, str]]) -> bool:
    if head in NEVER_LEFT_OUT:
        return True
    found = {cell[head] for cell in cells if head in cell}
    return len(found) > 1 if head in LEFT_OUT_IF_SAME else bool(found - {"0", NOTHING, ""})


def _are_apart(rows: Sequence[Row]) -> bool:
    read = [row.snapshot.read_at for row in rows if row.snapshot]
    return bool(read) and max(read) - min(read) >= READ_TOGETHER


def _cells(tr: Words, entry: Entry, *, each_read: bool) -> dict[str, str]:
    """A row's text by column; a row without data has few."""
    row, name = entry.row, f"{SYMBOLS[condition(entry.row)]} {entry.name}"
    found = {"Workspace": name, "Date": _date(tr, entry)}
    if row.snapshot is None:
        return found
    counts = row.snapshot.counts
    found |= {
        "Failed": _failed(tr, row, entry.day),
        "Stuck": tr.value(Metric.RUNNING_EXCEPTION_COUNT, counts.running_exception_count),
        "To confirm": tr.value(Metric.WAITING_CONFIRM_COUNT, counts.waiting_confirm_count),
        "Overridden": tr.overridden(counts, brief=True),
        "Succeeded": succeeded(tr, counts) if counts.total_count != 0 else NOTHING,
        "Success rate": NOTHING if (rate := _rate(row)) is None else percent(rate),
        "Other states": others(tr, counts) or NOTHING,
    }
    read = tr.moment(row.snapshot.read_at, row.workspace.zone, on=entry.business_date)
    return found | {"As of": read} if each_read else found


def _some_are_open(row: Row) -> bool:
    """True if the success rate must say that it leaves out instances that have not completed."""
    counts = row.snapshot.counts if row.snapshot else StatusCounts()
    return counts.success_rate is not None and counts.decided_count != counts.total_count


def _rate(row: Row) -> float | None:
    return row.snapshot.counts.success_rate if row.snapshot else None


def succeeded(tr: Words, counts: StatusCounts) -> str:
    """Succeeded instances of all: "297 of 300"."""
    done = tr.value(Metric.SUCCESS_COUNT, counts.success_count)
    return tr("{n} of {total}", n=done, total=tr.value(Metric.TOTAL_COUNT, counts.total_count))


def _date(tr: Words, entry: Entry) -> str:
    said = tr.full_date(entry.business_date) if entry.business_date else tr.day(entry.day, None)
    return tr.aside(said, zone_name(entry.row.workspace.zone))


def _failed(tr: Words, row: Row, day: Day) -> str:
    """Failed instances with the difference to the day before: "3 (+2)"."""
    failed = tr.value(Metric.FAIL_COUNT, row.snapshot.counts.fail_count if row.snapshot else None)
    difference = _difference(row, day)
    return failed if difference == NOTHING else tr.aside(failed, difference)


def _difference(row: Row, day: Day) -> str:
    """The difference to the day before; a dash for none, and for an incomplete day."""
    now = row.snapshot.counts.fail_count if row.snapshot else None
    before = row.before.fail_count if row.before else None
    if now is None or before in (None, now) or day not in (Day.YESTERDAY, Day.BEFORE_YESTERDAY):
        return NOTHING
    return delta(now, before)


def _overridden(tr: Words, counts: StatusCounts) -> str:
    """Overridden failures in a sentence: "1 overridden (ignored)"."""
    if counts.force_success_count is None and counts.ignore_success_count is None:
        return tr.phrase(Metric.OVERRIDDEN_COUNT, None)
    n = tr.value(Metric.OVERRIDDEN_COUNT, counts.overridden_count)
    return tr("{n} overridden ({how})", n=n, how=tr.overridden_how(counts, brief=True))


def _line(tr: Words, entry: Entry, cells: Mapping[str, str], same: frozenset[str]) -> str:
    """The cells as a sentence: failed and stuck always, other counts if they are not 0."""
    snapshot, state = entry.row.snapshot, row_state(tr, entry.row)
    still = still_waiting(tr, [entry.row])
    date = "" if "Date" in same else cells["Date"]
    if snapshot is None:
        return f"{SYMBOLS[condition(entry.row)]} {tr.clauses([state, still, date])}"
    counts = tr.join(_counts(tr, entry, snapshot.counts))
    read = tr("as of {at}", at=cells["As of"]) if "As of" in cells else ""
    said = tr.clauses([counts, still, others(tr, snapshot.counts), date, read, state])
    return f"{SYMBOLS[condition(entry.row)]} {said}"


def _counts(tr: Words, entry: Entry, counts: StatusCounts) -> list[str]:
    failed, difference = tr.phrase(Metric.FAIL_COUNT, counts.fail_count), _difference(entry.row, entry.day)
    parts = [failed if difference == NOTHING else tr.aside(failed, difference)]
    parts.append(tr.phrase(Metric.RUNNING_EXCEPTION_COUNT, counts.running_exception_count))
    if counts.waiting_confirm_count != 0:
        parts.append(tr.phrase(Metric.WAITING_CONFIRM_COUNT, counts.waiting_confirm_count))
    if counts.overridden_count != 0:
        parts.append(_overridden(tr, counts))
    if counts.total_count != 0:
        parts.append(tr(PHRASES[Metric.SUCCESS_COUNT], n=succeeded(tr, counts)))
    if counts.success_rate is not None:
        parts.append(tr.phrase(Metric.SUCCESS_RATE, counts.success_rate))
    return parts
