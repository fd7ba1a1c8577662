"""The requests to DLF for a question about jobs."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bot.domain.alerts import Alert, Terms
from bot.domain.model import Day, Metric
from bot.domain.references import job_reference, jobs_reference
from bot.messages.jobs import ASK_JOBS
from bot.usecases.alert_notices import drafts_of
from bot.usecases.job_questions import JobQuestions
from bot.usecases.routes import Routes
from tests.support.message_scenes import FIRING, JOBS, NOW, RULE, SALES, SUNDAY


class AskedJobs:
    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []

    async def find(self, *asked: object) -> object:
        self.asked.append(asked)
        return JOBS


class OneAlert:
    def __init__(self, alert: Alert | None) -> None:
        self.alert = alert

    async def find(self, given: str) -> Alert | None:
        return self.alert if self.alert and given == self.alert.id else None


def questions(alert: Alert | None = None) -> tuple[JobQuestions, AskedJobs]:
    jobs: Any = AskedJobs()
    return JobQuestions(jobs, OneAlert(alert), [SALES], clock=lambda: NOW), jobs


async def test_an_alert_asks_for_its_own_date_and_metric() -> None:
    stuck = replace(FIRING, terms=Terms(Metric.RUNNING_EXCEPTION_COUNT, False, 0))
    asks, jobs = questions(stuck)
    assert await asks.of_alert(stuck.id) is JOBS
    assert jobs.asked == [(SALES, SUNDAY, Metric.RUNNING_EXCEPTION_COUNT)]


async def test_an_alert_without_terms_asks_for_what_failed_or_is_stuck() -> None:
    asks, jobs = questions(FIRING)
    await asks.of_alert(FIRING.id)
    assert jobs.asked == [(SALES, SUNDAY, None)]


async def test_an_alert_that_is_gone_or_elsewhere_asks_nothing() -> None:
    asks, jobs = questions(replace(FIRING, key=replace(FIRING.key, subject="prod/left")))
    assert await asks.of_alert("gone") is None
    assert await asks.of_alert("failures/prod/left/2026-11-22/1") is None
    assert jobs.asked == []


async def test_a_day_is_the_workspaces_own() -> None:
    asks, jobs = questions()
    await asks.of_day(SALES, Day.YESTERDAY)
    assert jobs.asked == [(SALES, date(2026, 11, 22))]


@pytest.mark.parametrize("available", [True, False])
def test_an_alert_offers_its_jobs_where_dlf_lists_them(available: bool) -> None:
    routes = Routes(
        {SALES.key: SALES},
        {RULE.name: RULE},
        "C0OPS",
        "en",
        timedelta(minutes=5),
        3,
        lists_jobs=lambda workspace: available and workspace == SALES,
    )
    root = next(drafts_of(FIRING, routes, NOW)).finished()
    assert (ASK_JOBS in root.body) is available


class OpenedJobs(AskedJobs):
    async def open(self, *asked: object) -> object:
        self.asked.append(asked)
        return replace(JOBS.jobs[0], owner="opened")


async def test_a_list_is_asked_for_again_as_it_was() -> None:
    asks, jobs = questions()
    given = jobs_reference(SALES.key, SUNDAY, Metric.RUNNING_EXCEPTION_COUNT)
    assert await asks.again(given) is JOBS
    assert jobs.asked == [(SALES, SUNDAY, Metric.RUNNING_EXCEPTION_COUNT)]
    for nonsense in ("", "prod/left|2026-11-22|", "prod/sales|soon|", "prod/sales|2026-11-22|fails", "|||"):
        assert await asks.again(nonsense) is None
    assert len(jobs.asked) == 1


async def test_a_job_of_a_list_is_opened_by_its_reference() -> None:
    opening: Any = OpenedJobs()
    asks = JobQuestions(opening, OneAlert(None), [SALES], clock=lambda: NOW)
    given = jobs_reference(SALES.key, SUNDAY, None)
    found = await asks.open(given, job_reference("gl_postings"))
    assert found is not None
    assert found[1].owner == "opened"
    assert opening.asked == [(SALES, SUNDAY, None), (SALES, SUNDAY, None, "gl_postings")]
    assert await asks.open(given, job_reference("other")) is None
