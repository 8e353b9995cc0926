// Generated from openapi.yaml by `python -m codegen`. Do not edit.

import type { Operation } from "../operation.ts";

/** The version of the contract. */
export const CONTRACT_VERSION = "0.1.0";

/** Every operation by the name of its method. */
export const operations: Record<string, Operation> = {
  createAgentSession: { method: "POST", path: "/sessions/create", query: ["agent_id", "max_context_results", "name"], key: true, auth: ["bearer"], accept: ["application/json"] },
  deleteAgentSession: { method: "DELETE", path: "/sessions/delete/{session_id}", auth: ["bearer"], accept: ["application/json"] },
  getAgentSessionHistory: { method: "GET", path: "/sessions/history/{session_id}", query: ["limit", "skip"], auth: ["bearer"], accept: ["application/json"], list: { by: "skip", items: "/data/history", limit: 20, total: "/data/total" } },
  updateAgentSessionHistory: { method: "POST", path: "/sessions/history/update/{session_id}", body: "application/json", key: true, auth: ["bearer"], accept: ["application/json"] },
  getRecentSessionHistory: { method: "GET", path: "/sessions/history/recent/{session_id}", query: ["limit", "skip"], auth: ["bearer"], accept: ["application/json"], list: { by: "skip", items: "/data/history", limit: 20, total: "/data/total", fromEnd: true } },
  listUserSessions: { method: "GET", path: "/sessions/get_all/{user_id}", query: ["limit", "skip", "sort_by", "sort_order"], auth: ["bearer"], accept: ["application/json"], list: { by: "skip", items: "/data", limit: 20 } },
  listAgentSessions: { method: "GET", path: "/sessions/get_by_agent/{agent_id}", query: ["limit", "skip", "sort_by", "sort_order"], auth: ["bearer"], accept: ["application/json"], list: { by: "skip", items: "/data", limit: 20 } },
  getAgentSession: { method: "GET", path: "/sessions/get/{session_id}", query: ["limit", "skip"], auth: ["bearer"], accept: ["application/json"], list: { by: "skip", items: "/data/history", limit: 20, total: "/data/message_count" } },
  createTeamSession: { method: "POST", path: "/sessions/team/create", query: ["max_context_results", "session_type", "name"], body: "application/json", key: true, auth: ["bearer"], accept: ["application/json"] },
  getTeamSessionHistory: { method: "GET", path: "/sessions/team/history/{session_id}", query: ["limit", "skip"], auth: ["bearer"], accept: ["application/json"], list: { by: "skip", items: "/data/history", limit: 20, total: "/data/total" } },
  updateTeamSessionHistory: { method: "POST", path: "/sessions/team/history/update/{session_id}", body: "application/json", key: true, auth: ["bearer"], accept: ["application/json"] },
  listTeamSessions: { method: "GET", path: "/sessions/get_all_team", query: ["limit", "skip", "sort_by", "sort_order"], auth: ["bearer"], accept: ["application/json"], list: { by: "skip", items: "/data", limit: 20 } },
  listStandaloneSessions: { method: "GET", path: "/sessions/get_all_standalone", query: ["limit", "skip", "sort_by", "sort_order"], auth: ["bearer"], accept: ["application/json"], list: { by: "skip", items: "/data", limit: 20 } },
  renameAgentSession: { method: "PUT", path: "/sessions/rename/{session_id}", query: ["name"], auth: ["bearer"], accept: ["application/json"] },
  listSessions: { method: "GET", path: "/api/sessions", query: ["limit", "cursor", "profile_id"], auth: ["bearer"], accept: ["application/json"], list: { by: "cursor", items: "/sessions", next: "/next_cursor" } },
  createSession: { method: "POST", path: "/api/sessions", body: "application/json", key: true, auth: ["bearer"], accept: ["application/json"] },
  deleteSessions: { method: "POST", path: "/api/sessions/cleanup", body: "application/json", auth: ["bearer"], accept: ["application/json"] },
  getSession: { method: "GET", path: "/api/sessions/{session_id}", auth: ["bearer"], accept: ["application/json"] },
  deleteSession: { method: "DELETE", path: "/api/sessions/{session_id}", auth: ["bearer"] },
  renameSession: { method: "PATCH", path: "/api/sessions/{session_id}", query: ["title"], auth: ["bearer"], accept: ["application/json"] },
  listSessionMessages: { method: "GET", path: "/api/sessions/{session_id}/messages", query: ["limit", "cursor"], auth: ["bearer"], accept: ["application/json"], list: { by: "cursor", items: "/messages", next: "/next_cursor" } },
  sendSessionMessage: { method: "POST", path: "/api/sessions/{session_id}/messages", body: "application/json", key: true, auth: ["bearer"], accept: ["application/json"], events: { last: "done", types: ["message.started", "message.delta", "message.completed", "session.titled", "error", "done"], resume: { operation: "streamRunEvents", after: "last_event_id", arguments: { session_id: ["input", "session_id"], run_id: ["header", "X-Run-Id"] } } } },
  getRun: { method: "GET", path: "/api/sessions/{session_id}/runs/{run_id}", auth: ["bearer"], accept: ["application/json"] },
  streamRunEvents: { method: "GET", path: "/api/sessions/{session_id}/runs/{run_id}/events", header: { last_event_id: "Last-Event-ID" }, auth: ["bearer"], events: { last: "done", types: ["message.started", "message.delta", "message.completed", "session.titled", "error", "done"], resume: { operation: "streamRunEvents", after: "last_event_id", arguments: { session_id: ["input", "session_id"], run_id: ["input", "run_id"] } } } },
  cancelRun: { method: "POST", path: "/api/sessions/{session_id}/runs/{run_id}/cancel", auth: ["bearer"], accept: ["application/json"] },
  sendChatMessage: { method: "POST", path: "/api/chat", body: "application/json", key: true, auth: ["bearer"], accept: ["application/json"], events: { last: "done", types: ["message.started", "message.delta", "message.completed", "session.titled", "error", "done"], resume: { operation: "streamRunEvents", after: "last_event_id", arguments: { session_id: ["body", "session_id"], run_id: ["header", "X-Run-Id"] } } } },
  listAgents: { method: "GET", path: "/api/agents", query: ["limit", "cursor"], auth: ["bearer"], accept: ["application/json"], list: { by: "cursor", items: "/agents", next: "/next_cursor" } },
  createAgent: { method: "POST", path: "/api/agents", body: "application/json", key: true, auth: ["bearer"], accept: ["application/json"] },
  getAgent: { method: "GET", path: "/api/agents/{agent_id}", auth: ["bearer"], accept: ["application/json"] },
  deleteAgent: { method: "DELETE", path: "/api/agents/{agent_id}", auth: ["bearer"] },
  updateAgent: { method: "PATCH", path: "/api/agents/{agent_id}", body: "application/json", auth: ["bearer"], accept: ["application/json"] },
  listProfiles: { method: "GET", path: "/api/profiles", query: ["limit", "cursor"], auth: ["bearer"], accept: ["application/json"], list: { by: "cursor", items: "/profiles", next: "/next_cursor" } },
  createProfile: { method: "POST", path: "/api/profiles", body: "application/json", key: true, auth: ["bearer"], accept: ["application/json"] },
  getProfile: { method: "GET", path: "/api/profiles/{profile_id}", auth: ["bearer"], accept: ["application/json"] },
  deleteProfile: { method: "DELETE", path: "/api/profiles/{profile_id}", auth: ["bearer"] },
  updateProfile: { method: "PATCH", path: "/api/profiles/{profile_id}", body: "application/json", auth: ["bearer"], accept: ["application/json"] },
  checkHealth: { method: "GET", path: "/healthz", accept: ["application/json"] },
  checkReadiness: { method: "GET", path: "/readyz", accept: ["application/json"] },
  getContractYaml: { method: "GET", path: "/openapi.yaml", header: { if_none_match: "If-None-Match" }, accept: ["application/yaml"], file: true },
  getContractJson: { method: "GET", path: "/openapi.json", header: { if_none_match: "If-None-Match" }, accept: ["application/json"] },
};
