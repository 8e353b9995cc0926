"""Sessions of several agents: who answers, in which order, knowing what."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.chat.protocol_scripts import ANSWER
from tests.chat.turn_client import Event, Talker, check_numbers, text_of, types_of

if TYPE_CHECKING:
    from tests.chat.protocol_server import ProtocolServer

MESSAGE = ["message.started", "message.delta", "message.completed"]


def said(events: list[Event]) -> list[tuple[str | None, str | None, bool, str]]:
    """Of each message: who, under which name, whether it sums up, and what."""
    found = []
    for started in events:
        if started.type == "message.started":
            data = started.data
            text = text_of(events, data["message_id"])
            found.append((data["agent_id"], data["agent_name"], data["summary"], text))
    return found


def check_stored(talker: Talker, session_id: str, events: list[Event]) -> list[dict[str, Any]]:
    """What was streamed is what is stored, message by message; the answers."""
    check_numbers(events)
    answers = talker.messages(session_id)[1:]
    stored = [(m["agent_id"], m["agent_name"], m["summary"], m["content"]) for m in answers]
    assert stored == said(events)
    completed = [each.data["message"] for each in events if each.type == "message.completed"]
    assert completed == [each for each in answers if each["status"] != "failed"]
    assert {each["run_id"] for each in answers} == {events[0].data["run_id"]}
    return answers


def echoed(message: dict[str, Any]) -> list[tuple[str, str]]:
    """What the model was told, from an answer that echoes it."""
    return [(each["role"], each["content"]) for each in json.loads(message["content"])]


def test_a_team_answers_in_order(talker: Talker) -> None:
    ada = talker.agent("Ada", "[[say:I say one.]]")
    bob = talker.agent("Bob", "[[say:I say two.]]")
    cleo = talker.agent("Cleo", "[[echo]]")
    session_id = talker.team("team", ada, bob, cleo)
    events = talker.say(session_id, "Count!").all()
    assert types_of(events) == [*MESSAGE * 3, "done"]
    answers = check_stored(talker, session_id, events)
    assert said(events)[:2] == [
        (ada, "Ada", False, "I say one."),
        (bob, "Bob", False, "I say two."),
    ]
    # The last one knows the question and the answers before.
    system, user = echoed(answers[2])
    assert system[1].startswith("[[echo]]")
    assert "You are Cleo" in system[1]
    assert user == ("user", "Count!\n\nAda: I say one.\n\nBob: I say two.")
    # In the next turn it knows them by name as well, and its own words as its own.
    again = talker.ask(session_id, "Once more").json["messages"]
    roles = [role for role, _ in echoed(again[2])]
    assert roles == ["system", "user", "assistant", "user"]


def test_a_flow_builds_on_the_answer_before(talker: Talker) -> None:
    ada = talker.agent("Ada", "[[say:A draft.]]")
    bob = talker.agent("Bob", "[[say:A better draft.]]")
    cleo = talker.agent("Cleo", "[[echo]]")
    session_id = talker.team("team-flow", ada, bob, cleo)
    events = talker.say(session_id, "Write!").all()
    assert types_of(events) == [*MESSAGE * 3, "done"]
    answers = check_stored(talker, session_id, events)
    assert [each["agent_name"] for each in answers] == ["Ada", "Bob", "Cleo"]
    assert echoed(answers[2])[1] == ("user", "Write!\n\nBob: A better draft.")


def test_a_manager_delegates_and_sums_up(talker: Talker, model_server: ProtocolServer) -> None:
    max_ = talker.agent("Max", "[[echo]]")
    others = [talker.agent(name, f"[[say:I am {name}.]]") for name in ("Ada", "Bob", "Cleo")]
    session_id = talker.team("team-managed", max_, *others)
    question = f"Who are you? [[delegate:{others[2]},{others[0]}]]"
    events = talker.say(session_id, question).all()
    assert types_of(events) == [*MESSAGE * 3, "done"]
    answers = check_stored(talker, session_id, events)
    assert said(events)[:2] == [
        (others[0], "Ada", False, "I am Ada."),
        (others[2], "Cleo", False, "I am Cleo."),
    ]
    assert (answers[2]["agent_id"], answers[2]["summary"]) == (max_, True)
    told = echoed(answers[2])[1][1]
    assert told.startswith(f"{question}\n\nAda: I am Ada.\n\nCleo: I am Cleo.\n\nSum up")
    assert model_server.state()["requests"] == 4
    history = talker.call("GET", f"/sessions/team/history/{session_id}").json["data"]["history"]
    assert [each["summary"] for each in history] == [False, False, False, True]


def test_a_manager_that_chooses_nobody_asks_everybody(talker: Talker) -> None:
    agents = [talker.agent(name, f"[[say:I am {name}.]]") for name in ("Max", "Ada", "Bob")]
    session_id = talker.team("team-managed", *agents)
    events = talker.say(session_id, "Who are you? [[delegate:nobody]]").all()
    names = [answer["agent_name"] for answer in check_stored(talker, session_id, events)]
    assert names == ["Ada", "Bob", "Max"]


def test_a_manager_without_tools_chooses_by_words(talker: Talker) -> None:
    bob = talker.agent("Bob", "[[say:I am Bob.]]")
    max_, ada = (talker.agent(name, f"[[say:{bob}]]") for name in ("Max", "Ada"))
    session_id = talker.team("team-managed", max_, ada, bob)
    events = talker.say(session_id, "Who are you?").all()
    names = [answer["agent_name"] for answer in check_stored(talker, session_id, events)]
    assert names == ["Bob", "Max"]


@pytest.mark.parametrize("kind", ["team", "team-managed", "team-flow"])
def test_a_team_of_one(talker: Talker, kind: str) -> None:
    session_id = talker.team(kind, talker.agent("Ada", "Be brief."))
    events = talker.say(session_id, "Hello").all()
    assert types_of(events) == [*MESSAGE, "done"]
    (answer,) = check_stored(talker, session_id, events)
    assert (answer["agent_name"], answer["summary"]) == ("Ada", False)
    assert answer["content"] == ANSWER


@pytest.mark.parametrize("kind", ["team", "team-managed", "team-flow"])
def test_agents_that_no_catalogue_knows(talker: Talker, kind: str) -> None:
    session_id = talker.team(kind, "agent-x", "agent-y")
    answers = check_stored(talker, session_id, talker.say(session_id, "Hello").all())
    names = ["agent-y", "agent-x"] if kind == "team-managed" else ["agent-x", "agent-y"]
    assert [each["agent_id"] for each in answers] == names
    assert [each["agent_name"] for each in answers] == names


@pytest.mark.parametrize("kind", ["team", "team-flow"])
def test_an_agent_that_fails_ends_the_turn(
    talker: Talker, model_server: ProtocolServer, kind: str
) -> None:
    ada = talker.agent("Ada", "[[say:I am first.]]")
    bob = talker.agent("Bob", "[[cut]]")
    cleo = talker.agent("Cleo", "[[say:I am last.]]")
    session_id = talker.team(kind, ada, bob, cleo)
    events = talker.say(session_id, "Hello").all()
    assert types_of(events) == [*MESSAGE, *MESSAGE[:2], "error", "done"]
    first, second = check_stored(talker, session_id, events)
    assert (first["status"], first["content"]) == ("complete", "I am first.")
    assert (second["status"], second["content"]) == ("failed", "The answer ")
    assert events[-2].data["code"] == "provider_cut"
    assert events[-2].data["message_id"] == second["id"]
    assert model_server.state()["requests"] == 2


def test_a_manager_that_fails_to_sum_up(talker: Talker) -> None:
    max_, ada = talker.agent("Max", "[[cut]]"), talker.agent("Ada", "[[say:I am Ada.]]")
    session_id = talker.team("team-managed", max_, ada)
    events = talker.say(session_id, "Hello").all()
    assert types_of(events) == [*MESSAGE, *MESSAGE[:2], "error", "done"]
    answer, summary = check_stored(talker, session_id, events)
    assert (answer["status"], answer["agent_name"]) == ("complete", "Ada")
    assert (summary["status"], summary["summary"]) == ("failed", True)


def test_a_manager_that_fails_to_choose(talker: Talker) -> None:
    session_id = talker.team("team-managed", "agent-x", "agent-y")
    events = talker.say(session_id, "Hello [[status:401]]").all()
    assert types_of(events) == ["error", "done"]
    assert (events[0].data["code"], events[0].data["message_id"]) == ("provider_refused", None)
    assert len(talker.messages(session_id)) == 1
    assert talker.ask(session_id, "Once more [[answer]]").status == 200


def test_a_team_as_json(talker: Talker) -> None:
    session_id = talker.team("team", "agent-x", "agent-y")
    answer = talker.ask(session_id, "Hello")
    assert answer.json["messages"] == talker.messages(session_id)[1:]
    assert len(answer.json["messages"]) == 2
