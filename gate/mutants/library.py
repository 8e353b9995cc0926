"""Drifts of books and of answers from them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from gate.addressing import NO_BOOKS
from gate.mutants.messages import Answer
from gate.mutants.operators import Place, Scene, live, when
from gate.mutants.parts import Part, parts_of, with_parts
from gate.mutants.places import properties, success, success_schema
from gate.operations import file_fields, takes_form, takes_names
from palaver.contract.document import Operation

JSON = "application/json"


def _answers_from_books(operation: Operation) -> bool:
    return NO_BOOKS in operation.responses.get("503", {}).get("x-errors", {})


def _shows_sources(place: Place) -> Sequence[str]:
    """Answers that are, or have, messages with sources."""
    found = properties(place.document, success_schema(place))
    return [path for path, schema, _ in found if path.endswith("/sources") and "items" in schema]


def _owners(value: Any) -> list[dict[str, Any]]:
    """Every object that has sources."""
    if isinstance(value, list):
        return [each for item in value for each in _owners(item)]
    if not isinstance(value, dict):
        return []
    inner = [each for child in value.values() for each in _owners(child)]
    return [value, *inner] if isinstance(value.get("sources"), list) else inner


async def _with_sources(scene: Scene, change: Callable[[dict[str, Any]], None]) -> Answer:
    answer = await scene.serve(scene.call)
    body = answer.json
    if not answer.succeeded or not isinstance(body, dict | list):
        return answer
    body = copy.deepcopy(body)
    for owner in _owners(body):
        change(owner)
    return answer.with_json(body)


@live("library", "source-invented", _shows_sources)
async def source_invented(scene: Scene) -> Answer:
    """An answer names a page that it does not rest on."""

    def change(owner: dict[str, Any]) -> None:
        known = owner["sources"][:1]
        more = {**known[0], "page": known[0]["page"] + 1} if known else None
        owner["sources"] = [*owner["sources"], *([more] if more else [])]

    return await _with_sources(scene, change)


@live("library", "source-dropped", _shows_sources)
async def source_dropped(scene: Scene) -> Answer:
    """The last source of an answer is lost."""
    return await _with_sources(scene, lambda o: o.update(sources=o["sources"][:-1]))


@live("library", "sources-missing", _shows_sources)
async def sources_missing(scene: Scene) -> Answer:
    """An answer does not say that it has no sources."""
    return await _with_sources(scene, lambda o: o["sources"] or o.pop("sources"))


def _roles(place: Place) -> Sequence[str]:
    found = properties(place.document, success_schema(place))
    upper = [p for p, schema, _ in found if "ASSISTANT" in schema.get("enum", [])]
    return upper[:1] and [""]


@live("library", "role-lowered", _roles)
async def role_lowered(scene: Scene) -> Answer:
    """Roles are in lower case."""
    answer = await scene.serve(scene.call)
    return answer.with_body(answer.body.replace(b'"ASSISTANT"', b'"assistant"'))


@live("library", "role-swapped", _roles)
async def role_swapped(scene: Scene) -> Answer:
    """An answer is said to be the user's."""
    answer = await scene.serve(scene.call)
    return answer.with_body(answer.body.replace(b'"ASSISTANT"', b'"USER"'))


def _nothing(place: Place) -> dict[str, Any]:
    """The contract's example of an answer where nothing was found."""
    examples = success(place.operation)[1]["content"][JSON].get("examples", {})
    found = (each["value"] for each in examples.values() if each["value"].get("sources") == [])
    example: dict[str, Any] = next(found)
    return example


@live("library", "off-topic-answered", when(_answers_from_books))
async def off_topic_answered(scene: Scene) -> Answer:
    """What the books say nothing about is answered like what they do."""
    answer = await scene.serve(scene.call)
    body = answer.json
    if answer.succeeded and isinstance(body, dict):
        if body["sources"]:
            scene.world.memory["found"] = body
        elif "found" in scene.world.memory:
            found = scene.world.memory["found"]
            return answer.with_json(
                {**body, "content": found["content"], "sources": found["sources"]}
            )
    return answer


@live("library", "off-topic-reworded", when(_answers_from_books))
async def off_topic_reworded(scene: Scene) -> Answer:
    """That nothing was found is said in other words."""
    answer = await scene.serve(scene.call)
    body = answer.json
    if answer.succeeded and isinstance(body, dict) and not body["sources"]:
        return answer.with_json({**body, "content": "I do not know."})
    return answer


@live("library", "found-denied", when(_answers_from_books))
async def found_denied(scene: Scene) -> Answer:
    """What the books say is answered as if they did not."""
    answer = await scene.serve(scene.call)
    body = answer.json
    if not answer.succeeded or not isinstance(body, dict):
        return answer
    content = _nothing(scene.place)["content"]
    return answer.with_json({**body, "content": content, "sources": []})


@live("library", "answer-remembered", when(_answers_from_books))
async def answer_remembered(scene: Scene) -> Answer:
    """A question is answered from books that were deleted since it was asked first."""
    answer = await scene.serve(scene.call)
    body, asked = answer.json, scene.call.json
    if not answer.succeeded or not isinstance(body, dict):
        return answer
    known: dict[str, Any] = scene.world.memory.setdefault("answers", {})
    first = known.setdefault(str(asked), body)
    if body["sources"] or not first["sources"]:
        return answer
    return answer.with_json({**body, "content": first["content"], "sources": first["sources"]})


@live("library", "empty-answered", when(_answers_from_books))
async def empty_answered(scene: Scene) -> Answer:
    """Without a book, nothing is found instead of the library being empty."""
    answer = await scene.serve(scene.call)
    if answer.status != 503:
        return answer
    return answer.with_status(200).with_json(_nothing(scene.place)).with_header("retry-after", None)


@live("library", "failure-answered", when(_answers_from_books))
async def failure_answered(scene: Scene) -> Answer:
    """A model that fails is taken for one that found nothing."""
    answer = await scene.serve(scene.call)
    if answer.status != 502:
        return answer
    return answer.with_status(200).with_json(_nothing(scene.place))


def _arrays(place: Place) -> Sequence[str]:
    whole = success_schema(place) or {}
    return [""] if whole.get("type") == "array" else []


def _array_operator(name: str, description: str, change: Callable[[list[Any]], list[Any]]) -> None:
    async def behave(scene: Scene) -> Answer:
        answer = await scene.serve(scene.call)
        body = answer.json
        return answer.with_json(change(body)) if isinstance(body, list) else answer

    behave.__doc__ = description
    live("library", name, _arrays)(behave)


_array_operator("history-cut", "A history lacks its last message.", lambda items: items[:-1])
_array_operator("history-headless", "A history lacks its first message.", lambda items: items[1:])
_array_operator("history-reversed", "A history is newest first.", lambda items: items[::-1])


def _has_status(place: Place) -> Sequence[str]:
    found = properties(place.document, success_schema(place))
    return [path for path, schema, _ in found if "FAILED" in schema.get("enum", [])]


def _books(value: Any) -> list[dict[str, Any]]:
    listed = value.get("books", [value]) if isinstance(value, dict) else []
    return [each for each in listed if isinstance(each, dict) and "progress" in each]


async def _with_books(scene: Scene, change: Callable[[dict[str, Any]], None]) -> Answer:
    answer = await scene.serve(scene.call)
    body = copy.deepcopy(answer.json)
    if not answer.succeeded:
        return answer
    for each in _books(body):
        change(each)
    return answer.with_json(body)


def _book_operator(name: str, description: str, change: Callable[[dict[str, Any]], None]) -> None:
    async def behave(scene: Scene) -> Answer:
        return await _with_books(scene, change)

    behave.__doc__ = description
    live("library", name, _reads_status)(behave)


def _reads_status(place: Place) -> Sequence[str]:
    return [""] if place.operation.method == "get" and _has_status(place) else []


def _as_ready(book: dict[str, Any]) -> None:
    if book["status"] == "FAILED":
        book.update(status="READY", reason=None, progress=100)


def _as_failed(book: dict[str, Any]) -> None:
    if book["status"] == "READY":
        book.update(status="FAILED", reason="The file is damaged.")


def _unfinished(book: dict[str, Any]) -> None:
    if book["status"] == "READY":
        book.update(progress=99)


def _without_reason(book: dict[str, Any]) -> None:
    if book["status"] == "FAILED":
        book.update(reason="")


def _named_by_file(book: dict[str, Any]) -> None:
    book.update(title=book["fileName"])


_book_operator("failed-as-ready", "A book that failed is said to be READY.", _as_ready)
_book_operator("ready-as-failed", "A book that is READY is said to have failed.", _as_failed)
_book_operator("progress-unfinished", "A book that is READY is at 99 per cent.", _unfinished)
_book_operator("reason-empty", "Why a book failed is not said.", _without_reason)
_book_operator("title-of-file", "A book is named by its file, whatever its title.", _named_by_file)


def _begins(place: Place) -> Sequence[str]:
    return [""] if "202" in place.operation.responses and _has_status(place) else []


@live("library", "ready-at-once", _begins)
async def ready_at_once(scene: Scene) -> Answer:
    """A book that is only being taken in is said to be READY."""
    return await _with_books(scene, lambda book: book.update(status="READY", progress=100))


def _forms(place: Place) -> Sequence[str]:
    return [""] if takes_form(place.operation) else []


def _keeps_files(operation: Operation) -> bool:
    """Whether a file is kept under its name, and once."""
    return takes_form(operation) and takes_names(operation)


@live("library", "duplicate-taken", when(_keeps_files))
async def duplicate_taken(scene: Scene) -> Answer:
    """A file that is there is taken once more."""
    answer = await scene.serve(scene.call)
    if answer.status != 409:
        return answer
    count = scene.world.memory["copies"] = scene.world.memory.get("copies", 0) + 1
    files = file_fields(scene.place.document, scene.place.operation)
    end = b" " * count + b"\r\n"
    parts = [
        replace(each, raw=each.raw.removesuffix(b"\r\n") + end) if each.name in files else each
        for each in parts_of(scene.call)
    ]
    return await scene.serve(with_parts(scene.call, parts))


@live("library", "duplicate-names-another", when(_keeps_files))
async def duplicate_names_another(scene: Scene) -> Answer:
    """A file that is there is said to be another book."""
    answer = await scene.serve(scene.call)
    body = answer.json
    if answer.status != 409 or not isinstance(body, dict) or "bookId" not in body:
        return answer
    return answer.with_json({**body, "bookId": f"0{body['bookId'][1:-1]}0"})


def _fields(place: Place) -> Sequence[str]:
    if not takes_form(place.operation):
        return []
    body = place.operation.request_body or {}
    schema, _ = place.document.deref(next(iter(body["content"].values()))["schema"], ())
    return list(schema["properties"])


async def _with_form(scene: Scene, change: Callable[[list[Part]], list[Part]]) -> Answer:
    parts = parts_of(scene.call)
    changed = change(parts)
    return await scene.serve(with_parts(scene.call, changed) if changed != parts else scene.call)


@live("library", "field-ignored", lambda place: [f for f in _fields(place) if f != "file"])
async def field_ignored(scene: Scene) -> Answer:
    """A field of a form has no effect."""
    site = scene.place.site
    return await _with_form(scene, lambda parts: [p for p in parts if p.name != site])


@live("library", "unknown-field-taken", _forms)
async def unknown_field_taken(scene: Scene) -> Answer:
    """Unknown fields of a form are passed over."""
    known = _fields(scene.place)
    return await _with_form(scene, lambda parts: [p for p in parts if p.name in known])


@live("library", "repeated-field-taken", _fields)
async def repeated_field_taken(scene: Scene) -> Answer:
    """Of a field that is given twice the first value counts."""
    site = scene.place.site

    def once(parts: list[Part]) -> list[Part]:
        same = [each for each in parts if each.name == site]
        return [each for each in parts if each.name != site or each is same[0]]

    return await _with_form(scene, once)


@live("library", "file-renamed", when(_keeps_files))
async def file_renamed(scene: Scene) -> Answer:
    """The name of a file is lost."""

    def unnamed(parts: list[Part]) -> list[Part]:
        return [
            replace(each, raw=each.raw.replace(b'filename="', b'filename="x', 1)) for each in parts
        ]

    return await _with_form(scene, unnamed)


@live("library", "file-cut", _forms)
async def file_cut(scene: Scene) -> Answer:
    """The last byte of a file is lost."""
    files = file_fields(scene.place.document, scene.place.operation)

    def cut(parts: list[Part]) -> list[Part]:
        return [
            replace(each, raw=each.raw[:-3] + b"\r\n") if each.name in files else each
            for each in parts
        ]

    return await _with_form(scene, cut)
