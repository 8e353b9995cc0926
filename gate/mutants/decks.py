"""Drifts of decks: of their slides, their HTML, their versions and conditions."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Sequence
from html import escape, unescape
from typing import Any

from gate.mutants.messages import Answer, Call
from gate.mutants.operators import Place, Scene, live, when
from gate.mutants.places import body_fields, properties, success_schema
from gate.probes import CONDITION
from palaver.contract.document import Operation

Deck = dict[str, Any]
POSITION = "position"
TAG = CONDITION.lower()


def _answers_deck(place: Place) -> Sequence[str]:
    schema = success_schema(place) or {}
    return [""] if "slide_deck" in schema.get("properties", {}) else []


def _answers_html(place: Place) -> Sequence[str]:
    found = properties(place.document, success_schema(place))
    return [""] if any(path.endswith("/html") for path, _, _ in found) else []


def _slides_of(body: Any) -> list[dict[str, Any]]:
    """The slides of an answer that is a deck or a slide."""
    if not isinstance(body, dict):
        return []
    found: list[dict[str, Any]] = body["slide_deck"]["slides"] if "slide_deck" in body else [body]
    return [each for each in found if "html" in each]


async def _with_deck(scene: Scene, change: Callable[[Deck], None]) -> Answer:
    answer = await scene.serve(scene.call)
    body = copy.deepcopy(answer.json)
    if not answer.succeeded or not isinstance(body, dict):
        return answer
    change(body)
    return answer.with_json(body)


def _slides_operator(
    name: str, description: str, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]
) -> None:
    async def behave(scene: Scene) -> Answer:
        def changed(deck: Deck) -> None:
            deck["slide_deck"]["slides"] = change(deck["slide_deck"]["slides"])

        return await _with_deck(scene, changed)

    behave.__doc__ = description
    live("decks", name, _answers_deck)(behave)


_slides_operator("slide-lost", "A deck lacks its last slide.", lambda slides: slides[:-1])
_slides_operator("first-slide-lost", "A deck lacks its first slide.", lambda slides: slides[1:])
_slides_operator("slide-doubled", "A deck has its last slide twice.", lambda s: s + s[-1:])
_slides_operator("slides-reversed", "A deck starts with its last slide.", lambda s: s[::-1])
_slides_operator(
    "slides-swapped", "Two slides are in each other's place.", lambda s: s[1:2] + s[:1] + s[2:]
)
_slides_operator(
    "contents-swapped",
    "The last slide shows what the first one does.",
    lambda s: [*s[:-1], {**s[-1], "content": s[0]["content"], "html": s[0]["html"]}] if s else s,
)


@live("decks", "version-stays", _answers_deck)
async def version_stays(scene: Scene) -> Answer:
    """A change does not raise the version."""
    return await _with_deck(scene, lambda deck: deck.update(version=max(0, deck["version"] - 1)))


@live("decks", "theme-forgotten", _answers_deck)
async def theme_forgotten(scene: Scene) -> Answer:
    """Every deck is said to have the theme that a new one has."""
    return await _with_deck(scene, lambda deck: deck.update(theme="paper"))


@live("decks", "style-of-first", _answers_deck)
async def style_of_first(scene: Scene) -> Answer:
    """Every deck has the style sheet of the first one that was read."""

    def change(deck: Deck) -> None:
        css = scene.world.memory.setdefault("css", deck["slide_deck"]["css"])
        deck["slide_deck"]["css"] = css

    return await _with_deck(scene, change)


def _html_operator(name: str, description: str, change: Callable[[str], str]) -> None:
    async def behave(scene: Scene) -> Answer:
        def changed(body: Deck) -> None:
            for each in _slides_of(body):
                each["html"] = change(each["html"])

        return await _with_deck(scene, changed)

    behave.__doc__ = description
    live("decks", name, _answers_html)(behave)


_html_operator("html-unsanitised", "Markup in texts has its effect in the HTML.", unescape)
_html_operator("html-empty", "The HTML of a slide has none of its texts.", lambda _: "<p></p>")
_html_operator(
    "html-cut", "The HTML of a slide is cut in its middle.", lambda html: html[: len(html) // 2]
)
_html_operator(
    "html-handled",
    "The HTML of a slide runs a script.",
    lambda html: html.replace("<section", '<section onclick="x()"'),
)
_html_operator(
    "html-remote",
    "The HTML of a slide loads its images from elsewhere.",
    lambda html: re.sub('src="data:[^"]*"', 'src="https://images.example/1.png"', html),
)


@live("decks", "notes-shown", _answers_html)
async def notes_shown(scene: Scene) -> Answer:
    """The audience sees the speaker's notes."""

    def change(body: Deck) -> None:
        for each in _slides_of(body):
            each["html"] += escape(each["content"].get("notes", ""))

    return await _with_deck(scene, change)


@live("decks", "notes-lost", _answers_html)
async def notes_lost(scene: Scene) -> Answer:
    """The speaker's notes are lost."""

    def change(body: Deck) -> None:
        for each in _slides_of(body):
            each["content"].pop("notes", None)

    return await _with_deck(scene, change)


def _has_condition(operation: Operation) -> bool:
    return "412" in operation.responses


def _condition_operator(
    name: str, description: str, change: Callable[[Call, str], Call | None]
) -> None:
    async def behave(scene: Scene) -> Answer:
        tag = scene.call.header(TAG)
        changed = None if tag is None else change(scene.call, tag)
        return await scene.serve(changed or scene.call)

    behave.__doc__ = description
    live("decks", name, when(_has_condition))(behave)


def _tagged(tag: str) -> Callable[[Call, str], Call | None]:
    return lambda call, _tag: call.with_header(TAG, tag)


_condition_operator("stale-tag-taken", "A change of any version is made.", _tagged("*"))
_condition_operator(
    "tag-refused",
    "Only a change of whatever version is made.",
    lambda call, tag: call.with_header(TAG, '"x"') if tag.startswith('"') else None,
)
_condition_operator(
    "any-tag-refused",
    "That any version will do is not understood.",
    lambda call, tag: call.with_header(TAG, '"x"') if tag == "*" else None,
)
_condition_operator(
    "weak-tag-taken",
    "A weak tag is compared like a strong one.",
    lambda call, tag: call.with_header(TAG, tag.replace("W/", "")),
)
_condition_operator(
    "first-tag-counts",
    "Of several tags only the first counts.",
    lambda call, tag: call.with_header(TAG, tag.partition(",")[0]),
)
_condition_operator(
    "other-tag-taken",
    "A list of tags counts as any version.",
    lambda call, tag: call.with_header(TAG, "*") if "," in tag else None,
)


@live("decks", "condition-optional", when(_has_condition))
async def condition_optional(scene: Scene) -> Answer:
    """A change need not say which version it is for."""
    if scene.call.header(TAG) is None:
        return await scene.serve(scene.call.with_header(TAG, "*"))
    return await scene.serve(scene.call)


@live("decks", "refused-and-done", when(_has_condition))
async def refused_and_done(scene: Scene) -> Answer:
    """A change of another version is refused, and made all the same."""
    answer = await scene.serve(scene.call)
    if answer.status == 412:
        await scene.serve(scene.call.with_header(TAG, "*"))
    return answer


def _places(place: Place) -> Sequence[str]:
    return [POSITION] if POSITION in body_fields(place) else []


async def _placed(scene: Scene, change: Callable[[int], int]) -> Answer:
    def placed(found: re.Match[bytes]) -> bytes:
        value = int(found.group(2))
        return found.group(1) + str(change(value) if value <= 200 else value).encode()

    # Everything else of the body stays as it is, a key that is there twice too.
    body = re.sub(rb'("position": ?)([0-9]+)\b(?!\.)', placed, scene.call.body)
    return await scene.serve(scene.call.with_body(body) if body else scene.call)


@live("decks", "position-too-high", _places)
async def position_too_high(scene: Scene) -> Answer:
    """Positions count from 1 where a slide goes."""
    return await _placed(scene, lambda position: min(200, position + 1))


@live("decks", "position-too-low", _places)
async def position_too_low(scene: Scene) -> Answer:
    """A slide goes one place before where it should."""
    return await _placed(scene, lambda position: max(0, position - 1))


@live("decks", "position-last", _places)
async def position_last(scene: Scene) -> Answer:
    """A slide goes to the end, whatever its position."""
    return await _placed(scene, lambda _position: 200)


def _undoes(operation: Operation) -> bool:
    codes = operation.responses.get("409", {}).get("x-errors", {})
    return "nothing_to_undo" in codes


@live("decks", "undo-too-far", when(_undoes))
async def undo_too_far(scene: Scene) -> Answer:
    """Two changes are taken back at once."""
    answer = await scene.serve(scene.call)
    if answer.succeeded:
        again = await scene.serve(scene.call.with_header(TAG, "*"))
        return again if again.succeeded else answer
    return answer


@live("decks", "undo-redoes", when(_undoes))
async def undo_redoes(scene: Scene) -> Answer:
    """What was undone last is answered to whoever undoes more."""
    answer = await scene.serve(scene.call)
    if answer.succeeded:
        key = scene.call.path
        known: dict[str, Answer] = scene.world.memory.setdefault("undone", {})
        return known.setdefault(key, answer)
    return answer


@live("decks", "undo-silent", when(_undoes))
async def undo_silent(scene: Scene) -> Answer:
    """Where nothing is left to undo, nothing is said."""
    answer = await scene.serve(scene.call)
    if answer.succeeded:
        scene.world.memory["undone"] = answer
    elif answer.status == 409 and "undone" in scene.world.memory:
        last: Answer = scene.world.memory["undone"]
        return last
    return answer
