"""Folds: the alerts that a single message tells of, and what each notice tells of many alerts."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

# The oldest revision whose program may go on working next to this schema, during a rolling update: older
# ones would tell of the members of a fold once more, each by itself.
COMPATIBLE_FROM = 8

TIME = sa.DateTime(timezone=True).with_variant(sa.String(26), "sqlite")
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "folds",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("opened_at", TIME, nullable=False),
        sa.Column("closed_at", TIME),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "fold_members",
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("fold", SERIAL, nullable=False),
        sa.Column("joined_at", TIME, nullable=False),
        sa.Column("left_at", TIME),
        sa.PrimaryKeyConstraint("alert_id"),
    )
    op.create_index("fold_members_fold", "fold_members", ["fold"])
    op.add_column("notices", sa.Column("tellings", sa.Text()))
    op.execute(sa.text(f"UPDATE compatibility SET compatible_from = {COMPATIBLE_FROM}"))
