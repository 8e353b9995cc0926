"""What the model is told: instructions, and the conversation as far as it fits."""

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


@pytest.fixture
def forgetful(narrow_server: Server, model_server: ProtocolServer) -> Talker:
    """A user of a server whose model takes a thousand tokens."""
    return Talker(narrow_server)


def told(talker: Talker, session_id: str, question: str = "[[echo]]") -> list[tuple[str, str]]:
    """Roles and contents of what the model is told in the next turn."""
    answer = talker.ask(session_id, question)
    assert answer.status == 200, answer.body
    messages = json.loads(answer.json["messages"][-1]["content"])
    return [(each["role"], each["content"]) for each in messages]


def append(talker: Talker, session_id: str, *contents: str) -> None:
    """Add messages, of user and assistant by turns."""
    for place, content in enumerate(contents):
        path = f"/sessions/history/update/{session_id}"
        body = {"role": "assistant" if place % 2 else "user", "content": content}
        assert talker.call("POST", path, body).status == 200


def test_the_conversation_is_the_next_turns_context(talker: Talker) -> None:
    session_id = talker.session()
    talker.ask(session_id, "One [[say:First.]]")
    talker.ask(session_id, "Two [[say:Second.]]")
    assert told(talker, session_id) == [
        ("user", "One [[say:First.]]"),
        ("assistant", "First."),
        ("user", "Two [[say:Second.]]"),
        ("assistant", "Second."),
        ("user", "[[echo]]"),
    ]


def test_what_other_surfaces_wrote_is_context_too(talker: Talker) -> None:
    session_id = talker.session()
    append(talker, session_id, "I like maps.", "Noted.")
    assert told(talker, session_id) == [
        ("user", "I like maps."),
        ("assistant", "Noted."),
        ("user", "[[echo]]"),
    ]


def test_what_failed_turns_said_is_context_too(talker: Talker) -> None:
    session_id = talker.session()
    talker.ask(session_id, "One [[cut]]")
    assert told(talker, session_id)[:2] == [("user", "One [[cut]]"), ("assistant", "The answer ")]


def test_instructions_of_agent_and_profile(talker: Talker) -> None:
    made = talker.call("POST", "/api/profiles", {"name": "P", "instructions": "Be brief."})
    profile_id = made.json["profile_id"]
    body = {"title": "T", "profile_id": profile_id}
    session_id = talker.call("POST", "/api/sessions", body).json["session_id"]
    assert told(talker, session_id) == [("system", "Be brief."), ("user", "[[echo]]")]

    agent = talker.agent("Ann", "Draw maps.")
    created = talker.call("POST", f"/sessions/create?agent_id={agent}&name=T")
    assert told(talker, created.json["session_id"])[0] == ("system", "Draw maps.")
    # Instructions are those of now, not of when the session was made.
    talker.call("PATCH", f"/api/agents/{agent}", {"instructions": "Draw boats."})
    assert told(talker, created.json["session_id"])[0] == ("system", "Draw boats.")
    talker.call("DELETE", f"/api/agents/{agent}")
    assert told(talker, created.json["session_id"])[0][0] == "user"
    talker.call("DELETE", f"/api/profiles/{profile_id}")
    assert told(talker, session_id)[0][0] == "user"


def test_the_answer_has_the_agents_name(talker: Talker) -> None:
    agent = talker.agent("Ann", "Draw maps.")
    created = talker.call("POST", f"/sessions/create?agent_id={agent}&name=T")
    answer = talker.ask(created.json["session_id"], "Hello").json["messages"][0]
    assert (answer["agent_id"], answer["agent_name"]) == (agent, "Ann")


def cost(content: str) -> int:
    return 8 + estimate_tokens(content)


@pytest.mark.parametrize("length", [20, 200, 1000])
def test_the_oldest_is_dropped_first(forgetful: Talker, length: int) -> None:
    session_id = forgetful.session()
    contents = [f"{place:03}".ljust(length, ".") for place in range(70)]
    append(forgetful, session_id, *contents)
    *history, question = told(forgetful, session_id)
    assert question == ("user", "[[echo]]")
    kept = [content for _, content in history]
    assert kept == contents[len(contents) - len(kept) :]
    # A quarter is left for the answer, and not a message less than fits is told.
    budget = TOKENS - TOKENS // 4 - estimate_tokens("[[echo]]")
    costs = sum(map(cost, kept))
    assert costs <= budget < costs + cost(contents[0])


def test_instructions_and_question_come_before_history(forgetful: Talker) -> None:
    instructions, question = "Be brief. " * 100, "[[echo]] " + "x " * 500
    body = {"name": "P", "instructions": instructions}
    profile_id = forgetful.call("POST", "/api/profiles", body).json["profile_id"]
    body = {"title": "T", "profile_id": profile_id}
    session_id = forgetful.call("POST", "/api/sessions", body).json["session_id"]
    append(forgetful, session_id, *[f"{place} " * 50 for place in range(20)])
    system, *history, asked = told(forgetful, session_id, question)
    assert system == ("system", instructions.strip())
    assert asked[1].endswith(question)
    assert 1 <= len(history) <= 7


def test_a_question_beyond_the_budget_is_asked_without_history(forgetful: Talker) -> None:
    session_id = forgetful.session()
    append(forgetful, session_id, "One", "Two")
    question = "[[echo]]" + " word" * 3000
    assert told(forgetful, session_id, question) == [("user", question)]


def test_summaries_of_what_was_dropped_are_kept(forgetful: Talker) -> None:
    session_id = forgetful.team("team", "agent1")
    path = f"/sessions/team/history/update/{session_id}"

    def add(content: str, *, summary: bool = False) -> None:
        role = "assistant" if summary else "user"
        body = {"role": role, "content": content, "summary": summary, "agent_id": "agent1"}
        assert forgetful.call("POST", path, body).status == 200

    add("A question of long ago")
    add("The first summary.", summary=True)
    for place in range(40):
        add(f"old {place} ".ljust(100, "."))
    add("The second summary.", summary=True)
    for place in range(40):
        add(f"new {place} ".ljust(100, "."))
    text = "\n".join(content for _, content in told(forgetful, session_id))
    places = [text.find(each) for each in ("first summary", "second summary", "new 39")]
    assert -1 not in places
    assert places == sorted(places)
    assert "long ago" not in text
    assert "old 39" not in text
    assert "new 0 " not in text
    # Room is made for them, and no more than that.
    assert text.count("new ") >= 15
    assert estimate_tokens(text) <= TOKENS * 3 // 4


def test_long_summaries_take_half_of_the_room(forgetful: Talker) -> None:
    session_id = forgetful.team("team", "agent1")
    path = f"/sessions/team/history/update/{session_id}"
    for place in range(30):
        body = {"role": "assistant", "content": f"summary {place} ".ljust(300, "."),
                "summary": True, "agent_id": "agent1"}  # fmt: skip
        assert forgetful.call("POST", path, body).status == 200
    for place in range(30):
        content = f"message {place} ".ljust(100, ".")
        assert forgetful.call("POST", path, {"role": "user", "content": content}).status == 200
    text = "\n".join(content for _, content in told(forgetful, session_id))
    assert "message 29" in text
    assert "summary 29" in text
    assert 3 <= text.count("summary ") <= 5
    assert text.count("message ") >= 8
