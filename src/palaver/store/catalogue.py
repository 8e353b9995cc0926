"""What the catalogues of agents and profiles share: read by all, changed by their maker."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Final, Generic, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Table,
    bindparam,
    delete,
    select,
    update,
)

from palaver.errors import PalaverError
from palaver.store import cursors
from palaver.store.database import Database
from palaver.store.records import Page, cut, now_micros, window

Key = TypeVar("Key", str, int)
Record = TypeVar("Record")

CHANGEABLE: Final = frozenset({"name", "description", "instructions"})


class Catalogue(ABC, Generic[Key, Record]):
    """A catalogue over one table; the subclass says which, and makes its entries.

    ``viewer`` is the id of the user who asks; None is an administrator. Every method raises
    StoreUnavailable when the database fails.
    """

    table: ClassVar[Table]
    key: ClassVar[ColumnElement[Any]]
    # The column, numbered by the database, in whose order the entries are listed.
    order: ClassVar[ColumnElement[Any]]
    columns: ClassVar[tuple[ColumnElement[Any], ...]]
    missing: ClassVar[type[PalaverError]]
    forbidden: ClassVar[type[PalaverError]]
    noun: ClassVar[str]

    def __init__(self, database: Database) -> None:
        self._database = database
        found = self.key == bindparam("key")
        self._get = select(*self.columns).where(found)
        self._lock = self._get.with_for_update()
        self._delete = delete(self.table).where(found)
        self._page = (
            select(self.order, *self.columns)
            .where(self.order > bindparam("after", type_=BigInteger))
            .order_by(self.order)
            .limit(bindparam("limit", type_=BigInteger))
        )

    def get(self, key: Key) -> Record:
        """The entry with this id. Raises AgentNotFound or ProfileNotFound."""
        self._check_key(key)
        with self._database.reading() as connection:
            row = connection.execute(self._get, {"key": key}).first()
        if row is None:
            raise self._not_found()
        return self._record(row)

    def update(self, key: Key, *, changes: Mapping[str, str | None], viewer: str | None) -> Record:
        """Change the named fields (of name, description, instructions); return the entry after it.

        A field that is not named keeps its value; None empties it. Raises AgentNotFound or
        ProfileNotFound, AgentForbidden or ProfileForbidden for anybody but the maker and an
        administrator, and ValueError for a field that cannot be changed so.
        """
        if not changes.keys() <= CHANGEABLE or ("name" in changes and changes["name"] is None):
            raise ValueError("only name, description and instructions can change; a name must stay")
        self._check_key(key)

        def work(connection: Connection) -> Record:
            self._lock_own(connection, key, viewer)
            statement = (
                update(self.table)
                .where(self.key == bindparam("key"))
                .values(updated_at=now_micros(), **changes)
                .returning(*self.columns)
            )
            return self._record(connection.execute(statement, {"key": key}).one())

        return self._database.write(work)

    def delete(self, key: Key, *, viewer: str | None) -> None:
        """Delete the entry; sessions keep the name they copied from it. Raises as ``update``."""
        self._check_key(key)

        def work(connection: Connection) -> None:
            self._lock_own(connection, key, viewer)
            connection.execute(self._delete, {"key": key})

        self._database.write(work)

    def page(self, *, limit: int, cursor: str | None) -> Page[Record]:
        """Up to ``limit`` entries in the order in which they were made.

        ``cursor`` is the ``next_cursor`` of the page before. Raises InvalidCursor, and ValueError
        for a ``limit`` below 1.
        """
        if limit < 1:
            raise ValueError("a page has at least one place")
        limit, _ = window(limit, 0)
        name = f"{self.noun}s"
        after = 0 if cursor is None else cursors.decode_number(name, cursor=cursor)
        with self._database.reading() as connection:
            found = connection.execute(self._page, {"after": after, "limit": limit + 1}).all()
        rows, more = cut(found, limit)
        following = cursors.encode_number(name, position=rows[-1][0]) if more else None
        return Page([self._record(row[1:]) for row in rows], following)

    def _lock_own(self, connection: Connection, key: Key, viewer: str | None) -> None:
        row = connection.execute(self._lock, {"key": key}).first()
        if row is None:
            raise self._not_found()
        if viewer is not None and row.created_by != viewer:
            raise self.forbidden(f"Only the {self.noun}'s creator may change it.")

    def _not_found(self) -> PalaverError:
        return self.missing(f"{self.noun.capitalize()} not found")

    @abstractmethod
    def _check_key(self, key: Key) -> None:
        """Raise the not-found error for a key that no row can have."""

    @abstractmethod
    def _record(self, row: Any) -> Record:
        """The record of a row."""
