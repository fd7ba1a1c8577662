"""Which jobs it was: windows, statuses in five vocabularies, grouping, and what may be said of each."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.job_status import count_of, listed_counts, total_of
from bot.domain.jobs import (
    ERROR_LENGTH,
    LONGEST_WINDOW,
    JobList,
    JobRun,
    JobsFound,
    first_line,
    group_jobs,
    narrowed,
    started_later,
    window_of,
)
from bot.domain.model import Metric, StatusCounts, Workspace

ZONE = ZoneInfo("Asia/Singapore")
MONDAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)  # in Singapore
SALES = Workspace("prod", "sales", "ws-sales", ZONE)
FAILED = (Metric.FAIL_COUNT,)


def run(job: str = "load", days_ago: float = 0, number: int = 1, **parts: object) -> JobRun:
    planned = NOON - timedelta(days=days_ago)
    known = {"job_id": "7", "instance_id": f"{number}", "status": "fail", "planned": planned, **parts}
    return JobRun(job, **known)  # type: ignore[arg-type]


def grouped(*runs: JobRun, total: int | None = None, counts: tuple[Metric, ...] = FAILED):
    window = window_of(MONDAY, NOON, ZONE)
    return group_jobs([JobList(runs, total)], counts, window, ZONE, redact=lambda text: text)


# Statuses


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("waiting WAITING", Metric.WAITING_COUNT),
        ("running", Metric.RUNNING_COUNT),
        ("success SUCCESS", Metric.SUCCESS_COUNT),
        ("forceSuccess force_success force-success", Metric.FORCE_SUCCESS_COUNT),
        ("ignoreSuccess ignore_success IGNORE_SUCCESS", Metric.IGNORE_SUCCESS_COUNT),
        ("fail FAIL", Metric.FAIL_COUNT),
        ("running-exception running_exception runningException", Metric.RUNNING_EXCEPTION_COUNT),
        ("pause", Metric.PAUSE_COUNT),
        ("manual-stop manual_stop manualStop manual", Metric.MANUAL_STOP_COUNT),
        ("skip-by-depend skip skip_by_depend", Metric.SKIP_COUNT),
        ("freeze", Metric.FREEZE_COUNT),
        ("waiting-confirm waiting_confirm waitingConfirm", Metric.WAITING_CONFIRM_COUNT),
        ("exploded 失败 7", None),
    ],
)
def test_a_status_is_known_in_every_spelling(words: str, count: Metric | None):
    assert {count_of(word) for word in words.split()} == {count}


def test_a_forced_or_ignored_success_is_a_success():
    assert count_of("success", is_forced=True) is Metric.FORCE_SUCCESS_COUNT
    assert count_of("success", is_ignored=True) is Metric.IGNORE_SUCCESS_COUNT
    assert count_of("fail", is_forced=True) is Metric.FAIL_COUNT


@pytest.mark.parametrize("metric", [*Metric, None])
def test_a_list_takes_at_most_two_requests_and_is_counted(metric: Metric | None):
    listed = listed_counts(metric)
    assert 1 <= len(listed) <= 2
    ones = StatusCounts(**dict.fromkeys(StatusCounts.__dataclass_fields__, 3))
    assert total_of(ones, listed) == 3 * len(listed)
    assert total_of(StatusCounts(), listed) is None


# Windows


@pytest.mark.parametrize(
    ("on", "now", "dates", "until"),
    [
        (MONDAY, NOON, 7, NOON),
        # Until noon of the next day, for what started late.
        (date(2026, 11, 22), NOON, 6, NOON),
        (date(2026, 11, 20), NOON, 6, datetime(2026, 11, 21, 4, tzinfo=UTC)),
        # The bot's clock is behind DLF's.
        (date(2026, 11, 24), NOON, 7, datetime(2026, 11, 23, 16, tzinfo=UTC)),
    ],
)
def test_one_request_covers_as_many_whole_dates_as_dlf_lists(
    on: date, now: datetime, dates: int, until: datetime
):
    window = window_of(on, now, ZONE)
    assert window.until == until
    assert len(window.dates) == dates and window.dates[-1] == on
    assert window.since.astimezone(ZONE) == datetime.combine(window.dates[0], datetime.min.time(), ZONE)


@given(
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    st.timedeltas(timedelta(days=-3), timedelta(days=40)),
    st.sampled_from(["Asia/Singapore", "Europe/Berlin", "America/Sao_Paulo", "Pacific/Apia"]),
)
def test_no_window_is_longer_than_dlf_takes(on: date, later: timedelta, name: str):
    zone = ZoneInfo(name)
    now = datetime.combine(on, datetime.min.time(), zone) + later
    for window in (window_of(on, now, zone), narrowed(window_of(on, now, zone), zone)):
        assert timedelta(0) <= window.until.astimezone(UTC) - window.since.astimezone(UTC) <= LONGEST_WINDOW
        assert window.dates[-1] == on


# Groups


def test_runs_are_grouped_by_job_the_newest_first():
    jobs = grouped(
        run("b", 0.1, 1),
        run("a", 0.2, 2),
        run("b", 0.3, 3),
        run("a", 0.01, 4),
        run("c", 0.1, 5),
        run("old", 2, 6),
    )
    assert [(job.job, [one.instance_id for one in job.runs]) for job in jobs] == [
        ("a", ["4", "2"]),
        ("b", ["1", "3"]),
        ("c", ["5"]),
    ]
    assert jobs[0].newest.planned == NOON - timedelta(days=0.01)


def test_a_job_is_new_or_has_failed_for_days():
    jobs = grouped(run("new"), run("old", 0, 2), run("old", 1, 3), run("old", 4, 4), run("old", 4.1, 5))
    found = JobsFound(SALES, MONDAY, FAILED, jobs, window_of(MONDAY, NOON, ZONE).dates, NOON)
    new, old = jobs
    assert found.is_new(new) and not found.is_new(old)
    assert old.days == (date(2026, 11, 19), date(2026, 11, 22), MONDAY)
    assert len(found.dates) == 7 and found.listed == 2


def test_a_partial_list_calls_no_job_new():
    (job,) = grouped(run(), total=2)
    assert job.days == ()


def test_another_count_is_left_out_and_an_unknown_status_is_shown_as_it_is():
    jobs = grouped(
        run("ok", status="success"),
        run("forced", number=2, status="success", is_forced=True),
        run("odd", number=3, status="exploded"),
        run("bare", number=4, status=""),
        run("stuck", number=5, status="running-exception"),
    )
    assert {job.job: job.newest.status for job in jobs} == {"odd": "exploded", "bare": ""}


def test_an_instance_listed_twice_is_shown_once_and_those_without_an_id_are_all_shown():
    (job,) = grouped(run(), run(), run(number=2), run(instance_id=""), run(instance_id=""))
    assert len(job.runs) == 4


def test_without_a_plan_time_the_start_tells_the_date_and_without_both_it_is_shown():
    jobs = grouped(
        run("started", planned=None, started=NOON),
        run("earlier", planned=None, started=NOON - timedelta(days=1), number=2),
        run("timeless", planned=None, number=3),
    )
    assert [job.job for job in jobs] == ["started", "timeless"]


def test_instances_planned_earlier_and_started_on_the_date_are_counted():
    late = run(number=1, planned=NOON - timedelta(days=1), started=NOON)
    lists = [JobList((late, run(number=2, started=NOON), run(number=3)))]
    assert started_later(lists, FAILED, MONDAY, ZONE) == 1


def test_the_duration_is_that_of_a_run_that_ended():
    assert run(started=NOON, ended=NOON + timedelta(minutes=4)).duration == timedelta(minutes=4)
    assert run(started=NOON).duration is None
    assert run(started=NOON, ended=NOON - timedelta(1)).duration is None


# Errors


def struck(text: str) -> str:
    return text.replace("hunter2hunter2", "*****")


def clean(*runs: JobRun):
    window = window_of(MONDAY, NOON, ZONE)
    (job,) = group_jobs([JobList(runs)], FAILED, window, ZONE, redact=struck)
    return job


def test_the_newest_error_is_kept_without_secrets_and_no_run_keeps_its_own():
    job = clean(run(days_ago=0.1, error="old"), run(number=2, error="pw=hunter2hunter2\nat x"), run(number=3))
    assert job.error == "pw=*****\nat x"
    assert job.error_line == "pw=*****"
    assert {one.error for one in job.runs} == {""}


@pytest.mark.parametrize("before", [ERROR_LENGTH - 7, 2 * ERROR_LENGTH - 7])
def test_no_cut_leaves_half_a_secret(before: int):
    """Where the filter shortens what comes before, the end of the raw text comes into view."""
    filler = ("hunter2hunter2 " * (before // 15)).ljust(before)
    error = clean(run(error=filler + "hunter2hunter2 and more " * 2000)).error
    assert len(error) <= ERROR_LENGTH
    assert "hunter" not in error


def test_a_long_error_of_white_space_is_none():
    assert clean(run(error=" \n" * 2 * ERROR_LENGTH)).error == ""


def test_no_repr_shows_an_error():
    job = clean(run(error="secret text"))
    assert "secret text" not in repr(job) + repr(run(error="secret text"))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        (" \n\n  one \t two \r\nthree", "one two"),
        ("x" * 200, "x" * 200),
        ("x" * 10_000, "x" * 199 + "…"),
    ],
)
def test_the_first_line_is_short_and_says_something(text: str, line: str):
    assert first_line(text) == line
