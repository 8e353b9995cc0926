"""Sessions, runs and writes for the tests of runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from uuid_utils import uuid7

from palaver.store import (
    BeginMessage,
    FinishMessage,
    Lost,
    RunEnd,
    RunRecord,
    RunWrite,
    SessionRecord,
    Started,
    Store,
)

DONE = b'{"type":"done"}'
COMPLETED = RunEnd("completed", None, None)


def in_seconds(seconds: float) -> datetime:
    """The time so many seconds from now."""
    return datetime.now(UTC) + timedelta(seconds=seconds)


def new_session(store: Store, **changes: Any) -> SessionRecord:
    """A session of ann's with one agent."""
    values: dict[str, Any] = {
        "owner": "ann",
        "kind": "standalone",
        "title": "Plans",
        "agents": ["helper"],
        "max_context_results": 1,
    }
    return store.sessions.create(**{**values, **changes})


def start(store: Store, session_id: str | None = None, **changes: Any) -> Started:
    """A run of process ``p`` that ann started, in a new session if none is named."""
    values: dict[str, Any] = {
        "viewer": "ann",
        "content": "Hello?",
        "owner": "p",
        "lease_until": in_seconds(30),
    }
    if session_id is None:
        session_id = new_session(store).session_id
    return store.runs.start(session_id, **{**values, **changes})


def running(store: Store, **changes: Any) -> RunRecord:
    """The run that ``start`` started."""
    return start(store, **changes).run


def delta(number: int) -> bytes:
    """An event that is told from others by its number, with more than ASCII in it."""
    return f'{{"type":"message.delta","text":"Ünï {number} \\\\n\\\\u0000"}}'.encode()


def write(run: RunRecord, first_id: int, count: int = 1, **effects: Any) -> RunWrite:
    """So many events of the run, each with its id as its number."""
    events = tuple(delta(number) for number in range(first_id, first_id + count))
    return RunWrite(run.run_id, run.session_id, first_id, events, **effects)


def begin(**changes: Any) -> BeginMessage:
    """A message of nobody in particular begins."""
    values: dict[str, Any] = {
        "message_id": str(uuid7()),
        "agent_id": None,
        "agent_name": None,
        "summary": False,
    }
    return BeginMessage(**{**values, **changes})


def finish(begun: BeginMessage, seq: object, content: str = "Hello!") -> FinishMessage:
    """The message ends complete."""
    assert isinstance(seq, int)
    return FinishMessage(begun.message_id, seq, content, "complete", (21, 7))


def put(store: Store, *writes: RunWrite, owner: str = "p") -> list[int | Lost | None]:
    """Write as the process ``p``."""
    return store.runs.write(writes, owner=owner)


def log_of(store: Store, run: RunRecord) -> list[tuple[int, bytes]]:
    """All events of the run."""
    return store.runs.events(run.run_id, after=0, limit=100_000)
