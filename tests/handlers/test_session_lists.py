"""The lists of sessions under ``/sessions/``: what they hold, their order, and their parts."""

from __future__ import annotations

import itertools
import uuid
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from sqlalchemy import Engine, update

from palaver.store import Store
from palaver.store.tables import session_agents, sessions

if TYPE_CHECKING:
    from tests.handlers.conftest import MakeClient

# Each list by its path, and the sessions that it holds.
LISTS = {
    "get_all/{user}": lambda each: True,
    "get_by_agent/{agent}": lambda each: True,
    "get_all_standalone": lambda each: each["session_type"] == "standalone",
    "get_all_team": lambda each: each["session_type"] != "standalone",
}


@pytest.fixture
def agent() -> str:
    """An agent that no other test has."""
    return f"agent-{uuid.uuid4().hex}"


@pytest.fixture
def crowd(user: str, agent: str, store: Store, database: Engine) -> list[dict[str, Any]]:
    """Many sessions of ``user``, of all kinds and with ties in all that lists are sorted by."""
    kinds = itertools.cycle(["standalone", "team", "standalone", "team-managed", "team-flow"])
    names = itertools.cycle(["beta", "Alpha", "alpha", "Ärger", "alpha", "100", "beta 2"])
    made = [
        store.sessions.create(
            owner=user, kind=kind, title=name, agents=[agent], max_context_results=1
        )
        for kind, name, _ in zip(kinds, names, range(26), strict=False)
    ]
    base = int(made[0].created_at.timestamp() * 1_000_000)
    with database.begin() as connection:
        for number, each in enumerate(made):
            moments = {
                "created_at": base + number // 3,
                "last_activity": base + 1_000_000 + (number * 7 % 26) // 4,
            }
            for table in (sessions, session_agents):
                connection.execute(
                    update(table).where(table.c.session_id == each.session_id).values(moments)
                )
    records = store.sessions.list_by_owner(
        user, kinds=None, limit=1000, skip=0, sort_by="name", descending=False
    )
    assert len(records) == 26
    return [
        {
            "session_id": each.session_id,
            "session_type": each.kind,
            "name": each.title,
            "created_at": each.created_at,
            "last_active": each.last_activity,
        }
        for each in records
    ]


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("sort_by", ["created_at", "last_active", "name"])
@pytest.mark.parametrize("sort_order", [1, -1])
def test_lists_are_sorted_and_cut_exactly(
    client: httpx.Client,
    user: str,
    agent: str,
    crowd: list[dict[str, Any]],
    path: str,
    sort_by: str,
    sort_order: int,
) -> None:
    # Ties go by the id, and turn with the order.
    expected = [
        each["session_id"]
        for each in sorted(
            filter(LISTS[path], crowd),
            key=itemgetter(sort_by, "session_id"),
            reverse=sort_order == -1,
        )
    ]
    url = f"/sessions/{path.format(user=user, agent=agent)}"
    order = f"sort_by={sort_by}&sort_order={sort_order}"
    for limit in (1000, 4):
        found: list[str] = []
        for skip in range(0, len(expected) + 1, limit):
            response = client.get(f"{url}?{order}&limit={limit}&skip={skip}")
            assert response.status_code == 200
            found += [each["session_id"] for each in response.json()["data"]]
        assert found == expected


@pytest.mark.parametrize("path", LISTS)
def test_lists_have_the_documented_defaults(
    client: httpx.Client, user: str, agent: str, crowd: list[dict[str, Any]], path: str
) -> None:
    url = f"/sessions/{path.format(user=user, agent=agent)}"
    spelled = client.get(f"{url}?limit=20&skip=0&sort_by=created_at&sort_order=-1").json()
    found = client.get(url).json()
    assert found == spelled
    newest = sorted(
        filter(LISTS[path], crowd), key=itemgetter("created_at", "session_id"), reverse=True
    )
    assert [each["session_id"] for each in found["data"]] == [
        each["session_id"] for each in newest[:20]
    ]


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=1001", "skip=-1", "sort_by=user_id", "sort_by=", "sort_order=0",
     "sort_order=desc", "sort_order=2"],
)  # fmt: skip
@pytest.mark.parametrize("path", LISTS)
def test_the_bounds_of_a_list(
    client: httpx.Client, user: str, agent: str, path: str, query: str
) -> None:
    response = client.get(f"/sessions/{path.format(user=user, agent=agent)}?{query}")
    assert response.status_code == 400
    assert response.json()["error"] == "invalid_request"
    assert response.json()["message"].startswith(f"{query.split('=')[0]}: ")


def test_lists_show_what_get_shows(client: httpx.Client, user: str, created: str) -> None:
    client.post(f"/sessions/history/update/{created}", json={"role": "user", "content": "hello"})
    data = client.get(f"/sessions/get/{created}").json()["data"]
    del data["history"]
    for path in (f"get_all/{user}", "get_by_agent/agent123", "get_all_standalone"):
        assert client.get(f"/sessions/{path}").json()["data"] == [data]


def test_list_user_sessions_is_for_the_user_alone(
    client: httpx.Client, user: str, created: str, stranger: httpx.Client, admin: httpx.Client
) -> None:
    response = stranger.get(f"/sessions/get_all/{user}")
    assert response.status_code == 403
    assert response.json() == {
        "message": "You may only list your own sessions.",
        "error": "forbidden",
    }
    assert stranger.get(f"/sessions/get_all/{uuid.uuid4()}").json() == response.json()
    for one in (client, admin):
        found = one.get(f"/sessions/get_all/{user}")
        assert found.status_code == 200
        assert [each["session_id"] for each in found.json()["data"]] == [created]


def test_list_user_sessions_takes_users_of_any_spelling(client_of: MakeClient) -> None:
    name = f"ann müller/1+1 {uuid.uuid4().hex}@example.com"
    one = client_of(name)
    made = one.post("/sessions/create?agent_id=a").json()["session_id"]
    encoded = "".join(f"%{byte:02X}" for byte in name.encode())
    found = one.get(f"/sessions/get_all/{encoded}")
    assert found.status_code == 200
    assert [(each["session_id"], each["user_id"]) for each in found.json()["data"]] == [
        (made, name)
    ]


def test_list_agent_sessions_shows_own_sessions_of_both_kinds(
    client: httpx.Client, stranger: httpx.Client, admin: httpx.Client, agent: str
) -> None:
    mine = [
        client.post("/sessions/create", params={"agent_id": agent}).json()["session_id"],
        client.post("/sessions/team/create", json=["other", agent]).json()["session_id"],
    ]
    client.post("/sessions/create", params={"agent_id": "other"})
    theirs = stranger.post("/sessions/create", params={"agent_id": agent}).json()["session_id"]
    for one, expected in ((client, mine), (stranger, [theirs]), (admin, [*mine, theirs])):
        response = one.get(f"/sessions/get_by_agent/{agent}?sort_order=1")
        assert response.status_code == 200
        assert [each["session_id"] for each in response.json()["data"]] == expected


def test_list_agent_sessions_of_an_unknown_agent_is_empty(client: httpx.Client, agent: str) -> None:
    response = client.get(f"/sessions/get_by_agent/{agent}")
    assert response.status_code == 200
    assert response.json() == {"message": "Agent sessions retrieved successfully.", "data": []}
