"""Sessions: creating, looking up, renaming, deleting and listing them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, get_args

import msgspec
from sqlalchemy import (
    Connection,
    Select,
    bindparam,
    delete,
    insert,
    literal_column,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.exc import IntegrityError
from uuid_utils import uuid7

from palaver.errors import SessionForbidden, SessionNotFound
from palaver.models import SessionType
from palaver.store import cursors
from palaver.store.database import Database
from palaver.store.records import (
    Once,
    Page,
    SessionRecord,
    cut,
    is_storable,
    is_storable_number,
    now_micros,
    window,
)
from palaver.store.session_lists import (
    COLUMNS,
    KindFilter,
    SortKey,
    activity_page,
    agent_list,
    owner_list,
    session_record,
)
from palaver.store.tables import agents as agents_table
from palaver.store.tables import profiles as profiles_table
from palaver.store.tables import runs as runs_table
from palaver.store.tables import session_agents as participants
from palaver.store.tables import sessions as table

KINDS: Final = get_args(SessionType)
DELETE_LIMIT: Final = 1000

_PAGE: Final = "sessions"
_NAMES_AT_ONCE: Final = 8
# An imported id must leave room for the rest of a cursor.
_ID_JSON_LIMIT: Final = 256

_encode_json: Final = msgspec.json.Encoder().encode

_INSERT: Final = insert(table)
_INSERT_PARTICIPANT: Final = insert(participants)
_GET: Final = select(*COLUMNS).where(table.c.session_id == bindparam("id"))
_RENAME: Final = (
    update(table)
    .where(table.c.session_id == bindparam("id"))
    .values(title=bindparam("title"), updated_at=bindparam("now"), auto_title=False)
    .returning(*COLUMNS)
)
_GIVE_TITLE: Final = _RENAME.where(table.c.auto_title)
_RENAME_PARTICIPANTS: Final = (
    update(participants)
    .where(participants.c.session_id == bindparam("id"))
    .values(title=bindparam("title"))
)
_DELETE: Final = delete(table).where(table.c.session_id == bindparam("id")).returning(table.c.owner)
# Whoever writes to several runs locks them in this order too.
_LOCK_RUNS: Final = (
    select(runs_table.c.run_id)
    .where(
        runs_table.c.session_id.in_(bindparam("ids", expanding=True)),
        runs_table.c.status == literal_column("'running'"),
    )
    .order_by(runs_table.c.run_id)
    .with_for_update()
)
_PROFILE_NAME: Final = select(profiles_table.c.name).where(
    profiles_table.c.profile_id == bindparam("id")
)
# A fixed number of places, so that it is one statement to compile and to prepare.
_AGENT_NAMES: Final = select(agents_table.c.agent_id, agents_table.c.name).where(
    agents_table.c.agent_id.in_([bindparam(f"agent_{n}") for n in range(_NAMES_AT_ONCE)])
)


class Sessions:
    """The sessions of a store.

    ``viewer`` is the id of the user who asks; None is an administrator, who may touch everything. A
    session without an owner (legacy) is everybody's. Every method raises StoreUnavailable when the
    database fails.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self,
        *,
        owner: str | None,
        kind: str,
        title: str,
        agents: Sequence[str],
        max_context_results: int,
        profile_id: int | None = None,
        profile_name: str | None = None,
        session_id: str | None = None,
        auto_title: bool = False,
        topic_id: str | None = None,
        once: Once | None = None,
    ) -> SessionRecord:
        """Store a new session and return it.

        Agents keep their order, each once, with the names that the catalogue has for them now, or
        else named by their ids. Without a ``profile_name`` the catalogue's is taken, if it has one.
        ``session_id`` is for imports; else the id is a new UUIDv7. With ``auto_title`` a turn may
        give it a better title. Raises ValueError for a kind that does not exist and for an imported
        id that is taken or cannot be stored, and IdempotencyKeyReused.
        """
        if kind not in KINDS:
            raise ValueError(f"{kind!r} is not a kind of session")
        if session_id is None:
            session_id = str(uuid7())
        elif (
            not session_id
            or not is_storable(session_id)
            or len(_encode_json(session_id)) > _ID_JSON_LIMIT
        ):
            raise ValueError("the session id is empty, too long, or cannot be stored")
        agent_ids = list(dict.fromkeys(agents))
        now = now_micros()
        row: dict[str, Any] = {
            "session_id": session_id,
            "kind": kind,
            "is_team": kind != "standalone",
            "title": title,
            "owner": owner,
            "visibility": "private",
            "profile_id": profile_id,
            "profile_name": profile_name,
            "max_context_results": max_context_results,
            "created_at": now,
            "updated_at": now,
            "last_activity": now,
            "message_count": 0,
            "auto_title": auto_title,
            "topic_id": topic_id,
        }

        def work(connection: Connection) -> SessionRecord:
            names = _agent_names(connection, agent_ids)
            pairs = tuple((agent_id, names.get(agent_id, agent_id)) for agent_id in agent_ids)
            row["agents"] = _encode_json(pairs).decode()
            if profile_name is None and profile_id is not None:
                row["profile_name"] = connection.scalar(_PROFILE_NAME, {"id": profile_id})
            try:
                connection.execute(_INSERT, row)
            except IntegrityError:
                raise ValueError("the session id is taken") from None
            if agent_ids:
                connection.execute(
                    _INSERT_PARTICIPANT,
                    [
                        {
                            "session_id": session_id,
                            "agent_id": agent_id,
                            "owner": owner,
                            "created_at": now,
                            "last_activity": now,
                            "title": title,
                        }
                        for agent_id in agent_ids
                    ],
                )
            return session_record([row[column.name] for column in COLUMNS])

        return self._database.write(work, once=once, result=SessionRecord)

    def get(self, session_id: str, *, viewer: str | None) -> SessionRecord:
        """The session with this id. Raises SessionNotFound or SessionForbidden."""
        if not is_storable(session_id):
            raise not_found()
        with self._database.reading() as connection:
            row = connection.execute(_GET, {"id": session_id}).first()
        if row is None:
            raise not_found()
        record = session_record(row)
        check_access(record.owner, viewer)
        return record

    def rename(self, session_id: str, *, title: str, viewer: str | None) -> SessionRecord:
        """Give the session a new title; return it as it now is.

        Raises SessionNotFound or SessionForbidden.
        """
        if not is_storable(session_id):
            raise not_found()

        def work(connection: Connection) -> SessionRecord:
            values = {"id": session_id, "title": title}
            row = connection.execute(_RENAME, {**values, "now": now_micros()}).first()
            if row is None:
                raise not_found()
            record = session_record(row)
            check_access(record.owner, viewer)
            connection.execute(_RENAME_PARTICIPANTS, values)
            return record

        return self._database.write(work)

    def give_title(self, session_id: str, title: str) -> bool:
        """Give the session a title instead of one that nobody chose; return whether it had such.

        It has none such afterwards. False also if there is no such session.
        """
        values = {"id": session_id, "title": title}

        def work(connection: Connection) -> bool:
            if connection.execute(_GIVE_TITLE, {**values, "now": now_micros()}).first() is None:
                return False
            connection.execute(_RENAME_PARTICIPANTS, values)
            return True

        return self._database.write(work)

    def delete(self, session_id: str, *, viewer: str | None) -> None:
        """Delete the session with all that belongs to it.

        Raises SessionNotFound or SessionForbidden.
        """
        if not is_storable(session_id):
            raise not_found()

        def work(connection: Connection) -> None:
            row = connection.execute(_DELETE, {"id": session_id}).first()
            if row is None:
                raise not_found()
            check_access(row[0], viewer)

        self._database.write(work)

    def delete_many(self, session_ids: Sequence[str], *, viewer: str | None) -> list[str]:
        """Delete those of the sessions that exist and that the viewer may touch, all or none.

        Returns the deleted ids in the order asked, each once. Raises ValueError for more than
        1,000 ids.
        """
        if len(session_ids) > DELETE_LIMIT:
            raise ValueError(f"at most {DELETE_LIMIT} sessions can be deleted at once")
        wanted = [each for each in dict.fromkeys(session_ids) if is_storable(each)]
        if not wanted:
            return []
        allowed = (
            true() if viewer is None else or_(table.c.owner == viewer, table.c.owner.is_(None))
        )
        # Rows are locked in the order of their ids, so that two calls never wait for each other.
        lock = (
            select(table.c.session_id)
            .where(table.c.session_id.in_(wanted), allowed)
            .order_by(table.c.session_id)
            .with_for_update()
        )

        def work(connection: Connection) -> list[str]:
            found = set(connection.scalars(lock))
            if found:
                connection.execute(_LOCK_RUNS, {"ids": list(found)})
                connection.execute(delete(table).where(table.c.session_id.in_(found)))
            return [each for each in wanted if each in found]

        return self._database.write(work)

    def list_by_owner(
        self,
        owner: str,
        *,
        kinds: KindFilter | None,
        limit: int,
        skip: int,
        sort_by: SortKey,
        descending: bool,
    ) -> list[SessionRecord]:
        """The sessions of one owner, or only the team or standalone ones, sorted.

        Equals are in the order of their ids, which turns with ``descending``.
        """
        limit, skip = window(limit, skip)
        if not is_storable(owner):
            return []
        statement = owner_list(kinds is not None, sort_by, descending)
        values = {"owner": owner, "team": kinds == "team", "limit": limit, "skip": skip}
        if kinds is None:
            del values["team"]
        return self._list(statement, values)

    def list_by_agent(
        self,
        agent_id: str,
        *,
        viewer: str | None,
        limit: int,
        skip: int,
        sort_by: SortKey,
        descending: bool,
    ) -> list[SessionRecord]:
        """The viewer's own sessions in which the agent takes part, sorted.

        An administrator (``viewer`` None) gets everybody's.
        """
        limit, skip = window(limit, skip)
        if not is_storable(agent_id) or (viewer is not None and not is_storable(viewer)):
            return []
        statement = agent_list(viewer is not None, sort_by, descending)
        values: dict[str, Any] = {"agent": agent_id, "limit": limit, "skip": skip}
        if viewer is not None:
            values["owner"] = viewer
        return self._list(statement, values)

    def page_by_activity(
        self, owner: str, *, profile_id: int | None, limit: int, cursor: str | None
    ) -> Page[SessionRecord]:
        """The owner's sessions, or only those of one profile, with the newest activity first.

        ``cursor`` is the ``next_cursor`` of the page before. Raises InvalidCursor, and ValueError
        for a ``limit`` below 1.
        """
        if limit < 1:
            raise ValueError("a page has at least one place")
        limit, _ = window(limit, 0)
        values: dict[str, Any] = {"owner": owner, "limit": limit + 1}
        if cursor is not None:
            values["activity"], values["after"] = cursors.decode_moment(
                _PAGE, owner, profile_id, cursor=cursor
            )
        if profile_id is not None:
            values["profile"] = profile_id
            if not is_storable_number(profile_id):
                return Page([], None)
        if not is_storable(owner):
            return Page([], None)
        statement = activity_page(profile_id is not None, cursor is not None)
        with self._database.reading() as connection:
            rows, more = cut(connection.execute(statement, values).all(), limit)
        following = None
        if more:
            last = rows[-1]
            following = cursors.encode_moment(
                _PAGE, owner, profile_id, micros=last.last_activity, item=last.session_id
            )
        return Page([session_record(row) for row in rows], following)

    def _list(self, statement: Select[Any], values: Mapping[str, Any]) -> list[SessionRecord]:
        with self._database.reading() as connection:
            rows = connection.execute(statement, values).all()
        return [session_record(row) for row in rows]


def check_access(owner: str | None, viewer: str | None) -> None:
    """Raise SessionForbidden unless the viewer may touch a session of this owner."""
    if viewer is not None and owner is not None and owner != viewer:
        raise SessionForbidden("The session belongs to somebody else.")


def not_found() -> SessionNotFound:
    """The error for an id that no session has."""
    return SessionNotFound("Session not found")


def _agent_names(connection: Connection, agent_ids: Sequence[str]) -> dict[str, str]:
    names: dict[str, str] = {}
    for start in range(0, len(agent_ids), _NAMES_AT_ONCE):
        some = agent_ids[start : start + _NAMES_AT_ONCE]
        places = {f"agent_{n}": some[min(n, len(some) - 1)] for n in range(_NAMES_AT_ONCE)}
        names.update((each[0], each[1]) for each in connection.execute(_AGENT_NAMES, places))
    return names
