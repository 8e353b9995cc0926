"""Promises that are weaker than what the server does: nobody breaks them, and they mislead.

A property that is documented as optional is left out now and then, and an object that may have
other properties has some; else the contract says less than it knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gate.answers import Schemas, branch, branches, reference_name, values_of
from gate.findings import Failure
from gate.wire import Exchange
from palaver.contract.document import Document, Operation

Seen = tuple[str, str, str]
"""An operation, a pointer to an object in its answer, and a property of it."""

OPEN = "*"
"""Stands for a property that is not documented."""


class Looseness:
    """Collects which liberties of a contract's successes are taken."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._schemas = Schemas(document)
        self._taken: set[Seen] = set()
        self._met: set[tuple[str, str]] = set()

    def add(self, exchange: Exchange) -> None:
        """Note what an answer leaves out, and what it has beside what is documented."""
        operation = exchange.request.operation
        if not 200 <= exchange.status < 300:
            return
        for whole, said in values_of(exchange):
            schema = branch(self._document, whole, said)
            start = "" if schema is whole else reference_name(schema)
            for where, found, value in self._objects(schema, said, start):
                self._met.add((operation.operation_id, where))
                documented = set(found.get("properties", {}))
                for name in documented - set(value):
                    self._taken.add((operation.operation_id, where, name))
                if set(value) - documented:
                    self._taken.add((operation.operation_id, where, OPEN))

    def failures(self) -> Iterator[Failure]:
        """Every liberty that is documented and was never taken."""
        for operation in self._document.operations:
            for status in operation.success_statuses:
                for schema in _schemas(operation, status):
                    yield from self._failures(operation, schema, "")
                    for each in branches(self._document, schema).values():
                        yield from self._failures(operation, each, reference_name(each))

    def _failures(
        self, operation: Operation, schema: Mapping[str, Any], start: str
    ) -> Iterator[Failure]:
        name = operation.operation_id
        for where, found in self._documented(schema, start, frozenset()):
            if (name, where) not in self._met:
                # That it was never seen at all is said elsewhere.
                continue
            liberties = set(found.get("properties", {})) - set(found.get("required", []))
            if found.get("properties") and found.get("additionalProperties", True) is not False:
                liberties.add(OPEN)
            for each in sorted(liberties):
                if (name, where, each) not in self._taken:
                    what = "other properties" if each == OPEN else f"{each} as optional"
                    message = f"{where or '/'} documents {what}, and that was never seen"
                    yield Failure(name, "reach", message)

    def _documented(
        self, schema: Mapping[str, Any], where: str, above: frozenset[str]
    ) -> Iterator[tuple[str, Mapping[str, Any]]]:
        reference = str(schema.get("$ref", ""))
        if reference in above:
            return
        above = above | {reference} if reference else above
        found, _ = self._document.deref(schema, ())
        if found.get("type") == "array":
            yield from self._documented(found["items"], f"{where}/*", above)
        elif found.get("type") == "object":
            yield where, found
            for name, child in found.get("properties", {}).items():
                yield from self._documented(child, f"{where}/{name}", above)

    def _objects(
        self, schema: Mapping[str, Any], value: Any, where: str
    ) -> Iterator[tuple[str, Mapping[str, Any], dict[str, Any]]]:
        found = self._schemas.of(schema)
        if found.get("type") == "array" and isinstance(value, list):
            for item in value:
                yield from self._objects(found["items"], item, f"{where}/*")
        elif found.get("type") == "object" and isinstance(value, dict):
            yield where, found, value
            for name, child in found.get("properties", {}).items():
                if name in value:
                    yield from self._objects(child, value[name], f"{where}/{name}")


def _schemas(operation: Operation, status: int) -> list[Mapping[str, Any]]:
    content = operation.responses[str(status)].get("content", {})
    return [entry["schema"] for entry in content.values() if "schema" in entry]
