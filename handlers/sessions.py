"""Operations of the tag ``sessions``: sessions and their messages, under ``/api/sessions``."""

from __future__ import annotations

from msgspec import UNSET

from palaver.auth.principal import Principal
from palaver.chat import events
from palaver.contract.reply import ArrayStream, Reply
from palaver.handlers import shapes
from palaver.handlers.backend import Backend
from palaver.handlers.idempotency import once
from palaver.models import (
    Session,
    SessionCleanup,
    SessionCleanupResult,
    SessionCreate,
    SessionPage,
)

DEFAULT_TITLE = "Untitled Session"
MESSAGES_PER_BATCH = 100
"""How many messages are held at once while a long history is sent."""


def create_session(
    *,
    principal: Principal,
    backend: Backend,
    idempotency_key: str | None,
    body: SessionCreate | None,
) -> Reply[Session]:
    """Create a session and say where it is."""
    wanted = body or SessionCreate()
    title = wanted.title if wanted.title and wanted.title.strip() else DEFAULT_TITLE
    record = backend.store.sessions.create(
        owner=principal.subject,
        kind="standalone",
        title=title,
        auto_title=title == DEFAULT_TITLE,
        agents=[],
        max_context_results=1,
        profile_id=wanted.profile_id or None,
        profile_name=None if wanted.profile_name is UNSET else wanted.profile_name,
        once=once(idempotency_key, principal, "create_session", body=wanted),
    )
    return Reply(shapes.session(record), headers={"Location": f"/api/sessions/{record.session_id}"})


def list_sessions(
    *,
    principal: Principal,
    backend: Backend,
    limit: int,
    cursor: str | None,
    profile_id: int | None,
) -> SessionPage:
    """List the caller's sessions, most recently active first."""
    page = backend.store.sessions.page_by_activity(
        principal.subject, profile_id=profile_id, limit=limit, cursor=cursor
    )
    return SessionPage(
        sessions=[shapes.session(record) for record in page.items],
        count=len(page.items),
        next_cursor=page.next_cursor,
    )


def get_session(*, principal: Principal, backend: Backend, session_id: str) -> Session:
    """Read a session."""
    return shapes.session(backend.store.sessions.get(session_id, viewer=principal.viewer))


def rename_session(
    *, principal: Principal, backend: Backend, session_id: str, title: str
) -> Session:
    """Rename a session."""
    return shapes.session(
        backend.store.sessions.rename(session_id, title=title, viewer=principal.viewer)
    )


def delete_session(*, principal: Principal, backend: Backend, session_id: str) -> None:
    """Delete a session."""
    backend.store.sessions.delete(session_id, viewer=principal.viewer)


def delete_sessions(
    *, principal: Principal, backend: Backend, body: SessionCleanup
) -> SessionCleanupResult:
    """Delete several sessions at once."""
    deleted = backend.store.sessions.delete_many(body.session_ids, viewer=principal.viewer)
    return SessionCleanupResult(deleted=len(deleted), session_ids=deleted)


def list_session_messages(
    *,
    principal: Principal,
    backend: Backend,
    session_id: str,
    limit: int,
    cursor: str | None,
) -> ArrayStream:
    """Read all messages, batch by batch."""
    messages = backend.store.messages
    total = backend.store.sessions.get(session_id, viewer=principal.viewer).message_count
    start = messages.cursor_seq(session_id, cursor) if cursor is not None else 0
    stop = min(start + limit, total)
    batches = messages.read(
        session_id,
        viewer=principal.viewer,
        start_seq=start,
        stop_seq=stop,
        batch=MESSAGES_PER_BATCH,
    )
    return ArrayStream(
        name="messages",
        batches=([events.message(record) for record in batch] for batch in batches),
        rest={"next_cursor": messages.make_cursor(session_id, stop) if stop < total else None},
    )
