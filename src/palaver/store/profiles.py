"""The catalogue of profiles."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, insert

from palaver.errors import ProfileForbidden, ProfileNotFound
from palaver.store.catalogue import Catalogue
from palaver.store.records import Once, ProfileRecord, is_storable_number, moment, now_micros
from palaver.store.tables import profiles as _table

_c: Final = _table.c


class Profiles(Catalogue[int, ProfileRecord]):
    """The profiles that sessions may belong to. Anybody may read them."""

    table = _table
    key = _c.profile_id
    order = _c.profile_id
    columns = (
        _c.profile_id,
        _c.name,
        _c.description,
        _c.instructions,
        _c.created_by,
        _c.created_at,
        _c.updated_at,
    )
    missing = ProfileNotFound
    forbidden = ProfileForbidden
    noun = "profile"

    def create(
        self,
        *,
        name: str,
        created_by: str,
        description: str | None = None,
        instructions: str | None = None,
        once: Once | None = None,
    ) -> ProfileRecord:
        """Store a new profile and return it; the database numbers it, from 1.

        Raises IdempotencyKeyReused.
        """
        now = now_micros()
        values = {
            "name": name,
            "description": description,
            "instructions": instructions,
            "created_by": created_by,
            "created_at": now,
            "updated_at": now,
        }
        statement = insert(_table).returning(*self.columns)

        def work(connection: Connection) -> ProfileRecord:
            return self._record(connection.execute(statement, values).one())

        return self._database.write(work, once=once, result=ProfileRecord)

    def _check_key(self, key: int) -> None:
        if not is_storable_number(key):
            raise self._not_found()

    def _record(self, row: Any) -> ProfileRecord:
        profile_id, name, description, instructions, created_by, created_at, updated_at = row
        return ProfileRecord(
            profile_id,
            name,
            description,
            instructions,
            created_by,
            moment(created_at),
            moment(updated_at),
        )
