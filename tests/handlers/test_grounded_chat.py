"""Requirement 2 over HTTP: sessions that answer from the books, by the embedded provider."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.handlers.test_books import Add, add

if TYPE_CHECKING:
    from palaver.store import Store
    from tests.handlers.conftest import ImportMessages

__all__ = ["add"]

SESSIONS = "/api/v1/chat/sessions"
NOT_FOUND = "I could not find relevant information about this topic in the uploaded books."


@pytest.fixture
def word() -> str:
    """A word that one book has."""
    return f"glioma{uuid.uuid4().hex[:12]}"


@pytest.fixture
def session(keeper: httpx.Client) -> str:
    """The path of a new free-form session."""
    response = keeper.post(SESSIONS)
    assert response.status_code == 201
    return f"{SESSIONS}/{response.json()['sessionId']}"


def ask(keeper: httpx.Client, session: str, question: str) -> dict[str, Any]:
    response = keeper.post(f"{session}/messages", json={"content": question})
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


@pytest.mark.parametrize(
    ("body", "topic"),
    [
        (None, None),
        ({}, None),
        ({"topicId": None}, None),
        ({"topicId": "cerebral-aneurysm"}, "cerebral-aneurysm"),
        ({"topicId": "x" * 100}, "x" * 100),
    ],
)
def test_a_session_is_made_with_and_without_a_topic(
    keeper: httpx.Client, body: Any, topic: str | None
) -> None:
    response = keeper.post(SESSIONS, json=body) if body is not None else keeper.post(SESSIONS)
    assert response.status_code == 201
    made = response.json()
    assert made == {
        "sessionId": made["sessionId"],
        "topicId": topic,
        "createdAt": made["createdAt"],
    }
    assert uuid.UUID(made["sessionId"])
    where = f"{SESSIONS}/{made['sessionId']}/messages"
    assert response.headers["Location"] == where
    assert keeper.get(where).json() == []


@pytest.mark.parametrize("topic", ["", "a b", "../x", "x" * 101, "ä", 7, True])
def test_a_topic_that_no_id_can_be_is_refused(keeper: httpx.Client, topic: Any) -> None:
    response = keeper.post(SESSIONS, json={"topicId": topic})
    assert response.status_code == 400
    assert response.json()["error"].startswith("topicId: ")


def test_no_deck_is_made(
    add: Add, keeper: httpx.Client, session: str, word: str, store: Store
) -> None:
    add(f"A {word} grows in the temporal lobe.", title="Neurology")
    answer = ask(keeper, session, f"Create a 3-slide presentation about {word}")
    assert answer["content"] == NOT_FOUND
    session_id = session.rpartition("/")[2]
    assert store.decks.read(session_id, viewer=None).version == 0


def test_an_answer_quotes_the_page_and_names_it(
    add: Add, keeper: httpx.Client, session: str, word: str
) -> None:
    add(f"About trees.\fA {word} grows in the temporal lobe.", title="Neurology")
    answer = ask(keeper, session, f"Where does a {word} grow?")
    assert set(answer) == {"id", "role", "content", "sources", "createdAt"}
    assert answer["role"] == "ASSISTANT"
    assert f"Neurology, page 2: “A {word} grows in the temporal lobe.” [1]" in answer["content"]
    assert answer["sources"] == [{"bookTitle": "Neurology", "page": 2}]
    history = keeper.get(f"{session}/messages").json()
    assert [each["role"] for each in history] == ["USER", "ASSISTANT"]
    assert history[0] == {
        "id": history[0]["id"],
        "role": "USER",
        "content": f"Where does a {word} grow?",
        "createdAt": history[0]["createdAt"],
    }
    assert history[1] == answer


def test_a_page_is_named_once_however_many_of_its_passages_were_used(
    add: Add, keeper: httpx.Client, session: str, word: str
) -> None:
    filler = "It was a long day, and nobody had much to say about anything at all. " * 30
    add(f"A {word} grows fast. {filler} The {word} is treated. {filler}", title="Long")
    answer = ask(keeper, session, f"What about the {word}?")
    assert "“" in answer["content"]
    pages = [(each["bookTitle"], each["page"]) for each in answer["sources"]]
    assert len(set(pages)) == len(pages)


def test_what_the_books_do_not_say_is_said_to_be_so(
    add: Add, keeper: httpx.Client, session: str, word: str
) -> None:
    add(f"A {word} grows in the temporal lobe.")
    answer = ask(keeper, session, "Which team won the football championship of Norway in 1987?")
    assert answer["content"] == NOT_FOUND
    assert answer["sources"] == []
    assert keeper.get(f"{session}/messages").json()[-1] == answer


def test_a_follow_up_is_understood_by_the_question_before(
    add: Add, keeper: httpx.Client, session: str, word: str
) -> None:
    add(f"A {word} grows in the temporal lobe. It is treated by surgery.", title="Neurology")
    assert ask(keeper, session, f"Where does a {word} grow?")["sources"] != []
    assert ask(keeper, session, "And how is it treated?")["sources"] == [
        {"bookTitle": "Neurology", "page": 1}
    ]
    # A new question is none, whatever was asked before.
    assert ask(keeper, session, "Which crops does Bolivia export to Peru?")["sources"] == []


def test_a_word_on_many_pages_does_not_lead_away_from_what_a_follow_up_follows(
    add: Add, keeper: httpx.Client, session: str, word: str
) -> None:
    add(f"The lamp called {word} is turned off with the red switch on its foot.", title="Lamps")
    for number in range(4):
        add(f"Turn page {number} {uuid.uuid4().hex}.", title="Pages")
    assert ask(keeper, session, f"Where is the lamp called {word}?")["sources"] != []
    answer = ask(keeper, session, "How do I turn it off?")
    assert answer["sources"][0] == {"bookTitle": "Lamps", "page": 1}


@pytest.mark.parametrize("greeting", ["Hello!", "Thanks.", "ok", "Thank you, bye"])
def test_a_greeting_asks_for_nothing(
    add: Add, keeper: httpx.Client, session: str, greeting: str
) -> None:
    add(f"Hello and thanks, said the {uuid.uuid4().hex}, ok and bye.")
    assert ask(keeper, session, greeting)["sources"] == []


def test_a_topic_prefers_what_it_is_about(add: Add, keeper: httpx.Client, word: str) -> None:
    topic = f"topic-{uuid.uuid4().hex}"
    keeper.put(f"/api/v1/topics/{topic}", json={"title": "Cats", "searchTerms": ["feline"]})
    for animal, title in (("canine", "Dogs"), ("feline", "Cats")):
        add(f"The {word} dose is set by weight in {animal} patients, as always.", title=title)
    made = keeper.post(SESSIONS, json={"topicId": topic}).json()["sessionId"]
    answer = ask(keeper, f"{SESSIONS}/{made}", f"How is the {word} dose set?")
    assert answer["sources"][0]["bookTitle"] == "Cats"


def test_text_without_blanks_is_found(add: Add, keeper: httpx.Client, session: str) -> None:
    mark = uuid.uuid4().hex[:6]
    add(f"動脈瘤の分類{mark}。動脈瘤は脳の血管にできる膨らみである。", title="脳外科")
    answer = ask(keeper, session, "動脈瘤はどこにできますか")
    assert {"bookTitle": "脳外科", "page": 1} in answer["sources"]


def test_the_same_request_is_answered_once(
    add: Add, keeper: httpx.Client, session: str, word: str
) -> None:
    add(f"A {word} grows in the temporal lobe.")
    key = {"Idempotency-Key": uuid.uuid4().hex}
    body = {"content": f"Where does a {word} grow?"}
    first, second = (keeper.post(f"{session}/messages", json=body, headers=key) for _ in range(2))
    assert first.json() == second.json()
    assert len(keeper.get(f"{session}/messages").json()) == 2
    other = keeper.post(f"{session}/messages", json={"content": "Why?"}, headers=key)
    assert other.status_code == 422
    made = [keeper.post(SESSIONS, json={}, headers={"Idempotency-Key": session[-30:]}).json()
            for _ in range(2)]  # fmt: skip
    assert made[0] == made[1]


@pytest.mark.parametrize(
    "body", [{}, {"content": ""}, {"content": " \n"}, {"content": "x" * 100_001}, {"content": 7}]
)
def test_a_message_that_is_none_is_refused(
    keeper: httpx.Client, session: str, body: dict[str, Any]
) -> None:
    response = keeper.post(f"{session}/messages", json=body)
    assert response.status_code == 400
    assert response.json()["error"].startswith("content: ")
    assert keeper.get(f"{session}/messages").json() == []


@pytest.mark.parametrize("session_id", ["nothing", "1", "019a9f3e-7b1c-7c5e-9a57-3f1d2c4b5a6"])
def test_an_id_that_is_none_is_refused(keeper: httpx.Client, session_id: str) -> None:
    for method, path in (("GET", "/messages"), ("POST", "/messages"), ("DELETE", "")):
        body = {"content": "Hello?"} if method == "POST" else None
        response = keeper.request(method, f"{SESSIONS}/{session_id}{path}", json=body)
        assert response.status_code == 400
        assert response.json()["error"].startswith("sessionId: ")


def test_a_deleted_session_is_gone(add: Add, keeper: httpx.Client, session: str) -> None:
    add(f"A {uuid.uuid4().hex} grows.")
    ask(keeper, session, "Hello?")
    assert keeper.delete(session).status_code == 204
    for method, path in (("GET", "/messages"), ("POST", "/messages"), ("DELETE", "")):
        body = {"content": "Hello?"} if method == "POST" else None
        response = keeper.request(method, f"{session}{path}", json=body)
        assert response.status_code == 404
        assert response.json() == {"error": "Session not found."}


def test_a_long_history_comes_whole(
    keeper: httpx.Client, session: str, import_messages: ImportMessages
) -> None:
    import_messages(session.rpartition("/")[2], 2_500)
    history = keeper.get(f"{session}/messages").json()
    assert [each["content"] for each in history] == [f"message {n}" for n in range(2_500)]
    assert history[1]["sources"] == []
    assert "sources" not in history[0]


def test_it_is_the_same_session_on_every_surface(
    add: Add, keeper: httpx.Client, admin: httpx.Client, session: str, word: str
) -> None:
    add(f"A {word} grows in the temporal lobe.", title="Neurology")
    answer = ask(keeper, session, f"Where does a {word} grow?")
    session_id = session.rpartition("/")[2]
    (_, told) = admin.get(f"/api/sessions/{session_id}/messages").json()["messages"]
    assert (told["id"], told["content"]) == (answer["id"], answer["content"])
    assert [each["book_title"] for each in told["sources"]] == ["Neurology"]
    (_, shown) = admin.get(f"/sessions/history/{session_id}").json()["data"]["history"]
    assert shown["sources"] == told["sources"]
