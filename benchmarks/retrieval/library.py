"""A library of the manuals, made as the server makes it: pages, passages, a store with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from palaver.retrieval.extract import Limits, extract
from palaver.retrieval.passages import pieces
from palaver.retrieval.tokens import tokens_of
from palaver.store import NewPassage, Store

PAGES_AT_ONCE = 20


def pages_of(file: Path) -> list[str]:
    """The text of each page of a PDF."""
    texts: dict[int, str] = {}
    for each in extract(file, file.name, limits=Limits()):
        texts[each.page.number] = texts.get(each.page.number, "") + each.page.text
    return [texts.get(number, "") for number in range(1, max(texts) + 1)]


def passages_of(page: int, text: str) -> Iterator[NewPassage]:
    """The passages of a page."""
    for piece in pieces(text):
        yield NewPassage(page, piece, tokens_of(piece))


def add_book(store: Store, title: str, pages: Sequence[str], *, name: str) -> str:
    """Put a book into the store, as an ingestion does; return its id."""
    book = store.books.create(
        title=title, file_name=f"{name}.pdf", format="pdf", media_type="application/pdf",
        sha256=name, size=0, created_by="benchmark",
    )  # fmt: skip
    count = 0
    for first in range(1, len(pages) + 1, PAGES_AT_ONCE):
        last = min(first + PAGES_AT_ONCE - 1, len(pages))
        some = [
            each for page in range(first, last + 1) for each in passages_of(page, pages[page - 1])
        ]
        count += len(some)
        store.passages.put(book.book_id, first_page=first, last_page=last, passages=some)
    store.passages.publish(book.book_id, page_count=len(pages), passage_count=count)
    return book.book_id


def fill(store: Store, books: Mapping[str, tuple[str, Sequence[str]]]) -> dict[str, str]:
    """Put books, each a title and pages by name, into the store; the names by id."""
    return {
        add_book(store, title, pages, name=name): name for name, (title, pages) in books.items()
    }
