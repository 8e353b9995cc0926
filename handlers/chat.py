"""Operations of the tag ``chat``: turns of a conversation."""

from __future__ import annotations

import contextlib
from typing import Literal

from palaver.auth.principal import Principal
from palaver.chat import events
from palaver.chat.turns import Begun
from palaver.contract.reply import EventStream, Reply
from palaver.errors import TurnFailed
from palaver.handlers import shapes
from palaver.handlers.backend import Backend
from palaver.handlers.idempotency import once
from palaver.models import (
    ChatMessageCreate,
    Message,
    MessageCompleted,
    Run,
    RunError,
    SessionMessageCreate,
    Turn,
)
from palaver.store import Once

MediaType = Literal["text/event-stream", "application/json"]

NOT_TO_BE_KEPT = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
PATIENCE_SECONDS = 60.0


async def send_chat_message(
    *,
    principal: Principal,
    backend: Backend,
    idempotency_key: str | None,
    body: ChatMessageCreate,
    media_type: MediaType,
) -> Reply[EventStream] | Reply[Turn]:
    """Start a turn of the session that the body names."""
    # Both URLs are one operation: a key that was used at one counts at the other.
    key = once(idempotency_key, principal, "chat", session=body.session_id, message=body.message)
    return await _turn(principal, backend, body.session_id, body.message, key, media_type)


async def send_session_message(
    *,
    principal: Principal,
    backend: Backend,
    session_id: str,
    idempotency_key: str | None,
    body: SessionMessageCreate,
    media_type: MediaType,
) -> Reply[EventStream] | Reply[Turn]:
    """Start a turn of the session that the path names."""
    key = once(idempotency_key, principal, "chat", session=session_id, message=body.message)
    return await _turn(principal, backend, session_id, body.message, key, media_type)


async def get_run(*, principal: Principal, backend: Backend, session_id: str, run_id: str) -> Run:
    """Read the state of a run."""
    return shapes.run(await backend.turns.run(session_id, run_id, viewer=principal.viewer))


async def stream_run_events(
    *, principal: Principal, backend: Backend, session_id: str, run_id: str, last_event_id: int
) -> Reply[EventStream] | Reply[None]:
    """Follow a run from where the client left off."""
    reader = await backend.turns.follow(
        session_id, run_id, after=last_event_id, viewer=principal.viewer
    )
    if reader is None:
        return Reply(None, status=204)
    return Reply(EventStream(reader), status=200, headers=NOT_TO_BE_KEPT)


async def cancel_run(
    *, principal: Principal, backend: Backend, session_id: str, run_id: str
) -> Run:
    """Cancel a run and wait for its end."""
    return shapes.run(await backend.turns.cancel(session_id, run_id, viewer=principal.viewer))


async def _turn(
    principal: Principal,
    backend: Backend,
    session_id: str,
    message: str,
    key: Once | None,
    media_type: MediaType,
) -> Reply[EventStream] | Reply[Turn]:
    begun = await backend.turns.begin(session_id, message, viewer=principal.viewer, once=key)
    run_id = begun.run.run_id
    headers = NOT_TO_BE_KEPT | {
        "Location": f"/api/sessions/{shapes.in_path(session_id)}/runs/{run_id}/events",
        "X-Run-Id": run_id,
        "X-Message-Id": begun.message.message_id,
    }
    if media_type == "text/event-stream":
        return Reply(EventStream(begun.reader), headers=headers)
    return Reply(await _ended(backend, begun), headers=headers, media_type="application/json")


async def _ended(backend: Backend, begun: Begun) -> Turn:
    """The turn once it has ended, from its events. Raises ``TurnFailed``."""
    run = begun.run
    messages: list[Message] = []
    with contextlib.closing(begun.reader) as reader:
        while (batch := await reader.read(PATIENCE_SECONDS)) is not None:
            for event in (events.read(data) for _, data in batch):
                if isinstance(event, MessageCompleted):
                    messages.append(event.message)
                elif isinstance(event, RunError):
                    raise TurnFailed(f"{event.code}: {event.detail}", run_id=run.run_id)
    # Fails where the session was deleted meanwhile.
    ended = await backend.turns.run(run.session_id, run.run_id, viewer=None)
    if ended.status == "failed":
        # Its events, and the error among them, expired meanwhile.
        raise TurnFailed(f"{ended.error_code}: {ended.error_detail}", run_id=run.run_id)
    return Turn(
        run_id=run.run_id,
        session_id=run.session_id,
        message_id=begun.message.message_id,
        status="cancelled" if ended.status == "cancelled" else "completed",
        messages=messages,
    )
