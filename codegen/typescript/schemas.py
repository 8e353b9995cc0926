"""``schemas.ts``: every schema of the contract as a type of the same name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from codegen.models import GeneratorError
from palaver.contract.document import Document

from .opening import opened_schemas
from .writing import comment, members, type_of

_TAKEN = frozenset(
    {
        # Types of the language that the generated files use.
        "Array", "Call", "Download", "Error", "EventStream", "PagedCall", "Palaver", "Promise",
        "Record", "Upload",
    }
)  # fmt: skip


def render_schemas(document: Document) -> str:
    """The module's text. Raises ``GeneratorError`` where a name is taken."""
    schemas = opened_schemas(document)
    taken = sorted(_TAKEN & set(schemas))
    if taken:
        raise GeneratorError(f"the TypeScript client has a {taken[0]} of its own")
    parts = [_declaration(name, schema) for name, schema in schemas.items()]
    imports = 'import type { Upload } from "../uploads.ts";\n\n' if _has_files(schemas) else ""
    return f"\n{imports}" + "\n".join(parts)


def _declaration(name: str, schema: Mapping[str, Any]) -> str:
    said = comment([schema.get("description", "")])
    is_object = "properties" in schema and not schema.keys() & {"allOf", "anyOf", "oneOf"}
    if is_object and not schema.get("nullable"):
        return f"{said}export interface {name} {{\n{members(schema, '  ')}}}\n"
    return f"{said}export type {name} = {type_of(schema)};\n"


def _has_files(node: Any) -> bool:
    return any(each.get("format") == "binary" for each in _schemas(node))


def _schemas(node: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(node, list):
        for each in node:
            yield from _schemas(each)
    elif isinstance(node, Mapping):
        yield node
        for each in node.values():
            yield from _schemas(each)
