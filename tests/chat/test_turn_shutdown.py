"""SIGTERM while turns run: they get their grace, and nobody is left without a word."""

from __future__ import annotations

import json
import signal
import uuid
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.chat.turn_client import Talker, check_numbers, text_of, types_of
from tests.server.conftest import read_all

if TYPE_CHECKING:
    from tests.chat.conftest import Start
    from tests.chat.protocol_server import ProtocolServer

BRIEF = """
from palaver import server
from palaver.chat import turns
server.TURN_GRACE_SECONDS = turns.GRACE_SECONDS = 1.5
from palaver.cli import main
main()
"""


@pytest.fixture
def start_brief(start: Start) -> Start:
    """Start servers that give turns a moment to end."""
    return partial(start, command=("-c", BRIEF))


@pytest.fixture
def is_refused(wait_until: Callable[[Callable[[], bool]], None]) -> Callable[[Talker], None]:
    """Wait until a server takes no more connections, so that it has seen its signal."""

    def refused(talker: Talker) -> bool:
        try:
            talker.server.connect().close()
        except ConnectionError:
            return True
        return False

    return lambda talker: wait_until(lambda: refused(talker))


def test_turns_end_or_are_interrupted(
    start_brief: Start, model_server: ProtocolServer, is_refused: Callable[[Talker], None]
) -> None:
    talker = Talker(start_brief())
    held, short, alone, begun = (talker.session() for _ in range(4))
    key = uuid.uuid4().hex
    streams = [
        talker.say(held, f"[[hold:{uuid.uuid4().hex}]]"),
        talker.say(short, f"[[hold:{key}]]"),
    ]
    begun_alone = talker.say(alone, f"[[hold:{key}]]")
    heads = [*(stream.until("message.delta") for stream in streams)]
    begun_alone.until("message.delta")
    begun_alone.drop()
    body = json.dumps({"session_id": begun, "message": "Hello"})
    head = (
        f"POST /api/chat HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {talker.token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with talker.server.connect() as late:
        late.sendall(head.encode())
        # The server has this head when it has answered what came after it.
        assert talker.call("GET", "/healthz").status == 200
        talker.server.process.send_signal(signal.SIGTERM)
        is_refused(talker)
        late.sendall(body.encode())
        refused = read_all(late).decode()
    assert refused.startswith("HTTP/1.1 503 ")
    assert "retry-after: " in refused.lower()
    assert "urn:palaver:problem:shutting-down" in refused
    model_server.release(key)
    # One ends by itself in time, one is interrupted; both clients are told before the server ends.
    ended = heads[1] + streams[1].all()
    assert types_of(ended)[-2:] == ["message.completed", "done"]
    interrupted = heads[0] + streams[0].all()
    check_numbers(interrupted)
    assert types_of(interrupted)[-2:] == ["error", "done"]
    assert interrupted[-2].data["code"] == "interrupted"
    assert talker.server.process.wait(30) == 0
    assert talker.server.log == []

    talker = talker.on(start_brief())
    assert talker.messages(begun) == []
    assert talker.messages(alone)[1]["status"] == "complete"
    message = talker.messages(held)[1]
    assert (message["status"], message["content"]) == ("failed", text_of(interrupted))
    run = talker.run(held, message["run_id"])
    assert (run["status"], run["error_code"]) == ("failed", "interrupted")
    resumed = talker.follow(held, message["run_id"], 1).all()
    assert [each.raw for each in resumed] == [each.raw for each in interrupted[1:]]
    assert talker.ask(held, "Go on [[answer]]").status == 200


def test_turns_without_clients_have_their_grace_too(
    start_brief: Start,
    model_server: ProtocolServer,
    is_refused: Callable[[Talker], None],
    query: Callable[[str], list[tuple[Any, ...]]],
) -> None:
    talker = Talker(start_brief())
    short, held, key = talker.session(), talker.session(), uuid.uuid4().hex
    for session_id, held_by in ((short, key), (held, f"{key}2")):
        stream = talker.say(session_id, f"[[hold:{held_by}]]")
        stream.until("message.delta")
        stream.drop()
    model_server.wait(holding=2)
    talker.server.process.send_signal(signal.SIGTERM)
    is_refused(talker)
    model_server.release(key)
    assert talker.server.process.wait(30) == 0
    ended = dict(query("SELECT session_id, status FROM messages WHERE role = 'assistant'"))
    assert ended == {short: "complete", held: "failed"}
    runs = dict(query("SELECT session_id, error_code FROM runs"))
    assert runs == {short: None, held: "interrupted"}


def test_a_server_without_turns_ends_at_once(start: Start) -> None:
    talker = Talker(start())
    session_id = talker.session()
    talker.ask(session_id, "Hello")
    talker.server.process.send_signal(signal.SIGTERM)
    # Long before the grace that turns would have.
    assert talker.server.process.wait(5) == 0


def test_a_second_signal_does_not_wait(
    start: Start, model_server: ProtocolServer, is_refused: Callable[[Talker], None]
) -> None:
    talker = Talker(start())
    stream = talker.say(talker.session(), f"[[hold:{uuid.uuid4().hex}]]")
    stream.until("message.delta")
    talker.server.process.send_signal(signal.SIGINT)
    is_refused(talker)
    talker.server.process.send_signal(signal.SIGINT)
    # uvicorn says where it was when it was forced. What it leaves is for the next start.
    talker.server.tracebacks_expected = True
    talker.server.process.wait(20)
