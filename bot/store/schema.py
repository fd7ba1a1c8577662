"""All tables, and the revision of the schema that they are."""

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Date, Double, Index, Integer, Table, Text, text

from bot.domain.model import COUNT_NAMES
from bot.store.alert_tables import acts, alerts, silences
from bot.store.column_types import BusinessDate, Utc, metadata
from bot.store.message_tables import digest_dates, digests, fold_members, folds, notices

__all__ = [
    "COMPATIBLE_FROM",
    "REVISION",
    "BusinessDate",
    "Utc",
    "acts",
    "alerts",
    "changes",
    "compatibility",
    "digest_dates",
    "digests",
    "fold_members",
    "folds",
    "leases",
    "limits",
    "metadata",
    "names",
    "notices",
    "reads",
    "silences",
    "snapshots",
]

# The revision this program was written for; migrations/versions holds the steps to it.
REVISION = 8
# The oldest revision whose program may work beside this one; the newest migration that sets it says why.
COMPATIBLE_FROM = 8


def _counts() -> list[Column[Any]]:
    return [Column(name, BigInteger) for name in COUNT_NAMES]


# A program of an older revision may work next to a newer schema if it is at least `compatible_from`.
compatibility = Table(
    "compatibility", metadata, Column("compatible_from", Integer, primary_key=True, autoincrement=False)
)

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("until", Utc, nullable=False),
)

limits = Table(
    "limits",
    metadata,
    Column("credential", Text, primary_key=True),
    Column("next_at", Double, nullable=False),  # seconds since 1970 on the database's clock
)

reads = Table(
    "reads",
    metadata,
    Column("workspace_key", Text, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("project", Text, nullable=False),
    Column("due_at", Utc, nullable=False),
    Column("last_read_at", Utc),
    Column("last_date", Date),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("problem", Text, nullable=False, server_default=text("''")),
    Column("claimed_by", Text),
    Column("claimed_until", Utc),
    Column("claim_number", BigInteger, nullable=False, server_default=text("0")),
    Index("reads_due", "due_at"),
)

# The newest counts of each workspace, business date and scope.
snapshots = Table(
    "snapshots",
    metadata,
    Column("workspace_key", Text, primary_key=True),
    Column("business_date", BusinessDate, primary_key=True),
    Column("own", Boolean, primary_key=True),
    Column("read_at", Utc, nullable=False),
    Column("changed_at", Utc, nullable=False),
    *_counts(),
    Index("snapshots_read_at", "read_at"),
)

# Every change of the counts, to tell how a day went.
changes = Table(
    "changes",
    metadata,
    Column("workspace_key", Text, primary_key=True),
    Column("business_date", BusinessDate, primary_key=True),
    Column("own", Boolean, primary_key=True),
    Column("read_at", Utc, primary_key=True),
    *_counts(),
    Index("changes_read_at", "read_at"),
)

# The names of the config's workspaces and projects, and the identity behind each name.
names = Table(
    "names",
    metadata,
    Column("name", Text, primary_key=True),
    Column("identity", Text, nullable=False),
)
