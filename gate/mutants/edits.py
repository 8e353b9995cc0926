"""Reaching into a contract's tree so that only one operation is changed.

What an operation shares with others is copied first; what only it uses is changed where it stands,
so that no edit leaves an unused component behind.
"""

from __future__ import annotations

import copy
import json
from typing import Any

from gate.mutants.operators import Place
from gate.mutants.places import EACH
from palaver.contract.document import pointer_of

Tree = dict[str, Any]


def operation_of(tree: Tree, place: Place) -> Tree:
    """The operation in an edited tree."""
    found: Tree = tree["paths"][place.operation.path][place.operation.method]
    return found


def own(tree: Tree, parent: Any, key: Any) -> Tree:
    """A node without references, which belongs to its parent alone."""
    node: Tree = parent[key]
    while "$ref" in node:
        reference = node["$ref"]
        pointer = pointer_of(reference)
        assert pointer is not None
        _, section, name = pointer
        components = tree["components"][section]
        if json.dumps(tree).count(json.dumps(reference)) > 1:
            other = f"{name}Other"
            while other in components:
                other += "Other"
            components[other] = copy.deepcopy(components[name])
            parent[key] = {"$ref": f"#/components/{section}/{other}"}
            name = other
        parent, key = components, name
        node = parent[key]
    return node


def parameter_of(tree: Tree, place: Place, name: str) -> Tree:
    """A parameter of the operation, with its schema, for it alone."""
    item = tree["paths"][place.operation.path]
    operation = operation_of(tree, place)
    shared = item.pop("parameters", None)
    if shared:
        for method, other in item.items():
            if isinstance(other, dict) and method != "parameters":
                other["parameters"] = [*copy.deepcopy(shared), *other.get("parameters", [])]
    for index in range(len(operation["parameters"])):
        found, _ = place.document.deref(operation["parameters"][index], ())
        if found["name"] == name:
            parameter = own(tree, operation["parameters"], index)
            own(tree, parameter, "schema")
            return parameter
    raise KeyError(name)


def parameter_schema(tree: Tree, place: Place, name: str) -> Tree:
    """The schema of a parameter, for this operation alone."""
    return own(tree, parameter_of(tree, place, name), "schema")


def body_of(tree: Tree, place: Place) -> Tree:
    """The operation's request body."""
    return own(tree, operation_of(tree, place), "requestBody")


def body_schema_of(tree: Tree, place: Place) -> Tree:
    """The schema of the operation's JSON body, for it alone."""
    return own(tree, body_of(tree, place)["content"]["application/json"], "schema")


def field_of(tree: Tree, place: Place, name: str) -> Tree:
    """The schema of a property of the operation's body, for it alone."""
    return own(tree, body_schema_of(tree, place)["properties"], name)


def response_of(tree: Tree, place: Place, status: str) -> Tree:
    """A response of the operation, for it alone."""
    return own(tree, operation_of(tree, place)["responses"], status)


def owner_of(tree: Tree, place: Place, pointer: str) -> tuple[Tree, str]:
    """The object schema of a success that has the pointer's last property, and its name."""
    status = str(place.operation.success_statuses[0])
    media = response_of(tree, place, status)["content"]["application/json"]
    schema = own(tree, media, "schema")
    *steps, last = pointer.split("/")[1:]
    for step in steps:
        if step == EACH:
            schema = own(tree, schema, "items")
        else:
            schema = own(tree, schema["properties"], step)
    return schema, last


def property_of(tree: Tree, place: Place, pointer: str) -> Tree:
    """The schema of a property of a success, for this operation alone."""
    schema, last = owner_of(tree, place, pointer)
    return own(tree, schema["properties"], last)
