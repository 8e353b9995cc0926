"""Turns that fail, as clients see it: one error in plain words, and what was said is kept."""

from __future__ import annotations

import socket
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from tests.chat.protocol_scripts import ANSWER, BEGINNING, KEY
from tests.chat.turn_client import Event, Talker, check_numbers, text_of, types_of
from tests.server.conftest import SECRET, Server, serving

if TYPE_CHECKING:
    from tests.chat.protocol_server import ProtocolServer

SAID = {
    "provider_cut": "The language model's server ended its answer before it was complete.",
    "provider_timeout": "The language model's server was silent for too long.",
    "rate_limited": "The language model's server takes no more requests for now.",
    "answer_too_long": "The answer is longer than a message may be.",
    "provider_unreachable": "The language model's server cannot be reached.",
}
FAILURES = {
    "cut": ("provider_cut", BEGINNING),
    "cut-done": ("provider_cut", BEGINNING),
    "reset": ("provider_cut", BEGINNING),
    "half": ("provider_cut", BEGINNING),
    "stall": ("provider_timeout", BEGINNING),
    "stall-first": ("provider_timeout", ""),
    "silent": ("provider_timeout", ""),
    "error-event": ("provider_error", BEGINNING),
    "error-chunk": ("provider_error", BEGINNING),
    "error-json": ("provider_error", ""),
    "bad-utf8": ("provider_invalid", BEGINNING),
    "bad-json": ("provider_invalid", BEGINNING),
    "bad-shape": ("provider_invalid", BEGINNING),
    "html": ("provider_invalid", ""),
    "gzip": ("provider_invalid", ""),
    "redirect": ("provider_error", ""),
    "limited": ("rate_limited", ""),
    "status:500": ("provider_error", ""),
    "status:503": ("provider_error", ""),
    "status:400": ("provider_refused", ""),
    "status:401": ("provider_refused", ""),
    "status:404": ("provider_refused", ""),
}
TELLING = (KEY, "models.internal", "/srv/models", "127.0.0.1", "Traceback", "httpx", "palaver.")


@pytest.fixture
def talker(narrow_server: Server, model_server: ProtocolServer) -> Talker:
    """A user of a server that waits for its model for one second."""
    return Talker(narrow_server)


def check_failed(
    talker: Talker, session_id: str, events: list[Event], code: str, text: str
) -> dict[str, Any]:
    """The stream, the message, the run and the session after a failure; the run."""
    check_numbers(events)
    names = ["message.started", *["message.delta"] * bool(text), "error", "done"]
    assert types_of(events) == names
    assert text_of(events) == text
    error = events[-2].data
    question, answer = talker.messages(session_id)
    assert (error["code"], error["message_id"]) == (code, answer["id"])
    assert error["detail"] == SAID.get(code, error["detail"])
    assert error["detail"][0].isupper()
    assert error["detail"].endswith(".")
    for telling in TELLING:
        assert not any(telling.encode() in each.raw for each in events)
    assert (question["status"], answer["status"], answer["content"]) == ("complete", "failed", text)
    assert (answer["input_tokens"], answer["output_tokens"]) == (None, None)
    run = talker.run(session_id, answer["run_id"])
    assert (run["status"], run["error_code"]) == ("failed", code)
    assert (run["error_detail"], run["last_event_id"]) == (error["detail"], len(events))
    return run


@pytest.mark.parametrize("script", FAILURES)
def test_a_model_that_fails(talker: Talker, model_server: ProtocolServer, script: str) -> None:
    code, text = FAILURES[script]
    session_id = talker.session()
    stream = talker.say(session_id, f"[[{script}]]")
    run = check_failed(talker, session_id, stream.all(), code, text)
    assert run["run_id"] == stream.run_id
    # After the first byte there is no second try, and none for what would fail again.
    tries = 3 if script in ("limited", "status:500", "status:503") else 1
    assert model_server.state()["requests"] == tries
    again = talker.ask(session_id, "Once more [[answer]]")
    assert (again.status, again.json["messages"][0]["content"]) == (200, ANSWER)


@pytest.mark.parametrize("script", ["cut", "status:401", "error-event", "stall"])
def test_as_json_it_is_a_502(talker: Talker, script: str) -> None:
    code, text = FAILURES[script]
    session_id = talker.session()
    answer = talker.ask(session_id, f"[[{script}]]")
    assert answer.status == 502
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json
    assert problem["type"] == "urn:palaver:problem:turn-failed"
    assert (problem["title"], problem["status"]) == ("The turn failed.", 502)
    events = talker.follow(session_id, problem["run_id"]).all()
    run = check_failed(talker, session_id, events, code, text)
    assert problem["detail"] == f"{code}: {run['error_detail']}"


def test_a_failure_before_the_first_byte_is_tried_again(
    talker: Talker, model_server: ProtocolServer
) -> None:
    session_id = talker.session()
    for requests, status in ((2, 503), (4, 500)):
        events = talker.say(session_id, f"[[once:{status},{uuid.uuid4().hex}]]").all()
        assert types_of(events) == ["message.started", "message.delta", "message.completed", "done"]
        assert text_of(events) == ANSWER
        assert model_server.state()["requests"] == requests


def test_an_answer_beyond_the_limit(talker: Talker) -> None:
    session_id = talker.session()
    events = talker.say(session_id, "[[huge-answer]]").all()
    text = text_of(events)
    assert len(text) == 100_000
    check_failed(talker, session_id, events, "answer_too_long", text)
    # It is what a message may hold, so the next turn takes it along.
    assert talker.ask(session_id, "Go on [[answer]]").status == 200


def test_an_answer_at_the_limit(talker: Talker) -> None:
    session_id = talker.session()
    events = talker.say(session_id, "[[long:15873]]").all()
    assert len(text_of(events)) == 100_000
    assert talker.messages(session_id)[1]["status"] == "complete"


def test_a_model_that_cannot_be_reached(
    store_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with serving(tmp_path_factory.mktemp("unreachable")) as start:
        server = start(
            database_url=store_url,
            jwt_secret=SECRET,
            llm_base_url=f"http://127.0.0.1:{port}/v1",
            llm_model="answer",
            llm_api_key=KEY,
        )
        talker = Talker(server)
        session_id = talker.session()
        events = talker.say(session_id, "Hello").all()
        check_failed(talker, session_id, events, "provider_unreachable", "")
        # A team's manager asks before anybody says a word: there is no message to blame.
        team = talker.team("team-managed", "agent1", "agent2")
        events = talker.say(team, "Hello").all()
        assert types_of(events) == ["error", "done"]
        assert events[0].data["message_id"] is None
        assert len(talker.messages(team)) == 1


def test_nothing_telling_is_logged_about_users(talker: Talker) -> None:
    session_id, secret = talker.session(), uuid.uuid4().hex
    talker.say(session_id, f"My secret is {secret} [[status:500]]").all()
    log = talker.server.stderr.read_text()
    assert secret not in log
    assert KEY not in log
    assert {entry["level"] for entry in talker.log} <= {"warning"}
