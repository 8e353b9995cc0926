"""``Idempotency-Key`` on every operation that takes one: one effect, and the same answer again."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from palaver.contract.document import Document, Operation

if TYPE_CHECKING:
    from tests.handlers.conftest import HoldToContract

ANSWERS_ALIKE = ("Location", "X-Run-Id", "X-Message-Id", "Content-Type", "Cache-Control")


@dataclass(frozen=True)
class Request:
    """A request that has an effect, and how to see it."""

    operation_id: str
    url: str
    body: Any = None
    params: dict[str, str] | None = None
    count: Callable[[httpx.Client], int] = lambda _: 0
    headers: dict[str, str] = field(default_factory=dict)

    def send(self, client: httpx.Client, key: str | None, **headers: str) -> httpx.Response:
        sent = {"Accept": "application/json", **self.headers, **headers}
        if key is not None:
            sent["Idempotency-Key"] = key
        return client.post(self.url, params=self.params, json=self.body, headers=sent)


def messages_in(session_id: str) -> Callable[[httpx.Client], int]:
    url = f"/api/sessions/{session_id}/messages"
    return lambda client: len(list(client.get(url).json()["messages"]))


def slides_in(session_id: str) -> Callable[[httpx.Client], int]:
    url = f"/api/sessions/{session_id}/slides"
    return lambda client: len(client.get(url).json()["slide_deck"]["slides"])


def sessions_of(client: httpx.Client) -> int:
    found = client.get("/api/sessions", params={"limit": 100}).json()
    teams = client.get("/sessions/get_all_team").json()["data"]
    ids = {each["session_id"] for each in found["sessions"]}
    return len(ids | {each["session_id"] for each in teams})


def entries(catalogue: str, name: str) -> Callable[[httpx.Client], int]:
    def count(client: httpx.Client) -> int:
        found: int = 0
        cursor = None
        while True:
            params = {"limit": "100"} | ({"cursor": cursor} if cursor else {})
            page = client.get(f"/api/{catalogue}", params=params).json()
            found += sum(each["name"] == name for each in page[catalogue])
            cursor = page["next_cursor"]
            if cursor is None:
                return found

    return count


def made(operation_id: str, session_id: str, team_id: str) -> Request:
    """A valid request of the operation."""
    text, name = f"text {uuid.uuid4().hex}", f"name {uuid.uuid4().hex}"
    message = {"role": "user", "content": text}
    in_session, in_team = messages_in(session_id), messages_in(team_id)
    requests = [
        Request("create_agent_session", "/sessions/create", None, {"agent_id": name}, sessions_of),
        Request("update_agent_session_history", f"/sessions/history/update/{session_id}", message,
                None, in_session),
        Request("create_team_session", "/sessions/team/create", ["a", name], {"name": name},
                sessions_of),
        Request("update_team_session_history", f"/sessions/team/history/update/{team_id}", message,
                None, in_team),
        Request("create_session", "/api/sessions", {"title": name}, None, sessions_of),
        Request("create_agent", "/api/agents", {"name": name}, None, entries("agents", name)),
        Request("create_profile", "/api/profiles", {"name": name}, None, entries("profiles", name)),
        Request("send_session_message", f"/api/sessions/{session_id}/messages", {"message": text},
                None, in_session),
        Request("send_chat_message", "/api/chat", {"session_id": session_id, "message": text},
                None, in_session),
        Request("insert_slide", f"/api/sessions/{session_id}/slides",
                {"content": {"layout": "title", "title": name}}, None, slides_in(session_id),
                {"If-Match": "*"}),
    ]  # fmt: skip
    return next(each for each in requests if each.operation_id == operation_id)


OPERATIONS = [
    "create_agent_session",
    "update_agent_session_history",
    "create_team_session",
    "update_team_session_history",
    "create_session",
    "create_agent",
    "create_profile",
    "send_session_message",
    "send_chat_message",
    "insert_slide",
]
TURNS = ("send_session_message", "send_chat_message")


# Tested where the other tests of the shared credential are.
SHARED = ["create_grounded_session", "send_grounded_message", "upload_book"]


def test_these_are_all_that_take_a_key(contract: Document) -> None:
    taking = [
        each.operation_id
        for each in contract.operations
        if any(parameter.name == "Idempotency-Key" for parameter in each.parameters)
    ]
    # Uploads of images are tested in test_deck_images.
    assert sorted(taking) == sorted([*OPERATIONS, *SHARED, "upload_slide_image"])


@pytest.fixture(params=OPERATIONS)
def wanted(request: pytest.FixtureRequest, client: httpx.Client) -> Request:
    """A request of each such operation, on sessions of ``user``."""
    session = client.post("/api/sessions", json={"title": "A title"}).json()["session_id"]
    team = client.post("/sessions/team/create", json=["a", "b"]).json()["session_id"]
    return made(request.param, session, team)


@pytest.fixture
def documented_as(wanted: Request, contract: Document) -> Operation:
    """The operation that the request is of."""
    return next(each for each in contract.operations if each.operation_id == wanted.operation_id)


@pytest.fixture
def key() -> str:
    """A key that nobody has used."""
    return uuid.uuid4().hex


def seen(response: httpx.Response) -> list[Any]:
    headers = [response.headers.get(name) for name in ANSWERS_ALIKE]
    return [response.status_code, headers, response.content]


def other(request: Request) -> Request:
    """The same operation, with something else to do."""
    if request.body is None:
        return replace(request, params={**(request.params or {}), "name": "Other"})
    if isinstance(request.body, list):
        return replace(request, body=[*request.body, "c"])
    if request.operation_id == "insert_slide":
        return replace(request, body={**request.body, "position": 0})
    name = next(each for each in ("content", "title", "name", "message") if each in request.body)
    return replace(request, body={**request.body, name: "Something else"})


def test_a_replay_has_one_effect_and_the_same_answer(
    client: httpx.Client,
    wanted: Request,
    key: str,
    documented_as: Operation,
    hold_to_contract: HoldToContract,
) -> None:
    before = wanted.count(client)
    first = wanted.send(client, key)
    assert first.is_success, first.text
    hold_to_contract(first, documented_as)
    after = wanted.count(client)
    assert after > before
    for _ in range(3):
        again = wanted.send(client, key)
        assert seen(again) == seen(first)
        hold_to_contract(again, documented_as)
    assert wanted.count(client) == after
    # Without the key, or with another, it is another request.
    for another in (None, f"{key}2"):
        assert wanted.send(client, another).is_success
    assert wanted.count(client) == before + 3 * (after - before)


def test_another_request_under_the_key_is_refused(
    client: httpx.Client,
    wanted: Request,
    key: str,
    documented_as: Operation,
    hold_to_contract: HoldToContract,
) -> None:
    first = wanted.send(client, key)
    count = wanted.count(client)
    refused = other(wanted).send(client, key)
    assert refused.status_code == 422
    hold_to_contract(refused, documented_as)
    body = refused.json()
    if wanted.url.startswith("/sessions/"):
        assert body == {
            "message": "The Idempotency-Key was used for another request.",
            "error": "idempotency_key_reused",
        }
    else:
        assert body["type"] == "urn:palaver:problem:idempotency-key-reused"
        assert (body["title"], body["status"]) == (
            "The Idempotency-Key was used for another request.",
            422,
        )
    assert wanted.count(client) == count
    assert seen(wanted.send(client, key)) == seen(first)


def test_keys_of_other_users_are_other_keys(
    client: httpx.Client, admin: httpx.Client, wanted: Request, key: str
) -> None:
    first = wanted.send(client, key)
    # An administrator may do the same in the user's session, under a key of the same name.
    theirs = wanted.send(admin, key)
    assert theirs.is_success
    if "Location" in first.headers:
        assert theirs.headers["Location"] != first.headers["Location"]
    assert seen(wanted.send(client, key)) == seen(first)
    assert seen(wanted.send(admin, key)) == seen(theirs)


def test_at_once_under_one_key(client: httpx.Client, wanted: Request, key: str) -> None:
    before = wanted.count(client)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: wanted.send(client, key), range(16)))
    assert {answer.status_code for answer in answers} == {answers[0].status_code}
    assert answers[0].is_success
    assert len({json.dumps(str(seen(answer))) for answer in answers}) == 1
    effect = wanted.count(client) - before
    assert effect == (2 if wanted.operation_id in TURNS else 1)


def test_failed_requests_use_no_key_up(
    client: httpx.Client, anonymous: httpx.Client, wanted: Request, key: str
) -> None:
    count = wanted.count(client)
    failing = [
        replace(wanted, params={"agent_id": ""})
        if wanted.body is None
        else replace(wanted, body={"nonsense": True}),
    ]
    if wanted.operation_id.startswith(("update", "send")):
        nobody = str(uuid.uuid4())
        body = {**wanted.body, "session_id": nobody}
        failing.append(
            replace(wanted, body=body)
            if wanted.url == "/api/chat"
            else replace(wanted, url=made(wanted.operation_id, nobody, nobody).url)
        )
    for each in failing:
        assert each.send(client, key).status_code in (400, 404)
    assert wanted.send(anonymous, key).status_code == 401
    assert wanted.send(client, key, Accept="image/png").status_code == 406
    assert wanted.count(client) == count
    assert wanted.send(client, key).is_success
    assert wanted.count(client) > count


def test_a_taken_agent_id_uses_no_key_up(client: httpx.Client, key: str) -> None:
    body = {"agent_id": f"agent-{key}", "name": "Ann"}
    assert client.post("/api/agents", json=body).status_code == 201
    sent = {"Idempotency-Key": key}
    assert client.post("/api/agents", json=body, headers=sent).status_code == 409
    assert client.delete(f"/api/agents/agent-{key}").status_code == 204
    assert client.post("/api/agents", json=body, headers=sent).status_code == 201


@pytest.mark.parametrize("bad", ["", "two words", "tab\there", "Grüße", "x" * 256])
def test_bad_keys(client: httpx.Client, wanted: Request, bad: str) -> None:
    count = wanted.count(client)
    headers = [(b"Accept", b"application/json"), (b"Idempotency-Key", bad.encode())]
    headers += [(name.encode(), value.encode()) for name, value in wanted.headers.items()]
    response = client.post(wanted.url, params=wanted.params, json=wanted.body, headers=headers)
    assert response.status_code == 400, response.text
    assert wanted.count(client) == count


def test_the_longest_key(client: httpx.Client, wanted: Request) -> None:
    key = uuid.uuid4().hex + "~" * (255 - 32)
    first = wanted.send(client, key)
    assert first.is_success
    assert seen(wanted.send(client, key)) == seen(first)


def test_how_a_body_is_spelled_does_not_matter(client: httpx.Client, key: str) -> None:
    sent = {"Idempotency-Key": key, "Content-Type": "application/json"}
    first = client.post("/api/agents", content=b'{"name":"A","description":"B"}', headers=sent)
    assert first.status_code == 201
    spelled = b'{ "description" : "\\u0042",\n "name": "A" }'
    assert seen(client.post("/api/agents", content=spelled, headers=sent)) == seen(first)


def test_one_key_is_for_one_operation(client: httpx.Client, key: str) -> None:
    sent = {"Idempotency-Key": key}
    assert client.post("/api/agents", json={"name": "A"}, headers=sent).status_code == 201
    refused = client.post("/api/profiles", json={"name": "A"}, headers=sent)
    assert refused.status_code == 422
    create = {"agent_id": "a"}
    refused = client.post("/sessions/create", params=create, headers=sent)
    assert (refused.status_code, refused.json()["error"]) == (422, "idempotency_key_reused")


def test_a_replay_says_what_was_said_then(client: httpx.Client, key: str) -> None:
    sent = {"Idempotency-Key": key}
    first = client.post("/api/sessions", json={"title": "Then"}, headers=sent)
    url = first.headers["Location"]
    assert client.patch(url, params={"title": "Now"}).status_code == 200
    again = client.post("/api/sessions", json={"title": "Then"}, headers=sent)
    assert seen(again) == seen(first)
    assert again.json()["title"] == "Then"
    assert client.delete(url).status_code == 204
    assert seen(client.post("/api/sessions", json={"title": "Then"}, headers=sent)) == seen(first)


@pytest.mark.parametrize("operation_id", TURNS)
def test_a_turn_of_a_deleted_session_is_not_found(
    client: httpx.Client, created: str, key: str, operation_id: str
) -> None:
    request = made(operation_id, created, created)
    assert request.send(client, key).status_code == 200
    assert client.delete(f"/api/sessions/{created}").status_code == 204
    assert request.send(client, key).status_code == 404
