"""What breaks those who follow a stream of events, and those who send one of several forms."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from codegen.compatibility import compare_contracts
from palaver.contract.document import Document

Tree = dict[str, Any]

MINI: Tree = yaml.safe_load("""
openapi: 3.0.3
info: {title: Mini, version: 0.4.2}
paths:
  /talk:
    post:
      operationId: start_talk
      tags: [talk]
      parameters:
        - {name: Last-Event-ID, in: header, schema: {type: integer}}
      requestBody:
        content: {application/json: {schema: {$ref: '#/components/schemas/Ask'}}}
      responses:
        '200':
          description: Events, or all at the end.
          content:
            text/event-stream:
              schema: {$ref: '#/components/schemas/Event'}
              x-events: {last: done, after: Last-Event-ID}
            application/json: {schema: {$ref: '#/components/schemas/Whole'}}
components:
  schemas:
    Event:
      description: |
        One event. Clients ignore types that they
        do not know.
      oneOf: [{$ref: '#/components/schemas/Word'}, {$ref: '#/components/schemas/Done'}]
      discriminator:
        propertyName: type
        mapping: {word: '#/components/schemas/Word', done: '#/components/schemas/Done'}
    Word:
      type: object
      required: [type, text]
      properties: {type: {type: string, enum: [word]}, text: {type: string, maxLength: 9}}
    Done: {type: object, required: [type], properties: {type: {type: string, enum: [done]}}}
    Whole: {type: object, properties: {words: {type: integer}}}
    Ask:
      oneOf: [{$ref: '#/components/schemas/Say'}, {$ref: '#/components/schemas/Stop'}]
      discriminator:
        propertyName: kind
        mapping: {say: '#/components/schemas/Say', stop: '#/components/schemas/Stop'}
    Say:
      type: object
      additionalProperties: false
      required: [kind]
      properties: {kind: {type: string, enum: [say]}, text: {type: string}}
    Stop:
      type: object
      additionalProperties: false
      required: [kind]
      properties: {kind: {type: string, enum: [stop]}}
""")
SCHEMAS = MINI["components"]["schemas"]


def _ref(name: str) -> str:
    return f"#/components/schemas/{name}"


def _ok(tree: Tree) -> Tree:
    content: Tree = tree["paths"]["/talk"]["post"]["responses"]["200"]["content"]
    return content


def _add(union: str, name: str, value: str, schema: Tree) -> Callable[[Tree], None]:
    def edit(tree: Tree) -> None:
        schemas = tree["components"]["schemas"]
        schemas[name] = schema
        schemas[union]["oneOf"].append({"$ref": _ref(name)})
        schemas[union]["discriminator"]["mapping"][value] = _ref(name)

    return edit


def _drop(union: str, value: str) -> Callable[[Tree], None]:
    def edit(tree: Tree) -> None:
        schema = tree["components"]["schemas"][union]
        ref = schema["discriminator"]["mapping"].pop(value)
        schema["oneOf"].remove({"$ref": ref})

    return edit


def _silent(tree: Tree) -> None:
    tree["components"]["schemas"]["Event"]["description"] = "One event."


def _rename(tree: Tree) -> None:
    """The schema of an event is called otherwise; the event is not."""
    schemas = tree["components"]["schemas"]
    schemas["Piece"] = schemas.pop("Word")
    schemas["Event"]["oneOf"][0] = {"$ref": _ref("Piece")}
    schemas["Event"]["discriminator"]["mapping"]["word"] = _ref("Piece")


def _retype(tree: Tree) -> None:
    schemas = tree["components"]["schemas"]
    schemas["Word"]["properties"]["type"]["enum"] = ["piece"]
    mapping = schemas["Event"]["discriminator"]["mapping"]
    mapping["piece"] = mapping.pop("word")


def _edit(*path: str, value: Any) -> Callable[[Tree], None]:
    def edit(tree: Tree) -> None:
        node = tree
        for key in path[:-1]:
            node = node[key]
        node[path[-1]] = value

    return edit


def _in_schema(*path: str, value: Any) -> Callable[[Tree], None]:
    return _edit("components", "schemas", *path, value=value)


def _in_events(role: str, value: str | None) -> Callable[[Tree], None]:
    def edit(tree: Tree) -> None:
        roles = _ok(tree)["text/event-stream"]["x-events"]
        roles.pop(role, None)
        if value is not None:
            roles[role] = value

    return edit


def _reverse(tree: Tree) -> None:
    content = _ok(tree)
    content["text/event-stream"] = content.pop("text/event-stream")


def _only_json(tree: Tree) -> None:
    del _ok(tree)["text/event-stream"]


WAVE: Tree = {
    "type": "object",
    "required": ["type"],
    "properties": {"type": {"type": "string", "enum": ["wave"]}},
}
SHOUT: Tree = {
    "type": "object",
    "required": ["kind"],
    "properties": {"kind": {"type": "string", "enum": ["shout"]}},
}
LOUD: Tree = {"type": "boolean"}
STREAM = "200 text/event-stream"

# The edit, the change that it shows, and whether it breaks there and on the way back.
CASES: dict[str, tuple[Callable[[Tree], None], str, bool, bool]] = {
    "an event more": (_add("Event", "Wave", "wave", WAVE), "oneOf: nothing → wave", False, True),
    "an event less": (_drop("Event", "word"), f"{STREAM} oneOf: word → nothing", True, False),
    "an event's schema is renamed": (_rename, "", False, False),
    "an event's type is renamed": (_retype, f"{STREAM} oneOf: word → nothing", True, True),
    "an event has more": (
        _in_schema("Word", "properties", "loud", value=LOUD),
        f"{STREAM} oneOf word/loud: nothing → an optional property",
        False,
        True,
    ),
    "an event's text is longer": (
        _in_schema("Word", "properties", "text", "maxLength", value=10),
        f"{STREAM} oneOf word/text maxLength: 9 → 10",
        True,
        False,
    ),
    "an event need not say": (
        _in_schema("Word", "required", value=["type"]),
        f"{STREAM} oneOf word/text: required → optional",
        True,
        False,
    ),
    "events are told apart by another property": (
        _in_schema("Event", "discriminator", "propertyName", value="kind"),
        f"{STREAM} discriminator: type → kind",
        True,
        True,
    ),
    "another event is the last": (
        _in_events("last", "word"),
        f"{STREAM} x-events last: done → word",
        True,
        True,
    ),
    "nothing says how to resume": (
        _in_events("after", None),
        f"{STREAM} x-events after: Last-Event-ID → nothing",
        True,
        False,
    ),
    "the beginnings are named": (
        _in_events("begins", "word"),
        f"{STREAM} x-events begins: nothing → word",
        False,
        True,
    ),
    "another type comes first": (
        _reverse,
        "200 first media type: text/event-stream → application/json",
        True,
        True,
    ),
    "no events": (_only_json, "200 media type: text/event-stream → nothing", True, True),
    "a form more to send": (
        _add("Ask", "Shout", "shout", SHOUT),
        "request application/json oneOf: nothing → shout",
        False,
        True,
    ),
    "a form less to send": (
        _drop("Ask", "stop"),
        "request application/json oneOf: stop → nothing",
        True,
        False,
    ),
    "a form may have more": (
        _in_schema("Say", "properties", "loud", value=LOUD),
        "request application/json oneOf say/loud: nothing → an optional property",
        False,
        True,
    ),
    "a form needs more": (
        _in_schema("Say", "required", value=["kind", "text"]),
        "request application/json oneOf say/text: optional → required",
        True,
        False,
    ),
}


def _changes(old: Tree, new: Tree) -> tuple[list[str], bool]:
    before, after = (
        Document.parse(yaml.safe_dump(tree, sort_keys=False).encode()) for tree in (old, new)
    )
    found = compare_contracts(before, after)
    return [str(each) for each in found], any(each.breaking for each in found)


@pytest.mark.parametrize("case", CASES)
def test_every_change_of_events_and_forms_has_its_weight_both_ways(case: str) -> None:
    edit, words, forth, back = CASES[case]
    new = copy.deepcopy(MINI)
    edit(new)
    found, breaks = _changes(MINI, new)
    assert any(words in each for each in found) or (not words and not found), found
    assert breaks is forth, found
    assert _changes(new, MINI)[1] is back


def test_an_event_more_breaks_where_clients_were_not_told_to_ignore_it() -> None:
    old, new = copy.deepcopy(MINI), copy.deepcopy(MINI)
    _silent(old)
    _silent(new)
    _add("Event", "Wave", "wave", WAVE)(new)
    assert _changes(old, new) == (
        [f"breaking: start_talk: {STREAM} oneOf: nothing → wave"],
        True,
    )
    # To be told now does not help those who were not.
    new["components"]["schemas"]["Event"] |= {"description": SCHEMAS["Event"]["description"]}
    assert _changes(old, new)[1]
