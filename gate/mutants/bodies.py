"""Drifts of request bodies: fields that are lost, changed, or taken although they are not valid."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gate.mutants.messages import ABSENT, Answer, Call
from gate.mutants.operators import Place, Scene, live, when
from gate.mutants.parts import parts_of
from gate.mutants.places import (
    Schema,
    body_fields,
    body_schema,
    is_open_text,
    written,
)
from gate.mutants.request import refusal
from gate.operations import body_entry, takes_form
from palaver.contract.document import Operation


def _takes_body(operation: Operation) -> bool:
    return operation.request_body is not None


def _takes_object(place: Place) -> Sequence[str]:
    return [""] if body_fields(place) else []


def _with_body(scene: Scene, change: Callable[[dict[str, Any]], None]) -> Call:
    body = scene.call.json
    if not isinstance(body, dict):
        return scene.call
    changed = dict(body)
    change(changed)
    return scene.call if changed == body else scene.call.with_json(changed)


def _is_optional(name: str, _schema: Schema, whole: Schema) -> bool:
    return name not in whole.get("required", [])


@live("request", "property-ignored", written(_is_optional))
async def property_ignored(scene: Scene) -> Answer:
    """A property of the body has no effect."""
    site = scene.place.site
    return await scene.serve(_with_body(scene, lambda body: body.pop(site, None) and None))


def _is_required_field(name: str, _schema: Schema, whole: Schema) -> bool:
    return name in whole.get("required", [])


@live("request", "property-optional", written(_is_required_field))
async def property_optional(scene: Scene) -> Answer:
    """A required property of the body may be left out."""
    site = scene.place.site
    schema = body_fields(scene.place)[site]
    standard: Any = schema.get("enum", ["Untitled"])[0]
    if schema.get("type") == "array":
        standard = []
    if "oneOf" in schema or schema.get("type") == "integer":
        standard = body_entry(scene.place.operation)["example"][site]
    return await scene.serve(
        _with_body(scene, lambda body: body.setdefault(site, standard) and None)
    )


@live("request", "property-default", written(lambda _n, s, _w: "default" in s))
async def property_default(scene: Scene) -> Answer:
    """A property of the body has another default than the documented one."""
    site = scene.place.site
    default = body_fields(scene.place)[site]["default"]
    other = not default if isinstance(default, bool) else f"{default}1"
    return await scene.serve(_with_body(scene, lambda body: body.setdefault(site, other) and None))


def _pairs_of_texts(place: Place) -> Sequence[str]:
    names = [name for name, schema in body_fields(place).items() if is_open_text(schema)]
    return [f"{a},{b}" for a, b in itertools.pairwise(names)]


@live("request", "properties-swapped", _pairs_of_texts)
async def properties_swapped(scene: Scene) -> Answer:
    """Two properties of the body are taken for each other."""
    one, _, other = scene.place.site.partition(",")

    def swap(body: dict[str, Any]) -> None:
        if isinstance(body.get(one), str) and isinstance(body.get(other), str):
            body[one], body[other] = body[other], body[one]

    return await scene.serve(_with_body(scene, swap))


def _text_operator(name: str, description: str, change: Callable[[str], str], altered: str) -> None:
    """An operator where a text such as ``altered``, which it changes, may be written."""

    def takes(_name: str, schema: Schema, _whole: Schema) -> bool:
        return is_open_text(schema) and re.search(schema.get("pattern", ""), altered) is not None

    async def behave(scene: Scene) -> Answer:
        site = scene.place.site

        def alter(body: dict[str, Any]) -> None:
            if isinstance(body.get(site), str):
                body[site] = change(body[site])

        return await scene.serve(_with_body(scene, alter))

    behave.__doc__ = description
    live("request", name, written(takes))(behave)


def _trimmed(text: str) -> str:
    return text.strip() or text


_text_operator("text-cut", "A long text of the body is cut.", lambda text: text[:80], "a" * 81)
_text_operator("text-trimmed", "White space around a text of the body is lost.", _trimmed, " a ")
_text_operator("text-lowered", "A text of the body is put in lower case.", str.lower, "A")
_text_operator(
    "text-ascii",
    "What is not ASCII in a text of the body is lost.",
    lambda text: text.encode("ascii", "replace").decode(),
    "é",
)


def _is_bounded_field(_name: str, schema: Schema, _whole: Schema) -> bool:
    return is_open_text(schema) and "maxLength" in schema


@live("request", "long-property-cut", written(_is_bounded_field))
async def long_property_cut(scene: Scene) -> Answer:
    """A text of the body that is too long is cut instead of being refused."""
    site = scene.place.site
    longest = body_fields(scene.place)[site]["maxLength"]

    def cut(body: dict[str, Any]) -> None:
        if isinstance(body.get(site), str):
            body[site] = body[site][:longest]

    return await scene.serve(_with_body(scene, cut))


@live("request", "long-property-refused", written(_is_bounded_field))
async def long_property_refused(scene: Scene) -> Answer:
    """A text of the body as long as it may be is refused."""
    site = scene.place.site
    longest = body_fields(scene.place)[site]["maxLength"]
    body = scene.call.json
    text = body.get(site) if isinstance(body, dict) else None
    if isinstance(text, str) and longest * 0.9 < len(text) <= longest:
        return refusal(scene, 400)
    return await scene.serve(scene.call)


@live("request", "null-refused", written(lambda _n, schema, _w: bool(schema.get("nullable"))))
async def null_refused(scene: Scene) -> Answer:
    """Null is refused where it is allowed."""
    site = scene.place.site
    body = scene.call.json
    if isinstance(body, dict) and site in body and body[site] is None:
        return refusal(scene, 400)
    return await scene.serve(scene.call)


@live("request", "null-taken", written(lambda _n, schema, _w: not schema.get("nullable")))
async def null_taken(scene: Scene) -> Answer:
    """Null counts as a value where it is not allowed."""
    site = scene.place.site
    schema = body_fields(scene.place)[site]
    standard: Any = schema.get("enum", [schema.get("default", "Untitled")])[0]
    if schema.get("type") == "array":
        standard = []
    if "oneOf" in schema:
        standard = body_entry(scene.place.operation)["example"][site]

    def fill(body: dict[str, Any]) -> None:
        if site in body and body[site] is None:
            body[site] = standard

    return await scene.serve(_with_body(scene, fill))


@live("request", "unknown-property-taken", _takes_object)
async def unknown_property_taken(scene: Scene) -> Answer:
    """Unknown properties of the body are passed over."""
    known = body_fields(scene.place)
    body = scene.call.json
    if not known or not isinstance(body, dict) or all(name in known for name in body):
        return await scene.serve(scene.call)
    return await scene.serve(scene.call.with_json({k: v for k, v in body.items() if k in known}))


def _array_sites(place: Place) -> Sequence[str]:
    schema = body_schema(place) or {}
    return [""] if schema.get("type") == "array" else []


@live("request", "repeated-item-taken", _array_sites)
async def repeated_item_taken(scene: Scene) -> Answer:
    """A list in the body may name an item twice."""
    body = scene.call.json
    if not isinstance(body, list):
        return await scene.serve(scene.call)
    unique = list({json.dumps(item): item for item in body}.values())
    return await scene.serve(scene.call if unique == body else scene.call.with_json(unique))


@live("request", "items-reordered", _array_sites)
async def items_reordered(scene: Scene) -> Answer:
    """A list in the body is taken in another order."""
    body = scene.call.json
    if not isinstance(body, list):
        return await scene.serve(scene.call)
    return await scene.serve(scene.call.with_json(body[::-1]))


def _as_example(scene: Scene) -> Call:
    """The call with the body of the contract's example."""
    example = scene.world.example_of(scene.place.operation)
    call = scene.call.with_header("content-type", example.header("content-type"))
    return call.with_body(example.body)


def _limits(document_tree: Mapping[str, Any], operation: Operation) -> int:
    body = operation.request_body or {}
    return int(body.get("x-max-body-bytes") or document_tree.get("x-max-body-bytes") or 0)


@live("request", "large-body-taken", when(_takes_body))
async def large_body_taken(scene: Scene) -> Answer:
    """A body beyond the documented size is taken."""
    most = _limits(scene.place.document.tree, scene.place.operation)
    if scene.call.announced <= most:
        return await scene.serve(scene.call)
    return await scene.serve(_as_example(scene))


@live("request", "wrong-type-of-body-taken", when(_takes_body))
async def wrong_type_of_body_taken(scene: Scene) -> Answer:
    """A body of any content type is read as what it should be."""
    if not scene.call.body:
        return await scene.serve(scene.call)
    kind = scene.world.example_of(scene.place.operation).header("content-type")
    return await scene.serve(scene.call.with_header("content-type", kind))


@live("request", "accept-ignored", when(lambda o: "406" in o.responses))
async def accept_ignored(scene: Scene) -> Answer:
    """The answer has a type that the client does not take."""
    return await scene.serve(scene.call.with_header("accept", None))


@live("request", "malformed-json-taken", when(_takes_body))
async def malformed_json_taken(scene: Scene) -> Answer:
    """A body that cannot be read counts as another one."""
    as_form = takes_form(scene.place.operation)
    readable = bool(parts_of(scene.call)) if as_form else scene.call.json is not ABSENT
    if not readable and scene.call.body.strip():
        return await scene.serve(_as_example(scene))
    return await scene.serve(scene.call)


@live("request", "duplicate-keys-taken", _takes_object)
async def duplicate_keys_taken(scene: Scene) -> Answer:
    """Of a key that is repeated in the body the last value counts."""
    body = scene.call.json
    if body is ABSENT or not isinstance(body, dict):
        return await scene.serve(scene.call)
    return await scene.serve(scene.call.with_json(body))


def _needs_body(operation: Operation) -> bool:
    return bool((operation.request_body or {}).get("required"))


@live("request", "body-optional", when(_needs_body))
async def body_optional(scene: Scene) -> Answer:
    """A required body may be left out."""
    if scene.call.body:
        return await scene.serve(scene.call)
    return await scene.serve(_as_example(scene))


@live("request", "body-demanded", when(lambda o: _takes_body(o) and not _needs_body(o)))
async def body_demanded(scene: Scene) -> Answer:
    """A body that may be left out is demanded."""
    return await scene.serve(scene.call) if scene.call.body else refusal(scene, 400)
