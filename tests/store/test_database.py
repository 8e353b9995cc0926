"""URLs, settings of the connections, and what callers see when the database fails."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import Connection, text

from palaver.errors import PalaverError, StoreUnavailable
from palaver.store import Limits, Store, engines, open_store
from palaver.store.database import Database


@pytest.fixture
def sqlite_path(tmp_path: Path) -> Path:
    """A migrated SQLite database, whatever the other tests run on."""
    path = tmp_path / "own.db"
    opened = open_store(f"sqlite:///{path}")
    opened.migrate()
    opened.close()
    return path


def session(store: Store) -> str:
    return store.sessions.create(
        owner="ann", kind="team", title="x", agents=["a"], max_context_results=1
    ).session_id


@pytest.mark.parametrize(
    "url", ["", "nonsense", "mysql://u:secret@h/d", "sqlite://", "sqlite:///:memory:", "://secret"]
)
def test_a_url_that_is_no_store_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ValueError, match=r"database URL|SQLite URL") as caught:
        open_store(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_postgresql_means_psycopg_3(scheme: str) -> None:
    opened = Database(f"{scheme}://u:p@localhost/d?connect_timeout=1", pool_size=1)
    assert opened.engine.dialect.driver == "psycopg"
    opened.close()


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////nowhere/at/all/secret.db",
        "postgresql://user:secret@127.0.0.1:1/secret",
    ],
)
def test_an_unreachable_database_is_unavailable_and_tells_nothing(url: str) -> None:
    store = open_store(url)
    calls: list[Callable[[], object]] = [
        store.check,
        store.is_current,
        store.migrate,
        lambda: store.sessions.get("x", viewer=None),
        lambda: session(store),
    ]
    for call in calls:
        with pytest.raises(StoreUnavailable) as caught:
            call()
        assert str(caught.value) == "The database cannot be used right now."
    store.close()


def test_only_a_migration_makes_the_file(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'missing.db'}")
    with pytest.raises(StoreUnavailable):
        store.check()
    assert list(tmp_path.iterdir()) == []
    store.close()


def test_a_path_may_hold_any_characters(tmp_path: Path) -> None:
    path = tmp_path / "ä %41 ? # & %.db"
    store = open_store(f"sqlite:///{quote(str(path))}")
    store.migrate()
    store.check()
    assert path.exists()
    store.close()


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear Ann, " * 1000)
    store = open_store(f"sqlite:///{path}")
    calls: list[Callable[[], object]] = [
        store.check,
        store.migrate,
        lambda: store.sessions.get("x", viewer=None),
        lambda: session(store),
    ]
    for call in calls:
        with pytest.raises(StoreUnavailable) as caught:
            call()
        assert str(caught.value) == "The database cannot be used right now."
    assert path.read_text().startswith("Dear Ann")
    store.close()


def test_each_sqlite_connection_is_durable_and_checks_references(sqlite_path: Path) -> None:
    opened = Database(f"sqlite:///{sqlite_path}", pool_size=2)

    def settings(connection: Connection) -> list[Any]:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        return [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]

    expected = ["wal", 2, 1, Limits().lock * 1000]
    with opened.reading() as first, opened.reading() as second:
        assert settings(first) == settings(second) == expected
    assert opened.write(settings) == expected
    opened.close()


def test_a_lone_unit_that_fails_leaves_nothing(store: Store, store_url: str) -> None:
    opened = Database(store_url, pool_size=2)

    def fail(connection: Connection) -> None:
        connection.execute(text("DELETE FROM sessions"))
        raise ZeroDivisionError

    session_id = session(store)
    with pytest.raises(ZeroDivisionError):
        opened.write(fail)
    assert store.sessions.get(session_id, viewer="ann").owner == "ann"
    opened.close()


def test_a_statement_that_fails_is_unavailable_and_leaves_nothing(
    store: Store, store_url: str
) -> None:
    opened = Database(store_url, pool_size=2)

    def fail(connection: Connection) -> None:
        connection.execute(text("DELETE FROM sessions"))
        connection.execute(text("SELECT nonsense"))

    session_id = session(store)
    with pytest.raises(StoreUnavailable) as caught:
        opened.write(fail)
    assert "nonsense" not in str(caught.value)
    assert store.sessions.get(session_id, viewer="ann").owner == "ann"
    assert opened.write(lambda connection: connection.scalar(text("SELECT 1"))) == 1
    opened.close()


def test_a_full_disk_is_unavailable_and_loses_nothing(
    sqlite_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = sqlite3.connect(sqlite_path).execute("PRAGMA page_count").fetchone()[0]
    full = (*engines.SQLITE_PRAGMAS, f"PRAGMA max_page_count={pages + 8}")
    monkeypatch.setattr(engines, "SQLITE_PRAGMAS", full)
    store = open_store(f"sqlite:///{sqlite_path}")
    session_id = session(store)
    results: list[type[PalaverError] | None] = []

    def write() -> None:
        for _ in range(40):
            try:
                store.messages.append(session_id, viewer="ann", role="user", content="x" * 600)
                results.append(None)
            except PalaverError as error:
                results.append(type(error))

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 160
    assert set(results) == {None, StoreUnavailable}
    page = store.messages.history(session_id, viewer="ann", limit=1000, skip=0)
    assert [each.seq for each in page.items] == list(range(results.count(None)))
    store.close()


def test_a_commit_that_fails_is_acknowledged_to_nobody(
    sqlite_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(f"sqlite:///{sqlite_path}")
    opened = store._database
    session_id = session(store)

    def break_commit(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        connection.exec_driver_sql(
            "INSERT INTO session_agents VALUES ('none', 'a', NULL, 0, 0, 'x')"
        )

    with pytest.raises(StoreUnavailable):
        opened.write(break_commit)
    assert store.messages.append(session_id, viewer="ann", role="user", content="x").seq == 0
    store.close()


def test_an_exhausted_pool_is_unavailable(store_url: str) -> None:
    opened = Database(store_url, pool_size=1, limits=Limits(pool=0.01))
    with opened.reading(), pytest.raises(StoreUnavailable), opened.reading(), opened.reading():
        raise AssertionError("the pool is larger than it should be")
    with opened.reading() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    opened.close()


def test_connections_that_the_server_dropped_cost_no_caller_an_error(
    store: Store, store_kind: str, query: Any
) -> None:
    session_id = session(store)
    if store_kind == "postgres":
        query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
    else:
        store.close()
    assert store.sessions.get(session_id, viewer="ann").session_id == session_id
    assert store.messages.append(session_id, viewer="ann", role="user", content="x").seq == 0
