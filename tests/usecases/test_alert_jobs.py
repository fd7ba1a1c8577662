"""An alert names its jobs once it is posted: at most a look-up a minute, and nothing waits for it."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zlib import crc32

import pytest
from sqlalchemy import text

from bot.domain.care import Care, Importance, JobCare
from bot.domain.jobs import JobRun
from bot.domain.model import JobNames, Workspace
from bot.domain.named_jobs import NamedJob, NamedJobs
from bot.domain.rules import Rule
from bot.domain.silences import Silence
from bot.errors import DlfNotAsked, DlfRefused
from bot.redaction import Redaction
from bot.store.database import connect
from bot.store.store import Store
from bot.usecases.alert_jobs import AlertJobs
from bot.usecases.jobs import Jobs
from bot.usecases.routes import Routes
from tests.support.fakes import full
from tests.support.use_cases import FAILURES, POLL, SALES, TODAY, UseCases
from tests.usecases.test_folds import spaces
from tests.usecases.test_folds import turn as fail_all
from tests.usecases.test_jobs import FakeLists

pytestmark = pytest.mark.sqlite

SECRET = "hunter2hunter2"
HIDDEN = "*****"


def failed(*jobs: str, error: str = "") -> list[JobRun]:
    """A failed run of each job, the newest first."""
    noon = datetime(2026, 11, 23, 2, tzinfo=UTC)
    return [
        JobRun(
            job,
            f"{place}",
            f"{crc32(job.encode())}{place}",
            "fail",
            planned=noon.replace(hour=1, minute=59 - place),
            error=error,
        )
        for place, job in enumerate(jobs)
    ]


class House(UseCases):
    """A replica that names the jobs of its alerts."""

    def __init__(
        self,
        store: Store,
        *runs: JobRun,
        workspaces: Sequence[Workspace] = (SALES,),
        owner: str = "one",
        rule: Rule = FAILURES,
        redact: Callable[[str], str] = lambda said: said.replace(SECRET, HIDDEN),
    ) -> None:
        super().__init__(store, workspaces=workspaces, owner=owner, rules=(rule,))
        self.lists = FakeLists(*runs)

        jobs = Jobs({"prod": self.lists}, store.snapshots, clock=self.clock, redact=redact)
        self.routes = Routes(
            {one.key: one for one in workspaces}, {rule.name: rule}, "#data-ops", "en", POLL, 3
        )
        self.alert_jobs = AlertJobs(self.replica, self.routes, jobs, redact=redact)

    async def look_up(self) -> None:
        await self.alert_jobs.tick()
        await self.alert_jobs.settle()

    async def fail(self, count: int, **forward: float) -> None:
        self.source.counts["sales", TODAY] = full(fail_count=count)
        await self.turn(**forward)

    @property
    def looked_up(self) -> int:
        return self.lists.asked.count("runs")

    @property
    def shown(self) -> str:
        (root,) = self.slack.roots()
        return root.text


async def named(house: House) -> str:
    """The alert's message once its jobs were looked up."""
    await house.fail(7)
    await house.look_up()
    await house.tell()
    return house.shown


async def test_names_come_by_an_edit_after_the_alert_was_posted(store: Store) -> None:
    house = House(store, *failed("gl_postings", "fx_rates", "gl_postings", "hr", "crm", "logs", "tax"))
    await house.fail(7)
    posts = house.slack.posts
    assert "gl_postings" not in house.shown
    await house.look_up()
    await house.tell()
    assert "6 jobs: `gl_postings` ×2, `fx_rates`, `hr` and 3 more" in house.shown
    assert house.slack.posts == posts
    assert house.lists.priorities == {1}


async def test_an_alert_that_slack_does_not_show_yet_is_not_looked_up(store: Store) -> None:
    house = House(store, *failed("gl_postings"))
    house.source.counts["sales", TODAY] = full(fail_count=7)
    await house.poll()
    await house.notifier.tick()
    await house.look_up()
    assert house.looked_up == 0


async def test_posting_never_waits_for_a_look_up(store: Store) -> None:
    house = House(store, *failed("gl_postings"))
    await house.fail(7)
    house.lists.go_on.clear()
    await house.alert_jobs.tick()
    await asyncio.sleep(0)
    await house.fail(14, minutes=5)
    assert "14 failed" in house.shown
    assert len(house.slack.replies()) == 1
    house.lists.go_on.set()
    await house.alert_jobs.settle()


async def test_one_look_up_a_minute_and_then_only_when_the_number_moved(store: Store) -> None:
    house = House(store, *failed("gl_postings"))
    await named(house)
    assert house.looked_up == 1
    for _ in range(5):
        await house.fail(8, seconds=11)
        await house.look_up()
    assert house.looked_up == 1
    await house.fail(9, minutes=5)
    await house.look_up()
    assert house.looked_up == 2
    for _ in range(11):
        await house.turn(minutes=5)
        await house.look_up()
    assert house.looked_up == 2
    await house.turn(minutes=5)
    await house.look_up()
    assert house.looked_up == 3


async def test_alerts_that_share_a_message_are_not_looked_up(store: Store) -> None:
    house = House(store, *failed("gl_postings"), workspaces=spaces(30))
    await fail_all(house, 7, *range(30))
    (root,) = house.slack.roots()
    assert "30" in root.text
    assert all(alert.told for alert in await store.alerts.firing())
    await house.look_up()
    assert house.looked_up == 0


async def test_two_replicas_make_a_single_look_up(store: Store) -> None:
    house = House(store, *failed("gl_postings"))
    other = House(store, owner="other")
    await house.fail(7)
    await house.look_up()
    await other.look_up()
    assert (house.looked_up, other.looked_up) == (1, 0)


@pytest.mark.parametrize(
    "error",
    [DlfRefused("Not permitted.", meaning="", remedy=""), DlfNotAsked("At rest.", meaning="", remedy="")],
    ids=["no right", "breaker open"],
)
async def test_where_dlf_lists_nothing_the_alert_stays_as_it_is(store: Store, error: DlfRefused) -> None:
    house = House(store)
    house.lists.errors["runs"] = error
    before = await named(house)
    assert "job" not in before.split("\n")[1]
    for _ in range(5):
        house.clock.forward(seconds=11)
        await house.look_up()
        await house.tell()
    assert house.shown == before
    assert house.looked_up == 1


async def test_names_can_be_turned_off(store: Store) -> None:
    house = House(store, *failed("gl_postings"), workspaces=(replace(SALES, job_names=JobNames.NOTHING),))
    assert "gl_postings" not in await named(house)
    assert house.looked_up == 0


async def test_without_errors_none_is_told_or_kept(store: Store, tmp_path: Path) -> None:
    house = House(store, *failed("gl_postings", error="ORA-01555"))
    assert "ORA-01555" not in await named(house)
    assert "ORA-01555" not in await dumped(tmp_path)


async def test_with_errors_the_first_line_stands_inert_without_secrets(store: Store, tmp_path: Path) -> None:
    runs = failed("gl_postings", "fx", error=f"ORA-01555: <!channel> `x` {SECRET}\nsecond line")
    house = House(store, *runs, workspaces=(replace(SALES, job_names=JobNames.ERRORS),))
    said = await named(house)
    error = f"`ORA-01555: &lt;!channel&gt; ˋxˋ {HIDDEN}`"
    assert f"First error, `gl_postings` / node `load_{crc32(b'gl_postings')}0`: {error}" in said.splitlines()
    assert SECRET not in await dumped(tmp_path)
    assert "second line" not in await dumped(tmp_path)


CALLS = replace(FAILURES, mention=(), mentions_owner=True)
OWNED = replace(
    SALES,
    job_care=(
        JobCare("gl_*", Care("<@U0ADA>", importance=Importance.CRITICAL)),
        JobCare("fx_*", Care("<!subteam^S0FX>")),
        JobCare("hr_*", Care("HR")),
    ),
)


async def test_the_owners_of_failed_jobs_are_called_once_in_replies(store: Store) -> None:
    house = House(store, *failed("gl_a", "hr_x", "gl_b"), workspaces=(OWNED,), rule=CALLS)
    house.source.counts["sales", TODAY] = full(fail_count=7)
    await house.turn()
    (root,) = house.slack.roots()
    assert "<@" not in root.text
    await house.look_up()
    await house.tell()
    await house.tell()
    assert [one.text for one in house.slack.replies()] == ["<@U0ADA>, you own `gl_a`, `gl_b`."]
    assert root.text.startswith("⛔ Critical · sales: 7 failed")
    assert "`gl_a` (critical), `hr_x`, `gl_b` (critical) · owners: <@U0ADA>, HR" in root.text
    house.lists.found += failed("fx_a")
    await house.fail(9, minutes=5)
    await house.look_up()
    await house.tell()
    await house.tell()
    said = [one.text for one in house.slack.replies()]
    assert said == ["<@U0ADA>, you own `gl_a`, `gl_b`.", "<!subteam^S0FX>, you own `fx_a`."]
    assert house.slack.posts == 3


async def test_the_owner_of_a_rule_or_workspace_is_mentioned_at_once_and_not_again(store: Store) -> None:
    owned = replace(OWNED, job_care=(), care=Care("<@U0BEN>"))
    house = House(store, *failed("gl_a"), workspaces=(owned,), rule=CALLS)
    await house.fail(7)
    assert "<@U0BEN>" in house.slack.roots()[0].texts[0]
    await named(house)
    assert house.slack.replies() == []


@pytest.mark.parametrize("case", ["taken", "silenced", "not wanted"])
async def test_owners_of_taken_or_silenced_alerts_are_not_mentioned(store: Store, case: str) -> None:
    rule = FAILURES if case == "not wanted" else CALLS
    house = House(store, *failed("gl_a"), workspaces=(OWNED,), rule=rule)
    await house.fail(7)
    if case == "taken":
        (alert,) = await store.alerts.firing()
        await store.alerts.acknowledge(alert.id, "U0BEN", house.clock())
    if case == "silenced":
        until = house.clock() + timedelta(hours=1)
        await store.silences.add(Silence("failures", SALES.key, until, "U0BEN", house.clock()))
    await house.look_up()
    await house.tell()
    await house.tell()
    assert [one.text for one in house.slack.replies() if "you own" in one.text] == []


async def test_a_planted_secret_is_nowhere_in_slack_log_or_database(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    redaction, unknown = Redaction(), "Tr0ub4dor&3"
    redaction.learn(SECRET)
    runs = failed(f"gl_{SECRET}", f"fx password={unknown}", error=f"login {SECRET} password={unknown} failed")
    errors = replace(SALES, job_names=JobNames.ERRORS)
    house = House(store, *runs, workspaces=(errors,), redact=redaction)
    said = await named(house)
    assert "2 jobs" in said
    assert "First error" in said
    await house.fail(20, minutes=5)
    await house.look_up()
    await house.tell()
    everything = [*(said for one in house.slack.messages for said in one.texts), await dumped(tmp_path)]
    for place in (*everything, caplog.text):
        assert SECRET not in place
        assert unknown not in place


async def test_names_and_errors_are_kept_no_longer_than_the_alert_fires(store: Store, tmp_path: Path) -> None:
    runs = failed("gl_postings", error="ORA-01555")
    house = House(store, *runs, workspaces=(replace(SALES, job_names=JobNames.ERRORS),))
    await named(house)
    assert "gl_postings" in await dumped(tmp_path)
    await house.fail(0, minutes=5)
    assert house.shown.startswith("✅")
    assert "gl_postings" not in await dumped(tmp_path)
    (alert,) = await store.alerts.attention(house.clock().date())
    await store.alerts.name_jobs(alert.id, NamedJobs(house.clock(), (NamedJob("gl_postings", 1),)))
    assert "gl_postings" not in await dumped(tmp_path)


async def dumped(folder: Path) -> str:
    """Everything in the database's rows, as text."""
    database = connect(f"sqlite:///{folder}/store.db")
    try:
        tables = await database.fetch(text("SELECT name FROM sqlite_master WHERE type = 'table'"))
        rows = [await database.fetch(text(f'SELECT * FROM "{table.name}"')) for table in tables]
        return repr([tuple(row) for found in rows for row in found])
    finally:
        await database.close()
