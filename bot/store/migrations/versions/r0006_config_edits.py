"""Each alert's terms, the config edit that ended it, and what the names of a config stand for."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

# The oldest revision whose program may go on working next to this schema, during a rolling update: older
# ones do not find an alert again whose workspace was renamed.
COMPATIBLE_FROM = 6


def upgrade() -> None:
    op.add_column("alerts", sa.Column("edit", sa.Text()))
    op.add_column("alerts", sa.Column("metric", sa.Text()))
    op.add_column("alerts", sa.Column("below", sa.Boolean()))
    op.add_column("alerts", sa.Column("rule_limit", sa.Double()))
    op.add_column("alerts", sa.Column("zone", sa.Text()))
    op.add_column("alerts", sa.Column("workspace_id", sa.Text()))
    op.create_table(
        "names",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.execute(sa.text(f"UPDATE compatibility SET compatible_from = {COMPATIBLE_FROM}"))
