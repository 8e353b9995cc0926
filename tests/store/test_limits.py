"""How long callers wait for a lock, a statement or a silent server, and who waits with them."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, bindparam, insert, text, update

from palaver.errors import StoreUnavailable
from palaver.store import Limits, Store, open_store
from palaver.store.database import Database
from palaver.store.group_commit import Unit
from palaver.store.tables import book_terms

WRITERS = 8
SHORT = Limits(lock=0.2)


def session(store: Store) -> str:
    return store.sessions.create(
        owner="ann", kind="team", title="x", agents=["a"], max_context_results=1
    ).session_id


@contextlib.contextmanager
def locked(engine: Engine, store_kind: str, session_id: str) -> Iterator[None]:
    """Another process holds what a writer to the session needs."""
    with engine.connect() as connection:
        if store_kind == "sqlite":
            # The driver's own BEGIN would be a deferred one, and comes only with a change.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.execute(
                text("SELECT 1 FROM sessions WHERE session_id = :id FOR UPDATE"), {"id": session_id}
            )
        yield
        connection.rollback()


@pytest.fixture
def limited(store_url: str) -> Iterator[Callable[[Limits], Store]]:
    """Make a store on the fresh database that waits for so long."""
    with contextlib.ExitStack() as opened:

        def make(limits: Limits) -> Store:
            store = open_store(store_url, pool_size=20, limits=limits)
            opened.callback(store.close)
            return store

        yield make


def append(store: Store, session_id: str) -> int:
    return store.messages.append(session_id, viewer="ann", role="user", content="x").seq


def blocked_writers(
    store: Store, session_id: str, query: Any, store_kind: str, pool: ThreadPoolExecutor
) -> list[Future[int]]:
    """Writers in threads, once all of them wait for the lock or behind the one that does."""
    commits = store._database._commits
    taken: list[int] = []
    if store_kind == "sqlite":
        commit = commits._commit

        def take(batch: Sequence[Unit]) -> None:
            taken.append(len(batch))
            commit(batch)

        commits._commit = take
    writers = [pool.submit(append, store, session_id) for _ in range(WRITERS)]
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname ="
    while not all(writer.done() for writer in writers):
        if store_kind == "sqlite":
            found = sum(taken) + len(commits._waiting)
        else:
            found = query(f"{waiting} current_database()")[0][0]
        if found == WRITERS:
            break
        time.sleep(0.001)
    return writers


def test_a_lock_held_too_long_is_unavailable(
    limited: Callable[[Limits], Store], engine: Engine, store_kind: str
) -> None:
    store = limited(SHORT)
    session_id = session(store)
    with locked(engine, store_kind, session_id), pytest.raises(StoreUnavailable):
        append(store, session_id)
    assert store.messages.history(session_id, viewer="ann", limit=5, skip=0).total == 0
    assert append(store, session_id) == 0


def test_the_waits_of_blocked_writers_do_not_add_up(
    limited: Callable[[Limits], Store],
    engine: Engine,
    store_kind: str,
    query: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    attempts: list[float] = []
    all_wait = threading.Event()
    begin = Database._begin

    def attempt(self: Database, driver: Any, deadline: float) -> None:
        attempts.append(deadline)
        all_wait.wait()
        # The others are patient enough to see the first one fail.
        begin(self, driver, time.monotonic() + SHORT.lock)

    store = limited(Limits(lock=60 if store_kind == "sqlite" else 2))
    session_id = session(store)
    monkeypatch.setattr(Database, "_begin", attempt)
    with locked(engine, store_kind, session_id), ThreadPoolExecutor(WRITERS) as pool:
        writers = blocked_writers(store, session_id, query, store_kind, pool)
        all_wait.set()
        assert [type(each.exception()) for each in writers] == [StoreUnavailable] * WRITERS
    # On SQLite one of them tried for all; PostgreSQL lets them wait side by side.
    assert len(attempts) == (store_kind == "sqlite")
    assert append(store, session_id) == 0


def test_blocked_writers_do_not_hold_up_readers(
    limited: Callable[[Limits], Store], engine: Engine, store_kind: str, query: Any
) -> None:
    store = limited(Limits(lock=60))
    session_id, other = session(store), session(store)
    append(store, other)
    readers = 12
    with ThreadPoolExecutor(WRITERS) as pool, ThreadPoolExecutor(readers) as reading:
        with locked(engine, store_kind, session_id):
            writers = blocked_writers(store, session_id, query, store_kind, pool)
            together = threading.Barrier(readers)

            def read() -> int:
                together.wait()
                page = store.messages.history(other, viewer="ann", limit=5, skip=0)
                return page.total + store.sessions.get(session_id, viewer="ann").message_count

            found = [each.result() for each in [reading.submit(read) for _ in range(readers)]]
            assert found == [1] * readers
            assert not any(writer.done() for writer in writers)
        assert sorted(writer.result() for writer in writers) == list(range(WRITERS))


@pytest.mark.only_store("sqlite")  # on PostgreSQL writers do not take turns
def test_a_writer_behind_a_long_unit_waits_no_longer_than_the_limit(
    limited: Callable[[Limits], Store],
) -> None:
    store = limited(SHORT)
    session_id = session(store)
    entered, go_on = threading.Event(), threading.Event()

    def work(_connection: Connection) -> None:
        entered.set()
        go_on.wait()

    with ThreadPoolExecutor(1) as pool:
        long = pool.submit(store._database.write, work)
        entered.wait()
        with pytest.raises(StoreUnavailable):
            append(store, session_id)
        assert store.messages.history(session_id, viewer="ann", limit=5, skip=0).total == 0
        go_on.set()
        long.result()
    assert append(store, session_id) == 0


@pytest.mark.only_store("postgres")
def test_each_connection_is_limited(store_url: str) -> None:
    opened = Database(store_url, pool_size=2)

    def settings(connection: Connection) -> list[Any]:
        names = ("lock", "statement", "idle_in_transaction_session", "transaction")
        return [connection.exec_driver_sql(f"SHOW {name}_timeout").scalar() for name in names]

    with opened.reading() as connection:
        assert settings(connection) == ["5s", "15s", "15s", "30s"]
    assert opened.write(settings) == ["5s", "15s", "15s", "30s"]
    with opened.migrating() as connection:
        assert settings(connection) == ["0", "0", "0", "0"]
    assert opened.write(settings) == ["5s", "15s", "15s", "30s"]
    opened.close()


def insert_many(connection: Connection) -> None:
    rows = [{"book": 1, "term": str(n), "passages": 1} for n in range(120)]
    connection.execute(insert(book_terms), rows)


def update_many(connection: Connection) -> None:
    statement = update(book_terms).where(book_terms.c.term == bindparam("of_term"))
    rows = [{"of_term": str(n), "passages": 2} for n in range(120)]
    connection.execute(statement, rows)


def send_half(connection: Connection) -> None:
    """Send the beginning of a statement that is longer than what sockets hold."""
    driver: Any = connection.connection.driver_connection
    driver.pgconn.nonblocking = 1
    driver.pgconn.send_query_params(b"SELECT $1", [b"x" * 20_000_000])
    assert driver.pgconn.flush() == 1


@pytest.mark.only_store("postgres")
@pytest.mark.parametrize(
    ("work", "limits"),
    [
        (insert_many, Limits(statement=2, transaction=None)),
        (update_many, Limits(statement=2, transaction=None)),
        (send_half, Limits(statement=1, transaction=2)),
    ],
)
def test_who_stands_still_in_a_transaction_loses_it(
    store_url: str, query: Any, work: Callable[[Connection], None], limits: Limits
) -> None:
    """So that a server that is frozen does not hold up the others."""
    opened = Database(store_url, pool_size=1, limits=limits)
    lost = []

    def stand_still(connection: Connection) -> None:
        connection.execute(insert(book_terms), {"book": 2, "term": "x", "passages": 1})
        backend = connection.scalar(text("SELECT pg_backend_pid()"))
        work(connection)
        deadline = time.monotonic() + 20
        while query(f"SELECT 1 FROM pg_stat_activity WHERE pid = {backend}"):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        lost.append(backend)

    with pytest.raises(StoreUnavailable):
        opened.write(stand_still)
    assert len(lost) == 1
    assert query("SELECT * FROM book_terms") == []
    assert opened.write(lambda connection: connection.scalar(text("SELECT 1"))) == 1
    opened.close()


def test_a_url_may_say_otherwise() -> None:
    url = "postgresql://h/d?connect_timeout=1&tcp_user_timeout=2&keepalives=0"
    opened = Database(url, pool_size=1)
    asked: list[dict[str, Any]] = []

    class Stop(Exception):
        pass

    def connect(**options: Any) -> None:
        asked.append(options)
        raise Stop

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("palaver.store.engines._BoundedConnection.connect", connect)
        with pytest.raises(Stop), opened.reading():
            pass
    assert {name: str(value) for name, value in asked[0].items() if name != "context"} == {
        "host": "h",
        "dbname": "d",
        "connect_timeout": "1",
        "tcp_user_timeout": "2",
        "keepalives": "0",
        "keepalives_idle": "5",
        "keepalives_interval": "2",
        "keepalives_count": "3",
    }
    opened.close()


@pytest.mark.only_store("postgres")
def test_a_statement_that_takes_too_long_is_unavailable(store_url: str) -> None:
    opened = Database(store_url, pool_size=2, limits=Limits(statement=0.1))
    with pytest.raises(StoreUnavailable), opened.reading() as connection:
        connection.execute(text("SELECT pg_sleep(60)"))
    with pytest.raises(StoreUnavailable):
        opened.write(lambda connection: connection.execute(text("SELECT pg_sleep(60)")))
    with opened.migrating() as connection:
        connection.execute(text("SELECT pg_sleep(0.3)"))
    assert opened.write(lambda connection: connection.scalar(text("SELECT 1"))) == 1
    opened.close()


@pytest.mark.only_store("postgres")
def test_a_server_that_is_silent_is_unavailable(store_url: str, engine: Engine) -> None:
    """Stopped as by SIGSTOP, it keeps no time limit of its own, and its sockets stay open."""
    opened = Database(store_url, pool_size=1, limits=Limits(answer=0.3))
    with opened.reading() as connection:
        backend = connection.scalar(text("SELECT pg_backend_pid()"))
    os.kill(backend, signal.SIGSTOP)
    try:
        with opened.reading() as connection:
            # The pool tried the connection, gave it up, and made another.
            assert connection.scalar(text("SELECT pg_backend_pid()")) != backend
    finally:
        os.kill(backend, signal.SIGCONT)

    def stopped(connection: Connection) -> None:
        backend = connection.scalar(text("SELECT pg_backend_pid()"))
        os.kill(backend, signal.SIGSTOP)
        try:
            connection.execute(text("SELECT 1"))
        finally:
            os.kill(backend, signal.SIGCONT)

    with pytest.raises(StoreUnavailable):
        opened.write(stopped)
    assert opened.write(lambda connection: connection.scalar(text("SELECT 1"))) == 1
    opened.close()
