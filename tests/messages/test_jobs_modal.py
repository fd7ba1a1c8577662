"""The modal of "Which jobs?": its pages, a job with its whole error, and no power to foreign text."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.jobs import ERROR_LENGTH, FailedJob
from bot.domain.model import Metric
from bot.domain.references import jobs_of
from bot.messages.jobs_modal import OPEN_JOB, SHOW_NEXT, SHOW_PAGE, job_modal, jobs_modal, shown_in
from bot.messages.message import Block
from bot.playground.fake_slack.validation import check_view
from bot.slack.block_fallback import wire_view
from tests.messages.test_jobs import FOREIGN
from tests.support.message_scenes import CARED_FOR, EVIL, JOBS, SALES, SUNDAY, WEEK, run

MANY = replace(
    JOBS,
    jobs=tuple(FailedJob(f"job{n:02}", (run(f"job{n:02}", "00:30"),), WEEK[6:], EVIL) for n in range(12)),
)


def text(view: Block) -> str:
    return json.dumps(wire_view(view), ensure_ascii=False)


def actions(view: Block) -> list[str]:
    found = [block.get("accessory") or {} for block in view["blocks"]]
    found += [one for block in view["blocks"] if block["type"] == "actions" for one in block["elements"]]
    return [one["action_id"] for one in found if one]


def test_the_pages_show_every_job_once_in_order() -> None:
    pages = [text(jobs_modal(MANY, page)) for page in (1, 2, 3)]
    shown = [[n for n in range(12) if f"*job{n:02}*" in page] for page in pages]
    assert shown == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9], [10, 11]]
    assert all(f"Page {n} of 3" in page for n, page in enumerate(pages, 1))
    assert all("12 listed of 9 counted" in page for page in pages)


def test_pages_are_turned_where_there_are_more() -> None:
    turns = [actions(jobs_modal(MANY, page)) for page in (1, 2, 3)]
    assert turns[0] == [OPEN_JOB] * 5 + [SHOW_NEXT]
    assert turns[1] == [OPEN_JOB] * 5 + [SHOW_PAGE, SHOW_NEXT]
    assert turns[2] == [OPEN_JOB] * 2 + [SHOW_PAGE]
    assert actions(jobs_modal(JOBS, 1)) == [OPEN_JOB] * 3
    assert "Page" not in text(jobs_modal(JOBS, 1))


def test_a_page_that_is_not_there_is_the_nearest() -> None:
    assert jobs_modal(MANY, 99) == jobs_modal(MANY, 3)
    assert jobs_modal(MANY, 0) == jobs_modal(MANY, 1)
    assert "0 listed" in text(jobs_modal(replace(JOBS, jobs=()), 4))


def test_the_modal_knows_which_jobs_it_shows() -> None:
    for metric in (None, Metric.RUNNING_EXCEPTION_COUNT, Metric.OVERRIDDEN_COUNT):
        counts = JOBS.counts if metric is None else (metric,)
        if metric is Metric.OVERRIDDEN_COUNT:
            counts = (Metric.FORCE_SUCCESS_COUNT, Metric.IGNORE_SUCCESS_COUNT)
        view = jobs_modal(replace(JOBS, counts=counts), 1)
        assert jobs_of(shown_in(view["private_metadata"])) == (SALES.key, SUNDAY, metric)
    for nonsense in ("", "[]", '{"jobs": 7}', "{" * 100_000):
        assert jobs_of(shown_in(nonsense)) is None


def test_a_job_shows_its_whole_error_its_runs_and_the_way_back_to_its_page() -> None:
    view = job_modal(JOBS, JOBS.jobs[0])
    for fact in ("ORA-00942: table &lt;!channel&gt; ˋglˋ", "second line", "node load_gl", "usually 2 min"):
        assert fact in text(view)
    assert text(view).count("• 1 failed · planned for") == 2
    assert actions(view) == [SHOW_PAGE]
    back = job_modal(MANY, MANY.jobs[7])["blocks"][-2]["elements"][0]
    assert back["value"] == "2"
    assert "DLF gives no error text." in text(job_modal(JOBS, JOBS.jobs[1]))


def test_the_owner_and_the_runbook_of_the_config_stand_there_too() -> None:
    found = replace(JOBS, workspace=CARED_FOR)
    for view in (jobs_modal(found, 1), job_modal(found, JOBS.jobs[0])):
        assert "owner <@U0ADA> · <https://wiki.example/gl?a=1&amp;b=2|Runbook>" in text(view)


def test_the_longest_error_is_shown_whole() -> None:
    lines = [f"{n:04} at com.example.Job.run(Job.java:{n})" for n in range(1000)]
    error = "\n".join(lines)[:ERROR_LENGTH]
    said = text(job_modal(JOBS, replace(JOBS.jobs[0], error=error)))
    assert all(line in said for line in error.splitlines())
    assert "cut off" not in said
    assert "cut off" in text(job_modal(JOBS, replace(JOBS.jobs[0], error="&" * ERROR_LENGTH)))


@pytest.mark.parametrize("error", ["", " ", "\r", "\n \n", "\x00", "\u200b\ud800"])
def test_an_error_of_nothing_that_shows_is_no_error(error: str) -> None:
    assert "DLF gives no error text." in text(job_modal(JOBS, replace(JOBS.jobs[0], error=error)))


@settings(max_examples=20, deadline=None)
@given(FOREIGN, FOREIGN, FOREIGN, st.integers(1, 12))
def test_slack_takes_any_answer_of_dlf_and_it_does_nothing(
    name: str, error: str, owner: str, jobs: int
) -> None:
    error = error[:ERROR_LENGTH]
    many = tuple(
        FailedJob(f"{n}{name}", (run("x", "00:30", status=owner),), (), error, owner, (name, error) * 3)
        for n in range(jobs)
    )
    found = replace(JOBS, jobs=many)
    for locale in ("en", "zh"):
        for view in (jobs_modal(found, 1, locale=locale), job_modal(found, many[-1], locale=locale)):
            check_view(json.loads(json.dumps(wire_view(view))), "modal")
            shown = [block["text"]["text"] for block in view["blocks"] if block["type"] == "section"]
            # Only the fences around the error.
            assert not any("<" in one or one.count("`") not in (0, 6) for one in shown)
