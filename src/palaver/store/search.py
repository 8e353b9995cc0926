"""Asking the index: which passages hold which terms. What is best of them is not decided here.

Terms reach the index as they are, each in quotes, so that none is an operator; they must be tokens.
Only passages of books that are READY are found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Double,
    Integer,
    any_,
    bindparam,
    cast,
    func,
    literal,
    literal_column,
    select,
    text,
    union_all,
)
from sqlalchemy.dialects import postgresql

from palaver.store.database import Database
from palaver.store.passages import BOOK_SHIFT, book_and_page
from palaver.store.records import Candidate, FoundPassage, Frequencies
from palaver.store.tables import book_terms, books
from palaver.store.tables import passages as _table

# A constant, because PostgreSQL shifts by an integer and takes a parameter for a bigint.
_SHIFT: Final = literal_column(str(BOOK_SHIFT), Integer)
_IS_READY: Final = books.c.status == text("'READY'")
_TOTAL: Final = select(func.coalesce(func.sum(books.c.passage_count), 0)).where(_IS_READY)
_FREQUENCIES: Final = (
    select(book_terms.c.term, func.sum(book_terms.c.passages))
    .join(books, books.c.number == book_terms.c.book)
    .where(_IS_READY, book_terms.c.term.in_(bindparam("terms", expanding=True)))
    .group_by(book_terms.c.term)
)
# `rank` is bm25. The subselect ends as soon as it has enough; the tokens are read for those alone.
_BEST: Final = text(
    "SELECT passages.passage_id, passages.tokens, passages.embedding FROM ("
    " SELECT rowid AS found FROM passage_index WHERE passage_index MATCH :query"
    " AND (rowid >> :shift) IN (SELECT number FROM books WHERE status = 'READY')"
    " ORDER BY rank LIMIT :limit) JOIN passages ON passages.passage_id = found"
)
# As the index on PostgreSQL spells it.
_VECTOR: Final[ColumnElement[Any]] = literal_column(
    "array_to_tsvector(string_to_array(tokens, ' '))"
)
# An array, which is made once: a join with `books` may be planned as one look into the index for
# each book.
_READY_BOOKS: Final = func.array(select(books.c.number).where(_IS_READY).scalar_subquery())
_TEXTS: Final = (
    select(_table.c.passage_id, _table.c.text, books.c.book_id, books.c.title)
    .select_from(_table)
    .join(books, books.c.number == _table.c.passage_id.bitwise_rshift(_SHIFT))
    .where(_IS_READY, _table.c.passage_id.in_(bindparam("ids", expanding=True)))
)


class Search:
    """The index of a store's passages. Every method raises StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def frequencies(self, terms: Sequence[str]) -> Frequencies:
        """How many passages there are, and in how many of them each of the terms stands."""
        with self._database.reading() as connection:
            total = connection.execute(_TOTAL).scalar_one()
            rows = connection.execute(_FREQUENCIES, {"terms": list(terms)}).all()
        return Frequencies(int(total), {term: int(count) for term, count in rows})

    def candidates(
        self, weights: Mapping[str, float], *, limit: int, within: Sequence[str] = ()
    ) -> list[Candidate]:
        """Up to ``limit`` passages that hold one of the terms, those that promise most.

        What promises most is left to the store: the sum of the weights of the terms that a passage
        holds, or bm25. ``within``: only passages that hold one of these terms too.
        """
        if not weights:
            return []
        with self._database.reading() as connection:
            if self._database.is_sqlite:
                rows = _best_on_sqlite(connection, list(weights), limit, within)
            else:
                rows = _best_on_postgres(connection, weights, limit, within)
        return [Candidate(*row) for row in rows]

    def texts(self, passage_ids: Sequence[int]) -> list[FoundPassage]:
        """The passages with these ids, in the same order, without those that are gone."""
        with self._database.reading() as connection:
            rows = connection.execute(_TEXTS, {"ids": list(passage_ids)}).all()
        found = {
            row.passage_id: FoundPassage(
                row.passage_id, row.book_id, row.title, book_and_page(row.passage_id)[1], row.text
            )
            for row in rows
        }
        return [found[each] for each in passage_ids if each in found]


def _any_of(terms: Sequence[str]) -> str:
    """The query of FTS5 for passages that hold one of the terms."""
    return " OR ".join(f'"{term}"' for term in terms)


def _best_on_sqlite(
    connection: Connection, terms: Sequence[str], limit: int, within: Sequence[str]
) -> Sequence[Any]:
    query = _any_of(terms)
    if within:
        query = f"({query}) AND ({_any_of(within)})"
    return connection.execute(_BEST, {"query": query, "shift": BOOK_SHIFT, "limit": limit}).all()


def _best_on_postgres(
    connection: Connection, weights: Mapping[str, float], limit: int, within: Sequence[str]
) -> Sequence[Any]:
    """One look into the index for each term, the weights added up by passage.

    The rank functions of PostgreSQL do not know how rare a word is, and would read every passage's
    tokens; this reads the index, and the tokens of what is best.
    """
    looks = union_all(
        *(
            select(
                _table.c.passage_id.label("found"), literal(weight, Double).label("weight")
            ).where(_holds_any([term]))
            for term, weight in weights.items()
        )
    ).subquery()
    best = select(looks.c.found).where(looks.c.found.bitwise_rshift(_SHIFT) == any_(_READY_BOOKS))
    if within:
        best = best.where(looks.c.found.in_(select(_table.c.passage_id).where(_holds_any(within))))
    best = (
        best.group_by(looks.c.found)
        .order_by(func.sum(looks.c.weight).desc(), looks.c.found)
        .limit(limit)
    )
    chosen = best.subquery()
    statement = select(_table.c.passage_id, _table.c.tokens, _table.c.embedding).join(
        chosen, chosen.c.found == _table.c.passage_id
    )
    return connection.execute(statement).all()


def _holds_any(terms: Sequence[str]) -> ColumnElement[bool]:
    query = " | ".join(f"'{term}'" for term in terms)
    return _VECTOR.bool_op("@@")(cast(literal(query), postgresql.TSQUERY))
