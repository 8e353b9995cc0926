"""Edits of what the contract says of events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gate.answers import EVENT_STREAM, branches, stream_rules
from gate.mutants.edits import Tree, own, response_of
from gate.mutants.frames import kinds, streams
from gate.mutants.operators import Place, contract_edit


def _status(place: Place) -> str:
    """The status that has events."""
    found = place.operation.responses.items()
    return next((s for s, response in found if EVENT_STREAM in response.get("content", {})), "")


def _entry(tree: Tree, place: Place) -> Tree:
    """What the edited tree says of the operation's stream."""
    found: Tree = response_of(tree, place, _status(place))["content"][EVENT_STREAM]
    return found


def _rules(place: Place) -> Sequence[str]:
    if not streams(place):
        return []
    return list(place.operation.responses[_status(place)]["content"][EVENT_STREAM]["x-events"])


@contract_edit("says-events-otherwise", _rules)
def events_otherwise(tree: Tree, place: Place) -> None:
    """Another type of event is documented to begin, continue or end what the stream tells."""
    entry = _entry(tree, place)
    rules = entry["x-events"] = dict(entry["x-events"])
    known: Any = stream_rules(place.document, place.operation)
    others = [kind for kind in branches(place.document, known.schema) if kind != rules[place.site]]
    rules[place.site] = "X-Request-Id" if place.site == "after" else place.pick(others)


@contract_edit("says-events-no-more", streams)
def events_no_more(tree: Tree, place: Place) -> None:
    """A stream is documented without the order of its events."""
    del _entry(tree, place)["x-events"]


def _union(tree: Tree, place: Place) -> Tree:
    union = own(tree, _entry(tree, place), "schema")
    union["discriminator"] = dict(union["discriminator"])
    union["discriminator"]["mapping"] = dict(union["discriminator"]["mapping"])
    return union


@contract_edit("says-event-gone", kinds)
def event_gone(tree: Tree, place: Place) -> None:
    """A type of event that is sent is not documented."""
    union = _union(tree, place)
    reference = union["discriminator"]["mapping"].pop(place.site)
    union["oneOf"] = [each for each in union["oneOf"] if each["$ref"] != reference]


@contract_edit("says-event-added", streams)
def event_added(tree: Tree, place: Place) -> None:
    """A type of event is documented that is never sent."""
    union = _union(tree, place)
    tree["components"]["schemas"]["Thinking"] = {
        "type": "object",
        "description": "The model thinks.",
        "additionalProperties": False,
        "required": ["type"],
        "properties": {"type": {"type": "string", "enum": ["thinking"], "description": "Type."}},
    }
    reference = {"$ref": "#/components/schemas/Thinking"}
    union["oneOf"] = [*union["oneOf"], reference]
    union["discriminator"]["mapping"]["thinking"] = reference["$ref"]


def _branch(tree: Tree, place: Place) -> Tree:
    """The schema of the site's type of event, for this operation alone."""
    union = _union(tree, place)
    reference = union["discriminator"]["mapping"][place.site]
    union["oneOf"] = [dict(each) for each in union["oneOf"]]
    number = next(n for n, each in enumerate(union["oneOf"]) if each["$ref"] == reference)
    found = own(tree, union["oneOf"], number)
    union["discriminator"]["mapping"][place.site] = union["oneOf"][number]["$ref"]
    return found


@contract_edit("says-event-property-added", kinds)
def event_property_added(tree: Tree, place: Place) -> None:
    """A property of an event is documented that is never sent."""
    schema = _branch(tree, place)
    schema["properties"]["colour"] = {"type": "string", "maxLength": 20, "description": "A colour."}


@contract_edit("says-event-property-removed", kinds)
def event_property_removed(tree: Tree, place: Place) -> None:
    """A property of an event that is sent is not documented."""
    schema = _branch(tree, place)
    names = [name for name in schema["properties"] if name != "type"]
    name = place.pick(names) if names else "type"
    del schema["properties"][name]
    schema["required"] = [each for each in schema["required"] if each != name]
