"""The answer to "Which jobs?": what it says, what it leaves open, and what foreign text cannot do in it."""

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slackblocks._surfaces import validate_surface_blocks

from bot.domain.care import Care, JobCare
from bot.domain.jobs import FailedJob
from bot.messages.alert import render_alert
from bot.messages.jobs import ASK_JOBS, render_jobs
from bot.messages.message import Message
from bot.messages.slack_limits import fits
from tests.support.message_scenes import FIRING, JOBS, OVER, RULE, SALES, run


def levels(message: Message) -> tuple[str, str, str]:
    shown = [json.dumps(blocks, ensure_ascii=False) for blocks in (message.native, message.classic)]
    return shown[0], shown[1], message.text


def said(message: Message, *facts: str) -> bool:
    return all(fact in level for fact in facts for level in levels(message))


def test_each_job_says_what_is_known_of_it() -> None:
    assert said(
        render_jobs(JOBS),
        "4 listed of 9 counted",
        "2 failed · since Tue 17 Nov, 5 of 7 days",
        "node load_gl · planned for 07:30 · took 4 min, usually 2 min · owner wang_li · holds up 12",
        "1 stuck · new",
        "1 half-done",
        "could not be read",
        "earlier dates started",
        "real-time",
    )


def test_nothing_is_said_of_what_is_unknown() -> None:
    bare = FailedJob("bare", (replace(run("bare", "00:30"), planned=None, started=None, ended=None),))
    message = render_jobs(replace(JOBS, jobs=(bare,), counted=None, odd=0, started_later=0))
    assert said(message, "1 listed", "bare")
    for word in ("node", "owner", "holds up", "took", "new", "since", "error", "counted", "None"):
        assert not any(word in level for level in levels(message)), word


def test_an_empty_list_is_no_all_clear() -> None:
    message = render_jobs(replace(JOBS, jobs=(), counted=3))
    assert said(message, "0 listed of 3 counted")
    assert not any("✅" in level for level in levels(message))


def test_an_error_shows_its_first_line_and_can_do_nothing() -> None:
    for level in levels(render_jobs(JOBS)):
        assert "ORA-00942: table &lt;!channel&gt; ˋglˋ" in level
        for live in ("<!", "<http", "`", "*here", "second line"):
            assert live not in level, live


FOREIGN = st.text(max_size=200) | st.sampled_from(
    [
        "x" * 10_000,
        "<!channel>" * 1000,
        "🔥" * 200,
        "\u202eevil\u202c",
        "<@U0ADA> `*_~",
        "a\n" * 5000,
        "&" * 200,
    ]
)


@settings(max_examples=8, deadline=None)
@given(FOREIGN, FOREIGN, FOREIGN, st.integers(0, 30))
def test_any_answer_of_dlf_fits_and_is_taken_by_slack(name: str, error: str, owner: str, jobs: int) -> None:
    many = [
        FailedJob(f"{n}{name}", (run("x", "00:30", status=owner),), (), error, owner, (name, error) * 3)
        for n in range(jobs)
    ]
    for locale in ("en", "zh"):
        message = render_jobs(replace(JOBS, jobs=tuple(many)), locale=locale)
        assert fits(message)
        for level in (message.native, message.classic):
            validate_surface_blocks(list(level), "message")
        for said_there in levels(message):
            assert not any(live in said_there for live in ("<", "`", "\u202e"))


def test_jobs_without_room_are_counted() -> None:
    many = tuple(FailedJob(f"job{n}", (run("x", "00:30"),), (), "e" * 200) for n in range(90))
    message = render_jobs(replace(JOBS, jobs=many))
    shown = sum(f"job{n}:" in message.text for n in range(90))
    assert 3 < shown < 90
    assert said(message, f"and {90 - shown} more")


@pytest.mark.parametrize(
    ("alert", "lists_jobs", "offered"), [(FIRING, True, True), (FIRING, False, False), (OVER, True, False)]
)
def test_the_button_stands_on_a_burning_alert_whose_jobs_dlf_lists(
    alert: object, lists_jobs: bool, offered: bool
) -> None:
    message = render_alert(alert, RULE, SALES, lists_jobs=lists_jobs)  # type: ignore[arg-type]
    assert (ASK_JOBS in json.dumps(message.native)) is offered
    assert (ASK_JOBS in json.dumps(message.classic)) is offered


def test_links_lead_where_the_config_says_for_any_name_of_a_job() -> None:
    evil = "<https://evil.example|gl>|x`*_~ <!channel>"
    jobs = (replace(JOBS.jobs[0], job=evil, owner=evil),)
    care = JobCare("*", Care(evil, "https://wiki.example/gl?a=1&b=<2"))
    message = render_jobs(replace(JOBS, jobs=jobs, workspace=replace(SALES, job_care=(care,))))
    for level in (message.text, *(str(blocks) for blocks in message.levels()[:2])):
        links = re.findall(r"<([^>]*)>", level)
        assert links == ["https://wiki.example/gl?a=1&amp;b=&lt;2|Runbook"]
