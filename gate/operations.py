"""What an operation does, read off the contract: what it creates, lists and takes, and for whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from palaver.contract.document import Document, Operation

FORM = "multipart/form-data"
NEXT = "/next_cursor"
"""Where the next page's cursor stands, unless ``x-list`` says otherwise."""


def creates(operation: Operation) -> bool:
    """Whether a success has made something new, or begun to and says where it can be read."""
    begun = "Location" in operation.responses.get("202", {}).get("headers", {})
    return operation.method == "post" and (begun or "201" in operation.responses)


def takes_names(operation: Operation) -> bool:
    """Whether a create can be refused because what it makes is there already."""
    codes = operation.responses.get("409", {}).get("x-errors", {})
    return creates(operation) and any(code.endswith("_exists") for code in codes)


def puts(operation: Operation) -> bool:
    """Whether it stores something under whatever id its path has, be it new or not."""
    return operation.method == "put" and "404" not in operation.responses


def list_of(document: Document, operation: Operation) -> Mapping[str, Any] | None:
    """``x-list``, or what it would be of an answer that is an array as a whole."""
    found: Mapping[str, Any] | None = operation.raw.get("x-list")
    if found is not None or operation.method != "get":
        return found
    return {"items": ""} if answer_schema(document, operation).get("type") == "array" else None


def next_of(operation: Operation) -> str:
    """The pointer to the next page's cursor in a page of a list."""
    return str(operation.raw.get("x-list", {}).get("next", NEXT))


def answer_schema(document: Document, operation: Operation) -> Mapping[str, Any]:
    """The schema of the JSON that the first success answers with; empty where it is none."""
    response = operation.responses[str(operation.success_statuses[0])]
    content = response.get("content", {}).get("application/json", {})
    return document.deref(content.get("schema", {}), ())[0]


def body_type(operation: Operation) -> str:
    """The media type of the body; empty where it takes none."""
    return next(iter((operation.request_body or {}).get("content", {})), "")


def body_entry(operation: Operation) -> Mapping[str, Any]:
    """What the contract says of the body, in its one media type."""
    content = (operation.request_body or {}).get("content", {})
    found: Mapping[str, Any] = content.get(body_type(operation), {})
    return found


def takes_form(operation: Operation) -> bool:
    """Whether the body is a form, which may have files."""
    return body_type(operation) == FORM


def is_file(schema: Mapping[str, Any]) -> bool:
    """Whether a field of a form is a file."""
    return schema.get("format") == "binary"


def file_fields(document: Document, operation: Operation) -> frozenset[str]:
    """The fields of the body that are files."""
    if not takes_form(operation):
        return frozenset()
    schema, _ = document.deref(body_entry(operation)["schema"], ())
    found = {name: document.deref(child, ())[0] for name, child in schema["properties"].items()}
    return frozenset(name for name, child in found.items() if is_file(child))


def picture_fields(document: Document, operation: Operation) -> frozenset[str]:
    """The fields of the body that are image files, as its ``encoding`` says."""
    encoding = body_entry(operation).get("encoding", {})
    return frozenset(
        name
        for name in file_fields(document, operation)
        if str(encoding.get(name, {}).get("contentType", "")).startswith("image/")
    )


def is_safe(operation: Operation) -> bool:
    """Whether it only makes a file of what there is, whatever its method."""
    contents = [operation.responses[str(s)].get("content", {}) for s in operation.success_statuses]
    entries = [entry for content in contents for entry in content.values()]
    files = bool(entries) and all(is_file(entry.get("schema", {})) for entry in entries)
    return operation.method == "get" or (files and operation.request_body is None)


def schemes_of(document: Document, operation: Operation) -> list[str]:
    """The schemes by which a caller may authenticate, such as ``bearer``, in their order."""
    known = document.tree.get("components", {}).get("securitySchemes", {})
    names = [name for requirement in operation.security for name in requirement]
    found = [str(known[name].get("scheme", "")).lower() for name in names if name in known]
    return list(dict.fromkeys(found))


def is_kept(document: Document, operation: Operation) -> bool:
    """Whether it changes what belongs to nobody: of tokens, only an administrator's will do."""
    return "basic" in schemes_of(document, operation) and "403" in operation.responses


def has_owner(document: Document, operation: Operation) -> bool:
    """Whether one user's token may be refused what another's is for."""
    if "bearer" not in schemes_of(document, operation) or is_kept(document, operation):
        return False
    codes = operation.responses.get("404", {}).get("x-errors", {})
    return "403" in operation.responses or any(code.endswith("_forbidden") for code in codes)
