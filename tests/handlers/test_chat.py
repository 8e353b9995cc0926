"""The operations of turns, on a server without a model: held to the contract, event by event."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from openapi_schema_validator import OAS30ReadValidator, oas30_format_checker

from palaver.contract.document import Document, Operation

if TYPE_CHECKING:
    from tests.handlers.conftest import HoldToContract

NO_MODEL = "No language model is configured on this server"


@pytest.fixture
def operations(contract: Document) -> dict[str, Operation]:
    """The operations by their ids."""
    return {each.operation_id: each for each in contract.operations}


def events_of(response: httpx.Response, contract: Document) -> list[dict[str, Any]]:
    """The events of a stream, each valid by the contract, with ids that count from 1."""
    assert response.headers["Content-Type"] == "text/event-stream"
    schema = {"$ref": "#/components/schemas/RunEvent", "components": contract.tree["components"]}
    validator = OAS30ReadValidator(schema, format_checker=oas30_format_checker)
    found = []
    for place, text in enumerate(response.text.removesuffix("\n\n").split("\n\n"), 1):
        number, name, data = text.split("\n")
        event = json.loads(data.removeprefix("data: "))
        validator.validate(event)
        assert (number, name) == (f"id: {place}", f"event: {event['type']}")
        found.append(event)
    assert found[-1] == {"type": "done"}
    return found


def say(client: httpx.Client, session_id: str, accept: str = "text/event-stream") -> httpx.Response:
    body = {"session_id": session_id, "message": "What is the capital of France?"}
    return client.post("/api/chat", json=body, headers={"Accept": accept})


def test_send_chat_message(
    client: httpx.Client,
    created: str,
    contract: Document,
    operations: dict[str, Operation],
    hold_to_contract: HoldToContract,
) -> None:
    response = say(client, created)
    hold_to_contract(response, operations["send_chat_message"])
    events = events_of(response, contract)
    text = "".join(each["text"] for each in events if each["type"] == "message.delta")
    # It never pretends.
    assert NO_MODEL in text
    answer = client.get(f"/api/sessions/{created}/messages").json()["messages"][1]
    assert answer["content"] == text
    assert (answer["agent_id"], answer["input_tokens"]) == ("agent123", None)
    assert {"type": "message.completed", "message": answer} in events


def test_send_chat_message_for_json(
    client: httpx.Client,
    created: str,
    operations: dict[str, Operation],
    hold_to_contract: HoldToContract,
) -> None:
    response = say(client, created, "application/json")
    hold_to_contract(response, operations["send_chat_message"])
    messages = client.get(f"/api/sessions/{created}/messages").json()["messages"]
    assert response.json()["messages"] == messages[1:]


def test_send_session_message(
    client: httpx.Client,
    created: str,
    contract: Document,
    operations: dict[str, Operation],
    hold_to_contract: HoldToContract,
) -> None:
    url = f"/api/sessions/{created}/messages"
    response = client.post(url, json={"message": "Hello"})
    hold_to_contract(response, operations["send_session_message"])
    events = events_of(response, contract)
    assert [each["type"] for each in events][-2:] == ["session.titled", "done"]
    assert events[-2]["title"] == "Hello"


def test_a_turn_that_makes_a_deck(
    client: httpx.Client,
    created: str,
    contract: Document,
    operations: dict[str, Operation],
    hold_to_contract: HoldToContract,
) -> None:
    url = f"/api/sessions/{created}/messages"
    message = "Create a 3-slide presentation about Q3 revenue"
    response = client.post(url, json={"message": message})
    hold_to_contract(response, operations["send_session_message"])
    [told] = [e for e in events_of(response, contract) if e["type"] == "deck.updated"]
    slides = client.get(f"/api/sessions/{created}/slides")
    hold_to_contract(slides, operations["get_session_slides"])
    deck = slides.json()
    assert [each["slide_id"] for each in deck["slide_deck"]["slides"]] == told["slide_ids"]
    assert (deck["version"], deck["title"], deck["theme"]) == (1, told["title"], told["theme"])
    # Waited for as JSON it is the same, and what clients change in between counts.
    client.delete(
        f"/api/sessions/{created}/slides/slide_0", headers={"If-Match": slides.headers["ETag"]}
    ).raise_for_status()
    answer = client.post(
        url, json={"message": "Make slide 1 a table"}, headers={"Accept": "application/json"}
    )
    hold_to_contract(answer, operations["send_session_message"])
    assert "has the layout “table” now" in answer.json()["messages"][0]["content"]
    slide = client.get(f"/api/sessions/{created}/slides/slide_1").json()
    assert slide["content"]["layout"] == "table"
    exported = client.post(f"/api/sessions/{created}/export")
    assert (exported.status_code, exported.content[:2]) == (200, b"PK")


def test_get_run(
    client: httpx.Client,
    created: str,
    operations: dict[str, Operation],
    hold_to_contract: HoldToContract,
) -> None:
    run_id = say(client, created).headers["X-Run-Id"]
    response = client.get(f"/api/sessions/{created}/runs/{run_id}")
    hold_to_contract(response, operations["get_run"])
    assert response.json()["status"] == "completed"


def test_stream_run_events(
    client: httpx.Client,
    created: str,
    contract: Document,
    operations: dict[str, Operation],
    hold_to_contract: HoldToContract,
) -> None:
    first = say(client, created)
    url, operation = first.headers["Location"], operations["stream_run_events"]
    again = client.get(url)
    hold_to_contract(again, operation)
    assert again.content == first.content
    last = len(events_of(again, contract))
    for after, status in ((last, 204), (last + 1, 400), (-1, 400)):
        response = client.get(url, headers={"Last-Event-ID": str(after)})
        assert response.status_code == status
        hold_to_contract(response, operation)
    rest = client.get(url, headers={"Last-Event-ID": "1"})
    assert first.content.endswith(rest.content)
    assert first.content == again.content[: -len(rest.content)] + rest.content


def test_cancel_run_that_has_ended(
    client: httpx.Client,
    created: str,
    operations: dict[str, Operation],
    hold_to_contract: HoldToContract,
) -> None:
    run_id = say(client, created).headers["X-Run-Id"]
    response = client.post(f"/api/sessions/{created}/runs/{run_id}/cancel")
    assert response.status_code == 409
    hold_to_contract(response, operations["cancel_run"])


@pytest.mark.parametrize("operation_id", ["get_run", "stream_run_events", "cancel_run"])
def test_a_run_of_somebody_else_is_not_there(
    client: httpx.Client,
    stranger: httpx.Client,
    admin: httpx.Client,
    created: str,
    operations: dict[str, Operation],
    hold_to_contract: HoldToContract,
    operation_id: str,
) -> None:
    run_id = say(client, created).headers["X-Run-Id"]
    operation = operations[operation_id]
    path = operation.path.format(session_id=created, run_id=run_id)
    unknown = operation.path.format(session_id=created, run_id=uuid.uuid4())
    for response in (
        stranger.request(operation.method, path),
        client.request(operation.method, unknown),
    ):
        assert response.status_code == 404
        hold_to_contract(response, operation)
    assert admin.request(operation.method, path).status_code in (200, 409)


@pytest.mark.parametrize("kind", ["team", "team-managed", "team-flow"])
def test_a_team_without_a_model(client: httpx.Client, contract: Document, kind: str) -> None:
    params = {"session_type": kind, "name": "A team"}
    made = client.post("/sessions/team/create", params=params, json=["agent1", "agent2"])
    session_id = made.json()["session_id"]
    events = events_of(say(client, session_id), contract)
    completed = [each["message"] for each in events if each["type"] == "message.completed"]
    names = ["agent2", "agent1"] if kind == "team-managed" else ["agent1", "agent2"]
    assert [each["agent_id"] for each in completed] == names
    assert [each["summary"] for each in completed] == [False, kind == "team-managed"]
    assert all("language model" in each["content"] for each in completed)
    history = client.get(f"/sessions/team/history/{session_id}").json()["data"]["history"]
    assert [each["content"] for each in history[1:]] == [each["content"] for each in completed]


def test_without_a_model_the_question_is_the_title(
    client: httpx.Client, created: str, contract: Document
) -> None:
    question = "What is the capital of the country that lies between France and Spain?"
    title = "What is the capital of the country that lies between…"
    url = f"/api/sessions/{created}"
    events = events_of(client.post(f"{url}/messages", json={"message": question}), contract)
    assert events[-2] == {"type": "session.titled", "title": title}
    assert client.get(url).json()["title"] == title
    again = events_of(client.post(f"{url}/messages", json={"message": "And now?"}), contract)
    assert [each["type"] for each in again][-2:] == ["message.completed", "done"]
    assert client.get(url).json()["title"] == title
