"""The lists of sessions: a statement for each filter and order, and the record of a row.

Each is served by an index of its own, in both directions; ``tables`` has them.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, Final, Literal

import msgspec
from sqlalchemy import BigInteger, Boolean, Select, bindparam, select, tuple_

from palaver.store.records import SessionRecord, moment
from palaver.store.tables import session_agents as participants
from palaver.store.tables import sessions as table

SortKey = Literal["created_at", "last_active", "name"]
KindFilter = Literal["team", "standalone"]

_decode_agents: Final = msgspec.json.Decoder(tuple[tuple[str, str], ...]).decode

COLUMNS: Final = (
    table.c.session_id,
    table.c.kind,
    table.c.title,
    table.c.owner,
    table.c.visibility,
    table.c.agents,
    table.c.profile_id,
    table.c.profile_name,
    table.c.max_context_results,
    table.c.created_at,
    table.c.updated_at,
    table.c.last_activity,
    table.c.message_count,
    table.c.auto_title,
    table.c.topic_id,
)


def session_record(row: Sequence[Any]) -> SessionRecord:
    """The record of a row of ``COLUMNS``."""
    (
        session_id,
        kind,
        title,
        owner,
        visibility,
        agents,
        profile_id,
        profile_name,
        max_context_results,
        created_at,
        updated_at,
        last_activity,
        message_count,
        auto_title,
        topic_id,
    ) = row
    return SessionRecord(
        session_id,
        kind,
        title,
        owner,
        visibility,
        _decode_agents(agents),
        profile_id,
        profile_name,
        max_context_results,
        moment(created_at),
        moment(updated_at),
        moment(last_activity),
        message_count,
        auto_title,
        topic_id,
    )


# The statements of the lists are built once each: building one costs more than running it.


@functools.cache
def owner_list(by_kind: bool, sort_by: SortKey, descending: bool) -> Select[Any]:
    """The list of an owner's sessions, of all or (``team``) of some kinds."""
    statement = select(*COLUMNS).where(table.c.owner == bindparam("owner"))
    if by_kind:
        statement = statement.where(table.c.is_team == bindparam("team", type_=Boolean))
    return _sorted(statement, table, sort_by, descending)


@functools.cache
def agent_list(by_owner: bool, sort_by: SortKey, descending: bool) -> Select[Any]:
    """The list of an agent's sessions, of all or of one owner."""
    statement = (
        select(*COLUMNS)
        .join_from(participants, table, participants.c.session_id == table.c.session_id)
        .where(participants.c.agent_id == bindparam("agent"))
    )
    if by_owner:
        statement = statement.where(participants.c.owner == bindparam("owner"))
    return _sorted(statement, participants, sort_by, descending)


@functools.cache
def activity_page(by_profile: bool, continued: bool) -> Select[Any]:
    """A page of an owner's sessions by activity, from the start or after a position."""
    statement = select(*COLUMNS).where(table.c.owner == bindparam("owner"))
    if by_profile:
        statement = statement.where(table.c.profile_id == bindparam("profile"))
    if continued:
        statement = statement.where(
            tuple_(table.c.last_activity, table.c.session_id)
            < tuple_(bindparam("activity", type_=BigInteger), bindparam("after"))
        )
    return statement.order_by(table.c.last_activity.desc(), table.c.session_id.desc()).limit(
        bindparam("limit", type_=BigInteger)
    )


def _sorted(
    statement: Select[Any], ordered: Any, sort_by: SortKey, descending: bool
) -> Select[Any]:
    columns = {"created_at": "created_at", "last_active": "last_activity", "name": "title"}
    order = [ordered.c[columns[sort_by]], ordered.c.session_id]
    return (
        statement.order_by(*(column.desc() if descending else column for column in order))
        .limit(bindparam("limit", type_=BigInteger))
        .offset(bindparam("skip", type_=BigInteger))
    )
