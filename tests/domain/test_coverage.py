"""Which business dates a digest covers, and from what that is known."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.domain.coverage import Coverage, Dates, dates_to_cover, merge
from bot.domain.model import Day

SINGAPORE, NEW_YORK = ZoneInfo("Asia/Singapore"), ZoneInfo("America/New_York")
MONDAY = datetime(2026, 11, 30, 9, tzinfo=SINGAPORE)
YESTERDAY = (Day.YESTERDAY,)


def nov(*days: int) -> tuple[date, ...]:
    return tuple(date(2026, 11, day) for day in days)


@pytest.mark.parametrize(
    ("days", "last", "covered"),
    [
        (YESTERDAY, 26, (27, 28, 29)),
        (YESTERDAY, 28, (29,)),
        (YESTERDAY, 29, (29,)),
        (YESTERDAY, None, (29,)),
        ((Day.BEFORE_YESTERDAY,), 25, (26, 27, 28)),
        ((Day.YESTERDAY, Day.BEFORE_YESTERDAY), 28, (28, 29)),
        ((Day.TODAY, Day.YESTERDAY), 27, (28, 29)),
        ((Day.TODAY,), 26, ()),
        ((Day.ALL,), 26, ()),
    ],
    ids=[
        "after a weekend",
        "the day after",
        "asked for twice",
        "new",
        "the day before yesterday",
        "at least what days names",
        "today stays as it is",
        "today alone",
        "the last seven days",
    ],
)
def test_every_date_after_the_last_covered_date_is_covered(
    days: tuple[Day, ...], last: int | None, covered: tuple[int, ...]
) -> None:
    found = dates_to_cover(days, MONDAY, SINGAPORE, nov(last)[0] if last else None)
    assert found.covered == nov(*covered)
    assert found.left_out is None


def test_seven_dates_are_covered_at_most_and_older_ones_are_named() -> None:
    found = dates_to_cover(YESTERDAY, MONDAY, SINGAPORE, date(2026, 11, 18))
    assert found == Dates(nov(*range(23, 30)), (nov(19)[0], nov(22)[0]), nov(18)[0])


def test_each_project_has_its_own_calendar() -> None:
    """At nine in Singapore it is still Sunday in New York."""
    in_new_york = dates_to_cover(YESTERDAY, MONDAY, NEW_YORK, date(2026, 11, 26))
    assert in_new_york.covered == nov(27, 28)
    in_singapore = dates_to_cover(YESTERDAY, MONDAY, SINGAPORE, date(2026, 11, 26))
    assert merge([in_singapore, in_new_york]).covered == nov(27, 28, 29)


@pytest.mark.parametrize("days_later", range(8))
@pytest.mark.parametrize(("month", "night"), [(3, 29), (10, 25)], ids=["spring", "autumn"])
def test_the_change_of_the_clock_costs_no_date(month: int, night: int, days_later: int) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    last, found = date(2026, month, night - 3), list[date]()
    for ahead in (0, days_later, 7):
        at = datetime(2026, month, night - 1, 0, 30, tzinfo=berlin) + timedelta(days=ahead)
        covered = [on for on in dates_to_cover(YESTERDAY, at, berlin, last).covered if on > last]
        found, last = found + covered, max([last, *covered])
    assert found == sorted(set(found))
    assert last == date(2026, month, night - 3) + timedelta(days=len(found))


def test_a_digest_of_an_older_version_is_recognized_by_its_due_time() -> None:
    friday = datetime(2026, 11, 27, 1, tzinfo=UTC)
    assert Coverage(posted_for=friday).last("prod", YESTERDAY, SINGAPORE) == nov(26)[0]
    monday = Coverage({"prod": nov(26)[0]}, friday, posted_for=friday + timedelta(days=3))
    assert monday.last("prod", YESTERDAY, SINGAPORE) == nov(29)[0]


def test_records_hold_when_days_was_changed_since() -> None:
    friday = datetime(2026, 11, 27, 1, tzinfo=UTC)
    known = Coverage({"prod": nov(25)[0]}, friday, posted_for=friday)
    assert known.last("prod", YESTERDAY, SINGAPORE) == nov(25)[0]
    assert known.last("new", YESTERDAY, SINGAPORE) is None
