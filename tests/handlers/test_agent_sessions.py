"""Sessions with an agent: what requirement 1 says, said by the server."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from palaver.store import Store

if TYPE_CHECKING:
    from tests.handlers.conftest import SendAsWritten

SESSION_NOT_FOUND = {"message": "Session not found", "error": "session_not_found"}
INVALID_ROLE = {"message": "Invalid role. Must be 'user' or 'assistant'.", "error": "invalid_role"}
MISSING_AGENT = {"message": "Agent ID is required", "error": "missing_agent_id"}
FORBIDDEN = {
    "message": "You do not have permission to use this session.",
    "error": "forbidden",
}

# The examples of requirement 1, each as it stands there. Where the page has `[ ... ]`, or a value
# that only the server can know, stands `...` here.
EXAMPLES: list[tuple[str, int, dict[str, Any]]] = [
    (
        """
        POST /create?agent_id=agent123&max_context_results=3&name=My%20Session
        Authorization: Bearer <your_jwt_token>
        """,
        201,
        {"message": "Chat session created successfully.", "session_id": ...},
    ),
    (
        """
        DELETE /delete/session123
        Authorization: Bearer <your_jwt_token>
        """,
        200,
        {"message": "Chat session deleted successfully."},
    ),
    (
        """
        GET /history/session123?limit=50&skip=10
        Authorization: Bearer <your_jwt_token>
        """,
        200,
        {
            "message": "Session history retrieved successfully.",
            "data": {"history": ..., "total": 100, "skip": 10, "limit": 50},
        },
    ),
    (
        """
        POST /history/update/session123
        Authorization: Bearer <your_jwt_token>
        Content-Type: application/json

        {
            "role": "user",
            "content": "What is the capital of France?"
        }
        """,
        200,
        {"message": "Session history updated successfully."},
    ),
    (
        """
        GET /history/recent/session123?limit=10
        Authorization: Bearer <your_jwt_token>
        """,
        200,
        {
            "message": "Recent session history retrieved successfully.",
            "data": {"history": ..., "total": 100, "skip": 0, "limit": 10},
        },
    ),
    (
        """
        GET /get_all/user123?limit=30&sort_by=last_active&sort_order=1
        Authorization: Bearer <your_jwt_token>
        """,
        200,
        {"message": "User sessions retrieved successfully.", "data": ...},
    ),
    (
        """
        GET /get_by_agent/agent123?limit=30&sort_by=last_active&sort_order=1
        Authorization: Bearer <your_jwt_token>
        """,
        200,
        {"message": "Agent sessions retrieved successfully.", "data": ...},
    ),
    (
        """
        GET /get_all_standalone?limit=30
        Authorization: Bearer <your_jwt_token>
        """,
        200,
        {"message": "Standalone sessions retrieved successfully.", "data": ...},
    ),
    (
        """
        PUT /rename/session123?name=Updated%20Session%20Name
        Authorization: Bearer <your_jwt_token>
        """,
        200,
        {"message": "Session renamed successfully."},
    ),
]


def agrees(documented: Any, answered: Any) -> bool:
    if documented is ...:
        return bool(answered)
    if isinstance(documented, dict):
        return documented.keys() == answered.keys() and all(
            agrees(documented[key], answered[key]) for key in documented
        )
    return bool(documented == answered)


@pytest.mark.usefixtures("documented")
@pytest.mark.parametrize(
    ("request_text", "status", "answer"), EXAMPLES, ids=[each[0].split()[1] for each in EXAMPLES]
)
def test_every_example_gets_the_documented_answer(
    request_text: str, status: int, answer: dict[str, Any], send_as_written: SendAsWritten
) -> None:
    response = send_as_written(request_text, user="user123", under="/sessions")
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/json"
    assert agrees(answer, response.json()), response.json()


@pytest.mark.usefixtures("documented")
def test_get_agent_session_answers_its_example(send_as_written: SendAsWritten) -> None:
    response = send_as_written(
        """
        GET /get/session123?limit=50
        Authorization: Bearer <your_jwt_token>
        """,
        user="user123",
        under="/sessions",
    )
    assert response.status_code == 200
    assert response.json().keys() == {"message", "data"}
    assert response.json()["message"] == "Session details retrieved successfully."
    data = response.json()["data"]
    assert data["session_id"] == "session123"
    assert data["agent_id"] == "agent123"
    assert data["user_id"] == "user123"
    assert datetime.fromisoformat(data["created_at"]).tzinfo is not None
    assert [each["content"] for each in data["history"]] == [f"message {n}" for n in range(50)]


# ---------------------------------------------------------------------------- errors, as documented


@pytest.mark.parametrize(
    "query",
    ["", "?agent_id=", "?agent_id=%20", "?agent_id=+%20+", "?agent_id", "?name=My%20Session"],
)
def test_create_agent_session_wants_an_agent(client: httpx.Client, user: str, query: str) -> None:
    response = client.post(f"/sessions/create{query}")
    assert response.status_code == 400
    assert response.json() == MISSING_AGENT
    assert client.get(f"/sessions/get_all/{user}").json()["data"] == []


@pytest.mark.parametrize("path", ["/sessions/get_all/", "/sessions/get_all/%20"])
def test_list_user_sessions_wants_a_user(client: httpx.Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 400
    assert response.json() == {"message": "User ID is required", "error": "missing_user_id"}


@pytest.mark.parametrize("path", ["/sessions/get_by_agent/", "/sessions/get_by_agent/%20%20"])
def test_list_agent_sessions_wants_an_agent(client: httpx.Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 400
    assert response.json() == MISSING_AGENT


@pytest.mark.parametrize(
    "session_id", ["nowhere", "019a9f3e-7b1c-7c5e-9a57-3f1d2c4b5a69", "a%2Fb", "%E2%82%AC"]
)
def test_a_session_that_is_not_there_is_not_found(client: httpx.Client, session_id: str) -> None:
    message = {"role": "user", "content": "hello"}
    answers = [
        client.delete(f"/sessions/delete/{session_id}"),
        client.get(f"/sessions/history/{session_id}"),
        client.post(f"/sessions/history/update/{session_id}", json=message),
        client.get(f"/sessions/history/recent/{session_id}"),
        client.get(f"/sessions/get/{session_id}"),
    ]
    assert [each.status_code for each in answers] == [404] * 5
    assert [each.json() for each in answers] == [SESSION_NOT_FOUND] * 5
    renamed = client.put(f"/sessions/rename/{session_id}", params={"name": "New"})
    assert renamed.status_code == 404
    assert renamed.json() == {"message": "Failed to rename session.", "error": "Session not found"}


@pytest.mark.parametrize("role", ["system", "", "User", None, 1, ["user"]])
def test_update_agent_session_history_takes_two_roles(
    client: httpx.Client, created: str, role: Any
) -> None:
    body = {"role": role, "content": "hello"}
    response = client.post(f"/sessions/history/update/{created}", json=body)
    assert response.status_code == 400
    assert response.json() == INVALID_ROLE
    assert client.get(f"/sessions/history/{created}").json()["data"]["total"] == 0


def test_update_agent_session_history_wants_a_role(client: httpx.Client, created: str) -> None:
    response = client.post(f"/sessions/history/update/{created}", json={"content": "hello"})
    assert response.status_code == 400
    assert response.json() == INVALID_ROLE


@pytest.mark.parametrize("body", [{"role": "user"}, {"role": "user", "content": ""}])
def test_update_agent_session_history_wants_content(
    client: httpx.Client, created: str, body: dict[str, str]
) -> None:
    response = client.post(f"/sessions/history/update/{created}", json=body)
    assert response.status_code == 400
    assert response.json()["error"] == "invalid_request"
    assert response.json()["message"].startswith("content: ")


@pytest.mark.parametrize("query", ["", "?name=", "?name=%20"])
def test_rename_agent_session_wants_a_name(client: httpx.Client, created: str, query: str) -> None:
    response = client.put(f"/sessions/rename/{created}{query}")
    assert response.status_code == 400
    assert response.json() == {"message": "Failed to rename session.", "error": "Name is required"}
    assert client.get(f"/sessions/get/{created}").json()["data"]["name"] == "Untitled Session"


# -------------------------------------------------------------------------------- creating, reading


def test_create_agent_session_has_the_documented_defaults(
    client: httpx.Client, user: str, created: str
) -> None:
    data = client.get(f"/sessions/get/{created}").json()["data"]
    moment = data["created_at"]
    assert data == {
        "session_id": created,
        "name": "Untitled Session",
        "session_type": "standalone",
        "agent_id": "agent123",
        "agents": [{"agent_id": "agent123", "name": "agent123"}],
        "user_id": user,
        "max_context_results": 1,
        "created_at": moment,
        "updated_at": moment,
        "last_active": moment,
        "message_count": 0,
        "history": [],
    }


@pytest.mark.parametrize("name", ["", " ", "%20%20"])
def test_create_agent_session_takes_a_blank_name_for_none(client: httpx.Client, name: str) -> None:
    made = client.post(f"/sessions/create?agent_id=a&name={name}")
    assert made.status_code == 201
    data = client.get(made.headers["Location"]).json()["data"]
    assert data["name"] == "Untitled Session"


def test_create_agent_session_keeps_what_it_is_given(client: httpx.Client) -> None:
    name, agent = "Größe & Maß / 你好 🙂", "an agent/with ümlauts"
    made = client.post(
        "/sessions/create", params={"agent_id": agent, "max_context_results": 100, "name": name}
    )
    assert made.status_code == 201
    found = client.get(made.headers["Location"])
    assert found.status_code == 200
    data = found.json()["data"]
    assert data["session_id"] == made.json()["session_id"]
    assert (data["name"], data["agent_id"], data["max_context_results"]) == (name, agent, 100)


@pytest.mark.parametrize("wrong", ["0", "101", "1.5", "three", ""])
def test_create_agent_session_bounds_the_context(client: httpx.Client, wrong: str) -> None:
    response = client.post(f"/sessions/create?agent_id=a&max_context_results={wrong}")
    assert response.status_code == 400
    assert response.json()["error"] == "invalid_request"
    assert response.json()["message"].startswith("max_context_results: ")


def test_create_agent_session_copies_the_name_that_the_agent_has_now(client: httpx.Client) -> None:
    agent = f"agent-{uuid.uuid4()}"
    client.post("/api/agents", json={"agent_id": agent, "name": "Geographer"})
    made = client.post("/sessions/create", params={"agent_id": agent}).headers["Location"]
    expected = [{"agent_id": agent, "name": "Geographer"}]
    assert client.get(made).json()["data"]["agents"] == expected
    assert client.patch(f"/api/agents/{agent}", json={"name": "Other"}).status_code == 200
    assert client.get(made).json()["data"]["agents"] == expected
    assert client.delete(f"/api/agents/{agent}").status_code == 204
    assert client.get(made).json()["data"]["agents"] == expected
    later = client.post("/sessions/create", params={"agent_id": agent}).headers["Location"]
    assert client.get(later).json()["data"]["agents"] == [{"agent_id": agent, "name": agent}]


def test_delete_agent_session_takes_the_history_with_it(
    client: httpx.Client, user: str, created: str, store: Store
) -> None:
    store.messages.append(created, viewer=user, role="user", content="hello")
    assert client.delete(f"/sessions/delete/{created}").status_code == 200
    for path in ("get", "history", "history/recent"):
        assert client.get(f"/sessions/{path}/{created}").json() == SESSION_NOT_FOUND
    again = client.delete(f"/sessions/delete/{created}")
    assert (again.status_code, again.json()) == (404, SESSION_NOT_FOUND)
    for path in (f"get_all/{user}", "get_by_agent/agent123", "get_all_standalone"):
        assert client.get(f"/sessions/{path}").json()["data"] == []


def test_rename_agent_session_shows_everywhere(
    client: httpx.Client, user: str, created: str
) -> None:
    renamed = client.put(f"/sessions/rename/{created}", params={"name": "Updated"})
    assert renamed.json() == {"message": "Session renamed successfully."}
    data = client.get(f"/sessions/get/{created}").json()["data"]
    assert data["name"] == "Updated"
    assert data["updated_at"] > data["created_at"]
    for path in (f"get_all/{user}", "get_by_agent/agent123", "get_all_standalone"):
        listed = client.get(f"/sessions/{path}", params={"sort_by": "name"}).json()["data"]
        assert [each["name"] for each in listed] == ["Updated"]


# -------------------------------------------------------------------------------------- whose it is


def test_a_session_of_somebody_else_is_forbidden(
    client: httpx.Client, stranger: httpx.Client, created: str
) -> None:
    message = {"role": "user", "content": "hello"}
    answers = [
        stranger.delete(f"/sessions/delete/{created}"),
        stranger.get(f"/sessions/history/{created}"),
        stranger.post(f"/sessions/history/update/{created}", json=message),
        stranger.get(f"/sessions/history/recent/{created}"),
        stranger.get(f"/sessions/get/{created}"),
    ]
    assert [each.status_code for each in answers] == [403] * 5
    assert [each.json() for each in answers] == [FORBIDDEN] * 5
    renamed = stranger.put(f"/sessions/rename/{created}", params={"name": "Mine"})
    assert renamed.status_code == 403
    assert renamed.json() == {
        "message": "Failed to rename session.",
        "error": "The session belongs to another user",
    }
    data = client.get(f"/sessions/get/{created}").json()["data"]
    assert (data["name"], data["message_count"]) == ("Untitled Session", 0)


def test_an_administrator_may_use_every_session(admin: httpx.Client, created: str) -> None:
    message = {"role": "user", "content": "hello"}
    assert admin.post(f"/sessions/history/update/{created}", json=message).status_code == 200
    assert admin.put(f"/sessions/rename/{created}?name=New").status_code == 200
    assert admin.get(f"/sessions/get/{created}").json()["data"]["name"] == "New"
    assert admin.delete(f"/sessions/delete/{created}").status_code == 200


def test_the_methods_are_the_documented_ones(client: httpx.Client, created: str) -> None:
    response = client.post(f"/sessions/rename/{created}?name=New")
    assert response.status_code == 405
    assert response.headers["Allow"] == "PUT"
    assert response.json()["error"] == "method_not_allowed"
