"""Sample data of the imitated DLF: each workspace's jobs, each date's instances, a two-week history."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zlib import crc32
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Singapore")
SAMPLE_DAYS = 14
NASTY_JOB, LEAKY_JOB = "Q&A <!channel> report", "pos_import"

# DLF's V1 spelling of an instance's status → the count it is counted in, in the order of the answer.
COUNT_OF_STATUS = {
    "fail": "fail_count",
    "forceSuccess": "force_success_count",
    "freeze": "freeze_count",
    "ignoreSuccess": "ignore_success_count",
    "manual-stop": "manual_stop_count",
    "pause": "pause_count",
    "running": "running_count",
    "running-exception": "running_exception_count",
    "skip-by-depend": "skip_count",
    "success": "success_count",
    "waiting-confirm": "waiting_confirm_count",
    "waiting": "waiting_count",
}


@dataclass(frozen=True, slots=True)
class Job:
    """A scheduled job: from `first` (minute of the day) on, every `every` minutes, `minutes` long."""

    name: str
    first: int
    every: int = 1440
    minutes: int = 12
    weekdays_only: bool = False
    own: bool = False


@dataclass(frozen=True, slots=True)
class Instance:
    """A run of a job: waiting until `planned`, running until `ended`, then `outcome` for good."""

    number: int
    job: str
    planned: datetime
    ended: datetime
    outcome: str
    own: bool
    kind: int = 0

    def status(self, now: datetime) -> str:
        if now < self.planned:
            return "waiting"
        return "running" if now < self.ended else self.outcome


def _daily(
    *names: str, first: int, step: int, own: bool = False, weekdays_only: bool = False
) -> tuple[Job, ...]:
    return tuple(
        Job(name, first + step * place, minutes=8 + 3 * (place % 5), own=own, weekdays_only=weekdays_only)
        for place, name in enumerate(names)
    )


_SALES = (
    Job("ods_orders_hourly", 5, 60, 9),
    Job("dwd_orders_hourly", 20, 60, 14),
    Job("crm_contacts_sync", 35, 120, 6, own=True),
    Job(NASTY_JOB, 50, 120, 7),
    Job("stock_levels", 12, 75, 5),
    Job(LEAKY_JOB, 25, 120, 8),
    *_daily("dws_revenue_daily", "dws_basket_daily", "dim_customer", "dim_product", first=90, step=20),
    *_daily("rpt_board", "rpt_regions", "rpt_funnel", "rpt_returns", first=330, step=15, weekdays_only=True),
    *_daily(
        "ml_features", "ml_forecast", "ml_churn", "export_partner_eu", "export_partner_us", first=400, step=30
    ),
    *_daily(
        "campaign_scores", "campaign_export", "nps_import", first=600, step=45, own=True, weekdays_only=True
    ),
    *_daily("vouchers", "loyalty_points", "dq_orders", "dq_customers", first=780, step=40),
    *_daily("archive_orders", "compact_ods", "compact_dwd", first=1290, step=30),
)
_FINANCE = (
    Job("gl_postings", 15, 120, 16),
    Job("fx_rates", 40, 240, 4, own=True),
    Job("bank_statements", 130, 300, 11, weekdays_only=True),
    *_daily("ap_invoices", "ar_invoices", "tax_ledger", "cost_centers", "payroll_check", first=75, step=25),
    *_daily("p&l_daily", "balance_sheet", "cash_position", "dunning", "credit_limits", first=300, step=35),
    *_daily("audit_trail", "sox_controls", "budget_vs_actual", first=540, step=60, weekdays_only=True),
    *_daily(
        "treasury_report", "ifrs_export", "intercompany", first=720, step=50, own=True, weekdays_only=True
    ),
    *_daily("ledger_backup", "recon_final", "close_checks", "archive_gl", "dq_ledger", first=1170, step=35),
)
_LOGS = (
    Job("ingest_nginx", 2, 15, 4),
    Job("ingest_app", 7, 15, 6),
    Job("sessionize", 11, 30, 12, own=True),
    Job("error_rates", 26, 45, 5),
    Job("geo_enrich", 44, 60, 18),
    *_daily("bot_filter", "url_catalogue", "uptime_daily", "slow_queries", first=60, step=70),
    *_daily("rollup_daily", "retention_purge", "cold_storage", "dq_logs", first=1200, step=45),
)
_JOBS = {"ws-sales": _SALES, "ws-finance": _FINANCE, "ws-logs": _LOGS}
WORKSPACES = tuple(_JOBS)
# These are the first to fail, date after date.
_FRAIL = {"ws-sales": "stock_levels", "ws-finance": "bank_statements", "ws-logs": "geo_enrich"}
# Of several failures these are some: one that fails date after date, a name and an error that try to ping,
# an error that holds a password.
TELLING = {
    "ws-sales": (("stock_levels", 2), (NASTY_JOB, 1), (LEAKY_JOB, 1)),
    "ws-finance": (("bank_statements", 1), ("gl_postings", 2)),
    "ws-logs": (("geo_enrich", 2),),
}
_OTHER = (
    Job("load", 10, 60, 8),
    Job("transform", 30, 240, 12, own=True),
    Job("report", 480),
    Job("backup", 1380),
)

# (workspace, days before the end of the history) → failures and other outcomes of that date. The first dates
# that visitors look at are the same on every day; on the day of the visit only visitors cause failures.
_MEMORABLE: dict[tuple[str, int], dict[str, int]] = {
    **{(workspace, 0): {} for workspace in WORKSPACES},
    ("ws-sales", 1): {"fail": 2, "ignoreSuccess": 1},
    ("ws-sales", 2): {"fail": 1, "skip-by-depend": 1},
    ("ws-sales", 6): {"fail": 17, "running-exception": 1, "skip-by-depend": 9, "manual-stop": 2},
    ("ws-sales", 5): {"fail": 4, "forceSuccess": 3, "skip-by-depend": 2},
    ("ws-finance", 1): {"fail": 0, "waiting-confirm": 1},
    ("ws-finance", 3): {"fail": 1, "forceSuccess": 6, "ignoreSuccess": 3},
    ("ws-logs", 1): {"fail": 1, "skip-by-depend": 2},
    ("ws-logs", 9): {"fail": 31, "skip-by-depend": 12, "pause": 2},
}


def instances(workspace: str, day: date, until: date, zone: ZoneInfo = ZONE) -> tuple[Instance, ...]:
    """All instances scheduled on a date, by plan time; the history ends the day before `until`."""
    random = Random(f"{workspace} {day}")
    runs = sorted(_runs(_JOBS.get(workspace, _OTHER), day, random), key=lambda run: run[1])
    troubles = _troubles(workspace, day, until, len(runs), random)
    places = random.sample(range(len(runs)), len(troubles))
    frail = next((place for place, run in enumerate(runs) if run[0].name == _FRAIL.get(workspace)), None)
    if frail is not None and frail not in places and troubles[:1] == ["fail"]:
        places[0] = frail
    outcomes = dict(zip(places, troubles, strict=True))
    midnight = datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
    return tuple(
        Instance(
            number=number,
            job=job.name,
            planned=midnight + timedelta(minutes=minute),
            ended=midnight + timedelta(minutes=min(minute + length, 1439)),
            outcome=outcomes.get(number, "success"),
            own=job.own,
        )
        for number, (job, minute, length) in enumerate(runs)
    )


def counts(statuses: Iterable[str]) -> dict[str, int]:
    """The 13 counts of an answer; `total_count` is their sum."""
    found = Counter(statuses)
    answer = {name: found[status] for status, name in COUNT_OF_STATUS.items()}
    return answer | {"total_count": found.total()}


def two_weeks(until: date) -> list[tuple[str, date, dict[str, int]]]:
    """(workspace id, business date, its final 13 counts) of the 14 dates before `until`, oldest first."""
    days = [until - timedelta(days=ago) for ago in range(SAMPLE_DAYS, 0, -1)]
    return [
        (workspace, day, counts(instance.outcome for instance in instances(workspace, day, until)))
        for day in days
        for workspace in WORKSPACES
    ]


def job_names(workspace: str) -> list[str]:
    """The jobs on schedule."""
    return [job.name for job in _JOBS.get(workspace, _OTHER)]


def usual_minutes(workspace: str, job: str) -> int:
    """How long a job takes on average."""
    return next((one.minutes for one in _JOBS.get(workspace, _OTHER) if one.name == job), 12)


def job_id(workspace: str, job: str) -> int:
    """A stable id as DLF's: a long number."""
    return 100_000 + crc32(f"{workspace}/{job}".encode()) % 800_000


def _runs(jobs: tuple[Job, ...], day: date, random: Random) -> Iterator[tuple[Job, int, int]]:
    weekend = day.isoweekday() > 5
    left_out = random.choice((0.01, 0.02, 0.05)) + (0.13 if weekend else 0)
    for job in jobs:
        if weekend and job.weekdays_only:
            continue
        # Some runs of the frequent jobs are left out, more of them on a weekend.
        for minute in range(job.first, 1430, job.every):
            if job.every < 1440 and random.random() < left_out:
                continue
            yield job, minute, max(2, round(job.minutes * random.uniform(0.7, 1.6)))


def _troubles(workspace: str, day: date, until: date, size: int, random: Random) -> list[str]:
    known = _MEMORABLE.get((workspace, (until - day).days))
    if known is None:
        # Too few to break a usual limit: only the remarkable dates above and visitors do that.
        known = {
            "fail": random.randint(0, 2) if size > 60 else random.randint(0, 1),
            "forceSuccess": random.choice((0, 0, 0, 1)),
            "ignoreSuccess": random.choice((0, 0, 1)),
            "skip-by-depend": random.choice((0, 1, 2)),
            "manual-stop": random.choice((0, 0, 0, 0, 1)),
        }
    return [status for status, number in known.items() for _ in range(number)]
