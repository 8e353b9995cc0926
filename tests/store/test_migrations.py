"""Migrations: they lead to the tables of today, also when several processes run them at once."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, inspect, text
from sqlalchemy.pool import NullPool

import palaver
from palaver.errors import StoreUnavailable
from palaver.store import Store, open_store
from palaver.store import tables as schema

MIGRATE = "import sys; from palaver.store import open_store; open_store(sys.argv[1]).migrate()"


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def test_the_migrated_schema_is_that_of_the_tables(store: Store, engine: Engine) -> None:
    store.check()
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, schema.metadata) == []


def test_the_tables_would_be_made_as_they_were_migrated(
    store: Store, engine: Engine, store_kind: str, empty_url: str
) -> None:
    """What the comparison above does not see: collations, rowids, names of constraints."""
    made = create_engine(
        empty_url.replace("postgresql:", "postgresql+psycopg:"), poolclass=NullPool
    )
    schema.metadata.create_all(made)
    if store_kind == "sqlite":
        statement = "SELECT sql FROM sqlite_master WHERE tbl_name IN ({}) AND sql IS NOT NULL"
    else:
        statement = (
            "SELECT table_name || '.' || column_name || ' ' || data_type || coalesce("
            " collation_name, '') || is_nullable FROM information_schema.columns"
            " WHERE table_name IN ({0}) UNION ALL SELECT indexdef FROM pg_indexes"
            " WHERE tablename IN ({0}) UNION ALL SELECT conname || pg_get_constraintdef(oid)"
            " FROM pg_constraint WHERE conrelid::regclass::text IN ({0})"
        )
    statement = statement.format(", ".join(f"'{each}'" for each in schema.metadata.tables))

    def described(source: Engine) -> list[str]:
        with source.connect() as connection:
            rows = connection.execute(text(statement)).scalars().all()
        return sorted(" ".join(str(row).split()).replace(" ,", ",") for row in rows)

    assert described(engine) == described(made)


def test_migrating_again_changes_nothing(store: Store) -> None:
    made = store.agents.create(name="x", created_by="maker")
    store.migrate()
    assert store.agents.get(made.agent_id) == made


def test_a_store_that_is_not_migrated_says_so(empty_url: str, store_kind: str) -> None:
    opened = open_store(empty_url)
    with pytest.raises(StoreUnavailable):
        opened.check()
    with pytest.raises(StoreUnavailable):
        opened.sessions.get("x", viewer=None)
    opened.migrate()
    opened.check()
    assert opened.is_current()
    opened.close()


def test_a_store_of_a_newer_version_is_refused(store: Store, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'later'"))
    assert not store.is_current()
    with pytest.raises(StoreUnavailable, match="not migrated"):
        store.check()
    with pytest.raises(StoreUnavailable, match="newer version"):
        store.migrate()


def test_several_processes_migrate_at_once(empty_url: str) -> None:
    running = [
        subprocess.Popen(
            [sys.executable, "-c", MIGRATE, empty_url],
            env=environment(),
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    ends = [(process.communicate()[1], process.returncode) for process in running]
    assert ends == [("", 0)] * 4
    opened = open_store(empty_url)
    opened.check()
    opened.close()


def test_a_migration_that_fails_leaves_nothing(
    empty_url: str, store_kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = open_store(empty_url)

    def fail(*_arguments: object, **_options: object) -> None:
        raise RuntimeError("half way")

    with monkeypatch.context() as patch:
        patch.setattr("alembic.op.create_index", fail)
        with pytest.raises(RuntimeError, match="half way"):
            opened.migrate()
    engine = create_engine(
        empty_url.replace("postgresql:", "postgresql+psycopg:"), poolclass=NullPool
    )
    assert inspect(engine).get_table_names() == []
    opened.migrate()
    opened.check()
    opened.close()


def test_the_migrations_are_found_in_an_installed_package(tmp_path: Path, empty_url: str) -> None:
    """Copied as an installer would, away from the checkout."""
    package = Path(palaver.__file__).parent
    shutil.copytree(package, tmp_path / "site/palaver", ignore=shutil.ignore_patterns("*.pyc"))
    outside = [each for each in sys.path if each and Path(each) != package.parent]
    search = os.pathsep.join([str(tmp_path / "site"), *outside])
    subprocess.run(
        [sys.executable, "-c", MIGRATE, empty_url],
        env={**os.environ, "PYTHONPATH": search},
        cwd=tmp_path,
        check=True,
    )
    opened = open_store(empty_url)
    assert opened.is_current()
    opened.close()


def test_a_new_sqlite_file_is_private(tmp_path: Path) -> None:
    path = tmp_path / "private.db"
    before = os.umask(0)
    try:
        opened = open_store(f"sqlite:///{path}")
        opened.migrate()
        modes = {stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()}
        opened.close()
    finally:
        os.umask(before)
    assert modes == {0o600}
