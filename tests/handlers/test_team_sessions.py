"""Sessions with several agents: what requirement 1 says, said by the server."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from tests.handlers.conftest import ImportMessages, SendAsWritten

SESSION_NOT_FOUND = {"message": "Session not found", "error": "session_not_found"}
INVALID_ROLE = {"message": "Invalid role. Must be 'user' or 'assistant'.", "error": "invalid_role"}
MISSING_AGENTS = {"message": "Agent IDs are required", "error": "missing_agent_ids"}


@pytest.fixture
def team(client: httpx.Client) -> str:
    """A team session of ``user`` with agent1 and agent2."""
    response = client.post("/sessions/team/create", json=["agent1", "agent2"])
    assert response.status_code == 201
    return str(response.json()["session_id"])


@pytest.fixture
def standalone(client: httpx.Client) -> str:
    """A standalone session of ``user``."""
    return str(client.post("/sessions/create?agent_id=agent1").json()["session_id"])


# ------------------------------------------------------------------------------ examples as written


@pytest.mark.usefixtures("documented")
def test_create_team_session_answers_its_example(
    send_as_written: SendAsWritten, anonymous: httpx.Client
) -> None:
    response = send_as_written(
        """
        POST /team/create?max_context_results=1&session_type=team&name=My%20Team%20Session
        Authorization: Bearer <your_jwt_token>
        Content-Type: application/json

        ["agent1", "agent2"]
        """,
        user="user123",
        under="/sessions",
    )
    assert response.status_code == 201
    assert response.json().keys() == {"message", "session_id"}
    assert response.json()["message"] == "Team session created successfully."
    found = send_as_written(
        f"""
        GET {response.headers["Location"]}
        Authorization: Bearer <your_jwt_token>
        """,
        user="user123",
    )
    assert found.status_code == 200
    data = found.json()["data"]
    assert data["session_id"] == response.json()["session_id"]
    assert (data["name"], data["session_type"]) == ("My Team Session", "team")
    assert [each["agent_id"] for each in data["agents"]] == ["agent1", "agent2"]


@pytest.mark.usefixtures("documented")
def test_get_team_session_history_answers_its_example(send_as_written: SendAsWritten) -> None:
    response = send_as_written(
        """
        GET /team/history/teamSession123?limit=30&skip=0
        Authorization: Bearer <your_jwt_token>
        """,
        user="user123",
        under="/sessions",
    )
    assert response.status_code == 200
    body = response.json()
    assert body.keys() == {"message", "data"}
    assert body["message"] == "Team session history retrieved successfully."
    assert body["data"].keys() == {"history", "total", "skip", "limit"}
    assert (body["data"]["total"], body["data"]["skip"], body["data"]["limit"]) == (50, 0, 30)
    assert [each["seq"] for each in body["data"]["history"]] == list(range(30))


@pytest.mark.usefixtures("documented")
def test_update_team_session_history_answers_its_example(send_as_written: SendAsWritten) -> None:
    response = send_as_written(
        """
        POST /team/history/update/teamSession123
        Authorization: Bearer <your_jwt_token>
        Content-Type: application/json

        {
            "agent_id": "agent1",
            "role": "assistant",
            "content": "Here is the update on the current team task.",
            "summary": false
        }
        """,
        user="user123",
        under="/sessions",
    )
    assert response.status_code == 200
    assert response.json() == {"message": "Team session history updated successfully."}
    recent = send_as_written(
        """
        GET /history/recent/teamSession123?limit=1
        Authorization: Bearer <your_jwt_token>
        """,
        user="user123",
        under="/sessions",
    ).json()["data"]
    assert recent["total"] == 51
    message = recent["history"][0]
    assert message["content"] == "Here is the update on the current team task."
    assert (message["agent_id"], message["agent_name"]) == ("agent1", "agent1")
    assert (message["role"], message["summary"]) == ("assistant", False)


@pytest.mark.usefixtures("documented")
def test_list_team_sessions_answers_its_example(send_as_written: SendAsWritten) -> None:
    response = send_as_written(
        """
        GET /get_all_team?limit=30
        Authorization: Bearer <your_jwt_token>
        """,
        user="user123",
        under="/sessions",
    )
    assert response.status_code == 200
    assert response.json().keys() == {"message", "data"}
    assert response.json()["message"] == "Team sessions retrieved successfully."
    assert [each["session_id"] for each in response.json()["data"]] == ["teamSession123"]


# ----------------------------------------------------------------------------------------- creating


@pytest.mark.parametrize(
    "body",
    [None, b"[]", b'[""]', b"null", b'[" "]', b'["agent1", ""]', b"[null]", b'["agent1", null]'],
)
def test_create_team_session_wants_agents(
    client: httpx.Client, user: str, body: bytes | None
) -> None:
    headers = {} if body is None else {"Content-Type": "application/json"}
    response = client.post("/sessions/team/create", content=body, headers=headers)
    assert response.status_code == 400
    assert response.json() == MISSING_AGENTS
    assert client.get(f"/sessions/get_all/{user}").json()["data"] == []


@pytest.mark.parametrize(
    "body",
    ['["a", "a"]', "[1]", '"agent1"', '{"agents": ["agent1"]}',
     "[" + ", ".join(f'"{n}"' for n in range(101)) + "]", '["' + "x" * 129 + '"]'],
)  # fmt: skip
def test_create_team_session_checks_its_agents(client: httpx.Client, body: str) -> None:
    headers = {"Content-Type": "application/json"}
    response = client.post("/sessions/team/create", content=body, headers=headers)
    assert response.status_code == 400
    assert response.json()["error"] == "invalid_request"


def test_create_team_session_has_the_documented_defaults(
    client: httpx.Client, user: str, team: str
) -> None:
    data = client.get(f"/sessions/get/{team}").json()["data"]
    moment = data["created_at"]
    assert data == {
        "session_id": team,
        "name": "Untitled Team Session",
        "session_type": "team",
        "agent_id": None,
        "agents": [
            {"agent_id": "agent1", "name": "agent1"},
            {"agent_id": "agent2", "name": "agent2"},
        ],
        "user_id": user,
        "max_context_results": 1,
        "created_at": moment,
        "updated_at": moment,
        "last_active": moment,
        "message_count": 0,
        "history": [],
    }


@pytest.mark.parametrize("kind", ["team", "team-managed", "team-flow"])
def test_create_team_session_takes_the_documented_types(client: httpx.Client, kind: str) -> None:
    made = client.post("/sessions/team/create", params={"session_type": kind}, json=["a"])
    assert made.status_code == 201
    found = client.get(made.headers["Location"]).json()["data"]
    assert found["session_type"] == kind
    listed = client.get("/sessions/get_all_team").json()["data"]
    assert [each["session_type"] for each in listed] == [kind]


@pytest.mark.parametrize("kind", ["standalone", "crew", "", "TEAM"])
def test_create_team_session_takes_no_other_type(client: httpx.Client, kind: str) -> None:
    made = client.post("/sessions/team/create", params={"session_type": kind}, json=["a"])
    assert made.status_code == 400
    assert made.json()["error"] == "invalid_request"
    assert made.json()["message"].startswith("session_type: ")


@pytest.mark.parametrize("name", ["", "%20"])
def test_create_team_session_takes_a_blank_name_for_none(client: httpx.Client, name: str) -> None:
    made = client.post(f"/sessions/team/create?name={name}", json=["a"])
    data = client.get(made.headers["Location"]).json()["data"]
    assert data["name"] == "Untitled Team Session"


def test_create_team_session_takes_a_hundred_agents_in_their_order(client: httpx.Client) -> None:
    agents = [f"agent {number}" for number in reversed(range(100))]
    made = client.post("/sessions/team/create", json=agents)
    assert made.status_code == 201
    data = client.get(made.headers["Location"]).json()["data"]
    assert [each["agent_id"] for each in data["agents"]] == agents


# ------------------------------------------------------------------------------------------ history


def test_update_team_session_history_takes_the_name_of_the_agent(client: httpx.Client) -> None:
    agent = f"agent-{uuid.uuid4()}"
    client.post("/api/agents", json={"agent_id": agent, "name": "Researcher"})
    team = client.post("/sessions/team/create", json=["agent1", agent]).json()["session_id"]

    def say(content: str) -> None:
        body = {"agent_id": agent, "role": "assistant", "content": content}
        assert client.post(f"/sessions/team/history/update/{team}", json=body).status_code == 200

    say("as created")
    client.patch(f"/api/agents/{agent}", json={"name": "Other"})
    say("after a rename")
    client.delete(f"/api/agents/{agent}")
    say("after the end")
    history = client.get(f"/sessions/team/history/{team}").json()["data"]["history"]
    assert [(each["agent_id"], each["agent_name"]) for each in history] == [
        (agent, "Researcher")
    ] * 3


@pytest.mark.parametrize("agent", [{}, {"agent_id": None}, {"agent_id": ""}, {"agent_id": "  "}])
def test_update_team_session_history_needs_no_agent(
    client: httpx.Client, team: str, agent: dict[str, Any]
) -> None:
    body = {"role": "user", "content": "hello", **agent}
    response = client.post(f"/sessions/team/history/update/{team}", json=body)
    assert response.json() == {"message": "Team session history updated successfully."}
    message = client.get(f"/sessions/team/history/{team}").json()["data"]["history"][0]
    assert (message["agent_id"], message["agent_name"]) == (None, None)


@pytest.mark.parametrize("agent", ["agent3", "AGENT1", " agent1", "agent1 "])
def test_update_team_session_history_takes_no_agent_from_outside(
    client: httpx.Client, team: str, agent: str
) -> None:
    body = {"role": "assistant", "content": "hello", "agent_id": agent}
    response = client.post(f"/sessions/team/history/update/{team}", json=body)
    assert response.status_code == 404
    assert response.json() == {
        "message": "The agent takes no part in this session.",
        "error": "agent_not_found",
    }
    assert client.get(f"/sessions/team/history/{team}").json()["data"]["total"] == 0


@pytest.mark.parametrize(("given", "kept"), [({}, False), ({"summary": False}, False),
                                             ({"summary": True}, True)])  # fmt: skip
def test_update_team_session_history_marks_summaries(
    client: httpx.Client, team: str, given: dict[str, bool], kept: bool
) -> None:
    body = {"role": "assistant", "content": "In short.", "agent_id": "agent2", **given}
    assert client.post(f"/sessions/team/history/update/{team}", json=body).status_code == 200
    for path in ("team/history", "history", "history/recent", "get"):
        history = client.get(f"/sessions/{path}/{team}").json()["data"]["history"]
        assert [each["summary"] for each in history] == [kept]


@pytest.mark.parametrize("role", ["system", "", None, "agent1"])
def test_update_team_session_history_takes_two_roles(
    client: httpx.Client, team: str, role: Any
) -> None:
    body = {"role": role, "content": "hello", "agent_id": "agent1"}
    response = client.post(f"/sessions/team/history/update/{team}", json=body)
    assert response.status_code == 400
    assert response.json() == INVALID_ROLE


@pytest.mark.parametrize("summary", [None, "true", 1])
def test_update_team_session_history_wants_true_or_false(
    client: httpx.Client, team: str, summary: Any
) -> None:
    body = {"role": "user", "content": "hello", "summary": summary}
    response = client.post(f"/sessions/team/history/update/{team}", json=body)
    assert response.status_code == 400
    assert response.json()["error"] == "invalid_request"
    assert response.json()["message"].startswith("summary: ")


def test_get_team_session_history_has_the_documented_defaults(
    client: httpx.Client, team: str, import_messages: ImportMessages
) -> None:
    import_messages(team, 45)
    data = client.get(f"/sessions/team/history/{team}").json()["data"]
    assert [each["seq"] for each in data["history"]] == list(range(20))
    assert (data["total"], data["skip"], data["limit"]) == (45, 0, 20)


def test_get_team_session_history_is_cut_exactly(
    client: httpx.Client, team: str, import_messages: ImportMessages
) -> None:
    import_messages(team, 45)
    found: list[int] = []
    for skip in range(0, 50, 10):
        page = client.get(f"/sessions/team/history/{team}?limit=10&skip={skip}")
        found += [each["seq"] for each in page.json()["data"]["history"]]
    assert found == list(range(45))


# ------------------------------------------------------------------ team paths and standalone paths


def test_team_paths_do_not_find_standalone_sessions(client: httpx.Client, standalone: str) -> None:
    body = {"role": "user", "content": "hello"}
    answers = [
        client.get(f"/sessions/team/history/{standalone}"),
        client.post(f"/sessions/team/history/update/{standalone}", json=body),
        client.post(
            f"/sessions/team/history/update/{standalone}", json={**body, "agent_id": "agent1"}
        ),
    ]
    assert [each.status_code for each in answers] == [404] * 3
    assert [each.json() for each in answers] == [SESSION_NOT_FOUND] * 3
    assert client.get(f"/sessions/history/{standalone}").json()["data"]["total"] == 0


def test_team_paths_do_not_find_what_is_not_there(client: httpx.Client) -> None:
    body = {"role": "user", "content": "hello", "agent_id": "agent1"}
    answers = [
        client.get("/sessions/team/history/nowhere"),
        client.post("/sessions/team/history/update/nowhere", json=body),
    ]
    assert [each.status_code for each in answers] == [404] * 2
    assert [each.json() for each in answers] == [SESSION_NOT_FOUND] * 2


def test_standalone_paths_work_on_team_sessions(client: httpx.Client, team: str) -> None:
    body = {"role": "user", "content": "hello"}
    appended = client.post(f"/sessions/history/update/{team}", json=body)
    assert appended.json() == {"message": "Session history updated successfully."}
    for path in ("history", "history/recent", "get", "team/history"):
        history = client.get(f"/sessions/{path}/{team}").json()["data"]["history"]
        assert [each["content"] for each in history] == ["hello"]
    assert client.put(f"/sessions/rename/{team}?name=New").status_code == 200
    assert client.get(f"/sessions/get/{team}").json()["data"]["name"] == "New"
    assert client.delete(f"/sessions/delete/{team}").status_code == 200
    assert client.get(f"/sessions/team/history/{team}").json() == SESSION_NOT_FOUND


def test_each_list_has_its_kind(
    client: httpx.Client, user: str, team: str, standalone: str
) -> None:
    def ids(path: str) -> list[str]:
        data = client.get(f"/sessions/{path}?sort_order=1").json()["data"]
        return [each["session_id"] for each in data]

    assert ids("get_all_team") == [team]
    assert ids("get_all_standalone") == [standalone]
    assert ids(f"get_all/{user}") == [team, standalone]
    assert ids("get_by_agent/agent1") == [team, standalone]
    assert ids("get_by_agent/agent2") == [team]


def test_list_team_sessions_is_of_the_caller(
    stranger: httpx.Client, admin: httpx.Client, team: str
) -> None:
    for one in (stranger, admin):
        response = one.get("/sessions/get_all_team")
        assert response.status_code == 200
        assert response.json() == {"message": "Team sessions retrieved successfully.", "data": []}


def test_a_team_session_of_somebody_else_is_forbidden(
    client: httpx.Client, stranger: httpx.Client, team: str
) -> None:
    body = {"role": "user", "content": "hello", "agent_id": "agent1"}
    answers = [
        stranger.get(f"/sessions/team/history/{team}"),
        stranger.post(f"/sessions/team/history/update/{team}", json=body),
        stranger.post(f"/sessions/team/history/update/{team}", json={**body, "agent_id": "nobody"}),
    ]
    assert [each.status_code for each in answers] == [403] * 3
    assert {each.json()["error"] for each in answers} == {"forbidden"}
    assert client.get(f"/sessions/team/history/{team}").json()["data"]["total"] == 0
