"""One module a migration, found by Alembic by the ``revision`` in it."""
