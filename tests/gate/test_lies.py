"""Each check of turns, types and keys is clean on an honest server, and notices its kind of lie."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from gate.addressing import Addressing
from gate.capacity import Capacity
from gate.findings import Findings
from gate.mutants.families import operators
from gate.mutants.messages import Answer
from gate.mutants.operators import Operator, Place, Scene, always
from gate.mutants.system import System, running_system
from gate.negotiating import Negotiating
from gate.provoked import provoke, settings_for
from gate.replaying import Replaying
from gate.resuming import Resuming
from gate.turns import Turns
from gate.values import Values
from gate.wire import Wire
from palaver.app import load_contract
from tests.chat.protocol_server import ProtocolServer, running_server

OPERATORS = {operator.name: operator for operator in operators()}
STREAM, JSON = "text/event-stream", "application/json"


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    with running_system(load_contract()) as running:
        yield running


def found(system: System, check: Any, operation_id: str) -> list[str]:
    """What a check finds of an operation."""
    findings = Findings()
    with Wire(system.target()) as wire:
        addressing = Addressing(wire, Values(system.document))
        check(addressing, findings).run(addressing.by_id[operation_id])
    return [str(failure) for failure in findings]


def lied(system: System, operator: Operator, name: str, check: Any) -> list[str]:
    """What a check finds of an operation that an operator has changed."""
    operation_id, _, site = name.partition(":")
    operation = next(o for o in system.document.operations if o.operation_id == operation_id)
    system.reset()
    with system.front.mutated(operator, Place(system.document, operation, site)):
        return found(system, check, operation_id)


@pytest.mark.parametrize("check", [Negotiating, Resuming, Turns, Replaying])
def test_an_honest_server_is_clean(system: System, check: Any) -> None:
    for operation in system.document.operations:
        assert found(system, check, operation.operation_id) == []


@pytest.mark.parametrize(
    ("check", "operator", "name"),
    [
        (Negotiating, "type-fixed", f"send_chat_message:{STREAM}"),
        (Negotiating, "type-fixed", f"send_chat_message:{JSON}"),
        (Negotiating, "weights-ignored", "send_session_message"),
        (Negotiating, "weights-ignored", "get_slide_image"),
        (Negotiating, "type-fixed", "get_slide_image:image/png"),
        (Resuming, "resume-skips", "stream_run_events"),
        (Resuming, "resume-repeats", "stream_run_events"),
        (Resuming, "resume-ignored", "stream_run_events"),
        (Resuming, "resume-never-over", "stream_run_events"),
        (Resuming, "resume-beyond-taken", "stream_run_events"),
        (Resuming, "resume-differs", "stream_run_events"),
        (Turns, "text-altered-throughout", "send_chat_message"),
        (Turns, "speaker-renamed", "send_session_message"),
        (Turns, "turn-cut", "send_chat_message"),
        (Turns, "question-lost", "send_session_message"),
        (Turns, "named-session-titled", "send_chat_message"),
        (Turns, "event-lost", "send_chat_message:session.titled"),
        (Turns, "title-untold", "send_chat_message"),
        (Replaying, "key-ignored", "create_session"),
        (Replaying, "key-ignored", "send_chat_message"),
        (Replaying, "key-effect-again", "create_agent"),
        (Replaying, "key-effect-again", "update_agent_session_history"),
        (Replaying, "key-newest-outcome", "create_agent"),
        (Replaying, "key-other-request-taken", "create_profile"),
        (Replaying, "key-other-request-done", "create_team_session"),
        (Replaying, "key-refusal-done", "update_team_session_history"),
        (Replaying, "key-refusal-done", "insert_slide"),
        (Capacity, "key-refusal-done", "upload_slide_image"),
        (Replaying, "key-of-all-users", "create_agent_session"),
        (Replaying, "key-taken-for-all-users", "create_session"),
        (Replaying, "key-burnt", "send_session_message"),
        (Replaying, "key-part-ignored", "create_session:title"),
        (Replaying, "key-part-ignored", "send_session_message:path"),
    ],
)
def test_a_lie_is_found(system: System, check: Any, operator: str, name: str) -> None:
    assert lied(system, OPERATORS[operator], name, check) != []


@pytest.fixture(scope="module")
def model() -> Iterator[ProtocolServer]:
    with running_server() as server:
        yield server


@pytest.fixture(scope="module")
def turned(model: ProtocolServer) -> Iterator[System]:
    with running_system(load_contract(), **settings_for(model)) as running:
        yield running


def provoked(turned: System, model: ProtocolServer, *, live: bool) -> set[str]:
    findings = Findings()
    turned.reset()
    provoke(turned.target(), model, findings, ["send_session_message"], live=live)
    return {failure.message for failure in findings}


def test_turns_of_an_honest_server_are_clean_in_every_state(
    turned: System, model: ProtocolServer
) -> None:
    assert provoked(turned, model, live=True) == set()


@pytest.mark.parametrize(
    ("operator", "name", "said"),
    [
        ("cancel-pretended", "cancel_run", "a turn that was cancelled goes on"),
        ("cancel-repeatable", "cancel_run", "200 for a turn that has ended"),
        ("busy-let-in", "send_session_message", "200 while another turn is running"),
        ("state-stale", "get_run", "another state is read than was answered"),
        (
            "cancelled-text-lost",
            "send_session_message",
            "a cancelled turn has not what was said before",
        ),
        (
            "refusal-names-another",
            "send_session_message:502",
            "the error is about another run than the last message",
        ),
    ],
)
def test_lies_about_states_are_found(
    turned: System,
    model: ProtocolServer,
    monkeypatch: pytest.MonkeyPatch,
    operator: str,
    name: str,
    said: str,
) -> None:
    # That nothing happens is waited for.
    monkeypatch.setattr("gate.provoked.PATIENCE", 4.0)
    operation_id, _, site = name.partition(":")
    operation = next(o for o in turned.document.operations if o.operation_id == operation_id)
    place = Place(turned.document, operation, site)
    with turned.front.mutated(OPERATORS[operator], place):
        assert said in provoked(turned, model, live=False)


def test_a_stream_that_is_sent_when_it_is_whole_is_found(
    turned: System, model: ProtocolServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def behave(scene: Scene) -> Answer:
        return await scene.serve(scene.call)

    monkeypatch.setattr("gate.provoked.PATIENCE", 1.0)
    whole = Operator("stream", "whole", "A stream is sent when it is whole.", always, behave=behave)
    operation = next(o for o in turned.document.operations if o.operation_id == "stream_run_events")
    with turned.front.mutated(whole, Place(turned.document, operation)):
        assert "no event arrives while the turn runs" in provoked(turned, model, live=True)
