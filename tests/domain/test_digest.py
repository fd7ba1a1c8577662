"""When a digest is due, in every kind of night the clock can have, and what it adds up."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.domain.digest import DigestDay, Occurrence, Schedule, add_counts
from bot.domain.model import Day, Leftover, Metric, Row, Snapshot, StatusCounts, Workspace
from bot.domain.sentence import problem_of

SINGAPORE, BERLIN = ZoneInfo("Asia/Singapore"), ZoneInfo("Europe/Berlin")
WEEKDAYS = frozenset(range(5))


def due_dates(
    schedule: Schedule, start: datetime, end: datetime, step: timedelta
) -> list[tuple[date, datetime]]:
    """Every occurrence a tick between `start` and `end` would see, once each."""
    seen: dict[date, datetime] = {}
    now = start
    while now <= end:
        due = schedule.due(now)
        if due:
            seen.setdefault(due.date, due.at)
        now += step
    return list(seen.items())


@pytest.mark.parametrize(
    ("local", "due"),
    [
        ("2026-11-23 08:59", None),
        ("2026-11-23 09:00", date(2026, 11, 23)),
        ("2026-11-23 15:00", date(2026, 11, 23)),
        ("2026-11-23 15:01", None),
        ("2026-11-22 09:30", None),
    ],
    ids=["not yet", "on the minute", "at its latest", "too late", "not on a Sunday"],
)
def test_due(local: str, due: date | None) -> None:
    schedule = Schedule(time(9), SINGAPORE, WEEKDAYS, timedelta(hours=6))
    now = datetime.fromisoformat(local).replace(tzinfo=SINGAPORE)
    found = schedule.due(now)
    assert (found.date if found else None) == due


def test_a_machine_asleep_over_the_weekend_is_late_for_the_newest_only() -> None:
    schedule = Schedule(time(9), SINGAPORE, frozenset(range(7)), timedelta(days=3))
    found = schedule.due(datetime(2026, 11, 23, 9, 30, tzinfo=SINGAPORE))
    assert found is not None
    assert found == Occurrence(date(2026, 11, 23), datetime(2026, 11, 23, 9, tzinfo=SINGAPORE))


@pytest.mark.parametrize("at", [time(1, 59), time(2), time(2, 30), time(3)])
@pytest.mark.parametrize("night", [date(2026, 3, 29), date(2026, 10, 25)], ids=["spring", "autumn"])
def test_once_a_date_also_when_the_clock_changes(at: time, night: date) -> None:
    schedule = Schedule(at, BERLIN, max_lateness=timedelta(hours=12))
    start = datetime.combine(night - timedelta(days=1), time(12), BERLIN).astimezone(UTC)
    found = due_dates(schedule, start, start + timedelta(days=1), timedelta(minutes=10))
    assert [day for day, _ in found].count(night) == 1
    assert len({instant for _, instant in found}) == len(found)


def test_leap_day_has_its_digest() -> None:
    schedule = Schedule(time(9), SINGAPORE)
    found = schedule.due(datetime(2028, 2, 29, 9, 0, tzinfo=SINGAPORE))
    assert found is not None
    assert found.date == date(2028, 2, 29)


def test_next_after_skips_the_weekend() -> None:
    schedule = Schedule(time(9), SINGAPORE, WEEKDAYS)
    friday = datetime(2026, 11, 20, 10, tzinfo=SINGAPORE)
    assert schedule.next_after(friday) == datetime(2026, 11, 23, 9, tzinfo=SINGAPORE)


NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)


def row(name: str, before: StatusCounts | None = None, **counts: int) -> Row:
    workspace = Workspace("prod", name, f"ws-{name}", SINGAPORE)
    snapshot = Snapshot(workspace, Day.YESTERDAY, False, date(2026, 11, 22), StatusCounts(**counts), NOW)
    return Row(workspace, snapshot, before)


LEFTOVER = Leftover(Metric.RUNNING_EXCEPTION_COUNT, 3, date(2026, 11, 21), NOW)
STILL_STUCK = replace(
    row("sales", fail_count=0, running_exception_count=0, total_count=3), leftovers=(LEFTOVER,)
)


def test_an_unknown_part_makes_an_unknown_sum() -> None:
    total = add_counts([StatusCounts(fail_count=1, success_count=2), StatusCounts(fail_count=4)])
    assert (total.fail_count, total.success_count) == (5, None)
    assert add_counts([]).fail_count is None


@pytest.mark.parametrize(
    ("rows", "clear"),
    [
        ((row("sales", fail_count=0, running_exception_count=0, total_count=3),), True),
        ((row("sales", fail_count=1, running_exception_count=0, total_count=3),), False),
        ((row("sales", fail_count=0, total_count=3),), False),
        ((row("sales", fail_count=0, running_exception_count=0, total_count=0),), False),
        ((Row(row("sales").workspace, None, problem=problem_of("DLF is away")),), False),
        ((), False),
        ((STILL_STUCK,), False),
    ],
    ids=["all is well", "a failure", "stuck unknown", "nothing ran", "not read", "no workspace", "left over"],
)
def test_all_clear_is_said_only_when_it_is_known(rows: tuple[Row, ...], clear: bool) -> None:
    assert DigestDay(Day.YESTERDAY, date(2026, 11, 22), rows).all_clear is clear


def test_the_day_before_is_compared_only_when_known_for_all() -> None:
    both = (row("sales", StatusCounts(fail_count=1), fail_count=2), row("logs", None, fail_count=3))
    assert DigestDay(Day.YESTERDAY, None, both).total_before is None
    assert DigestDay(Day.YESTERDAY, None, both[:1]).total_before == StatusCounts(fail_count=1)
