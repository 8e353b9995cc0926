"""Books: their way from PROCESSING to READY or FAILED, and out again."""

from __future__ import annotations

import itertools
import uuid
from typing import Any

import pytest

from palaver.errors import BookExists, BookNotFailed, BookNotFound, IdempotencyKeyReused
from palaver.store import BookRecord, NewPassage, Once, Store
from tests.store.together import at_once

_numbers = itertools.count()


def add(store: Store, sha256: str | None = None, **given: Any) -> BookRecord:
    """A new book; what is not said is made up."""
    values: dict[str, Any] = {
        "title": "A Book",
        "file_name": "book.pdf",
        "format": "pdf",
        "media_type": "application/pdf",
        "size": 3,
        "created_by": "ann",
    }
    return store.books.create(sha256=sha256 or f"sha {next(_numbers)}", **{**values, **given})


def publish(store: Store, book: BookRecord, *texts: str) -> BookRecord:
    """Put a page for each text, and make the book READY."""
    passages = [NewPassage(page, text, text.split()) for page, text in enumerate(texts, 1)]
    store.passages.put(book.book_id, first_page=1, last_page=max(1, len(texts)), passages=passages)
    store.passages.publish(book.book_id, page_count=len(texts), passage_count=len(texts))
    return store.books.get(book.book_id)


def test_a_book_is_returned_as_it_was_created(store: Store) -> None:
    made = add(store, "abc", title="Title", author="Author", size=2**40)
    assert uuid.UUID(made.book_id).version == 7
    assert made == BookRecord(
        made.book_id, "Title", "Author", "book.pdf", "pdf", "application/pdf", "abc", 2**40,
        "PROCESSING", None, 0, 0, 0, "ann", made.created_at, made.created_at,
    )  # fmt: skip
    assert store.books.get(made.book_id) == made
    assert add(store, book_id="mine").book_id == "mine"
    with pytest.raises(ValueError, match="given out once"):
        add(store, book_id="mine")


def test_the_same_bytes_are_one_book_until_it_is_deleted(store: Store) -> None:
    first = add(store, "same")
    with pytest.raises(BookExists) as raised:
        add(store, "same")
    assert raised.value.book_id == first.book_id
    store.books.delete(first.book_id)
    second = add(store, "same")
    assert second.book_id != first.book_id


def test_of_many_who_upload_the_same_one_succeeds(store: Store) -> None:
    def upload() -> str:
        try:
            return "made " + add(store, "same").book_id
        except BookExists as error:
            return "exists " + error.book_id

    said = at_once([upload] * 8)
    (made,) = (each.split()[1] for each in said if each.startswith("made"))
    assert sorted(said) == sorted([f"made {made}", *[f"exists {made}"] * 7])


def test_an_upload_that_bears_a_key_is_done_once(store: Store) -> None:
    once = Once("ann", "key", "print")
    made = add(store, "x", once=once)
    assert add(store, "x", once=once) == made
    with pytest.raises(IdempotencyKeyReused):
        add(store, "x", once=Once("ann", "key", "other"))


def progress(store: Store, book_id: str, percent: int) -> None:
    """A page comes in, and so much of the book is in with it."""
    store.passages.put(book_id, first_page=1, last_page=1, passages=[], percent=percent)


def test_progress_never_goes_back(store: Store) -> None:
    book = add(store)
    for percent, expected in ((10, 10), (5, 10), (60, 60), (-3, 60), (250, 100)):
        progress(store, book.book_id, percent)
        assert store.books.get(book.book_id).progress == expected


def test_a_failed_book_says_why_and_can_be_tried_again(store: Store) -> None:
    book = add(store)
    progress(store, book.book_id, 40)
    failed = store.books.fail(book.book_id, "The file is encrypted.")
    assert (failed.status, failed.reason) == ("FAILED", "The file is encrypted.")
    assert store.books.fail(book.book_id, "The file is encrypted.").status == "FAILED"
    with pytest.raises(BookNotFound):
        progress(store, book.book_id, 50)
    again = store.books.retry(book.book_id)
    assert (again.status, again.reason, again.progress) == ("PROCESSING", None, 0)
    with pytest.raises(BookNotFailed):
        store.books.retry(book.book_id)
    ready = publish(store, book, "some text")
    assert (ready.status, ready.progress) == ("READY", 100)
    with pytest.raises(BookNotFailed):
        store.books.retry(book.book_id)
    with pytest.raises(BookNotFound):
        store.books.fail(book.book_id, "too late")
    assert store.books.get(book.book_id) == ready


def test_a_book_is_ready_only_when_it_is_published(store: Store) -> None:
    assert not store.books.any_ready()
    book = add(store)
    assert not store.books.any_ready()
    publish(store, book, "text")
    assert store.books.any_ready()
    store.books.delete(book.book_id)
    assert not store.books.any_ready()


@pytest.mark.parametrize("unknown", ["", "none", "a\0b", "\ud800", "x" * 100_000, None])
def test_an_unknown_or_deleted_book_is_not_found(store: Store, unknown: str | None) -> None:
    if unknown is None:
        unknown = add(store).book_id
        store.books.delete(unknown)
    for call in (
        store.books.get,
        store.books.delete,
        store.books.retry,
        lambda book_id: store.books.fail(book_id, "x"),
        lambda book_id: store.passages.put(book_id, first_page=1, last_page=1, passages=[]),
        lambda book_id: store.passages.publish(book_id, page_count=0, passage_count=0),
    ):
        with pytest.raises(BookNotFound):
            call(unknown)


@pytest.mark.parametrize("limit", [1, 2, 5, 9])
def test_pages_are_all_books_in_order_without_deleted_ones(store: Store, limit: int) -> None:
    books = [add(store) for _ in range(7)]
    store.books.delete(books.pop(3).book_id)
    found: list[BookRecord] = []
    cursor = None
    while True:
        page = store.books.page(limit=limit, cursor=cursor)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    assert found == books
    with pytest.raises(ValueError, match="at least one"):
        store.books.page(limit=0, cursor=None)
