"""Which jobs it was: requests counted for each answer, shared for a minute, whole where DLF is not."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from zlib import crc32

import pytest

from bot.domain.jobs import Dependents, JobList, JobRun
from bot.domain.model import Metric, Workspace
from bot.errors import DlfError, DlfNotAsked, DlfRefused, DlfUnavailable, StoreError
from bot.store.records import RecordedCounts
from bot.timing import Timing
from bot.usecases.jobs import AWAY_FOR, REFUSED_FOR, Jobs
from tests.support.fakes import HandClock, full
from tests.support.use_cases import FINANCE, SALES, SINGAPORE

MONDAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 12, tzinfo=SINGAPORE)
FAILED, STUCK = Metric.FAIL_COUNT, Metric.RUNNING_EXCEPTION_COUNT


class FakeLists:
    """Lists what is in `found`, a thousand at most, oldest first; `errors` by method."""

    def __init__(self, *found: JobRun) -> None:
        self.found = list(found)
        self.errors: dict[str, DlfError] = {}
        self.asked: list[str] = []
        self.priorities: set[int] = set()
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def _take(self, method: str, priority: int) -> None:
        self.asked.append(method)
        self.priorities.add(priority)
        await self.go_on.wait()
        if method in self.errors:
            raise self.errors[method]

    async def runs(
        self, workspace: Workspace, count: Metric, since: datetime, until: datetime, *, priority: int = 0
    ) -> JobList:
        await self._take("runs", priority)
        word = {FAILED: "fail", STUCK: "running-exception"}[count]
        among = [
            run
            for run in self.found
            if run.status == word and run.planned is not None and since <= run.planned <= until
        ]
        return JobList(tuple(among[:1000]), len(among))

    async def failed_nodes(self, workspace: Workspace, run: JobRun, *, priority: int = 0) -> tuple[str, ...]:
        await self._take("failed_nodes", priority)
        return (f"load_{run.instance_id}",)

    async def owners(
        self, workspace: Workspace, job_ids: Iterable[str], *, priority: int = 0
    ) -> dict[str, str]:
        await self._take("owners", priority)
        ids = list(job_ids)[:50]
        return {run.job: f"owner of {run.job}" for run in self.found if run.job_id in ids}

    async def dependents(self, workspace: Workspace, run: JobRun, *, priority: int = 0) -> Dependents:
        await self._take("dependents", priority)
        return Dependents(12, timedelta(minutes=4))


class FakeSnapshots:
    def __init__(self) -> None:
        self.error: StoreError | None = None
        self.wait = 0.0

    async def latest(
        self, keys: Sequence[str], business_date: date | None, *, own: bool = False
    ) -> dict[str, RecordedCounts]:
        await asyncio.sleep(self.wait)
        if self.error:
            raise self.error
        counts = full(fail_count=9, running_exception_count=2)
        return {key: RecordedCounts(key, business_date, own, counts, NOON) for key in keys}


class Desk:
    def __init__(self, *found: JobRun) -> None:
        self.lists, self.snapshots, self.clock = FakeLists(*found), FakeSnapshots(), HandClock(NOON)
        self.jobs = Jobs(
            {"prod": self.lists},
            self.snapshots,
            clock=self.clock,
            redact=lambda text: text.replace("hunter2", "*****"),
            timing=Timing(on_record=0.05),
        )

    def asked(self) -> Counter[str]:
        """The requests since the last call."""
        asked = Counter(self.lists.asked)
        self.lists.asked.clear()
        return asked


def run(job: str, number: int, *, days_ago: int = 0, status: str = "fail", error: str = "") -> JobRun:
    planned = NOON - timedelta(days=days_ago, minutes=number)
    return JobRun(job, f"{crc32(job.encode())}", f"{number}", status, planned=planned, error=error)


FIVE = [run(name, place) for place, name in enumerate("abcde")]
WHOLE = Counter({"runs": 1, "owners": 1, "failed_nodes": 2, "dependents": 2})


async def test_one_answer_takes_six_requests_and_opening_a_row_two():
    desk = Desk(*FIVE)
    found = await desk.jobs.find(SALES, MONDAY, FAILED)
    assert desk.asked() == WHOLE
    assert [job.job for job in found.jobs] == list("abcde")
    assert {job.owner for job in found.jobs} == {f"owner of {name}" for name in "abcde"}
    assert [job.failed_nodes for job in found.jobs[:3]] == [("load_0",), ("load_1",), None]
    assert found.jobs[0].dependents == Dependents(12, timedelta(minutes=4))
    assert (found.listed, found.counted, found.counts, found.is_cut) == (5, 9, (FAILED,), False)
    opened = await desk.jobs.open(SALES, MONDAY, FAILED, "d")
    assert opened is not None and opened.failed_nodes == ("load_3",)
    assert desk.asked() == Counter({"failed_nodes": 1, "dependents": 1})
    known = desk.jobs.known(SALES, MONDAY, FAILED)
    assert known is not None and known.jobs[3] == opened
    await desk.jobs.open(SALES, MONDAY, FAILED, "d")
    assert await desk.jobs.open(SALES, MONDAY, FAILED, "no such job") is None
    assert desk.asked() == Counter()


async def test_without_a_metric_two_lists_tell_what_failed_and_what_is_stuck():
    desk = Desk(run("a", 1), run("b", 2, status="running-exception"))
    found = await desk.jobs.find(SALES, MONDAY)
    assert desk.asked()["runs"] == 2
    assert {job.job for job in found.jobs} == {"a", "b"}
    assert found.counted == 11


async def test_seven_days_come_with_the_one_request():
    desk = Desk(run("old", 1), run("old", 2, days_ago=1), run("old", 3, days_ago=5), run("new", 4))
    found = await desk.jobs.find(SALES, MONDAY, FAILED)
    old, new = found.jobs
    assert desk.asked()["runs"] == 1
    assert old.days == (MONDAY - timedelta(days=5), MONDAY - timedelta(days=1), MONDAY)
    assert (found.is_new(old), found.is_new(new), len(found.dates)) == (False, True, 7)


@pytest.mark.parametrize(
    ("past", "today", "requests", "listed", "is_cut"),
    [
        (995, 5, 1, 5, False),
        (996, 5, 2, 5, False),
        (1500, 999, 2, 999, False),
        (1, 1001, 2, 1000, True),
        (0, 1001, 1, 1000, True),
    ],
)
async def test_a_list_that_is_cut_is_asked_for_once_more_for_the_date_alone(
    past: int, today: int, requests: int, listed: int, is_cut: bool
):
    runs = [run(f"j{n % 7}", n, days_ago=1 + n % 5) for n in range(past)]
    runs += [replace(run(f"j{n % 7}", past + n), planned=NOON) for n in range(today)]
    desk = Desk(*runs)
    found = await desk.jobs.find(SALES, MONDAY, FAILED)
    assert desk.asked()["runs"] == requests
    assert (found.listed, found.is_cut) == (listed, is_cut)
    assert all(job.days for job in found.jobs) == (past + today <= 1000)


async def test_questions_within_a_minute_share_one_look_up():
    desk = Desk(*FIVE)
    desk.lists.go_on.clear()
    asking = [asyncio.ensure_future(desk.jobs.find(SALES, MONDAY, FAILED)) for _ in range(20)]
    await asyncio.sleep(0)
    desk.lists.go_on.set()
    answers = await asyncio.gather(*asking)
    desk.clock.forward(seconds=59)
    # The rate is about the same instances.
    answers.append(await desk.jobs.find(SALES, MONDAY, Metric.FAIL_RATE))
    assert all(answer is answers[0] for answer in answers)
    assert desk.asked() == WHOLE
    desk.clock.forward(seconds=1)
    assert desk.jobs.known(SALES, MONDAY, FAILED) is None
    await desk.jobs.find(SALES, MONDAY, FAILED)
    assert desk.asked() == WHOLE


async def test_each_workspace_date_and_count_is_a_look_up_of_its_own():
    desk = Desk(*FIVE)
    await desk.jobs.find(SALES, MONDAY, FAILED)
    await desk.jobs.find(FINANCE, MONDAY, FAILED)
    await desk.jobs.find(SALES, MONDAY - timedelta(days=1), FAILED)
    await desk.jobs.find(SALES, MONDAY, STUCK)
    assert desk.asked()["runs"] == 4


async def test_an_error_is_shared_as_well_and_then_asked_again():
    desk = Desk(*FIVE)
    desk.lists.errors["runs"] = DlfUnavailable("DLF is away.")
    for _ in range(3):
        with pytest.raises(DlfUnavailable, match="away"):
            await desk.jobs.find(SALES, MONDAY, FAILED)
    assert desk.asked() == {"runs": 1}
    desk.lists.errors.clear()
    desk.clock.forward(minutes=1)
    assert (await desk.jobs.find(SALES, MONDAY, FAILED)).listed == 5


async def test_a_look_up_without_a_turn_does_not_count_as_a_dlf_failure():
    desk = Desk(*FIVE)
    desk.lists.errors["runs"] = DlfNotAsked("There was no turn.")
    with pytest.raises(DlfNotAsked):
        await desk.jobs.find(SALES, MONDAY, FAILED)
    desk.lists.errors.clear()
    assert desk.jobs.is_available(SALES)
    assert (await desk.jobs.find(SALES, MONDAY, FAILED)).listed == 5


@pytest.mark.parametrize(("error", "rest"), [(DlfRefused, REFUSED_FOR), (DlfUnavailable, AWAY_FOR)])
async def test_lists_that_are_refused_are_not_offered_for_a_while(error: type[DlfError], rest: timedelta):
    desk = Desk(*FIVE)
    assert desk.jobs.is_available(SALES)
    desk.lists.errors["runs"] = error("No.")
    with pytest.raises(error):
        await desk.jobs.find(SALES, MONDAY, FAILED)
    assert not desk.jobs.is_available(SALES) and desk.jobs.is_available(FINANCE)
    desk.clock.now += rest
    assert desk.jobs.is_available(SALES)
    desk.lists.errors.clear()
    await desk.jobs.find(SALES, MONDAY, FAILED)
    desk.clock.forward(seconds=-1)
    assert desk.jobs.is_available(SALES)


@pytest.mark.parametrize("method", ["owners", "failed_nodes", "dependents"])
async def test_other_missing_parts_are_left_out(method: str):
    desk = Desk(*FIVE)
    desk.lists.errors[method] = DlfRefused("No.")
    first = (await desk.jobs.find(SALES, MONDAY, FAILED)).jobs[0]
    missing = {"owners": first.owner, "failed_nodes": first.failed_nodes, "dependents": first.dependents}
    assert [name for name, value in missing.items() if value is None] == [method]


@pytest.mark.parametrize(("error", "wait"), [(StoreError("Cannot connect to the database."), 0), (None, 60)])
async def test_a_hanging_database_delays_no_answer(error: StoreError | None, wait: float):
    desk = Desk(*FIVE)
    desk.snapshots.error, desk.snapshots.wait = error, wait
    assert (await desk.jobs.find(SALES, MONDAY, FAILED)).counted is None


async def test_an_owner_beyond_the_first_fifty_is_asked_for_when_the_row_is_opened():
    desk = Desk(*(run(f"j{n:03}", n) for n in range(60)))
    found = await desk.jobs.find(SALES, MONDAY, FAILED)
    assert [job.owner is None for job in found.jobs] == [False] * 50 + [True] * 10
    desk.asked()
    opened = await desk.jobs.open(SALES, MONDAY, FAILED, "j055")
    assert opened is not None and opened.owner == "owner of j055"
    assert desk.asked() == Counter({"owners": 1, "failed_nodes": 1, "dependents": 1})


async def test_look_ups_for_alerts_have_a_lower_priority_than_people():
    desk = Desk(*FIVE)
    await desk.jobs.find(SALES, MONDAY, FAILED, priority=1)
    assert desk.lists.priorities == {1}


async def test_no_secret_is_in_an_answer_and_no_old_answer_is_kept():
    desk = Desk(run("a", 1, error="password is hunter2\nat line 3"))
    found = await desk.jobs.find(SALES, MONDAY, FAILED)
    assert found.jobs[0].error == "password is *****\nat line 3"
    assert "hunter2" not in repr([(job.error, [one.error for one in job.runs]) for job in found.jobs])
    desk.clock.forward(minutes=2)
    await desk.jobs.find(FINANCE, MONDAY, FAILED)
    assert [key[0] for key in desk.jobs._kept] == [FINANCE.key]


async def test_no_job_at_all_is_an_answer_of_one_request():
    desk = Desk()
    found = await desk.jobs.find(SALES, MONDAY, FAILED)
    assert (found.jobs, found.counted) == ((), 9)
    assert desk.asked() == {"runs": 1}
