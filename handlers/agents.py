"""Operations of the tag ``agents``: the catalogue of agents."""

from __future__ import annotations

from urllib.parse import quote

from msgspec import UNSET
from msgspec.structs import asdict

from palaver.auth.principal import Principal
from palaver.contract.reply import Reply
from palaver.handlers.backend import Backend
from palaver.handlers.idempotency import once
from palaver.models import Agent, AgentCreate, AgentPage, AgentUpdate
from palaver.store import AgentRecord


def list_agents(
    *, principal: Principal, backend: Backend, limit: int, cursor: str | None
) -> AgentPage:
    """List the catalogue; every user sees all of it."""
    page = backend.store.agents.page(limit=limit, cursor=cursor)
    return AgentPage(
        agents=[_shape(record) for record in page.items],
        count=len(page.items),
        next_cursor=page.next_cursor,
    )


def create_agent(
    *, principal: Principal, backend: Backend, idempotency_key: str | None, body: AgentCreate
) -> Reply[Agent]:
    """Add an entry that belongs to the caller."""
    given = {name: value for name, value in asdict(body).items() if value is not UNSET}
    key = once(idempotency_key, principal, "create_agent", body=body)
    record = backend.store.agents.create(created_by=principal.subject, once=key, **given)
    return Reply(
        _shape(record), headers={"Location": f"/api/agents/{quote(record.agent_id, safe='')}"}
    )


def get_agent(*, principal: Principal, backend: Backend, agent_id: str) -> Agent:
    """Read an entry; every user may."""
    return _shape(backend.store.agents.get(agent_id))


def update_agent(
    *, principal: Principal, backend: Backend, agent_id: str, body: AgentUpdate
) -> Agent:
    """Change the given fields; absent ones stay."""
    changes = {name: value for name, value in asdict(body).items() if value is not UNSET}
    return _shape(backend.store.agents.update(agent_id, changes=changes, viewer=principal.viewer))


def delete_agent(*, principal: Principal, backend: Backend, agent_id: str) -> None:
    """Take an entry out of the catalogue."""
    backend.store.agents.delete(agent_id, viewer=principal.viewer)


def _shape(record: AgentRecord) -> Agent:
    return Agent(
        agent_id=record.agent_id,
        name=record.name,
        description=record.description,
        instructions=record.instructions,
        created_by=record.created_by,
        created_at=record.created_at,
        updated_at=record.updated_at,
    )
