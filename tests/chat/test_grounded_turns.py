"""Turns that answer from books, by a language model: what it is told, and what is believed."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.chat.conftest import Start, model_settings
from tests.chat.protocol_server import ProtocolServer
from tests.chat.turn_client import Talker, check_numbers, types_of
from tests.conftest import copied
from tests.server.conftest import Server, patiently, serving

PASSWORD = "the shared password"
NOT_FOUND = "I could not find relevant information about this topic in the uploaded books."
# What a page says, and what the model says when it is asked with it: the model's server follows the
# last script that it is shown.
PAGES = {
    "honey": "Honey is made by worker bees. [[say:Worker bees make honey [1]. It lasts [7].]]",
    "same": "Wax combs are built by young bees. [[say:Young bees build combs of wax.]]",
    "other": "Propolis is collected from trees. [[usual]]",
    "none": f"Drones are driven out in autumn. [[say:{NOT_FOUND}]]",
    "refused": "Varroa mites weaken colonies badly. [[status:400]]",
    "held": "Swarms leave their hive in May. [[hold:swarm]]",
    "cite": "Royal jelly feeds queen larvae. [[hold:jelly]]",
    "eggs": "Queens lay two thousand eggs daily. [[say:Eggs [1].]]",
    "short": "Smoke calms angry colonies. [[say:Smoke does [1].]]",
}


@pytest.fixture(scope="module")
def server(
    store_kind: str,
    _template: str,
    _shared_model_server: ProtocolServer,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    """A server with a model, and a library of its own with one book."""
    folder = tmp_path_factory.mktemp("grounded")
    with (
        copied(store_kind, _template, request, folder) as url,
        serving(folder) as start,
    ):
        settings = model_settings(_shared_model_server)
        server = start(database_url=url, basic_password=PASSWORD, **settings)
        upload(client_of(server), "\f".join(PAGES.values()), "Bees")
        yield server


def client_of(server: Server) -> httpx.Client:
    """Whoever has the shared credential there."""
    url = f"http://127.0.0.1:{server.port}/api/v1"
    return httpx.Client(base_url=url, auth=("palaver", PASSWORD), timeout=30)


def upload(keeper: httpx.Client, text: str, title: str) -> str:
    """The id of a new book that is READY."""
    files = {"file": ("book.txt", text)}
    made = keeper.post("/books", files=files, data={"title": title}).json()["bookId"]
    for _ in patiently():
        if keeper.get(f"/books/{made}").json()["status"] == "READY":
            return str(made)
    raise AssertionError("the book is not READY in time")


@pytest.fixture
def keeper(server: Server, model_server: ProtocolServer) -> httpx.Client:
    """Whoever has the shared credential; the model's server begins to count."""
    assert model_server
    return client_of(server)


def session(keeper: httpx.Client) -> str:
    return f"/chat/sessions/{keeper.post('/chat/sessions').json()['sessionId']}"


def ask(keeper: httpx.Client, path: str, question: str) -> dict[str, Any]:
    response = keeper.post(f"{path}/messages", json={"content": question})
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def test_without_a_book_nothing_is_asked_and_nothing_stored(
    start: Start, model_server: ProtocolServer
) -> None:
    keeper = client_of(start(basic_password=PASSWORD))
    path = session(keeper)
    response = keeper.post(f"{path}/messages", json={"content": "What is honey made of?"})
    assert response.status_code == 503
    assert response.json() == {"error": "No books are available as knowledge sources."}
    assert response.headers["Retry-After"]
    assert keeper.get(f"{path}/messages").json() == []
    assert model_server.state()["requests"] == 0


def test_the_model_is_bound_to_the_passages_and_its_citations_are_checked(
    keeper: httpx.Client, model_server: ProtocolServer
) -> None:
    answer = ask(keeper, session(keeper), "Who makes honey, is it worker bees?")
    assert answer["content"] == "Worker bees make honey [1]. It lasts [7]."
    assert answer["sources"] == [{"bookTitle": "Bees", "page": 1}]
    system, *_, user = model_server.state()["last"]["body"]["messages"]
    assert "Answer only from these passages" in system["content"]
    assert NOT_FOUND in system["content"]
    assert "[1] Bees, page 1\nHoney is made by worker bees." in user["content"]


@pytest.mark.parametrize(
    ("question", "pages"),
    [
        ("Who builds wax combs, young bees?", [2]),
        ("Where is propolis collected from, trees?", []),
        ("When are drones driven out, in autumn?", []),
    ],
)
def test_an_answer_without_citations_rests_on_what_says_the_same(
    keeper: httpx.Client, question: str, pages: list[int]
) -> None:
    answer = ask(keeper, session(keeper), question)
    assert [each["page"] for each in answer["sources"]] == pages
    # What rests on nothing is not passed on.
    assert (answer["content"] == NOT_FOUND) == (pages == [])


def test_what_the_books_do_not_say_is_not_left_to_the_model(
    keeper: httpx.Client, model_server: ProtocolServer
) -> None:
    answer = ask(keeper, session(keeper), "Who won the football cup of Norway? [[say:Brann.]]")
    assert (answer["content"], answer["sources"]) == (NOT_FOUND, [])
    asked = model_server.state()["last"]
    # The session's title may have been asked for; the answer was not.
    assert asked is None or "max_tokens" in asked["body"]


def test_the_model_is_offered_no_tools(keeper: httpx.Client, model_server: ProtocolServer) -> None:
    answer = ask(keeper, session(keeper), "Slides: who makes honey, worker bees? Honey of bees?")
    assert answer["content"] == "Worker bees make honey [1]. It lasts [7]."
    asked = model_server.state()["last"]["body"]
    assert "tools" not in asked
    assert "slides" not in asked["messages"][0]["content"]


def test_the_whole_conversation_is_told_without_old_numbers(
    keeper: httpx.Client, model_server: ProtocolServer
) -> None:
    path = session(keeper)
    for _ in range(30):
        ask(keeper, path, "Does smoke calm angry colonies?")
    ask(keeper, path, "How many eggs do queens lay daily?")
    told = model_server.state()["last"]["body"]["messages"]
    answers = [each["content"] for each in told if each["role"] == "assistant"]
    assert answers == ["Smoke does."] * 30


def test_a_model_that_fails_is_told_as_such_and_the_session_goes_on(keeper: httpx.Client) -> None:
    path = session(keeper)
    question = {"content": "Do varroa mites weaken colonies badly?"}
    response = keeper.post(f"{path}/messages", json=question)
    assert response.status_code == 502
    assert response.json() == {"error": "No answer could be made."}
    # This surface has no word for an answer that failed.
    history = keeper.get(f"{path}/messages").json()
    assert [each["role"] for each in history] == ["USER"]
    assert ask(keeper, path, "Does smoke calm angry colonies?")["sources"] != []


def test_a_second_message_meanwhile_is_refused(
    keeper: httpx.Client, model_server: ProtocolServer
) -> None:
    path = session(keeper)
    question = {"content": "When do swarms leave their hive, in May?"}
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    with pytest.raises(httpx.ReadTimeout):
        keeper.post(f"{path}/messages", json=question, headers=headers, timeout=2)
    busy = keeper.post(f"{path}/messages", json={"content": "And drones?"})
    assert busy.status_code == 409
    assert busy.json() == {"error": "Another message of the session is still being answered."}
    model_server.release("swarm")
    # The client that went away asks again, and gets the answer to its first request.
    again = keeper.post(f"{path}/messages", json=question, headers=headers)
    assert again.status_code == 200
    assert len(keeper.get(f"{path}/messages").json()) == 2


def test_a_bearer_session_is_told_its_sources_in_events_and_messages(
    server: Server, model_server: ProtocolServer
) -> None:
    assert model_server
    talker = Talker(server)
    query = "/sessions/create?agent_id=a&max_context_results=2"
    session_id = talker.call("POST", query).json["session_id"]
    stream = talker.say(session_id, "How many eggs do queens lay daily?")
    events = stream.all()
    check_numbers(events)
    assert [name for name in types_of(events) if name != "session.titled"] == [
        "message.started",
        "message.delta",
        "message.source",
        "message.completed",
        "done",
    ]
    sources = [each.data["source"] for each in events if each.type == "message.source"]
    assert [(each["number"], each["page"]) for each in sources] == [(1, 8)]
    (completed,) = [each.data["message"] for each in events if each.type == "message.completed"]
    assert completed["sources"] == sources
    assert talker.messages(session_id)[-1]["sources"] == sources
    # Who resumes behind the text is told of them too.
    first = next(each.number for each in events if each.type == "message.source")
    resumed = talker.follow(session_id, stream.run_id, first - 1).all()
    assert [each.raw for each in resumed] == [each.raw for each in events[first - 1 :]]


def test_a_cancelled_answer_is_kept_with_what_it_had_cited(
    server: Server, model_server: ProtocolServer
) -> None:
    talker = Talker(server)
    session_id = talker.session()
    stream = talker.say(session_id, "What does royal jelly feed, queen larvae?")
    stream.take(1)
    model_server.wait(holding=1)
    assert talker.cancel(session_id, stream.run_id).status == 200
    events = stream.all()
    assert [each.type for each in events][-2:] == ["message.completed", "done"]
    last = talker.messages(session_id)[-1]
    assert (last["status"], last["sources"]) == ("cancelled", [])
    model_server.release("jelly")


def test_a_deleted_book_is_not_found_from_then_on(keeper: httpx.Client) -> None:
    made = upload(keeper, "Tides are caused by the moon. [[say:By the moon [1].]]", "Tides")
    path = session(keeper)
    question = "What are tides caused by, the moon?"
    assert ask(keeper, path, question)["sources"] == [{"bookTitle": "Tides", "page": 1}]
    assert keeper.delete(f"/books/{made}").status_code == 204
    answer = ask(keeper, path, question)
    assert (answer["content"], answer["sources"]) == (NOT_FOUND, [])
