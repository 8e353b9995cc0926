"""What of the contract was seen: pairs of operation and status, media types, properties, values,
parameters.

Nothing is registered by hand. Whatever the contract documents is a cell; an empty one is a failure,
for what nobody has seen may not exist.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gate.answers import (
    EVENT_STREAM,
    Schemas,
    branch,
    branches,
    media_type,
    reference_name,
    values_of,
)
from gate.findings import Failure
from gate.looseness import Looseness
from gate.operations import body_entry
from gate.wire import Exchange
from palaver.contract.document import Document, Operation

WELL_FORMED_ONLY = frozenset({404, 409})
"""A router answers these too; they count only where the request was well-formed."""

REPLAYED = "Idempotency-Key"
"""A header that shows in no single answer: that it is read, the replay of a request shows."""

Place = tuple[str, str]
"""A property: the component that has it, and its path within, such as ``agents/*``."""


class Reach:
    """Collects what exchanges show of one contract."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._by_id = {each.operation_id: each for each in document.operations}
        self._statuses: dict[str, set[int]] = defaultdict(set)
        self._types: dict[tuple[str, int], set[str]] = defaultdict(set)
        # Successes are counted for each operation; errors have one shape for many.
        self._properties: dict[str, set[Place]] = defaultdict(set)
        self._values: dict[Place, set[Any]] = defaultdict(set)
        self._answers: dict[tuple[str, str, str], dict[Any, set[Any]]] = defaultdict(dict)
        self._read: set[tuple[str, str, str]] = set()
        self._looseness = Looseness(document)
        self._references = Schemas(document)
        self._met: set[tuple[str, int, bytes]] = set()

    def add(self, exchanges: Iterable[Exchange], read: Iterable[tuple[str, str, str]] = ()) -> None:
        """Count exchanges, and fields that were seen to be read or to have an effect."""
        self._read |= set(read)
        for exchange in exchanges:
            operation = exchange.request.operation
            status = exchange.status
            if status in WELL_FORMED_ONLY and not exchange.request.well_formed:
                continue
            self._statuses[operation.operation_id].add(status)
            self._types[operation.operation_id, status].add(media_type(exchange))
            self._note_parameters(exchange)
            said = operation.operation_id, status, exchange.content
            if said in self._met:
                continue
            self._met.add(said)
            self._looseness.add(exchange)
            owner = operation.operation_id if status < 400 else ""
            for schema, value in values_of(exchange):
                self._note(owner, schema, value)

    def _note_parameters(self, exchange: Exchange) -> None:
        """A path or header parameter has an effect where two values have two answers."""
        operation = exchange.request.operation
        given = {**{("path", k): v for k, v in exchange.request.path.items()}}
        lowered = {k.lower(): v for k, v in exchange.request.headers.items()}
        for parameter in operation.parameters:
            if parameter.location == "header":
                value = lowered.get(parameter.name.lower(), "")
                given["header", parameter.name] = value
        for (place, name), value in given.items():
            seen = self._answers[operation.operation_id, place, name]
            seen.setdefault((exchange.status, hash(exchange.content)), set()).add(str(value))

    def _note(self, owner: str, schema: Mapping[str, Any], value: Any) -> None:
        for place, leaf in self._walk(schema, value, ("", "")):
            if leaf is not None:
                self._properties[owner].add(place)
                if isinstance(leaf, str | int | bool):
                    self._values[place].add(leaf)

    def _walk(
        self, schema: Mapping[str, Any], value: Any, place: Place
    ) -> Iterator[tuple[Place, Any]]:
        """Every leaf of a value at the place that its schema gives it."""
        found = self._references.of(schema)
        if "discriminator" in found:
            schema = branch(self._document, schema, value)
            found = self._references.of(schema)
        if "$ref" in schema:
            place = reference_name(schema), ""
        if found.get("type") == "array" and isinstance(value, list):
            for item in value:
                yield from self._walk(found["items"], item, (place[0], f"{place[1]}/*"))
        elif found.get("type") == "object" and isinstance(value, dict):
            properties = found.get("properties", {})
            if not properties:
                yield place, True
            for key, child in value.items():
                if key in properties:
                    where = (place[0], f"{place[1]}/{key}".strip("/"))
                    yield from self._walk(properties[key], child, where)
        else:
            yield place, value

    def failures(self) -> list[Failure]:
        """Every cell that stayed empty."""
        found: list[Failure] = list(self._looseness.failures())
        for operation in self._document.operations:
            name = operation.operation_id
            for status in self._missing_statuses(operation):
                found.append(Failure(name, "reach", f"status {status} was never seen"))
            for status, kind in self._missing_types(operation):
                found.append(Failure(name, "reach", f"status {status} was never seen as {kind}"))
            for place in self._missing_properties(operation):
                found.append(Failure(name, "reach", f"{_spell(place)} was never seen with a value"))
            for where, field in self._missing_parameters(operation):
                shown = f"{where} {field}".strip()
                found.append(Failure(name, "reach", f"nothing shows that {shown} is read"))
        for place, value in self._missing_values():
            message = f"{_spell(place)} was never seen as {value!r}"
            found.append(Failure("", "reach", message))
        for place in self._missing_error_properties():
            found.append(Failure("", "reach", f"{_spell(place)} was never seen with a value"))
        return found

    def _missing_statuses(self, operation: Operation) -> list[int]:
        documented = {int(status) for status in operation.responses}
        return sorted(documented - self._statuses[operation.operation_id])

    def _missing_types(self, operation: Operation) -> list[tuple[int, str]]:
        """The media types that were not seen, of statuses that have several."""
        name = operation.operation_id
        return [
            (int(status), kind)
            for status in operation.responses
            if len(kinds := _types(operation, int(status))) > 1
            and int(status) in self._statuses[name]
            for kind in kinds
            if kind not in self._types[name, int(status)]
        ]

    def _documented_properties(self, operation: Operation, *, errors: bool) -> set[Place]:
        """Those of whatever has any: what is sent as bytes of another type is not looked into."""
        return {
            place
            for status, response in operation.responses.items()
            if status.startswith("2") != errors
            for kind, entry in response.get("content", {}).items()
            if "schema" in entry and (kind.endswith("json") or kind == EVENT_STREAM)
            for place, _ in _places(self._document, entry["schema"])
        }

    def _missing_properties(self, operation: Operation) -> list[Place]:
        documented = self._documented_properties(operation, errors=False)
        seen = self._properties[operation.operation_id]
        read = self._seen_by_reading(operation)
        return sorted(documented - seen - read)

    def _seen_by_reading(self, operation: Operation) -> set[Place]:
        """What may be null and was seen where a write's link reads the same thing.

        That both say the same is checked for each write; some states only a read can meet.
        """
        if operation.method == "get":
            return set()
        own = self._schemas(operation)
        found: set[Place] = set()
        for status in operation.success_statuses:
            for link in operation.responses[str(status)].get("links", {}).values():
                target = self._by_id.get(link.get("operationId", ""))
                if target is not None and target.method == "get" and self._schemas(target) == own:
                    found |= self._properties[target.operation_id]
        return {
            place
            for schema in own
            for place, child in _places(self._document, schema)
            if child.get("nullable") and place in found
        }

    @staticmethod
    def _schemas(operation: Operation) -> list[Mapping[str, Any]]:
        return [
            entry["schema"]
            for status in operation.success_statuses
            for entry in operation.responses[str(status)].get("content", {}).values()
            if "schema" in entry
        ]

    def _missing_error_properties(self) -> list[Place]:
        documented: set[Place] = set()
        for operation in self._document.operations:
            documented |= self._documented_properties(operation, errors=True)
        return sorted(documented - self._properties[""])

    def _missing_values(self) -> list[tuple[Place, Any]]:
        documented: dict[Place, list[Any]] = {}
        for operation in self._document.operations:
            for response in operation.responses.values():
                for entry in response.get("content", {}).values():
                    for place, schema in _places(self._document, entry.get("schema", {})):
                        if "enum" in schema:
                            documented[place] = schema["enum"]
        return [
            (place, value)
            for place, values in sorted(documented.items())
            for value in values
            if value is not None and value not in self._values[place]
        ]

    def _parameters(self, operation: Operation) -> list[tuple[str, str]]:
        cells = [(p.location, p.name) for p in operation.parameters]
        if operation.request_body is not None:
            schema, _ = self._document.deref(body_entry(operation).get("schema", {}), ())
            names = list(schema.get("properties", {})) if schema.get("type") == "object" else [""]
            cells += [("body", name) for name in names]
        return cells

    def _missing_parameters(self, operation: Operation) -> list[tuple[str, str]]:
        missing = []
        for place, name in self._parameters(operation):
            key = (operation.operation_id, place, name)
            if place in ("path", "header") and name != REPLAYED:
                # Two answers, and no value that all of them have.
                answers = self._answers[key]
                if len(answers) < 2 or len(set().union(*answers.values())) < 2:
                    missing.append((place, name))
            elif key not in self._read:
                missing.append((place, name))
        return missing

    def markdown(self) -> str:
        """The matrix as a document; it depends on nothing but the contract and what was seen."""
        lines = [
            "# What of the contract was seen",
            "",
            "Written by `python -m gate --write`, which fails where a cell is empty.",
            "",
            "| Operation | Statuses seen | Properties | Parameters and fields |",
            "| --- | --- | --- | --- |",
        ]
        for operation, statuses, missing, properties, unseen, parameters, unread in self._rows():
            known = self._by_id[operation]
            shown = ", ".join(
                f"~~{s}~~" if s in missing else f"{s}{_several(known, s)}" for s in statuses
            )
            lines.append(
                f"| `{operation}` | {shown} | {properties - unseen} of {properties} "
                f"| {parameters - unread} of {parameters} |"
            )
        return "\n".join([*lines, "", self.summary, ""])

    def _rows(self) -> Iterator[tuple[str, list[int], list[int], int, int, int, int]]:
        for operation in self._document.operations:
            yield (
                operation.operation_id,
                sorted(int(status) for status in operation.responses),
                self._missing_statuses(operation),
                len(self._documented_properties(operation, errors=False)),
                len(self._missing_properties(operation)),
                len(self._parameters(operation)),
                len(self._missing_parameters(operation)),
            )

    @property
    def summary(self) -> str:
        """The sums of the matrix in a sentence."""
        rows = list(self._rows())
        pairs = sum(len(row[1]) for row in rows)
        seen = pairs - sum(len(row[2]) for row in rows)
        properties, unseen = sum(row[3] for row in rows), sum(row[4] for row in rows)
        parameters, unread = sum(row[5] for row in rows), sum(row[6] for row in rows)
        return (
            f"{seen} of {pairs} documented (operation, status) pairs, "
            f"{properties - unseen} of {properties} properties of successes, "
            f"{parameters - unread} of {parameters} parameters and fields."
        )


def _types(operation: Operation, status: int) -> list[str]:
    return list(operation.responses[str(status)].get("content", {}))


def _several(operation: Operation, status: int) -> str:
    """The media types of a status that has more than one, for the document."""
    kinds = _types(operation, status)
    return f" ({', '.join(kinds)})" if len(kinds) > 1 else ""


def _spell(place: Place) -> str:
    return f"{place[0]}/{place[1]}" if place[0] else place[1]


def _step(
    document: Document, schema: Mapping[str, Any], place: Place
) -> tuple[Mapping[str, Any], Place]:
    """A schema without references; a named one starts a new place."""
    if "$ref" not in schema:
        return schema, place
    found, pointer = document.deref(schema, ())
    return found, (pointer[-1], "") if pointer else place


def _places(
    document: Document,
    schema: Mapping[str, Any],
    place: Place = ("", ""),
    seen: frozenset[str] = frozenset(),
) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    """Every property that a schema documents, with its schema."""
    found, place = _step(document, schema, place)
    name = place[0] if place[1] == "" else ""
    if name and name in seen:
        return
    seen = seen | {name} if name else seen
    if found.get("type") == "array":
        yield from _places(document, found["items"], (place[0], f"{place[1]}/*"), seen)
        return
    chosen = branches(document, found)
    for each in chosen.values():
        yield from _places(document, each, place, seen)
    if chosen:
        return
    if found.get("type") != "object":
        yield place, found
        return
    for key, child in found.get("properties", {}).items():
        yield from _places(document, child, (place[0], f"{place[1]}/{key}".strip("/")), seen)
