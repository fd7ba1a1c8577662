"""Acts of people, and alerts that pass from hand to hand."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

TIME = sa.DateTime(timezone=True).with_variant(sa.String(26), "sqlite")
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "acts",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("alert_id", sa.Text()),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("acts_at", "acts", ["at"])
    op.add_column("alerts", sa.Column("changed_at", TIME))
    op.add_column("alerts", sa.Column("told_handovers", sa.Integer()))
    op.add_column("alerts", sa.Column("handovers", sa.Integer()))
    op.add_column("alerts", sa.Column("handed_by", sa.Text()))
    op.add_column("alerts", sa.Column("handed_at", TIME))
    op.add_column("alerts", sa.Column("handed_from", sa.Text()))
    op.add_column("notices", sa.Column("told_handovers", sa.Integer()))
