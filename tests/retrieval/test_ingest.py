"""Books on their way in, within one process."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from palaver.errors import BookExists, BookNotFailed, BookNotFound
from palaver.retrieval.extract import Limits
from palaver.retrieval.files import Files
from palaver.retrieval.ingest import FILE_GONE, INTERRUPTED, MOST_ATTEMPTS, Ingestion
from palaver.retrieval.intake import Pace
from palaver.retrieval.passages import pieces
from palaver.retrieval.tokens import tokens_of
from palaver.store import Limits as StoreLimits
from palaver.store import NewPassage, Once, Store, open_store
from tests.retrieval.book_files import (
    PAGES_WITHIN_THEMSELVES,
    archive,
    chapter,
    epub,
    pdf,
    pdf_file,
    scanned_pdf,
)
from tests.retrieval.ingesting import (
    assert_complete,
    ended,
    pages_of,
    text_file,
    until,
    upload,
)

Make = Callable[..., Ingestion]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the originals are."""
    return tmp_path / "files"


@pytest.fixture
def make(store: Store, folder: Path) -> Iterator[Make]:
    """An ingestion with some options, which still has to be started."""
    made: list[Ingestion] = []

    def make(**options: Any) -> Ingestion:
        options = {"alone": True, "tick_seconds": 0.2, "retry_seconds": 0.1, **options}
        made.append(Ingestion(store, Files(str(folder)), **options))
        return made[-1]

    yield make
    for each in made:
        each.stop()


@pytest.fixture
def ingestion(make: Make) -> Ingestion:
    """One that runs."""
    ingestion = make()
    ingestion.start()
    return ingestion


def memory() -> int:
    """The bytes of memory that this process has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_a_book_becomes_ready(ingestion: Ingestion, store: Store, query: Any) -> None:
    pages = pages_of("x", 250)
    book = upload(ingestion, text_file(pages), "C:\\books\\A Tale.txt")
    assert (book.status, book.title, book.file_name) == ("PROCESSING", "A Tale", "A Tale.txt")
    assert_complete(query, ended(store, book.book_id), pages)
    until(lambda: query("SELECT * FROM ingestions") == [])


def test_a_book_says_what_it_is(ingestion: Ingestion, store: Store) -> None:
    book = upload(ingestion, pdf(["One page of text."]), "misnamed.txt")
    assert book.format == "text"
    book = ended(store, book.book_id)
    assert (book.status, book.format, book.media_type) == ("READY", "pdf", "application/pdf")


def test_progress_goes_up(make: Make, store: Store) -> None:
    ingestion = make(pace=Pace(pages=1))
    ingestion.start()
    book_id = upload(ingestion, text_file(pages_of("x", 400))).book_id
    seen = [0]
    while store.books.get(book_id).status == "PROCESSING":
        seen.append(store.books.get(book_id).progress)
    assert seen == sorted(seen)
    assert len(set(seen)) > 8


def test_the_same_file_twice(ingestion: Ingestion, folder: Path) -> None:
    first = upload(ingestion, b"The same words.", "one.txt")
    with pytest.raises(BookExists) as error:
        upload(ingestion, b"The same words.", "two.txt")
    assert error.value.book_id == first.book_id
    assert [each.name for each in folder.iterdir()] == [first.book_id]


def test_an_upload_that_is_repeated(ingestion: Ingestion, folder: Path) -> None:
    made = []
    for _ in range(2):
        with ingestion.receive(most=100) as incoming:
            incoming.write(b"Some words.")
            made.append(
                ingestion.add(
                    incoming, file_name="a.txt", created_by="ann", once=Once("ann", "key", "same")
                )
            )
    assert made[0] == made[1]
    assert [each.name for each in folder.iterdir()] == [made[0].book_id]


@pytest.mark.parametrize("name", ["", "..", "/", "a\0b\ud800\n.pdf", "x" * 300 + ".epub"])
def test_names_of_files(ingestion: Ingestion, name: str) -> None:
    kept = upload(ingestion, name.encode(errors="replace") + b"text", name).file_name
    assert kept.isprintable()
    assert 0 < len(kept) <= 255
    assert kept.endswith((".pdf", ".epub", "book"))


def test_hostile_files_do_no_harm(make: Make, store: Store, query: Any) -> None:
    bomb = archive({"word/document.xml": b" " * 200_000_000, "[Content_Types].xml": b"<x/>"})
    hostile = {
        "empty.txt": b"",
        "nul.txt": b"text\0with\0nul" * 100,
        "locked.pdf": pdf(["Secret."], password="secret"),
        "scan.pdf": scanned_pdf(),
        "cut.pdf": pdf(["A page."] * 20)[:300],
        "round.pdf": pdf_file(PAGES_WITHIN_THEMSELVES),
        "nul.epub": bytes(5_000),
        "bomb.docx": bomb,
        "text.pdf": b"No PDF at all.",
        "huge.epub": epub([chapter("<p>" + "word " * 900_000 + "</p>")]),
    }
    ingestion = make(limits=Limits(cpu_seconds=20, unpacked_bytes=50_000_000))
    before = peak = memory()
    ingestion.start()
    good = [upload(ingestion, text_file(pages_of(name, 100))) for name in "ab"]
    books = {name: upload(ingestion, content, name).book_id for name, content in hostile.items()}
    good.append(upload(ingestion, text_file(pages_of("c", 100))))
    while any(store.books.get(each).status == "PROCESSING" for each in books.values()):
        peak = max(peak, memory())
    assert peak - before < 100_000_000
    for name, book_id in books.items():
        book = ended(store, book_id)
        assert book.status == "FAILED", name
        assert book.reason
        assert book.reason.endswith(".")
    for each in good:
        assert ended(store, each.book_id).status == "READY"
    # What failed books brought in before they failed is removed.
    until(lambda: query("SELECT 1 FROM books WHERE litter") == [])
    counts = query("SELECT sum(passage_count) FROM books WHERE status = 'READY'")
    assert query("SELECT count(*) FROM passages") == counts


def test_two_at_a_time(make: Make, store: Store, query: Any) -> None:
    ingestion = make(pace=Pace(pages=5))
    ids = [upload(ingestion, text_file(pages_of(str(n), 60))).book_id for n in range(10)]
    ingestion.start()
    working = set()
    while any(store.books.get(each).status == "PROCESSING" for each in ids):
        working.add(query("SELECT count(*) FROM ingestions")[0][0])
    assert {store.books.get(each).status for each in ids} == {"READY"}
    assert max(working) == 2


def test_deleting_while_it_is_taken_in(make: Make, store: Store, folder: Path, query: Any) -> None:
    ingestion = make(pace=Pace(pages=1))
    ingestion.start()
    book_id = upload(ingestion, text_file(pages_of("x", 3000))).book_id
    until(lambda: store.books.get(book_id).progress >= 1)
    ingestion.delete(book_id)
    with pytest.raises(BookNotFound):
        store.books.get(book_id)
    assert list(folder.iterdir()) == []
    tables = ("ingestions", "passages", "book_terms", "books")
    until(lambda: not any(query(f"SELECT 1 FROM {table} LIMIT 1") for table in tables), 10)
    until(lambda: "ingestion of a book" not in [each.name for each in threading.enumerate()], 5)
    with pytest.raises(BookNotFound):
        ingestion.delete(book_id)
    assert ended(store, upload(ingestion, b"The next book.").book_id).status == "READY"


def test_a_failed_book_is_taken_in_anew(make: Make, store: Store, folder: Path, query: Any) -> None:
    pages = pages_of("x", 20)
    ingestion = make()
    book_id = upload(ingestion, text_file(pages)).book_id
    (folder / book_id).rename(folder.parent / "aside")
    ingestion.start()
    book = ended(store, book_id)
    assert (book.status, book.reason) == ("FAILED", FILE_GONE)
    (folder.parent / "aside").rename(folder / book_id)
    book = ingestion.retry(book_id)
    assert (book.status, book.reason, book.progress) == ("PROCESSING", None, 0)
    assert_complete(query, ended(store, book_id), pages)
    with pytest.raises(BookNotFailed):
        ingestion.retry(book_id)
    with pytest.raises(BookNotFound):
        ingestion.retry("none")


def test_a_book_that_is_never_finished(make: Make, store: Store, query: Any) -> None:
    ingestion = make()
    book_id = upload(ingestion, b"Some words.").book_id
    # As by a server that dies each time.
    query(
        "INSERT INTO ingestions (book, owner, lease_until, attempts, pages_done)"
        f" SELECT number, 'dead', 0, {MOST_ATTEMPTS}, 0 FROM books"
    )
    ingestion.start()
    book = ended(store, book_id)
    assert (book.status, book.reason) == ("FAILED", INTERRUPTED)
    ingestion.retry(book_id)
    assert ended(store, book_id).status == "READY"


def test_a_lost_helper_is_no_fault_of_the_book(make: Make, store: Store, query: Any) -> None:
    """The process that cuts the pages is killed, as by a system without memory."""
    pages = pages_of("x", 500)
    ingestion = make(pace=Pace(pages=2))
    ingestion.start()
    book_id = upload(ingestion, text_file(pages)).book_id
    until(lambda: store.books.get(book_id).progress >= 10)
    killed = 0
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            is_ours = f"PPid:\t{os.getpid()}\n" in (folder / "status").read_text()
            if is_ours and b"palaver.retrieval.cutting" in (folder / "cmdline").read_bytes():
                os.kill(int(folder.name), signal.SIGKILL)
                killed += 1
    assert killed == 1
    assert_complete(query, ended(store, book_id), pages)


def test_the_database_is_away_for_a_while(
    store_url: str,
    store_kind: str,
    folder: Path,
    engine: Engine,
    query: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    # So many that it is not over before the lock is taken.
    pages = pages_of("x", 1500)
    store = open_store(store_url, limits=StoreLimits(lock=0.2))
    ingestion = Ingestion(
        store,
        Files(str(folder)),
        alone=True,
        pace=Pace(pages=2),
        lease_seconds=1,
        tick_seconds=0.2,
        retry_seconds=0.1,
    )
    ingestion.start()
    book_id = upload(ingestion, text_file(pages)).book_id
    until(lambda: store.books.get(book_id).progress >= 1)
    with engine.connect() as connection:
        if store_kind == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql("LOCK TABLE passages, ingestions IN EXCLUSIVE MODE")
        until(lambda: "books wait for the database" in caplog.text)
        assert store.books.get(book_id).status == "PROCESSING"
        connection.rollback()
    assert_complete(query, ended(store, book_id), pages)
    ingestion.stop()
    store.close()
    assert len(caplog.records) == 1


def test_begun_by_a_version_that_cut_otherwise(make: Make, store: Store, query: Any) -> None:
    pages = pages_of("x", 40)
    ingestion = make()
    upload(ingestion, text_file(pages))
    query(
        "INSERT INTO ingestions (book, owner, lease_until, attempts, pages_done)"
        " SELECT number, 'dead', 0, 1, 30 FROM books"
    )
    ingestion.start()
    book = store.books.page(limit=1, cursor=None).items[0]
    assert_complete(query, ended(store, book.book_id), pages)


def test_left_when_all_was_in(make: Make, store: Store, query: Any) -> None:
    """By a process that was killed when there was nothing left to do but to publish."""
    pages = pages_of("x", 40)
    ingestion = make()
    book_id = upload(ingestion, text_file(pages)).book_id
    passages = [
        NewPassage(number, piece, tokens_of(piece))
        for number, page in enumerate(pages, 1)
        for piece in pieces(page)
    ]
    store.passages.put(book_id, first_page=1, last_page=40, passages=passages)
    query(
        "INSERT INTO ingestions (book, owner, lease_until, attempts, pages_done)"
        " SELECT number, 'dead', 0, 1, 40 FROM books"
    )
    query("INSERT INTO book_terms (book, term, passages) SELECT number, 'quick', 7 FROM books")
    ingestion.start()
    assert_complete(query, ended(store, book_id), pages)


def test_the_process_stays_as_it_was(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    handlers = list(logging.getLogger().handlers)
    signals = [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)]
    threads = threading.active_count()
    ingestion = make()
    ingestion.start()
    assert threading.active_count() == threads + 1
    ingestion.stop()
    assert threading.active_count() == threads
    assert logging.getLogger().handlers == handlers
    after = [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)]
    assert after == signals
    assert caplog.records == []
