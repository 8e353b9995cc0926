"""How many turns a server runs at once: they outlive their clients, so that has a bound."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from tests.chat.protocol_scripts import ANSWER
from tests.chat.turn_client import Talker

if TYPE_CHECKING:
    from tests.chat.conftest import Start
    from tests.chat.protocol_server import ProtocolServer

_TWO_TURNS = """
from palaver.chat import turns
turns.TurnEngine.__init__.__kwdefaults__["max_turns"] = 2
from palaver.cli import main
main()
"""


def test_one_turn_too_many_is_told_to_come_back(start: Start, model_server: ProtocolServer) -> None:
    talker, key = Talker(start(command=("-c", _TWO_TURNS))), uuid.uuid4().hex
    running = []
    for _ in range(2):
        stream = talker.say(talker.session(), f"[[hold:{key}]]")
        stream.until("message.delta")
        running.append(stream)
    session_id = talker.session()
    refused = talker.ask(session_id, "Now?")
    assert refused.status == 503
    assert int(refused.headers["Retry-After"]) > 0
    assert refused.json["type"] == "urn:palaver:problem:too-many-turns"
    assert talker.messages(session_id) == []
    model_server.release(key)
    for stream in running:
        stream.all()
    assert talker.ask(session_id, "Now?").json["messages"][0]["content"] == ANSWER
