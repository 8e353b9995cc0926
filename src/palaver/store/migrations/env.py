"""What Alembic runs: the migrations, on the connection that ``migrations.upgrade`` hands in."""

from alembic import context

from palaver.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
