"""Values for a schema: distinct ones that can be recognised when they are read back."""

from __future__ import annotations

import itertools
import json
import re
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import jsonschema_rs
from hypothesis import HealthCheck, find, settings
from hypothesis.strategies import from_regex

from gate.forms import File
from gate.operations import body_entry, picture_fields
from gate.pictures import picture
from palaver.contract.document import Document
from palaver.contract.schemas import SchemaCompiler

Path = tuple[str | int, ...]


class Values:
    """Makes values for the schemas of one contract; no two of a kind are alike."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._compiler = SchemaCompiler(document)
        self._numbers = itertools.count(1)
        # Distinct from what an earlier run left behind in the same store.
        self._mark = uuid.uuid4().hex[:8]
        self._pictures = {
            id(document.deref(self._properties(body_entry(each)["schema"])[name], ())[0])
            for each in document.operations
            for name in picture_fields(document, each)
        }

    def validator(self, schema: Mapping[str, Any]) -> jsonschema_rs.Draft202012Validator:
        """A validator of a schema of the contract."""
        return self._compiler.compile(schema)

    def fresh(self, schema: Mapping[str, Any], *, longest: bool = False) -> Any:
        """A valid value that was not used before, where the schema has enough of them.

        Objects get all their properties, arrays two items (or as many as they must have). With
        ``longest``, strings are as long as they may be.
        """
        found, _ = self._document.deref(schema, ())
        if "oneOf" in found:
            values = [self.fresh(each, longest=longest) for each in self.members(found)]
            # Each in turn.
            return max(values, key=_size) if longest else values[next(self._numbers) % len(values)]
        if self.is_picture(found):
            number = next(self._numbers)
            return File(f"{number}x{self._mark}.png", picture(number))
        if "enum" in found:
            others = [v for v in found["enum"] if v != found.get("default")]
            return (others or found["enum"])[next(self._numbers) % max(1, len(others))]
        match found.get("type"):
            case "object":
                return {
                    name: self.fresh(child, longest=longest)
                    for name, child in found.get("properties", {}).items()
                }
            case "array":
                size = min(max(2, found.get("minItems", 0)), found.get("maxItems", 2))
                # The last one first, so that a list that was sorted shows.
                return [self.fresh(found["items"], longest=longest) for _ in range(size)][::-1]
            case "integer":
                low = found.get("minimum", 0)
                high = found.get("maximum", low + 1_000_000)
                if longest:
                    return high
                number = low + 1 + next(self._numbers) % max(1, high - low)
                return number if number != found.get("default") else max(low, number - 1)
            case "number":
                return found.get("minimum", 0) + next(self._numbers) / 8
            case "boolean":
                return not found.get("default", False)
            case "string":
                return self._string(found, longest)
        return {}

    def members(self, schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """The schemas of a ``oneOf``, but for those of what has to name something by its id."""
        members: list[Mapping[str, Any]] = list(schema["oneOf"])
        free = [m for m in members if not any(n.endswith("_id") for n in self._properties(m))]
        return free or members

    def _properties(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._document.deref(schema, ())[0].get("properties", {})
        return found

    def is_picture(self, schema: Mapping[str, Any]) -> bool:
        """Whether a schema of the contract is that of an image file in a form."""
        return id(schema) in self._pictures

    def unlikely(self, schema: Mapping[str, Any]) -> Any:
        """A valid value that names nothing: new text, or a number at the far end."""
        found, _ = self._document.deref(schema, ())
        if found.get("type") == "integer" and "maximum" in found:
            return found["maximum"] - next(self._numbers) % 1000
        return self.fresh(schema)

    def _string(self, schema: Mapping[str, Any], longest: bool) -> str:
        number = next(self._numbers)
        match schema.get("format"):
            case "uuid":
                return str(uuid.uuid4())
            case "date-time":
                moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number)
                return moment.isoformat().replace("+00:00", "Z")
        most = schema.get("maxLength", 64)
        validator = self.validator(schema)
        literal = re.match(r"\^(\w*)", schema.get("pattern", ""))
        # Characters of two, three and four bytes, wherever they are allowed; else digits alone, or
        # behind what a pattern begins with.
        for whole, filler in (
            (f"v{number}x{self._mark}É漢🙂", "y"),
            (f"v{number}x{self._mark}", "y"),
            (f"{number}{int(self._mark, 16)}", "7"),
            (f"{literal[1] if literal else ''}{number + 1}", "7"),
        ):
            text = whole[:most]
            target = most if longest else max(schema.get("minLength", 0), min(len(text), most))
            text = text.ljust(target, filler)
            if validator.is_valid(text):
                return text
        if "pattern" in schema:
            found: str = find(
                from_regex(schema["pattern"]),
                lambda candidate: validator.is_valid(candidate),
                settings=settings(database=None, suppress_health_check=list(HealthCheck)),
            )
            return found
        return text


def _size(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False))


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every scalar of a JSON value with its path."""
    if isinstance(value, dict):
        for key, child in value.items():
            yield from leaves(child, (*path, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from leaves(child, (*path, index))
    else:
        yield path, value


def holds(value: Any, wanted: Any) -> bool:
    """Whether a JSON value has the wanted scalar, or every scalar of the wanted one, somewhere."""
    present = [leaf for _, leaf in leaves(value)]
    return all(
        any(type(leaf) is type(each) and leaf == each for leaf in present)
        for _, each in leaves(wanted)
    )
