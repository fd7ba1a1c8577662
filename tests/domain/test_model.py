"""The sums of the 13 counts, and the date of a day's name."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.domain.model import (
    COUNT_NAMES,
    Day,
    Metric,
    StatusCounts,
    Workspace,
    business_date,
    day_of,
)

SINGAPORE, BERLIN, SAMOA = ZoneInfo("Asia/Singapore"), ZoneInfo("Europe/Berlin"), ZoneInfo("Pacific/Apia")

COUNTS = StatusCounts(
    success_count=90, fail_count=6, force_success_count=3, ignore_success_count=1, running_count=50
)


def test_each_of_the_13_counts_can_be_watched() -> None:
    assert len(COUNT_NAMES) == 13
    assert set(COUNT_NAMES) < {metric.value for metric in Metric}


def test_a_count_that_was_not_given_is_unknown_and_not_0() -> None:
    assert StatusCounts().unknown == COUNT_NAMES
    assert StatusCounts(fail_count=0).fail_count == 0
    assert "fail_count" not in StatusCounts(fail_count=0).unknown


def test_overridden_failures_are_those_forced_and_those_ignored() -> None:
    assert COUNTS.overridden_count == 4


def test_rates_are_of_what_came_to_an_outcome() -> None:
    """A running instance is neither a failure nor a success yet."""
    assert COUNTS.decided_count == 100
    assert (COUNTS.fail_rate, COUNTS.success_rate) == (6.0, 90.0)


@pytest.mark.parametrize(
    "part", ["success_count", "fail_count", "force_success_count", "ignore_success_count"]
)
def test_a_rate_with_an_unknown_part_is_unknown(part: str) -> None:
    known = {"success_count": 9, "fail_count": 1, "force_success_count": 0, "ignore_success_count": 0}
    counts = StatusCounts(**{**known, part: None})
    assert (counts.fail_rate, counts.success_rate, counts.decided_count) == (None, None, None)


def test_a_rate_of_nothing_is_unknown() -> None:
    nothing = StatusCounts(success_count=0, fail_count=0, force_success_count=0, ignore_success_count=0)
    assert (nothing.fail_rate, nothing.success_rate) == (None, None)


@pytest.mark.parametrize("metric", Metric)
def test_every_metric_of_unknown_counts_is_unknown(metric: Metric) -> None:
    assert StatusCounts().value(metric) is None


def test_a_metric_is_read_by_its_api_name() -> None:
    counts = StatusCounts(**{name: place for place, name in enumerate(COUNT_NAMES)})
    assert [counts.value(Metric(name)) for name in COUNT_NAMES] == list(range(13))
    assert [metric for metric in Metric if metric.is_rate] == [Metric.FAIL_RATE, Metric.SUCCESS_RATE]


@pytest.mark.parametrize(
    ("day", "now", "zone", "expected"),
    [
        (Day.TODAY, "2026-11-22T15:59:59", SINGAPORE, date(2026, 11, 22)),
        (Day.TODAY, "2026-11-22T16:00:00", SINGAPORE, date(2026, 11, 23)),
        (Day.YESTERDAY, "2026-11-22T16:00:00", SINGAPORE, date(2026, 11, 22)),
        (Day.BEFORE_YESTERDAY, "2026-11-22T16:00:00", SINGAPORE, date(2026, 11, 21)),
        (Day.YESTERDAY, "2026-12-31T23:30:00", BERLIN, date(2026, 12, 31)),
        (Day.BEFORE_YESTERDAY, "2028-03-01T12:00:00", BERLIN, date(2028, 2, 28)),
        (Day.YESTERDAY, "2028-03-01T12:00:00", BERLIN, date(2028, 2, 29)),
        (Day.YESTERDAY, "2026-03-29T22:30:00", BERLIN, date(2026, 3, 29)),
        (Day.YESTERDAY, "2026-10-25T23:30:00", BERLIN, date(2026, 10, 25)),
        (Day.TODAY, "2026-11-22T11:00:00", SAMOA, date(2026, 11, 23)),
        (Day.ALL, "2026-11-22T12:00:00", SINGAPORE, None),
    ],
    ids=[
        "a second before Singapore's midnight",
        "Singapore's midnight",
        "yesterday at midnight",
        "the day before yesterday at midnight",
        "New Year in Berlin",
        "two days back over a leap day",
        "one day back to a leap day",
        "after a day of 23 hours",
        "after a day of 25 hours",
        "13 hours ahead",
        "all stands for no date",
    ],
)
def test_a_days_name_stands_for_a_date_by_the_zones_clock(
    day: Day, now: str, zone: ZoneInfo, expected: date | None
) -> None:
    assert business_date(day, datetime.fromisoformat(now).replace(tzinfo=UTC), zone) == expected


def test_a_date_is_asked_for_by_the_name_it_has_now() -> None:
    now = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)  # Monday has begun in Singapore
    names = [day_of(date(2026, 11, day), now, SINGAPORE) for day in (24, 23, 22, 21, 20)]
    assert names == [None, Day.TODAY, Day.YESTERDAY, Day.BEFORE_YESTERDAY, None]


def test_a_workspace_is_known_by_its_project_and_name() -> None:
    assert Workspace("prod", "sales", "5a1b", SINGAPORE).key == "prod/sales"
