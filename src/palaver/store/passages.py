"""The passages of books: how they come in, become searchable as one, and go again.

All of it happens in steps that may be repeated and that are short, so that an ingestion can be
taken up where it was left, and other writers never wait long.
"""

from __future__ import annotations

import functools
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeVar

from sqlalchemy import (
    BigInteger,
    Connection,
    bindparam,
    delete,
    func,
    insert,
    select,
    text,
    tuple_,
    update,
)

from palaver.errors import BookNotFound, PassageNotFound
from palaver.store.books import advance, check_id, not_found
from palaver.store.database import Database
from palaver.store.records import FoundPassage, NewPassage, is_storable_number, now_micros
from palaver.store.tables import book_terms, books
from palaver.store.tables import passages as _table
from palaver.store.terms import TermCounts

T = TypeVar("T")

# How an id is put together. 63 bits leave room for eight million books in the life of a store.
_PART_BITS: Final = 16
_PAGE_BITS: Final = 24
BOOK_SHIFT: Final = _PART_BITS + _PAGE_BITS
MAX_PAGE: Final = 2**_PAGE_BITS - 1
MAX_PARTS: Final = 2**_PART_BITS

# So many rows are read or written in one go when a book is made ready.
_ROWS_AT_ONCE: Final = 2000

_id: Final = _table.c.passage_id
_FROM: Final = bindparam("from_id", type_=BigInteger)
_BEFORE: Final = bindparam("before_id", type_=BigInteger)
_LIMIT: Final = bindparam("limit", type_=BigInteger)

_PROCESSING: Final = select(books.c.number).where(
    books.c.book_id == bindparam("of_book"), books.c.status == text("'PROCESSING'")
)
_IN_RANGE: Final = (_id >= _FROM, _id < _BEFORE)
_COUNT: Final = select(func.count()).select_from(_table).where(*_IN_RANGE)
_TOKENS: Final = select(_id, _table.c.tokens).where(*_IN_RANGE).order_by(_id).limit(_LIMIT)
_READY: Final = (
    update(books)
    .where(books.c.number == bindparam("of_number"), books.c.status == text("'PROCESSING'"))
    .values(
        status="READY",
        progress=100,
        page_count=bindparam("pages"),
        passage_count=bindparam("count"),
        updated_at=bindparam("now"),
    )
)
_GET: Final = (
    select(_table.c.text, books.c.book_id, books.c.title)
    .join(books, books.c.number == bindparam("of_number", type_=BigInteger))
    .where(_id == bindparam("of_passage", type_=BigInteger), books.c.status == text("'READY'"))
)
_STATUS: Final = select(books.c.status).where(books.c.book_id == bindparam("of_book"))

# FTS5 keeps no copy of the tokens, and must be told those of the rows that go.
_UNINDEX: Final = text(
    "INSERT INTO passage_index (passage_index, rowid, tokens) SELECT 'delete', passage_id, tokens"
    " FROM passages WHERE passage_id IN :ids"
).bindparams(bindparam("ids", expanding=True))
_INDEX: Final = text(
    "INSERT INTO passage_index (rowid, tokens) SELECT passage_id, tokens FROM passages"
    " WHERE passage_id >= :from_id AND passage_id < :before_id"
)
_DELETE: Final = delete(_table).where(_id.in_(bindparam("ids", expanding=True)))
_IDS: Final = select(_id).where(*_IN_RANGE).order_by(_id).limit(_LIMIT)

# Two who sweep do not do the same work, and none waits for the other.
_LITTER: Final = (
    select(books.c.number, books.c.status)
    .where(text("litter"))
    .order_by(books.c.number)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_TERMS: Final = select(book_terms.c.book, book_terms.c.term).where(
    book_terms.c.book == bindparam("of_number")
)
_DELETE_TERMS: Final = delete(book_terms).where(
    tuple_(book_terms.c.book, book_terms.c.term).in_(_TERMS.limit(_LIMIT))
)
_KEEP: Final = text(
    "INSERT INTO book_terms (book, term, passages) VALUES (:book, :term, :passages)"
    " ON CONFLICT (book, term) DO UPDATE SET passages = excluded.passages"
)
# All at once: there are as many as the book has words.
_POSTGRES_KEEP: Final = text(
    "INSERT INTO book_terms (book, term, passages) SELECT :book, term, passages"
    " FROM unnest(CAST(:terms AS text[]), CAST(:counts AS bigint[])) AS counted (term, passages)"
    " ON CONFLICT (book, term) DO UPDATE SET passages = excluded.passages"
)
_DELETE_BOOK: Final = delete(books).where(books.c.number == bindparam("of_number"))
_CLEAN: Final = update(books).where(books.c.number == bindparam("of_number")).values(litter=False)


class Passages:
    """The passages of a store's books. Every method raises StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database

    def get(self, passage_id: int) -> FoundPassage:
        """The passage with this id. Raises PassageNotFound, also if its book is not READY.

        An id is that of the same passage for as long as the book is there.
        """
        number, page = book_and_page(passage_id)
        values = {"of_passage": passage_id, "of_number": number}
        row = None
        if is_storable_number(passage_id):
            with self._database.reading() as connection:
                row = connection.execute(_GET, values).first()
        if row is None:
            raise PassageNotFound("Passage not found")
        return FoundPassage(passage_id, row.book_id, row.title, page, row.text)

    def put(
        self,
        book_id: str,
        *,
        first_page: int,
        last_page: int,
        passages: Sequence[NewPassage],
        percent: int = 0,
    ) -> None:
        """Store the passages of a range of pages, in place of what was stored of these before.

        They are the pages' passages in order. ``percent`` is the book's progress with them. So a
        range that is put twice is there once; no page may be spread over two ranges. Raises
        BookNotFound if there is no such book that is PROCESSING, and ValueError for pages outside
        of the range, or beyond what can be numbered.
        """
        check_id(book_id)
        parts = _parts(passages, first_page, last_page)

        def work(connection: Connection) -> None:
            advance(connection, book_id, percent)
            number = connection.execute(_PROCESSING, {"of_book": book_id}).scalar_one()
            bounds = _range(number, first_page, last_page)
            stored = connection.execute(_IDS, {**bounds, "limit": 2**62}).scalars().all()
            self._remove(connection, stored)
            rows = [
                {
                    "passage_id": (number << BOOK_SHIFT) + part,
                    "text": each.text,
                    "tokens": " ".join(each.tokens),
                    "embedding": each.embedding,
                }
                for part, each in parts
            ]
            if rows:
                connection.execute(insert(_table), rows)
                if self._database.is_sqlite:
                    connection.execute(_INDEX, bounds)

        self._database.write(work)

    def publish(
        self, book_id: str, *, page_count: int, passage_count: int, terms: TermCounts | None = None
    ) -> None:
        """Make a book READY, whose passages are all in; only from then on is it searched.

        ``terms`` are those of all its passages; without them, they are read from the store. May be
        repeated. Raises BookNotFound if there is no such book that is PROCESSING or READY,
        ValueError if the store has not as many passages of it as it should have, and ``OSError`` if
        there is no room for temporary files.
        """
        check_id(book_id)
        try:
            with TermCounts() as read:
                self._publish(book_id, page_count, passage_count, terms or read, terms is None)
        except BookNotFound:
            # Somebody may have been quicker.
            with self._database.reading() as connection:
                status = connection.execute(_STATUS, {"of_book": book_id}).scalar()
            if status != "READY":
                raise

    def _publish(
        self, book_id: str, page_count: int, passage_count: int, terms: TermCounts, is_read: bool
    ) -> None:
        with self._database.reading() as connection:
            number = connection.execute(_PROCESSING, {"of_book": book_id}).scalar()
            if number is None:
                raise not_found()
            if is_read:
                _read_terms(connection, number, terms)
        for some in _chunks(terms.sums()):
            self._database.write(
                functools.partial(self._keep, book_id=book_id, number=number, terms=some)
            )
        values = {
            "of_number": number,
            "pages": page_count,
            "count": passage_count,
            "now": now_micros(),
        }

        def work(connection: Connection) -> None:
            if connection.execute(_READY, values).rowcount == 0:
                raise not_found()
            stored = connection.execute(_COUNT, _bounds(number)).scalar_one()
            if stored != passage_count:
                raise ValueError(f"{stored} passages are stored of {passage_count}")

        self._database.write(work)

    def sweep(self, limit: int) -> int:
        """Remove up to ``limit`` rows of what deleted and failed books left; return how many.

        0 means that nothing is left to remove. Each call is one short transaction.
        """
        return self._database.write(lambda connection: self._sweep(connection, limit))

    def _sweep(self, connection: Connection, limit: int) -> int:
        while (book := connection.execute(_LITTER).first()) is not None:
            number, status = book
            bounds = {**_bounds(number), "limit": limit}
            ids = connection.execute(_IDS, bounds).scalars().all()
            if ids:
                self._remove(connection, ids)
                return len(ids)
            values = {"of_number": number, "limit": limit}
            removed = connection.execute(_DELETE_TERMS, values).rowcount
            if removed:
                return removed
            done = _DELETE_BOOK if status == "DELETED" else _CLEAN
            connection.execute(done, {"of_number": number})
        return 0

    def _remove(self, connection: Connection, ids: Sequence[int]) -> None:
        if ids:
            if self._database.is_sqlite:
                connection.execute(_UNINDEX, {"ids": ids})
            connection.execute(_DELETE, {"ids": ids})

    def _keep(
        self, connection: Connection, *, book_id: str, number: int, terms: list[tuple[str, int]]
    ) -> None:
        advance(connection, book_id, 0)
        if self._database.is_sqlite:
            rows = [{"book": number, "term": term, "passages": count} for term, count in terms]
            connection.execute(_KEEP, rows)
            return
        names, counts = zip(*terms, strict=True)
        values = {"book": number, "terms": list(names), "counts": list(counts)}
        connection.execute(_POSTGRES_KEEP, values)


def book_and_page(passage_id: int) -> tuple[int, int]:
    """The number of the book and the page that a passage's id is made of."""
    return passage_id >> BOOK_SHIFT, (passage_id >> _PART_BITS) & MAX_PAGE


def _read_terms(connection: Connection, number: int, terms: TermCounts) -> None:
    """Count the terms of the book's passages, read in pieces."""
    bounds = {**_bounds(number), "limit": _ROWS_AT_ONCE}
    while True:
        rows = connection.execute(_TOKENS, bounds).all()
        for _, tokens in rows:
            terms.add(tokens.split())
        if len(rows) < _ROWS_AT_ONCE:
            return
        bounds["from_id"] = rows[-1][0] + 1


def _parts(
    given: Sequence[NewPassage], first_page: int, last_page: int
) -> list[tuple[int, NewPassage]]:
    """The passages, each with what its page and its place on the page add to its id."""
    if not 1 <= first_page <= last_page <= MAX_PAGE:
        raise ValueError(f"no book has pages from {first_page} to {last_page}")
    counts: Counter[int] = Counter()
    found = []
    for each in given:
        part = counts[each.page]
        counts[each.page] += 1
        if not first_page <= each.page <= last_page or part >= MAX_PARTS:
            raise ValueError(f"passage {part} of page {each.page} cannot be stored here")
        found.append(((each.page << _PART_BITS) + part, each))
    return found


def _range(number: int, first_page: int, last_page: int) -> dict[str, int]:
    book = number << BOOK_SHIFT
    return {
        "from_id": book + (first_page << _PART_BITS),
        "before_id": book + ((last_page + 1) << _PART_BITS),
    }


def _bounds(number: int) -> dict[str, int]:
    return {"from_id": number << BOOK_SHIFT, "before_id": (number + 1) << BOOK_SHIFT}


def _chunks(items: Iterable[T]) -> Iterator[list[T]]:
    left = iter(items)
    while some := list(itertools.islice(left, _ROWS_AT_ONCE)):
        yield some
