"""Drifts of the store: what was answered is not quite what was kept."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

from gate.mutants.messages import Answer
from gate.mutants.operators import Place, Scene, Sites, StoredValue, live, when
from gate.mutants.places import Schema, body_fields, body_schema, is_open_text, properties
from gate.operations import answer_schema, body_entry, creates, is_safe, picture_fields
from palaver.contract.document import Operation

_MICROS = 1_000_000_000_000_000
"""Stored numbers beyond this are moments, in microseconds."""


def _stores(operation: Operation) -> bool:
    """Whether an operation stores what it is given."""
    given = operation.request_body is not None or any(
        p.location == "query" for p in operation.parameters
    )
    # A delete stores nothing, nor does what makes a file of what there is.
    keeps = "x-list" not in operation.raw and not is_safe(operation)
    return operation.method in ("post", "put", "patch") and given and keeps


def _stored(name: str, description: str, change: StoredValue, sites: Sites | None = None) -> None:
    async def behave(scene: Scene) -> Answer:
        with scene.world.storing(change):
            return await scene.serve(scene.call)

    behave.__doc__ = description
    live("storage", name, sites or when(_stores))(behave)


def _on_text(change: Callable[[str], str]) -> StoredValue:
    def changed(_table: str, column: str, value: Any) -> Any:
        # Ids and keys are looked up again by the server itself.
        named = column.endswith("_id") or column in ("key", "fingerprint")
        is_text = isinstance(value, str) and not named and value[:1] not in "[{"
        return change(value) if is_text and value else value

    return changed


def _names_of(place: Place, kind: str) -> list[str]:
    """The fields of a type that an operation stores."""
    schemas = dict(body_fields(place))
    schemas |= {p.name: p.schema for p in place.operation.parameters if p.location == "query"}
    found = [name for name, schema in schemas.items() if schema.get("type") == kind]
    return found if _stores(place.operation) else []


def _stores_texts(place: Place) -> Sequence[str]:
    """Operations that store a text of the client's, or store it anew with what is beside it.

    A file has a name, but for an image, of which nothing is kept but its pixels.
    """
    operation = place.operation
    pictures = picture_fields(place.document, operation)
    schema = place.document.deref(body_entry(operation).get("schema", {}), ())[0]
    given = [
        place.document.deref(child, ())[0]
        for name, child in schema.get("properties", {}).items()
        if name not in pictures
    ]
    given += [p.schema for p in operation.parameters if p.location == "query"]
    texts = any(map(_may_have_text, given)) or schema.get("type") == "array"
    # A change of one version to the next stores the whole of the next.
    anew = "412" in operation.responses
    return [""] if _stores(operation) and (texts or anew) else []


def _may_have_text(schema: Schema) -> bool:
    closed = schema.get("type") in ("integer", "number", "boolean") or "enum" in schema
    return not closed and schema.get("format") not in ("uuid", "date-time")


def _shows_moments(place: Place) -> Sequence[str]:
    """Operations that store something whose moments they answer with, or its readers do."""
    document = place.document
    targets = {
        link.get("operationId")
        for status in place.operation.success_statuses
        for link in place.operation.responses[str(status)].get("links", {}).values()
    }
    shown = [place.operation, *(o for o in document.operations if o.operation_id in targets)]
    schemas = [
        schema
        for each in shown
        for _, schema, _ in properties(document, answer_schema(document, each))
    ]
    told = any(schema.get("format") == "date-time" for schema in schemas)
    return [""] if _stores(place.operation) and told else []


def _is_moment(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > _MICROS


_stored(
    "stored-cut",
    "Texts are stored up to 100 characters.",
    _on_text(lambda t: t[:100]),
    _stores_texts,
)
_stored(
    "stored-normalised",
    "Texts are stored in another Unicode normal form.",
    _on_text(lambda t: unicodedata.normalize("NFD", t)),
    _stores_texts,
)
_stored(
    "stored-trimmed",
    "Texts are stored without the space around them.",
    _on_text(str.strip),
    _stores_texts,
)
_stored("stored-folded", "Texts are stored in lower case.", _on_text(str.lower), _stores_texts)
_stored(
    "stored-three-bytes",
    "Characters beyond the basic plane are stored as question marks.",
    _on_text(lambda t: "".join("?" if ord(c) > 0xFFFF else c for c in t)),
    _stores_texts,
)
_stored(
    "stored-clock-stands",
    "Moments are stored as one that never changes.",
    lambda _t, _c, value: 1_767_225_600_000_000 if _is_moment(value) else value,
)
_stored(
    "stored-clock-late",
    "Moments are stored an hour late.",
    lambda _t, _c, value: value + 3_600_000_000 if _is_moment(value) else value,
    _shows_moments,
)


@live("storage", "stored-flags-off", lambda place: _names_of(place, "boolean"))
async def stored_flags_off(scene: Scene) -> Answer:
    """A boolean is stored as false."""

    def change(_table: str, column: str, value: Any) -> Any:
        return False if column == scene.place.site else value

    with scene.world.storing(change):
        return await scene.serve(scene.call)


def _takes_null(place: Place) -> Sequence[str]:
    fields = body_fields(place)
    found = [name for name, schema in fields.items() if schema.get("nullable")]
    # Ids that are null are looked up by nobody; texts that are null are read as they are.
    texts = [name for name in found if is_open_text(fields[name]) and not name.endswith("_id")]
    return [""] if _stores(place.operation) and texts else []


_stored(
    "stored-null-as-empty",
    "Null is stored as an empty text.",
    lambda _t, column, value: "" if value is None and not column.endswith("_id") else value,
    _takes_null,
)


def _counts(operation: Operation) -> bool:
    """Whether it appends; a change of one version to the next counts nothing."""
    appends = operation.method == "post" and not creates(operation)
    return appends and "412" not in operation.responses and _stores(operation)


_stored(
    "stored-place-off",
    "The place of an appended item is one too high.",
    lambda _t, column, value: value + 1 if column == "seq" else value,
    when(_counts),
)
_stored(
    "stored-count-off",
    "The count is not raised.",
    lambda _t, column, value: 0 if column.endswith("count") else value,
    when(_counts),
)
_stored(
    "stored-small-numbers",
    "Numbers are stored as if they had seven bits.",
    lambda _t, _c, value: (
        min(value, 63)
        if isinstance(value, int) and not isinstance(value, bool) and not _is_moment(value)
        else value
    ),
    lambda place: _names_of(place, "integer")[:1] and [""],
)


def _sorted_list(_table: str, _column: str, value: Any) -> Any:
    if not isinstance(value, str) or not value.startswith("["):
        return value
    items = json.loads(value)
    return json.dumps(sorted(items), ensure_ascii=False)


def _stores_list(place: Place) -> Sequence[str]:
    is_list = (body_schema(place) or {}).get("type") == "array"
    return [""] if _stores(place.operation) and is_list else []


_stored("stored-sorted", "A list is stored in another order.", _sorted_list, _stores_list)
