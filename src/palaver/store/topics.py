"""The catalogue of topics: what people may talk about, by an id of the administrator's choice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import BigInteger, bindparam, delete, select, text

from palaver.errors import TopicNotFound
from palaver.store import cursors
from palaver.store.database import Database
from palaver.store.records import Page, TopicRecord, cut, is_storable, moment, now_micros, window
from palaver.store.tables import topics as _table

_c: Final = _table.c
_COLUMNS: Final = (_c.topic_id, _c.title, _c.search_terms, _c.created_at, _c.updated_at)
_IS_TOPIC: Final = _c.topic_id == bindparam("of_topic")
_GET: Final = select(*_COLUMNS).where(_IS_TOPIC)
_PAGE: Final = (
    select(*_COLUMNS)
    .where(_c.topic_id > bindparam("after"))
    .order_by(_c.topic_id)
    .limit(bindparam("limit", type_=BigInteger))
)
# Both stores spell it so.
_PUT: Final = text(
    "INSERT INTO topics (topic_id, title, search_terms, created_at, updated_at)"
    " VALUES (:topic_id, :title, :search_terms, :now, :now)"
    " ON CONFLICT (topic_id) DO UPDATE SET title = excluded.title,"
    " search_terms = excluded.search_terms, updated_at = excluded.updated_at"
    " RETURNING topic_id, title, search_terms, created_at, updated_at"
)
_DELETE: Final = delete(_table).where(_IS_TOPIC)

_decode_terms: Final = msgspec.json.Decoder(tuple[str, ...]).decode


class Topics:
    """The topics of a store. Every method raises StoreUnavailable when the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, topic_id: str, *, title: str, search_terms: Sequence[str]) -> TopicRecord:
        """Store a topic, or change it, and return it. The id must be one that can be stored."""
        values = {
            "topic_id": topic_id,
            "title": title,
            "search_terms": msgspec.json.encode(list(search_terms)).decode(),
            "now": now_micros(),
        }
        return self._database.write(
            lambda connection: _record(connection.execute(_PUT, values).one())
        )

    def get(self, topic_id: str) -> TopicRecord:
        """The topic with this id. Raises TopicNotFound."""
        _check_id(topic_id)
        with self._database.reading() as connection:
            row = connection.execute(_GET, {"of_topic": topic_id}).first()
        if row is None:
            raise TopicNotFound("Topic not found")
        return _record(row)

    def page(self, *, limit: int, cursor: str | None) -> Page[TopicRecord]:
        """Up to ``limit`` topics in the order of their ids.

        ``cursor`` is the ``next_cursor`` of the page before. Raises InvalidCursor, and ValueError
        for a ``limit`` below 1.
        """
        if limit < 1:
            raise ValueError("a page has at least one place")
        limit, _ = window(limit, 0)
        after = "" if cursor is None else cursors.decode_moment("topics", cursor=cursor)[1]
        with self._database.reading() as connection:
            found = connection.execute(_PAGE, {"after": after, "limit": limit + 1}).all()
        rows, more = cut(found, limit)
        following = None
        if more:
            following = cursors.encode_moment("topics", micros=0, item=rows[-1].topic_id)
        return Page([_record(row) for row in rows], following)

    def delete(self, topic_id: str) -> None:
        """Delete a topic; sessions keep its id as a label. Raises TopicNotFound."""
        _check_id(topic_id)
        deleted = self._database.write(
            lambda connection: connection.execute(_DELETE, {"of_topic": topic_id}).rowcount
        )
        if not deleted:
            raise TopicNotFound("Topic not found")


def _check_id(topic_id: str) -> None:
    if not is_storable(topic_id):
        raise TopicNotFound("Topic not found")


def _record(row: Any) -> TopicRecord:
    topic_id, title, search_terms, created_at, updated_at = row
    return TopicRecord(
        topic_id, title, _decode_terms(search_terms), moment(created_at), moment(updated_at)
    )
