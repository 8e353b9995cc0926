"""Ingestion across processes: killed, frozen and stopped ones, and who goes on where they were."""

from __future__ import annotations

import functools
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from palaver.retrieval.files import Files
from palaver.retrieval.ingest import Ingestion
from palaver.retrieval.intake import Pace
from palaver.store import Store
from tests.retrieval.book_files import pdf
from tests.retrieval.ingesting import (
    assert_complete,
    ended,
    pages_of,
    text_file,
    until,
    upload,
)

WORKER = Path(__file__).with_name("take_in_books.py")
LEASE = 3.0

Process = subprocess.Popen[bytes]
Start = Callable[..., Process]


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """Where the originals are."""
    return str(tmp_path / "files")


@pytest.fixture
def start(store_url: str, folder: str) -> Iterator[Start]:
    """Start a process that takes books in."""
    started: list[Process] = []

    def start(kind: str, *, pages: int = 2, idle: float = 15) -> Process:
        arguments = [store_url, folder, kind, str(pages), str(LEASE), str(idle)]
        process = subprocess.Popen(
            [sys.executable, str(WORKER), *arguments],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            stderr=subprocess.PIPE,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def book_id(store: Store, folder: str) -> str:
    """A book of 500 pages that waits."""
    return upload(Ingestion(store, Files(folder), alone=False), text_file(PAGES)).book_id


PAGES = pages_of("x", 500)


def is_under_way(store: Store, book_id: str, percent: int = 10) -> bool:
    """Whether something of the book is in; it is not READY then, or the test is none."""
    book = store.books.get(book_id)
    assert book.status == "PROCESSING"
    return book.progress >= percent


def test_killed_in_the_middle(
    start: Start, store: Store, store_kind: str, book_id: str, query: Any
) -> None:
    kind = "alone" if store_kind == "sqlite" else "shared"
    for percent in (5, 40):
        process = start(kind)
        until(functools.partial(is_under_way, store, book_id, percent))
        process.kill()
        process.wait()
    assert store.books.get(book_id).status == "PROCESSING"
    start(kind)
    assert_complete(query, ended(store, book_id), PAGES)


def test_a_pdf_that_was_killed(
    start: Start, store: Store, store_kind: str, folder: str, query: Any
) -> None:
    pages = [f"Page {n}. This is what the page says." for n in range(1, 501)]
    content = pdf(pages)
    book_id = upload(Ingestion(store, Files(folder), alone=False), content, "b.pdf").book_id
    kind = "alone" if store_kind == "sqlite" else "shared"
    process = start(kind, pages=1)
    until(lambda: is_under_way(store, book_id))
    process.kill()
    start(kind, pages=50)
    assert_complete(query, ended(store, book_id), pages)


@pytest.mark.only_store("postgres")
def test_another_process_finishes_what_a_dead_one_began(
    start: Start, store: Store, book_id: str, query: Any
) -> None:
    first = start("shared")
    until(lambda: is_under_way(store, book_id))
    # It is there already, and looks on while the first one works.
    second = start("shared")
    until(lambda: is_under_way(store, book_id, 20))
    owners = query("SELECT owner, attempts FROM ingestions")
    assert [attempts for _, attempts in owners] == [1]
    first.kill()
    first.wait()
    assert_complete(query, ended(store, book_id), PAGES)
    assert second.poll() is None


def busy_sessions(query: Any) -> set[tuple[int, str]]:
    """The sessions of PostgreSQL that do something, or are in a transaction, and in what state."""
    return set(
        query(
            "SELECT pid, state FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND state <> 'idle'"
        )
    )


def is_frozen(process: Process, query: Any, *, holding: bool) -> bool:
    """Whether the process stands still and holds the book, or does not; if not so, it goes on."""
    process.send_signal(signal.SIGSTOP)
    os.waitpid(process.pid, os.WUNTRACED)
    # Until what it had sent before is done.
    query("SELECT pg_sleep(0.1)")
    states = {state for _, state in busy_sessions(query)}
    is_held = query("SELECT 1 FROM books FOR UPDATE SKIP LOCKED") == []
    if (is_held, states) == (holding, {"idle in transaction"} if holding else set()):
        return True
    process.send_signal(signal.SIGCONT)
    return False


@pytest.mark.only_store("postgres")
@pytest.mark.parametrize("holding", [False, True])
def test_one_that_was_only_frozen_does_no_harm(
    start: Start, store: Store, book_id: str, query: Any, holding: bool
) -> None:
    first = start("shared", idle=4)
    until(lambda: is_under_way(store, book_id))
    until(lambda: is_frozen(first, query, holding=holding))
    held = busy_sessions(query)
    assert bool(held) == holding
    start("shared", pages=50)
    assert_complete(query, ended(store, book_id), PAGES)
    assert not held & busy_sessions(query)
    first.send_signal(signal.SIGCONT)
    first.terminate()
    _, said = first.communicate(timeout=10)
    assert first.returncode == 0
    # Some of its connections may have been closed while it stood still.
    lines = said.decode().splitlines()
    assert [line for line in lines if not line.startswith("books wait for the database: ")] == []
    assert_complete(query, store.books.get(book_id), PAGES)


def test_stopped_in_the_middle(
    start: Start, store: Store, store_kind: str, book_id: str, query: Any
) -> None:
    kind = "alone" if store_kind == "sqlite" else "shared"
    process = start(kind)
    until(lambda: is_under_way(store, book_id))
    process.terminate()
    _, said = process.communicate(timeout=8)
    assert (process.returncode, said) == (0, b"")
    assert store.books.get(book_id).status == "PROCESSING"
    [(owner, attempts, done)] = query("SELECT owner, attempts, pages_done FROM ingestions")
    # It left nothing to wait for, and all that it had done.
    assert (owner, attempts) == ("", 0)
    assert done > 0
    start(kind)
    assert_complete(query, ended(store, book_id), PAGES)


def test_it_goes_on_where_it_was(store: Store, folder: str, book_id: str, query: Any) -> None:
    ingestion = Ingestion(store, Files(folder), alone=False, pace=Pace(pages=2))
    ingestion.start()
    until(lambda: is_under_way(store, book_id, 20))
    ingestion.stop()
    [(done,)] = query("SELECT pages_done FROM ingestions")
    before = "SELECT count(*) FROM passages WHERE substr(text, 1, 6) = 'marked'"
    query(f"UPDATE passages SET text = 'marked ' || text WHERE {_up_to(query, done)}")
    [(marked,)] = query(before)
    assert marked > done // 2
    again = Ingestion(store, Files(folder), alone=False)
    again.start()
    assert ended(store, book_id).status == "READY"
    again.stop()
    assert query(before) == [(marked,)]


def _up_to(query: Any, page: int) -> str:
    [(number,)] = query("SELECT number FROM books")
    return f"passage_id < {(number << 40) + ((page + 1) << 16)}"


def test_claims(store: Store, folder: str, book_id: str) -> None:
    """One owner at a time, by leases; what is over cannot be kept."""
    soon = datetime.now(UTC) + timedelta(seconds=60)
    claims = store.ingestions
    first = claims.claim("one", lease_until=soon)
    assert first is not None
    assert (first.book_id, first.attempts, first.pages_done) == (book_id, 1, 0)
    assert claims.claim("two", lease_until=soon) is None
    assert claims.renew(first, lease_until=soon - timedelta(seconds=120), pages_done=7)
    second = claims.claim("two", lease_until=soon)
    assert second is not None
    assert (second.attempts, second.pages_done) == (2, 7)
    # The first has lost it, and can neither keep, postpone nor end it.
    assert not claims.renew(first, lease_until=soon, pages_done=9)
    claims.postpone(first, until=soon - timedelta(seconds=120), forgiven=True)
    claims.end(first)
    assert claims.claim("three", lease_until=soon) is None
    claims.postpone(second, until=datetime.now(UTC) - timedelta(seconds=1), forgiven=True)
    third = claims.claim("three", lease_until=soon)
    assert third is not None
    assert (third.attempts, third.pages_done) == (2, 7)
    claims.forfeit()
    fourth = claims.claim("four", lease_until=soon)
    assert fourth is not None
    store.books.fail(book_id, "No.")
    assert not claims.renew(fourth, lease_until=soon, pages_done=9)
    store.books.retry(book_id)
    claims.forget(book_id)
    fifth = claims.claim("five", lease_until=soon)
    assert fifth is not None
    assert (fifth.attempts, fifth.pages_done) == (1, 0)
