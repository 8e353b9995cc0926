"""The schema's migrations. They stand by themselves: none imports the tables of today."""

from __future__ import annotations

import functools

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import ResolutionError
from alembic.util import CommandError
from sqlalchemy import Connection

from palaver.errors import StoreUnavailable


def upgrade(connection: Connection) -> None:
    """Run the missing migrations in the connection's transaction, which stays open.

    Raises StoreUnavailable if the database's revision is not one of this program's.
    """
    config = _config()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except (CommandError, ResolutionError) as error:
        raise StoreUnavailable("The database was migrated by a newer version.") from error


def revision(connection: Connection) -> str | None:
    """The revision of the connected database; None if it was never migrated."""
    return MigrationContext.configure(connection).get_current_revision()


@functools.cache
def head() -> str | None:
    """The newest revision that this program knows."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    # By package and not by path: it must be found in an installed wheel too.
    config.set_main_option("script_location", "palaver.store:migrations")
    return config
