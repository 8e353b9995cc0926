"""Engines, transactions and what a failing database means to callers.

Reads run in the driver's autocommit mode, one statement a snapshot. Writes are functions of a
connection that ``Database.write`` runs in one transaction: an ordinary one on PostgreSQL; on SQLite
a unit of the group commit, on the one connection that writes.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from palaver.errors import StoreUnavailable
from palaver.store.group_commit import CommitQueue, Unit

T = TypeVar("T")

# How long a caller may wait for a connection, and a statement for a lock, before it gets a 503.
POOL_WAIT_SECONDS: Final = 5
LOCK_WAIT_MILLIS: Final = 10_000

# Executed on each new SQLite connection. FULL: in WAL mode nothing less syncs at each commit. The
# cache is in KiB. The checkpoint, in pages, is larger than the default of 1000, so that its syncs
# are spread over more commits.
SQLITE_PRAGMAS: Final = (
    f"PRAGMA busy_timeout={LOCK_WAIT_MILLIS}",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA cache_size=-8192",
    "PRAGMA wal_autocheckpoint=4000",
    "PRAGMA journal_size_limit=67108864",
)


class Database:
    """One database: SQLite in a file, or PostgreSQL.

    Nothing is opened before the first use. ``pool_size`` bounds the connections.
    """

    def __init__(self, url: str, *, pool_size: int) -> None:
        parsed = _parse(url)
        self.is_sqlite: Final = parsed.get_backend_name() == "sqlite"
        self._writer: Connection | None = None
        self._commits: Final = CommitQueue(self._commit_batch)
        if self.is_sqlite:
            self._path = Path(parsed.database or "").absolute()
            # One more than the readers need: the writer keeps its connection.
            self.engine = _sqlite_engine(parsed, self._path, pool_size + 1)
            self._readers = self.engine
        else:
            self.engine = _postgres_engine(parsed, pool_size)
            self._readers = self.engine.execution_options(isolation_level="AUTOCOMMIT")

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read with. Each statement sees a snapshot of its own.

        Raises StoreUnavailable for whatever the database says no to.
        """
        try:
            with self._readers.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise _unavailable(error) from error

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` in one transaction; return its result when that is committed and durable.

        What ``work`` raises rolls back what it did, and nothing else, and is raised here. Raises
        StoreUnavailable for whatever the database says no to.
        """
        if self.is_sqlite:
            return self._commits.submit(work)
        try:
            with self.engine.begin() as connection:
                return work(connection)
        except SQLAlchemyError as error:
            raise _unavailable(error) from error

    @contextlib.contextmanager
    def migrating(self) -> Iterator[Connection]:
        """A connection in one transaction, alone among all processes, to change the schema with.

        On SQLite the file is made, if it is not there. Raises StoreUnavailable.
        """
        try:
            if self.is_sqlite:
                # Conversations are private: not for the umask to decide.
                os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
            with self.engine.connect() as connection:
                if self.is_sqlite:
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                else:
                    connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
                    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7310582047211)")
                yield connection
                # On SQLite BEGIN was ours, so COMMIT is; SQLAlchemy believes in autocommit there.
                if self.is_sqlite:
                    connection.exec_driver_sql("COMMIT")
                connection.commit()
        except (SQLAlchemyError, OSError) as error:
            raise _unavailable(error) from error

    def close(self) -> None:
        """Close every connection. No call may be running."""
        self._drop_writer()
        self.engine.dispose()

    def _commit_batch(self, batch: Sequence[Unit]) -> None:
        """Run the units in one transaction of the writing connection, and commit them together."""
        try:
            connection, driver = self._open_writer()
            driver.execute("BEGIN IMMEDIATE")
        except (SQLAlchemyError, sqlite3.Error) as error:
            self._drop_writer()
            _fail(batch, error)
            return
        try:
            if len(batch) > 1:
                for unit in batch:
                    _run_in_savepoint(unit, connection, driver)
                driver.execute("COMMIT")
            elif _run_alone(batch[0], connection, driver):
                driver.execute("COMMIT")
        except (SQLAlchemyError, sqlite3.Error) as error:
            self._drop_writer()
            _fail(batch, error)
        except BaseException:
            self._drop_writer()
            raise

    def _open_writer(self) -> tuple[Connection, sqlite3.Connection]:
        if self._writer is None:
            self._writer = self.engine.connect()
        driver = self._writer.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        return self._writer, driver

    def _drop_writer(self) -> None:
        """Give up the writing connection, and whatever transaction was left open on it."""
        writer, self._writer = self._writer, None
        if writer is not None:
            with contextlib.suppress(SQLAlchemyError, sqlite3.Error):
                writer.invalidate()
            with contextlib.suppress(SQLAlchemyError, sqlite3.Error):
                writer.close()


def _unavailable(cause: Exception) -> StoreUnavailable:
    """The error for callers: what happened is its cause, for the log, and not in its words."""
    error = StoreUnavailable("The database cannot be used right now.")
    error.__cause__ = cause
    return error


def _run_alone(unit: Unit, connection: Connection, driver: sqlite3.Connection) -> bool:
    """Run the unit as the whole transaction; return whether there is something to commit."""
    try:
        unit.result = unit.work(connection)
    except Exception as error:
        if isinstance(error, SQLAlchemyError):
            raise
        unit.error = error
        driver.execute("ROLLBACK")
        return False
    return True


def _run_in_savepoint(unit: Unit, connection: Connection, driver: sqlite3.Connection) -> None:
    driver.execute("SAVEPOINT unit")
    try:
        unit.result = unit.work(connection)
    except Exception as error:
        if not driver.in_transaction:
            # SQLite gave up the whole transaction (disk full, I/O error), others' work included.
            raise
        unit.error = _unavailable(error) if isinstance(error, SQLAlchemyError) else error
        driver.execute("ROLLBACK TO unit")
    driver.execute("RELEASE unit")


def _fail(batch: Sequence[Unit], cause: Exception) -> None:
    for unit in batch:
        if unit.error is None:
            unit.error = _unavailable(cause)


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ValueError("The database URL is malformed.") from None
    backend = parsed.get_backend_name()
    if backend in ("postgres", "postgresql"):
        return parsed.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise ValueError("The database URL must begin with sqlite:/// or postgresql://.")
    if not parsed.database or parsed.database == ":memory:":
        raise ValueError("The SQLite URL must name a file.")
    return parsed


def _sqlite_engine(url: URL, path: Path, pool_size: int) -> Engine:
    # mode=rw: only a migration makes the file; a mistyped path must not leave an empty one behind.
    location = path.as_uri() + "?mode=rw"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(
            location,
            uri=True,
            timeout=LOCK_WAIT_MILLIS / 1000,
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
        pool_timeout=POOL_WAIT_SECONDS,
        pool_use_lifo=True,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: Any) -> None:
        for pragma in SQLITE_PRAGMAS:
            connection.execute(pragma).close()

    return engine


def _postgres_engine(url: URL, pool_size: int) -> Engine:
    arguments = {} if "connect_timeout" in url.query else {"connect_timeout": POOL_WAIT_SECONDS}
    engine = create_engine(
        url,
        hide_parameters=True,
        connect_args=arguments,
        # What the statements were written for, whatever the server's own default is.
        isolation_level="READ COMMITTED",
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_WAIT_SECONDS,
        pool_use_lifo=True,
        # A restarted server costs no caller an error: connections are tried before they are lent.
        pool_pre_ping=True,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.execute(f"SET lock_timeout = {LOCK_WAIT_MILLIS}")
        connection.commit()

    return engine
