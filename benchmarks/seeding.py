"""Databases for the benchmarks: sessions and messages put straight into the tables, in bulk."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Table, create_engine, insert
from uuid_utils import uuid7

from palaver.app import open_settings_store
from palaver.auth.secrets_file import load_or_create
from palaver.auth.tokens import issue_token, token_rules
from palaver.settings import Settings
from palaver.store.tables import messages, session_agents, sessions

OWNER = "ada"
AGENT = "geographer"
PROFILE = 7
CONTENT = (
    "What is the capital of France, and how many people live there? Please answer in two "
    "sentences and name the year of your figures."
)
_START = 1_768_473_000_000_000
_ROWS_AT_ONCE = 10_000


def _content(seq: int) -> str:
    return f"{seq}: {CONTENT}"


class Seed:
    """A migrated, empty database in a data folder, and ways to fill it."""

    def __init__(self, data_dir: Path) -> None:
        self.settings = Settings(data_dir=data_dir)
        self.secrets = load_or_create(data_dir)
        open_settings_store(self.settings).close()
        self._engine = create_engine(self.settings.effective_database_url)
        self._clock = itertools.count(_START, 1_000_000)

    def token(self, owner: str = OWNER) -> str:
        """A token of a user."""
        rules = token_rules(self.settings, self.secrets)
        return issue_token(rules, subject=owner, lifetime=timedelta(hours=8))

    def session(
        self,
        *,
        message_count: int = 0,
        owner: str = OWNER,
        content: Callable[[int], str] = _content,
    ) -> str:
        """The id of a new standalone session with messages; ``content`` says what each says."""
        session = self._session_row(owner, "standalone", message_count)
        session_id = str(session["session_id"])
        self._put(sessions, iter([session]))
        self._put(session_agents, iter([_participant(session)]))
        rows = (_message(session_id, seq, content(seq)) for seq in range(message_count))
        self._put(messages, rows)
        return session_id

    def many_sessions(self, owner: str, count: int) -> None:
        """Sessions of one user: three of four standalone, one of a team, all of one profile."""
        rows = [
            self._session_row(owner, "team" if number % 4 == 3 else "standalone", 0)
            for number in range(count)
        ]
        self._put(sessions, iter(rows))
        self._put(session_agents, map(_participant, rows))

    def finish(self) -> None:
        """Bring the planner's statistics and the write-ahead log into a settled state."""
        with self._engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        self._engine.dispose()

    def _session_row(self, owner: str, kind: str, message_count: int) -> dict[str, Any]:
        now = next(self._clock)
        return {
            "session_id": str(uuid7()),
            "kind": kind,
            "is_team": kind != "standalone",
            "title": f"Session {now % 9973}",
            "owner": owner,
            "visibility": "private",
            "agents": f'[["{AGENT}","The geographer"]]',
            "profile_id": PROFILE,
            "profile_name": "Schoolchildren",
            "max_context_results": 3,
            "created_at": now,
            "updated_at": now,
            "last_activity": now,
            "message_count": message_count,
        }

    def _put(self, table: Table, rows: Iterator[dict[str, Any]]) -> None:
        while chunk := list(itertools.islice(rows, _ROWS_AT_ONCE)):
            with self._engine.begin() as connection:
                connection.execute(insert(table), chunk)


def _participant(session: dict[str, Any]) -> dict[str, Any]:
    kept = ("session_id", "owner", "created_at", "last_activity", "title")
    return {"agent_id": AGENT, **{name: session[name] for name in kept}}


def _message(session_id: str, seq: int, content: str) -> dict[str, Any]:
    return {
        "session_id": session_id,
        "seq": seq,
        "message_id": str(uuid7()),
        "role": "assistant" if seq % 2 else "user",
        "content": content,
        "agent_id": AGENT if seq % 2 else None,
        "agent_name": "The geographer" if seq % 2 else None,
        "summary": False,
        "created_at": _START + seq * 1_000_000,
    }
