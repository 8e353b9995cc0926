"""Runs: the turns of sessions, who works on them, and how they end."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Connection,
    and_,
    bindparam,
    case,
    insert,
    select,
    update,
)
from uuid_utils import uuid7

from palaver.errors import NoReadyBooks, RunEnded, RunNotFound, SessionBusy
from palaver.store import message_lists, session_lists
from palaver.store.books import any_ready
from palaver.store.database import Database
from palaver.store.message_lists import message_record
from palaver.store.messages import add_message
from palaver.store.notices import CANCEL, notify
from palaver.store.records import (
    Lost,
    MessageRecord,
    Once,
    RunRecord,
    RunWrite,
    Started,
    is_storable,
    micros_of,
    moment,
    now_micros,
    window,
)
from palaver.store.run_events import expire_events, read_events
from palaver.store.run_writes import (
    IN_PROGRESS,
    IS_RUNNING,
    LAST_LOGGED,
    check_writes,
    places,
    write_part,
    write_parts,
)
from palaver.store.session_lists import session_record
from palaver.store.sessions import check_access, not_found
from palaver.store.tables import messages, sessions
from palaver.store.tables import runs as table

_COLUMNS: Final = (
    table.c.run_id,
    table.c.session_id,
    table.c.status,
    table.c.user_message_id,
    table.c.error_code,
    table.c.error_detail,
    table.c.created_at,
    table.c.ended_at,
    case((IS_RUNNING, LAST_LOGGED), else_=table.c.last_event_id).label("last_event_id"),
    table.c.cancel_requested,
)
_WIDTH: Final = len(_COLUMNS)

_INSERT: Final = insert(table)
_RUNNING_OF: Final = select(table.c.run_id).where(table.c.session_id == bindparam("id"), IS_RUNNING)
# The session beside the run: one statement says whether either is there, and whose it is.
_GET: Final = (
    select(*_COLUMNS, sessions.c.owner)
    .select_from(
        sessions.outerjoin(
            table,
            and_(
                table.c.session_id == sessions.c.session_id,
                table.c.run_id == bindparam("of_run"),
            ),
        )
    )
    .where(sessions.c.session_id == bindparam("id"))
)
_STARTED: Final = (
    select(*_COLUMNS, *message_lists.COLUMNS, *session_lists.COLUMNS)
    .select_from(
        table.join(sessions, sessions.c.session_id == table.c.session_id).join(
            messages,
            and_(
                messages.c.session_id == table.c.session_id,
                messages.c.seq == table.c.user_seq,
            ),
        )
    )
    .where(table.c.run_id == bindparam("of_run"))
)
_LAST_MESSAGE: Final = (
    select(*message_lists.COLUMNS)
    .join(
        table,
        and_(
            table.c.session_id == messages.c.session_id,
            table.c.user_seq < messages.c.seq,
            table.c.run_id == messages.c.run_id,
        ),
    )
    .where(table.c.run_id == bindparam("of_run"))
    .order_by(messages.c.seq.desc())
    .limit(1)
)
_CANCEL: Final = (
    update(table)
    .where(table.c.run_id == bindparam("of_run"), table.c.session_id == bindparam("id"), IS_RUNNING)
    .values(cancel_requested=True)
)
# In the order in which everybody locks runs.
_OWNED: Final = (
    select(table.c.run_id, table.c.cancel_requested)
    .where(table.c.owner == bindparam("of_owner"), IS_RUNNING)
    .order_by(table.c.run_id)
    .with_for_update(key_share=True)
)
_RENEW: Final = (
    update(table)
    .where(table.c.run_id.in_(bindparam("ids", expanding=True)))
    .values(lease_until=bindparam("until", type_=BigInteger))
)
_ABANDONED: Final = select(*_COLUMNS).where(IS_RUNNING).limit(bindparam("limit", type_=BigInteger))
_OTHERS: Final = _ABANDONED.where(table.c.owner != bindparam("of_owner"))
_LAPSED: Final = _ABANDONED.where(
    table.c.lease_until <= bindparam("now", type_=BigInteger)
).order_by(table.c.lease_until)


class Runs:
    """The runs of a store's sessions.

    ``viewer`` is the id of the user who asks; None is an administrator. ``owner`` is the id of the
    process that works on a run. Every method raises StoreUnavailable when the database fails.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(
        self,
        session_id: str,
        *,
        viewer: str | None,
        content: str,
        owner: str,
        lease_until: datetime,
        once: Once | None = None,
        needs_books: bool = False,
    ) -> Started:
        """Add the user's message to the session, and a run that is to answer it.

        With the key of an earlier request nothing is added: that request's run is returned as it is
        now. Raises SessionNotFound, SessionForbidden, SessionBusy while a run of the session is
        running, IdempotencyKeyReused, and NoReadyBooks where it ``needs_books``.
        """
        made: list[Started] = []

        def work(connection: Connection) -> str:
            # Of several at once, all but one wait for the session here, and then find it busy.
            run_id = str(uuid7())
            session, message = add_message(
                connection, session_id, viewer=viewer, role="user", content=content, run_id=run_id
            )
            running = connection.scalar(_RUNNING_OF, {"id": session_id})
            if needs_books and not any_ready(connection):
                raise NoReadyBooks("No book is READY.")
            if running is not None:
                raise SessionBusy("A turn of the session is still running.", run_id=running)
            now = now_micros()
            connection.execute(
                _INSERT,
                {
                    "run_id": run_id,
                    "session_id": session_id,
                    "status": "running",
                    "user_message_id": message.message_id,
                    "user_seq": message.seq,
                    "owner": owner,
                    "lease_until": micros_of(lease_until),
                    "cancel_requested": False,
                    "created_at": now,
                    "last_event_id": 0,
                    "expired": False,
                },
            )
            run = RunRecord(
                run_id,
                session_id,
                "running",
                message.message_id,
                None,
                None,
                moment(now),
                None,
                0,
                False,
            )
            made.append(Started(run, message, session, True))
            return run_id

        run_id = self._database.write(work, once=once, result=str)
        return made[0] if made else self._started(run_id, viewer)

    def get(self, session_id: str, run_id: str, *, viewer: str | None) -> RunRecord:
        """The run of the session. Raises SessionNotFound, SessionForbidden and RunNotFound."""
        _check_ids(session_id, run_id)
        with self._database.reading() as connection:
            return _get(connection, session_id, run_id, viewer)

    def write(
        self, batch: Sequence[RunWrite], *, owner: str, takeover: bool = False
    ) -> list[int | Lost | None]:
        """Write the next events of runs, with their effects; all are durable when this returns.

        Says of each write, in order: the seq of the message that it began, or None, or Lost, where
        nothing was written, because the run is no longer the owner's, has ended or is gone. With
        ``takeover`` it need not be the owner's. After a StoreUnavailable, which may come from a
        commit that took place, the owner may write the same again: what is there already counts as
        written. Raises ValueError for a write that no store could hold (``check_writes``), and then
        writes nothing.
        """
        texts = check_writes(batch)
        if not batch:
            return []

        def work(connection: Connection) -> list[int | Lost | None]:
            outcomes: list[int | Lost | None] = []
            for part, some in write_parts(batch, texts):
                outcomes += write_part(connection, part, some, owner=owner, takeover=takeover)
            return outcomes

        return self._database.write(work)

    def events(self, run_id: str, *, after: int, limit: int) -> list[tuple[int, bytes]]:
        """The run's events, each with its id, that follow the one with the id ``after``.

        About ``limit`` of them: a few more where they were written together. None where they are
        not written yet, or no longer kept.
        """
        limit, after = window(limit, after)
        if not limit or not is_storable(run_id):
            return []
        with self._database.reading() as connection:
            return read_events(connection, run_id, after, limit)

    def renew(
        self, owner: str, lease_until: datetime, *, only: Collection[str] | None = None
    ) -> list[str]:
        """Extend the leases of the owner's running runs, or ``only`` of those with these ids.

        Returns the ids of all that it owns and that somebody wants cancelled.
        """

        def work(connection: Connection) -> list[str]:
            owned = connection.execute(_OWNED, {"of_owner": owner}).all()
            ids = [row[0] for row in owned if only is None or row[0] in only]
            if ids:
                values = {"ids": places(ids), "until": micros_of(lease_until)}
                connection.execute(_RENEW, values)
            return [run_id for run_id, cancel in owned if cancel]

        return self._database.write(work)

    def request_cancel(self, session_id: str, run_id: str, *, viewer: str | None) -> RunRecord:
        """Ask the owner of the run to cancel it; return the run.

        Raises SessionNotFound, SessionForbidden, RunNotFound, and RunEnded.
        """
        _check_ids(session_id, run_id)

        def work(connection: Connection) -> RunRecord:
            _get(connection, session_id, run_id, viewer)
            values = {"id": session_id, "of_run": run_id}
            if connection.execute(_CANCEL, values).rowcount == 0:
                raise RunEnded("The run has ended.")
            if not self._database.is_sqlite:
                notify(connection, CANCEL, [run_id])
            return _get(connection, session_id, run_id, viewer)

        return self._database.write(work)

    def abandoned(self, *, owner: str, everything: bool, limit: int) -> list[RunRecord]:
        """Up to ``limit`` running runs whose leases have lapsed, whoever owns them.

        With ``everything``, which is for an embedded store at start, those of all other owners,
        whatever their leases say.
        """
        values: dict[str, Any] = {"limit": limit}
        values |= {"of_owner": owner} if everything else {"now": now_micros()}
        with self._database.reading() as connection:
            rows = connection.execute(_OTHERS if everything else _LAPSED, values).all()
        return [_record(row) for row in rows]

    def last_message(self, run_id: str) -> MessageRecord | None:
        """The last message of the run's answer, if there is any."""
        with self._database.reading() as connection:
            row = connection.execute(_LAST_MESSAGE, {"of_run": run_id}).first()
        return None if row is None else message_record(row)

    def messages_in_progress(self, run_id: str) -> list[tuple[str, int]]:
        """The id and seq of each message that the run began and has not finished."""
        with self._database.reading() as connection:
            rows = connection.execute(IN_PROGRESS, {"of_run": run_id}).all()
        return [(message_id, seq) for message_id, seq in rows]

    def expire(self, ended_before: datetime, limit: int) -> int:
        """Delete events, not the rows, of runs that ended earlier; the runs that ended first first.

        Deletes up to ``limit`` chunks, and returns how many it was: with 0 there are none left.
        """

        before = micros_of(ended_before)
        return self._database.write(lambda connection: expire_events(connection, before, limit))

    def _started(self, run_id: str, viewer: str | None) -> Started:
        with self._database.reading() as connection:
            row = connection.execute(_STARTED, {"of_run": run_id}).first()
        if row is None:
            raise not_found()
        session = session_record(row[_WIDTH + message_lists.WIDTH :])
        check_access(session.owner, viewer)
        return Started(_record(row), message_record(row[_WIDTH:]), session, False)


def _check_ids(session_id: str, run_id: str) -> None:
    if not is_storable(session_id):
        raise not_found()
    if not is_storable(run_id):
        raise _run_not_found()


def _get(connection: Connection, session_id: str, run_id: str, viewer: str | None) -> RunRecord:
    row = connection.execute(_GET, {"id": session_id, "of_run": run_id}).first()
    if row is None:
        raise not_found()
    check_access(row[_WIDTH], viewer)
    if row[0] is None:
        raise _run_not_found()
    return _record(row)


def _run_not_found() -> RunNotFound:
    return RunNotFound("The session has no such run.")


def _record(row: Sequence[Any]) -> RunRecord:
    (
        run_id,
        session_id,
        status,
        user_message_id,
        error_code,
        error_detail,
        created_at,
        ended_at,
        last_event_id,
        cancel_requested,
    ) = row[:_WIDTH]
    return RunRecord(
        run_id,
        session_id,
        status,
        user_message_id,
        error_code,
        error_detail,
        moment(created_at),
        None if ended_at is None else moment(ended_at),
        last_event_id,
        cancel_requested,
    )
