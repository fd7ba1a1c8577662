"""Alembic's entry: migrates over the connection that bot.store.migrate holds under its lock."""

from alembic import context

from bot.store.neighbours import VERSION_TABLE
from bot.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
)
with context.begin_transaction():
    context.run_migrations()
