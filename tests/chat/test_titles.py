"""Titles that sessions get by themselves: once, and never against a person's will."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from tests.chat.protocol_scripts import TITLE
from tests.chat.turn_client import Talker, types_of

if TYPE_CHECKING:
    from tests.chat.protocol_server import ProtocolServer

DEFAULTS = {
    "create_session": ("POST", "/api/sessions", {}, "Untitled Session"),
    "create_session, blank": ("POST", "/api/sessions", {"title": " "}, "Untitled Session"),
    "create_agent_session": ("POST", "/sessions/create?agent_id=a", None, "Untitled Session"),
    "create_team_session": ("POST", "/sessions/team/create", ["a"], "Untitled Team Session"),
}


def title_of(talker: Talker, session_id: str) -> str:
    return str(talker.call("GET", f"/api/sessions/{session_id}").json["title"])


@pytest.mark.parametrize("how", DEFAULTS)
def test_an_untitled_session_gets_one(talker: Talker, how: str) -> None:
    method, path, body, default = DEFAULTS[how]
    session_id = talker.call(method, path, body).json["session_id"]
    assert title_of(talker, session_id) == default
    events = talker.say(session_id, "What is the [[title:The “Answer”\n\n]] answer?").all()
    names = ["message.started", "message.delta", "message.completed", "session.titled", "done"]
    assert types_of(events) == names
    assert events[-2].data == {"type": "session.titled", "title": "The “Answer"}
    assert title_of(talker, session_id) == "The “Answer"
    # The lists of both surfaces have it.
    listed = talker.call("GET", "/api/sessions").json["sessions"]
    if how != "create_team_session":
        assert [each["title"] for each in listed] == ["The “Answer"]
    # And that was it.
    assert "session.titled" not in types_of(talker.say(session_id, "[[title:Other]]").all())
    assert title_of(talker, session_id) == "The “Answer"


def test_a_named_session_keeps_its_name(talker: Talker, model_server: ProtocolServer) -> None:
    session_id = talker.session("Mine")
    assert "session.titled" not in types_of(talker.say(session_id, "Hello").all())
    assert title_of(talker, session_id) == "Mine"
    assert model_server.state()["requests"] == 1


@pytest.mark.parametrize("name", ["Mine", "Untitled Session"])
def test_a_renamed_session_keeps_its_name(talker: Talker, name: str) -> None:
    session_id = talker.session("")
    path = f"/api/sessions/{session_id}?title={name.replace(' ', '%20')}"
    assert talker.call("PATCH", path).status == 200
    assert "session.titled" not in types_of(talker.say(session_id, "Hello").all())
    assert title_of(talker, session_id) == name


@pytest.mark.parametrize("path", ["/api/sessions/{}?title=Mine", "/sessions/rename/{}?name=Mine"])
def test_renamed_while_the_turn_runs(
    talker: Talker, model_server: ProtocolServer, path: str
) -> None:
    session_id, key = talker.session(""), uuid.uuid4().hex
    stream = talker.say(session_id, f"Hello [[hold-aside:{key}]]")
    stream.until("message.completed")
    model_server.wait(holding=1)
    method = "PATCH" if path.startswith("/api") else "PUT"
    renamed = talker.call(method, path.format(session_id))
    assert renamed.status == 200
    model_server.release(key)
    assert types_of(stream.all()) == ["done"]
    assert title_of(talker, session_id) == "Mine"


def test_a_failed_turn_gives_no_title(talker: Talker) -> None:
    session_id = talker.session("")
    assert types_of(talker.say(session_id, "[[cut]]").all())[-2:] == ["error", "done"]
    assert title_of(talker, session_id) == "Untitled Session"
    assert "session.titled" in types_of(talker.say(session_id, "Again [[answer]]").all())
    assert title_of(talker, session_id) == TITLE


@pytest.mark.parametrize(
    ("given", "title"),
    [
        ('"Quoted."', "Quoted."),
        ("two\nlines\tand  spaces", "two lines and spaces"),
        ("word " * 30, "word word word word word word word word word word word…"),
        ("x" * 100, "x" * 59 + "…"),
        ("Grüße, 世界 🎉", "Grüße, 世界 🎉"),
    ],
)
def test_titles_fit_on_a_line(talker: Talker, given: str, title: str) -> None:
    session_id = talker.session("")
    events = talker.say(session_id, f"Hello [[title:{given}]]").all()
    assert events[-2].data["title"] == title
    assert title_of(talker, session_id) == title


def test_without_a_models_words_the_question_is_the_title(talker: Talker) -> None:
    session_id = talker.session("")
    events = talker.say(session_id, "  What is\nthe answer?  [[title: ]]").all()
    assert events[-2].data["title"] == "What is the answer? [[title: ]]"
