"""Writing to the runs' log: many runs' next events, and their effects, in one transaction.

What decides whether a write counts is the log itself: a write's first id must be the one after the
run's last. So of two processes that both believe to own a run, one writes and the other has lost,
also where the one was only taken for dead. On PostgreSQL everybody locks sessions before runs and
each of the two in the order of their ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Connection,
    bindparam,
    func,
    insert,
    literal_column,
    select,
    text,
    update,
)

from palaver.store.message_lists import sources_column
from palaver.store.messages import LATEST
from palaver.store.notices import EVENTS, notify
from palaver.store.records import Lost, RunWrite, is_storable, now_micros
from palaver.store.tables import messages, run_events, runs, session_agents, sessions

# So many are written by the same statements.
PART: Final = 1024

# In words and not as a parameter: only so an index of running runs can serve it.
IS_RUNNING: Final = runs.c.status == literal_column("'running'")

# The last id in the log of a run, for a query of runs.
LAST_LOGGED: Final = func.coalesce(
    select(run_events.c.last_id)
    .where(run_events.c.run_id == runs.c.run_id)
    .order_by(run_events.c.first_id.desc())
    .limit(1)
    .scalar_subquery(),
    0,
)

_ids: Final[BindParameter[Any]] = bindparam("ids", expanding=True)
_LOCK_SESSIONS: Final = (
    select(sessions.c.session_id)
    .where(sessions.c.session_id.in_(_ids))
    .order_by(sessions.c.session_id)
    .with_for_update(key_share=True)
)
_RUNS: Final = select(runs.c.run_id, runs.c.session_id, runs.c.owner, LAST_LOGGED).where(
    runs.c.run_id.in_(_ids), IS_RUNNING
)
_INSERT: Final = insert(run_events)
# All of that at once, since each statement more is a thousand more locks or look-ups. The lock
# keeps runs from being deleted. It does not wait for another process that writes to the same run:
# then the key decides, and does wait. Through CASE the planner sees no index but the key's, whose
# cost it cannot misjudge.
_POSTGRES_INSERT: Final = text(
    "WITH kept AS MATERIALIZED ("
    "SELECT wanted.run_id, first_id, last_id, events FROM unnest("
    "CAST(:runs AS text[]), CAST(:sessions AS text[]), CAST(:firsts AS bigint[]),"
    " CAST(:lasts AS bigint[]), CAST(:texts AS text[])"
    ") AS wanted (run_id, session_id, first_id, last_id, events)"
    " JOIN runs ON runs.run_id = wanted.run_id"
    " WHERE CASE WHEN runs.session_id = wanted.session_id AND (:takeover OR runs.owner = :owner)"
    " THEN runs.status = 'running' ELSE false END"
    " ORDER BY runs.run_id FOR KEY SHARE OF runs)"
    " INSERT INTO run_events (run_id, first_id, last_id, events)"
    " SELECT run_id, first_id, last_id, events FROM kept WHERE first_id = 1 + coalesce(("
    "SELECT logged.last_id FROM run_events AS logged WHERE logged.run_id = kept.run_id"
    " ORDER BY logged.first_id DESC LIMIT 1), 0)"
    " ON CONFLICT DO NOTHING RETURNING run_id"
)
_COUNT_UP: Final = (
    update(sessions)
    .where(sessions.c.session_id.in_(_ids))
    .values(
        message_count=sessions.c.message_count + 1,
        last_activity=LATEST,
        updated_at=LATEST,
    )
    .returning(sessions.c.session_id, sessions.c.message_count, sessions.c.last_activity)
)
_TOUCH_PARTICIPANTS: Final = (
    update(session_agents)
    .where(session_agents.c.session_id.in_(_ids))
    .values(
        last_activity=select(sessions.c.last_activity)
        .where(sessions.c.session_id == session_agents.c.session_id)
        .scalar_subquery()
    )
)
_BEGIN: Final = insert(messages)
_FINISH: Final = (
    update(messages)
    .where(
        messages.c.session_id == bindparam("of_session"),
        messages.c.seq == bindparam("of_seq", type_=BigInteger),
        messages.c.message_id == bindparam("of_message"),
    )
    .values(
        content=bindparam("content"),
        status=bindparam("status"),
        input_tokens=bindparam("input_tokens"),
        output_tokens=bindparam("output_tokens"),
        sources=bindparam("sources"),
    )
)
_END: Final = (
    update(runs)
    .where(runs.c.run_id == bindparam("of_run"))
    .values(
        owner=bindparam("owner"),
        status=bindparam("status"),
        error_code=bindparam("error_code"),
        error_detail=bindparam("error_detail"),
        ended_at=bindparam("ended_at", type_=BigInteger),
        last_event_id=bindparam("last_event_id", type_=BigInteger),
    )
)
_LOGGED: Final = (
    select(run_events.c.events)
    .join(runs, runs.c.run_id == run_events.c.run_id)
    .where(
        run_events.c.run_id == bindparam("of_run"),
        run_events.c.first_id == bindparam("first", type_=BigInteger),
        runs.c.session_id == bindparam("of_session"),
        runs.c.owner == bindparam("owner"),
    )
)
IN_PROGRESS: Final = (
    select(messages.c.message_id, messages.c.seq)
    .where(
        messages.c.run_id == bindparam("of_run"),
        messages.c.status == literal_column("'in_progress'"),
    )
    .order_by(messages.c.seq)
)

Outcome = int | None | Lost


def check_writes(batch: Iterable[RunWrite]) -> list[str]:
    """The events of each write as the log keeps them.

    Raises ValueError for a write that no store could hold: it has no event, or one with a line
    break, or text with a NUL or a lone surrogate.
    """
    return [_check(write) for write in batch]


def write_parts(batch: Sequence[RunWrite], texts: Sequence[str]) -> Iterator[tuple[Any, Any]]:
    """The batch and its texts in parts, in none of which a run or session comes twice."""
    start = 0
    seen: set[str] = set()
    for place, write in enumerate(batch):
        if write.run_id in seen or write.session_id in seen or place - start == PART:
            yield batch[start:place], texts[start:place]
            start = place
            seen.clear()
        seen.add(write.run_id)
        seen.add(write.session_id)
    if start < len(batch):
        yield batch[start:], texts[start:]


def write_part(
    connection: Connection,
    part: Sequence[RunWrite],
    texts: Sequence[str],
    *,
    owner: str,
    takeover: bool,
) -> list[Outcome]:
    """Write one part in the connection's transaction, and say what became of each."""
    if connection.dialect.name == "postgresql":
        added = _add_on_postgres(connection, part, texts, owner, takeover)
    else:
        added = _add_on_sqlite(connection, part, texts, owner, takeover)
    won = [(place, write) for place, write in enumerate(part) if write.run_id in added]
    outcomes: list[Outcome] = [None] * len(part)
    if len(won) < len(part):
        for place, write in enumerate(part):
            if write.run_id not in added:
                outcomes[place] = _repeated(connection, write, texts[place], owner)
    for place, seq in _begin(connection, won):
        outcomes[place] = seq
    _finish(connection, won)
    _end(connection, won, owner)
    return outcomes


def _add_on_sqlite(
    connection: Connection,
    part: Sequence[RunWrite],
    texts: Sequence[str],
    owner: str,
    takeover: bool,
) -> set[str]:
    ids = places([write.run_id for write in part])
    found = {row[0]: row for row in connection.execute(_RUNS, {"ids": ids})}
    rows = []
    for write, events in zip(part, texts, strict=True):
        row = found.get(write.run_id)
        if (
            row is not None
            and row[1] == write.session_id
            and (takeover or row[2] == owner)
            and row[3] + 1 == write.first_id
        ):
            last_id = write.first_id + len(write.events) - 1
            rows.append(
                {
                    "run_id": write.run_id,
                    "first_id": write.first_id,
                    "last_id": last_id,
                    "events": events,
                }
            )
    if rows:
        connection.execute(_INSERT, rows)
    return {str(row["run_id"]) for row in rows}


def _add_on_postgres(
    connection: Connection,
    part: Sequence[RunWrite],
    texts: Sequence[str],
    owner: str,
    takeover: bool,
) -> set[str]:
    touched = [write.session_id for write in part if write.begin or write.finish]
    if touched:
        connection.execute(_LOCK_SESSIONS, {"ids": places(touched)})
    values = {
        "runs": [write.run_id for write in part],
        "sessions": [write.session_id for write in part],
        "firsts": [write.first_id for write in part],
        "lasts": [write.first_id + len(write.events) - 1 for write in part],
        "texts": list(texts),
        "owner": owner,
        "takeover": takeover,
    }
    added: set[str] = set(connection.scalars(_POSTGRES_INSERT, values).all())
    notify(connection, EVENTS, [write.run_id for write in part if write.run_id in added])
    return added


def _begin(
    connection: Connection, won: Sequence[tuple[int, RunWrite]]
) -> Iterator[tuple[int, int]]:
    beginning = [(place, write) for place, write in won if write.begin is not None]
    if not beginning:
        return
    ids = places([write.session_id for _, write in beginning])
    counted = {
        row[0]: row for row in connection.execute(_COUNT_UP, {"ids": ids, "now": now_micros()})
    }
    connection.execute(_TOUCH_PARTICIPANTS, {"ids": ids})
    rows = []
    for place, write in beginning:
        begin = write.begin
        assert begin is not None
        _, count, activity = counted[write.session_id]
        rows.append(
            {
                "session_id": write.session_id,
                "seq": count - 1,
                "message_id": begin.message_id,
                "role": "assistant",
                "content": "",
                "agent_id": begin.agent_id,
                "agent_name": begin.agent_name,
                "summary": begin.summary,
                "created_at": activity,
                "status": "in_progress",
                "run_id": write.run_id,
            }
        )
        yield place, count - 1
    connection.execute(_BEGIN, rows)


def _finish(connection: Connection, won: Sequence[tuple[int, RunWrite]]) -> None:
    rows = []
    for _, write in won:
        if (finish := write.finish) is not None:
            tokens = finish.usage or (None, None)
            rows.append(
                {
                    "of_session": write.session_id,
                    "of_seq": finish.seq,
                    "of_message": finish.message_id,
                    "content": finish.content,
                    "status": finish.status,
                    "input_tokens": tokens[0],
                    "output_tokens": tokens[1],
                    "sources": sources_column(finish.sources),
                }
            )
    if rows:
        connection.execute(_FINISH, rows)


def _end(connection: Connection, won: Sequence[tuple[int, RunWrite]], owner: str) -> None:
    now = now_micros()
    rows = [
        {
            "of_run": write.run_id,
            "owner": owner,
            "status": write.end.status,
            "error_code": write.end.error_code,
            "error_detail": write.end.error_detail,
            "ended_at": now,
            "last_event_id": write.first_id + len(write.events) - 1,
        }
        for _, write in won
        if write.end is not None
    ]
    if rows:
        # In the order in which everybody locks runs.
        connection.execute(_END, sorted(rows, key=itemgetter("of_run")))


def _repeated(connection: Connection, write: RunWrite, events: str, owner: str) -> Outcome:
    """What the write gave when the same owner wrote it before; else it is lost.

    A commit whose answer did not arrive is one that its writer must be able to repeat.
    """
    names = {"of_run": write.run_id, "of_session": write.session_id, "owner": owner}
    logged = connection.scalar(_LOGGED, {**names, "first": write.first_id})
    if logged != events:
        return Lost.LOST
    if write.begin is None:
        return None
    for message_id, seq in connection.execute(IN_PROGRESS, {"of_run": write.run_id}):
        if message_id == write.begin.message_id:
            return int(seq)
    return Lost.LOST


def places(ids: Sequence[str]) -> list[str]:
    """The ids, the last one repeated up to a power of two: few statements, not a thousand."""
    size = 1 << (len(ids) - 1).bit_length()
    return [*ids, *[ids[-1]] * (size - len(ids))]


def _check(write: RunWrite) -> str:
    if not write.events or write.first_id < 1:
        raise ValueError("a write has at least one event, and ids count from 1")
    events = b"\n".join(write.events).decode()
    if events.count("\n") != len(write.events) - 1:
        raise ValueError("an event has no line breaks")
    words = [events]
    if write.begin is not None:
        words += [write.begin.message_id, write.begin.agent_id or "", write.begin.agent_name or ""]
    if write.finish is not None:
        words.append(write.finish.content)
    if write.end is not None:
        words += [write.end.error_code or "", write.end.error_detail or ""]
    if not all(map(is_storable, words)):
        raise ValueError("a write has a character that cannot be stored")
    return events
