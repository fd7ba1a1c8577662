"""Digests: when each was first seen, and up to which date it covers each project.

What an older program posted is found in `notices`, also after this: it may go on working during an update.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

TIME = sa.DateTime(timezone=True).with_variant(sa.String(26), "sqlite")


def upgrade() -> None:
    op.create_table(
        "digests",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("first_seen_at", TIME, nullable=False),
        sa.Column("last_due_at", TIME),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "digest_dates",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("digest", "project"),
    )
