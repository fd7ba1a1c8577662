"""Which jobs it was, over real HTTP: the imitated DLF with all its oddities, each request counted."""

import io
import logging
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from bot.app.use_cases import build_jobs
from bot.dlf.client import DlfClient
from bot.domain.jobs import JobsFound
from bot.domain.model import Metric, StatusCounts, Workspace
from bot.errors import DlfError, DlfRefused, DlfUnavailable, DlfUnreadable
from bot.logs import set_up
from bot.playground import sample_jobs
from bot.playground.fake_dlf import DlfWorld
from bot.playground.fake_dlf.odd_jobs import ODD_ENTRIES, ODDITIES
from bot.playground.sample_data import NASTY_JOB, ZONE
from bot.playground.sample_jobs import PLANTED_SECRET, owner_of
from bot.redaction import Redaction
from bot.secret import Secret
from bot.store.records import RecordedCounts
from bot.usecases.jobs import Jobs
from bot.usecases.replica import Replica
from tests.support.dlf_client import imitated

SALES = Workspace("prod", "sales", "ws-sales", ZONE)
FINANCE = Workspace("prod", "finance", "ws-finance", ZONE)
FAILED, STUCK = Metric.FAIL_COUNT, Metric.RUNNING_EXCEPTION_COUNT


@dataclass
class JobsAtDlf:
    """The imitated DLF at noon, and the use case on a real client."""

    world: DlfWorld
    client: DlfClient
    jobs: Jobs

    async def latest(self, keys: list[str], on: date, *, own: bool = False) -> dict[str, RecordedCounts]:
        (key,) = keys
        counts = StatusCounts(**self.world.counts(f"ws-{key.partition('/')[2]}"))
        return {key: RecordedCounts(key, on, own, counts, self.world.clock.now())}

    async def find(self, workspace: Workspace = SALES, metric: Metric | None = FAILED) -> JobsFound:
        return await self.jobs.find(workspace, self.world.today(), metric)

    def asked(self) -> Counter[str]:
        return Counter(record.api for record in self.world.log.records)


@pytest.fixture
async def dlf() -> AsyncIterator[JobsAtDlf]:
    async with imitated() as (world, client):
        # The clock of the imitation alone: signatures are of this moment.
        world.clock.jump(world.clock.now().astimezone(ZONE).replace(hour=12, minute=30))
        found = JobsAtDlf(world, client, None)  # type: ignore[arg-type]
        found.jobs = Jobs({"prod": client.jobs}, found, clock=world.clock.now, redact=Redaction())  # type: ignore[arg-type]
        yield found


WHOLE = Counter({"jobs": 1, "owners": 1, "job": 2, "dependents": 2})


async def test_one_answer_takes_six_requests_and_tells_everything(dlf: JobsAtDlf):
    dlf.world.fail("ws-sales", 1, job="ods_orders_hourly")
    dlf.world.fail("ws-sales", 2, job="stock_levels")
    dlf.world.fail("ws-sales", 1, job="dim_customer")
    found = await dlf.find()
    assert dlf.asked() == WHOLE
    assert (found.listed, found.counted, found.is_cut, found.odd) == (4, 4, False, 0)
    jobs = {job.job: job for job in found.jobs}
    assert set(jobs) == {"ods_orders_hourly", "stock_levels", "dim_customer"}
    assert {job.owner for job in found.jobs} == {owner_of(name) for name in jobs}
    assert all(job.error_line and len(job.error_line) <= 200 for job in found.jobs)
    assert all(job.failed_nodes and job.dependents for job in found.jobs[:2])
    assert found.is_new(jobs["dim_customer"]) and not found.is_new(jobs["stock_levels"])
    opened = await dlf.jobs.open(SALES, dlf.world.today(), FAILED, found.jobs[2].job)
    assert opened and opened.failed_nodes and opened.dependents and opened.dependents.usual
    assert dlf.asked() == WHOLE + Counter({"job": 1, "dependents": 1})


async def test_a_thousand_and_one_failures_are_a_thousand_and_said_to_be_more(dlf: JobsAtDlf):
    dlf.world.fail("ws-sales", 1001, job="load")
    found = await dlf.find()
    assert (found.listed, found.counted, found.is_cut) == (1000, 1001, True)
    assert len(found.jobs) == 1
    assert dlf.asked()["jobs"] == 1


async def test_a_week_of_failures_leaves_todays_whole(dlf: JobsAtDlf):
    for ago in range(1, 6):
        dlf.world.fail("ws-sales", 400, job="load", on=dlf.world.today() - timedelta(days=ago))
    dlf.world.fail("ws-sales", 600, job="load")
    found = await dlf.find()
    assert (found.listed, found.counted, found.is_cut) == (600, 600, False)
    assert dlf.asked()["jobs"] == 2


@pytest.mark.parametrize("oddity", ODDITIES)
async def test_no_oddity_breaks_a_list(dlf: JobsAtDlf, oddity: str):
    dlf.world.hang("ws-sales", 12)
    dlf.world.be_odd(oddity)
    found = await dlf.find(metric=STUCK)
    # A run without a date may be of any date of the week.
    assert found.listed + found.odd == 12 or oddity == "no_times"
    assert found.odd == 0 or oddity == "strange_entries"
    statuses = {run.status for job in found.jobs for run in job.runs}
    assert (statuses == {"held-by-quota"}) == (oddity == "unknown_words")
    assert dlf.asked()["jobs"] == 1


async def test_all_oddities_together_break_no_list_either(dlf: JobsAtDlf):
    dlf.world.fail("ws-sales", 30)
    dlf.world.be_odd(*ODD_ENTRIES)
    found = await dlf.find()
    assert found.listed > 0 and found.odd > 0 and found.listed + found.odd >= 30
    assert PLANTED_SECRET not in repr(found) + str([job.error for job in found.jobs])


async def test_no_secret_gets_into_an_answer_or_a_log(dlf: JobsAtDlf):
    stream = io.StringIO()
    root = logging.getLogger()
    kept, level = root.handlers[:], root.level
    try:
        set_up("text", "DEBUG", stream)
        dlf.world.fail("ws-finance", 1, job="bank_statements")
        dlf.world.fail("ws-sales", 1, job=NASTY_JOB)
        finance, sales = await dlf.find(FINANCE), await dlf.find(SALES)
    finally:
        root.handlers[:] = kept
        root.setLevel(level)
    (bank,) = finance.jobs
    assert "jdbc:postgresql://*****@10.3.0.12" in bank.error and bank.error.endswith("password=*****")
    assert "<!channel>" in sales.jobs[0].error_line  # the messages make it inert
    for text in (repr(finance), bank.error, stream.getvalue()):
        assert PLANTED_SECRET not in text


async def test_no_secret_of_the_config_gets_into_an_error(dlf: JobsAtDlf, monkeypatch: pytest.MonkeyPatch):
    """The bot's own secrets are removed in any spelling, since it knows them."""
    secret = "plain words as a secret"
    slack = SimpleNamespace(bot_token=Secret(secret), app_token=None, signing_secret=None)
    config = SimpleNamespace(
        slack=slack,
        http=SimpleNamespace(token=None),
        store=Secret("sqlite:///x"),
        heartbeat=None,
        projects=(),
    )
    resources = SimpleNamespace(
        config=config,
        clients={"prod": dlf.client},
        replica=Replica("one", SimpleNamespace(snapshots=dlf), dlf.world.clock.now),  # type: ignore[arg-type]
    )
    monkeypatch.setitem(sample_jobs._ERROR_OF, "load", f"it said: {secret}!")
    dlf.world.fail("ws-sales", 1, job="load")
    found = await build_jobs(resources).find(SALES, dlf.world.today())  # type: ignore[arg-type]
    assert found.jobs[0].error == "it said: *****!"
    assert found.counted == 1


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("no_permission", DlfRefused),
        ("login_page", DlfUnreadable),
        ("empty_object", DlfUnreadable),
        ("cut_off", DlfUnreadable),
    ],
)
async def test_without_a_list_there_is_a_sentence_and_no_button(
    dlf: JobsAtDlf, fault: str, kind: type[DlfError]
):
    dlf.world.faults.set(fault, place="jobs")
    with pytest.raises(kind) as caught:
        await dlf.find()
    assert caught.value.remedy and "counts" not in str(caught.value)
    assert not dlf.jobs.is_available(SALES)


async def test_a_slow_list_is_given_up_after_its_own_time(dlf: JobsAtDlf):
    dlf.client.jobs._seconds = 0.2
    dlf.world.faults.set("slow", place="jobs", seconds=5)
    with pytest.raises(DlfUnavailable, match=r"within 0\.2 s"):
        await dlf.find()


async def test_without_v2_there_are_names_all_the_same(dlf: JobsAtDlf):
    dlf.world.fail("ws-sales", 3)
    dlf.world.faults.set("forbidden", place="owners")
    found = await dlf.find()
    assert found.listed == 3
    assert {job.owner for job in found.jobs} == {None} and found.jobs[0].dependents is None
    assert found.jobs[0].failed_nodes
