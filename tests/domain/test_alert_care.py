"""The care for an alert's jobs: owners, mentions, and the severity that follows."""

from dataclasses import replace

import pytest

from bot.domain.alert_care import called_at_once, care_for, owners_to_call, runbook_of, severity_of
from bot.domain.alerts import Acknowledgement, State
from bot.domain.care import Care, Importance, JobCare, care_of
from bot.domain.model import JobNames
from bot.domain.named_jobs import NamedJob, NamedJobs
from bot.domain.rules import Severity
from tests.support.message_scenes import BEGAN, FIRING, RULE, SALES

ADA, BEN, TEAM = "<@U0ADA>", "<@U0BEN>", "<!subteam^S0GL>"
JOBS = (
    JobCare("gl_*", Care(ADA, "https://wiki.example/gl", Importance.CRITICAL)),
    JobCare("gl_old", Care(BEN)),
    JobCare("fx?", Care("FX team", importance=Importance.INFO)),
)
WATCHED = replace(SALES, job_care=JOBS, care=Care(TEAM, "https://wiki.example/sales"))
CALLS = replace(RULE, mention=(), mentions_owner=True)


def names(*jobs: str) -> NamedJobs:
    return NamedJobs(BEGAN, tuple(NamedJob(job, 1) for job in jobs))


@pytest.mark.parametrize(
    ("job", "owner"), [("gl_old", ADA), ("fx1", "FX team"), ("fx12", ""), ("GL_x", ""), ("a/gl_x", "")]
)
def test_the_first_entry_that_fits_the_whole_name_counts(job: str, owner: str) -> None:
    assert care_of(job, JOBS).owner == owner


def test_an_open_part_of_an_entry_is_filled_by_the_rule_and_then_the_workspace() -> None:
    rule = replace(RULE, care=Care("", "https://wiki.example/rule"))
    assert care_for(NamedJob("fx1", 1), rule, WATCHED) == Care(
        "FX team", "https://wiki.example/rule", Importance.INFO
    )
    assert care_for(NamedJob("hr", 1), RULE, WATCHED) == WATCHED.care


def test_importance_raises_the_severity_and_never_lowers_it() -> None:
    info = replace(RULE, severity=Severity.INFO)
    named = replace(FIRING, jobs=names("fx1", "gl_postings"))
    assert severity_of(FIRING, RULE, WATCHED) is Severity.WARNING
    assert severity_of(named, RULE, WATCHED) is Severity.CRITICAL
    assert severity_of(replace(FIRING, jobs=names("fx1")), RULE, WATCHED) is Severity.WARNING
    assert severity_of(FIRING, replace(info, care=Care(importance=Importance.WARNING)), SALES) == "warning"
    heavy = replace(SALES, care=Care(importance=Importance.CRITICAL))
    assert severity_of(FIRING, info, heavy) is Severity.CRITICAL
    assert severity_of(named, RULE, replace(WATCHED, job_names=JobNames.NOTHING)) is Severity.WARNING


def test_the_first_named_job_with_a_runbook_of_its_own_decides_it() -> None:
    assert runbook_of(FIRING, RULE, WATCHED) == "https://wiki.example/sales"
    assert runbook_of(replace(FIRING, jobs=names("hr", "gl_x")), RULE, WATCHED) == "https://wiki.example/gl"
    assert runbook_of(FIRING, RULE, SALES) == ""


def test_only_ids_of_slack_are_called_and_each_once() -> None:
    named = replace(FIRING, jobs=names("gl_a", "fx1", "hr", "gl_b"))
    called = owners_to_call(named, CALLS, WATCHED)
    assert {owner: [job.job for job in jobs] for owner, jobs in called.items()} == {ADA: ["gl_a", "gl_b"]}
    assert called_at_once(CALLS, WATCHED) == (TEAM,)
    assert owners_to_call(named, replace(CALLS, mention=(ADA,)), WATCHED) == {}


def test_owners_are_mentioned_only_for_alerts_that_call_them() -> None:
    named = replace(FIRING, jobs=names("gl_a"))
    assert owners_to_call(named, RULE, WATCHED) == {}
    assert called_at_once(RULE, WATCHED) == RULE.mention
    assert owners_to_call(FIRING, CALLS, WATCHED) == {}
    taken = replace(named, acknowledged=Acknowledgement("U0ADA", BEGAN))
    assert owners_to_call(taken, CALLS, WATCHED) == {}
    assert owners_to_call(replace(named, state=State.OVER), CALLS, WATCHED) == {}
