"""Turns that somebody ends: what was said stays, and everybody who listens is told."""

from __future__ import annotations

import random
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from tests.chat.protocol_scripts import ANSWER
from tests.chat.turn_client import Event, Talker, check_numbers, text_of, types_of

if TYPE_CHECKING:
    from tests.chat.conftest import Start
    from tests.chat.protocol_server import ProtocolServer


def check_cancelled(talker: Talker, session_id: str, run_id: str) -> dict[str, Any]:
    """The run has ended as cancelled, is logged to its end, and the session is free."""
    run = talker.run(session_id, run_id)
    assert (run["status"], run["error_code"]) == ("cancelled", None)
    assert run["ended_at"] is not None
    events = talker.follow(session_id, run_id).all()
    check_numbers(events)
    assert len(events) == run["last_event_id"]
    assert "in_progress" not in [each["status"] for each in talker.messages(session_id)]
    again = talker.cancel(session_id, run_id)
    assert (again.status, again.json["title"]) == (409, "The run has ended.")
    assert talker.ask(session_id, "Once more [[answer]]").status == 200
    return run


@pytest.mark.parametrize(("script", "said"), [("hold", "The"), ("hold-first", "")])
def test_what_was_said_stays(
    talker: Talker, model_server: ProtocolServer, script: str, said: str
) -> None:
    session_id = talker.session()
    stream = talker.say(session_id, f"[[{script}:{uuid.uuid4().hex}]]")
    events = stream.until("message.delta" if said else "message.started")
    model_server.wait(holding=1)
    answer = talker.cancel(session_id, stream.run_id)
    assert answer.status == 200
    events += stream.all()
    names = ["message.started", *["message.delta"] * bool(said), "message.completed", "done"]
    assert types_of(events) == names
    message = talker.messages(session_id)[1]
    assert events[-2].data["message"] == message
    assert (message["status"], message["content"]) == ("cancelled", said)
    assert answer.json == check_cancelled(talker, session_id, stream.run_id)
    # The model's server is not asked to go on.
    model_server.wait(gone=1)


def test_who_waits_for_json_gets_the_part(talker: Talker, model_server: ProtocolServer) -> None:
    session_id = talker.session()
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(talker.ask, session_id, f"[[hold:{uuid.uuid4().hex}]]")
        model_server.wait(holding=1)
        run_id = talker.messages(session_id)[0]["run_id"]
        # Until the first word is durable there is none to keep.
        talker.follow(session_id, run_id).until("message.delta")
        assert talker.cancel(session_id, run_id).json["status"] == "cancelled"
        answer = waiting.result()
    assert (answer.status, answer.json["status"]) == (200, "cancelled")
    assert answer.json["messages"] == talker.messages(session_id)[1:]
    assert answer.json["messages"][0]["content"] == "The"
    check_cancelled(talker, session_id, run_id)


@pytest.mark.only_store("postgres")
def test_from_another_replica(start: Start, model_server: ProtocolServer) -> None:
    talker = Talker(start())
    other = talker.on(start())
    session_id = talker.session()
    stream = talker.say(session_id, f"[[hold:{uuid.uuid4().hex}]]")
    events = stream.until("message.delta")
    followed = other.follow(session_id, stream.run_id)
    answer = other.cancel(session_id, stream.run_id)
    assert (answer.status, answer.json["status"]) == (200, "cancelled")
    events += stream.all()
    assert types_of(events)[-2:] == ["message.completed", "done"]
    assert [each.raw for each in followed.all()] == [each.raw for each in events]
    assert events[-2].data["message"]["status"] == "cancelled"
    assert other.messages(session_id)[1]["content"] == "The"
    check_cancelled(other, session_id, stream.run_id)
    model_server.wait(gone=1)


def test_what_has_ended_cannot_be_cancelled(talker: Talker) -> None:
    session_id = talker.session()
    run_id = talker.ask(session_id, "Hello").headers["X-Run-Id"]
    before = talker.run(session_id, run_id)
    assert talker.cancel(session_id, run_id).status == 409
    assert talker.run(session_id, run_id) == before
    assert before["status"] == "completed"


def test_many_cancel_at_once(talker: Talker) -> None:
    session_id = talker.session()
    stream = talker.say(session_id, f"[[hold:{uuid.uuid4().hex}]]")
    stream.until("message.delta")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: talker.cancel(session_id, stream.run_id), range(8)))
    assert {answer.status for answer in answers} <= {200, 409}
    assert 200 in [answer.status for answer in answers]
    assert {a.json["status"] for a in answers if a.status == 200} == {"cancelled"}
    assert types_of(stream.all())[-2:] == ["message.completed", "done"]
    check_cancelled(talker, session_id, stream.run_id)


def test_while_the_title_is_made(talker: Talker, model_server: ProtocolServer) -> None:
    session_id = talker.session("")
    stream = talker.say(session_id, f"Hello [[hold-aside:{uuid.uuid4().hex}]]")
    events = stream.until("message.completed")
    model_server.wait(holding=1)
    assert talker.run(session_id, stream.run_id)["status"] == "running"
    assert talker.cancel(session_id, stream.run_id).json["status"] == "cancelled"
    events += stream.all()
    names = ["message.started", "message.delta", "message.completed", "done"]
    assert types_of(events) == names
    assert talker.messages(session_id)[1]["status"] == "complete"
    assert talker.call("GET", f"/api/sessions/{session_id}").json["title"] == "Untitled Session"
    model_server.wait(gone=1)
    check_cancelled(talker, session_id, stream.run_id)


def test_while_the_manager_chooses(talker: Talker, model_server: ProtocolServer) -> None:
    agents = [talker.agent(name, f"[[say:{name}]]") for name in ("Max", "Ada")]
    session_id, key = talker.team("team-managed", *agents), uuid.uuid4().hex
    stream = talker.say(session_id, f"Hello [[hold-aside:{key}]]")
    model_server.wait(holding=1)
    assert talker.cancel(session_id, stream.run_id).json["status"] == "cancelled"
    assert types_of(stream.all()) == ["done"]
    model_server.wait(gone=1)
    assert len(talker.messages(session_id)) == 1
    # The model is told of both messages in one, and would wait again.
    model_server.release(key)
    check_cancelled(talker, session_id, stream.run_id)


def test_in_the_middle_of_a_team(talker: Talker, model_server: ProtocolServer) -> None:
    agents = [
        talker.agent("Ada", "[[say:I am first.]]"),
        talker.agent("Bob", f"[[hold:{uuid.uuid4().hex}]]"),
        talker.agent("Cleo", "[[say:I am last.]]"),
    ]
    session_id = talker.team("team", *agents)
    stream = talker.say(session_id, "Hello")
    events = stream.until("message.completed")
    events += stream.until("message.delta")
    talker.cancel(session_id, stream.run_id)
    events += stream.all()
    said = [(each["agent_name"], each["status"], each["content"])
            for each in talker.messages(session_id)[1:]]  # fmt: skip
    assert said == [("Ada", "complete", "I am first."), ("Bob", "cancelled", "The")]
    assert text_of(events) == "I am first.The"


def cancelled_at_random(talker: Talker, seed: int) -> str:
    """A team's turn in an untitled session, cancelled at a random moment; how it ended."""
    chance = random.Random(seed)
    agents = [talker.agent(name, f"[[slow:{chance.randint(0, 3)},0.002]]") for name in "ABC"]
    kind = chance.choice(["team", "team-managed", "team-flow"])
    session_id = talker.team(kind, *agents)
    stream = talker.say(session_id, "Hello")
    seen: list[Event] = stream.take(chance.randint(0, 12))
    moment = threading.Event()
    moment.wait(chance.choice([0, 0.002, 0.01, 0.03]))
    answer = talker.cancel(session_id, stream.run_id)
    seen += stream.all()
    check_numbers(seen)
    run = talker.run(session_id, stream.run_id)
    assert run["last_event_id"] == len(seen)
    if answer.status == 200:
        assert answer.json == run
    else:
        assert (answer.status, run["status"]) == (409, "completed")
    messages = talker.messages(session_id)[1:]
    completed = [each.data["message"] for each in seen if each.type == "message.completed"]
    assert completed == messages
    for message in messages:
        assert message["content"] == text_of(seen, message["id"])
    statuses = [message["status"] for message in messages]
    assert statuses[:-1] == ["complete"] * len(statuses[:-1])
    assert run["status"] == "cancelled" or "cancelled" not in statuses
    assert talker.ask(session_id, "Once more [[answer]]").status == 200
    return f"{run['status']} {statuses[-1] if statuses else 'silent'}"


def test_at_random_moments(talker: Talker) -> None:
    with ThreadPoolExecutor(8) as pool:
        ends = list(pool.map(lambda seed: cancelled_at_random(talker, seed), range(60)))
    assert {"cancelled cancelled", "cancelled complete"} <= set(ends)
    assert "in_progress" not in " ".join(ends)
    assert talker.log == []


def test_one_run_of_many(talker: Talker, model_server: ProtocolServer) -> None:
    key = uuid.uuid4().hex
    sessions = [talker.session() for _ in range(6)]
    streams = [talker.say(each, f"[[hold:{key}]]") for each in sessions]
    for stream in streams:
        stream.until("message.delta")
    talker.cancel(sessions[2], streams[2].run_id)
    assert types_of(streams[2].all()) == ["message.completed", "done"]
    model_server.release(key)
    for place in (0, 1, 3, 4, 5):
        assert f"The{text_of(streams[place].all())}" == ANSWER
