"""Runs migrations on the connection, and in the transaction, that supportbot.storage.schema hands over."""

from alembic import context

from supportbot.storage.tables import Row

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Row.metadata,
    render_as_batch=True,
    compare_type=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
