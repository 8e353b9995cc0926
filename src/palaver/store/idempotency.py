"""Idempotency keys: a request that comes twice takes effect once, and is answered alike.

The key is taken in the transaction of the work that it guards, before the work: so a second taker
waits for the first, an error leaves no key behind, and what is remembered is what was done.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec
from sqlalchemy import BigInteger, Connection, bindparam, delete, select, text, tuple_, update

from palaver.errors import IdempotencyKeyReused
from palaver.store.records import Once, micros_of, now_micros
from palaver.store.tables import idempotency_keys as table

if TYPE_CHECKING:
    from palaver.store.database import Database

T = TypeVar("T")

# So long a key is remembered, in microseconds.
LIFETIME: Final = 24 * 3600 * 1_000_000

# Takes the key if nobody has it or it is too old. Both stores spell it so. On PostgreSQL it waits
# for a transaction that has taken the same key and has not ended.
_TAKE: Final = text(
    "INSERT INTO idempotency_keys (user_id, key, fingerprint, created_at)"
    " VALUES (:user, :key, :fingerprint, :now)"
    " ON CONFLICT (user_id, key) DO UPDATE SET"
    " fingerprint = excluded.fingerprint, created_at = excluded.created_at, result = NULL"
    " WHERE idempotency_keys.created_at <= :expired"
    " RETURNING created_at"
)
_IS_KEY: Final = (table.c.user_id == bindparam("user"), table.c.key == bindparam("of_key"))
_LOOK_UP: Final = select(table.c.fingerprint, table.c.result).where(*_IS_KEY)
_KEEP: Final = update(table).where(*_IS_KEY).values(result=bindparam("answer"))
# Keys that a transaction has just taken anew are skipped; they are not old any more.
_OLD: Final = (
    select(table.c.user_id, table.c.key)
    .where(table.c.created_at < bindparam("before", type_=BigInteger))
    .order_by(table.c.created_at)
    .limit(bindparam("limit", type_=BigInteger))
    .with_for_update(skip_locked=True)
)
_SWEEP: Final = delete(table).where(tuple_(table.c.user_id, table.c.key).in_(_OLD))

_encode: Final = msgspec.json.Encoder().encode


class Keys:
    """The idempotency keys of a store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def sweep(self, before: datetime, limit: int) -> int:
        """Delete up to ``limit`` keys that were taken earlier; return how many it was.

        Fewer than ``limit`` means that no more are left. Raises StoreUnavailable.
        """
        values = {"before": micros_of(before), "limit": limit}
        return self._database.write(lambda connection: connection.execute(_SWEEP, values).rowcount)


def run_once(
    connection: Connection, once: Once, work: Callable[[Connection], T], result: type[T] | None
) -> T:
    """What ``work`` returns, or returned when the key was taken, as a ``result`` from JSON.

    Raises IdempotencyKeyReused if it was taken with another fingerprint, and what ``work`` raises.
    """
    names = {"user": once.user, "of_key": once.key}
    while not _take(connection, once):
        row = connection.execute(_LOOK_UP, names).first()
        # Swept in between, it can be taken.
        if row is not None:
            if row.fingerprint != once.fingerprint:
                raise IdempotencyKeyReused("The idempotency key was used for another request.")
            kind: Any = Any if result is None else result
            answer: T = msgspec.json.decode(row.result, type=kind)
            return answer
    value = work(connection)
    connection.execute(_KEEP, {**names, "answer": _encode(value).decode()})
    return value


def _take(connection: Connection, once: Once) -> bool:
    now = now_micros()
    values = {
        "user": once.user,
        "key": once.key,
        "fingerprint": once.fingerprint,
        "now": now,
        "expired": now - LIFETIME,
    }
    return connection.execute(_TAKE, values).first() is not None
