"""Streams that are dropped and resumed: each event once, byte for byte as it was."""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.chat.protocol_scripts import ANSWER
from tests.chat.turn_client import Event, Talker, check_numbers, text_of

if TYPE_CHECKING:
    from tests.chat.conftest import Start
    from tests.chat.protocol_server import ProtocolServer

CASES, AT_ONCE = 240, 24


def interrupted(replicas: Sequence[Talker], seed: int) -> tuple[str, bytes, bytes]:
    """One turn, dropped at random events: who was asked, what was seen, what there was.

    Between two pieces the client comes back at once, or once the run has ended.
    """
    chance = random.Random(seed)
    first = replicas[0]
    session_id = first.session()
    words = chance.randint(1, 20)
    stream = first.say(session_id, f"[[slow:{words},{chance.choice([0, 0.002, 0.01])}]]")
    run_id, seen, story = stream.run_id, list[Event](), f"{words} words: "
    reference = None
    if chance.random() < 0.5:
        reference = chance.choice(replicas).follow(session_id, run_id)
    while True:
        wanted = chance.randint(0, words + 4)
        seen += stream.take(wanted)
        stream.drop()
        story += f"{wanted}, "
        if seen and seen[-1].type == "done":
            break
        if chance.random() < 0.2:
            story += "end, "
            chance.choice(replicas).follow(session_id, run_id).all()
        after = seen[-1].number if seen else chance.choice([None, 0])
        talker = chance.choice(replicas)
        story += f"{replicas.index(talker)}: "
        stream = talker.follow(session_id, run_id, after)
    whole = (reference or chance.choice(replicas).follow(session_id, run_id)).all()
    check_numbers(whole)
    assert text_of(whole) == " ".join(f"w{number}" for number in range(words))
    return story, b"".join(each.raw for each in seen), b"".join(each.raw for each in whole)


def check_cases(replicas: Sequence[Talker]) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = list(pool.map(lambda seed: interrupted(replicas, seed), range(CASES)))
    assert [(story, seen) for story, seen, _ in found] == [
        (story, whole) for story, _, whole in found
    ]
    # The cases are of all kinds.
    stories = [story for story, _, _ in found]
    assert sum("end" in story for story in stories) > CASES / 10
    assert sum(story.count(",") > 3 for story in stories) > CASES / 10


def test_dropped_at_random_and_resumed(talker: Talker) -> None:
    check_cases([talker])
    assert talker.log == []


@pytest.mark.only_store("postgres")
def test_dropped_at_random_and_resumed_on_any_replica(start: Start) -> None:
    one, other = start(), start()
    talker = Talker(one)
    check_cases([talker, talker.on(other)])
    assert one.log == other.log == []


@pytest.mark.only_store("postgres")
def test_another_replica_follows_as_it_happens(start: Start, model_server: ProtocolServer) -> None:
    talker = Talker(start())
    other = talker.on(start())
    session_id, key = talker.session(), uuid.uuid4().hex
    stream = talker.say(session_id, f"[[hold:{key}]]")
    followed = other.follow(session_id, stream.run_id)
    # Both have what there is; nobody has the end.
    first = followed.until("message.delta")
    assert [each.raw for each in first] == [each.raw for each in stream.until("message.delta")]
    assert other.run(session_id, stream.run_id)["status"] == "running"
    model_server.release(key)
    assert [each.raw for each in followed.all()] == [each.raw for each in stream.all()]
    assert other.messages(session_id)[1]["content"] == ANSWER


def test_at_the_edges(talker: Talker, model_server: ProtocolServer) -> None:
    session_id, key = talker.session(), uuid.uuid4().hex
    stream = talker.say(session_id, f"[[hold:{key}]]")
    run_id = stream.run_id
    assert len(stream.until("message.delta")) == 2
    # While it runs: nothing yet after the newest event, and nothing has an id beyond it.
    waiting = talker.follow(session_id, run_id, 2)
    assert waiting.status == 200
    beyond = talker.follow(session_id, run_id, 3)
    assert (beyond.status, beyond.problem["title"]) == (400, "The run has no such event.")
    model_server.release(key)
    rest = stream.all()
    assert [each.raw for each in waiting.all()] == [each.raw for each in rest]

    last = rest[-1].number
    assert talker.follow(session_id, run_id, last).status == 204
    assert [each.type for each in talker.follow(session_id, run_id, last - 1).all()] == ["done"]
    assert talker.follow(session_id, run_id, last + 1).problem["detail"] == (
        f"The last event is {last}."
    )
    assert talker.follow(session_id, run_id, last + 1).status == 400
    assert talker.follow(session_id, run_id, 2**31 - 1).status == 400


@pytest.mark.parametrize(
    "malformed", ["x", "-1", "1.0", "1e3", "0x1", "1,2", "٣", "2147483648", "9" * 400, "1 2", "+1"]
)
def test_malformed_ids(talker: Talker, malformed: str) -> None:
    session_id = talker.session()
    run_id = talker.ask(session_id, "Hello").headers["X-Run-Id"]
    path = f"/api/sessions/{session_id}/runs/{run_id}/events"
    headers = {"Last-Event-ID": malformed.encode().decode("latin-1")}
    answer = talker.call("GET", path, None, headers)
    assert answer.status == 400, answer.body
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json["title"] == "The request is not valid."


def test_who_may_follow(talker: Talker, model_server: ProtocolServer) -> None:
    session_id, key = talker.session(), uuid.uuid4().hex
    run_id = talker.say(session_id, f"[[hold:{key}]]").run_id
    stranger, other_session = Talker(talker.server), talker.session()
    unknown = str(uuid.uuid4())
    for who, where, what, title in (
        (stranger, session_id, run_id, "Session not found."),
        (talker, unknown, run_id, "Session not found."),
        (talker, other_session, run_id, "Run not found."),
        (talker, session_id, unknown, "Run not found."),
    ):
        found = [who.follow(where, what), who.follow(where, what, 1), who.follow(where, what, 99)]
        assert [each.status for each in found] == [404, 404, 404]
        assert found[0].problem["title"] == title
        assert who.cancel(where, what).status == 404
        assert who.call("GET", f"/api/sessions/{where}/runs/{what}").status == 404
    model_server.release(key)
    assert text_of(talker.follow(session_id, run_id).all()) == ANSWER


def test_a_client_that_leaves_does_not_end_the_turn(
    talker: Talker, model_server: ProtocolServer
) -> None:
    session_id, key = talker.session(), uuid.uuid4().hex
    stream = talker.say(session_id, f"[[hold:{key}]]")
    stream.until("message.delta")
    stream.drop()
    assert model_server.wait(holding=1)["gone"] == 0
    model_server.release(key)
    talker.follow(session_id, stream.run_id).all()
    assert model_server.state()["gone"] == 0
    assert talker.messages(session_id)[1]["content"] == ANSWER
    assert talker.run(session_id, stream.run_id)["status"] == "completed"


def test_a_client_that_waits_for_json_and_leaves_does_not_end_the_turn(
    talker: Talker, model_server: ProtocolServer
) -> None:
    session_id, key = talker.session(), uuid.uuid4().hex
    with talker.server.connect() as connection:
        body = f'{{"message": "[[hold-first:{key}]]"}}'
        connection.sendall(
            f"POST /api/sessions/{session_id}/messages HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: Bearer {talker.token}\r\nAccept: application/json\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
        )
        model_server.wait(holding=1)
    run_id = talker.messages(session_id)[0]["run_id"]
    model_server.release(key)
    assert text_of(talker.follow(session_id, run_id).all()) == ANSWER
    assert model_server.state()["gone"] == 0


def test_many_follow_one_run(talker: Talker, model_server: ProtocolServer) -> None:
    session_id, key = talker.session(), uuid.uuid4().hex
    stream = talker.say(session_id, f"[[hold:{key}]]")
    followers = [talker.follow(session_id, stream.run_id) for _ in range(30)]
    for slow in followers[20:]:
        slow.drop()
    model_server.release(key)
    whole = [each.raw for each in stream.all()]
    for follower in followers[:20]:
        assert [each.raw for each in follower.all()] == whole
