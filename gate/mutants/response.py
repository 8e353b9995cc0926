"""Drifts of answers: the server does the right thing and says something else."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from gate.mutants.messages import ABSENT, Answer
from gate.mutants.operators import Place, Scene, live
from gate.mutants.places import (
    Schema,
    answered,
    change_at,
    is_open_text,
    properties,
    success_schema,
)

CUT = 60
Change = Callable[[dict[str, Any], str], None]


async def changed(scene: Scene, change: Change) -> Answer:
    """The answer with the property at the mutant's site changed, where it succeeded."""
    answer = await scene.serve(scene.call)
    body = answer.json
    if not answer.succeeded or body is ABSENT:
        return answer
    body = copy.deepcopy(body)
    change_at(body, scene.place.site, change)
    return answer.with_json(body)


def _any(_schema: Schema, _parent: Schema, _name: str) -> bool:
    return True


def _is_required(_schema: Schema, parent: Schema, name: str) -> bool:
    return name in parent.get("required", [])


def _refuses_null(schema: Schema, _parent: Schema, _name: str) -> bool:
    return not schema.get("nullable") and "type" in schema


def _is_text(schema: Schema, _parent: Schema, _name: str) -> bool:
    return is_open_text(schema)


def _is_long_text(schema: Schema, _parent: Schema, name: str) -> bool:
    # How long a cursor is, is the server's own affair.
    return (
        is_open_text(schema) and schema.get("maxLength", 0) > CUT and "cursor" not in name.lower()
    )


def _is_integer(schema: Schema, _parent: Schema, _name: str) -> bool:
    return schema.get("type") == "integer" and "enum" not in schema


def _has_choices(schema: Schema, _parent: Schema, _name: str) -> bool:
    return len(schema.get("enum", [])) > 1


def _has_enum(schema: Schema, _parent: Schema, _name: str) -> bool:
    return bool(schema.get("enum"))


def _is_moment(schema: Schema, _parent: Schema, _name: str) -> bool:
    return schema.get("format") == "date-time"


def _is_boolean(schema: Schema, _parent: Schema, _name: str) -> bool:
    return schema.get("type") == "boolean"


def _can_be_null(schema: Schema, _parent: Schema, _name: str) -> bool:
    return bool(schema.get("nullable"))


def _is_uuid(schema: Schema, _parent: Schema, _name: str) -> bool:
    return schema.get("format") == "uuid"


@live("response", "drop-property", answered(_is_required))
async def drop_property(scene: Scene) -> Answer:
    """A required property is missing from the answer."""
    return await changed(scene, lambda owner, name: owner.pop(name) and None)


@live("response", "rename-property", answered(_is_required))
async def rename_property(scene: Scene) -> Answer:
    """A property is answered under another spelling."""

    def change(owner: dict[str, Any], name: str) -> None:
        head, *tail = name.split("_")
        other = head + "".join(word.capitalize() for word in tail) if tail else f"{name}_"
        owner[other] = owner.pop(name)

    return await changed(scene, change)


@live("response", "null-property", answered(_refuses_null))
async def null_property(scene: Scene) -> Answer:
    """A property that is never null is null."""
    return await changed(scene, lambda owner, name: owner.update({name: None}))


@live("response", "forget-value", answered(_can_be_null))
async def forget_value(scene: Scene) -> Answer:
    """A property that may be null is null although it has a value."""
    return await changed(scene, lambda owner, name: owner.update({name: None}))


@live("response", "retype-property", answered(_any))
async def retype_property(scene: Scene) -> Answer:
    """A property has another type."""

    def change(owner: dict[str, Any], name: str) -> None:
        value = owner[name]
        match value:
            case bool():
                owner[name] = str(value).lower()
            case int():
                owner[name] = str(value)
            case str():
                owner[name] = [value]
            case None:
                owner[name] = 0
            case _:
                owner[name] = "x"

    return await changed(scene, change)


@live("response", "alter-text", answered(_is_text))
async def alter_text(scene: Scene) -> Answer:
    """A text is answered with one character more than it has."""

    def change(owner: dict[str, Any], name: str) -> None:
        if isinstance(owner[name], str):
            owner[name] = f"{owner[name][:-1]}~~" if len(owner[name]) > 3 else f"{owner[name]}~"

    return await changed(scene, change)


@live("response", "cut-text", answered(_is_long_text))
async def cut_text(scene: Scene) -> Answer:
    """A long text is answered in part."""

    def change(owner: dict[str, Any], name: str) -> None:
        if isinstance(owner[name], str):
            owner[name] = owner[name][:CUT]

    return await changed(scene, change)


@live("response", "off-by-one-number", answered(_is_integer))
async def off_by_one_number(scene: Scene) -> Answer:
    """A number is answered as one more than it is."""

    def change(owner: dict[str, Any], name: str) -> None:
        if isinstance(owner[name], int):
            owner[name] += 1

    return await changed(scene, change)


@live("response", "enum-outside", answered(_has_enum))
async def enum_outside(scene: Scene) -> Answer:
    """A property of a closed list of values has a value that is not in it."""

    def change(owner: dict[str, Any], name: str) -> None:
        value = owner[name]
        owner[name] = 999 if isinstance(value, int) else f"{value}s"

    return await changed(scene, change)


@live("response", "enum-other", answered(_has_choices))
async def enum_other(scene: Scene) -> Answer:
    """A property always has the same of its allowed values."""
    choices = _choices(scene.place)
    fixed = scene.place.pick(choices)
    return await changed(scene, lambda owner, name: owner.update({name: fixed}))


def _choices(place: Place) -> Sequence[Any]:
    found = properties(place.document, success_schema(place))
    return next(list(schema["enum"]) for path, schema, _ in found if path == place.site)


@live("response", "flip-boolean", answered(_is_boolean))
async def flip_boolean(scene: Scene) -> Answer:
    """A boolean says the opposite."""
    return await changed(scene, lambda owner, name: owner.update({name: not owner[name]}))


@live("response", "other-id", answered(_is_uuid))
async def other_id(scene: Scene) -> Answer:
    """An id is well-formed and not the one that it was a moment ago."""

    def change(owner: dict[str, Any], name: str) -> None:
        count = scene.world.memory["ids"] = scene.world.memory.get("ids", 0) + 1
        owner[name] = f"{count:08x}{owner[name][8:]}"

    return await changed(scene, change)


@live("response", "moment-format", answered(_is_moment))
async def moment_format(scene: Scene) -> Answer:
    """A moment is written without its time zone."""
    return await changed(
        scene, lambda owner, name: owner.update({name: owner[name].removesuffix("Z")})
    )


@live("response", "moment-shifted", answered(_is_moment))
async def moment_shifted(scene: Scene) -> Answer:
    """A moment is in local time and says that it is UTC."""

    def change(owner: dict[str, Any], name: str) -> None:
        moment = datetime.fromisoformat(owner[name]) + timedelta(hours=2)
        owner[name] = moment.isoformat().replace("+00:00", "Z")

    return await changed(scene, change)


@live("response", "moment-rounded", answered(_is_moment))
async def moment_rounded(scene: Scene) -> Answer:
    """A moment is answered to the day."""
    return await changed(
        scene, lambda owner, name: owner.update({name: f"{owner[name][:10]}T00:00:00Z"})
    )
