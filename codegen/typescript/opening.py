"""Which enumerations of answers are open: a newer server may know more values than this client.

What callers send stays closed. So a schema that requests have too is as the contract says it, and
so is the property by which the members of a union are told apart: types narrow by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from palaver.contract.document import Document, pointer_of

from .writing import OPEN

_KINDS = {"string": "string", "integer": "number", "number": "number"}


def opened_schemas(document: Document) -> dict[str, Any]:
    """The contract's schemas by their names, their open enumerations marked with ``OPEN``."""
    schemas: Mapping[str, Any] = document.tree.get("components", {}).get("schemas", {})
    asked = _asked(document)
    told_apart = set(_discriminators(schemas))
    found = {}
    for name, schema in schemas.items():
        if name in asked:
            found[name] = schema
            continue
        closed = frozenset(member for owner, member in told_apart if owner == name)
        found[name] = _opened(schema, schemas, asked, closed)
    return found


def opened(document: Document, schema: Mapping[str, Any]) -> Any:
    """The same for a schema of an answer that has no name."""
    schemas: Mapping[str, Any] = document.tree.get("components", {}).get("schemas", {})
    return _opened(schema, schemas, _asked(document), frozenset())


def _opened(
    node: Any, schemas: Mapping[str, Any], asked: frozenset[str], closed: frozenset[str]
) -> Any:
    if isinstance(node, list):
        return [_opened(each, schemas, asked, frozenset()) for each in node]
    if not isinstance(node, Mapping):
        return node
    if "enum" in node:
        return _marked(node, node)
    if "$ref" in node:
        name = _name(node["$ref"])
        # The declaration of one that only answers have is open itself.
        return _marked(node, schemas[name]) if name in asked and "enum" in schemas[name] else node
    result = {}
    for key, value in node.items():
        if key == "properties":
            result[key] = {
                name: each if name in closed else _opened(each, schemas, asked, frozenset())
                for name, each in value.items()
            }
        elif key in ("items", "additionalProperties", "allOf", "anyOf", "oneOf"):
            result[key] = _opened(value, schemas, asked, frozenset())
        else:
            result[key] = value
    return result


def _marked(node: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    kind = _KINDS.get(schema.get("type", ""))
    return node if kind is None else {**node, OPEN: kind}


def _asked(document: Document) -> frozenset[str]:
    """The names of the schemas that requests have, in parameters and in bodies."""
    schemas: Mapping[str, Any] = document.tree.get("components", {}).get("schemas", {})
    found: set[str] = set()
    waiting: list[str] = []
    for operation in document.operations:
        waiting += _names([parameter.raw for parameter in operation.parameters])
        waiting += _names((operation.request_body or {}).get("content", {}))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _names(schemas[name])
    return frozenset(found)


def _names(node: Any) -> Iterator[str]:
    """The schemas that are referred to anywhere in a part of the contract."""
    if isinstance(node, list):
        for each in node:
            yield from _names(each)
    elif isinstance(node, Mapping):
        for key, each in node.items():
            if key == "$ref" and (name := _name(each)):
                yield name
            elif key not in ("example", "examples"):
                yield from _names(each)


def _name(reference: str) -> str:
    """The name of the schema that a reference means; empty where it means something else."""
    pointer = pointer_of(reference)
    return pointer[2] if pointer and pointer[:2] == ("components", "schemas") else ""


def _discriminators(schemas: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each member of a union, and the property that says that it is the one."""
    for schema in schemas.values():
        if "discriminator" in schema:
            for member in schema.get("oneOf", []):
                yield _name(member["$ref"]), schema["discriminator"]["propertyName"]
