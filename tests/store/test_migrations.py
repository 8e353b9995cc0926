"""Migrations: they lead to the tables of today, also when several processes run them at once."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, inspect, text
from sqlalchemy.pool import NullPool

import palaver
from palaver.errors import StoreUnavailable
from palaver.store import MessageRecord, Store, migrations, open_store
from palaver.store import tables as schema
from palaver.store.database import Database

MIGRATE = "import sys; from palaver.store import open_store; open_store(sys.argv[1]).migrate()"


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def is_of_the_tables(name: str | None, kind: str, parents: object) -> bool:
    """Whether a table is one of ours: SQLite's full-text index is a table that makes others."""
    return kind != "table" or name is None or not name.startswith("passage_index")


@pytest.mark.filterwarnings("ignore:autogenerate skipping")
def test_the_migrated_schema_is_that_of_the_tables(store: Store, engine: Engine) -> None:
    store.check()
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": is_of_the_tables})
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


def test_what_the_first_version_stored_is_kept(empty_url: str) -> None:
    database = Database(empty_url, pool_size=1)
    config = migrations._config()
    with database.migrating() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        titles = ["Untitled Session", "Untitled Team Session", "Untitled", "untitled session"]
        for number, title in enumerate(titles):
            connection.execute(
                text(
                    "INSERT INTO sessions VALUES (:id, 'team', true, :title, 'ann', 'private',"
                    ' \'[["a","A"]]\', NULL, NULL, 1, 1, 2, 3, 2)'
                ),
                {"id": f"s{number}", "title": title},
            )
            for seq in range(2):
                connection.execute(
                    text(
                        "INSERT INTO messages VALUES (:id, :seq, :message, 'user', 'Hello', 'a',"
                        " 'A', :summary, 3)"
                    ),
                    {
                        "id": f"s{number}",
                        "seq": seq,
                        "message": f"m{number}{seq}",
                        "summary": seq == 1,
                    },
                )
    database.close()

    opened = open_store(empty_url)
    assert not opened.is_current()
    opened.migrate()
    opened.check()
    sessions = [opened.sessions.get(f"s{number}", viewer="ann") for number in range(4)]
    assert [each.title for each in sessions] == titles
    assert [each.auto_title for each in sessions] == [True, True, False, False]
    moment = datetime(1970, 1, 1, microsecond=3, tzinfo=UTC)
    expected = [
        MessageRecord("m00", 0, "user", "Hello", "a", "A", False, moment, "complete", None, None),
        MessageRecord("m01", 1, "user", "Hello", "a", "A", True, moment, "complete", None, None),
    ]
    assert opened.messages.history("s0", viewer="ann", limit=9, skip=0).items == expected
    assert opened.messages.summaries("s0", before_seq=9, limit=9) == expected[1:]
    assert [opened.sessions.give_title(f"s{number}", "Hello") for number in range(4)] == [
        True, True, False, False,
    ]  # fmt: skip
    started = opened.runs.start(
        "s3", viewer="ann", content="x", owner="p", lease_until=datetime.now(UTC)
    )
    assert started.message.seq == 2
    opened.close()


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
