"""Event streams: a closed set of typed events, what their types are for, and examples of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from codegen.compatibility.schemas import OPEN_ENDED
from palaver.contract.document import ContractError, Pointer
from palaver.contract.events import EVENT_STREAM

from .problem import Problem
from .tree import Answer, Call, Contract, Node

TYPE = "type"
"""The property of an event that names its type."""

ROLES = ("last", "begins", "part", "ends")
"""What a type of event is for: the last of every stream, and the begin, parts and end of a text."""

_AFTER = "after"
_OF_TEXTS = frozenset(ROLES) - {"last"}

Mapped = Mapping[str, tuple[Mapping[str, Any], Pointer]]


def check_event_streams(contract: Contract) -> Iterator[Problem]:
    """Every stream of events has types that programs can tell apart, and says what they are for."""
    for node in contract.of_kind("media type"):
        if "x-events" in node.value and node.pointer[-1] != EVENT_STREAM:
            sentence = f"only {EVENT_STREAM} has events"
            yield Problem((*node.pointer, "x-events"), "x-events", sentence)
    for call in contract.calls:
        if call.body is not None and EVENT_STREAM in call.body.value.get("content", {}):
            pointer = (*call.body.pointer, "content", EVENT_STREAM)
            yield Problem(pointer, "event-schema", "events are answered, not sent by clients")
        for answer in call.answers:
            media = answer.value.get("content", {}).get(EVENT_STREAM)
            if isinstance(media, Mapping):
                yield from _check_stream(contract, call, answer, media)


def _check_stream(
    contract: Contract, call: Call, answer: Answer, media: Mapping[str, Any]
) -> Iterator[Problem]:
    at: Pointer = (*answer.pointer, "content", EVENT_STREAM)
    schema, where = contract.follow(media.get("schema", {}), (*at, "schema"))
    mapped = dict(_mapped(contract, schema, where))
    yield from _check_union(contract, schema, where)
    for name, (event, pointer) in mapped.items():
        yield from _check_event(contract, name, event, pointer)
    yield from _check_roles(call, media, at, mapped)
    shown = [
        value.get(TYPE)
        for value, _ in contract.examples(Node("media type", media, at))
        if isinstance(value, Mapping)
    ]
    for name in mapped:
        if name not in shown:
            yield Problem(at, "event-example", f"no example of this stream is a {name!r}")


def _mapped(
    contract: Contract, schema: Mapping[str, Any], where: Pointer
) -> Iterator[tuple[str, tuple[Mapping[str, Any], Pointer]]]:
    """The schema of each type of event, as far as the mapping leads to one."""
    for name, ref in _mapping(schema).items():
        try:
            yield name, contract.follow({"$ref": ref}, where)
        except ContractError:
            continue


def _mapping(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    discriminator = schema.get("discriminator")
    mapping = discriminator.get("mapping") if isinstance(discriminator, Mapping) else None
    return mapping if isinstance(mapping, Mapping) else {}


def _check_union(
    contract: Contract, schema: Mapping[str, Any], where: Pointer
) -> Iterator[Problem]:
    """The mapping of the discriminator and the members of ``oneOf`` are the same schemas."""
    members = schema.get("oneOf")
    discriminator = schema.get("discriminator")
    if not isinstance(members, list) or not isinstance(discriminator, Mapping):
        sentence = "the schema of events is a `oneOf` with a `discriminator`"
        yield Problem(where, "event-schema", sentence)
        return
    pointer = (*where, "discriminator")
    if discriminator.get("propertyName") != TYPE:
        sentence = f"events are told apart by `{TYPE}`"
        yield Problem((*pointer, "propertyName"), "event-schema", sentence)
    refs = list(_mapping(schema).values())
    for index, member in enumerate(members):
        at = (*where, "oneOf", str(index))
        ref = member.get("$ref")
        if ref is None:
            sentence = "name this event under components/schemas and refer to it"
            yield Problem(at, "event-schema", sentence)
        elif refs.count(ref) != 1:
            times = "twice" if ref in refs else "not at all"
            sentence = f"the mapping of the discriminator has {_last(ref)} {times}"
            yield Problem(at, "event-schema", sentence)
    for name, ref in _mapping(schema).items():
        at = (*pointer, "mapping", name)
        try:
            contract.follow({"$ref": ref}, at)
        except ContractError:
            yield Problem(at, "event-schema", f"cannot resolve the reference {ref!r}")
            continue
        if ref not in [member.get("$ref") for member in members]:
            sentence = f"{_last(ref)} is mapped, but no member of `oneOf`"
            yield Problem(at, "event-schema", sentence)
    if OPEN_ENDED not in " ".join(str(schema.get("description")).split()):
        # What makes it possible to add a type without breaking anybody.
        sentence = f"the schema of events says in its description: {OPEN_ENDED}"
        yield Problem(where, "event-schema", sentence)


def _check_event(
    contract: Contract, name: str, event: Mapping[str, Any], where: Pointer
) -> Iterator[Problem]:
    known = event.get("properties", {}).get(TYPE)
    if known is None:
        sentence = f"{where[-1]} has no property `{TYPE}`"
        yield Problem(where, "event-type", sentence)
        return
    if TYPE not in event.get("required", ()):
        yield Problem(where, "event-type", f"{where[-1]} does not require `{TYPE}`")
    kind, pointer = contract.follow(known, (*where, "properties", TYPE))
    if kind.get("type") != "string" or kind.get("enum") != [name]:
        sentence = f"the type of {where[-1]} is a string with the one value {name!r}"
        yield Problem(pointer, "event-type", sentence)
    if not name.isprintable() or name != name.strip():
        # It becomes a line of the stream.
        yield Problem(pointer, "event-type", f"{name!r} cannot be a line of the stream")


def _check_roles(
    call: Call, media: Mapping[str, Any], at: Pointer, mapped: Mapped
) -> Iterator[Problem]:
    given = media.get("x-events")
    pointer = (*at, "x-events")
    if not isinstance(given, Mapping):
        yield Problem(at, "x-events", "a stream of events says in `x-events` which is its last")
        return
    if not {"last"} <= set(given) <= {*ROLES, _AFTER}:
        known = ", ".join(f"`{role}`" for role in (*ROLES[1:], _AFTER))
        yield Problem(pointer, "x-events", f"`x-events` has `last`, and may have {known}")
    if not all(isinstance(each, str) for each in given.values()):
        yield Problem(pointer, "x-events", "`x-events` names types of events, and a header")
        return
    if (some := _OF_TEXTS & set(given)) and some != _OF_TEXTS:
        sentence = "`begins`, `part` and `ends` tell of the same texts: say all three or none"
        yield Problem(pointer, "x-events", sentence)
    for role in ROLES:
        if role in given and given[role] not in mapped:
            sentence = f"{given[role]!r} is no type of these events"
            yield Problem((*pointer, role), "x-events", sentence)
    named = [given[role] for role in ROLES if role in given]
    if len(set(named)) < len(named):
        yield Problem(pointer, "x-events", "each type of event is for one thing")
    headers = [item.name for item in call.operation.parameters if item.location == "header"]
    if _AFTER in given and given[_AFTER] not in headers:
        sentence = f"{call.name} has no header parameter {given[_AFTER]!r}"
        yield Problem((*pointer, _AFTER), "x-events", sentence)


def _last(ref: Any) -> str:
    return str(ref).rpartition("/")[2]
