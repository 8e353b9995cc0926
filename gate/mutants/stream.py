"""Drifts of event streams: events that are lost, doubled, moved, or are not what they say."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from gate.answers import branches, stream_rules
from gate.mutants.frames import (
    Frame,
    frames_of,
    kinds,
    numbered,
    reframed,
    rules_of,
    streams,
    with_frames,
)
from gate.mutants.messages import Answer
from gate.mutants.operators import Place, Scene, live

NOWHERE = -1


def _place_of(scene: Scene, frames: Sequence[Frame], kind: str) -> int:
    """Where the first event of a type stands; ``NOWHERE`` if there is none."""
    name = rules_of(scene.place).kind
    found = (n for n, each in enumerate(frames) if each.data.get(name) == kind)
    return next(found, NOWHERE)


async def _at_site(scene: Scene, change: Callable[[Frame], list[Frame]]) -> Answer:
    """The first event of the site's type replaced by others, the ids without gaps."""

    def changed(frames: list[Frame]) -> list[Frame]:
        place = _place_of(scene, frames, scene.place.site)
        if place == NOWHERE:
            return frames
        others = [*frames[:place], *change(frames[place]), *frames[place + 1 :]]
        return numbered(others, frames[0].id)

    return await reframed(scene, changed)


@live("stream", "event-lost", kinds)
async def event_lost(scene: Scene) -> Answer:
    """An event is lost, and the others are numbered as if it had never been."""
    return await _at_site(scene, lambda _frame: [])


@live("stream", "event-doubled", kinds)
async def event_doubled(scene: Scene) -> Answer:
    """An event is sent twice, under two ids."""
    return await _at_site(scene, lambda frame: [frame, frame])


@live("stream", "event-mistyped", kinds)
async def event_mistyped(scene: Scene) -> Answer:
    """An event has a type that is not documented."""
    name = rules_of(scene.place).kind

    def change(frame: Frame) -> list[Frame]:
        other = f"{frame.data[name]}.x"
        return [frame.saying(**{name: other}).but(name=other)]

    return await _at_site(scene, change)


@live("stream", "event-untyped", kinds)
async def event_untyped(scene: Scene) -> Answer:
    """The data of an event does not say its type."""
    name = rules_of(scene.place).kind

    def change(frame: Frame) -> list[Frame]:
        return [frame.but(data={k: v for k, v in frame.data.items() if k != name})]

    return await _at_site(scene, change)


@live("stream", "event-unnamed", kinds)
async def event_unnamed(scene: Scene) -> Answer:
    """An event has no name, so that browsers take it for another."""
    return await _at_site(scene, lambda frame: [frame.but(name=None)])


@live("stream", "event-misnamed", kinds)
async def event_misnamed(scene: Scene) -> Answer:
    """The name of an event is not its type."""
    return await _at_site(scene, lambda frame: [frame.but(name="message")])


@live("stream", "event-gap", streams)
async def event_gap(scene: Scene) -> Answer:
    """An event is lost, and its id with it."""
    return await reframed(scene, lambda frames: [*frames[:2], *frames[3:]])


@live("stream", "event-id-twice", streams)
async def event_id_twice(scene: Scene) -> Answer:
    """An event is sent twice with the same id."""
    return await reframed(scene, lambda frames: [*frames[:2], frames[1], *frames[2:]])


@live("stream", "event-id-shared", streams)
async def event_id_shared(scene: Scene) -> Answer:
    """Two events have the same id."""
    return await reframed(
        scene,
        lambda frames: [
            each.but(id=frames[0].id) if number == 1 else each for number, each in enumerate(frames)
        ],
    )


@live("stream", "event-id-missing", streams)
async def event_id_missing(scene: Scene) -> Answer:
    """An event has no id, so that a client that is cut off there resumes too early."""
    return await reframed(
        scene, lambda f: [*f[:-2], *(each.but(id=None) for each in f[-2:-1]), f[-1]]
    )


@live("stream", "event-ids-from-zero", streams)
async def event_ids_from_zero(scene: Scene) -> Answer:
    """Ids are counted from 0."""
    return await reframed(
        scene, lambda frames: [each.but(id=str(int(each.id or 0) - 1)) for each in frames]
    )


@live("stream", "events-reordered", streams)
async def events_reordered(scene: Scene) -> Answer:
    """Two events come in the opposite order, each with its id."""
    return await reframed(scene, lambda f: [*f[:1], *f[2:3], *f[1:2], *f[3:]])


@live("stream", "events-renumbered", streams)
async def events_renumbered(scene: Scene) -> Answer:
    """Two events come in the opposite order, with the ids of the right one."""
    return await reframed(scene, lambda f: numbered([*f[:1], *f[2:3], *f[1:2], *f[3:]], f[0].id))


def _parts(scene: Scene, frames: Sequence[Frame]) -> list[int]:
    rules = rules_of(scene.place)
    return [n for n, each in enumerate(frames) if each.data.get(rules.kind) == rules.part]


@live("stream", "texts-swapped", streams)
async def texts_swapped(scene: Scene) -> Answer:
    """The texts of two parts of a message are in each other's place."""
    rules = rules_of(scene.place)

    def change(frames: list[Frame]) -> list[Frame]:
        places = _parts(scene, frames)[:2]
        if len(places) == 2:
            one, two = places
            texts = frames[one].data[rules.text], frames[two].data[rules.text]
            frames[one] = frames[one].saying(**{rules.text: texts[1]})
            frames[two] = frames[two].saying(**{rules.text: texts[0]})
        return frames

    return await reframed(scene, change)


@live("stream", "text-altered", streams)
async def text_altered(scene: Scene) -> Answer:
    """A part of a message is not what the message says in the end."""
    rules = rules_of(scene.place)

    def change(frames: list[Frame]) -> list[Frame]:
        for place in _parts(scene, frames)[:1]:
            text = str(frames[place].data[rules.text])
            frames[place] = frames[place].saying(**{rules.text: f"{text[:-1]}~"})
        return frames

    return await reframed(scene, change)


@live("stream", "text-altered-throughout", streams)
async def text_altered_throughout(scene: Scene) -> Answer:
    """A message says something else in all its events than is stored."""
    rules = rules_of(scene.place)

    def swapped(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: swapped(v) for k, v in value.items()}
        return value.replace("a", "e") if isinstance(value, str) and " " in value else value

    def change(frames: list[Frame]) -> list[Frame]:
        touched = (rules.part, rules.ends)
        return [
            each.but(data=swapped(each.data)) if each.data.get(rules.kind) in touched else each
            for each in frames
        ]

    return await reframed(scene, change)


@live("stream", "event-after-end", streams)
async def event_after_end(scene: Scene) -> Answer:
    """An event comes after the last one."""
    return await reframed(scene, lambda f: numbered([*f, f[-2]], f[0].id))


@live("stream", "message-id-twice", streams)
async def message_id_twice(scene: Scene) -> Answer:
    """Two messages of a turn have the same id."""
    rules = rules_of(scene.place)

    def change(frames: list[Frame]) -> list[Frame]:
        begun = [each for each in frames if each.data.get(rules.kind) == rules.begins]
        if len(begun) < 2:
            return frames
        one, two = (str(each.data[rules.key]) for each in begun[:2])
        return [
            each.but(data=json.loads(json.dumps(each.data).replace(two, one))) for each in frames
        ]

    return await reframed(scene, change)


@live("stream", "speaker-renamed", streams)
async def speaker_renamed(scene: Scene) -> Answer:
    """An agent has another name in all events than in the session."""

    def renamed(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {
            k: f"{v}!" if k.endswith("_name") and isinstance(v, str) else renamed(v)
            for k, v in value.items()
        }

    return await reframed(scene, lambda f: [each.but(data=renamed(each.data)) for each in f])


@live("stream", "stream-latin-1", streams)
async def stream_latin_1(scene: Scene) -> Answer:
    """A stream is not sent as UTF-8."""
    answer = await scene.serve(scene.call)
    if not frames_of(answer):
        return answer
    body = answer.body.replace(b'"text":"', b'"text":"\xe9', 1)
    return with_frames(answer, []).with_body(body).with_header("content-length", None)


@live("stream", "stream-merged", streams)
async def stream_merged(scene: Scene) -> Answer:
    """Two events are not parted by a blank line."""
    answer = await scene.serve(scene.call)
    frames = frames_of(answer)
    if len(frames) < 3:
        return answer
    spelled = [each.spelled for each in frames]
    spelled[0] = spelled[0][:-1]
    return with_frames(answer, []).with_body(b"".join(spelled)).with_header("content-length", None)


def _properties(place: Place) -> list[tuple[str, str, Any]]:
    """The properties of every type of event: the type, the name and the schema."""
    rules = stream_rules(place.document, place.operation)
    if rules is None:
        return []
    return [
        (kind, name, place.document.deref(child, ())[0])
        for kind, each in branches(place.document, rules.schema).items()
        for name, child in place.document.deref(each, ())[0].get("properties", {}).items()
        if name != rules.kind
    ]


async def _with_property(scene: Scene, change: Callable[[dict[str, Any], str], None]) -> Answer:
    kind, _, name = scene.place.site.partition("/")
    rules = rules_of(scene.place)

    def changed(frames: list[Frame]) -> list[Frame]:
        found = []
        for each in frames:
            data = dict(each.data)
            if data.get(rules.kind) == kind and name in data:
                change(data, name)
            found.append(each.but(data=data))
        return found

    return await reframed(scene, changed)


def _all(place: Place) -> Sequence[str]:
    return [f"{kind}/{name}" for kind, name, _ in _properties(place)]


def _nullable(place: Place) -> Sequence[str]:
    return [f"{kind}/{name}" for kind, name, each in _properties(place) if each.get("nullable")]


@live("stream", "event-property-missing", _all)
async def event_property_missing(scene: Scene) -> Answer:
    """A property is missing from the events of a type."""
    return await _with_property(scene, lambda data, name: data.pop(name) and None)


@live("stream", "event-property-forgotten", _nullable)
async def event_property_forgotten(scene: Scene) -> Answer:
    """A property of an event is null although it has a value."""
    return await _with_property(scene, lambda data, name: data.update({name: None}))


def _told(place: Place) -> Sequence[str]:
    found = _properties(place)
    return [f"{k}/{n}" for k, n, each in found if each.get("type") == "string"]


@live("stream", "event-property-altered", _told)
async def event_property_altered(scene: Scene) -> Answer:
    """A text of an event is well-formed and not true."""

    def change(data: dict[str, Any], name: str) -> None:
        text = data[name]
        if isinstance(text, str):
            swapped = {"0": "1", "a": "b"}.get(text[0], "0")
            data[name] = swapped + text[1:]

    return await _with_property(scene, change)


@live("stream", "event-extra-property", kinds)
async def event_extra_property(scene: Scene) -> Answer:
    """The events of a type have a property that is not documented."""
    return await _at_site(scene, lambda frame: [frame.saying(debug=True)])
