"""The tables of ``AGENTS.md`` that come from the contract, between their markers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from palaver.contract.document import Document, Operation


class MarkerError(Exception):
    """``AGENTS.md`` lacks the markers of a generated table."""


def render_agents(document: Document, text: str) -> str:
    """``AGENTS.md`` with both tables made anew."""
    text = _between_markers(text, "endpoints", endpoint_table(document))
    return _between_markers(text, "errors", error_table(document))


def endpoint_table(document: Document) -> str:
    """Every operation, grouped by tag."""
    parts: list[str] = []
    for tag in document.tree["tags"]:
        operations = [item for item in document.operations if item.tag == tag["name"]]
        if not operations:
            continue
        rows = [
            [
                item.method.upper(),
                f"`{item.path}`",
                f"`{item.operation_id}`",
                item.raw["summary"],
                ", ".join(item.responses),
            ]
            for item in operations
        ]
        title = f"**`{tag['name']}`**: {' '.join(tag['description'].split())}"
        head = ["Method", "Path", "Operation", "Summary", "Statuses"]
        parts.append(f"{title}\n\n{_table(head, rows)}")
    return "\n".join(parts)


@dataclass(frozen=True)
class _Words:
    """What a client is told, on which surface and at which status."""

    surface: str
    status: str
    code: str
    words: str


def error_table(document: Document) -> str:
    """Every documented error: the domain code, its words and the operations that answer with it."""
    found: dict[_Words, list[str]] = {}
    surfaces: dict[str, list[str]] = {}
    for operation in document.operations:
        surface = _surface(document, operation)
        surfaces.setdefault(surface, []).append(operation.operation_id)
        for status, code, words in _errors(document, operation):
            users = found.setdefault(_Words(surface, status, code, words), [])
            if operation.operation_id not in users:
                users.append(operation.operation_id)
    rows = [
        [
            f"`{error.surface}`",
            error.status,
            f"`{error.code}`",
            error.words,
            _operations(users, surfaces[error.surface]),
        ]
        for error, users in sorted(
            found.items(), key=lambda item: (list(surfaces).index(item[0].surface), item[0].status)
        )
    ]
    return _table(["Surface", "Status", "Error", "Words", "Operations"], rows)


def _errors(document: Document, operation: Operation) -> Iterator[tuple[str, str, str]]:
    for status, response in operation.responses.items():
        for code, words in response.get("x-errors", {}).items():
            yield status, code, _words(words)
    for name, words in _request_errors(document, operation):
        yield "400", f"{words.get('when', 'invalid')} {name}", _words(words)


def _request_errors(
    document: Document, operation: Operation
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for parameter in operation.parameters:
        if "x-error" in parameter.raw:
            yield parameter.name, parameter.raw["x-error"]
    body = operation.request_body
    if body is None:
        return
    if "x-error" in body:
        yield "body", body["x-error"]
    for media in body["content"].values():
        schema, _ = document.deref(media["schema"], ())
        for name, reference in schema.get("properties", {}).items():
            child, _ = document.deref(reference, ())
            if "x-error" in child:
                yield name, child["x-error"]


def _words(words: Mapping[str, Any]) -> str:
    if "message" not in words:
        return str(words.get("title") or words["error"])
    return f"{words['message']} (`{words['error']}`)"


def _operations(users: list[str], everyone: list[str]) -> str:
    if users == everyone:
        return "all"
    missing = [name for name in everyone if name not in users]
    if len(missing) < len(users) and len(missing) <= 3:
        return "all but " + ", ".join(f"`{name}`" for name in missing)
    return ", ".join(f"`{name}`" for name in users)


def _surface(document: Document, operation: Operation) -> str:
    prefixes = [item["prefix"] for item in document.tree.get("x-error-surfaces", [])]
    matching = [prefix for prefix in prefixes if operation.path.startswith(prefix)]
    return max(matching, key=len, default="/")


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |\n" for row in lines
    )


def _between_markers(text: str, name: str, table: str) -> str:
    start, end = f"<!-- generated:{name} -->", f"<!-- /generated:{name} -->"
    before, found_start, rest = text.partition(start)
    _, found_end, after = rest.partition(end)
    if not (found_start and found_end):
        raise MarkerError(f"AGENTS.md has no {start} … {end}")
    return f"{before}{start}\n\n{table}\n{end}{after}"
