"""Operations of the tag ``books``: the library that answers are made from."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from palaver.auth.principal import Principal
from palaver.contract.reply import Reply
from palaver.errors import FilesUnavailable, PassageNotFound
from palaver.handlers import shapes
from palaver.handlers.backend import Backend
from palaver.handlers.idempotency import once
from palaver.handlers.keeping import check_keeper
from palaver.models import Book, BookPage, Passage

CHUNK_BYTES = 1 << 20

log = logging.getLogger(__name__)


def list_books(
    *, principal: Principal, backend: Backend, limit: int, cursor: str | None
) -> BookPage:
    """List the books in the order of their upload."""
    page = backend.store.books.page(limit=limit, cursor=cursor)
    return BookPage(
        books=[shapes.book(record) for record in page.items], next_cursor=page.next_cursor
    )


def upload_book(
    *,
    principal: Principal,
    backend: Backend,
    idempotency_key: str | None,
    body: dict[str, Any],
) -> Reply[Book]:
    """Store a file and have it taken in."""
    check_keeper(principal)
    file = body["file"]
    title, author = body.get("title"), body.get("author")
    with _files(), backend.ingestion.receive(most=backend.largest_upload) as upload:
        while chunk := file.file.read(CHUNK_BYTES):
            upload.write(chunk)
        key = once(
            idempotency_key,
            principal,
            "upload_book",
            file_name=file.filename,
            sha256=upload.sha256,
            title=title,
            author=author,
        )
        book = backend.ingestion.add(
            upload,
            file_name=file.filename,
            title=title,
            author=author,
            created_by=principal.subject,
            once=key,
        )
    return Reply(shapes.book(book), headers={"Location": f"/api/v1/books/{book.book_id}"})


@contextmanager
def _files() -> Iterator[None]:
    """Say of whatever fails with files that they cannot be used: FilesUnavailable."""
    try:
        yield
    except OSError as error:
        log.warning("the files of books cannot be used: %r", error)
        raise FilesUnavailable("The files of books cannot be used at the moment.") from None


def get_book(*, principal: Principal, backend: Backend, book_id: str) -> Book:
    """Read a book's state."""
    return shapes.book(backend.store.books.get(book_id))


def delete_book(*, principal: Principal, backend: Backend, book_id: str) -> None:
    """Delete a book, its file and what was found in it."""
    check_keeper(principal)
    with _files():
        backend.ingestion.delete(book_id)


def retry_book(*, principal: Principal, backend: Backend, book_id: str) -> Book:
    """Take in a book anew that failed."""
    check_keeper(principal)
    return shapes.book(backend.ingestion.retry(book_id))


def get_passage(
    *, principal: Principal, backend: Backend, book_id: str, passage_id: str
) -> Passage:
    """Read a passage of a book that is READY."""
    found = backend.store.passages.get(int(passage_id))
    if found.book_id != book_id:
        raise PassageNotFound("The book has no passage with this id.")
    return shapes.passage(found)
