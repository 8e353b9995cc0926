"""Plain turns, as a client sees them: events, headers, messages."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from tests.chat.protocol_scripts import ANSWER, UTF8_ANSWER
from tests.chat.turn_client import Stream, Talker, check_numbers, text_of, types_of

if TYPE_CHECKING:
    from tests.chat.protocol_server import ProtocolServer


def test_a_plain_turn(talker: Talker) -> None:
    session_id = talker.session()
    stream = talker.say(session_id, "What is the answer?")
    assert stream.status == 200
    assert stream.headers["Cache-Control"] == "no-store"
    assert stream.headers["X-Accel-Buffering"] == "no"
    run_id, user_message_id = stream.run_id, stream.headers["X-Message-Id"]
    location = f"/api/sessions/{session_id}/runs/{run_id}/events"
    assert stream.headers["Location"] == location

    events = stream.all()
    check_numbers(events)
    assert types_of(events) == ["message.started", "message.delta", "message.completed", "done"]
    started, completed, done = events[0], events[-2], events[-1]
    message_id = started.data["message_id"]
    assert started.data == {
        "type": "message.started",
        "run_id": run_id,
        "message_id": message_id,
        "agent_id": None,
        "agent_name": None,
        "summary": False,
    }
    assert text_of(events, message_id) == text_of(events) == ANSWER
    assert done.data == {"type": "done"}

    question, answer = talker.messages(session_id)
    assert completed.data == {"type": "message.completed", "message": answer}
    assert question["id"] == user_message_id
    assert (question["role"], question["content"]) == ("user", "What is the answer?")
    assert (question["status"], question["run_id"], question["seq"]) == ("complete", run_id, 0)
    assert (answer["role"], answer["content"]) == ("assistant", ANSWER)
    assert (answer["status"], answer["run_id"], answer["seq"]) == ("complete", run_id, 1)
    assert (answer["id"], answer["summary"]) == (message_id, False)
    assert (answer["input_tokens"], answer["output_tokens"]) == (7, 5)
    assert (question["input_tokens"], question["output_tokens"]) == (None, None)

    run = talker.run(session_id, run_id)
    assert (run["status"], run["message_id"]) == ("completed", user_message_id)
    assert (run["last_event_id"], run["error_code"]) == (len(events), None)
    assert run["created_at"] <= run["ended_at"]


def test_the_turn_as_json(talker: Talker) -> None:
    session_id = talker.session()
    answer = talker.ask(session_id, "What is the answer?")
    assert answer.status == 200
    question, said = talker.messages(session_id)
    assert answer.json == {
        "run_id": answer.headers["X-Run-Id"],
        "session_id": session_id,
        "message_id": question["id"],
        "status": "completed",
        "messages": [said],
    }
    assert answer.headers["X-Message-Id"] == question["id"]
    assert answer.headers["Cache-Control"] == "no-store"
    events = talker.follow(session_id, answer.headers["X-Run-Id"]).all()
    assert answer.headers["Location"].endswith(f"/runs/{answer.headers['X-Run-Id']}/events")
    check_numbers(events)
    assert text_of(events) == said["content"] == ANSWER


def test_the_first_events_come_before_the_answer_is_complete(
    talker: Talker, model_server: ProtocolServer
) -> None:
    session_id, key = talker.session(), uuid.uuid4().hex
    stream = talker.say(session_id, f"[[hold:{key}]]")
    first = stream.until("message.delta")
    assert text_of(first) == "The"
    running = talker.run(session_id, stream.run_id)
    assert (running["status"], running["last_event_id"]) == ("running", 2)
    assert (running["ended_at"], running["error_code"]) == (None, None)
    in_progress = talker.messages(session_id)[1]
    assert (in_progress["status"], in_progress["content"]) == ("in_progress", "")
    model_server.release(key)
    assert text_of(first + stream.all()) == ANSWER


def test_what_the_model_says_arrives_as_it_is(talker: Talker) -> None:
    session_id = talker.session()
    for message, answer in (
        ("[[utf8]]", UTF8_ANSWER),
        ("[[surrogates]]", None),
        ("[[empty]]", ANSWER),
        ("[[formats]]", "a b c"),
        ("[[json]]", ANSWER),
        ('[[say:line\nbreak\r\nand "quotes"]]', 'line\nbreak\r\nand "quotes"'),
    ):
        events = talker.say(session_id, message).all()
        check_numbers(events)
        completed = events[-2].data["message"]
        assert completed["content"] == text_of(events)
        assert answer is None or completed["content"] == answer


def test_an_answer_of_nothing_is_a_message(talker: Talker) -> None:
    session_id = talker.session()
    events = talker.say(session_id, "[[say:]]").all()
    assert types_of(events) == ["message.started", "message.completed", "done"]
    assert talker.messages(session_id)[1]["content"] == ""
    # What is empty is not sent to the model in the next turn.
    assert talker.ask(session_id, "And now?").status == 200


def test_a_message_of_the_greatest_length(talker: Talker) -> None:
    session_id = talker.session()
    message = "ä" * 99_991 + "[[say:x]]"
    assert len(message) == 100_000
    assert text_of(talker.say(session_id, message).all()) == "x"
    assert talker.messages(session_id)[0]["content"] == message
    assert talker.ask(session_id, message + "!").status == 400
    assert len(talker.messages(session_id)) == 2


def test_head_of_a_stream_has_its_headers_and_no_event(talker: Talker) -> None:
    session_id = talker.session()
    run_id = talker.ask(session_id, "Hello").headers["X-Run-Id"]
    path = f"/api/sessions/{session_id}/runs/{run_id}/events"
    head = Stream(talker.server.port, talker.token, "HEAD", path)
    assert (head.status, head.headers["Content-Type"]) == (200, "text/event-stream")
    assert head.headers["Cache-Control"] == "no-store"
    head.drop()
