"""${message}"""

import sqlalchemy as sa
from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}

# The oldest revision whose program may go on working next to this schema, during a rolling update.
COMPATIBLE_FROM = ${up_revision}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
    op.execute(sa.text(f"UPDATE compatibility SET compatible_from = {COMPATIBLE_FROM}"))
