"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# The oldest revision whose program may go on working next to this schema, during a rolling update.
COMPATIBLE_FROM = 1

TIME = sa.DateTime(timezone=True).with_variant(sa.String(26), "sqlite")
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
COUNTS = (
    "fail_count",
    "running_exception_count",
    "waiting_confirm_count",
    "success_count",
    "force_success_count",
    "ignore_success_count",
    "running_count",
    "waiting_count",
    "pause_count",
    "freeze_count",
    "skip_count",
    "manual_stop_count",
    "total_count",
)
UNSETTLED = """
    state <> 'over'
    OR (told_reason IS NULL AND owed)
    OR (told_reason IS NOT NULL AND told_reason IN ('firing', 'worse', 'still firing'))
    OR (told_reason IS NOT NULL AND told_reason IN ('day ended', 'corrected') AND told_value <> value)
"""


def upgrade() -> None:
    _alerts()
    _changes()
    _compatibility()
    _leases()
    _limits()
    _notices()
    _reads()
    _silences()
    _snapshots()
    op.execute(sa.text(f"INSERT INTO compatibility (compatible_from) VALUES ({COMPATIBLE_FROM})"))


def _counts() -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger()) for name in COUNTS]


def _alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("episode", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("peak", sa.Double(), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("read_at", TIME, nullable=False),
        sa.Column("breaches", sa.Integer(), nullable=False),
        sa.Column("clears", sa.Integer(), nullable=False),
        sa.Column("fired_at", TIME),
        sa.Column("over_at", TIME),
        sa.Column("ending", sa.Text()),
        sa.Column("ended_value", sa.Double()),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("owed", sa.Boolean(), nullable=False),
        sa.Column("told_reason", sa.Text()),
        sa.Column("told_value", sa.Double()),
        sa.Column("told_at", TIME),
        sa.Column("told_seq", sa.Integer()),
        sa.Column("told_reminders", sa.Integer()),
        sa.Column("acknowledged_by", sa.Text()),
        sa.Column("acknowledged_at", TIME),
        sa.Column("unsettled", sa.Boolean(), sa.Computed(UNSETTLED, persisted=True)),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("alerts_date", "alerts", ["business_date"])
    op.create_index("alerts_subject", "alerts", ["subject", "business_date"])
    op.create_index(
        "alerts_unsettled",
        "alerts",
        ["id"],
        sqlite_where=sa.text("unsettled = 1"),
        postgresql_where=sa.text("unsettled"),
    )


def _changes() -> None:
    op.create_table(
        "changes",
        sa.Column("workspace_key", sa.Text(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("read_at", TIME, nullable=False),
        *_counts(),
        sa.PrimaryKeyConstraint("workspace_key", "business_date", "own", "read_at"),
    )
    op.create_index("changes_read_at", "changes", ["read_at"])


def _compatibility() -> None:
    op.create_table(
        "compatibility",
        sa.Column("compatible_from", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("compatible_from"),
    )


def _leases() -> None:
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("until", TIME, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _limits() -> None:
    op.create_table(
        "limits",
        sa.Column("credential", sa.Text(), nullable=False),
        sa.Column("next_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("credential"),
    )


def _notices() -> None:
    op.create_table(
        "notices",
        sa.Column("seq", SERIAL, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("wanted_at", TIME, nullable=False),
        sa.Column("thread_of", sa.Text()),
        sa.Column("alert_id", sa.Text()),
        sa.Column("told_reason", sa.Text()),
        sa.Column("told_value", sa.Double()),
        sa.Column("told_at", TIME),
        sa.Column("told_seq", sa.Integer()),
        sa.Column("told_reminders", sa.Integer()),
        sa.Column("standing", sa.Text(), server_default=sa.text("'queued'"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("unsure", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("not_before", TIME),
        sa.Column("claimed_by", sa.Text()),
        sa.Column("claimed_until", TIME),
        sa.Column("claim_number", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("first_tried_at", TIME),
        sa.Column("last_error", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("posted_channel", sa.Text()),
        sa.Column("ts", sa.Text()),
        sa.Column("thread_ts", sa.Text()),
        sa.Column("sent_at", TIME),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("key"),
        sqlite_autoincrement=True,
    )
    op.create_index("notices_sent_at", "notices", ["sent_at"])
    op.create_index("notices_thread", "notices", ["thread_of", "seq"])
    op.create_index(
        "notices_to_send",
        "notices",
        ["channel", "priority", "wanted_at", "seq"],
        sqlite_where=sa.text("standing <> 'sent'"),
        postgresql_where=sa.text("standing <> 'sent'"),
    )


def _reads() -> None:
    op.create_table(
        "reads",
        sa.Column("workspace_key", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("last_read_at", TIME),
        sa.Column("last_date", sa.Date()),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("problem", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("claimed_by", sa.Text()),
        sa.Column("claimed_until", TIME),
        sa.Column("claim_number", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("workspace_key", "day"),
    )
    op.create_index("reads_due", "reads", ["due_at"])


def _silences() -> None:
    op.create_table(
        "silences",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("rule", sa.Text()),
        sa.Column("subject", sa.Text()),
        sa.Column("until", TIME, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("silences_until", "silences", ["until"])


def _snapshots() -> None:
    op.create_table(
        "snapshots",
        sa.Column("workspace_key", sa.Text(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("read_at", TIME, nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        *_counts(),
        sa.PrimaryKeyConstraint("workspace_key", "business_date", "own"),
    )
    op.create_index("snapshots_read_at", "snapshots", ["read_at"])
