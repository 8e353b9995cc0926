"""Which path item a request path belongs to.

Connexion's router tries one regular expression a route and works on the decoded path, so it is
linear in the number of routes, loses ``%2F`` and answers 307, 404 or 500 where the contract says
400 (docs/decisions/0001). This table splits the raw path and looks segments up; a literal segment
wins over a parameter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from palaver.contract.document import Document


def check_paths(document: Document) -> None:
    """Raises ``ContractError`` for paths that no request can match as they are meant."""
    shapes: dict[str, str] = {}
    for path in document.tree.get("paths", {}):
        shape = re.sub(r"\{[^/}]*\}", "{}", path)
        if shapes.setdefault(shape, path) != path:
            raise document.fail(("paths", path), "path", f"{path} is also {shapes[shape]}")
        if not path.startswith("/") or re.search(r"[^/]\{|\}[^/]", path):
            raise document.fail(("paths", path), "path", f"{path}: a parameter is a whole segment")
    for operation in document.operations:
        named = set(re.findall(r"\{([^/}]*)\}", operation.path))
        declared = {p.name for p in operation.parameters if p.location == "path"}
        if named != declared:
            raise document.fail(
                operation.pointer,
                "path-parameters",
                f"{operation.operation_id} has the path parameters {sorted(declared)}, "
                f"its path has {sorted(named)}",
            )


@dataclass(slots=True)
class PathItem:
    """A path of the contract with its operations by upper-case method."""

    template: str
    parameter_names: tuple[str, ...]
    operation_ids: dict[str, str] = field(default_factory=dict)

    @property
    def allow(self) -> str:
        """The value of ``Allow``: every method, ``HEAD`` beside ``GET`` (RFC 9110, 10.2.1)."""
        methods = set(self.operation_ids)
        if "GET" in methods:
            methods.add("HEAD")
        return ", ".join(sorted(methods))


@dataclass(slots=True)
class _Node:
    literals: dict[str, _Node] = field(default_factory=dict)
    parameter: _Node | None = None
    item: PathItem | None = None


class PathTable:
    """All paths of a contract as a tree of segments."""

    def __init__(self, base_path: str, operations: Iterable[tuple[str, str, str]]) -> None:
        """``operations`` are (method, path template, operationId) as the contract has them."""
        self._root = _Node()
        self._base = base_path.rstrip("/")
        for method, template, operation_id in operations:
            self._item(template).operation_ids[method.upper()] = operation_id

    def _item(self, template: str) -> PathItem:
        node = self._root
        names: list[str] = []
        for segment in (self._base + template).split("/")[1:]:
            if segment.startswith("{") and segment.endswith("}"):
                names.append(segment[1:-1])
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.literals.setdefault(segment, _Node())
        if node.item is None:
            node.item = PathItem(template, tuple(names))
        return node.item

    def match(self, raw_path: str) -> tuple[PathItem, dict[str, str]] | None:
        """The item of a raw (percent-encoded) path and its decoded parameters, or ``None``.

        A parameter may be empty, since that is what a client sends whose variable is. Raises
        ``UnicodeDecodeError`` where an encoded segment is not UTF-8.
        """
        before, *segments = raw_path.split("/")
        if before:
            return None
        found = _find(self._root, segments, 0, [])
        if found is None:
            return None
        item, values = found
        return item, dict(zip(item.parameter_names, values, strict=True))


def _find(
    node: _Node, segments: list[str], index: int, values: list[str]
) -> tuple[PathItem, list[str]] | None:
    if index == len(segments):
        return (node.item, values) if node.item else None
    segment = segments[index]
    if "%" in segment:
        segment = unquote_to_bytes(segment).decode()
    child = node.literals.get(segment)
    if child is not None:
        found = _find(child, segments, index + 1, values)
        if found is not None:
            return found
    if node.parameter is not None:
        return _find(node.parameter, segments, index + 1, [*values, segment])
    return None
