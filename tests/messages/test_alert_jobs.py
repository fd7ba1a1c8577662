"""The jobs that an alert names: whatever DLF says, the message is whole, inert and within Slack's limits."""

import json
import re
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from slackblocks._surfaces import validate_surface_blocks

from bot.domain.jobs import JobList, JobsFound, group_jobs, window_of
from bot.domain.model import JobNames, Metric
from bot.domain.named_jobs import name_jobs
from bot.messages.alert import render_alert
from bot.messages.message import Message
from bot.messages.slack_limits import fits
from bot.playground.fake_slack.validation import check_message
from bot.redaction import Redaction
from tests.support.message_scenes import CARED_FOR, FIRING, NOW, RULE, SALES, SUNDAY, run

SECRET = "Hunter2-Hunter2-Hunter2"
EVIL = (
    "<!channel> <@U0EVE> <https://evil.example|gl> *b* _i_ ~s~ `c` &amp; @here #c0 ```x```",
    "\u202egl\u202c \u200bשלום مرحبا 作业 \U0001f4a5:boom: e\u0301\x00\x07\ud800",
    "a`b",
    "<!channel>",
    "<@U0EVE>",
    f"jdbc:x://h?password={SECRET}&user=sa",
    SECRET,
    "",
)
foreign = st.one_of(
    st.sampled_from(EVIL),
    st.text(max_size=40),
    st.builds(
        lambda piece, times: (piece * times)[:10_000], st.sampled_from(EVIL[:4]), st.sampled_from((3, 500))
    ),
)


def redaction() -> Redaction:
    found = Redaction()
    found.learn(SECRET)
    return found


def found_of(jobs: list[tuple[str, str]]) -> JobsFound:
    """The answer about failed runs of jobs with these names and errors."""
    runs = tuple(run(name, f"0{place}:00", error=error) for place, (name, error) in enumerate(jobs))
    window, counts = window_of(SUNDAY, NOW, SALES.zone), (Metric.FAIL_COUNT,)
    grouped = group_jobs([JobList(runs, len(runs))], counts, window, SALES.zone, redact=redaction())
    opened = tuple(replace(job, failed_nodes=(job.job,), owner=job.job) for job in grouped)
    return JobsFound(SALES, SUNDAY, counts, opened, window.dates, NOW)


def shown(jobs: list[tuple[str, str]], *, locale: str = "en", cared_for: bool = False) -> Message:
    workspace = replace(CARED_FOR if cared_for else SALES, job_names=JobNames.ERRORS)
    named = name_jobs(found_of(jobs), JobNames.ERRORS, redact=redaction())
    return render_alert(replace(FIRING, jobs=named), RULE, workspace, locale=locale, lists_jobs=True)


@given(
    st.lists(st.tuples(foreign, foreign), min_size=1, max_size=9),
    st.sampled_from(("en", "zh")),
    st.booleans(),
)
@example([(one * 200, one * 200) for one in EVIL if one], "en", True)
@settings(deadline=None, max_examples=30)
def test_a_message_is_whole_and_inert_with_any_names_of_jobs_and_any_errors(
    jobs: list[tuple[str, str]], locale: str, cared_for: bool
) -> None:
    message = shown(jobs, locale=locale, cared_for=cared_for)
    assert fits(message)
    for blocks in message.levels()[:2]:
        validate_surface_blocks(list(blocks), "message")
        check_message(json.loads(json.dumps(blocks)), [])
    everything = json.dumps([message.text, message.native, message.classic], ensure_ascii=False)
    assert SECRET not in everything
    acted_on = set(re.findall(r"<([!@#h][^>|]*)", re.sub(r"<!date\^[^>]*>", "", everything)))
    assert acted_on <= {"!subteam^S0ONCALL", "!subteam^S0DATA", "@U0ADA"}
    said = [line for line in message.text.splitlines() if "`" in line]
    assert said
    assert all(line.count("`") % 2 == 0 for line in said)


@pytest.mark.parametrize("length", [200, 10_000])
def test_a_long_name_keeps_its_beginning_and_a_long_error_its_first_200(length: int) -> None:
    text = shown([("gl_" + "x" * length, "ORA-1 " + "e" * length)]).text
    assert re.search("1 job: `gl_[x…]{45}` ", text)
    error = re.search("First error, `gl_[x…]{45}` / node `gl_[x…]{45}`: `(ORA-1 e+…)`", text)
    assert error
    assert len(error[1]) == 200


def test_names_and_counts_are_told_in_both_languages_at_every_level() -> None:
    jobs = [("gl", "ORA-1"), ("fx", ""), ("gl", "ORA-2")]
    for locale, said in (("en", "2 jobs: `gl` ×2, `fx`"), ("zh", "2 个作业：`gl` ×2、`fx`")):
        message = shown(jobs, locale=locale)
        for level in (message.text, *(json.dumps(one, ensure_ascii=False) for one in message.levels()[:2])):
            assert said in level
            assert "ORA-2" in level
