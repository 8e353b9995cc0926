"""The gate's own examination: clean on the real server, and not blind."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any

import pytest

from gate.addressing import Addressing
from gate.conformance import Conformance
from gate.findings import Findings
from gate.provoked import provoke_turns
from gate.reach import Reach
from gate.suite import examine
from gate.target import Target
from gate.values import Values, holds
from gate.wire import ABSENT, Exchange, Request, Wire
from palaver.contract.document import Document

SCHEMAS = ("components", "schemas")


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


def test_the_real_server_keeps_every_promise_and_shows_all_but_503(target: Target) -> None:
    examination = examine(target)
    assert [str(failure) for failure in examination.failures] == []
    reach = Reach(target.document)
    reach.add(examination.exchanges, examination.read)
    findings = Findings()
    turns = provoke_turns(target.document, findings)
    assert [str(failure) for failure in findings] == []
    reach.add(turns)
    assert {each.message for each in reach.failures()} == {"status 503 was never seen"}


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


def test_every_path_parameter_is_addressed_by_a_link_or_an_example(target: Target) -> None:
    with Wire(target) as wire:
        addressing = Addressing(wire, Values(target.document))
        for operation in target.document.operations:
            request = addressing.existing(operation)
            answer = wire.send(request)
            assert answer.status in (*operation.success_statuses, 409), operation.operation_id


def test_fresh_values_are_valid_and_never_alike(target: Target) -> None:
    values = Values(target.document)
    for name, schema in target.document.tree["components"]["schemas"].items():
        first, second = values.fresh(schema), values.fresh(schema)
        assert values.validator(schema).is_valid(first), name
        if schema.get("type") == "string" and "enum" not in schema:
            assert first != second
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
