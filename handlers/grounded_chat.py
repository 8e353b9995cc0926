"""Operations of the tag ``grounded_chat``: conversations that answer from the books alone."""

from __future__ import annotations

import contextlib

from palaver.auth.principal import Principal
from palaver.contract.reply import ArrayStream, Reply
from palaver.errors import TurnFailed
from palaver.handlers import shapes
from palaver.handlers.backend import Backend
from palaver.handlers.idempotency import once
from palaver.models import (
    GroundedAnswer,
    GroundedMessageCreate,
    GroundedSession,
    GroundedSessionCreate,
)
from palaver.store import MessageRecord

TITLE = "Untitled Session"
PASSAGES = 6
"""How many passages an answer is made from, at the most."""

MESSAGES_PER_BATCH = 100
MOST_MESSAGES = 1_000_000
PATIENCE_SECONDS = 60.0


def create_grounded_session(
    *,
    principal: Principal,
    backend: Backend,
    idempotency_key: str | None,
    body: GroundedSessionCreate | None,
) -> Reply[GroundedSession]:
    """Create a session and say where its messages are."""
    wanted = body or GroundedSessionCreate()
    record = backend.store.sessions.create(
        owner=principal.subject,
        kind="standalone",
        title=TITLE,
        auto_title=True,
        agents=[],
        max_context_results=PASSAGES,
        topic_id=wanted.topic_id or None,
        once=once(idempotency_key, principal, "create_grounded_session", body=wanted),
    )
    session = GroundedSession(
        session_id=record.session_id, topic_id=record.topic_id, created_at=record.created_at
    )
    where = f"/api/v1/chat/sessions/{shapes.in_path(record.session_id)}/messages"
    return Reply(session, headers={"Location": where})


def delete_grounded_session(*, principal: Principal, backend: Backend, session_id: str) -> None:
    """Delete a session and all its messages."""
    backend.store.sessions.delete(session_id, viewer=principal.viewer)


def list_grounded_messages(
    *, principal: Principal, backend: Backend, session_id: str
) -> ArrayStream:
    """Read all messages, batch by batch."""
    total = backend.store.sessions.get(session_id, viewer=principal.viewer).message_count
    batches = backend.store.messages.read(
        session_id,
        viewer=principal.viewer,
        start_seq=max(0, total - MOST_MESSAGES),
        stop_seq=total,
        batch=MESSAGES_PER_BATCH,
    )
    return ArrayStream(
        name=None,
        batches=(
            [shapes.grounded_message(record) for record in batch if _is_told(record)]
            for batch in batches
        ),
    )


def _is_told(record: MessageRecord) -> bool:
    """Whether the surface, which knows no unfinished answers, shows a message."""
    return record.role == "user" or record.status == "complete"


async def send_grounded_message(
    *,
    principal: Principal,
    backend: Backend,
    session_id: str,
    idempotency_key: str | None,
    body: GroundedMessageCreate,
) -> GroundedAnswer:
    """Run a turn that answers from the books, and wait for its end."""
    begun = await backend.turns.begin(
        session_id,
        body.content,
        viewer=principal.viewer,
        once=once(
            idempotency_key,
            principal,
            "send_grounded_message",
            session=session_id,
            message=body.content,
        ),
        grounded=True,
    )
    with contextlib.closing(begun.reader) as reader:
        while await reader.read(PATIENCE_SECONDS) is not None:
            pass
    # Fails where the session was deleted meanwhile.
    run = await backend.turns.run(session_id, begun.run.run_id, viewer=None)
    if run.status == "failed":
        raise TurnFailed(f"{run.error_code}: {run.error_detail}", run_id=run.run_id)
    return shapes.grounded_answer(await backend.turns.answer(run))
