"""Messages: appending to a session and reading its history."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import BigInteger, Connection, Select, bindparam, case, insert, update
from uuid_utils import uuid7

from palaver.errors import AgentNotInTeam, NotATeamSession
from palaver.models import Role
from palaver.store import cursors
from palaver.store.database import Database
from palaver.store.message_lists import (
    BATCH_BYTES,
    FROM_END,
    FROM_START,
    POSTGRES_BATCH,
    SUMMARIES,
    WIDTH,
    WITH_SESSION,
    message_record,
)
from palaver.store.records import (
    HistoryPage,
    MessageRecord,
    Once,
    SessionRecord,
    is_storable,
    now_micros,
    window,
)
from palaver.store.session_lists import COLUMNS as SESSION_COLUMNS
from palaver.store.session_lists import session_record
from palaver.store.sessions import check_access, not_found
from palaver.store.tables import messages as table
from palaver.store.tables import session_agents as participants
from palaver.store.tables import sessions

_LIST: Final = "messages"
_SEQ: Final = itemgetter(1)
_CONTENT: Final = 3

_now: Final = bindparam("now", type_=BigInteger)
# A clock that was set back, or a writer that waited for the row, must not turn time around.
LATEST: Final = case((sessions.c.last_activity > _now, sessions.c.last_activity), else_=_now)

# This locks the session's row, so appends to one session take turns, and a delete waits for them.
_COUNT_UP: Final = (
    update(sessions)
    .where(sessions.c.session_id == bindparam("id"))
    .values(
        message_count=sessions.c.message_count + 1,
        last_activity=LATEST,
        updated_at=LATEST,
    )
    .returning(*SESSION_COLUMNS)
)
_TOUCH_PARTICIPANTS: Final = (
    update(participants)
    .where(participants.c.session_id == bindparam("id"))
    .values(last_activity=bindparam("activity"))
)
_INSERT: Final = insert(table)


def add_message(
    connection: Connection,
    session_id: str,
    *,
    viewer: str | None,
    role: Role,
    content: str,
    agent_id: str | None = None,
    summary: bool = False,
    team_only: bool = False,
    run_id: str | None = None,
) -> tuple[SessionRecord, MessageRecord]:
    """Add a message in the connection's transaction, and lock the session until that ends.

    Returns the session as it then is, and the message. Raises as ``Messages.append``.
    """
    if not is_storable(session_id):
        raise not_found()
    row = connection.execute(_COUNT_UP, {"id": session_id, "now": now_micros()}).first()
    if row is None:
        raise not_found()
    session = session_record(row)
    check_access(session.owner, viewer)
    if team_only:
        _check_team(session.kind)
    agent_name = None if agent_id is None else _name_in(session.agents, agent_id)
    if session.agents:
        activity = {"id": session_id, "activity": row.last_activity}
        connection.execute(_TOUCH_PARTICIPANTS, activity)
    message = MessageRecord(
        str(uuid7()),
        session.message_count - 1,
        role,
        content,
        agent_id,
        agent_name,
        summary,
        session.last_activity,
        "complete",
        run_id,
    )
    connection.execute(
        _INSERT,
        {
            "session_id": session_id,
            "seq": message.seq,
            "message_id": message.message_id,
            "role": role,
            "content": content,
            "agent_id": agent_id,
            "agent_name": agent_name,
            "summary": summary,
            "created_at": row.last_activity,
            "status": message.status,
            "run_id": run_id,
        },
    )
    return session, message


class Messages:
    """The messages of a store's sessions.

    ``viewer`` is the id of the user who asks; None is an administrator. Every method raises
    SessionNotFound, SessionForbidden, and StoreUnavailable when the database fails.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(
        self,
        session_id: str,
        *,
        viewer: str | None,
        role: Role,
        content: str,
        agent_id: str | None = None,
        summary: bool = False,
        team_only: bool = False,
        once: Once | None = None,
    ) -> MessageRecord:
        """Add a message at the end of the session; return it once it is durable.

        With an ``agent_id`` the message carries the name that the agent has in the session. Raises
        NotATeamSession (only with ``team_only``), AgentNotInTeam and IdempotencyKeyReused.
        """

        def work(connection: Connection) -> MessageRecord:
            _, message = add_message(
                connection,
                session_id,
                viewer=viewer,
                role=role,
                content=content,
                agent_id=agent_id,
                summary=summary,
                team_only=team_only,
            )
            return message

        return self._database.write(work, once=once, result=MessageRecord)

    def history(
        self, session_id: str, *, viewer: str | None, limit: int, skip: int, team_only: bool = False
    ) -> HistoryPage:
        """``limit`` messages after the first ``skip``, oldest first, and the total.

        Raises NotATeamSession (only with ``team_only``).
        """
        limit, skip = window(limit, skip)
        kind, page = self._read(FROM_START, session_id, viewer, skip, skip + limit)
        if team_only:
            _check_team(kind)
        return page

    def recent(self, session_id: str, *, viewer: str | None, limit: int, skip: int) -> HistoryPage:
        """The newest ``limit`` messages before the last ``skip``, oldest first, and the total."""
        limit, skip = window(limit, skip)
        _, page = self._read(FROM_END, session_id, viewer, skip + limit, skip)
        return page

    def with_session(
        self, session_id: str, *, viewer: str | None, limit: int, skip: int
    ) -> tuple[SessionRecord, HistoryPage]:
        """The session and the page that ``history`` gives, as they were at the same moment."""
        limit, skip = window(limit, skip)
        rows = self._rows(WITH_SESSION, session_id, skip, skip + limit)
        record = session_record(rows[0][WIDTH:])
        check_access(record.owner, viewer)
        return record, _page(rows, record.message_count)

    def read(
        self, session_id: str, *, viewer: str | None, start_seq: int, stop_seq: int, batch: int
    ) -> Iterator[list[MessageRecord]]:
        """The messages with ``start_seq`` <= seq < ``stop_seq``, in lists of up to ``batch``.

        A list is shorter when its messages are long: the last one begins within ``BATCH_BYTES``.
        Never more than one list is in memory, and no connection is held between two of them. The
        first is read by this call itself, so that its errors come before an answer has begun. Ends
        early where the session does; raises SessionNotFound if it is deleted meanwhile.
        """
        if batch < 1:
            raise ValueError("a batch has at least one place")
        first = self._batch(session_id, viewer, start_seq, _stop(start_seq, stop_seq, batch))

        def batches(items: list[MessageRecord]) -> Iterator[list[MessageRecord]]:
            position = start_seq
            while items:
                position += len(items)
                yield items
                # Nothing is kept while the next list is read.
                items = []
                if position < stop_seq:
                    stop = _stop(position, stop_seq, batch)
                    items = self._batch(session_id, viewer, position, stop)

        return batches(first)

    def summaries(self, session_id: str, *, before_seq: int, limit: int) -> list[MessageRecord]:
        """The newest ``limit`` summaries before ``before_seq``, oldest first.

        Whoever asks has been let into the session already; one that is gone has none.
        """
        limit, before_seq = window(limit, before_seq)
        if not is_storable(session_id):
            return []
        values = {"id": session_id, "before": before_seq, "limit": limit}
        with self._database.reading() as connection:
            rows = connection.execute(SUMMARIES, values).all()
        return [message_record(row) for row in reversed(rows)]

    def make_cursor(self, session_id: str, seq: int) -> str:
        """The cursor of a page of this session's messages that begins at ``seq``."""
        return cursors.encode_number(_LIST, session_id, position=seq)

    def cursor_seq(self, session_id: str, cursor: str) -> int:
        """The seq at which the cursor's page begins. Raises InvalidCursor."""
        return cursors.decode_number(_LIST, session_id, cursor=cursor)

    def _batch(
        self, session_id: str, viewer: str | None, first: int, last: int
    ) -> list[MessageRecord]:
        if self._database.is_sqlite:
            rows = self._rows(FROM_START, session_id, first, last, within=BATCH_BYTES)
        else:
            rows = self._rows(POSTGRES_BATCH, session_id, first, last)
        owner, _, total = rows[0][WIDTH:]
        check_access(owner, viewer)
        return _page(rows, total).items

    def _read(
        self, statement: Select[Any], session_id: str, viewer: str | None, first: int, last: int
    ) -> tuple[str, HistoryPage]:
        rows = self._rows(statement, session_id, first, last)
        owner, kind, total = rows[0][WIDTH:]
        check_access(owner, viewer)
        return kind, _page(rows, total)

    def _rows(
        self,
        statement: Select[Any],
        session_id: str,
        first: int,
        last: int,
        *,
        within: int | None = None,
    ) -> Sequence[Any]:
        if not is_storable(session_id):
            raise not_found()
        values = {"id": session_id, "first": first, "last": last}
        with self._database.reading() as connection:
            result = connection.execute(statement, values)
            rows = result.all() if within is None else _take(result, within)
        if not rows:
            raise not_found()
        return rows


def _take(result: Iterable[Any], most: int) -> list[Any]:
    """The rows up to the one whose content makes it ``most`` bytes; SQLite reads no further."""
    rows = []
    size = 0
    for row in result:
        rows.append(row)
        size += sys.getsizeof(row[_CONTENT])
        if size >= most:
            break
    return rows


def _page(rows: Sequence[Any], total: int) -> HistoryPage:
    if rows[0].seq is None:
        return HistoryPage([], total)
    # Both stores read the range in order, but an ORDER BY across the join makes PostgreSQL sort it,
    # on disk when it is long. Sorting what is sorted is only a glance at each row.
    return HistoryPage([message_record(row) for row in sorted(rows, key=_SEQ)], total)


def _stop(start: int, stop: int, batch: int) -> int:
    return max(start, min(start + batch, stop))


def _check_team(kind: str) -> None:
    if kind == "standalone":
        raise NotATeamSession("The session is not a team session.")


def _name_in(agents: Sequence[tuple[str, str]], agent_id: str) -> str:
    for each, name in agents:
        if each == agent_id:
            return name
    raise AgentNotInTeam("The agent takes no part in the session.")
