"""Silences that end when the alert gets worse or by hand, and are the same wish when asked for twice."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("silences", sa.Column("name", sa.Text()))
    op.add_column("silences", sa.Column("worse_than", sa.Double()))
    op.add_column("silences", sa.Column("ended_by", sa.Text()))
    op.add_column("silences", sa.Column("ended_name", sa.Text()))
    op.add_column("silences", sa.Column("got_worse", sa.Boolean()))
    op.add_column("silences", sa.Column("wish", sa.Text()))
    op.create_index("silences_wish", "silences", ["wish"], unique=True)
