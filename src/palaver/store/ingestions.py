"""The ingestions of books: who works on which, for how long, and how far it is.

That a book is to be ingested is said by its status alone, which is written with the book itself: so
there is no moment at which a book waits and nobody knows. Here stands who has taken it up. A claim
is a lease: an owner that dies stops renewing it, and then anybody may claim the book.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Connection,
    Text,
    bindparam,
    delete,
    func,
    or_,
    select,
    text,
    update,
)

from palaver.store.books import check_id
from palaver.store.database import Database
from palaver.store.records import Claim, micros_of, now_micros
from palaver.store.tables import books
from palaver.store.tables import ingestions as _table

_c: Final = _table.c
_NOW: Final = bindparam("now", type_=BigInteger)
_OWNER: Final = bindparam("of_owner", type_=Text)

_IS_PROCESSING: Final = books.c.status == text("'PROCESSING'")
# A book of which another transaction does something has an owner.
_FREE: Final = (
    select(books.c.number, books.c.book_id, books.c.file_name)
    .outerjoin(_table, _c.book == books.c.number)
    .where(_IS_PROCESSING, or_(_c.book.is_(None), _c.lease_until < _NOW))
    .order_by(books.c.number)
    .limit(1)
    .with_for_update(of=books, skip_locked=True)
)
# Both stores spell it so. It changes nothing if the book was claimed since it was looked for.
_TAKE: Final = text(
    "INSERT INTO ingestions (book, owner, lease_until, attempts, pages_done)"
    " VALUES (:book, :owner, :until, 1, 0) ON CONFLICT (book) DO UPDATE SET"
    " owner = excluded.owner, lease_until = excluded.lease_until,"
    " attempts = ingestions.attempts + 1 WHERE ingestions.lease_until < :now"
    " RETURNING attempts, pages_done"
)
_BOOK: Final = select(books.c.number).where(books.c.book_id == bindparam("of_book"))
_WAITS: Final = select(books.c.number).where(books.c.number == _c.book, _IS_PROCESSING).exists()
_RENEW: Final = (
    update(_table)
    .where(_c.owner == _OWNER, _c.book == _BOOK.scalar_subquery(), _WAITS)
    .values(lease_until=bindparam("until"), pages_done=bindparam("pages"))
)
_POSTPONE: Final = (
    update(_table)
    .where(_c.owner == _OWNER, _c.book == _BOOK.scalar_subquery())
    .values(
        owner="",
        lease_until=bindparam("until"),
        attempts=_c.attempts - bindparam("forgiven", type_=BigInteger),
    )
)
_FORGET: Final = delete(_table).where(_c.book == _BOOK.scalar_subquery())
_END: Final = _FORGET.where(_c.owner == _OWNER)
_DESCRIBE: Final = (
    update(books)
    .where(books.c.book_id == bindparam("of_book"), _IS_PROCESSING)
    .values(
        format=bindparam("is_format"),
        media_type=bindparam("is_media_type"),
        author=func.coalesce(books.c.author, bindparam("says_author", type_=Text)),
    )
)
_FORFEIT: Final = update(_table).values(lease_until=0)


class Ingestions:
    """The ingestions of a store's books. Every method raises StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database

    def claim(self, owner: str, *, lease_until: datetime) -> Claim | None:
        """Take up the oldest book that waits and that nobody works on; None if there is none.

        ``owner`` is a new name for each claim.
        """
        now = now_micros()

        def work(connection: Connection) -> Claim | None:
            while (book := connection.execute(_FREE, {"now": now}).first()) is not None:
                values = {
                    "book": book.number,
                    "owner": owner,
                    "until": micros_of(lease_until),
                    "now": now,
                }
                row = connection.execute(_TAKE, values).first()
                if row is not None:
                    return Claim(book.book_id, book.file_name, owner, *row)
            return None

        return self._database.write(work)

    def renew(self, claim: Claim, *, lease_until: datetime, pages_done: int) -> bool:
        """Keep a claim, and say how far it is; false if somebody else has it, or it is over.

        It is over when the book was deleted, is READY or FAILED.
        """
        until = micros_of(lease_until)
        return self._change(_RENEW, claim, until=until, pages=pages_done) > 0

    def describe(self, book_id: str, *, format: str, media_type: str, author: str | None) -> None:
        """Say what the file of a book turned out to be; the author only if there is none yet."""
        values = {
            "of_book": book_id,
            "is_format": format,
            "is_media_type": media_type,
            "says_author": author,
        }
        self._database.write(lambda connection: connection.execute(_DESCRIBE, values))

    def postpone(self, claim: Claim, *, until: datetime, forgiven: bool) -> None:
        """Give a claim back, so that the book is not claimed before ``until``.

        One that is ``forgiven`` does not count as an attempt.
        """
        self._change(_POSTPONE, claim, until=micros_of(until), forgiven=int(forgiven))

    def end(self, claim: Claim) -> None:
        """Forget a claim that came to its end."""
        self._change(_END, claim)

    def forget(self, book_id: str) -> None:
        """Forget whatever was done about a book: whoever works on it has lost it."""
        check_id(book_id)
        self._database.write(lambda connection: connection.execute(_FORGET, {"of_book": book_id}))

    def forfeit(self) -> None:
        """End all leases; for a process that knows that nobody else is there."""
        self._database.write(lambda connection: connection.execute(_FORFEIT))

    def _change(self, statement: Any, claim: Claim, **values: Any) -> int:
        values |= {"of_owner": claim.owner, "of_book": claim.book_id}
        return self._database.write(
            lambda connection: int(connection.execute(statement, values).rowcount)
        )
