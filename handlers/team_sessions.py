"""Operations of the tag ``team_sessions``: sessions with several agents, under ``/sessions/``."""

from __future__ import annotations

from msgspec import UNSET

from palaver.auth.principal import Principal
from palaver.contract.reply import Reply
from palaver.handlers import shapes
from palaver.handlers.backend import Backend
from palaver.handlers.idempotency import once
from palaver.models import (
    AgentIds,
    SessionSortField,
    SortOrder,
    TeamHistoryUpdate,
    TeamHistoryUpdated,
    TeamSessionCreated,
    TeamSessionHistory,
    TeamSessions,
    TeamSessionType,
)

DEFAULT_NAME = "Untitled Team Session"


def create_team_session(
    *,
    principal: Principal,
    backend: Backend,
    idempotency_key: str | None,
    max_context_results: int,
    session_type: TeamSessionType,
    name: str,
    body: AgentIds,
) -> Reply[TeamSessionCreated]:
    """Create a team session and say where it is."""
    title = name if name.strip() else DEFAULT_NAME
    record = backend.store.sessions.create(
        owner=principal.subject,
        kind=session_type,
        title=title,
        auto_title=title == DEFAULT_NAME,
        agents=body,
        max_context_results=max_context_results,
        once=once(
            idempotency_key,
            principal,
            "create_team_session",
            results=max_context_results,
            type=session_type,
            name=name,
            agents=body,
        ),
    )
    return Reply(
        TeamSessionCreated(
            message="Team session created successfully.", session_id=record.session_id
        ),
        headers={"Location": f"/sessions/get/{record.session_id}"},
    )


def get_team_session_history(
    *, principal: Principal, backend: Backend, session_id: str, limit: int, skip: int
) -> TeamSessionHistory:
    """Read a team's history from the start."""
    page = backend.store.messages.history(
        session_id, viewer=principal.viewer, limit=limit, skip=skip, team_only=True
    )
    return TeamSessionHistory(
        message="Team session history retrieved successfully.",
        data=shapes.history_page(page, skip=skip, limit=limit),
    )


def update_team_session_history(
    *,
    principal: Principal,
    backend: Backend,
    session_id: str,
    idempotency_key: str | None,
    body: TeamHistoryUpdate,
) -> TeamHistoryUpdated:
    """Append a message, of an agent of the team where one is named."""
    named = body.agent_id is not UNSET and body.agent_id is not None and body.agent_id.strip()
    backend.store.messages.append(
        session_id,
        viewer=principal.viewer,
        role=body.role,
        content=body.content,
        agent_id=str(body.agent_id) if named else None,
        summary=body.summary,
        team_only=True,
        once=once(
            idempotency_key,
            principal,
            "update_team_session_history",
            session=session_id,
            body=body,
        ),
    )
    return TeamHistoryUpdated(message="Team session history updated successfully.")


def list_team_sessions(
    *,
    principal: Principal,
    backend: Backend,
    limit: int,
    skip: int,
    sort_by: SessionSortField,
    sort_order: SortOrder,
) -> TeamSessions:
    """List the caller's team sessions."""
    records = backend.store.sessions.list_by_owner(
        principal.subject,
        kinds="team",
        limit=limit,
        skip=skip,
        sort_by=sort_by,
        descending=sort_order == -1,
    )
    return TeamSessions(
        message="Team sessions retrieved successfully.",
        data=[shapes.team_session(record) for record in records],
    )
