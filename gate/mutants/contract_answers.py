"""Edits of what the contract says of answers."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from gate.mutants.edits import Tree, operation_of, owner_of, property_of, response_of
from gate.mutants.operators import Place, Sites, always, contract_edit, when
from gate.mutants.places import Schema, answered, success


def _removable(place: Place) -> Sequence[str]:
    return list(place.operation.responses) if len(place.operation.responses) > 1 else []


@contract_edit("says-status-removed", _removable)
def status_removed(tree: Tree, place: Place) -> None:
    """A status that the operation answers with is not documented."""
    del operation_of(tree, place)["responses"][place.site]


def _absent(place: Place) -> Sequence[str]:
    return [s for s in ("409", "410", "429") if s not in place.operation.responses]


@contract_edit("says-status-added", _absent)
def status_added(tree: Tree, place: Place) -> None:
    """A status is documented that the operation never answers with."""
    responses = operation_of(tree, place)["responses"]
    responses[place.site] = copy.deepcopy(place.operation.responses["400"])
    for media in responses[place.site].get("content", {}).values():
        for example in [media, *media.get("examples", {}).values()]:
            value = example.get("example", example.get("value"))
            if isinstance(value, dict) and "status" in value:
                value["status"] = int(place.site)


@contract_edit("says-status-changed", always)
def status_changed(tree: Tree, place: Place) -> None:
    """Another success status is documented than the one that is answered."""
    responses = operation_of(tree, place)["responses"]
    status, _ = success(place.operation)
    other = "202" if status != 202 else "200"
    responses[other] = responses.pop(str(status))


@contract_edit("says-property-removed", answered(lambda _s, _p, _n: True))
def property_removed(tree: Tree, place: Place) -> None:
    """A property that is answered is not documented."""
    owner, name = owner_of(tree, place, place.site)
    del owner["properties"][name]
    if name in owner.get("required", []):
        owner["required"] = [each for each in owner["required"] if each != name]


def _objects(place: Place) -> Sequence[str]:
    found: Sites = answered(lambda _s, parent, _n: parent.get("additionalProperties") is False)
    return sorted({path.rpartition("/")[0] for path in found(place)})


@contract_edit("says-property-added", _objects)
def property_added(tree: Tree, place: Place) -> None:
    """A property is documented that is never answered."""
    owner, _ = owner_of(tree, place, f"{place.site}/?")
    owner["properties"]["colour"] = {"type": "string", "maxLength": 20, "description": "A colour."}


@contract_edit("says-property-renamed", answered(lambda _s, _p, _n: True))
def property_renamed(tree: Tree, place: Place) -> None:
    """A property is documented under another name."""
    owner, name = owner_of(tree, place, place.site)
    owner["properties"][f"{name}_text"] = owner["properties"].pop(name)
    required = owner.get("required", [])
    owner["required"] = [f"{name}_text" if each == name else each for each in required]


def _is_scalar(schema: Schema, _parent: Schema, _name: str) -> bool:
    return schema.get("type") in ("string", "integer", "boolean")


@contract_edit("says-property-retyped", answered(_is_scalar))
def property_retyped(tree: Tree, place: Place) -> None:
    """A property is documented with another type."""
    schema = property_of(tree, place, place.site)
    kept: Tree = {name: schema[name] for name in ("description", "nullable") if name in schema}
    was = schema["type"]
    schema.clear()
    schema.update(kept)
    if was == "string":
        schema |= {"type": "integer", "minimum": 0, "maximum": 1000}
    else:
        schema |= {"type": "string", "maxLength": 100}


def _is_required(_schema: Schema, parent: Schema, name: str) -> bool:
    return name in parent.get("required", [])


@contract_edit("says-property-optional", answered(_is_required))
def property_optional(tree: Tree, place: Place) -> None:
    """A property that is always answered is documented as one that may be missing."""
    owner, name = owner_of(tree, place, place.site)
    owner["required"] = [each for each in owner["required"] if each != name]


@contract_edit("says-never-null", answered(lambda s, _p, _n: bool(s.get("nullable"))))
def never_null(tree: Tree, place: Place) -> None:
    """A property that may be null is documented as one that is not."""
    property_of(tree, place, place.site)["nullable"] = False


def _is_bounded(schema: Schema, _parent: Schema, _name: str) -> bool:
    return any(name in schema for name in ("maxLength", "maximum")) and "enum" not in schema


@contract_edit("says-answer-shorter", answered(_is_bounded))
def answer_shorter(tree: Tree, place: Place) -> None:
    """Answers are documented with a narrower bound than they keep."""
    schema = property_of(tree, place, place.site)
    for name in ("maxLength", "maximum"):
        if name in schema:
            schema[name] = schema.get("minLength", 1) if name == "maxLength" else 0
            schema["minimum" if name == "maximum" else "minLength"] = 0


def _has_choices(schema: Schema, _parent: Schema, _name: str) -> bool:
    return len(schema.get("enum", [])) > 1


@contract_edit("says-answer-never", answered(_has_choices))
def answer_never(tree: Tree, place: Place) -> None:
    """A value that is answered is missing from a closed list."""
    schema = property_of(tree, place, place.site)
    schema["enum"] = schema["enum"][:1]


@contract_edit("says-answer-maybe", answered(lambda s, _p, _n: bool(s.get("enum"))))
def answer_maybe(tree: Tree, place: Place) -> None:
    """A closed list has a value that is never answered."""
    schema = property_of(tree, place, place.site)
    schema["enum"] = [*schema["enum"], "archived" if schema["type"] == "string" else 7]


def _documented_headers(place: Place) -> Sequence[str]:
    return [
        f"{status} {name}"
        for status, response in place.operation.responses.items()
        for name in response.get("headers", {})
    ]


@contract_edit("says-header-removed", _documented_headers)
def header_removed(tree: Tree, place: Place) -> None:
    """A header that is answered is not documented."""
    status, _, name = place.site.partition(" ")
    response = response_of(tree, place, status)
    del response["headers"][name]


def _statuses(place: Place) -> Sequence[str]:
    return list(place.operation.responses)


@contract_edit("says-header-added", _statuses)
def header_added(tree: Tree, place: Place) -> None:
    """A header is documented that is never answered."""
    response = response_of(tree, place, place.site)
    response.setdefault("headers", {})["X-Total"] = {
        "description": "How many there are.",
        "required": True,
        "schema": {"type": "integer", "minimum": 0, "maximum": 1000},
        "example": 3,
    }


def _with_content(place: Place) -> Sequence[str]:
    found = place.operation.responses.items()
    return [status for status, response in found if response.get("content")]


@contract_edit("says-other-type", _with_content)
def other_type(tree: Tree, place: Place) -> None:
    """Another content type is documented than the one that is answered."""
    content = response_of(tree, place, place.site)["content"]
    name = next(iter(content))
    content["application/vnd.palaver+json"] = content.pop(name)


def _fault_sites(place: Place) -> Sequence[str]:
    return [
        f"{status} {code}"
        for status, response in place.operation.responses.items()
        for code in response.get("x-errors", {})
    ]


@contract_edit("says-other-words", _fault_sites)
def other_words(tree: Tree, place: Place) -> None:
    """An error is documented with other words than it has, its example too."""
    status, _, code = place.site.partition(" ")
    response = response_of(tree, place, status)
    words: dict[str, Any] = response["x-errors"][code]
    name = next(each for each in ("title", "message", "error") if each in words)
    old, new = words[name], "This did not work."
    words[name] = new
    for media in response.get("content", {}).values():
        for example in [media, *media.get("examples", {}).values()]:
            value = example.get("example", example.get("value"))
            if isinstance(value, dict) and value.get(name) == old:
                value[name] = new


def _told_alike(place: Place) -> str | None:
    """That another error of the status has the same words, and so is the same on the wire."""
    status, _, code = place.site.partition(" ")
    faults = place.operation.responses[status]["x-errors"]
    same = [other for other in faults if other != code and faults[other] == faults[code]]
    return f"{same[0]} has the same words." if same else None


@contract_edit("says-error-gone", _fault_sites, equivalent=_told_alike)
def error_gone(tree: Tree, place: Place) -> None:
    """An error that happens is missing from the errors of its status."""
    status, _, code = place.site.partition(" ")
    del response_of(tree, place, status)["x-errors"][code]


def _examples(place: Place) -> Sequence[str]:
    return [
        status
        for status, response in place.operation.responses.items()
        if any("example" in media for media in response.get("content", {}).values())
    ]


@contract_edit("says-example-invalid", _examples)
def example_invalid(tree: Tree, place: Place) -> None:
    """An example of an answer breaks its own schema."""
    for media in response_of(tree, place, place.site)["content"].values():
        if "example" in media:
            media["example"] = {**media["example"], "unheard_of": 1}


@contract_edit("says-example-removed", _examples)
def example_removed(tree: Tree, place: Place) -> None:
    """An answer has no example."""
    for media in response_of(tree, place, place.site)["content"].values():
        media.pop("example", None)


def _links(place: Place) -> Sequence[str]:
    return [
        f"{status} {name}"
        for status, response in place.operation.responses.items()
        for name in response.get("links", {})
    ]


@contract_edit("says-link-elsewhere", _links)
def link_elsewhere(tree: Tree, place: Place) -> None:
    """A link leads to another operation."""
    status, _, name = place.site.partition(" ")
    link = response_of(tree, place, status)["links"][name]
    others = [
        o.operation_id
        for o in place.document.operations
        if o.operation_id not in (link["operationId"], place.operation.operation_id)
    ]
    link["operationId"] = place.pick(others)


@contract_edit("says-link-wrong-value", _links)
def link_wrong_value(tree: Tree, place: Place) -> None:
    """A link takes its parameter from where it is not."""
    status, _, name = place.site.partition(" ")
    link = response_of(tree, place, status)["links"][name]
    link["parameters"] = dict.fromkeys(link["parameters"], "$response.body#/nothing/here")


def _lists(place: Place) -> Sequence[str]:
    return list(place.operation.raw.get("x-list", {}))


@contract_edit("says-list-otherwise", _lists)
def list_otherwise(tree: Tree, place: Place) -> None:
    """A list is documented with another order, place, key or count."""
    operation = operation_of(tree, place)
    found = operation["x-list"] = copy.deepcopy(operation["x-list"])
    match place.site:
        case "order":
            first = found["order"][0]
            turned = first.removeprefix("-") if first.startswith("-") else f"-{first}"
            found["order"] = ["name"] if first == "sort_by" else [turned]
        case "from":
            del found["from"]
        case "key":
            found["key"] = "role" if found["key"] == "id" else "created_at"
        case _:
            found[place.site] = f"{found[place.site]}s"


@contract_edit("says-list-no-more", when(lambda o: "x-list" in o.raw))
def list_no_more(tree: Tree, place: Place) -> None:
    """A list is not documented as one."""
    del operation_of(tree, place)["x-list"]


@contract_edit("says-answer-open", _objects)
def answer_open(tree: Tree, place: Place) -> None:
    """An answer is documented as one that may have any other property."""
    owner, _ = owner_of(tree, place, f"{place.site}/?")
    owner["additionalProperties"] = True
