"""What the server does for each operation: one module a tag, one function an operationId.

The contract documents each of them. The assignments below let mypy hold every module against the
protocol that is generated from the contract.
"""

from __future__ import annotations

from palaver.contract.operations import (
    AgentSessionsOperations,
    AgentsOperations,
    ChatOperations,
    ContractOperations,
    HealthOperations,
    ProfilesOperations,
    SessionsOperations,
    TeamSessionsOperations,
)
from palaver.handlers import (
    agent_sessions,
    agents,
    chat,
    contract,
    health,
    profiles,
    sessions,
    team_sessions,
)
from palaver.handlers.backend import Backend

_agent_sessions: AgentSessionsOperations[Backend] = agent_sessions
_agents: AgentsOperations[Backend] = agents
_chat: ChatOperations[Backend] = chat
_contract: ContractOperations[Backend] = contract
_health: HealthOperations[Backend] = health
_profiles: ProfilesOperations[Backend] = profiles
_sessions: SessionsOperations[Backend] = sessions
_team_sessions: TeamSessionsOperations[Backend] = team_sessions
