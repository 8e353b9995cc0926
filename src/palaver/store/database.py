"""Transactions, and what a failing database means to callers.

Reads run in the driver's autocommit mode, one statement a snapshot. Writes are functions of a
connection that ``Database.write`` runs in one transaction: an ordinary one on PostgreSQL; on SQLite
a unit of the group commit, on the one connection that writes.
"""

from __future__ import annotations

import contextlib
import functools
import math
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, TypeVar

import psycopg
from sqlalchemy import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from palaver.store.engines import (
    MIGRATION_LIMITS,
    Limits,
    postgres_connection,
    postgres_engine,
    sqlite_engine,
)
from palaver.store.group_commit import CannotBegin, CommitQueue, Unit, unavailable
from palaver.store.idempotency import run_once
from palaver.store.records import Once

T = TypeVar("T")

# SQLite's waits for a lock are set in steps of so many milliseconds, so that they seldom change.
_WAIT_STEP_MILLIS: Final = 100


class Database:
    """One database: SQLite in a file, or PostgreSQL.

    Nothing is opened before the first use. ``pool_size`` bounds the connections, ``limits`` every
    wait; nobody waits longer than that on SQLite, whatever the others wait for.
    """

    def __init__(self, url: str, *, pool_size: int, limits: Limits | None = None) -> None:
        self._url: Final = _parse(url)
        self._limits: Final = limits or Limits()
        self.is_sqlite: Final = self._url.get_backend_name() == "sqlite"
        self._path: Final = Path(self._url.database or "").absolute()
        self._writer: Connection | None = None
        self._writer_wait = 0
        self._commits: Final = CommitQueue(self._commit_batch, patience=self._limits.lock)
        # One more than the readers need: on SQLite the writer keeps its connection.
        self.engine: Final = self._make_engine(pool_size + self.is_sqlite, self._limits)
        self._readers: Final = (
            self.engine
            if self.is_sqlite
            else self.engine.execution_options(isolation_level="AUTOCOMMIT")
        )

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read with. Each statement sees a snapshot of its own.

        Raises StoreUnavailable for whatever the database says no to.
        """
        try:
            with self._readers.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise unavailable(error) from error

    def write(
        self,
        work: Callable[[Connection], T],
        *,
        once: Once | None = None,
        result: type[T] | None = None,
    ) -> T:
        """Run ``work`` in one transaction; return its result when that is committed and durable.

        What ``work`` raises rolls back what it did, and nothing else, and is raised here. With
        ``once``, work that was done under this key is not done again: its result, kept as JSON, is
        returned as a ``result``. Raises IdempotencyKeyReused if that was another request, and
        StoreUnavailable for whatever the database says no to.
        """
        if once is not None:
            return self.write(functools.partial(run_once, once=once, work=work, result=result))
        if self.is_sqlite:
            return self._commits.submit(work)
        try:
            with self.engine.begin() as connection:
                return work(connection)
        except SQLAlchemyError as error:
            raise unavailable(error) from error

    @contextlib.contextmanager
    def migrating(self) -> Iterator[Connection]:
        """A connection in one transaction, alone among all processes, to change the schema with.

        It may take its time: only the connecting and, on SQLite, the lock are waited for within
        limits. On SQLite the file is made, if it is not there. Raises StoreUnavailable.
        """
        engine = self._make_engine(1, MIGRATION_LIMITS)
        try:
            if self.is_sqlite:
                # Conversations are private: not for the umask to decide.
                os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
            with engine.connect() as connection:
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
            raise unavailable(error) from error
        finally:
            engine.dispose()

    def connect_apart(self) -> psycopg.Connection:
        """A new connection to PostgreSQL, in autocommit mode, that is no part of the pool."""
        return postgres_connection(self._url)

    def close(self) -> None:
        """Close every connection. No call may be running."""
        self._drop_writer()
        self.engine.dispose()

    def _commit_batch(self, batch: Sequence[Unit]) -> None:
        """Run the units in one transaction of the writing connection, and commit them together.

        Raises CannotBegin if the lock cannot be had by the deadline of the first.
        """
        try:
            connection, driver = self._open_writer()
            self._begin(driver, batch[0].deadline)
        except (SQLAlchemyError, sqlite3.Error) as error:
            self._drop_writer()
            raise CannotBegin from error
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
            self._writer_wait = 0
        driver = self._writer.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        return self._writer, driver

    def _begin(self, driver: sqlite3.Connection, deadline: float) -> None:
        steps = math.ceil((deadline - time.monotonic()) * 1000 / _WAIT_STEP_MILLIS)
        wait = max(1, steps) * _WAIT_STEP_MILLIS
        if wait != self._writer_wait:
            driver.execute(f"PRAGMA busy_timeout={wait}")
            self._writer_wait = wait
        driver.execute("BEGIN IMMEDIATE")

    def _make_engine(self, pool_size: int, limits: Limits) -> Engine:
        if self.is_sqlite:
            return sqlite_engine(self._url, self._path, pool_size=pool_size, limits=limits)
        return postgres_engine(self._url, pool_size=pool_size, limits=limits)

    def _drop_writer(self) -> None:
        """Give up the writing connection, and whatever transaction was left open on it."""
        writer, self._writer = self._writer, None
        if writer is not None:
            with contextlib.suppress(SQLAlchemyError, sqlite3.Error):
                writer.invalidate()
            with contextlib.suppress(SQLAlchemyError, sqlite3.Error):
                writer.close()


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
        unit.error = unavailable(error) if isinstance(error, SQLAlchemyError) else error
        driver.execute("ROLLBACK TO unit")
    driver.execute("RELEASE unit")


def _fail(batch: Sequence[Unit], cause: Exception) -> None:
    for unit in batch:
        if unit.error is None:
            unit.error = unavailable(cause)


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
