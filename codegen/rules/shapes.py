"""Shapes: schemas are named, bounded, closed in requests, complete in responses, and used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from palaver.contract.document import Pointer, pointer_of

from .problem import Problem
from .tree import Contract, Node

_COMPOSED = ("allOf", "anyOf", "oneOf", "not")
_BOUNDING_FORMATS = frozenset({"binary", "date", "date-time", "uuid"})
_CALLED = {
    "schemas": "schema",
    "responses": "response",
    "parameters": "parameter",
    "examples": "example",
    "requestBodies": "request body",
    "headers": "header",
    "securitySchemes": "security scheme",
    "links": "link",
}


def check_bounds(contract: Contract) -> Iterator[Problem]:
    """Strings, numbers and arrays have bounds wherever a client can meet them."""
    for node in contract.used_schemas:
        schema = node.value
        if "type" not in schema and not any(key in schema for key in _COMPOSED):
            yield Problem(node.pointer, "typed", f"{_name(node)} has no type")
        if "enum" in schema:
            continue
        match schema.get("type"):
            case "string":
                if "maxLength" not in schema and schema.get("format") not in _BOUNDING_FORMATS:
                    yield Problem(node.pointer, "bounded", f"{_name(node)} has no maxLength")
            case "integer" | "number":
                for key in ("minimum", "maximum"):
                    if key not in schema:
                        yield Problem(node.pointer, "bounded", f"{_name(node)} has no {key}")
            case "array":
                if "maxItems" not in schema:
                    yield Problem(node.pointer, "bounded", f"{_name(node)} has no maxItems")


def check_requests_closed(contract: Contract) -> Iterator[Problem]:
    """Requests refuse properties that they do not know."""
    for node in contract.request_body_schemas:
        if _is_object(node.value) and node.value.get("additionalProperties") is not False:
            sentence = f"{_name(node)} is sent by clients: say `additionalProperties: false`"
            yield Problem(node.pointer, "closed-request", sentence)


def check_responses_complete(contract: Contract) -> Iterator[Problem]:
    """Responses say which properties are always there."""
    for node in contract.response_schemas:
        if node.value.get("properties") and "required" not in node.value:
            sentence = f"{_name(node)} does not say which properties are always there (`required`)"
            yield Problem(node.pointer, "required-listed", sentence)
    for node in contract.of_kind("schema"):
        properties = node.value.get("properties", {})
        for name in node.value.get("required", []):
            if _is_object(node.value) and name not in properties:
                sentence = f"{_name(node)} requires {name!r}, which is none of its properties"
                yield Problem((*node.pointer, "required"), "required-listed", sentence)


def check_named(contract: Contract) -> Iterator[Problem]:
    """Bodies refer to named schemas, since the names become classes; no object is inline."""
    for node in contract.of_kind("media type"):
        schema = node.value.get("schema")
        if not isinstance(schema, Mapping) or "$ref" in schema:
            continue
        if not (schema.get("type") == "string" and schema.get("format") == "binary"):
            sentence = "name this schema under components/schemas and refer to it"
            yield Problem((*node.pointer, "schema"), "named-schema", sentence)
    for node in contract.of_kind("schema"):
        if len(node.pointer) > 3 and node.value.get("properties"):
            sentence = (
                f"{_name(node)} is an object with properties: name it under components/schemas"
            )
            yield Problem(node.pointer, "named-schema", sentence)


def check_used(contract: Contract) -> Iterator[Problem]:
    """Nothing is declared that no operation uses."""
    used = _used_components(contract)
    for section, components in contract.document.tree.get("components", {}).items():
        for name in components if isinstance(components, Mapping) else ():
            if (section, name) not in used:
                sentence = f"no operation uses the {_CALLED.get(section, section)} {name!r}"
                yield Problem(("components", section, name), "used", sentence)
    tags = {call.operation.tag for call in contract.calls}
    for node in contract.of_kind("tag"):
        if node.value.get("name") not in tags:
            sentence = f"no operation has the tag {node.value.get('name')!r}"
            yield Problem(node.pointer, "used", sentence)


def _used_components(contract: Contract) -> set[tuple[str, str]]:
    tree = contract.document.tree
    edges: dict[tuple[str, ...], set[tuple[str, str]]] = {}
    for node in contract.nodes:
        owner = node.pointer[1:3] if node.pointer[:1] == ("components",) else ()
        targets = edges.setdefault(owner, set())
        refs = [node.value.get("$ref")]
        if node.kind == "schema":
            refs += node.value.get("discriminator", {}).get("mapping", {}).values()
        for ref in refs:
            target = pointer_of(ref) if isinstance(ref, str) else None
            if target and target[0] == "components":
                targets.add((target[1], target[2]))
    waiting = edges.get((), set()) | {
        ("securitySchemes", name)
        for call in contract.calls
        for alternative in call.operation.security
        for name in alternative
    }
    waiting |= {("schemas", item.get("schema")) for item in tree.get("x-error-surfaces", [])}
    used: set[tuple[str, str]] = set()
    while waiting:
        component = waiting.pop()
        if component not in used:
            used.add(component)
            waiting |= edges.get(component, set())
    return used


def _is_object(schema: Mapping[str, Any]) -> bool:
    return schema.get("type") == "object" or "properties" in schema


def _name(node: Node) -> str:
    return _words(node.pointer)


def _words(pointer: Pointer) -> str:
    """What a schema is called in a sentence: its component and the way to it."""
    if pointer[:2] == ("components", "schemas"):
        names = [key for key in pointer[2:] if key != "properties"]
        return ".".join(names)
    if pointer[-1] == "schema":
        return f"the schema of {pointer[-2]!r}"
    return f"the schema {pointer[-1]!r}"
