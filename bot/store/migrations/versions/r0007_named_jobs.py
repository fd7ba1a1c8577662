"""The names of the jobs behind each alert that fires."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

# The oldest revision whose program may go on working next to this schema, during a rolling update: it leaves
# the names alone.
COMPATIBLE_FROM = 6


def upgrade() -> None:
    op.add_column("alerts", sa.Column("jobs", sa.Text()))
