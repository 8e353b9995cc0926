"""The books: what was uploaded, and how far it is on its way into the library."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import BigInteger, Connection, bindparam, case, select, text, update
from uuid_utils import uuid7

from palaver.errors import BookExists, BookNotFailed, BookNotFound
from palaver.store import cursors
from palaver.store.database import Database
from palaver.store.records import (
    BookRecord,
    Once,
    Page,
    cut,
    is_storable,
    moment,
    now_micros,
    window,
)
from palaver.store.tables import books as table

_c: Final = table.c
_COLUMNS: Final = (
    _c.book_id,
    _c.title,
    _c.author,
    _c.file_name,
    _c.format,
    _c.media_type,
    _c.sha256,
    _c.size,
    _c.status,
    _c.reason,
    _c.progress,
    _c.page_count,
    _c.passage_count,
    _c.created_by,
    _c.created_at,
    _c.updated_at,
)
_NAMES: Final = [each.name for each in _COLUMNS[:-2]]
_IS_THERE: Final = _c.status != text("'DELETED'")
_IS_BOOK: Final = (_c.book_id == bindparam("of_book"), _IS_THERE)
_GET: Final = select(*_COLUMNS).where(*_IS_BOOK)
_BY_CONTENT: Final = select(_c.book_id).where(_c.sha256 == bindparam("of_sha256"), _IS_THERE)
_PAGE: Final = (
    select(_c.number, *_COLUMNS)
    .where(_c.number > bindparam("after", type_=BigInteger), _IS_THERE)
    .order_by(_c.number)
    .limit(bindparam("limit", type_=BigInteger))
)
_ANY_READY: Final = select(_c.number).where(text("status = 'READY'")).limit(1)
_ANY_PROCESSING: Final = select(_c.number).where(text("status = 'PROCESSING'")).limit(1)
# Both stores spell it so. On PostgreSQL it waits for whoever is storing the same bytes.
_INSERT: Final = text(
    "INSERT INTO books (book_id, title, author, file_name, format, media_type, sha256, size,"
    " status, reason, progress, page_count, passage_count, litter, created_by, created_at,"
    " updated_at) VALUES (:book_id, :title, :author, :file_name, :format, :media_type, :sha256,"
    " :size, 'PROCESSING', NULL, 0, 0, 0, false, :created_by, :now, :now)"
    " ON CONFLICT DO NOTHING RETURNING book_id"
)
_AT_LEAST: Final = bindparam("at_least", type_=BigInteger)
_PROGRESS: Final = (
    update(table)
    .where(*_IS_BOOK, _c.status == text("'PROCESSING'"))
    .values(
        progress=case((_c.progress < _AT_LEAST, _AT_LEAST), else_=_c.progress),
        updated_at=bindparam("now"),
    )
)


class Books:
    """The books of a store. Every method raises StoreUnavailable when the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self,
        *,
        title: str,
        file_name: str,
        format: str,
        media_type: str,
        sha256: str,
        size: int,
        created_by: str,
        author: str | None = None,
        book_id: str | None = None,
        once: Once | None = None,
    ) -> BookRecord:
        """Store a new book, as PROCESSING, and return it; without an id it gets a new UUIDv7.

        Raises BookExists, with its id, if a book has the same ``sha256``; IdempotencyKeyReused; and
        ValueError if the id is taken.
        """
        values: dict[str, Any] = {
            "book_id": str(uuid7()) if book_id is None else book_id,
            "title": title,
            "author": author,
            "file_name": file_name,
            "format": format,
            "media_type": media_type,
            "sha256": sha256,
            "size": size,
            "created_by": created_by,
            "now": now_micros(),
        }

        def work(connection: Connection) -> BookRecord:
            while connection.execute(_INSERT, values).first() is None:
                same = connection.execute(_BY_CONTENT, {"of_sha256": sha256}).scalar()
                if same is not None:
                    raise BookExists("The library has this book already.", book_id=same)
                if _taken(connection, values["book_id"]):
                    raise ValueError("the id of a book is given out once")
                # The other book was deleted in between.
            row = connection.execute(_GET, {"of_book": values["book_id"]}).one()
            return _record(row)

        return self._database.write(work, once=once, result=BookRecord)

    def get(self, book_id: str) -> BookRecord:
        """The book with this id. Raises BookNotFound."""
        check_id(book_id)
        with self._database.reading() as connection:
            row = connection.execute(_GET, {"of_book": book_id}).first()
        if row is None:
            raise not_found()
        return _record(row)

    def page(self, *, limit: int, cursor: str | None) -> Page[BookRecord]:
        """Up to ``limit`` books in the order in which they were uploaded.

        ``cursor`` is the ``next_cursor`` of the page before. Raises InvalidCursor, and ValueError
        for a ``limit`` below 1.
        """
        if limit < 1:
            raise ValueError("a page has at least one place")
        limit, _ = window(limit, 0)
        after = 0 if cursor is None else cursors.decode_number("books", cursor=cursor)
        with self._database.reading() as connection:
            found = connection.execute(_PAGE, {"after": after, "limit": limit + 1}).all()
        rows, more = cut(found, limit)
        following = cursors.encode_number("books", position=rows[-1][0]) if more else None
        return Page([_record(row[1:]) for row in rows], following)

    def any_ready(self) -> bool:
        """Whether there is a book that can be searched."""
        with self._database.reading() as connection:
            return any_ready(connection)

    def any_processing(self) -> bool:
        """Whether there is a book that is on its way."""
        with self._database.reading() as connection:
            return connection.execute(_ANY_PROCESSING).first() is not None

    def fail(self, book_id: str, reason: str) -> BookRecord:
        """End the ingestion with a reason that people understand; what is in will be swept.

        May be repeated. Raises BookNotFound if there is no such book, or it is READY.
        """
        changes = {"status": "FAILED", "reason": reason, "litter": True}
        return self._change(book_id, ("PROCESSING", "FAILED"), changes, not_found())

    def retry(self, book_id: str) -> BookRecord:
        """Make a book that FAILED one that is PROCESSING, from its beginning.

        Raises BookNotFound, and BookNotFailed.
        """
        changes = {"status": "PROCESSING", "reason": None, "progress": 0, "litter": False}
        error = BookNotFailed("Only a book that failed can be ingested again.")
        return self._change(book_id, ("FAILED",), changes, error)

    def delete(self, book_id: str) -> None:
        """Delete a book, whatever its status: from now on it is not found, nor what stands in it.

        What it leaves is removed by ``Passages.sweep``. Raises BookNotFound.
        """
        changes = {"status": "DELETED", "litter": True}
        self._change(book_id, ("PROCESSING", "READY", "FAILED"), changes, not_found())

    def _change(
        self, book_id: str, expected: Sequence[str], changes: dict[str, Any], error: Exception
    ) -> BookRecord:
        """Change the book if its status is an expected one, else raise; return it after that."""
        check_id(book_id)
        statement = (
            update(table)
            .where(_c.book_id == bindparam("of_book"), _c.status.in_(expected))
            .values(updated_at=now_micros(), **changes)
            .returning(*_COLUMNS)
        )

        def work(connection: Connection) -> BookRecord:
            row = connection.execute(statement, {"of_book": book_id}).first()
            if row is not None:
                return _record(row)
            if connection.execute(_GET, {"of_book": book_id}).first() is None:
                raise not_found()
            raise error

        return self._database.write(work)


def advance(connection: Connection, book_id: str, percent: int) -> None:
    """Set the progress of a book, and keep it as it is until the transaction ends.

    Raises BookNotFound if there is no such book that is PROCESSING.
    """
    values = {"of_book": book_id, "at_least": max(0, min(percent, 100)), "now": now_micros()}
    if connection.execute(_PROGRESS, values).rowcount == 0:
        raise not_found()


def any_ready(connection: Connection) -> bool:
    """Whether there is a book that can be searched."""
    return connection.execute(_ANY_READY).first() is not None


def check_id(book_id: str) -> None:
    """Raise BookNotFound for what no book can have as its id."""
    if not is_storable(book_id):
        raise not_found()


def not_found() -> BookNotFound:
    """The error for a book that is not there."""
    return BookNotFound("Book not found")


def _taken(connection: Connection, book_id: str) -> bool:
    statement = select(_c.number).where(_c.book_id == bindparam("of_book"))
    return connection.execute(statement, {"of_book": book_id}).first() is not None


def _record(row: Any) -> BookRecord:
    *values, created_at, updated_at = row
    named: dict[str, Any] = dict(zip(_NAMES, values, strict=True))
    return BookRecord(**named, created_at=moment(created_at), updated_at=moment(updated_at))
