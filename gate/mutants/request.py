"""Drifts of requests: the server takes what it is asked for something else, or takes too much."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from gate.mutants.messages import Answer, Call
from gate.mutants.operators import Place, Scene, live
from gate.mutants.places import (
    asked,
    is_open_text,
    parameter,
)
from palaver.contract.document import Parameter

CAP = 100
"""Where a server that caps in silence would do so."""


def refusal(scene: Scene, status: int) -> Answer:
    """A refusal in the shape of the operation's surface, well-formed and unwanted."""
    response = scene.place.operation.responses.get(str(status), {})
    media_type, entry = next(iter(response.get("content", {"application/json": {}}).items()))
    examples = entry.get("examples", {"": {"value": entry.get("example", {})}})
    body = json.dumps(next(iter(examples.values()))["value"]).encode()
    return Answer(
        status,
        (
            ("content-type", media_type),
            ("content-length", str(len(body))),
            ("x-request-id", scene.call.header("x-request-id") or "made-up"),
        ),
        body,
    )


@live("request", "parameter-ignored", asked(lambda p: not p.required))
async def parameter_ignored(scene: Scene) -> Answer:
    """A query parameter has no effect."""
    return await scene.serve(scene.call.with_parameter(scene.place.site, None))


def _other_default(found: Parameter) -> Any:
    default = found.schema["default"]
    if "enum" in found.schema:
        return next(value for value in found.schema["enum"] if value != default)
    if isinstance(default, bool):
        return not default
    if isinstance(default, int):
        return default + 1 if default < found.schema["maximum"] else default - 1
    return f"{default} 1"


@live("request", "parameter-default", asked(lambda p: "default" in p.schema))
async def parameter_default(scene: Scene) -> Answer:
    """A query parameter has another default than the documented one."""
    name = scene.place.site
    if scene.call.parameter(name) is not None:
        return await scene.serve(scene.call)
    found = parameter(scene.place, name)
    return await scene.serve(scene.call.with_parameter(name, _other_default(found)))


def _is_number(found: Parameter) -> bool:
    return found.schema.get("type") == "integer" and "enum" not in found.schema


def _shifted(scene: Scene, step: int) -> Call:
    """The call with the number at the site moved, within what the contract allows."""
    name = scene.place.site
    found = parameter(scene.place, name)
    text = scene.call.parameter(name)
    if text is None or not text.isascii() or not text.isdigit():
        return scene.call
    value = int(text) + step
    low, high = found.schema.get("minimum", 0), found.schema.get("maximum", value)
    return scene.call.with_parameter(name, value) if low <= value <= high else scene.call


@live("request", "number-too-high", asked(_is_number))
async def number_too_high(scene: Scene) -> Answer:
    """A number in the query is taken as one more than it is."""
    return await scene.serve(_shifted(scene, 1))


@live("request", "number-too-low", asked(_is_number))
async def number_too_low(scene: Scene) -> Answer:
    """A number in the query is taken as one less than it is."""
    return await scene.serve(_shifted(scene, -1))


@live("request", "number-capped", asked(_is_number))
async def number_capped(scene: Scene) -> Answer:
    """A number in the query is silently capped below its documented maximum."""
    name = scene.place.site
    high = parameter(scene.place, name).schema.get("maximum", 0)
    cap = min(CAP, high // 2)
    text = scene.call.parameter(name) or ""
    if text.isascii() and text.isdigit() and cap < int(text) <= high:
        return await scene.serve(scene.call.with_parameter(name, cap))
    return await scene.serve(scene.call)


@live("request", "sort-reversed", asked(lambda p: set(p.schema.get("enum", [])) == {-1, 1}))
async def sort_reversed(scene: Scene) -> Answer:
    """Ascending is descending and the other way round."""
    name = scene.place.site
    text = scene.call.parameter(name) or str(parameter(scene.place, name).schema["default"])
    flipped = {"1": "-1", "-1": "1"}.get(text, text)
    return await scene.serve(scene.call.with_parameter(name, flipped))


def _enum_sites(place: Place) -> Sequence[str]:
    """One value of each closed parameter, such as ``sort_by=name``."""
    return [
        f"{p.name}={value}"
        for p in place.operation.parameters
        if p.location == "query"
        for value in p.schema.get("enum", [])
        if value != p.schema.get("default")
    ]


@live("request", "enum-value-ignored", _enum_sites)
async def enum_value_ignored(scene: Scene) -> Answer:
    """One value of a closed list is taken as another one."""
    name, _, value = scene.place.site.partition("=")
    if scene.call.parameter(name) != value:
        return await scene.serve(scene.call)
    choices = [str(each) for each in parameter(scene.place, name).schema["enum"]]
    other = next(each for each in choices if each != value)
    return await scene.serve(scene.call.with_parameter(name, other))


@live("request", "enum-value-refused", _enum_sites)
async def enum_value_refused(scene: Scene) -> Answer:
    """One value of a closed list is refused."""
    name, _, value = scene.place.site.partition("=")
    if scene.call.parameter(name) == value:
        return refusal(scene, 400)
    return await scene.serve(scene.call)


@live("request", "parameter-optional", asked(lambda p: p.required))
async def parameter_optional(scene: Scene) -> Answer:
    """A required query parameter may be left out."""
    name = scene.place.site
    if scene.call.parameter(name) is None:
        return await scene.serve(scene.call.with_parameter(name, "Untitled"))
    return await scene.serve(scene.call)


@live("request", "unknown-parameter-taken")
async def unknown_parameter_taken(scene: Scene) -> Answer:
    """Unknown query parameters are passed over."""
    known = {p.name for p in scene.place.operation.parameters if p.location == "query"}
    query = scene.call.query
    if all(name in known for name, _ in query):
        return await scene.serve(scene.call)
    return await scene.serve(scene.call.with_query((n, v) for n, v in query if n in known))


@live("request", "repeated-parameter-taken", asked(lambda p: p.schema.get("type") != "array"))
async def repeated_parameter_taken(scene: Scene) -> Answer:
    """Of a repeated query parameter the last value counts."""
    name = scene.place.site
    values = [v for n, v in scene.call.query if n == name]
    if len(values) > 1:
        return await scene.serve(scene.call.with_parameter(name, values[-1]))
    return await scene.serve(scene.call)


@live("request", "out-of-range-clamped", asked(_is_number))
async def out_of_range_clamped(scene: Scene) -> Answer:
    """A number beyond its bounds is moved to the nearest one instead of being refused."""
    name = scene.place.site
    schema = parameter(scene.place, name).schema
    try:
        value = int(scene.call.parameter(name) or "")
    except ValueError:
        return await scene.serve(scene.call)
    clamped = max(schema.get("minimum", value), min(schema.get("maximum", value), value))
    return await scene.serve(scene.call.with_parameter(name, clamped))


@live("request", "wrong-type-taken", asked(_is_number))
async def wrong_type_taken(scene: Scene) -> Answer:
    """A parameter that is no number is treated as if it had not been given."""
    name = scene.place.site
    text = scene.call.parameter(name)
    if text is not None and not text.removeprefix("-").isdigit():
        return await scene.serve(scene.call.with_parameter(name, None))
    return await scene.serve(scene.call)


@live("request", "wrong-choice-taken", asked(lambda p: "enum" in p.schema))
async def wrong_choice_taken(scene: Scene) -> Answer:
    """A value outside a closed list counts as the default."""
    name = scene.place.site
    choices = {str(value) for value in parameter(scene.place, name).schema["enum"]}
    text = scene.call.parameter(name)
    if text is not None and text not in choices:
        return await scene.serve(scene.call.with_parameter(name, None))
    return await scene.serve(scene.call)


def _is_bounded_text(found: Parameter) -> bool:
    # A cursor that was cut is none that the server made, and is refused for that.
    return is_open_text(found.schema) and "maxLength" in found.schema and found.name != "cursor"


@live("request", "long-parameter-cut", asked(_is_bounded_text))
async def long_parameter_cut(scene: Scene) -> Answer:
    """A text in the query that is too long is cut instead of being refused."""
    name = scene.place.site
    text = scene.call.parameter(name)
    longest = parameter(scene.place, name).schema["maxLength"]
    if text is not None and len(text) > longest:
        return await scene.serve(scene.call.with_parameter(name, text[:longest]))
    return await scene.serve(scene.call)


@live("request", "maximum-refused", asked(_is_number))
async def maximum_refused(scene: Scene) -> Answer:
    """The documented maximum of a number is refused."""
    name = scene.place.site
    if scene.call.parameter(name) == str(parameter(scene.place, name).schema.get("maximum")):
        return refusal(scene, 400)
    return await scene.serve(scene.call)


@live("request", "crash-on-minimum", asked(_is_number))
async def crash_on_minimum(scene: Scene) -> Answer:
    """The documented minimum of a number makes the server fail."""
    name = scene.place.site
    if scene.call.parameter(name) == str(parameter(scene.place, name).schema.get("minimum")):
        return refusal(scene, 500)
    return await scene.serve(scene.call)
