"""Lists: what a page holds and how it is ordered is said in a form that programs read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from palaver.contract.document import Operation, Pointer, pointer_of

from .problem import Problem
from .tree import Contract

_KEYS = frozenset({"items", "key", "order", "total", "count", "from", "next"})
_KINDS = {"items": "array", "total": "integer", "count": "integer", "next": "string"}
_PAGING = frozenset({"skip", "cursor"})
BY_PARAMETER = "sort_by"
"""In ``order``: sorted as the parameters ``sort_by`` and ``sort_order`` say."""


def check_lists(contract: Contract) -> Iterator[Problem]:
    """An operation with pages has an ``x-list``, and what it names is there."""
    for call in contract.calls:
        operation = call.operation
        pointer: Pointer = (*operation.pointer, "x-list")
        given = operation.raw.get("x-list")
        names = {item.name for item in operation.parameters}
        if given is None:
            if "limit" in names and names & _PAGING:
                yield Problem(operation.pointer, "x-list", f"{call.name} has pages and no `x-list`")
            continue
        if not isinstance(given, Mapping) or not {"items"} <= set(given) <= _KEYS:
            others = ", ".join(f"`{key}`" for key in sorted(_KEYS - {"items"}))
            sentence = f"`x-list` has `items`, and may have {others}"
            yield Problem(pointer, "x-list", sentence)
            continue
        yield from _check_pointers(contract, operation, given, pointer)


def _check_pointers(
    contract: Contract, operation: Operation, given: Mapping[str, Any], pointer: Pointer
) -> Iterator[Problem]:
    success = operation.success_statuses[:1]
    content = operation.responses[str(success[0])].get("content", {}) if success else {}
    body = content.get("application/json")
    if body is None:
        yield Problem(pointer, "x-list", "a list is answered as `application/json`")
        return
    for name, kind in _KINDS.items():
        if name in given and _at(contract, body["schema"], given[name]).get("type") != kind:
            sentence = f"{given[name]!r} leads to no {kind} of the answer"
            yield Problem((*pointer, name), "x-list", sentence)
    if given.get("from", "start") not in ("start", "end"):
        yield Problem((*pointer, "from"), "x-list", "`from` is start or end")
    listed = _at(contract, body["schema"], given["items"])
    item = _at(contract, listed.get("items", {}), "")
    parameters = {parameter.name for parameter in operation.parameters}
    for field in [given.get("key"), *given.get("order", [])]:
        if field == BY_PARAMETER and {"sort_by", "sort_order"} <= parameters:
            continue
        if field is not None and field.removeprefix("-") not in item.get("properties", {}):
            yield Problem(pointer, "x-list", f"the items have no property {field!r}")


def _at(contract: Contract, schema: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    """The schema that a JSON Pointer leads to through properties; empty where it leads nowhere."""
    found, _ = contract.document.deref(schema, ())
    for key in pointer_of(f"#{where}") or ():
        found, _ = contract.document.deref(found.get("properties", {}).get(key, {}), ())
    return found
