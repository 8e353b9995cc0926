"""Documentation: summaries, descriptions and examples, and that the examples are true."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from codegen.operations import is_json
from palaver.contract.document import Pointer
from palaver.contract.events import EVENT_STREAM
from palaver.contract.schemas import SchemaCompiler, explain

from .problem import Problem
from .tree import Contract

# What the value of these parameters looks like is no client's business.
_OPAQUE_PARAMETERS = frozenset({"cursor"})
_SPEAKS_FOR_ITSELF = ("enum", "default", "example")
_DESCRIBED = ("tag", "parameter", "header", "request body", "response", "security scheme")


def check_words(contract: Contract) -> Iterator[Problem]:
    """Operations have a summary; they and everything that they refer to have a description."""
    for node in contract.of_kind("operation"):
        for key in ("summary", "description"):
            if not _has_words(node.value, key):
                sentence = f"{node.value.get('operationId')} has no {key}"
                yield Problem(node.pointer, "described", sentence)
    for node in contract.of_kind(*_DESCRIBED):
        if "$ref" not in node.value and not _has_words(node.value, "description"):
            yield Problem(node.pointer, "described", f"this {node.kind} has no description")
    for node in contract.of_kind("schema"):
        named = len(node.pointer) == 3 or node.pointer[-2] == "properties"
        if named and "$ref" not in node.value and not _has_words(node.value, "description"):
            sentence = f"the schema {node.pointer[-1]!r} has no description"
            yield Problem(node.pointer, "described", sentence)


def check_has_examples(contract: Contract) -> Iterator[Problem]:
    """Every body and every parameter shows an example."""
    for node in contract.of_kind("media type"):
        if not _has_example(node.value):
            what = "response" if "responses" in node.pointer else "request body"
            yield Problem(node.pointer, "example", f"this {what} has no example")
    for node in contract.of_kind("parameter"):
        if "$ref" in node.value or node.value.get("name") in _OPAQUE_PARAMETERS:
            continue
        schema, _ = contract.follow(node.value.get("schema", {}), node.pointer)
        if not _has_example(node.value) and not any(key in schema for key in _SPEAKS_FOR_ITSELF):
            sentence = f"the parameter {node.value.get('name')!r} has no example"
            yield Problem(node.pointer, "example", sentence)


def check_examples(contract: Contract) -> Iterator[Problem]:
    """Every example and default is valid, by the validator that the server uses."""
    compiler = SchemaCompiler(contract.document)
    for node in contract.of_kind("parameter", "header", "media type", "schema"):
        if node.kind == "schema":
            schema = node.value
        elif "schema" in node.value:
            schema = node.value["schema"]
        else:
            continue
        if node.kind == "media type" and not is_json(node.pointer[-1]):
            schema, _ = contract.follow(schema, node.pointer)
            if schema.get("type") != "string" and node.pointer[-1] != EVENT_STREAM:
                continue
        values = list(contract.examples(node))
        if node.kind == "schema" and "default" in node.value:
            values.append((node.value["default"], (*node.pointer, "default")))
        if not values:
            continue
        for value, pointer in values:
            validator = compiler.compile(_branch(contract, schema, value, node.pointer))
            for error in validator.iter_errors(value):
                path, message = explain(error)
                where = "/".join(str(key) for key in path)
                kind = "default" if pointer[-1] == "default" else "example"
                sentence = f"the {kind} breaks its schema: {where}: {message}"
                if not where:
                    sentence = f"the {kind} breaks its schema: {message}"
                yield Problem(pointer, "example-valid", sentence)


def check_example_statuses(contract: Contract) -> Iterator[Problem]:
    """An example that names a status names the one of its response."""
    for call in contract.calls:
        for answer in call.answers:
            for value, pointer in contract.answer_examples(answer):
                status = value.get("status") if isinstance(value, Mapping) else None
                if isinstance(status, int) and str(status) != answer.status:
                    sentence = f"the example says {status}; {call.name} answers {answer.status}"
                    yield Problem(pointer, "example-status", sentence)


def _branch(
    contract: Contract, schema: Mapping[str, Any], value: Any, at: Pointer
) -> Mapping[str, Any]:
    """The member of a union that a value says it is of: its errors tell more than the union's."""
    union, _ = contract.follow(schema, at)
    discriminator = union.get("discriminator")
    if isinstance(discriminator, Mapping) and isinstance(value, Mapping):
        name = value.get(discriminator.get("propertyName"))
        ref = discriminator.get("mapping", {}).get(name) if isinstance(name, str) else None
        if ref is not None and ref in [member.get("$ref") for member in union.get("oneOf", ())]:
            return {"$ref": ref}
    return schema


def _has_words(value: Mapping[str, Any], key: str) -> bool:
    words = value.get(key)
    return isinstance(words, str) and bool(words.strip())


def _has_example(value: Mapping[str, Any]) -> bool:
    return "example" in value or bool(value.get("examples"))
