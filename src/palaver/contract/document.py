"""The contract as a document: its bytes, its tree, its lines and its operations.

Used by the runtime at start and by ``codegen``; both report what is wrong as ``file:line: rule``.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import yaml

_STATUS = re.compile(r"[1-5][0-9]{2}")
METHODS = ("get", "put", "post", "delete", "patch", "options", "head", "trace")

Tree = dict[str, Any]
Pointer = tuple[str, ...]


class ContractError(Exception):
    """The contract breaks a rule. ``str`` gives ``file:line: rule: what is wrong``."""

    def __init__(self, document: Document | str, pointer: Pointer, rule: str, message: str) -> None:
        where = document if isinstance(document, str) else document.where(pointer)
        self.rule = rule
        super().__init__(f"{where}: {rule}: {message}")


class _LineLoader(yaml.SafeLoader):
    """A safe loader that keeps the line of every key and refuses duplicate keys."""


@dataclass(frozen=True)
class Parameter:
    """One parameter of an operation with its references resolved one level."""

    name: str
    location: str
    required: bool
    schema: Mapping[str, Any]
    raw: Mapping[str, Any]
    pointer: Pointer


@dataclass(frozen=True)
class Operation:
    """One operation of the contract, with parameters of path and operation merged."""

    operation_id: str
    method: str
    path: str
    tag: str
    raw: Mapping[str, Any]
    pointer: Pointer
    parameters: tuple[Parameter, ...]
    request_body: Mapping[str, Any] | None
    responses: Mapping[str, Mapping[str, Any]]
    security: tuple[Mapping[str, list[str]], ...]

    @property
    def success_statuses(self) -> list[int]:
        """The documented statuses from 200 to 299."""
        return [int(status) for status in self.responses if status.startswith("2")]


@dataclass
class Document:
    """A parsed contract.

    ``tree`` is plain JSON data (string keys, references kept); ``lines`` maps a pointer, the tuple
    of keys from the root, to its line from 1.
    """

    name: str
    content: bytes
    tree: Tree
    lines: dict[Pointer, int] = field(repr=False)

    @classmethod
    def load(cls, path: Path) -> Document:
        """Read and parse a contract file. Raises ``ContractError`` on malformed YAML."""
        return cls.parse(path.read_bytes(), name=path.name)

    @classmethod
    def parse(cls, content: bytes, *, name: str = "openapi.yaml") -> Document:
        """Parse YAML text. Raises ``ContractError`` for bad YAML and for repeated keys."""
        try:
            loader = _LineLoader(content)
            try:
                node = loader.get_single_node()
            finally:
                loader.dispose()
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise ContractError(f"{name}:{line}", (), "yaml", str(error.problem)) from None
        except yaml.YAMLError as error:
            raise ContractError(f"{name}:1", (), "yaml", str(error)) from None
        lines: dict[Pointer, int] = {}
        tree = _construct(node, (), lines, name)
        if not isinstance(tree, dict):
            raise ContractError(f"{name}:1", (), "yaml", "the document is not a mapping")
        return cls(name, content, tree, lines)

    def where(self, pointer: Pointer) -> str:
        """``file:line`` of a pointer, or of the nearest ancestor that has a line."""
        while pointer and pointer not in self.lines:
            pointer = pointer[:-1]
        return f"{self.name}:{self.lines.get(pointer, 1)}"

    def fail(self, pointer: Pointer, rule: str, message: str) -> ContractError:
        """The error that says which rule is broken at which line."""
        return ContractError(self, pointer, rule, message)

    def deref(self, node: Mapping[str, Any], pointer: Pointer) -> tuple[Mapping[str, Any], Pointer]:
        """Follow ``$ref`` until there is none; gives the node and its own pointer.

        Raises ``ContractError`` where a reference leads nowhere or in a circle.
        """
        seen: set[str] = set()
        while "$ref" in node:
            ref = node["$ref"]
            target = pointer_of(ref) if isinstance(ref, str) else None
            if target is None or ref in seen:
                raise self.fail(pointer, "refs", f"cannot resolve the reference {ref!r}")
            seen.add(ref)
            found: Any = self.tree
            for key in target:
                if not isinstance(found, Mapping) or key not in found:
                    raise self.fail(pointer, "refs", f"cannot resolve the reference {ref!r}")
                found = found[key]
            if not isinstance(found, Mapping):
                raise self.fail(pointer, "refs", f"cannot resolve the reference {ref!r}")
            node, pointer = found, target
        return node, pointer

    def check_references(self) -> None:
        """Raises ``ContractError`` for a reference anywhere that leads nowhere or in a circle."""
        for ref, pointer in _references(self.tree, ()):
            self.deref({"$ref": ref}, pointer)

    @cached_property
    def operations(self) -> list[Operation]:
        """All operations in the order of the file. Raises ``ContractError`` on a broken reference,
        a missing or repeated ``operationId`` and a missing tag."""
        operations = list(self._operations())
        seen: dict[str, Operation] = {}
        for operation in operations:
            first = seen.setdefault(operation.operation_id, operation)
            if first is not operation:
                raise self.fail(
                    (*operation.pointer, "operationId"),
                    "unique-operation-id",
                    f"{operation.operation_id} is also at {self.where(first.pointer)}",
                )
        return operations

    def _operations(self) -> Iterator[Operation]:
        for path, item in self.tree.get("paths", {}).items():
            for method in METHODS:
                if method in item:
                    yield self._operation(path, method, item)

    def _operation(self, path: str, method: str, item: Mapping[str, Any]) -> Operation:
        raw = item[method]
        pointer: Pointer = ("paths", path, method)
        operation_id = raw.get("operationId")
        if not isinstance(operation_id, str):
            raise self.fail(pointer, "operation-id", f"{method.upper()} {path} has no operationId")
        if not raw.get("tags"):
            raise self.fail(pointer, "tag", f"{operation_id} has no tag")
        parameters: dict[tuple[str, str], Parameter] = {}
        for owner, where in ((item, pointer[:-1]), (raw, pointer)):
            for index, reference in enumerate(owner.get("parameters", [])):
                found, at = self.deref(reference, (*where, "parameters", str(index)))
                schema, _ = self.deref(found.get("schema", {}), (*at, "schema"))
                parameters[found["in"], found["name"]] = Parameter(
                    name=found["name"],
                    location=found["in"],
                    required=bool(found.get("required", False)),
                    schema=schema,
                    raw=found,
                    pointer=at,
                )
        body = raw.get("requestBody")
        if body is not None:
            body, _ = self.deref(body, (*pointer, "requestBody"))
        for status in raw.get("responses", {}):
            if not _STATUS.fullmatch(status):
                raise self.fail(
                    (*pointer, "responses", status),
                    "statuses",
                    f"{operation_id} has the status {status}; name each one",
                )
        responses = {
            str(status): self.deref(response, (*pointer, "responses", str(status)))[0]
            for status, response in raw.get("responses", {}).items()
        }
        return Operation(
            operation_id=operation_id,
            method=method,
            path=path,
            tag=raw["tags"][0],
            raw=raw,
            pointer=pointer,
            parameters=tuple(parameters.values()),
            request_body=body,
            responses=responses,
            security=tuple(raw.get("security", self.tree.get("security", []))),
        )

    @cached_property
    def json(self) -> bytes:
        """The tree as compact JSON, references kept."""
        return json.dumps(self.tree, ensure_ascii=False, separators=(",", ":")).encode()

    @cached_property
    def etag(self) -> str:
        """A strong entity tag of the file's bytes (RFC 9110, section 8.8.3)."""
        return f'"{hashlib.sha256(self.content).hexdigest()[:32]}"'


def _references(node: Any, pointer: Pointer) -> Iterator[tuple[str, Pointer]]:
    """Every ``$ref`` with its place, in examples too: Connexion follows those as well."""
    if isinstance(node, list):
        for index, child in enumerate(node):
            yield from _references(child, (*pointer, str(index)))
    elif isinstance(node, dict):
        for key, child in node.items():
            if key == "$ref" and isinstance(child, str):
                yield child, (*pointer, key)
            else:
                yield from _references(child, (*pointer, key))


def pointer_of(ref: str) -> Pointer | None:
    """The keys that a local reference names (RFC 6901), or ``None`` for any other reference."""
    if not ref.startswith("#/"):
        return None
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in ref[2:].split("/"))


def _construct(
    node: yaml.Node | None, pointer: Pointer, lines: dict[Pointer, int], name: str
) -> Any:
    """Plain data from a YAML node; scalars by the safe loader's rules, timestamps kept as text."""
    if node is None:
        return None
    lines.setdefault(pointer, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = cast(str, key_node.value)
            line = key_node.start_mark.line + 1
            if key in result:
                raise ContractError(f"{name}:{line}", (), "yaml", f"the key {key!r} is repeated")
            at = (*pointer, key)
            lines[at] = line
            result[key] = _construct(value_node, at, lines, name)
        return result
    if isinstance(node, yaml.SequenceNode):
        return [
            _construct(child, (*pointer, str(index)), lines, name)
            for index, child in enumerate(node.value)
        ]
    if node.tag == "tag:yaml.org,2002:timestamp":
        return node.value
    return yaml.constructor.SafeConstructor().construct_document(node)
