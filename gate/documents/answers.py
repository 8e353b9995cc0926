"""What a document shows as an answer, against what was answered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from palaver.contract.document import Document, Operation
from palaver.contract.schemas import SchemaCompiler, explain

_LONG_ENOUGH = 8
"""Shorter strings are no ids, and may stand elsewhere for something else."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A JSON body that came back, of which operation, and with which status if that is known."""

    body: Any
    operation: Operation | None
    status: int | None = None


class Shapes:
    """Compares shown answers with given ones and with the schemas of one contract."""

    def __init__(self, document: Document) -> None:
        self._compiler = SchemaCompiler(document)

    def complaints(self, shown: Any, answer: Answer) -> Iterator[str]:
        """What about a shown body is not as it is answered."""
        yield from _differences(shown, answer.body, "")
        if answer.operation is None:
            return
        broken = []
        for status, response in answer.operation.responses.items():
            if answer.status not in (None, int(status)):
                continue
            for media_type, media in response.get("content", {}).items():
                if not media_type.endswith("json"):
                    continue
                validator = self._compiler.compile(media["schema"])
                if validator.is_valid(shown):
                    return
                if validator.is_valid(answer.body):
                    path, message = explain(next(iter(validator.iter_errors(shown))))
                    broken.append(f"/{'/'.join(map(str, path))}: {message}")
        if broken:
            name = answer.operation.operation_id
            yield f"the contract does not allow it for {name}: {broken[0]}"


def last_json(output: str) -> Any:
    """The last JSON object or array in a program's output. Raises ``ValueError``."""
    decoder = json.JSONDecoder()
    found: list[Any] = []
    position = 0
    while position < len(output):
        if output[position] in "{[":
            try:
                value, position = decoder.raw_decode(output, position)
            except ValueError:
                position += 1
            else:
                found.append(value)
        else:
            position += 1
    if not found:
        raise ValueError("there is no JSON in what came before")
    return found[-1]


def replacements(shown: Any, given: Any) -> Iterator[tuple[str, str]]:
    """Strings that a document shows, such as ids, each with what stood in its place.

    Whoever follows the document puts in what they were answered, too.
    """
    if isinstance(shown, dict) and isinstance(given, dict):
        for key in shown.keys() & given.keys():
            yield from replacements(shown[key], given[key])
    elif isinstance(shown, list) and isinstance(given, list):
        for left, right in zip(shown, given, strict=False):
            yield from replacements(left, right)
    elif isinstance(shown, str) and isinstance(given, str):
        is_id = len(shown) >= _LONG_ENOUGH and " " not in shown
        if is_id and shown != given:
            yield shown, given


def _differences(shown: Any, given: Any, where: str) -> Iterator[str]:
    """Where two values differ in keys or types; the values may differ."""
    place = where or "/"
    if isinstance(shown, dict) and isinstance(given, dict):
        for key in shown.keys() - given.keys():
            yield f"{place} has no {key!r} in the answer"
        for key in given.keys() - shown.keys():
            yield f"{place} has {key!r} in the answer, and the document leaves it out"
        for key in shown.keys() & given.keys():
            yield from _differences(shown[key], given[key], f"{where}/{key}")
    elif isinstance(shown, list) and isinstance(given, list):
        if bool(shown) != bool(given):
            yield f"{place} has {len(given)} items in the answer, and {len(shown)} in the document"
        elif shown:
            for index, item in enumerate(shown):
                yield from _differences(item, given[min(index, len(given) - 1)], f"{where}/{index}")
    elif _kind(shown) != _kind(given):
        yield f"{place} is {_kind(given)} in the answer, and {_kind(shown)} in the document"


def _kind(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "an array"
    return "an object"
