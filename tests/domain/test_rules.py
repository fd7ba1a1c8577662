"""Rules and readings: values in, values out."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.domain.model import Day, Metric, Snapshot, StatusCounts, Workspace
from bot.domain.rules import Rule, Step, read_rule, why_blind
from bot.domain.sentence import english

SALES = Workspace("prod", "sales", "ws-sales", ZoneInfo("Asia/Singapore"))
AT = datetime(2026, 11, 23, 2, tzinfo=UTC)


def snapshot(**counts: int | None) -> Snapshot:
    return Snapshot(SALES, Day.TODAY, False, date(2026, 11, 23), StatusCounts(**counts), AT)


def test_a_limit_is_breached_only_above_it() -> None:
    rule = Rule("failures", Metric.FAIL_COUNT, 5)
    values = [read_rule(rule, snapshot(fail_count=n)) for n in (4, 5, 6)]
    assert [reading.breached for reading in values if reading] == [False, False, True]


def test_an_unknown_number_makes_no_reading() -> None:
    assert read_rule(Rule("failures", Metric.FAIL_COUNT, 5), snapshot(success_count=3)) is None


def test_a_rule_that_lacks_a_count_says_which() -> None:
    failures, quality = Rule("failures", Metric.FAIL_COUNT, 5), Rule("quality", Metric.SUCCESS_RATE, 95)
    elsewhere = Rule("other", Metric.SKIP_COUNT, 5, workspaces=frozenset({"prod/finance"}))
    decided = {"success_count": 3, "force_success_count": 0, "ignore_success_count": 0}
    rules = (failures, quality, elsewhere)
    assert english(why_blind(rules, snapshot(**decided))) == (
        "DLF did not return fail_count, so the rules failures, quality cannot be checked."
    )
    assert why_blind((failures,), snapshot(fail_count=0)) == ()


def test_a_day_without_completed_instances_is_not_an_unknown_count() -> None:
    nothing = dict.fromkeys(("fail_count", "success_count", "force_success_count", "ignore_success_count"), 0)
    assert why_blind([Rule("quality", Metric.SUCCESS_RATE, 95)], snapshot(**nothing)) == ()


@pytest.mark.parametrize(
    ("counts", "fail_rate", "success_rate"),
    [
        ({"fail_count": 1, "success_count": 2, "force_success_count": 1, "ignore_success_count": 0}, 25, 50),
        (
            {"fail_count": 0, "success_count": 0, "force_success_count": 0, "ignore_success_count": 0},
            None,
            None,
        ),
        (
            {"fail_count": 1, "success_count": 2, "force_success_count": None, "ignore_success_count": 0},
            None,
            None,
        ),
    ],
    ids=[
        "overridden failures count against both",
        "nothing decided has no rate",
        "one unknown part, no rate",
    ],
)
def test_rates_are_of_completed_instances(
    counts: dict[str, int | None], fail_rate: float | None, success_rate: float | None
) -> None:
    told = StatusCounts(**counts)
    assert (told.fail_rate, told.success_rate) == (fail_rate, success_rate)


def test_a_rule_with_below_reverses_every_comparison() -> None:
    rule = Rule("quality", Metric.SUCCESS_RATE, 95, below=True, clear_limit=97, worse_by=Step(5))
    assert rule.breached(94) and not rule.breached(95)
    assert rule.cleared(98) and not rule.cleared(96)
    assert rule.worse(94, 89) and not rule.worse(94, 90) and not rule.worse(94, 99)


@pytest.mark.parametrize(
    ("step", "told", "value", "worse"),
    [
        (Step(3), 6, 8, False),
        (Step(3), 6, 9, True),
        (Step(50, percent=True), 10, 14, False),
        (Step(50, percent=True), 10, 15, True),
        (Step(0), 10, 10, False),
        (Step(100, percent=True), 0, 1, True),
    ],
)
def test_worse_needs_the_step(step: Step, told: float, value: float, worse: bool) -> None:
    assert replace(Rule("failures", Metric.FAIL_COUNT, 5), worse_by=step).worse(told, value) is worse


@pytest.mark.parametrize(
    ("metric", "step", "told", "value", "worse"),
    [
        (Metric.SUCCESS_RATE, Step(100, percent=True), 90, 81, False),
        (Metric.SUCCESS_RATE, Step(100, percent=True), 90, 80, True),
        (Metric.SUCCESS_RATE, Step(50, percent=True), 90, 85, True),
        (Metric.SUCCESS_RATE, Step(100, percent=True), 90, 95, False),
        (Metric.TOTAL_COUNT, Step(100, percent=True), 10, 6, False),
        (Metric.TOTAL_COUNT, Step(100, percent=True), 10, 5, True),
        (Metric.TOTAL_COUNT, Step(100, percent=True), 1, 0, True),
        (Metric.TOTAL_COUNT, Step(100, percent=True), 0, 0, False),
        (Metric.TOTAL_COUNT, Step(3), 10, 8, False),
        (Metric.TOTAL_COUNT, Step(3), 10, 7, True),
    ],
)
def test_below_a_limit_worse_is_half_or_twice_what_is_missing_to_the_whole(
    metric: Metric, step: Step, told: float, value: float, worse: bool
) -> None:
    rule = Rule("quality", metric, 95, below=True, worse_by=step)
    assert rule.worse(told, value) is worse


def test_between_two_limits_is_neither_breached_nor_cleared() -> None:
    rule = Rule("failures", Metric.FAIL_COUNT, 5, clear_limit=3)
    reading = read_rule(rule, snapshot(fail_count=4))
    assert reading is not None
    assert not reading.breached
    assert not reading.cleared


def test_no_workspaces_means_all() -> None:
    rule = Rule("failures", Metric.FAIL_COUNT, 5)
    assert rule.watches(SALES)
    assert not replace(rule, workspaces=frozenset({"prod/finance"})).watches(SALES)
