"""Runs migrations on the connection that the program hands over, inside its transaction."""

from alembic import context

import bot.store.partial_indexes  # noqa: F401 - adds them to the tables
from bot.store.all_tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transaction_per_migration=False,
)
context.run_migrations()
