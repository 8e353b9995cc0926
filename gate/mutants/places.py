"""Where in an operation a mutant can sit: properties of answers, fields of requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from gate.mutants.operators import Place, Sites
from palaver.contract.document import Document, Operation, Parameter

EACH = "*"
"""Stands for every item of an array in a pointer."""

Schema = Mapping[str, Any]


def success(operation: Operation) -> tuple[int, Mapping[str, Any]]:
    """The first documented success: its status and its response."""
    status = operation.success_statuses[0]
    return status, operation.responses[str(status)]


def success_schema(place: Place) -> Schema | None:
    """The schema of the JSON that a success answers with."""
    content = success(place.operation)[1].get("content", {}).get("application/json")
    if content is None or "schema" not in content:
        return None
    return place.document.deref(content["schema"], ())[0]


def properties(
    document: Document, schema: Schema | None, path: str = ""
) -> Iterator[tuple[str, Schema, Schema]]:
    """Every property below a schema: its pointer, its schema and the object that has it."""
    if schema is None:
        return
    if schema.get("type") == "array":
        items = document.deref(schema["items"], ())[0]
        yield from properties(document, items, f"{path}/{EACH}")
    for name, reference in schema.get("properties", {}).items():
        child = document.deref(reference, ())[0]
        yield f"{path}/{name}", child, schema
        yield from properties(document, child, f"{path}/{name}")


def answered(condition: Callable[[Schema, Schema, str], bool]) -> Sites:
    """The properties of a success for which something holds: schema, its object, its name."""

    def sites(place: Place) -> Sequence[str]:
        found = properties(place.document, success_schema(place))
        return [
            path
            for path, schema, parent in found
            if condition(schema, parent, path.rpartition("/")[2])
        ]

    return sites


def change_at(value: Any, pointer: str, change: Callable[[dict[str, Any], str], None]) -> None:
    """Call ``change`` with every object that has the pointer's last property, and its name."""
    keys = pointer.split("/")[1:]
    _change(value, keys, change)


def _change(value: Any, keys: list[str], change: Callable[[dict[str, Any], str], None]) -> None:
    if keys[0] == EACH:
        for item in value if isinstance(value, list) else []:
            _change(item, keys[1:], change)
    elif isinstance(value, dict) and keys[0] in value:
        if len(keys) == 1:
            change(value, keys[0])
        else:
            _change(value[keys[0]], keys[1:], change)


def listed(place: Place) -> Mapping[str, Any] | None:
    """The operation's ``x-list``, if it is a list that is read."""
    operation = place.operation
    found: Mapping[str, Any] | None = operation.raw.get("x-list")
    return found if operation.method == "get" else None


def asked(condition: Callable[[Parameter], bool]) -> Sites:
    """The query parameters for which something holds."""

    def sites(place: Place) -> Sequence[str]:
        found = [p for p in place.operation.parameters if p.location == "query"]
        return [p.name for p in found if condition(p)]

    return sites


def parameter(place: Place, name: str) -> Parameter:
    """A query parameter of the place's operation."""
    return next(p for p in place.operation.parameters if p.location == "query" and p.name == name)


def body_schema(place: Place) -> Schema | None:
    """The schema of the operation's JSON body."""
    body = place.operation.request_body
    if body is None or "application/json" not in body["content"]:
        return None
    return place.document.deref(body["content"]["application/json"]["schema"], ())[0]


def body_fields(place: Place) -> dict[str, Schema]:
    """The properties of the operation's JSON body."""
    schema = body_schema(place) or {}
    return {
        name: place.document.deref(child, ())[0]
        for name, child in schema.get("properties", {}).items()
    }


def written(condition: Callable[[str, Schema, Schema], bool]) -> Sites:
    """The body's properties for which something holds: name, schema and the body's schema."""

    def sites(place: Place) -> Sequence[str]:
        whole = body_schema(place) or {}
        return [n for n, schema in body_fields(place).items() if condition(n, schema, whole)]

    return sites


def is_open_text(schema: Schema) -> bool:
    """Whether a schema is of free text."""
    return schema.get("type") == "string" and "enum" not in schema and "format" not in schema
