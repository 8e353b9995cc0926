"""``operations.ts``: each operation as the client needs it to make the request."""

from __future__ import annotations

from typing import Any

from codegen.models import GeneratorError
from palaver.contract.document import Document

from .shapes import Shape, is_value, shapes
from .writing import camel_case, key, literal

_SCHEMES = ("basic", "bearer")


def render_table(document: Document) -> str:
    """The module's text. Raises ``GeneratorError`` for a security scheme that is not HTTP's."""
    version = document.tree["info"]["version"]
    rows = "".join(
        f"  {key(camel_case(shape.operation.operation_id))}: {literal(_row(shape))},\n"
        for shape in shapes(document)
    )
    return (
        '\nimport type { Operation } from "../operation.ts";\n\n'
        "/** The version of the contract. */\n"
        f"export const CONTRACT_VERSION = {literal(version)};\n\n"
        "/** Every operation by the name of its method. */\n"
        f"export const operations: Record<string, Operation> = {{\n{rows}}};\n"
    )


def _row(shape: Shape) -> dict[str, Any]:
    operation = shape.operation
    row: dict[str, Any] = {"method": operation.method.upper(), "path": operation.path}
    query = [name for name, each in shape.parameters if each.location == "query"]
    header = {name: each.name for name, each in shape.parameters if each.location == "header"}
    if query:
        row["query"] = query
    if header:
        row["header"] = header
    if shape.body is not None:
        row["body"] = shape.body[0]
    if shape.has_key:
        row["key"] = True
    auth = _auth(shape)
    if auth:
        row["auth"] = auth
    if shape.choices:
        row["accept"] = next(iter(shape.choices.values()))
    files = [name for name, media in shape.values.items() if not is_value(name, media)]
    if files:
        row["file"] = files
        if len(files) < len(shape.values):
            row["value"] = True
    if shape.paging is not None:
        row["list"] = _list(shape)
    if shape.events is not None:
        row["events"] = _events(shape)
    return row


def _auth(shape: Shape) -> list[str]:
    declared = shape.document.tree.get("components", {}).get("securitySchemes", {})
    found: list[str] = []
    for requirement in shape.operation.security:
        for name in requirement:
            scheme = declared[name]
            if scheme.get("type") == "apiKey" and scheme.get("in") == "cookie":
                # Browsers send it by themselves, and nobody else has it.
                continue
            kind = str(scheme.get("scheme", "")).lower()
            if scheme.get("type") != "http" or kind not in _SCHEMES:
                raise GeneratorError(f"the TypeScript client does not know how to send {name}")
            found.append(kind)
    return list(dict.fromkeys(found))


def _list(shape: Shape) -> dict[str, Any]:
    said = shape.operation.raw["x-list"]
    row: dict[str, Any] = {"by": shape.paging, "items": said["items"]}
    if shape.next_cursor is not None:
        row["next"] = shape.next_cursor
    if shape.paging == "skip":
        if shape.limit is not None:
            row["limit"] = shape.limit
        if "total" in said:
            row["total"] = said["total"]
        if "key" in said:
            row["key"] = said["key"]
        if said.get("from") == "end":
            row["fromEnd"] = True
    return row


def _events(shape: Shape) -> dict[str, Any]:
    assert shape.events is not None
    schema, _ = shape.document.deref(shape.events["schema"], ())
    row: dict[str, Any] = {
        "last": shape.events["x-events"]["last"],
        "types": list(schema["discriminator"]["mapping"]),
    }
    if shape.resumption is not None:
        target, places = shape.resumption
        row["resume"] = {
            "operation": camel_case(target.operation_id),
            "after": shape.after,
            "arguments": places,
        }
    return row
