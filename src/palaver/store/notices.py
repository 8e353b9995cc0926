"""Notices between the processes that share a PostgreSQL server: a run has new events, or an end.

A notice is sent in the transaction of what it tells of, and arrives when that is committed. It is
only a hint to look: one that is lost while a listener is not connected is made up for by ``all``.
"""

from __future__ import annotations

import logging
import selectors
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

import psycopg
from sqlalchemy import Connection, text

from palaver.store.database import Database

OnNotice = Callable[[str, Sequence[str]], None]

CHANNEL: Final = "palaver_runs"
# New events of these runs; these runs are to be cancelled; whatever there is, for notices may have
# been missed.
EVENTS: Final = "e"
CANCEL: Final = "x"
ALL: Final = "all"

# PostgreSQL takes payloads shorter than 8000 bytes.
PAYLOAD_BYTES: Final = 7900
FIRST_DELAY: Final = 0.1
LONGEST_DELAY: Final = 5.0

log: Final = logging.getLogger("palaver.store")

_NOTIFY: Final = text("SELECT pg_notify(:channel, :payload)")


class Listener:
    """A thread that hands on what other processes, and this one, notify of. Raises nothing."""

    def __init__(self, connect: Callable[[], psycopg.Connection], on_notice: OnNotice) -> None:
        self._connect = connect
        self._on_notice = on_notice
        self._closed = threading.Event()
        # One byte in here wakes the thread out of its wait for the server.
        self._waker, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="palaver-notices", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread. From then on nothing more is handed on."""
        if self._closed.is_set():
            return
        self._closed.set()
        self._waker.send(b".")
        self._thread.join()
        self._waker.close()
        self._woken.close()

    def _run(self) -> None:
        delay = FIRST_DELAY
        while not self._closed.is_set():
            try:
                with self._connect() as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    # Whatever was notified of before that is not known here.
                    self._hand_on(ALL, [])
                    delay = FIRST_DELAY
                    self._follow(connection)
            except (psycopg.Error, OSError) as error:
                if self._closed.is_set():
                    return
                log.warning("no notices from the database: %s", type(error).__name__)
            self._closed.wait(delay)
            delay = min(delay * 2, LONGEST_DELAY)

    def _follow(self, connection: psycopg.Connection) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(connection.fileno(), selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while not self._closed.is_set():
                while (notice := connection.pgconn.notifies()) is not None:
                    kind, _, run_ids = notice.extra.decode().partition(" ")
                    self._hand_on(kind, run_ids.split(","))
                selector.select()
                connection.pgconn.consume_input()

    def _hand_on(self, kind: str, run_ids: Sequence[str]) -> None:
        if self._closed.is_set():
            return
        try:
            self._on_notice(kind, run_ids)
        except Exception:
            log.exception("a notice was not taken")


class Notices:
    """The notices of a store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def listen(self, on_notice: OnNotice) -> Listener | None:
        """Call ``on_notice(kind, run_ids)`` in a thread of its own, for each notice; at once.

        ``e`` means new events of these runs, ``x`` that somebody wants these runs cancelled, and
        ``all``, after each time that the connection was made, that notices may have been missed.
        None on SQLite, where there are no other processes. Whoever called must close the listener.
        """
        if self._database.is_sqlite:
            return None
        return Listener(self._database.connect_apart, on_notice)


def notify(connection: Connection, kind: str, run_ids: Iterable[str]) -> None:
    """Send a notice when the connection's transaction is committed; on PostgreSQL only."""
    values = [{"channel": CHANNEL, "payload": each} for each in payloads(kind, run_ids)]
    if values:
        connection.execute(_NOTIFY, values)


def payloads(kind: str, run_ids: Iterable[str]) -> Iterator[str]:
    """The run ids in as few payloads as they fit into. They are ASCII, and hold no comma."""
    payload = ""
    for run_id in run_ids:
        if payload and len(payload) + 1 + len(run_id) > PAYLOAD_BYTES:
            yield payload
            payload = ""
        payload = f"{payload},{run_id}" if payload else f"{kind} {run_id}"
    if payload:
        yield payload
