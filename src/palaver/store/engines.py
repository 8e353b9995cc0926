"""Engines: how each database is connected to, and how long anybody waits for it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import psycopg
from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

T = TypeVar("T")

CONNECT_SECONDS: Final = 5


@dataclass(frozen=True, slots=True)
class Limits:
    """How many seconds a caller waits before it gets a StoreUnavailable; None is for ever.

    ``pool`` is for a connection, ``lock`` for what another transaction holds. The rest is for
    PostgreSQL: ``statement`` is what the server gives a statement, and an idle transaction;
    ``transaction`` is what it gives a transaction, if it is PostgreSQL 17 or later; ``answer`` is
    how long a server that says nothing at all is believed to be alive, and longer.
    """

    pool: float = 5
    lock: float = 5
    statement: float | None = 15
    transaction: float | None = 30
    answer: float | None = 20


MIGRATION_LIMITS: Final = Limits(lock=60, statement=None, transaction=None, answer=None)

# Where a client stands still in the middle of what it sends, neither the limit of the statement nor
# that of an idle transaction ends it. That of the whole transaction does, since PostgreSQL 17.
_HAS_TRANSACTION_TIMEOUT: Final = 170000

# Rows. Each number of them is a statement of its own, which connections may keep prepared.
_INSERTED_AT_ONCE: Final = 50

# Executed on each new SQLite connection. FULL: in WAL mode nothing less syncs at each commit. The
# cache is in KiB. The checkpoint, in pages, is larger than the default of 1000, so that its syncs
# are spread over more commits.
SQLITE_PRAGMAS: Final = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA cache_size=-8192",
    "PRAGMA wal_autocheckpoint=4000",
    "PRAGMA journal_size_limit=67108864",
)

# For a network that swallows everything: a dead peer is noticed after about ten seconds. What the
# URL says has precedence.
POSTGRES_CONNECT_ARGUMENTS: Final = {
    "connect_timeout": CONNECT_SECONDS,
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}


def sqlite_engine(url: URL, path: Path, *, pool_size: int, limits: Limits) -> Engine:
    """An engine on the file at ``path``, which is not made if it is not there."""
    # mode=rw: only a migration makes the file; a mistyped path must not leave an empty one behind.
    location = path.as_uri() + "?mode=rw"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(
            location,
            uri=True,
            timeout=limits.lock,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )

    engine = create_engine(
        url,
        # Errors are logged, and what people write is not for the log.
        hide_parameters=True,
        creator=connect,
        isolation_level="AUTOCOMMIT",
        poolclass=QueuePool,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=limits.pool,
        pool_use_lifo=True,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: Any) -> None:
        for pragma in SQLITE_PRAGMAS:
            connection.execute(pragma).close()

    return engine


def postgres_engine(url: URL, *, pool_size: int, limits: Limits) -> Engine:
    """An engine on the server that the URL names."""
    engine = create_engine(
        url,
        hide_parameters=True,
        connect_args=_connect_arguments(url),
        # What the statements were written for, whatever the server's own default is.
        isolation_level="READ COMMITTED",
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=limits.pool,
        pool_use_lifo=True,
        # A restarted server costs no caller an error: connections are tried before they are lent.
        pool_pre_ping=True,
        insertmanyvalues_page_size=_INSERTED_AT_ONCE,
    )
    # Many rows are inserted by one statement, also where nothing is returned.
    engine.dialect.use_insertmanyvalues_wo_returning = True
    event.listen(engine, "do_executemany", _execute_one_by_one)

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: Any, _record: Any, arguments: Any, options: Any) -> _BoundedConnection:
        connection: _BoundedConnection = _BoundedConnection.connect(*arguments, **options)
        connection.answer_seconds = limits.answer
        return connection

    @event.listens_for(engine, "connect")
    def prepare(connection: _BoundedConnection, _record: Any) -> None:
        settings = {
            "lock_timeout": limits.lock,
            "statement_timeout": limits.statement,
            "idle_in_transaction_session_timeout": limits.statement,
        }
        if connection.info.server_version >= _HAS_TRANSACTION_TIMEOUT:
            settings["transaction_timeout"] = limits.transaction
        # Not in the startup packet's "options", which connection poolers refuse.
        connection.execute(
            "SELECT set_config(name, value, false) FROM unnest(%s::text[], %s::text[])"
            " AS setting (name, value)",
            [list(settings), [_millis(seconds) for seconds in settings.values()]],
        )
        connection.commit()

    return engine


def postgres_connection(url: URL) -> psycopg.Connection:
    """A connection of its own to the server that the URL names, in autocommit mode."""
    positional, named = url.get_dialect()().create_connect_args(url)
    arguments = {**named, **_connect_arguments(url), "autocommit": True}
    return psycopg.connect(*positional, **arguments)


def _connect_arguments(url: URL) -> dict[str, Any]:
    return {
        name: value for name, value in POSTGRES_CONNECT_ARGUMENTS.items() if name not in url.query
    }


def _execute_one_by_one(cursor: Any, statement: str, rows: Any, _context: Any) -> bool:
    """Execute the statement for each row, and say that it is done.

    The driver would send them as a pipeline. PostgreSQL does not watch an idle transaction within
    one, nor after psycopg's, which ends with a Flush behind the Sync, until the next statement. So
    if a client stood still there, its locks would stay for as long as it did.
    """
    for row in rows:
        cursor.execute(statement, row)
    return True


class _BoundedConnection(psycopg.Connection[Any]):
    """A connection that is given up when the server does not answer.

    A server's own time limits end with the server, and TCP's only see a machine that is gone: to
    both, a server that was stopped, or whose disk hangs, is merely taking its time.
    """

    answer_seconds: float | None = None

    def wait(self, gen: Generator[Any, Any, T], *arguments: Any, **options: Any) -> T:
        if self.answer_seconds is not None:
            gen = self._bounded(gen, time.monotonic() + self.answer_seconds)
        return super().wait(gen, *arguments, **options)

    def _bounded(self, gen: Generator[Any, Any, T], deadline: float) -> Generator[Any, Any, T]:
        try:
            wanted = next(gen)
            while True:
                # Nothing that is truthy comes in while the server is silent, at each interval.
                ready = yield wanted
                if not ready and time.monotonic() > deadline:
                    # Where it stands is unknown, so nobody can use it any more.
                    self.pgconn.finish()
                    raise psycopg.OperationalError("the server does not answer")
                wanted = gen.send(ready)
        except StopIteration as end:
            result: T = end.value
            return result


def _millis(seconds: float | None) -> str:
    return "0" if seconds is None else str(max(1, round(seconds * 1000)))
