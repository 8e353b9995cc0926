"""Operations of the tag ``agent_sessions``: sessions with an agent, under ``/sessions/``."""

from __future__ import annotations

from palaver.auth.principal import Principal
from palaver.contract.reply import Reply
from palaver.errors import UserForbidden
from palaver.handlers import shapes
from palaver.handlers.backend import Backend
from palaver.handlers.idempotency import once
from palaver.models import (
    AgentSessionCreated,
    AgentSessionDeleted,
    AgentSessionRenamed,
    AgentSessionReply,
    AgentSessions,
    HistoryUpdate,
    HistoryUpdated,
    RecentSessionHistory,
    SessionHistory,
    SessionSortField,
    SortOrder,
    StandaloneSessions,
    UserSessions,
)

DEFAULT_NAME = "Untitled Session"


def create_agent_session(
    *,
    principal: Principal,
    backend: Backend,
    idempotency_key: str | None,
    agent_id: str,
    max_context_results: int,
    name: str,
) -> Reply[AgentSessionCreated]:
    """Create a standalone session and say where it is."""
    title = name if name.strip() else DEFAULT_NAME
    record = backend.store.sessions.create(
        owner=principal.subject,
        kind="standalone",
        title=title,
        auto_title=title == DEFAULT_NAME,
        agents=[agent_id],
        max_context_results=max_context_results,
        once=once(
            idempotency_key,
            principal,
            "create_agent_session",
            agent=agent_id,
            results=max_context_results,
            name=name,
        ),
    )
    return Reply(
        AgentSessionCreated(
            message="Chat session created successfully.", session_id=record.session_id
        ),
        headers={"Location": f"/sessions/get/{record.session_id}"},
    )


def delete_agent_session(
    *, principal: Principal, backend: Backend, session_id: str
) -> AgentSessionDeleted:
    """Delete a session of either kind."""
    backend.store.sessions.delete(session_id, viewer=principal.viewer)
    return AgentSessionDeleted(message="Chat session deleted successfully.")


def get_agent_session_history(
    *, principal: Principal, backend: Backend, session_id: str, limit: int, skip: int
) -> SessionHistory:
    """Read history from the start."""
    page = backend.store.messages.history(
        session_id, viewer=principal.viewer, limit=limit, skip=skip
    )
    return SessionHistory(
        message="Session history retrieved successfully.",
        data=shapes.history_page(page, skip=skip, limit=limit),
    )


def update_agent_session_history(
    *,
    principal: Principal,
    backend: Backend,
    session_id: str,
    idempotency_key: str | None,
    body: HistoryUpdate,
) -> HistoryUpdated:
    """Append a message."""
    backend.store.messages.append(
        session_id,
        viewer=principal.viewer,
        role=body.role,
        content=body.content,
        once=once(
            idempotency_key,
            principal,
            "update_agent_session_history",
            session=session_id,
            body=body,
        ),
    )
    return HistoryUpdated(message="Session history updated successfully.")


def get_recent_session_history(
    *, principal: Principal, backend: Backend, session_id: str, limit: int, skip: int
) -> RecentSessionHistory:
    """Read history from the end."""
    page = backend.store.messages.recent(
        session_id, viewer=principal.viewer, limit=limit, skip=skip
    )
    return RecentSessionHistory(
        message="Recent session history retrieved successfully.",
        data=shapes.history_page(page, skip=skip, limit=limit),
    )


def list_user_sessions(
    *,
    principal: Principal,
    backend: Backend,
    user_id: str,
    limit: int,
    skip: int,
    sort_by: SessionSortField,
    sort_order: SortOrder,
) -> UserSessions:
    """List all sessions of the caller, or of anybody for an administrator."""
    if user_id != principal.subject and not principal.is_admin:
        raise UserForbidden
    records = backend.store.sessions.list_by_owner(
        user_id,
        kinds=None,
        limit=limit,
        skip=skip,
        sort_by=sort_by,
        descending=sort_order == -1,
    )
    return UserSessions(
        message="User sessions retrieved successfully.",
        data=[shapes.agent_session(record) for record in records],
    )


def list_agent_sessions(
    *,
    principal: Principal,
    backend: Backend,
    agent_id: str,
    limit: int,
    skip: int,
    sort_by: SessionSortField,
    sort_order: SortOrder,
) -> AgentSessions:
    """List the sessions in which an agent takes part."""
    records = backend.store.sessions.list_by_agent(
        agent_id,
        viewer=principal.viewer,
        limit=limit,
        skip=skip,
        sort_by=sort_by,
        descending=sort_order == -1,
    )
    return AgentSessions(
        message="Agent sessions retrieved successfully.",
        data=[shapes.agent_session(record) for record in records],
    )


def get_agent_session(
    *, principal: Principal, backend: Backend, session_id: str, limit: int, skip: int
) -> AgentSessionReply:
    """Read a session with a page of its history."""
    record, page = backend.store.messages.with_session(
        session_id, viewer=principal.viewer, limit=limit, skip=skip
    )
    return AgentSessionReply(
        message="Session details retrieved successfully.",
        data=shapes.agent_session_details(record, page.items),
    )


def list_standalone_sessions(
    *,
    principal: Principal,
    backend: Backend,
    limit: int,
    skip: int,
    sort_by: SessionSortField,
    sort_order: SortOrder,
) -> StandaloneSessions:
    """List the caller's sessions without a team."""
    records = backend.store.sessions.list_by_owner(
        principal.subject,
        kinds="standalone",
        limit=limit,
        skip=skip,
        sort_by=sort_by,
        descending=sort_order == -1,
    )
    return StandaloneSessions(
        message="Standalone sessions retrieved successfully.",
        data=[shapes.agent_session(record) for record in records],
    )


def rename_agent_session(
    *, principal: Principal, backend: Backend, session_id: str, name: str
) -> AgentSessionRenamed:
    """Rename a session of either kind."""
    backend.store.sessions.rename(session_id, title=name, viewer=principal.viewer)
    return AgentSessionRenamed(message="Session renamed successfully.")
