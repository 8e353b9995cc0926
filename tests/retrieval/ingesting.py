"""What tests of ingestion share: books of known text, waiting, and what must be in the store."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from palaver.retrieval.ingest import Ingestion
from palaver.retrieval.passages import pieces
from palaver.retrieval.tokens import tokens_of
from palaver.store import BookRecord, Store
from palaver.store.passages import book_and_page

PATIENCE = 60.0


def pages_of(name: str, count: int) -> list[str]:
    """The pages of a book, each of which says its number; some take two passages."""
    line = "The quick brown fox of {name} jumps over lazy dog {n} near the bank of river {n}. "
    return [
        f"Page {n}. " + line.format(name=name, n=n) * (30 if n % 7 else 3)
        for n in range(1, count + 1)
    ]


def text_file(pages: list[str]) -> bytes:
    """A plain text with these pages."""
    return "\f".join(pages).encode()


def upload(ingestion: Ingestion, content: bytes, file_name: str = "book.txt") -> BookRecord:
    """Upload a file as clients do."""
    with ingestion.receive(most=len(content)) as incoming:
        incoming.write(content)
        return ingestion.add(incoming, file_name=file_name, created_by="ann")


def until(condition: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """Wait for what other threads and processes do, and return what the condition said."""
    deadline = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.01)
    return result


def ended(store: Store, book_id: str) -> BookRecord:
    """The book, once it is READY or FAILED."""

    def look() -> BookRecord | None:
        book = store.books.get(book_id)
        return None if book.status == "PROCESSING" else book

    book: BookRecord = until(look)
    return book


def assert_complete(query: Any, book: BookRecord, pages: list[str]) -> None:
    """Every passage of the only book is stored, each once, and what it is found by is counted."""
    rows = query("SELECT passage_id, text FROM passages ORDER BY passage_id")
    expected = [(n, piece) for n, page in enumerate(pages, 1) for piece in pieces(page)]
    assert [(book_and_page(number)[1], text) for number, text in rows] == expected
    terms = Counter(term for _, text in expected for term in set(tokens_of(text)))
    assert dict(query("SELECT term, passages FROM book_terms")) == terms
    assert (book.status, book.progress) == ("READY", 100)
    assert (book.page_count, book.passage_count) == (len(pages), len(expected))
