"""The gate's own examination is not blind.

That it is clean and complete on the real server is what ``python -m gate`` shows.
"""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any

import pytest

from gate.addressing import Addressing
from gate.conformance import Conformance
from gate.findings import Findings
from gate.forms import File
from gate.library import Library
from gate.reach import Reach
from gate.suite import examine
from gate.target import Target
from gate.values import Values, holds
from gate.wire import ABSENT, Exchange, Request, Wire
from palaver.contract.bodies import MAX_FIELD_BYTES
from palaver.contract.document import Document

SCHEMAS = ("components", "schemas")
NOTHING = (
    *("paths", "/api/v1/chat/sessions/{sessionId}/messages", "post", "responses", "200"),
    *("content", "application/json", "examples", "nothing"),
)


def edited(document: Document, *edits: tuple[tuple[str, ...], Any]) -> Document:
    """The contract with some values replaced; ``ABSENT`` takes a key out."""
    tree = copy.deepcopy(document.tree)
    for pointer, value in edits:
        owner = tree
        for key in pointer[:-1]:
            owner = owner[key]
        if value is ABSENT:
            del owner[pointer[-1]]
        else:
            owner[pointer[-1]] = value
    return Document.parse(json.dumps(tree).encode())


def rules(target: Target, operation_id: str, *edits: tuple[tuple[str, ...], Any]) -> set[str]:
    """The rules that the server breaks when it is held to an edited contract."""
    lying = replace(target, document=edited(target.document, *edits))
    return {failure.rule for failure in examine(lying, [operation_id]).failures}


@pytest.mark.parametrize(
    ("operation_id", "edits", "rule"),
    [
        (
            "get_agent_session_history",
            [(("components", "parameters", "HistoryLimit", "schema", "default"), 21)],
            "default",
        ),
        (
            "get_recent_session_history",
            [
                (
                    ("paths", "/sessions/history/recent/{session_id}", "get", "x-list", "from"),
                    "start",
                )
            ],
            "partition",
        ),
        (
            "list_sessions",
            [(("paths", "/api/sessions", "get", "x-list", "order"), ["last_activity"])],
            "order",
        ),
        (
            "create_agent_session",
            [(("components", "parameters", "MaxContextResults", "schema", "default"), 2)],
            "read-back",
        ),
        (
            "get_session",
            [((*SCHEMAS, "Session", "properties", "title", "$ref"), "#/components/schemas/Role")],
            "schema",
        ),
        (
            "get_agent",
            [(("paths", "/api/agents/{agent_id}", "get", "responses", "401"), ABSENT)],
            "documented-status",
        ),
        (
            "list_topics",
            [(("paths", "/api/v1/topics", "get", "x-list", "next"), ABSENT)],
            "partition",
        ),
        (
            "get_topic",
            [(("paths", "/api/v1/topics/{topicId}", "get", "security"), [{"basicAuth": []}])],
            "authentication",
        ),
        (
            "create_grounded_session",
            [(("paths", "/api/v1/chat/sessions", "post", "security"), [{"bearerAuth": []}])],
            "success",
        ),
        (
            "delete_topic",
            [
                (
                    ("components", "responses", "V1LibraryForbidden", "x-errors"),
                    {"library_forbidden": {"error": "You may not."}},
                )
            ],
            "words",
        ),
        (
            "send_grounded_message",
            [((*NOTHING, "value", "content"), "I do not know.")],
            "library",
        ),
        (
            "upload_book",
            [((*SCHEMAS, "BookUpload", "properties", "title", "maxLength"), 299)],
            "refuses",
        ),
    ],
)
def test_a_contract_that_lies_is_found_out(
    target: Target,
    operation_id: str,
    edits: list[tuple[tuple[str, ...], Any]],
    rule: str,
) -> None:
    found = rules(target, operation_id, *edits)
    assert rule in found


def test_reach_names_what_nobody_saw(target: Target) -> None:
    property_ = (*SCHEMAS, "Session", "properties", "colour")
    document = edited(target.document, (property_, {"type": "string", "maxLength": 9}))
    examination = examine(replace(target, document=document), ["get_session"])
    reach = Reach(document)
    reach.add(examination.exchanges, examination.read)
    names = {(each.operation_id, each.message) for each in reach.failures()}
    assert ("get_session", "Session/colour was never seen with a value") in names
    assert ("list_agents", "status 200 was never seen") in names


def test_404_counts_only_for_well_formed_requests(target: Target) -> None:
    operation = next(o for o in target.document.operations if o.operation_id == "get_session")
    for well_formed in (False, True):
        reach = Reach(target.document)
        request = Request(operation, path={"session_id": "x"}, well_formed=well_formed)
        reach.add([Exchange(request, 404, {}, b"", ABSENT)])
        missing = {each.message for each in reach.failures() if each.operation_id == "get_session"}
        assert ("status 404 was never seen" not in missing) is well_formed


def test_conformance_names_the_status_the_header_and_the_property(target: Target) -> None:
    findings = Findings()
    conformance = Conformance(target.document, findings)
    operation = next(o for o in target.document.operations if o.operation_id == "check_health")
    headers = {"content-type": "application/json", "x-request-id": "1"}
    for status, given, body in (
        (418, headers, {}),
        (200, {"content-type": "application/json"}, {"status": "ok"}),
        (200, headers, {"status": "poorly"}),
        (200, {**headers, "content-type": "text/plain"}, {"status": "ok"}),
    ):
        content = json.dumps(body).encode()
        conformance.check(Exchange(Request(operation), status, given, content, body))
    assert [(each.operation_id, each.rule) for each in findings] == [
        ("check_health", "documented-status"),
        ("check_health", "headers"),
        ("check_health", "schema"),
        ("check_health", "media-type"),
    ]
    assert all("curl" in each.reproduce for each in findings)


def test_every_path_parameter_is_addressed_by_a_link_an_example_or_a_book(target: Target) -> None:
    with Wire(target) as wire:
        addressing = Addressing(wire, Values(target.document))
        Library(addressing, Findings())
        for operation in target.document.operations:
            request = addressing.existing(operation)
            answer = wire.send(request)
            assert answer.status in (*operation.success_statuses, 409), operation.operation_id


def test_fresh_values_are_valid_and_never_alike(target: Target) -> None:
    values = Values(target.document)
    for name, schema in target.document.tree["components"]["schemas"].items():
        first, second = values.fresh(schema), values.fresh(schema)
        if isinstance(first, dict) and any(isinstance(each, File) for each in first.values()):
            # A form, whose files no schema can tell.
            assert first != second, name
            continue
        assert values.validator(schema).is_valid(first), name
        if schema.get("type") == "string" and "enum" not in schema:
            assert first != second
            if schema["maxLength"] > MAX_FIELD_BYTES:
                # Only ever answered.
                continue
            longest = values.fresh(schema, longest=True)
            assert values.validator(schema).is_valid(longest)
            if "format" not in schema:
                assert len(longest) == schema["maxLength"]


@pytest.mark.parametrize(
    ("value", "wanted", "found"),
    [
        ({"a": [1, {"b": "x"}]}, "x", True),
        ({"a": 1}, True, False),
        ({"a": "x y"}, "x", False),
        ({"a": ["x", "y"]}, ["y", "x"], True),
        ({}, "x", False),
    ],
)
def test_a_value_is_held_only_as_it_is(value: Any, wanted: Any, found: bool) -> None:
    assert holds(value, wanted) is found


def chat_exchange(target: Target, name: str, kind: str, body: Any) -> Exchange:
    operation = next(o for o in target.document.operations if o.operation_id == name)
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    value = ABSENT if isinstance(body, bytes) else body
    return Exchange(Request(operation), 200, {"content-type": kind}, content, value)


def test_reach_counts_each_media_type_of_a_status_and_each_type_of_event(target: Target) -> None:
    reach = Reach(target.document)
    done = b'id: 1\nevent: done\ndata: {"type":"done"}\n\n'
    reach.add([chat_exchange(target, "send_chat_message", "text/event-stream", done)])
    missing = {
        each.message for each in reach.failures() if each.operation_id == "send_chat_message"
    }
    assert "status 200 was never seen as application/json" in missing
    assert "status 200 was never seen as text/event-stream" not in missing
    assert "RunDone/type was never seen with a value" not in missing
    assert "RunError/type was never seen with a value" in missing
    missing = {each.message for each in reach.failures() if not each.operation_id}
    assert "RunError/type was never seen as 'error'" in missing
    assert "RunDone/type was never seen as 'done'" not in missing


def test_what_may_be_null_in_a_write_is_seen_where_its_link_reads_it(target: Target) -> None:
    message = "Run/error_code was never seen with a value"
    for read, still_missing in ({"error_code": "x"}, False), ({"last_event_id": 1}, True):
        reach = Reach(target.document)
        reach.add([chat_exchange(target, "get_run", "application/json", read)])
        found = {e.message for e in reach.failures() if e.operation_id == "cancel_run"}
        assert (message in found) is still_missing
        # What is never null has to be seen in the write itself.
        assert "Run/last_event_id was never seen with a value" in found


def test_a_header_that_is_not_documented_is_found(target: Target) -> None:
    findings = Findings()
    operation = next(o for o in target.document.operations if o.operation_id == "check_health")
    headers = {"content-type": "application/json", "x-request-id": "1", "x-total": "3"}
    exchange = Exchange(Request(operation), 200, headers, b"", {"status": "ok"})
    Conformance(target.document, findings).check(exchange)
    assert [each.message for each in findings] == [
        "200 has the header x-total, and does not document it"
    ]


def test_links_lead_to_turns_and_from_there_to_their_runs(target: Target) -> None:
    with Wire(target) as wire:
        addressing = Addressing(wire, Values(target.document))
        by_id = addressing.by_id
        turn, run = by_id["send_session_message"], by_id["get_run"]
        assert {each.source.operation_id for each in addressing.producers(turn)} == {
            "create_agent_session",
            "create_session",
            "create_team_session",
        }
        assert {each.source.operation_id for each in addressing.producers(run)} == {
            "send_session_message",
            "send_chat_message",
        }
        assert list(addressing.named(by_id["send_chat_message"])) == ["session_id"]
        assert addressing.named(turn) == {}
        mine, other = addressing.existing(run), addressing.existing(run, token=target.other)
        assert wire.send(mine).status == wire.send(other).status == 200
        assert wire.send(other.but(token=target.owner)).status == 404
