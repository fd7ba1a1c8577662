"""Alerts whose date DLF no longer tells, and the people that marked them done."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

# The oldest revision whose program may go on working next to this schema, during a rolling update: older
# ones end at midnight the alerts that outlive their day, again and again.
COMPATIBLE_FROM = 4

TIME = sa.DateTime(timezone=True).with_variant(sa.String(26), "sqlite")


def upgrade() -> None:
    op.add_column("alerts", sa.Column("no_longer_told", sa.Boolean()))
    op.add_column("alerts", sa.Column("done_by", sa.Text()))
    op.add_column("alerts", sa.Column("done_at", TIME))
    op.create_index(
        "alerts_no_longer_told",
        "alerts",
        ["over_at"],
        sqlite_where=sa.text("no_longer_told = 1"),
        postgresql_where=sa.text("no_longer_told"),
    )
    op.execute(sa.text(f"UPDATE compatibility SET compatible_from = {COMPATIBLE_FROM}"))
