"""Names: one spelling for operations, tags, arguments and schemas, usable in Python."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Mapping

from codegen.operations import argument_name
from palaver.contract.document import METHODS, Pointer

from .problem import Problem
from .tree import Contract

_RESERVED = frozenset({"backend", "body", "principal", "self"})
_OPERATION_ID = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+")
_MODULE = re.compile(r"[a-z][a-z0-9_]*")
_SCHEMA = re.compile(r"[A-Z][A-Za-z0-9]*")


def check_operation_ids(contract: Contract) -> Iterator[Problem]:
    """Every operation has an operationId of its own: a verb and a noun in snake_case."""
    first: dict[str, Pointer] = {}
    for node in contract.of_kind("operation"):
        name = node.value.get("operationId")
        method, path = node.pointer[2], node.pointer[1]
        where = (*node.pointer, "operationId")
        if not isinstance(name, str):
            sentence = f"{method.upper()} {path} has no operationId"
            yield Problem(node.pointer, "operation-id", sentence)
        elif not _OPERATION_ID.fullmatch(name):
            sentence = f"{name!r} is not a verb and a noun in snake_case, such as create_session"
            yield Problem(where, "operation-id", sentence)
        elif name in first:
            sentence = f"{name} is also the operation at {contract.document.where(first[name])}"
            yield Problem(where, "unique-operation-id", sentence)
        else:
            first[name] = node.pointer


def check_tags(contract: Contract) -> Iterator[Problem]:
    """Every operation has exactly one tag, a declared one that can name its handler module."""
    declared = {node.value.get("name") for node in contract.of_kind("tag")}
    for node in contract.of_kind("tag"):
        name = str(node.value.get("name"))
        if not _MODULE.fullmatch(name) or keyword.iskeyword(name):
            sentence = f"{name!r} cannot name a module of handlers; use snake_case"
            yield Problem((*node.pointer, "name"), "module-tag", sentence)
    for node in contract.of_kind("operation"):
        tags = node.value.get("tags")
        if not isinstance(tags, list) or len(tags) != 1:
            label = _label(node.value, node.pointer)
            sentence = f"{label} needs exactly one tag, the module of its handler"
            yield Problem(node.pointer, "one-tag", sentence)
        elif tags[0] not in declared:
            sentence = f"the tag {tags[0]!r} is not declared under `tags`"
            yield Problem((*node.pointer, "tags"), "known-tag", sentence)


def check_schema_names(contract: Contract) -> Iterator[Problem]:
    """Schemas are named in PascalCase, since the names become classes."""
    for node in contract.of_kind("schema"):
        name = node.pointer[-1]
        if len(node.pointer) == 3 and not _SCHEMA.fullmatch(name):
            sentence = f"{name!r} cannot name a class; use PascalCase, such as SessionCreate"
            yield Problem(node.pointer, "schema-name", sentence)


def check_paths(contract: Contract) -> Iterator[Problem]:
    """Path templates and path parameters say the same; paths have no trailing slash."""
    for path in contract.document.tree["paths"]:
        if not path.startswith("/") or (path != "/" and path.endswith("/")):
            yield Problem(
                ("paths", path), "path", f"{path!r} must begin with a slash and not end with one"
            )
    for call in contract.calls:
        template = re.findall(r"{([^}]*)}", call.operation.path)
        declared = [item for item in call.operation.parameters if item.location == "path"]
        for name in template:
            if name not in [item.name for item in declared]:
                sentence = f"{call.name} does not declare the path parameter {name!r}"
                yield Problem(call.pointer, "path-parameters", sentence)
        for item in declared:
            if item.name not in template:
                sentence = f"the path of {call.name} has no {{{item.name}}}"
                yield Problem(item.pointer, "path-parameters", sentence)


def check_arguments(contract: Contract) -> Iterator[Problem]:
    """Every parameter can be a keyword argument of its handler."""
    for call in contract.calls:
        seen: set[str] = set()
        for parameter in call.operation.parameters:
            name = argument_name(parameter)
            if not name.isidentifier() or keyword.iskeyword(name):
                sentence = f"the parameter {parameter.name!r} cannot be an argument of a function"
                yield Problem(parameter.pointer, "argument-name", sentence)
            elif name in _RESERVED:
                sentence = f"handlers get something else as {name!r}; rename the parameter"
                yield Problem(parameter.pointer, "argument-name", sentence)
            elif name in seen:
                sentence = f"{call.name} would get two arguments {name!r}"
                yield Problem(parameter.pointer, "argument-name", sentence)
            seen.add(name)


def _label(operation: Mapping[str, object], pointer: Pointer) -> str:
    name = operation.get("operationId")
    method = pointer[2].upper() if pointer[2] in METHODS else pointer[2]
    return str(name) if isinstance(name, str) else f"{method} {pointer[1]}"
