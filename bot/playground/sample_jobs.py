"""The imitated DLF's jobs: their owners, nodes, errors and dependents."""

from zlib import crc32

from bot.playground.sample_data import LEAKY_JOB, NASTY_JOB

# A password as careless programs write it into their errors: no bot may pass it on.
PLANTED_SECRET = "etl-Passw0rd-4720"  # noqa: S105 - to be found nowhere but here

_OWNERS = ("li.wei", "maria.garcia", "tan.mei.ling", "j.okafor", "dataops-oncall")
_ERRORS = (
    "ORA-00054: resource busy and acquire with NOWAIT specified or timeout expired\n"
    "\tat com.huawei.dlf.JdbcNode.execute(JdbcNode.java:214)\n\tat java.lang.Thread.run(Thread.java:750)",
    "Job aborted due to stage failure: Container killed by YARN for exceeding memory limits. 9.1 GB of 9 GB "
    "physical memory used.\n\tat org.apache.spark.scheduler.DAGScheduler.abortStage(DAGScheduler.scala:2303)",
    "Partition dt=2026-11-22 of table dws.revenue_daily does not exist.",
    "The CDM job timed out after 3600 s: 1204332 of 1990000 rows were read.",
    "Data quality rule dq_not_null_07 is broken: 1,204 rows <null>, 3 duplicates & 1 orphan",
)
_ERROR_OF = {
    NASTY_JOB: "Check failed: <!channel> & <@U0ADA>, see <https://example.com|the report> *now* `rm -rf`",
    LEAKY_JOB: f"FTP login failed: ftp://pos:{PLANTED_SECRET}@pos.example.internal/out, 3 tries\n"
    f"\tat pos.fetch(user=pos, password={PLANTED_SECRET})",
    "bank_statements": f"jdbc:postgresql://etl:{PLANTED_SECRET}@10.3.0.12:5432/dwh: connection refused\n"
    f"tried again with user=etl password={PLANTED_SECRET}",
}
_NODES = (
    ("extract", "CDMJob"),
    ("transform", "DLISpark"),
    ("load", "DWSSQL"),
    ("check", "DataQualityMonitor"),
)


def owner_of(job: str) -> str | None:
    """The owner on record; a job that was started by hand has none."""
    return None if job.startswith("adhoc_") else _OWNERS[crc32(job.encode()) % len(_OWNERS)]


def error_of(job: str) -> str:
    return _ERROR_OF.get(job) or _ERRORS[crc32(job.encode()) % len(_ERRORS)]


def nodes_of(job: str) -> tuple[tuple[str, str], ...]:
    """Name and type of a job's nodes, in the order they run."""
    return tuple((f"{name}_{job}"[:64], kind) for name, kind in _NODES)


def failing_node_of(job: str) -> int:
    """The place of the node that fails whenever the job does."""
    return crc32(job.encode()) % len(_NODES)


def waits_for(job: str, other: str) -> bool:
    """Whether a job's instances wait for those of another: a third of all pairs."""
    return job != other and crc32(f"{other} > {job}".encode()) % 3 == 0
