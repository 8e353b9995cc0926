"""Many turns at once: one of a session, any number of different sessions."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.chat.protocol_scripts import ANSWER
from tests.chat.turn_client import Talker, check_numbers, text_of, types_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.chat.conftest import Start
    from tests.chat.protocol_server import ProtocolServer


def test_a_second_turn_has_to_wait(talker: Talker, model_server: ProtocolServer) -> None:
    session_id, key = talker.session(), uuid.uuid4().hex
    stream = talker.say(session_id, f"[[hold:{key}]]")
    stream.until("message.delta")
    for accept in ("application/json", "text/event-stream"):
        busy = talker.ask(session_id, "Now?", Accept=accept)
        assert busy.status == 409
        assert busy.headers["Content-Type"] == "application/problem+json"
        problem = busy.json
        assert problem["type"] == "urn:palaver:problem:session-busy"
        assert problem["run_id"] == stream.run_id
    assert len(talker.messages(session_id)) == 2
    model_server.release(key)
    stream.all()
    assert talker.ask(session_id, "Now?").json["messages"][0]["content"] == ANSWER
    assert [each["seq"] for each in talker.messages(session_id)] == [0, 1, 2, 3]


def check_one_of_many(replicas: Sequence[Talker], model_server: ProtocolServer) -> None:
    talker, key = replicas[0], uuid.uuid4().hex
    session_id = talker.session()

    def attempt(place: int) -> tuple[int, str, str]:
        stream = replicas[place % len(replicas)].say(session_id, f"{place} [[hold:{key}]]")
        if stream.status == 200:
            return 200, stream.run_id, f"{place} [[hold:{key}]]"
        problem = stream.problem
        return stream.status, problem["run_id"], ""

    with ThreadPoolExecutor(20) as pool:
        seen = list(pool.map(attempt, range(20)))
    assert Counter(status for status, _, _ in seen) == {200: 1, 409: 19}
    assert len({run_id for _, run_id, _ in seen}) == 1
    (won,) = [each for each in seen if each[0] == 200]
    model_server.release(key)
    assert text_of(replicas[-1].follow(session_id, won[1]).all()) == ANSWER
    contents = [each["content"] for each in talker.messages(session_id)]
    assert contents == [won[2], ANSWER]
    assert model_server.state()["requests"] == 1


def test_one_of_many_at_once(talker: Talker, model_server: ProtocolServer) -> None:
    check_one_of_many([talker], model_server)


@pytest.mark.only_store("postgres")
def test_one_of_many_at_once_on_two_replicas(start: Start, model_server: ProtocolServer) -> None:
    talker = Talker(start())
    check_one_of_many([talker, talker.on(start())], model_server)


def test_what_others_write_meanwhile_has_its_place(
    talker: Talker, model_server: ProtocolServer
) -> None:
    session_id, key = talker.session(), uuid.uuid4().hex
    stream = talker.say(session_id, f"[[hold:{key}]]")
    stream.until("message.delta")
    body = {"role": "user", "content": "By the way"}
    path = f"/sessions/history/update/{session_id}"
    assert talker.call("POST", path, body).status == 200
    model_server.release(key)
    stream.all()
    messages = talker.messages(session_id)
    assert [each["seq"] for each in messages] == [0, 1, 2]
    assert [each["content"] for each in messages[1:]] == [ANSWER, "By the way"]


def test_a_hundred_at_once(talker: Talker) -> None:
    sessions = [talker.session() for _ in range(100)]

    def turn(place: int) -> None:
        stream = talker.say(sessions[place], f"[[slow:{20 + place % 7},0.02]]")
        events = stream.all()
        check_numbers(events)
        words = " ".join(f"w{number}" for number in range(20 + place % 7))
        assert text_of(events) == words
        assert events[-2].data["message"]["content"] == words
        assert len(events) == 20 + place % 7 + 3

    with ThreadPoolExecutor(100) as pool:
        list(pool.map(turn, range(100)))
    for session_id in random.Random(1).sample(sessions, 10):
        assert [each["status"] for each in talker.messages(session_id)] == ["complete"] * 2
    assert talker.log == []


def test_a_session_that_is_deleted_meanwhile(
    start_impatient: Start,
    model_server: ProtocolServer,
    wait_until: Callable[[Callable[[], bool]], None],
) -> None:
    server = start_impatient()
    talker = Talker(server)
    kept, quiet, talking, waited, team = (talker.session() for _ in range(5))
    team, key = talker.team("team", "agent-x", "agent-y"), uuid.uuid4().hex
    other = talker.say(kept, f"[[hold:{key}]]")
    streams = [
        talker.say(quiet, f"[[hold:{uuid.uuid4().hex}]]"),
        talker.say(talking, "[[slow:100000,0.002]]"),
        talker.say(team, f"[[hold-first:{uuid.uuid4().hex}]]"),
    ]
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(talker.ask, waited, f"[[hold-first:{uuid.uuid4().hex}]]")
        for stream in streams:
            stream.until("message.started")
        model_server.wait(holding=4)
        run_ids = [stream.run_id for stream in streams]
        body = {"session_ids": [quiet, talking, waited]}
        assert talker.call("POST", "/api/sessions/cleanup", body).status == 200
        assert talker.call("DELETE", f"/sessions/delete/{team}").status == 200
        for stream in streams:
            assert "done" not in types_of(stream.all())
        answer = waiting.result()
        assert (answer.status, answer.json["title"]) == (404, "Session not found.")
    # Nobody goes on asking the model, and others are as they were.
    model_server.wait(gone=4)
    for session_id, run_id in zip((quiet, talking, team), run_ids, strict=True):
        assert talker.follow(session_id, run_id).status == 404
        assert talker.cancel(session_id, run_id).status == 404
    model_server.release(key)
    assert text_of(other.all()) == ANSWER
    assert talker.ask(kept, "Hello").status == 200
    assert server.log == []
