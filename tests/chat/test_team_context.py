"""What the agents of a team are told of the conversation, when there is little room."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from palaver.chat.prompt import estimate_tokens
from tests.chat.turn_client import Talker

if TYPE_CHECKING:
    from tests.chat.protocol_server import ProtocolServer
    from tests.server.conftest import Server

TOKENS = 1000
ROOM = TOKENS * 3 // 4
"""A quarter is left for the answer."""


@pytest.fixture
def forgetful(narrow_server: Server, model_server: ProtocolServer) -> Talker:
    """A user of a server whose model takes a thousand tokens."""
    return Talker(narrow_server)


def fill(talker: Talker, session_id: str) -> None:
    """Say more than fits."""
    for place in range(40):
        body = {"role": "user", "content": f"message {place} ".ljust(100, ".")}
        path = f"/sessions/history/update/{session_id}"
        assert talker.call("POST", path, body).status == 200


def test_answers_of_others_leave_less_room_for_history(forgetful: Talker) -> None:
    words = "word " * 200
    speaker = forgetful.agent("Ann", f"[[say:{words.strip()}]]")
    session_id = forgetful.team("team", speaker, forgetful.agent("Bob", "[[echo]]"))
    fill(forgetful, session_id)
    answer = forgetful.ask(session_id, "What now?").json["messages"][-1]["content"]
    told = "\n".join(each["content"] for each in json.loads(answer))
    assert words.strip() in told
    assert "message 39" in told
    assert estimate_tokens(told) <= ROOM


def test_an_agents_instructions_leave_less_room_for_history(forgetful: Talker) -> None:
    rules = "Be kind. " * 200
    session_id = forgetful.team("team", forgetful.agent("Bob", f"{rules}[[echo]]"))
    fill(forgetful, session_id)
    answer = forgetful.ask(session_id, "What now?").json["messages"][-1]["content"]
    told = "\n".join(each["content"] for each in json.loads(answer))
    assert rules.strip() in told
    assert "message 39" in told
    # What a team is told beside the agent's own instructions is no part of the estimate.
    assert estimate_tokens(told) <= ROOM + 100
