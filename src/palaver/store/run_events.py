"""Reading the runs' log, and letting go of what is old in it."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Connection,
    bindparam,
    delete,
    func,
    literal_column,
    select,
    update,
)

from palaver.store.tables import run_events, runs

# So many runs at most lose their events in one transaction.
_EXPIRED_AT_ONCE: Final = 100

_FIRST_CHUNK: Final = (
    select(func.max(run_events.c.first_id))
    .where(
        run_events.c.run_id == bindparam("of_run"),
        run_events.c.first_id <= bindparam("next", type_=BigInteger),
    )
    .scalar_subquery()
)
# The chunks from the one that has the next event, if there is one, up to the one with the last.
_READ: Final = (
    select(run_events.c.first_id, run_events.c.events)
    .where(
        run_events.c.run_id == bindparam("of_run"),
        run_events.c.first_id >= _FIRST_CHUNK,
        run_events.c.first_id <= bindparam("last", type_=BigInteger),
    )
    .order_by(run_events.c.first_id)
)

# Whatever somebody else is at is skipped, and found the next time.
_OLD: Final = (
    select(runs.c.run_id)
    .where(
        literal_column("NOT expired AND ended_at IS NOT NULL"),
        runs.c.ended_at < bindparam("before", type_=BigInteger),
    )
    .order_by(runs.c.ended_at)
    .limit(bindparam("limit", type_=BigInteger))
    .with_for_update(key_share=True, skip_locked=True)
)
_of_run: Final = run_events.c.run_id == bindparam("of_run")
_FIRST_KEPT: Final = (
    select(run_events.c.first_id)
    .where(_of_run)
    .order_by(run_events.c.first_id)
    .offset(bindparam("most", type_=BigInteger))
    .limit(1)
)
_DELETE_ALL: Final = delete(run_events).where(_of_run)
_DELETE_OLDEST: Final = _DELETE_ALL.where(
    run_events.c.first_id < bindparam("kept", type_=BigInteger)
)
_EXPIRED: Final = update(runs).where(runs.c.run_id == bindparam("of_run")).values(expired=True)


def read_events(
    connection: Connection, run_id: str, after: int, limit: int
) -> list[tuple[int, bytes]]:
    """About ``limit`` of the events that follow the one with the id ``after``, with their ids."""
    values = {"of_run": run_id, "next": after + 1, "last": after + limit}
    return [
        (event_id, event)
        for first_id, events in connection.execute(_READ, values).all()
        for event_id, event in enumerate(events.encode().split(b"\n"), first_id)
        if event_id > after
    ]


def expire_events(connection: Connection, before: int, limit: int) -> int:
    """Delete up to ``limit`` chunks of runs that ended before a time; return how many it was."""
    values = {"before": before, "limit": min(limit, _EXPIRED_AT_ONCE)}
    left = limit
    for run_id in connection.scalars(_OLD, values).all():
        names = {"of_run": run_id}
        kept = connection.scalar(_FIRST_KEPT, {**names, "most": left})
        if kept is not None:
            # The rest of a long log is for the next time.
            left -= connection.execute(_DELETE_OLDEST, {**names, "kept": kept}).rowcount
            break
        left -= connection.execute(_DELETE_ALL, names).rowcount
        connection.execute(_EXPIRED, names)
    return limit - left
