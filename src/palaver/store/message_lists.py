"""The ranges of a session's messages: a statement for each, and the record of a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import BigInteger, ColumnElement, Select, and_, bindparam, func, select

from palaver.store import session_lists
from palaver.store.records import MessageRecord, SourceRecord, moment
from palaver.store.tables import messages as table
from palaver.store.tables import sessions

COLUMNS: Final = (
    table.c.message_id,
    table.c.seq,
    table.c.role,
    table.c.content,
    table.c.agent_id,
    table.c.agent_name,
    table.c.summary,
    table.c.created_at,
    table.c.status,
    table.c.run_id,
    table.c.input_tokens,
    table.c.output_tokens,
    table.c.sources,
)
# So many columns are the message's; behind them are the session's.
WIDTH: Final = len(COLUMNS)


_encode_sources: Final = msgspec.json.Encoder().encode
_decode_sources: Final = msgspec.json.Decoder(tuple[SourceRecord, ...]).decode


def sources_column(sources: Sequence[SourceRecord]) -> str | None:
    """What the column ``sources`` holds; most messages have none."""
    return _encode_sources(sources).decode() if sources else None


def message_record(row: Sequence[Any]) -> MessageRecord:
    """The record of a row that begins with ``COLUMNS``."""
    (
        message_id,
        seq,
        role,
        content,
        agent_id,
        agent_name,
        summary,
        created_at,
        status,
        run_id,
        input_tokens,
        output_tokens,
        sources,
    ) = row[:WIDTH]
    return MessageRecord(
        message_id,
        seq,
        role,
        content,
        agent_id,
        agent_name,
        summary,
        moment(created_at),
        status,
        run_id,
        None if input_tokens is None else (input_tokens, output_tokens),
        () if sources is None else _decode_sources(sources),
    )


def _range(
    start: ColumnElement[int], stop: ColumnElement[int], of_session: Sequence[ColumnElement[Any]]
) -> Select[Any]:
    # The session beside each message: one statement, and so one snapshot, answers whether the
    # session is there, whose it is, how many messages it has, and these messages. A session that
    # has none in the range gives one row whose seq is NULL.
    return (
        select(
            *COLUMNS,
            *of_session,
        )
        .select_from(
            sessions.outerjoin(
                table,
                and_(
                    table.c.session_id == sessions.c.session_id,
                    table.c.seq >= start,
                    table.c.seq < stop,
                ),
            )
        )
        .where(sessions.c.session_id == bindparam("id"))
    )


_ACCESS: Final = (sessions.c.owner, sessions.c.kind, sessions.c.message_count)
_first: Final = bindparam("first", type_=BigInteger)
_last: Final = bindparam("last", type_=BigInteger)
# The range by seq: from `first` to before `last`.
FROM_START: Final = _range(_first, _last, _ACCESS)
# The same counted from the end: 0 is behind the newest message.
FROM_END: Final = _range(
    sessions.c.message_count - _first, sessions.c.message_count - _last, _ACCESS
)
# From the start, with the whole session beside each.
WITH_SESSION: Final = _range(_first, _last, session_lists.COLUMNS)


# What a batch may hold before its last message, for long messages come by the thousand too.
BATCH_BYTES: Final = 2**20


def _postgres_batch() -> Select[Any]:
    # PostgreSQL sends all that was asked for, so it has to count. It counts without looking into
    # the long contents, which it keeps elsewhere.
    columns = [each for each in FROM_START.selected_columns if each.table is table]
    octets = func.octet_length(table.c.content)
    before = func.sum(octets).over(order_by=table.c.seq, rows=(None, 0)) - octets
    counted = (
        select(*columns, before.label("before"))
        .where(table.c.session_id == bindparam("id"), table.c.seq >= _first, table.c.seq < _last)
        .subquery()
    )
    return (
        select(*(counted.c[each.name] for each in columns), *_ACCESS)
        .select_from(sessions.outerjoin(counted, counted.c.before < BATCH_BYTES))
        .where(sessions.c.session_id == bindparam("id"))
    )


POSTGRES_BATCH: Final = _postgres_batch()

# The newest of a session's summaries; they have an index of their own.
SUMMARIES: Final = (
    select(*COLUMNS)
    .where(
        table.c.session_id == bindparam("id"),
        table.c.seq < bindparam("before", type_=BigInteger),
        table.c.summary,
    )
    .order_by(table.c.seq.desc())
    .limit(bindparam("limit", type_=BigInteger))
)
