"""The catalogues of agents and profiles: read by all, changed by whoever made the entry."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
import pytest

AGENT = {"name": "Geographer", "description": "Knows capitals.", "instructions": "One sentence."}
PROFILE = {"name": "Production", "description": "What customers see.", "instructions": "Be brief."}
EXAMPLES = {"agents": AGENT, "profiles": PROFILE}

CATALOGUES = pytest.mark.parametrize("catalogue", EXAMPLES)


@pytest.fixture
def made(client: httpx.Client, catalogue: str) -> httpx.Response:
    """The answer to creating an entry of ``user`` with all its fields."""
    response = client.post(f"/api/{catalogue}", json=EXAMPLES[catalogue])
    assert response.status_code == 201
    return response


@pytest.fixture
def url(made: httpx.Response) -> str:
    """Where that entry is."""
    return made.headers["Location"]


def key_of(catalogue: str) -> str:
    return f"{catalogue.removesuffix('s')}_id"


def pointers(response: httpx.Response) -> list[str]:
    assert response.status_code == 400
    assert response.headers["Content-Type"] == "application/problem+json"
    return [each["pointer"] for each in response.json()["errors"]]


@CATALOGUES
def test_create_gives_the_entry_and_where_it_is(
    client: httpx.Client, user: str, catalogue: str, made: httpx.Response
) -> None:
    body = made.json()
    key = body[key_of(catalogue)]
    assert body == {
        key_of(catalogue): key,
        **EXAMPLES[catalogue],
        "created_by": user,
        "created_at": body["created_at"],
        "updated_at": body["created_at"],
    }
    assert made.headers["Location"] == f"/api/{catalogue}/{key}"
    assert client.get(made.headers["Location"]).json() == body


@CATALOGUES
def test_create_needs_no_more_than_a_name(client: httpx.Client, catalogue: str) -> None:
    made = client.post(f"/api/{catalogue}", json={"name": "Bare"})
    assert made.status_code == 201
    assert (made.json()["description"], made.json()["instructions"]) == (None, None)
    nulls = {"name": "Bare", "description": None, "instructions": None}
    assert client.post(f"/api/{catalogue}", json=nulls).status_code == 201


@CATALOGUES
@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/body/name"),
        ({"name": None}, "/body/name"),
        ({"name": ""}, "/body/name"),
        ({"name": "  "}, "/body/name"),
        ({"name": "x" * 201}, "/body/name"),
        ({"name": "a\nb"}, "/body/name"),
        ({"name": "a", "description": "x" * 2001}, "/body/description"),
        ({"name": "a", "instructions": "x" * 20001}, "/body/instructions"),
        ({"name": "a", "created_by": "root"}, "/body/created_by"),
        ([{"name": "a"}], "/body"),
    ],
)
def test_create_says_what_is_wrong(
    client: httpx.Client, catalogue: str, body: Any, pointer: str
) -> None:
    assert pointer in pointers(client.post(f"/api/{catalogue}", json=body))


@CATALOGUES
def test_get_is_for_every_user(
    stranger: httpx.Client, catalogue: str, made: httpx.Response, url: str
) -> None:
    response = stranger.get(url)
    assert response.status_code == 200
    assert response.json() == made.json()


@CATALOGUES
def test_an_entry_that_is_not_there_is_not_found(client: httpx.Client, catalogue: str) -> None:
    url = f"/api/{catalogue}/{2147483647 if catalogue == 'profiles' else uuid.uuid4()}"
    for response in (client.get(url), client.patch(url, json={"name": "a"}), client.delete(url)):
        assert response.status_code == 404
        noun = catalogue.removesuffix("s")
        assert response.json()["type"] == f"urn:palaver:problem:{noun}-not-found"
        assert response.json()["title"] == f"{noun.capitalize()} not found."


@CATALOGUES
@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Cartographer"},
        {"description": None},
        {"description": ""},
        {"instructions": "Answer\nwith a map."},
        {"name": "Cartographer", "description": None, "instructions": "Answer with a map."},
    ],
)
def test_update_changes_what_is_given_and_leaves_the_rest(
    client: httpx.Client,
    catalogue: str,
    made: httpx.Response,
    url: str,
    changes: dict[str, str | None],
) -> None:
    response = client.patch(url, json=changes)
    assert response.status_code == 200
    after = response.json()
    assert after == {**made.json(), **changes, "updated_at": after["updated_at"]}
    assert after["updated_at"] > made.json()["updated_at"]
    assert client.get(url).json() == after


@CATALOGUES
@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/body"),
        ({"name": None}, "/body/name"),
        ({"name": " "}, "/body/name"),
        ({"description": 1}, "/body/description"),
        ({"created_by": "me"}, "/body/created_by"),
    ],
)
def test_update_says_what_is_wrong(
    client: httpx.Client,
    catalogue: str,
    made: httpx.Response,
    url: str,
    body: dict[str, Any],
    pointer: str,
) -> None:
    assert pointer in pointers(client.patch(url, json=body))
    assert client.get(url).json() == made.json()


@CATALOGUES
def test_delete_takes_the_entry_out(client: httpx.Client, catalogue: str, url: str) -> None:
    response = client.delete(url)
    assert response.status_code == 204
    assert response.content == b""
    assert client.get(url).status_code == 404
    assert client.delete(url).status_code == 404
    assert url not in [f"/api/{catalogue}/{key}" for key in walk(client, catalogue, 100)]


@CATALOGUES
def test_only_the_maker_and_administrators_change_an_entry(
    client: httpx.Client,
    stranger: httpx.Client,
    admin: httpx.Client,
    catalogue: str,
    made: httpx.Response,
    url: str,
) -> None:
    noun = catalogue.removesuffix("s")
    for response in (stranger.patch(url, json={"name": "Mine"}), stranger.delete(url)):
        assert response.status_code == 403
        assert response.json()["type"] == f"urn:palaver:problem:{noun}-forbidden"
        assert response.json()["title"] == f"Only the {noun}'s creator may change it."
    assert client.get(url).json() == made.json()
    changed = admin.patch(url, json={"name": "By an administrator"})
    assert changed.status_code == 200
    assert changed.json()["created_by"] == made.json()["created_by"]
    assert client.patch(url, json={"name": "By its maker"}).status_code == 200
    assert admin.delete(url).status_code == 204


# --------------------------------------------------------------------------------------- agent ids


def test_create_agent_keeps_the_id_that_it_is_given(client: httpx.Client) -> None:
    agent_id = f"agent-{uuid.uuid4()}"
    made = client.post("/api/agents", json={"agent_id": agent_id, **AGENT})
    assert made.status_code == 201
    assert made.json()["agent_id"] == agent_id


def test_create_agent_makes_an_id_where_none_is_given(client: httpx.Client) -> None:
    ids = [client.post("/api/agents", json={"name": "a"}).json()["agent_id"] for _ in range(2)]
    assert [uuid.UUID(each).version for each in ids] == [7, 7]
    assert ids[0] < ids[1]


def test_create_agent_takes_no_id_twice(
    client: httpx.Client, stranger: httpx.Client, admin: httpx.Client
) -> None:
    agent_id = f"agent-{uuid.uuid4()}"
    made = client.post("/api/agents", json={"agent_id": agent_id, **AGENT}).json()
    for one in (client, stranger, admin):
        response = one.post("/api/agents", json={"agent_id": agent_id, "name": "Other"})
        assert response.status_code == 409
        assert response.json()["type"] == "urn:palaver:problem:agent-exists"
        assert response.json()["title"] == "The agent id is taken."
    assert client.get(f"/api/agents/{agent_id}").json() == made
    assert client.delete(f"/api/agents/{agent_id}").status_code == 204
    assert stranger.post("/api/agents", json={"agent_id": agent_id, **AGENT}).status_code == 201


@pytest.mark.parametrize("agent_id", ["", " ", "x" * 129, "a\tb", None, 7])
def test_create_agent_takes_no_id_that_no_path_can_have(
    client: httpx.Client, agent_id: Any
) -> None:
    response = client.post("/api/agents", json={"agent_id": agent_id, "name": "a"})
    assert set(pointers(response)) == {"/body/agent_id"}


@pytest.mark.parametrize(
    "form",
    ["team/geo {}", "{} 100%", "a%2Fb {}", "ümlaut {}", "名前-{}", "🙂{}", "a?b#c&d=e+f {}", "{}/",
     "/{}", "..{}", "../{}", "./{}", "; , : @ {}", "cleanup/{}", '"{}"', "\\{}", "\u00a0{}"],
)  # fmt: skip
def test_agents_of_any_id_can_be_addressed(client: httpx.Client, form: str) -> None:
    agent_id = form.format(uuid.uuid4().hex)
    made = client.post("/api/agents", json={"agent_id": agent_id, "name": "Odd"})
    assert made.status_code == 201
    url = made.headers["Location"]
    # Every byte by its code is the same path.
    for each in (url, "/api/agents/" + "".join(f"%{byte:02X}" for byte in agent_id.encode())):
        found = client.get(each)
        assert found.status_code == 200
        assert found.json() == made.json()
    assert client.patch(url, json={"name": "Odder"}).json()["name"] == "Odder"
    session = client.post("/sessions/create", params={"agent_id": agent_id})
    shown = client.get(session.headers["Location"]).json()["data"]["agents"]
    assert shown == [{"agent_id": agent_id, "name": "Odder"}]
    assert client.delete(url).status_code == 204
    assert client.get(url).status_code == 404


@pytest.mark.parametrize("profile", ["0", "-1", "2147483648", "one", "1.0", "01", "%31%00", ""])
def test_profiles_have_numbers(client: httpx.Client, profile: str) -> None:
    response = client.get(f"/api/profiles/{profile}")
    assert response.status_code == 400
    assert response.json()["type"] == "urn:palaver:problem:invalid-request"


# ------------------------------------------------------------------------------------------- lists


def walk(client: httpx.Client, catalogue: str, limit: int) -> list[Any]:
    """The keys of a whole catalogue, page by page."""
    found: list[Any] = []
    query: dict[str, Any] = {"limit": limit}
    while True:
        response = client.get(f"/api/{catalogue}", params=query)
        assert response.status_code == 200
        body = response.json()
        assert body.keys() == {catalogue, "count", "next_cursor"}
        assert body["count"] == len(body[catalogue]) <= limit
        found += [each[key_of(catalogue)] for each in body[catalogue]]
        if body["next_cursor"] is None:
            return found
        assert body["count"] == limit
        query["cursor"] = body["next_cursor"]


@CATALOGUES
@pytest.mark.parametrize("limit", [7, 50, 100])
def test_list_is_cut_exactly_by_its_cursors(
    client: httpx.Client, stranger: httpx.Client, catalogue: str, limit: int
) -> None:
    made = [
        client.post(f"/api/{catalogue}", json={"name": f"entry {number}"}).json()
        for number in range(20)
    ]
    keys = [each[key_of(catalogue)] for each in made]
    for one in (client, stranger):
        found = walk(one, catalogue, limit)
        # Others add to the catalogue too; what is new comes last, each once.
        assert found[-20:] == keys
        assert len(found) == len(set(found))


@CATALOGUES
def test_list_shows_what_get_shows(
    client: httpx.Client, catalogue: str, made: httpx.Response
) -> None:
    body = client.get(f"/api/{catalogue}?limit=100").json()
    while body["next_cursor"] is not None:
        body = client.get(f"/api/{catalogue}?limit=100&cursor={body['next_cursor']}").json()
    assert body[catalogue][-1] == made.json()


@CATALOGUES
def test_list_goes_on_after_an_entry_that_was_deleted(client: httpx.Client, catalogue: str) -> None:
    for _ in range(3):
        made = client.post(f"/api/{catalogue}", json={"name": "entry"})
    page = client.get(f"/api/{catalogue}?limit=2").json()
    keys = walk(client, catalogue, 2)
    assert keys[2:][-1:] == [made.json()[key_of(catalogue)]]
    client.delete(made.headers["Location"])
    rest = client.get(f"/api/{catalogue}?limit=100&cursor={page['next_cursor']}").json()
    assert [each[key_of(catalogue)] for each in rest[catalogue]] == keys[2:-1][:100]


@CATALOGUES
def test_list_takes_a_cursor_of_its_own_alone(client: httpx.Client, catalogue: str) -> None:
    for each in ("agents", "profiles"):
        for _ in range(2):
            client.post(f"/api/{each}", json={"name": "entry"})
    other = {"agents": "profiles", "profiles": "agents"}[catalogue]
    cursor = client.get(f"/api/{other}?limit=1").json()["next_cursor"]
    response = client.get(f"/api/{catalogue}?cursor={cursor}")
    assert response.status_code == 400
    assert response.json()["type"] == "urn:palaver:problem:invalid-cursor"


@CATALOGUES
@pytest.mark.parametrize("limit", ["0", "101", "all"])
def test_list_bounds_the_limit(client: httpx.Client, catalogue: str, limit: str) -> None:
    assert pointers(client.get(f"/api/{catalogue}?limit={limit}")) == ["/query/limit"]


@pytest.mark.parametrize("agent_id", [".", "..", ". ."])
def test_create_agent_refuses_an_id_that_a_path_cannot_carry(
    client: httpx.Client, agent_id: str
) -> None:
    answer = client.post("/api/agents", json={"agent_id": agent_id, "name": "Dots"})
    assert pointers(answer) == ["/body/agent_id"]
