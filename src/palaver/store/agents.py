"""The catalogue of agents."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, insert
from sqlalchemy.exc import IntegrityError
from uuid_utils import uuid7

from palaver.errors import AgentExists, AgentForbidden, AgentNotFound
from palaver.store.catalogue import Catalogue
from palaver.store.records import AgentRecord, Once, is_storable, moment, now_micros
from palaver.store.tables import agents as _table

_c: Final = _table.c


class Agents(Catalogue[str, AgentRecord]):
    """The agents that sessions may name. Anybody may read them."""

    table = _table
    key = _c.agent_id
    order = _c.number
    columns = (
        _c.agent_id,
        _c.name,
        _c.description,
        _c.instructions,
        _c.created_by,
        _c.created_at,
        _c.updated_at,
    )
    missing = AgentNotFound
    forbidden = AgentForbidden
    noun = "agent"

    def create(
        self,
        *,
        name: str,
        created_by: str,
        agent_id: str | None = None,
        description: str | None = None,
        instructions: str | None = None,
        once: Once | None = None,
    ) -> AgentRecord:
        """Store a new agent and return it; without an id it gets a new UUIDv7.

        Raises AgentExists if the id is taken, and IdempotencyKeyReused.
        """
        now = now_micros()
        values = {
            "agent_id": str(uuid7()) if agent_id is None else agent_id,
            "name": name,
            "description": description,
            "instructions": instructions,
            "created_by": created_by,
            "created_at": now,
            "updated_at": now,
        }
        statement = insert(_table).returning(*self.columns)

        def work(connection: Connection) -> AgentRecord:
            try:
                return self._record(connection.execute(statement, values).one())
            except IntegrityError:
                raise AgentExists("The agent id is taken.") from None

        return self._database.write(work, once=once, result=AgentRecord)

    def _check_key(self, key: str) -> None:
        if not is_storable(key):
            raise self._not_found()

    def _record(self, row: Any) -> AgentRecord:
        agent_id, name, description, instructions, created_by, created_at, updated_at = row
        return AgentRecord(
            agent_id,
            name,
            description,
            instructions,
            created_by,
            moment(created_at),
            moment(updated_at),
        )
