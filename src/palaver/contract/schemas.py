"""Contract schemas as compiled validators, and their errors in words.

OpenAPI 3.0 schemas are rewritten to JSON Schema 2020-12 (``nullable``, boolean ``exclusive*``) and
compiled once with ``jsonschema-rs``, from the contract as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import jsonschema_rs

from palaver.contract.document import Document, Pointer, pointer_of

MAX_ECHO = 80
"""How much of a client's value an error message repeats, in characters."""

_DROPPED = ("example", "discriminator", "xml", "externalDocs", "deprecated", "nullable", "default")
_SCHEMA_LISTS = ("allOf", "anyOf", "oneOf")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_WITHOUT_NUL = r"^[^\x00]*$"
_TYPE_NAMES = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "array": "an array",
    "object": "an object",
    "null": "null",
}


class SchemaCompiler:
    """Compiles schemas of one contract; references into its components stay references."""

    def __init__(self, document: Document) -> None:
        self._document = document
        schemas = document.tree.get("components", {}).get("schemas", {})
        self._components = {name: rewrite(schema) for name, schema in schemas.items()}

    def compile(self, schema: Mapping[str, Any]) -> jsonschema_rs.Draft202012Validator:
        """A validator with formats checked for an OpenAPI 3.0 schema of this contract."""
        rewritten = rewrite(schema)
        # Every validator holds its own copy of its root, so the root holds no more than it needs.
        needed: dict[str, Any] = {}
        self._collect(rewritten, needed)
        root = {**rewritten, "components": {"schemas": needed}}
        return jsonschema_rs.Draft202012Validator(root, validate_formats=True)

    def _collect(self, node: Any, needed: dict[str, Any]) -> None:
        """Add the components that a rewritten schema refers to, and those that these refer to."""
        if isinstance(node, list):
            for child in node:
                self._collect(child, needed)
        elif isinstance(node, dict):
            name = component_name(node)
            if name is not None and name in self._components and name not in needed:
                needed[name] = self._components[name]
                self._collect(needed[name], needed)
            for child in node.values():
                self._collect(child, needed)

    def property_path(
        self, schema: Mapping[str, Any], instance_path: Sequence[str | int]
    ) -> Iterator[Mapping[str, Any]]:
        """The subschemas that an instance path leads through, outermost first, for vendor keys."""
        node, _ = self._document.deref(schema, ())
        yield node
        for key in instance_path:
            child = (
                node.get("items") if isinstance(key, int) else node.get("properties", {}).get(key)
            )
            if child is None:
                return
            yield child
            node, _ = self._document.deref(child, ())
            yield node


def rewrite(schema: Any) -> Any:
    """An OpenAPI 3.0 schema object as JSON Schema 2020-12; booleans are passed through."""
    if not isinstance(schema, Mapping):
        return schema
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}
    result: dict[str, Any] = {
        key: value
        for key, value in schema.items()
        if key not in _DROPPED and not key.startswith("x-")
    }
    if schema.get("nullable") and "type" in schema:
        result["type"] = [schema["type"], "null"]
        if "enum" in schema and None not in schema["enum"]:
            result["enum"] = [*schema["enum"], None]
    for bound in ("Minimum", "Maximum"):
        if result.get(f"exclusive{bound}") is True:
            result[f"exclusive{bound}"] = result.pop(bound.lower())
        elif result.get(f"exclusive{bound}") is False:
            del result[f"exclusive{bound}"]
    if result.get("pattern") == _WITHOUT_NUL and "not" not in result:
        # The same at a glance: the anchored pattern takes 2 ns a character, and so holds up the
        # event loop for a millisecond in a page of long messages.
        del result["pattern"]
        result["not"] = {"type": "string", "pattern": r"\x00"}
    for key in _SCHEMA_LISTS:
        if key in result:
            result[key] = [rewrite(child) for child in result[key]]
    for key in ("items", "not", "additionalProperties"):
        if key in result:
            result[key] = rewrite(result[key])
    if "properties" in result:
        result["properties"] = {
            name: rewrite(child) for name, child in result["properties"].items()
        }
    return result


def first_error(
    validator: jsonschema_rs.Draft202012Validator, value: Any
) -> jsonschema_rs.ValidationError | None:
    """The first thing that is wrong with a value, or ``None``.

    ``iter_errors`` finds every error before it gives the first one: for a body of two megabytes
    that is a gigabyte and many seconds.
    """
    try:
        validator.validate(value)
    except jsonschema_rs.ValidationError as error:
        return error
    return None


def explain(error: jsonschema_rs.ValidationError) -> tuple[list[str | int], str]:
    """Where a validation error is (a path into the instance) and what it says, without the whole
    value that the client sent."""
    path = list(error.instance_path)
    kind: Any = error.kind
    match kind.name:
        case "required":
            return [*path, kind.property], "the field is required"
        case "additionalProperties":
            return [*path, str(kind.unexpected[0])[:MAX_ECHO]], "the field is not known here"
        case "type":
            names = [_TYPE_NAMES.get(name, name) for name in kind.types]
            return path, f"the value must be {' or '.join(names)}"
        case "maxLength":
            return path, f"the value is longer than {kind.limit} characters"
        case "minLength":
            return path, f"the value is shorter than {kind.limit} characters"
        case "pattern":
            return path, _explain_pattern(error.instance, kind.pattern)
        case "format":
            return path, f"the value is not a valid {kind.format}"
        case "minItems":
            return path, f"the array has fewer than {kind.limit} items"
        case "maxItems":
            return path, f"the array has more than {kind.limit} items"
        case "uniqueItems":
            return path, "the array repeats an item"
        case "minProperties":
            return path, f"the object has fewer than {kind.limit} fields"
        case "oneOf" | "anyOf":
            return path, "the value matches none of the allowed forms"
    message = str(error.message)
    return path, message if len(message) <= 2 * MAX_ECHO else f"{message[: 2 * MAX_ECHO]}…"


def _explain_pattern(value: Any, pattern: str) -> str:
    """What a text that does not match lacks, in words where there are some."""
    if isinstance(value, str):
        if not value.strip():
            return "the value is blank"
        if _CONTROL.search(value):
            return "the value has a control character"
    return f"the value does not match the pattern {pattern}"


def component_name(schema: Mapping[str, Any]) -> str | None:
    """The name of the component that a schema refers to, if it is a reference."""
    reference = schema.get("$ref")
    pointer: Pointer | None = pointer_of(reference) if isinstance(reference, str) else None
    return pointer[-1] if pointer else None
