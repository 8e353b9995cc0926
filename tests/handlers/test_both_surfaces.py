"""One session, seen through both surfaces: the same content under the same rules."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
import pytest

from palaver.store import Store

# What the two surfaces call the same thing: under /sessions/, under /api/.
FIELDS = {
    "session_id": "session_id",
    "name": "title",
    "session_type": "session_type",
    "user_id": "created_by",
    "created_at": "created_at",
    "updated_at": "updated_at",
    "last_active": "last_activity",
    "message_count": "message_count",
}
MESSAGE_FIELDS = {
    "id": "id",
    "seq": "seq",
    "role": "role",
    "content": "content",
    "agent_id": "agent_id",
    "agent_name": "agent_name",
    "summary": "summary",
    "status": "status",
    "created_at": "timestamp",
}


def on_sessions(client: httpx.Client, session_id: str) -> dict[str, Any]:
    response = client.get(f"/sessions/get/{session_id}?limit=100")
    assert response.status_code == 200
    data = response.json()["data"]
    seen = {FIELDS[key]: data[key] for key in FIELDS}
    seen["messages"] = [
        {MESSAGE_FIELDS[key]: each[key] for key in MESSAGE_FIELDS} for each in data["history"]
    ]
    return seen


def on_api(client: httpx.Client, session_id: str) -> dict[str, Any]:
    response = client.get(f"/api/sessions/{session_id}")
    assert response.status_code == 200
    seen = {key: response.json()[key] for key in FIELDS.values()}
    messages = client.get(f"/api/sessions/{session_id}/messages").json()["messages"]
    seen["messages"] = [{key: each[key] for key in MESSAGE_FIELDS.values()} for each in messages]
    return seen


def create(client: httpx.Client, how: str) -> str:
    if how == "/api/sessions":
        response = client.post(how, json={"title": "Plans"})
    elif how == "/sessions/create":
        response = client.post(how, params={"agent_id": "agent1", "name": "Plans"})
    else:
        response = client.post(how, params={"name": "Plans"}, json=["agent1", "agent2"])
    assert response.status_code == 201
    return str(response.json()["session_id"])


@pytest.mark.parametrize("how", ["/api/sessions", "/sessions/create", "/sessions/team/create"])
def test_a_session_is_the_same_through_both(client: httpx.Client, user: str, how: str) -> None:
    session_id = create(client, how)
    assert on_api(client, session_id) == on_sessions(client, session_id)
    for number in range(5):
        body = {"role": ("user", "assistant")[number % 2], "content": f"message {number} ü"}
        path = "history/update"
        if how == "/sessions/team/create" and number % 2:
            path, body = "team/history/update", {**body, "agent_id": "agent2"}
        assert client.post(f"/sessions/{path}/{session_id}", json=body).status_code == 200
        seen = on_api(client, session_id)
        assert seen == on_sessions(client, session_id)
        assert (seen["message_count"], len(seen["messages"])) == (number + 1, number + 1)
        assert seen["messages"][-1]["content"] == body["content"]
    by_api = client.get("/api/sessions").json()["sessions"]
    by_user = client.get(f"/sessions/get_all/{user}").json()["data"]
    assert [each["session_id"] for each in by_api] == [session_id]
    assert [{FIELDS[key]: each[key] for key in FIELDS} for each in by_user] == [
        {key: each[key] for key in FIELDS.values()} for each in by_api
    ]


def test_a_session_of_api_is_a_standalone_one_without_an_agent(client: httpx.Client) -> None:
    session_id = create(client, "/api/sessions")
    data = client.get("/sessions/get_all_standalone").json()["data"]
    assert [(each["session_id"], each["agent_id"], each["agents"]) for each in data] == [
        (session_id, None, [])
    ]
    assert client.get(f"/sessions/team/history/{session_id}").status_code == 404


def test_a_new_name_shows_on_the_other_side(client: httpx.Client) -> None:
    session_id = create(client, "/api/sessions")
    assert client.put(f"/sessions/rename/{session_id}?name=By%20name").status_code == 200
    assert client.get(f"/api/sessions/{session_id}").json()["title"] == "By name"
    assert client.patch(f"/api/sessions/{session_id}?title=By%20title").status_code == 200
    assert client.get(f"/sessions/get/{session_id}").json()["data"]["name"] == "By title"
    assert on_api(client, session_id) == on_sessions(client, session_id)


@pytest.mark.parametrize("how", ["/api/sessions", "/sessions/create", "/sessions/team/create"])
@pytest.mark.parametrize("side", ["/api/sessions/{}", "/sessions/delete/{}", "cleanup"])
def test_a_deleted_session_is_gone_on_both_sides(
    client: httpx.Client, user: str, how: str, side: str
) -> None:
    session_id = create(client, how)
    if side == "cleanup":
        client.post("/api/sessions/cleanup", json={"session_ids": [session_id]})
    else:
        assert client.delete(side.format(session_id)).is_success
    assert client.get(f"/api/sessions/{session_id}").status_code == 404
    assert client.get(f"/sessions/get/{session_id}").status_code == 404
    assert client.get("/api/sessions").json()["sessions"] == []
    assert client.get(f"/sessions/get_all/{user}").json()["data"] == []
    assert client.get("/sessions/get_all_team").json()["data"] == []


# -------------------------------------------------------------------------- sessions without owner


@pytest.fixture(params=["standalone", "team"])
def legacy(request: pytest.FixtureRequest, store: Store) -> str:
    """A session from before owners were kept."""
    made = store.sessions.create(
        owner=None,
        kind=request.param,
        title="From before",
        agents=["agent1"],
        max_context_results=1,
        session_id=f"legacy-{uuid.uuid4()}",
    )
    return made.session_id


def test_a_legacy_session_is_open_to_every_user(
    client: httpx.Client, stranger: httpx.Client, legacy: str
) -> None:
    for number, one in enumerate((client, stranger)):
        body = {"role": "user", "content": f"message {number}"}
        assert one.post(f"/sessions/history/update/{legacy}", json=body).status_code == 200
        seen = on_api(one, legacy)
        assert seen == on_sessions(one, legacy)
        assert seen["created_by"] is None
        assert [each["content"] for each in seen["messages"]] == [
            f"message {each}" for each in range(number + 1)
        ]
        assert one.put(f"/sessions/rename/{legacy}?name=Name%20{number}").status_code == 200
        assert on_api(one, legacy)["title"] == f"Name {number}"
        renamed = one.patch(f"/api/sessions/{legacy}?title=Title%20{number}")
        assert (renamed.status_code, renamed.json()["created_by"]) == (200, None)
        assert on_sessions(one, legacy)["title"] == f"Title {number}"


@pytest.mark.parametrize("side", ["/api/sessions/{}", "/sessions/delete/{}"])
def test_a_legacy_session_can_be_deleted_by_any_user(
    client: httpx.Client, stranger: httpx.Client, legacy: str, side: str
) -> None:
    assert stranger.delete(side.format(legacy)).is_success
    assert client.get(f"/api/sessions/{legacy}").status_code == 404


def test_a_legacy_session_can_be_cleaned_up_by_any_user(client: httpx.Client, legacy: str) -> None:
    response = client.post("/api/sessions/cleanup", json={"session_ids": [legacy]})
    assert response.json() == {"deleted": 1, "session_ids": [legacy]}


def test_a_legacy_session_is_in_nobodys_lists(client: httpx.Client, user: str, legacy: str) -> None:
    assert client.get("/api/sessions").json()["sessions"] == []
    for path in (f"get_all/{user}", "get_all_team", "get_all_standalone", "get_by_agent/agent1"):
        assert client.get(f"/sessions/{path}").json()["data"] == []
    assert client.get(f"/api/sessions/{legacy}").status_code == 200
