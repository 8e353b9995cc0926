"""The contract as rules see it: its nodes by kind, its operations, and what they reach."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from palaver.contract.document import METHODS, Document, Operation, Pointer

# What a node of a kind holds: the key, the kind of what lies there, and whether that is one node,
# a list or a map of them. Below a map the keys are names, never keywords.
_CHILDREN: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "document": (
        ("info", "info", "one"),
        ("servers", "server", "list"),
        ("tags", "tag", "list"),
        ("paths", "path item", "map"),
        ("components", "components", "one"),
    ),
    "components": (
        ("schemas", "schema", "map"),
        ("responses", "response", "map"),
        ("parameters", "parameter", "map"),
        ("examples", "example", "map"),
        ("requestBodies", "request body", "map"),
        ("headers", "header", "map"),
        ("securitySchemes", "security scheme", "map"),
        ("links", "link", "map"),
    ),
    "path item": (
        ("parameters", "parameter", "list"),
        *((method, "operation", "one") for method in METHODS),
    ),
    "operation": (
        ("parameters", "parameter", "list"),
        ("requestBody", "request body", "one"),
        ("responses", "response", "map"),
    ),
    "parameter": (("schema", "schema", "one"), ("examples", "example", "map")),
    "header": (("schema", "schema", "one"), ("examples", "example", "map")),
    "request body": (("content", "media type", "map"),),
    "media type": (("schema", "schema", "one"), ("examples", "example", "map")),
    "response": (
        ("headers", "header", "map"),
        ("content", "media type", "map"),
        ("links", "link", "map"),
    ),
    "schema": (
        ("properties", "schema", "map"),
        ("items", "schema", "one"),
        ("additionalProperties", "schema", "one"),
        ("not", "schema", "one"),
        ("allOf", "schema", "list"),
        ("anyOf", "schema", "list"),
        ("oneOf", "schema", "list"),
    ),
}


@dataclass(frozen=True)
class Node:
    """A part of the contract: what kind it is, its value as written, and where."""

    kind: str
    value: Mapping[str, Any]
    pointer: Pointer


@dataclass(frozen=True)
class Answer:
    """A documented response of an operation, its reference followed."""

    status: str
    value: Mapping[str, Any]
    pointer: Pointer


@dataclass(frozen=True)
class Call:
    """An operation with its answers and its body, references followed."""

    operation: Operation
    answers: tuple[Answer, ...]
    body: Node | None

    @property
    def name(self) -> str:
        """The operationId."""
        return self.operation.operation_id

    @property
    def pointer(self) -> Pointer:
        """Where the operation stands."""
        return self.operation.pointer

    @property
    def successes(self) -> list[Answer]:
        """The answers from 200 to 299."""
        return [answer for answer in self.answers if answer.status.startswith("2")]

    def has_path_parameter(self, name: str) -> bool:
        """Whether the path holds this parameter."""
        return f"{{{name}}}" in self.operation.path


class Contract:
    """A document with the walks that rules share; each is made once."""

    def __init__(self, document: Document) -> None:
        self.document = document

    @cached_property
    def nodes(self) -> list[Node]:
        """Every part of the document in the order of the file; references are not followed."""
        lines = self.document.lines
        nodes = _walk(Node("document", self.document.tree, ()))
        return sorted(nodes, key=lambda node: lines.get(node.pointer, 0))

    def of_kind(self, *kinds: str) -> Iterator[Node]:
        """The nodes of some kinds."""
        return (node for node in self.nodes if node.kind in kinds)

    @cached_property
    def calls(self) -> list[Call]:
        """Every operation. Raises ``ContractError`` where ``Document.operations`` does."""
        return [self._call(operation) for operation in self.document.operations]

    def call(self, operation_id: str) -> Call | None:
        """The operation of this name, if there is one."""
        return next((call for call in self.calls if call.name == operation_id), None)

    def follow(self, value: Any, pointer: Pointer) -> tuple[Mapping[str, Any], Pointer]:
        """A node behind its references, and where it stands."""
        return self.document.deref(value, pointer)

    @cached_property
    def request_body_schemas(self) -> list[Node]:
        """Every schema that a request body reaches, each once."""
        return list(
            self._reach(node for call in self.calls if call.body for node in _media(call.body))
        )

    def schemas_of(self, body: Node) -> list[Node]:
        """Every schema that one body reaches, each once."""
        return list(self._reach(_media(body)))

    @cached_property
    def response_schemas(self) -> list[Node]:
        """Every schema that a response body reaches, each once."""
        answers = [
            Node("response", item.value, item.pointer)
            for call in self.calls
            for item in call.answers
        ]
        return list(self._reach(node for answer in answers for node in _media(answer)))

    @cached_property
    def used_schemas(self) -> list[Node]:
        """Every schema that an operation reaches: bodies, parameters and headers, each once."""
        parameters = [
            Node("schema", parameter.raw["schema"], (*parameter.pointer, "schema"))
            for call in self.calls
            for parameter in call.operation.parameters
        ]
        headers = [
            Node("schema", value["schema"], (*pointer, "schema"))
            for call in self.calls
            for answer in call.answers
            for value, pointer in self.headers(answer).values()
        ]
        roots = [*self.request_body_schemas, *self.response_schemas, *parameters, *headers]
        return list(self._reach(roots))

    def headers(self, answer: Answer) -> dict[str, tuple[Mapping[str, Any], Pointer]]:
        """The headers of an answer by their names in lower case."""
        return {
            name.lower(): self.follow(value, (*answer.pointer, "headers", name))
            for name, value in answer.value.get("headers", {}).items()
        }

    def examples(self, node: Node) -> Iterator[tuple[Any, Pointer]]:
        """The values that a node shows as its examples, each with its place."""
        if "example" in node.value:
            yield node.value["example"], (*node.pointer, "example")
        for name, written in node.value.get("examples", {}).items():
            found, pointer = self.follow(written, (*node.pointer, "examples", name))
            if "value" in found:
                yield found["value"], (*pointer, "value")

    def answer_examples(self, answer: Answer) -> Iterator[tuple[Any, Pointer]]:
        """The bodies that an answer shows as its examples."""
        for media_type, media in answer.value.get("content", {}).items():
            at = (*answer.pointer, "content", media_type)
            yield from self.examples(Node("media type", media, at))

    def _call(self, operation: Operation) -> Call:
        at = (*operation.pointer, "responses")
        answers = []
        for status, written in operation.raw["responses"].items():
            value, pointer = self.follow(written, (*at, str(status)))
            answers.append(Answer(str(status), value, pointer))
        body = None
        if "requestBody" in operation.raw:
            at = (*operation.pointer, "requestBody")
            body = Node("request body", *self.follow(operation.raw["requestBody"], at))
        return Call(operation, tuple(answers), body)

    def _reach(self, roots: Iterable[Node]) -> Iterator[Node]:
        seen: set[Pointer] = set()
        waiting = list(roots)
        while waiting:
            written = waiting.pop(0)
            value, pointer = self.follow(written.value, written.pointer)
            if pointer not in seen:
                seen.add(pointer)
                node = Node("schema", value, pointer)
                yield node
                waiting += _children(node)


def _media(owner: Node) -> Iterator[Node]:
    for media_type, media in owner.value.get("content", {}).items():
        if "schema" in media:
            yield Node("schema", media["schema"], (*owner.pointer, "content", media_type, "schema"))


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for child in _children(node):
        yield from _walk(child)


def _children(node: Node) -> Iterator[Node]:
    """The parts of a node; what has the wrong form is left to the rules of form."""
    for key, kind, shape in _CHILDREN.get(node.kind, ()):
        value = node.value.get(key)
        at = (*node.pointer, key)
        if shape == "one" and isinstance(value, Mapping):
            yield Node(kind, value, at)
        elif shape == "list" and isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, Mapping):
                    yield Node(kind, item, (*at, str(index)))
        elif shape == "map" and isinstance(value, Mapping):
            for name, item in value.items():
                if isinstance(item, Mapping):
                    yield Node(kind, item, (*at, str(name)))
