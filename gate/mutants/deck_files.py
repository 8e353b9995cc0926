"""Drifts of images, of the files that are made of decks, and of the events that tell of decks."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from urllib.parse import quote

from PIL import Image

from gate.mutants.frames import Frame, kinds, reframed, rules_of
from gate.mutants.messages import Answer, Call
from gate.mutants.operators import Place, Scene, live, when
from gate.mutants.parts import parts_of, with_parts
from gate.operations import is_safe, picture_fields
from gate.probes import CONDITION

EVENT = "deck.updated"


def _takes_picture(place: Place) -> Sequence[str]:
    return [""] if picture_fields(place.document, place.operation) else []


@live("decks", "any-file-taken", _takes_picture)
async def any_file_taken(scene: Scene) -> Answer:
    """What is no image is taken for one."""
    answer = await scene.serve(scene.call)
    if answer.succeeded:
        scene.world.memory["made"] = scene.call, answer
    elif b"invalid-image" in answer.body and "made" in scene.world.memory:
        call, _ = scene.world.memory["made"]
        return await scene.serve(call.with_path(scene.call.path_parameters or {}))
    return answer


@live("decks", "image-grey", _takes_picture)
async def image_grey(scene: Scene) -> Answer:
    """Images lose their colours."""
    return await _with_picture(scene, lambda image: image.convert("L"))


@live("decks", "image-shrunk", _takes_picture)
async def image_shrunk(scene: Scene) -> Answer:
    """Images lose a row of pixels."""
    return await _with_picture(
        scene, lambda image: image.crop((0, 0, image.width, max(1, image.height - 1)))
    )


async def _with_picture(scene: Scene, change: Callable[[Image.Image], Image.Image]) -> Answer:
    files = picture_fields(scene.place.document, scene.place.operation)
    parts = []
    for part in parts_of(scene.call):
        head, _, content = part.raw.partition(b"\r\n\r\n")
        if part.name in files:
            try:
                image = Image.open(io.BytesIO(content.removesuffix(b"\r\n"))).convert("RGBA")
            except (OSError, ValueError, SyntaxError):
                return await scene.serve(scene.call)
            buffer = io.BytesIO()
            change(image).save(buffer, "PNG")
            part = replace(part, raw=head + b"\r\n\r\n" + buffer.getvalue() + b"\r\n")
        parts.append(part)
    return await scene.serve(with_parts(scene.call, parts) if parts else scene.call)


def _files(place: Place) -> Sequence[str]:
    """Operations that answer with files: their types."""
    responses = place.operation.responses
    found = [
        kind
        for status in place.operation.success_statuses
        for kind in responses[str(status)].get("content", {})
        if "Content-Disposition" in responses[str(status)].get("headers", {})
    ]
    return found if len(found) > 1 else []


def _is_file(scene: Scene, answer: Answer) -> bool:
    """Whether it is a file of the site's type, and not only what a HEAD is told of one."""
    kind = (answer.header("content-type") or "").partition(";")[0]
    return answer.succeeded and kind == scene.place.site and bool(answer.body)


@live("decks", "file-of-other-type", _files)
async def file_of_other_type(scene: Scene) -> Answer:
    """A file of one type is answered as one of the other."""
    answer = await scene.serve(scene.call)
    if not _is_file(scene, answer):
        return answer
    others = [each for each in _files(scene.place) if each != scene.place.site]
    other = scene.call.with_query([]).with_header("accept", others[0])
    made = await scene.serve(other)
    return made.with_header("content-type", answer.header("content-type"))


@live("decks", "file-remembered", _files)
async def file_remembered(scene: Scene) -> Answer:
    """The file of another session is answered."""
    answer = await scene.serve(scene.call)
    if not _is_file(scene, answer):
        return answer
    first: Answer = scene.world.memory.setdefault("file", answer)
    return first


@live("decks", "file-cut-short", _files)
async def file_cut_short(scene: Scene) -> Answer:
    """The end of a file is missing."""
    answer = await scene.serve(scene.call)
    if not _is_file(scene, answer):
        return answer
    return answer.with_body(answer.body[: len(answer.body) * 2 // 3])


@live("decks", "file-unnamed", _files)
async def file_unnamed(scene: Scene) -> Answer:
    """Files of a type all have one name."""
    answer = await scene.serve(scene.call)
    if not _is_file(scene, answer):
        return answer
    kind = scene.place.site.rpartition("/")[2]
    ending = {"json": "json", "pdf": "pdf", "markdown": "md"}.get(kind, "pptx")
    name = f"attachment; filename=\"file.{ending}\"; filename*=UTF-8''{quote('é')}.{ending}"
    return answer.with_header("content-disposition", name)


@live("decks", "export-changes", when(lambda o: o.method == "post" and is_safe(o)))
async def export_changes(scene: Scene) -> Answer:
    """Whoever exports a deck makes a version of it."""
    answer = await scene.serve(scene.call)
    if answer.succeeded:
        path = scene.call.path.removesuffix("/export") + "/slides"
        body = {"title": "Exported"}
        change = Call("PATCH", path, b"", scene.call.headers, b"").with_header(
            CONDITION.lower(), "*"
        )
        change = change.with_header("content-type", "application/json").with_header("accept", None)
        await scene.serve(change.with_json(body))
    return answer


def _tells(place: Place) -> Sequence[str]:
    return [""] if EVENT in kinds(place) else []


async def _retold(scene: Scene, change: Callable[[Frame], Frame]) -> Answer:
    name = rules_of(scene.place).kind
    return await reframed(
        scene,
        lambda frames: [change(f) if f.data.get(name) == EVENT else f for f in frames],
    )


@live("decks", "event-says-all-changed", _tells)
async def event_says_all_changed(scene: Scene) -> Answer:
    """Every slide is said to have changed."""
    return await _retold(scene, lambda f: f.saying(changed_slide_ids=f.data["slide_ids"]))


@live("decks", "event-says-none-changed", _tells)
async def event_says_none_changed(scene: Scene) -> Answer:
    """No slide is said to have changed."""
    return await _retold(scene, lambda f: f.saying(changed_slide_ids=[]))


@live("decks", "event-of-former-version", _tells)
async def event_of_former_version(scene: Scene) -> Answer:
    """The event names the version before."""
    return await _retold(scene, lambda f: f.saying(version=max(1, f.data["version"] - 1)))


@live("decks", "event-slides-reversed", _tells)
async def event_slides_reversed(scene: Scene) -> Answer:
    """The event names the slides in the opposite order."""
    return await _retold(scene, lambda f: f.saying(slide_ids=f.data["slide_ids"][::-1]))
