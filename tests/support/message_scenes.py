"""Answers, alerts and digests as they happen, for the tests that look at their messages."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.alerts import (
    Acknowledgement,
    Alert,
    AlertKey,
    Done,
    Ending,
    Handover,
    Reason,
    State,
    Terms,
    Told,
)
from bot.domain.care import Care, Importance, JobCare
from bot.domain.digest import Digest, DigestDay, Occurrence, TrendPoint
from bot.domain.explanation import ChosenBy, Miss, NearSilence, Value, Why
from bot.domain.jobs import Dependents, FailedJob, JobRun, JobsFound
from bot.domain.model import (
    COUNT_NAMES,
    Answer,
    Day,
    JobNames,
    Leftover,
    Metric,
    Row,
    Snapshot,
    StatusCounts,
    Workspace,
    business_date,
)
from bot.domain.named_jobs import NamedJob, NamedJobs
from bot.domain.rules import Rule, Severity
from bot.domain.sentence import Problem, problem_of, sentence
from bot.domain.silences import Hush, Silence
from bot.domain.unreadable import UNREADABLE, explain
from bot.domain.worst_jobs import worst_of
from bot.messages.fold_members import Member

SINGAPORE = ZoneInfo("Asia/Singapore")
NOW = datetime(2026, 11, 23, 1, 2, tzinfo=UTC)  # 09:02 in Singapore
SUNDAY = date(2026, 11, 22)

SALES, FINANCE, LOGS, RISK = (
    Workspace("prod", name, f"id-{name}", SINGAPORE) for name in ("sales", "finance", "logs", "risk")
)


def counts(**known: int | None) -> StatusCounts:
    """Counts that are 0 unless said otherwise: a complete answer of DLF."""
    return StatusCounts(**{**dict.fromkeys(COUNT_NAMES, 0), **known})


TROUBLED = counts(
    fail_count=3,
    running_exception_count=1,
    force_success_count=1,
    ignore_success_count=1,
    success_count=1204,
    running_count=4,
    waiting_count=1,
    total_count=1214,
)
FINE = counts(success_count=80, total_count=80)


def row(
    workspace: Workspace,
    known: StatusCounts | None,
    day: Day = Day.YESTERDAY,
    *,
    problem: str | Problem = (),
    **more: object,
) -> Row:
    snapshot = known and Snapshot(workspace, day, False, business_date(day, NOW, workspace.zone), known, NOW)
    why = problem_of(problem) if isinstance(problem, str) else problem
    return replace(Row(workspace, snapshot, problem=why), **more)  # type: ignore[arg-type]


def answer(*rows: Row, day: Day = Day.YESTERDAY, own: bool = False) -> Answer:
    return Answer(day, own, rows, NOW)


LATE = (
    sentence("DLF did not answer within {n} s.", n="10"),
    sentence("Counts are unknown for now."),
    sentence("The bot keeps trying. If it stays, check the network, the endpoint and `requests_per_second`."),
)
REJECTED = (sentence("DLF rejected the credentials ({answer}).", answer="HTTP 401, APIGW.0301"),)
LARGE = (
    sentence(
        "DLF's endpoint did not return job counts: {reason}.",
        reason=sentence("{name} is negative", name="fail_count"),
    ),
)

SEVERAL = answer(
    row(FINANCE, FINE, before=FINE),
    row(SALES, TROUBLED, before=counts(fail_count=1)),
    row(LOGS, None, problem=LATE[:1]),
    row(RISK, None, coming=True),
)

RULE = Rule("failures", Metric.FAIL_COUNT, 5, readings=2, mention=("<!subteam^S0ONCALL>",))
STUCK = Rule("stuck", Metric.RUNNING_EXCEPTION_COUNT, 0, severity=Severity.CRITICAL)
STUCK_CALLS = replace(STUCK, mention=("<!subteam^S0ONCALL>",))
BEGAN = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)  # 10:00 in Singapore

FIRING = Alert(
    key=AlertKey("failures", SALES.key, SUNDAY),
    episode=1,
    state=State.FIRING,
    value=14,
    peak=17,
    since=BEGAN,
    read_at=BEGAN + timedelta(minutes=35),
    fired_at=BEGAN + timedelta(minutes=5),
    told=Told(Reason.FIRING, 6, BEGAN + timedelta(minutes=5)),
)
TAKEN = replace(FIRING, acknowledged=Acknowledgement("U0ADA", BEGAN + timedelta(minutes=12)))
TAKEN_OVER = replace(
    FIRING,
    acknowledged=Acknowledgement("U0BEN", BEGAN + timedelta(minutes=20)),
    handover=Handover(1, "U0BEN", BEGAN + timedelta(minutes=20), "U0ADA"),
)
GIVEN_BACK = replace(FIRING, handover=Handover(1, "U0ADA", BEGAN + timedelta(minutes=20), "U0ADA"))
OVER = replace(
    FIRING,
    state=State.OVER,
    ending=Ending.RESOLVED,
    value=2,
    ended_value=2,
    over_at=BEGAN + timedelta(minutes=95),
    read_at=BEGAN + timedelta(minutes=95),
)
DAY_ENDED = replace(OVER, ending=Ending.DAY_ENDED, value=14, ended_value=14)
CORRECTED = replace(DAY_ENDED, value=9, told=Told(Reason.DAY_ENDED, 14, BEGAN))
UNANNOUNCED = replace(OVER, told=None, must_notify=True)
CLOSED = replace(OVER, ending=Ending.RULE_REMOVED, value=14, ended_value=14)
BLIND = replace(
    FIRING,
    key=AlertKey(UNREADABLE.name, "prod", SUNDAY),
    value=3,
    peak=3,
    told=None,
    detail=explain([("logs", LATE[:1]), ("sales", REJECTED), ("finance", REJECTED)]),
)
# 18:50 on Sunday in Singapore, read on Monday morning.
STUCK_SINCE = datetime(2026, 11, 22, 10, 50, tzinfo=UTC)
STUCK_OVERNIGHT = Alert(
    AlertKey("stuck", FINANCE.key, SUNDAY),
    1,
    State.FIRING,
    value=3,
    peak=3,
    since=STUCK_SINCE,
    read_at=NOW,
    fired_at=STUCK_SINCE,
    told=Told(Reason.FIRING, 3, STUCK_SINCE),
)
NO_LONGER_TOLD = replace(
    STUCK_OVERNIGHT,
    state=State.OVER,
    ending=Ending.NO_LONGER_TOLD,
    ended_value=3,
    read_at=datetime(2026, 11, 24, 15, 58, tzinfo=UTC),
    over_at=datetime(2026, 11, 24, 16, 0, tzinfo=UTC),
)
MARKED_DONE = replace(NO_LONGER_TOLD, done=Done("U0ADA", datetime(2026, 11, 25, 1, 0, tzinfo=UTC)))
LEFT_OVER = Leftover(Metric.RUNNING_EXCEPTION_COUNT, 3, SUNDAY, NOW - timedelta(minutes=2))
STILL_STUCK = row(FINANCE, FINE, Day.TODAY, leftovers=(LEFT_OVER,))
SILENCED = Silence(
    "failures",
    SALES.key,
    BEGAN + timedelta(hours=4),
    "U0BEN",
    BEGAN + timedelta(minutes=20),
    "deploy of the new warehouse",
    name="ben",
    id=1,
)
ALL_SILENCED = replace(SILENCED, rule=None, subject=None, until=BEGAN + timedelta(hours=2), comment="", id=2)
HUSHED = Hush(covering=(ALL_SILENCED, SILENCED))
BEGAN_SILENCED = Hush(covering=(replace(SILENCED, at=BEGAN - timedelta(hours=1), comment=""),))
UNSILENCED = Hush(ended=(SILENCED,))

TREND = tuple(
    TrendPoint(
        SUNDAY - timedelta(days=13 - n),
        counts(fail_count=failed, running_exception_count=failed % 2, force_success_count=failed % 3),
    )
    for n, failed in enumerate((3, 0, 2, 5, 1, 0, 0, 4, 2, 1, 0, 0, 1, 3))
)
DUE = Occurrence(date(2026, 11, 23), NOW - timedelta(minutes=2))


def digest(*rows: Row, alerts: tuple[Alert, ...] = (), trend: tuple[TrendPoint, ...] = TREND) -> Digest:
    return Digest("morning", DUE, SINGAPORE, (DigestDay(Day.YESTERDAY, SUNDAY, rows, alerts),), trend)


def run(job: str, at: str, **more: object) -> JobRun:
    """A failed run of Sunday, planned for `at` in Singapore."""
    planned = datetime.fromisoformat(f"2026-11-22T{at}:00+08:00")
    known = JobRun(job, "1", f"{job}{at}", "fail", planned=planned, started=planned)
    return replace(known, ended=planned + timedelta(minutes=4), **more)  # type: ignore[arg-type]


WEEK = tuple(SUNDAY - timedelta(days=ago) for ago in range(6, -1, -1))
EVIL = "ORA-00942: table <!channel> `gl` <https://evil.example|see *here*> missing\nsecond line"
JOBS = JobsFound(
    SALES,
    SUNDAY,
    (Metric.FAIL_COUNT, Metric.RUNNING_EXCEPTION_COUNT),
    (
        FailedJob(
            "gl_postings",
            (run("gl_postings", "07:30"), run("gl_postings", "00:30")),
            (WEEK[1], *WEEK[3:]),
            EVIL,
            owner="wang_li",
            failed_nodes=("load_gl",),
            dependents=Dependents(12, timedelta(minutes=2)),
        ),
        FailedJob("fx_rates", (run("fx_rates", "00:10", status="running-exception"),), (SUNDAY,)),
        FailedJob("odd", (run("odd", "00:05", status="half-done"),)),
    ),
    WEEK,
    NOW,
    counted=9,
    odd=1,
    started_later=2,
)

NAMED = NamedJobs(
    FIRING.read_at,
    (
        NamedJob("gl_postings", 2, "901", "7001", "load_gl", "wang_li", "ORA-01555: <!channel> `x` *see*"),
        NamedJob("fx_rates", 1, "902", "7002"),
        NamedJob("hr_sync", 1),
        NamedJob("crm_load", 1),
    ),
    more=2,
)
CARED_FOR = replace(
    SALES,
    job_care=(
        JobCare("gl_*", Care("<@U0ADA>", "https://wiki.example/gl?a=1&b=2", Importance.CRITICAL)),
        JobCare("fx_rates", Care("FX *team*")),
    ),
    care=Care("<!subteam^S0DATA>", "https://wiki.example/sales"),
    console="https://console.example/{workspace_id}#/log?jobId={job_id}&nodeName={node}",
)
SALES_ERRORS = replace(SALES, job_names=JobNames.ERRORS)


def member(alert: Alert, name: str, hush: Hush = Hush(), **more: object) -> Member:  # noqa: B008
    workspace = Workspace("prod", name, f"id-{name}", SINGAPORE)
    alert = replace(alert, key=replace(alert.key, subject=workspace.key), **more)  # type: ignore[arg-type]
    return Member(alert, RULE, workspace, SINGAPORE, hush)


FOLD = [
    *(member(FIRING, f"w{n:02d}", value=6 + n, peak=6 + n) for n in range(25)),
    member(TAKEN, "sales"),
    member(FIRING, "finance", hush=HUSHED),
    member(OVER, "hr"),
    member(UNANNOUNCED, "crm"),
    replace(member(FIRING, "logs"), own=True),
]


OVER_FOLD = [member(OVER, "sales"), member(OVER, "hr"), member(UNANNOUNCED, "crm")]
CHANGES = [
    (member(FIRING, "sales", value=30, peak=30), Reason.WORSE),
    (member(TAKEN, "hr", value=40, peak=40), Reason.WORSE),
    (member(OVER, "crm"), Reason.RESOLVED),
    (member(GIVEN_BACK, "risk"), Reason.GIVEN_BACK),
]
OTHER_RULE = replace(SILENCED, rule="stuck", until=NOW + timedelta(hours=1), id=3)
WHY = Why(
    replace(FIRING, terms=Terms(Metric.FAIL_COUNT, False, 5, SINGAPORE, SALES.id)),
    replace(RULE, clear_after=2),
    SALES,
    SINGAPORE,
    BEGAN + timedelta(minutes=37),
    "C0OPS",
    ChosenBy.DEFAULT,
    place="config.yaml:41",
    values=tuple(
        Value(value, BEGAN + timedelta(minutes=at)) for value, at in ((3, -5), (6, 0), (17, 15), (14, 35))
    ),
    near=NearSilence(OTHER_RULE, Miss.OTHER_RULE),
    next_read_at=BEGAN + timedelta(minutes=40),
    failures=3,
)
WHY_CLOSED = replace(
    WHY,
    alert=replace(CLOSED, terms=WHY.alert.terms),
    rule=replace(RULE, readings=1, mention=()),
    place="",
    edited=Ending.RULE_REMOVED,
    covering=(SILENCED,),
    near=None,
    next_read_at=None,
)
WHY_BLIND = replace(
    WHY,
    alert=BLIND,
    rule=replace(UNREADABLE, mention=("<!here>", "<@U0ADA>")),
    workspace=None,
    place="",
    values=(),
    near=None,
    next_read_at=None,
)

WORST = worst_of(JOBS, redact=str)
WITH_WORST = replace(digest(*SEVERAL.rows[:2]), worst=(replace(WORST, more=3),))
