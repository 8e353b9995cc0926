"""Who is signed in to the console, and which one-time links are used up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import BigInteger, Connection, Text, bindparam, delete, select, text, update

from palaver.errors import LinkUsed
from palaver.store.records import is_storable, micros_of, now_micros
from palaver.store.tables import sign_ins as _table

if TYPE_CHECKING:
    from palaver.store.database import Database

LIFETIME: Final = timedelta(days=30)
"""How long a sign-in lasts; longer than any link can be used."""

SWEPT_AT_ONCE: Final = 100

_c: Final = _table.c
_ID: Final = bindparam("of_link", type_=Text)
_NOW: Final = bindparam("now", type_=BigInteger)
# Both stores spell it so. Of two that come at once one waits for the other, and then does nothing.
_REDEEM: Final = text(
    "INSERT INTO sign_ins (link_id, subject, is_admin, created_at, expires_at)"
    " VALUES (:link, :subject, :admin, :now, :until) ON CONFLICT (link_id) DO NOTHING"
    " RETURNING link_id"
)
_FIND: Final = select(_c.subject, _c.is_admin).where(
    _c.link_id == _ID, _c.expires_at > _NOW, _c.ended_at.is_(None)
)
_END: Final = update(_table).where(_c.link_id == _ID, _c.ended_at.is_(None)).values(ended_at=_NOW)
_OLD: Final = (
    select(_c.link_id)
    .where(_c.expires_at <= _NOW)
    .order_by(_c.expires_at)
    .limit(SWEPT_AT_ONCE)
    .with_for_update(skip_locked=True)
)
_SWEEP: Final = delete(_table).where(_c.link_id.in_(_OLD))


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody who is signed in."""

    subject: str
    is_admin: bool


class SignIns:
    """The sign-ins of a store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def redeem(self, link_id: str, *, subject: str, is_admin: bool, link_expires: datetime) -> None:
        """Use a link up, and keep who signed in by it. Raises ``LinkUsed``, ``StoreUnavailable``.

        Nothing is forgotten before ``link_expires``, until when the link could come again.
        """
        now = now_micros()
        until = max(now + LIFETIME // timedelta(microseconds=1), micros_of(link_expires))
        values = {"link": link_id, "subject": subject, "admin": is_admin, "now": now}

        def work(connection: Connection) -> None:
            connection.execute(_SWEEP, {"now": now})
            if connection.execute(_REDEEM, {**values, "until": until}).first() is None:
                raise LinkUsed

        self._database.write(work)

    def find(self, link_id: str) -> SignedIn | None:
        """Who signed in by a link, if that still holds. Raises ``StoreUnavailable``."""
        if not is_storable(link_id):
            return None
        with self._database.reading() as connection:
            row = connection.execute(_FIND, {"of_link": link_id, "now": now_micros()}).first()
        return None if row is None else SignedIn(row.subject, bool(row.is_admin))

    def end(self, link_id: str) -> None:
        """Sign out; without effect where that was done already. Raises ``StoreUnavailable``."""
        values = {"of_link": link_id, "now": now_micros()}
        self._database.write(lambda connection: connection.execute(_END, values).rowcount)
