"""How TypeScript is written down: names, literals, comments and the types of schemas."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from codegen.models import GeneratorError
from palaver.contract.document import pointer_of

_IDENTIFIER = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_SCALARS = {
    "string": "string",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
}
_WIDTH = 100
OPEN = "x-open"
"""Marks an enumeration that may come to have other values: holds the type that they will have."""
_JOINTS = {"oneOf": " | ", "anyOf": " | ", "allOf": " & "}


def camel_case(operation_id: str) -> str:
    """``create_session`` gives ``createSession``."""
    first, *others = operation_id.split("_")
    return first + "".join(word.capitalize() for word in others)


def pascal_case(operation_id: str) -> str:
    """``create_session`` gives ``CreateSession``."""
    return "".join(word.capitalize() for word in operation_id.split("_"))


def literal(value: Any) -> str:
    """A JSON value as TypeScript, on one line; keys are quoted only where they must be."""
    if isinstance(value, Mapping):
        members = ", ".join(f"{key(name)}: {literal(each)}" for name, each in value.items())
        return f"{{ {members} }}" if members else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(literal(each) for each in value)}]"
    return json.dumps(value, ensure_ascii=False)


def key(name: str) -> str:
    """A name as the key of an object."""
    return name if _IDENTIFIER.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def comment(paragraphs: Iterable[str], indent: str = "") -> str:
    """A documentation comment; empty where there is nothing to say."""
    text = "\n\n".join(part.strip() for part in paragraphs if part and part.strip())
    if not text:
        return ""
    # A comment must not end early.
    lines = text.replace("*/", "*\u200b/").splitlines()
    if len(lines) == 1 and len(indent) + len(lines[0]) + 7 <= _WIDTH:
        return f"{indent}/** {lines[0]} */\n"
    body = "".join(f"{indent} * {line}".rstrip() + "\n" for line in lines)
    return f"{indent}/**\n{body}{indent} */\n"


def type_of(schema: Mapping[str, Any], indent: str = "") -> str:
    """The type of a schema; a named one by its name. Raises ``GeneratorError`` where it has none.

    ``indent`` is that of the line on which the type begins.
    """
    kind = _named(schema) or _written(schema, indent)
    if OPEN in schema:
        # Editors still propose the values that are known.
        kind = f"{kind} | ({schema[OPEN]} & {{}})"
    return f"{kind} | null" if schema.get("nullable") else kind


def members(schema: Mapping[str, Any], indent: str) -> str:
    """The properties of an object, one a line."""
    required = frozenset(schema.get("required", ()))
    lines = ""
    for name, each in schema.get("properties", {}).items():
        mark = "" if name in required else "?"
        said = comment([each.get("description", "")], indent)
        lines += f"{said}{indent}{key(name)}{mark}: {type_of(each, indent)};\n"
    additional = schema.get("additionalProperties")
    if additional is True:
        lines += f"{indent}[key: string]: unknown;\n"
    elif isinstance(additional, Mapping) and schema.get("properties"):
        raise GeneratorError("an object with properties and a schema for others has no type")
    return lines


def _named(schema: Mapping[str, Any]) -> str | None:
    if "$ref" not in schema:
        return None
    pointer = pointer_of(schema["$ref"])
    if pointer is None or pointer[:2] != ("components", "schemas"):
        raise GeneratorError(f"{schema['$ref']} is not among components/schemas")
    return pointer[2]


def _written(schema: Mapping[str, Any], indent: str) -> str:
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"] if value is not None)
    for word, joint in _JOINTS.items():
        if word in schema:
            parts = [type_of(each, indent) for each in schema[word]]
            return joint.join(f"({part})" if " " in part else part for part in parts)
    kind = schema.get("type")
    if kind == "array":
        item = type_of(schema["items"], indent)
        return f"({item})[]" if " | " in item or " & " in item else f"{item}[]"
    if kind == "string" and schema.get("format") == "binary":
        return "Upload"
    if kind in _SCALARS:
        return _SCALARS[kind]
    if kind == "object" or "properties" in schema:
        return _object(schema, indent)
    return "unknown"


def _object(schema: Mapping[str, Any], indent: str) -> str:
    additional = schema.get("additionalProperties", True)
    if not schema.get("properties"):
        if additional is False:
            return "Record<string, never>"
        kind = type_of(additional, indent) if isinstance(additional, Mapping) else "unknown"
        return f"Record<string, {kind}>"
    return f"{{\n{members(schema, indent + '  ')}{indent}}}"
