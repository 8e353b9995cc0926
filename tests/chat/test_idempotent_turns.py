"""Turns that are asked for twice under one ``Idempotency-Key``."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.chat.protocol_scripts import ANSWER
from tests.chat.turn_client import Stream, Talker, text_of, types_of

if TYPE_CHECKING:
    from tests.chat.conftest import Start
    from tests.chat.protocol_server import ProtocolServer


@pytest.fixture
def key() -> str:
    """A key that nobody has used."""
    return uuid.uuid4().hex


def by_path(talker: Talker, session_id: str, message: str, key: str) -> Stream:
    """Start a turn at the other URL."""
    path = f"/api/sessions/{session_id}/messages"
    headers = {"Idempotency-Key": key}
    body = {"message": message}
    return Stream(talker.server.port, talker.token, "POST", path, body, headers)


def test_a_running_turn_is_attached_to(
    talker: Talker, model_server: ProtocolServer, key: str
) -> None:
    session_id, message = talker.session(), f"[[hold:{key}]]"
    first = talker.say(session_id, message, Idempotency_Key=key)
    second = talker.say(session_id, message, Idempotency_Key=key)
    third = by_path(talker, session_id, message, key)
    first.until("message.delta")
    assert types_of(second.until("message.delta")) == ["message.started", "message.delta"]
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(talker.ask, session_id, message, Idempotency_Key=key)
        model_server.release(key)
        answer = waiting.result()
    for name in ("X-Run-Id", "X-Message-Id", "Location"):
        assert len({each.headers[name] for each in (first, second, third, answer)}) == 1
    rest = [each.raw for each in first.all()]
    assert [each.raw for each in second.all()] == rest
    assert [each.raw for each in third.all()][2:] == rest
    assert answer.json["messages"] == talker.messages(session_id)[1:]
    assert len(talker.messages(session_id)) == 2
    assert model_server.state()["requests"] == 1


def test_an_ended_turn_is_told_again(talker: Talker, key: str) -> None:
    session_id = talker.session()
    first = talker.say(session_id, "Hello", Idempotency_Key=key)
    events = [each.raw for each in first.all()]
    talker.ask(session_id, "Something else")
    for again in (
        talker.say(session_id, "Hello", Idempotency_Key=key),
        by_path(talker, session_id, "Hello", key),
    ):
        assert again.run_id == first.run_id
        assert [each.raw for each in again.all()] == events
    answer = talker.ask(session_id, "Hello", Idempotency_Key=key)
    messages = talker.messages(session_id)
    assert answer.json["messages"] == messages[1:2]
    assert answer.json["message_id"] == messages[0]["id"]
    assert len(messages) == 4


def test_a_failed_turn_is_told_again(
    talker: Talker, model_server: ProtocolServer, key: str
) -> None:
    session_id = talker.session()
    first = talker.ask(session_id, "[[cut]]", Idempotency_Key=key)
    again = talker.ask(session_id, "[[cut]]", Idempotency_Key=key)
    assert (first.status, again.status) == (502, 502)
    assert first.json["run_id"] == again.json["run_id"]
    assert first.json["detail"] == again.json["detail"]
    assert len(talker.messages(session_id)) == 2
    assert model_server.state()["requests"] == 1


def test_another_message_is_refused_while_the_first_is_answered(
    talker: Talker, model_server: ProtocolServer, key: str
) -> None:
    session_id, elsewhere = talker.session(), talker.session()
    first = talker.say(session_id, f"[[hold:{key}]]", Idempotency_Key=key)
    for where, message in ((session_id, "Other"), (elsewhere, f"[[hold:{key}]]")):
        refused = talker.ask(where, message, Idempotency_Key=key)
        assert refused.status == 422
        assert refused.json["type"] == "urn:palaver:problem:idempotency-key-reused"
    model_server.release(key)
    assert text_of(first.all()) == ANSWER
    assert talker.messages(elsewhere) == []


def test_a_busy_session_uses_no_key_up(
    talker: Talker, model_server: ProtocolServer, key: str
) -> None:
    session_id = talker.session()
    first = talker.say(session_id, f"[[hold:{key}]]")
    busy = talker.ask(session_id, "Now?", Idempotency_Key=key)
    assert (busy.status, busy.json["run_id"]) == (409, first.run_id)
    model_server.release(key)
    first.all()
    answer = talker.ask(session_id, "Now?", Idempotency_Key=key)
    assert (answer.status, answer.json["messages"][0]["content"]) == (200, ANSWER)
    assert answer.headers["X-Run-Id"] != first.run_id


def test_many_tries_at_once(talker: Talker, model_server: ProtocolServer, key: str) -> None:
    session_id = talker.session()

    def attempt(place: int) -> tuple[str, list[bytes]]:
        if place % 2:
            stream = by_path(talker, session_id, "[[slow:10]]", key)
        else:
            stream = talker.say(session_id, "[[slow:10]]", Idempotency_Key=key)
        return stream.run_id, [each.raw for each in stream.all()]

    with ThreadPoolExecutor(20) as pool:
        seen = list(pool.map(attempt, range(20)))
    assert all(each == seen[0] for each in seen)
    assert len(talker.messages(session_id)) == 2
    assert model_server.state()["requests"] == 1


def test_events_that_are_no_longer_kept(
    start: Start, wait_until: Callable[[Callable[[], bool]], None], key: str
) -> None:
    talker = Talker(start(event_retention="1"))
    session_id = talker.session()
    first = talker.say(session_id, "Hello", Idempotency_Key=key)
    events = first.all()
    wait_until(lambda: talker.say(session_id, "Hello", Idempotency_Key=key).status == 410)
    for expired in (
        talker.say(session_id, "Hello", Idempotency_Key=key),
        by_path(talker, session_id, "Hello", key),
        talker.follow(session_id, first.run_id),
        talker.follow(session_id, first.run_id, 1),
        talker.follow(session_id, first.run_id, len(events)),
    ):
        assert expired.status == 410
        assert expired.problem["title"] == "The events of the run are no longer kept."
    assert talker.ask(session_id, "Hello", Idempotency_Key=key).status == 410
    # What was said is kept, and so is how the turn ended.
    assert [each["content"] for each in talker.messages(session_id)] == ["Hello", ANSWER]
    run = talker.run(session_id, first.run_id)
    assert (run["status"], run["last_event_id"]) == ("completed", len(events))
    assert talker.ask(session_id, "Hello", Idempotency_Key=f"{key}2").status == 200


def test_killed_between_two_tries(
    start_impatient: Start, model_server: ProtocolServer, key: str
) -> None:
    server = start_impatient()
    talker = Talker(server)
    session_id, ended, message = talker.session(), talker.session(), f"[[hold:{key}]]"
    told = talker.say(ended, "Hello", Idempotency_Key=f"{key}2")
    whole = [each.raw for each in told.all()]
    created = talker.call("POST", "/api/agents", {"name": key}, {"Idempotency-Key": f"{key}3"})
    first = talker.say(session_id, message, Idempotency_Key=key)
    seen = first.until("message.delta")
    server.process.kill()
    server.process.wait()

    talker = talker.on(start_impatient())
    again = talker.say(session_id, message, Idempotency_Key=key)
    assert again.run_id == first.run_id
    events = again.all()
    assert [each.raw for each in events[:2]] == [each.raw for each in seen]
    assert types_of(events) == ["message.started", "message.delta", "error", "done"]
    answer = talker.ask(session_id, message, Idempotency_Key=key)
    assert (answer.status, answer.json["run_id"]) == (502, first.run_id)
    assert len(talker.messages(session_id)) == 2
    again = talker.say(ended, "Hello", Idempotency_Key=f"{key}2")
    assert [each.raw for each in again.all()] == whole
    replayed = talker.call("POST", "/api/agents", {"name": key}, {"Idempotency-Key": f"{key}3"})
    assert (replayed.status, replayed.body) == (201, created.body)


@pytest.mark.only_store("postgres")
def test_the_second_try_reaches_another_replica(
    start: Start, model_server: ProtocolServer, key: str
) -> None:
    talker = Talker(start())
    other = talker.on(start())
    session_id, message = talker.session(), f"[[hold:{key}]]"
    first = talker.say(session_id, message, Idempotency_Key=key)
    first.until("message.delta")
    second = other.say(session_id, message, Idempotency_Key=key)
    assert second.run_id == first.run_id
    begun = second.until("message.delta")
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(other.ask, session_id, message, Idempotency_Key=key)
        model_server.release(key)
        assert waiting.result().json["messages"] == other.messages(session_id)[1:]
    assert [each.raw for each in second.all()] == [each.raw for each in first.all()]
    assert text_of(begun) == "The"
    assert len(other.messages(session_id)) == 2
