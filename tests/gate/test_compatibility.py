"""Requests may only widen and responses may only narrow: every kind of change, both ways."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from codegen.__main__ import main
from codegen.compatibility import Change, compare_contracts
from palaver.contract.document import Document

ROOT = Path(__file__).parents[2]

Tree = dict[str, Any]
Keys = tuple[str | int, ...]

MINI: Tree = yaml.safe_load("""
openapi: 3.0.3
info: {title: Mini, version: 0.4.2}
security: [{bearer: []}]
x-max-body-bytes: 1000
x-error-surfaces: [{prefix: /, schema: Error}]
paths:
  /things/{id}:
    post:
      operationId: make_thing
      tags: [things]
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
        - name: limit
          in: query
          schema: {type: integer, maximum: 9, default: 3}
          x-error: {when: invalid, message: 'No.', error: bad_limit}
        - {name: X-Key, in: header, schema: {type: string}}
      requestBody:
        content: {application/json: {schema: {$ref: '#/components/schemas/Ask'}}}
      responses:
        '200':
          description: Fine.
          headers: {ETag: {required: true, schema: {type: string}}}
          content: {application/json: {schema: {$ref: '#/components/schemas/Give'}}}
        '404':
          description: Gone.
          x-errors: {not_found: {message: Gone., error: gone}, hidden: {message: Not here.}}
          content: {application/json: {schema: {$ref: '#/components/schemas/Error'}}}
    get:
      operationId: get_thing
      tags: [things]
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      security: []
      responses: {'200': {description: Fine.}, '204': {description: None.}}
components:
  securitySchemes: {bearer: {type: http, scheme: bearer}}
  schemas:
    Ask: &thing
      type: object
      additionalProperties: false
      required: [name]
      properties:
        name: {type: string, minLength: 1, maxLength: 10, pattern: '^a'}
        size: {type: integer, format: int32, minimum: 1, maximum: 9, default: 3}
        kind: {type: string, enum: [a, b]}
        parts: {type: array, minItems: 1, maxItems: 5, items: {$ref: '#/components/schemas/Part'}}
        extra: {oneOf: [{$ref: '#/components/schemas/Part'}, {type: boolean}]}
        both: {allOf: [{type: string}, {type: string, maxLength: 9}]}
    Give: *thing
    Error: {type: object, properties: {message: {type: string}}}
    Part:
      type: object
      properties:
        next: {$ref: '#/components/schemas/Part'}
        label: {type: string, maxLength: 5}
""")
MINI = json.loads(json.dumps(MINI))  # request and response are edited one by one
POST: Keys = ("paths", "/things/{id}", "post")
GET: Keys = ("paths", "/things/{id}", "get")
LIMIT: Keys = (*POST, "parameters", 1)
OK: Keys = (*POST, "responses", "200")
GONE: Keys = (*POST, "responses", "404")
JSON: Keys = ("content", "application/json")


class Absent:
    """Stands for a key to take out."""


def document(tree: Tree) -> Document:
    return Document.parse(yaml.safe_dump(tree, sort_keys=False).encode())


def edited(keys: Keys, value: Any) -> Tree:
    tree = copy.deepcopy(MINI)
    node: Any = tree
    for key in keys[:-1]:
        node = node[key]
    if value is Absent:
        del node[keys[-1]]
    elif isinstance(node, list) and keys[-1] == len(node):
        node.append(value)
    else:
        node[keys[-1]] = value
    return tree


def changes(old: Tree, new: Tree) -> list[Change]:
    return compare_contracts(document(old), document(new))


# What is done to a schema, and whether that narrows it, widens it, or both.
SCHEMA: dict[str, tuple[Keys, Any, str]] = {
    "type": (("properties", "name", "type"), "integer", "both"),
    "type, wider": (("properties", "size", "type"), "number", "widens"),
    "type, any": (("properties", "kind", "type"), Absent, "widens"),
    "nullable": (("properties", "name", "nullable"), True, "widens"),
    "enum, more": (("properties", "kind", "enum"), ["a", "b", "c"], "widens"),
    "enum, fewer": (("properties", "kind", "enum"), ["a"], "narrows"),
    "enum, none": (("properties", "kind", "enum"), Absent, "widens"),
    "enum, other": (("properties", "kind", "enum"), ["a", "c"], "both"),
    "minLength": (("properties", "name", "minLength"), 2, "narrows"),
    "minLength, none": (("properties", "name", "minLength"), Absent, "widens"),
    "maxLength": (("properties", "name", "maxLength"), 11, "widens"),
    "maxLength, none": (("properties", "name", "maxLength"), Absent, "widens"),
    "pattern": (("properties", "name", "pattern"), "^b", "both"),
    "pattern, none": (("properties", "name", "pattern"), Absent, "widens"),
    "format": (("properties", "size", "format"), "int64", "widens"),
    "format, new": (("properties", "name", "format"), "uuid", "narrows"),
    "minimum": (("properties", "size", "minimum"), 0, "widens"),
    "maximum": (("properties", "size", "maximum"), 8, "narrows"),
    "exclusiveMaximum": (("properties", "size", "exclusiveMaximum"), True, "narrows"),
    "multipleOf": (("properties", "size", "multipleOf"), 2, "narrows"),
    "minItems": (("properties", "parts", "minItems"), 2, "narrows"),
    "maxItems": (("properties", "parts", "maxItems"), 6, "widens"),
    "uniqueItems": (("properties", "parts", "uniqueItems"), True, "narrows"),
    "items": (("properties", "parts", "items"), {"type": "string"}, "both"),
    "required, more": (("required",), ["name", "size"], "narrows"),
    "required, fewer": (("required",), Absent, "widens"),
    "oneOf, more": (("properties", "extra", "oneOf", 2), {"type": "string"}, "widens"),
    "oneOf, fewer": (("properties", "extra", "oneOf", 1), Absent, "narrows"),
    "allOf, more": (("properties", "both", "allOf", 2), {"type": "string"}, "narrows"),
    "allOf, fewer": (("properties", "both", "allOf", 1), Absent, "widens"),
    "not": (("properties", "name", "not"), {"type": "string", "pattern": "x"}, "narrows"),
    "readOnly": (("properties", "name", "readOnly"), True, "both"),
    "discriminator": (("properties", "extra", "discriminator"), {"propertyName": "t"}, "both"),
}


@pytest.mark.parametrize("case", SCHEMA)
def test_a_request_may_widen_and_a_response_may_narrow(case: str) -> None:
    keys, value, effect = SCHEMA[case]
    for name, breaks in (("Ask", "narrows"), ("Give", "widens")):
        new = edited(("components", "schemas", name, *keys), value)
        forth, back = changes(MINI, new), changes(new, MINI)
        assert {each.operation_id for each in [*forth, *back]} == {"make_thing"}
        assert any(each.breaking for each in forth) == (effect in (breaks, "both"))
        assert any(each.breaking for each in back) == (effect != breaks)


# Where, the new value, and whether it breaks there and on the way back.
CASES: dict[str, tuple[Keys, Any, str, bool, bool]] = {
    "an operation goes": (GET, Absent, "get_thing: operation: GET /things/{id}", True, False),
    "its id": ((*POST, "operationId"), "do_thing", "operationId: make_thing", True, True),
    "deprecated": ((*POST, "deprecated"), True, "deprecated: false → true", False, False),
    "a parameter goes": (LIMIT, Absent, "query parameter limit: a parameter", True, False),
    "a needed parameter": (
        (*POST, "parameters", 3),
        {"name": "q", "in": "query", "required": True, "schema": {}},
        "query parameter q: nothing → a required parameter",
        True,
        True,
    ),
    "a parameter is needed": ((*LIMIT, "required"), True, "limit: optional", True, False),
    "a parameter's bound": ((*LIMIT, "schema", "maximum"), 8, "limit maximum: 9 → 8", True, False),
    "a default": ((*LIMIT, "schema", "default"), 4, "limit default: 3 → 4", True, True),
    "a default goes": ((*LIMIT, "schema", "default"), Absent, "3 → nothing", True, False),
    "an error code": ((*LIMIT, "x-error", "error"), "worse", "limit x-error", True, True),
    "error words": ((*LIMIT, "x-error", "message"), "Never.", "limit x-error", False, False),
    "a spelling": ((*LIMIT, "explode"), False, "limit explode", True, True),
    "a header's case": ((*POST, "parameters", 2, "name"), "x-key", "", False, False),
    "no body": ((*POST, "requestBody"), Absent, "request body: a body → nothing", True, False),
    "a needed body": ((*POST, "requestBody", "required"), True, "body: optional", True, False),
    "a body's type": (
        (*POST, "requestBody", "content", "text/plain"),
        {"schema": {"type": "string"}},
        "request media type: nothing → text/plain",
        False,
        True,
    ),
    "a smaller cap": (("x-max-body-bytes",), 10, "x-max-body-bytes: 1000 → 10", True, False),
    "its own cap": (
        (*POST, "requestBody", "x-max-body-bytes"),
        10,
        "x-max-body-bytes: nothing → 10",
        True,
        False,
    ),
    "a property that is asked for": (
        ("components", "schemas", "Ask", "properties", "more"),
        {"type": "string"},
        "request application/json /more: nothing → an optional property",
        False,
        True,
    ),
    "a property that is given": (
        ("components", "schemas", "Give", "properties", "more"),
        {"type": "string"},
        "200 application/json /more: nothing → an optional property",
        False,
        True,
    ),
    "an open request": (
        ("components", "schemas", "Ask", "additionalProperties"),
        True,
        "additionalProperties: false → true",
        False,
        True,
    ),
    "an open response": (
        ("components", "schemas", "Give", "additionalProperties"),
        {"type": "string"},
        "additionalProperties: false",
        False,
        False,
    ),
    "a success": (
        (*POST, "responses", "201"),
        {"description": "New."},
        "status: nothing → 201",
        True,
        True,
    ),
    "an error of a known class": (
        (*POST, "responses", "409"),
        {"description": "Taken."},
        "status: nothing → 409",
        False,
        False,
    ),
    "an error of a new class": (
        (*POST, "responses", "503"),
        {"description": "Down."},
        "status: nothing → 503",
        True,
        False,
    ),
    "a header goes": ((*OK, "headers", "ETag"), Absent, "200 header etag", True, False),
    "a header may be absent": (
        (*OK, "headers", "ETag", "required"),
        False,
        "200 header etag: required → optional",
        True,
        False,
    ),
    "a header's values": (
        (*OK, "headers", "ETag", "schema", "maxLength"),
        9,
        "200 header etag maxLength",
        False,
        True,
    ),
    "an answer's type": (
        (*OK, "content", "application/yaml"),
        {"schema": {}},
        "200 media type: nothing → application/yaml",
        False,
        True,
    ),
    "a code": ((*GONE, "x-errors", "not_found", "error"), "lost", "not_found error", True, True),
    "words beside a code": (
        (*GONE, "x-errors", "not_found", "message"),
        "Lost.",
        "404 x-errors not_found message: Gone. → Lost.",
        False,
        False,
    ),
    "what hides": ((*GONE, "x-errors", "hidden", "hides"), "x", "hidden hides", True, True),
    "words alone": ((*GONE, "x-errors", "hidden", "message"), "No.", "hidden message", True, True),
    "an error more": (
        (*GONE, "x-errors", "lost"),
        {"message": "Lost.", "error": "lost"},
        "404 x-errors: nothing → lost",
        False,
        False,
    ),
    "no security": ((*POST, "security"), [], "security: nothing → {}", False, True),
    "another security": (
        (*POST, "security"),
        [{"bearer": []}, {"basic": []}],
        'security: nothing → {"basic": []}',
        False,
        True,
    ),
    "more security": (
        (*POST, "security"),
        [{"bearer": ["write"]}],
        'security: {"bearer": []} →',
        True,
        False,
    ),
    "a security scheme": (
        ("components", "securitySchemes", "bearer", "scheme"),
        "basic",
        "the contract: security scheme bearer",
        True,
        True,
    ),
    "the shape of all errors": (
        ("x-error-surfaces", 0, "schema"),
        "Part",
        "the contract: errors below / /message: a property → nothing",
        True,
        True,
    ),
    "words for people": ((*POST, "description"), "Makes a thing.", "", False, False),
}


@pytest.mark.parametrize("case", CASES)
def test_every_kind_of_change_has_its_weight_both_ways(case: str) -> None:
    keys, value, words, forth, back = CASES[case]
    new = edited(keys, value)
    found = changes(MINI, new)
    assert any(words in str(each) for each in found) or (not words and not found), found
    assert any(each.breaking for each in found) is forth, found
    assert any(each.breaking for each in changes(new, MINI)) is back


def test_a_renamed_path_parameter_is_one_change() -> None:
    tree = json.loads(json.dumps(MINI).replace("{id}", "{thing}").replace('"id"', '"thing"'))
    assert [str(each) for each in changes(MINI, tree)] == [
        "breaking: get_thing: path: /things/{id} → /things/{thing}",
        "breaking: make_thing: path: /things/{id} → /things/{thing}",
    ]


def test_a_change_of_a_schema_in_a_circle_is_found_once() -> None:
    new = edited(("components", "schemas", "Part", "properties", "label", "maxLength"), 6)
    found = [str(each) for each in changes(MINI, new)]
    assert found == [
        "compatible: make_thing: request application/json /extra oneOf Part/label maxLength: 5 → 6",
        "breaking: make_thing: 200 application/json /extra oneOf Part/label maxLength: 5 → 6",
    ]


def test_a_contract_does_not_differ_from_itself() -> None:
    assert changes(MINI, copy.deepcopy(MINI)) == []
    contract = Document.load(ROOT / "openapi.yaml")
    assert compare_contracts(contract, contract) == []


def _bounded() -> st.SearchStrategy[Tree]:
    bounds = st.tuples(st.integers(0, 9), st.integers(0, 9)).map(sorted)
    optional = st.sampled_from([(), ("minLength",), ("maxLength",), ("minLength", "maxLength")])

    def make(drawn: tuple[list[int], tuple[str, ...], bool]) -> Tree:
        (low, high), keys, nullable = drawn
        values = {"minLength": low, "maxLength": high}
        return {"type": "string", "nullable": nullable, **{key: values[key] for key in keys}}

    return st.tuples(bounds, optional, st.booleans()).map(make)


def _allowed(schema: Tree) -> set[int | None]:
    """Which lengths a schema of ``_bounded`` allows, and whether it allows null."""
    low, high = schema.get("minLength", 0), schema.get("maxLength", 12)
    return set(range(low, high + 1)) | ({None} if schema["nullable"] else set())


@settings(deadline=None)
@given(_bounded(), _bounded())
def test_what_is_called_breaking_is_what_sets_of_values_say(old: Tree, new: Tree) -> None:
    for name, breaks in (
        ("Ask", not _allowed(old) <= _allowed(new)),
        ("Give", not _allowed(new) <= _allowed(old)),
    ):
        keys = ("components", "schemas", name, "properties", "name")
        found = changes(edited(keys, old), edited(keys, new))
        assert any(each.breaking for each in found) is breaks


def test_codegen_diff_lists_changes_and_fails_where_one_breaks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    old.write_bytes(document(MINI).content)
    new.write_bytes(document(edited(GET, Absent)).content)
    assert main(["diff", str(old), str(new)]) == 1
    printed = capsys.readouterr().out
    assert printed == (
        "breaking: get_thing: operation: GET /things/{id} → nothing\n"
        "1 changes, 1 of them breaking.\n"
    )
    assert main(["diff", str(new), str(old)]) == 0
    assert main(["diff", str(new), str(tmp_path / "none.yaml")]) == 2
