"""What an answer says: its values, each with the schema that the contract gives it.

JSON is one value; a stream is one for each event.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gate.sse import parse_stream
from gate.wire import ABSENT, Exchange
from palaver.contract.document import Document, Operation, pointer_of

EVENT_STREAM = "text/event-stream"
Schema = Mapping[str, Any]


class Schemas:
    """The schemas of a document without references, each looked up once."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._known: dict[str, Schema] = {}

    def of(self, schema: Schema) -> Schema:
        """A schema that is no reference."""
        reference = schema.get("$ref")
        if reference is None:
            return schema
        found = self._known.get(reference)
        if found is None:
            found = self._known[reference] = self._document.deref(schema, ())[0]
        return found


def media_type(exchange: Exchange) -> str:
    """The media type of an answer, without parameters; empty where it has none."""
    return exchange.headers.get("content-type", "").split(";")[0].strip().lower()


def entry_of(exchange: Exchange) -> Mapping[str, Any]:
    """What the contract says of the answer's media type; empty where it says nothing."""
    response = exchange.request.operation.responses.get(str(exchange.status), {})
    entry: Mapping[str, Any] = response.get("content", {}).get(media_type(exchange), {})
    return entry


def values_of(exchange: Exchange) -> Iterator[tuple[Schema, Any]]:
    """The values of an answer, each with its schema; none where the contract has none for it."""
    schema = entry_of(exchange).get("schema")
    if schema is None:
        return
    if media_type(exchange) == EVENT_STREAM:
        for event in parse_stream(exchange.content).events:
            try:
                yield schema, json.loads(event.data)
            except ValueError:
                # Conformance says so.
                continue
    elif exchange.json is not ABSENT:
        yield schema, exchange.json


def branches(document: Document, schema: Schema) -> Mapping[str, Schema]:
    """The schemas that a ``oneOf`` chooses among, by the value of its discriminator."""
    found, _ = document.deref(schema, ())
    mapping = found.get("discriminator", {}).get("mapping", {})
    return {value: {"$ref": reference} for value, reference in mapping.items()}


def branch(document: Document, schema: Schema, value: Any) -> Schema:
    """The schema of a value: the one of its type, where a discriminator chooses."""
    if not isinstance(value, dict):
        return schema
    found, _ = document.deref(schema, ())
    name = found.get("discriminator", {}).get("propertyName")
    if name is None:
        return schema
    return branches(document, schema).get(str(value.get(name)), schema)


@dataclass(frozen=True, slots=True)
class EventRules:
    """``x-events`` of a media type: which types begin, continue and end a message, and the stream.

    ``after`` is the header that says which event was the last that the client has seen.
    """

    schema: Schema
    kind: str
    """The property that names an event's type."""
    last: str
    begins: str
    part: str
    ends: str
    after: str | None
    key: str
    """The property by which events of a message name it."""
    text: str
    """The property of a part that holds its text."""
    pieces: Mapping[str, tuple[str, str]]
    """The types of events that tell, beside its text, what is in a message: the property that holds
    such a piece, and the message's property that lists them."""


def event_rules(document: Document, operation: Operation, status: int | str) -> EventRules | None:
    """The rules for the events of a status, ``None`` where it has no documented ones."""
    entry = operation.responses.get(str(status), {}).get("content", {}).get(EVENT_STREAM, {})
    raw = entry.get("x-events")
    if raw is None:
        return None
    schema = entry["schema"]
    found, _ = document.deref(schema, ())
    kind = found.get("discriminator", {}).get("propertyName", "type")
    known = {
        name: document.deref(each, ())[0].get("properties", {})
        for name, each in branches(document, schema).items()
    }
    part, begins = known.get(raw["part"], {}), known.get(raw["begins"], {})
    keys = [name for name in part if name in begins and name != kind]
    key = keys[0] if keys else ""
    texts = [name for name in part if name not in (kind, key)]
    return EventRules(
        schema=schema,
        kind=kind,
        last=raw["last"],
        begins=raw["begins"],
        part=raw["part"],
        ends=raw["ends"],
        after=raw.get("after"),
        key=key,
        text=texts[0] if texts else "",
        pieces=_pieces(document, known, raw["ends"], {kind, key}),
    )


def _pieces(
    document: Document, known: Mapping[str, Mapping[str, Any]], ends: str, common: set[str]
) -> dict[str, tuple[str, str]]:
    """The events with a property whose schema is that of the items of a list in a message."""
    listed: dict[str, str] = {}
    for child in known.get(ends, {}).values():
        for name, each in document.deref(child, ())[0].get("properties", {}).items():
            items = document.deref(each, ())[0].get("items", {})
            if "$ref" in items:
                listed[items["$ref"]] = name
    return {
        kind: (name, listed[child["$ref"]])
        for kind, properties in known.items()
        for name, child in properties.items()
        if kind != ends and name not in common and child.get("$ref") in listed
    }


def stream_rules(document: Document, operation: Operation) -> EventRules | None:
    """The rules for the events of an operation's success, if it answers with any."""
    found = (event_rules(document, operation, s) for s in operation.success_statuses)
    return next(filter(None, found), None)


def ended_messages(rules: EventRules, exchange: Exchange) -> list[dict[str, Any]]:
    """The messages that the events of a stream ended, in their order."""
    events = [value for _, value in values_of(exchange) if isinstance(value, dict)]
    return [
        child
        for event in events
        if event.get(rules.kind) == rules.ends
        for child in event.values()
        if isinstance(child, dict)
    ]


def reference_name(schema: Schema) -> str:
    """The name of the component that a schema refers to; empty where it stands for itself."""
    target = pointer_of(schema["$ref"]) if "$ref" in schema else None
    return target[-1] if target else ""
