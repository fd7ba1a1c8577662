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
    op.execute(sa.text(f"INSERT INTO compatibility (compatible_from) VALUES ({COMPATIBLE_FROM})"))


def _counts() -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger()) for name in COUNTS]
