"""The tools by which a model makes and changes a deck, and what their calls do to a draft.

Their arguments are checked against the contract's own schemas, the same as those of requests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

import msgspec

from palaver.decks.deck import MAX_SLIDES
from palaver.decks.making.arguments import InvalidArguments, read_arguments
from palaver.decks.making.contents import clipped, title_of
from palaver.decks.making.draft import Draft, Refused
from palaver.models import SlideContent

MAX_QUOTED_ARGUMENTS: Final = 200
MAX_RESULT_CHARACTERS: Final = 12_000
MAX_LISTED_TITLE: Final = 60

START: Final = "start"


class Schemas(Protocol):
    """What knows the contract's schemas."""

    def findings(self, schema: Mapping[str, Any], value: Any) -> list[str]:
        """What is wrong with a value; empty where it is valid."""
        ...

    def standalone(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """The schema as JSON Schema that refers to nothing."""
        ...


class Call(Protocol):
    """A call of a tool; the arguments are JSON as the model wrote it."""

    @property
    def name(self) -> str:
        """The tool."""
        ...

    @property
    def arguments(self) -> str:
        """Its arguments."""
        ...


class DeckTool(msgspec.Struct, frozen=True):
    """A tool as it is offered."""

    name: str
    description: str
    parameters: dict[str, Any]


def _component(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(required: Sequence[str], **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [*required],
        "properties": properties,
    }


_SLIDES: Final = {
    "type": "array",
    "minItems": 1,
    "maxItems": MAX_SLIDES,
    "items": _component("SlideContent"),
}
_SLIDE_IDS: Final = {
    "type": "array",
    "minItems": 1,
    "maxItems": MAX_SLIDES,
    "uniqueItems": True,
    "items": _component("SlideId"),
}
_AFTER: Final = {
    "type": "string",
    "minLength": 5,
    "maxLength": 16,
    "pattern": "^(start|slide_(0|[1-9][0-9]{0,8}))$",
    "description": "The id of the slide before it, or 'start'.",
}


class _Tool(msgspec.Struct, frozen=True):
    description: str
    schema: dict[str, Any]
    does: Callable[[Draft, dict[str, Any]], str]
    needs_deck: bool = True


def _contents(values: Sequence[Any]) -> list[SlideContent]:
    return [msgspec.convert(value, SlideContent) for value in values]


def _create(draft: Draft, given: dict[str, Any]) -> str:
    slides = _contents(given["slides"])
    if [slide.content for slide in draft.slides] == slides:
        # A model that repeats itself makes no further version.
        draft.restyle(title=given["title"], theme=given.get("theme"))
        return f"The deck has these {_slides(len(slides))} already."
    draft.begin_anew(given["title"])
    draft.restyle(theme=given.get("theme"))
    made = draft.insert(0, slides)
    return f"A deck of {_slides(len(made))} was made."


def _insert(draft: Draft, given: dict[str, Any]) -> str:
    place = _after(draft, given["after"]) if "after" in given else len(draft.slides)
    made = draft.insert(place, _contents(given["slides"]))
    return f"{_slides(len(made))} added: {', '.join(made)}."


def _replace(draft: Draft, given: dict[str, Any]) -> str:
    draft.replace(given["slide_id"], _contents([given["slide"]]))
    return f"{given['slide_id']} was replaced."


def _move(draft: Draft, given: dict[str, Any]) -> str:
    slide_id, after = given["slide_id"], given["after"]
    if after == slide_id:
        raise Refused(f"{slide_id} cannot stand after itself.")
    start, place = draft.place_of(slide_id), _after(draft, after)
    draft.move(slide_id, place - (start < place))
    return f"{slide_id} was moved."


def _delete(draft: Draft, given: dict[str, Any]) -> str:
    for slide_id in given["slide_ids"]:
        draft.delete(slide_id)
    return f"{_slides(len(given['slide_ids']))} deleted."


def _update(draft: Draft, given: dict[str, Any]) -> str:
    draft.restyle(title=given.get("title", ""), theme=given.get("theme"))
    return f"The deck is called “{draft.deck.title}”, with the theme {draft.deck.theme}."


def _read(draft: Draft, given: dict[str, Any]) -> str:
    found = [draft.slides[draft.place_of(slide_id)] for slide_id in given["slide_ids"]]
    shown = [{"slide_id": slide.slide_id, "content": slide.content} for slide in found]
    text = msgspec.json.encode(shown).decode()
    if len(text) > MAX_RESULT_CHARACTERS:
        raise Refused("That is too much for one answer; read fewer slides at once.")
    return text


READ: Final = "read_slides"
CREATE: Final = "create_deck"

_TOOLS: Final[dict[str, _Tool]] = {
    CREATE: _Tool(
        "Make the user's slide deck, in place of the one that there may be.",
        _object(
            ["title", "slides"],
            title=_component("Title"),
            theme=_component("Theme"),
            slides=_SLIDES,
        ),
        _create,
        needs_deck=False,
    ),
    "insert_slides": _Tool(
        "Add slides to the deck, at its end or after a slide.",
        _object(["slides"], slides=_SLIDES, after=_AFTER),
        _insert,
    ),
    "replace_slide": _Tool(
        "Let a slide of the deck show something else; give all of its content, notes included.",
        _object(
            ["slide_id", "slide"], slide_id=_component("SlideId"), slide=_component("SlideContent")
        ),
        _replace,
    ),
    "move_slide": _Tool(
        "Let a slide of the deck stand elsewhere.",
        _object(["slide_id", "after"], slide_id=_component("SlideId"), after=_AFTER),
        _move,
    ),
    "delete_slides": _Tool(
        "Remove slides from the deck.", _object(["slide_ids"], slide_ids=_SLIDE_IDS), _delete
    ),
    "update_deck": _Tool(
        "Change the title or the theme of the deck.",
        {**_object([], title=_component("Title"), theme=_component("Theme")), "minProperties": 1},
        _update,
    ),
    READ: _Tool(
        "Read slides of the deck in full.", _object(["slide_ids"], slide_ids=_SLIDE_IDS), _read
    ),
}


class Toolbox:
    """The tools over one contract."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self._offered: Final = {
            name: DeckTool(name, tool.description, schemas.standalone(tool.schema))
            for name, tool in _TOOLS.items()
        }

    def offered(self, *, has_slides: bool) -> tuple[DeckTool, ...]:
        """The tools for a session with or without slides."""
        return tuple(
            self._offered[name]
            for name, tool in _TOOLS.items()
            if has_slides or not tool.needs_deck
        )

    def apply(self, draft: Draft, calls: Sequence[Call], *, is_cut: bool) -> list[str]:
        """Do to the draft what the calls say; return what each gave, for the model.

        Raises ``Misfits`` where one cannot be done, and then the draft is of no more use.
        """
        given = [self._arguments(call, is_cut=is_cut) for call in calls]
        errors: list[str | None] = [each if isinstance(each, str) else None for each in given]
        if any(errors):
            raise Misfits(errors)
        errors = _contradictions(calls, given)
        if any(errors):
            raise Misfits(errors)
        results: list[str] = []
        for call, arguments in zip(calls, given, strict=True):
            assert isinstance(arguments, dict)
            try:
                results.append(_TOOLS[call.name].does(draft, arguments))
            except Refused as error:
                # What comes after it may be wrong only because of it.
                raise Misfits([*[None] * len(results), str(error)]) from None
        return results

    def _arguments(self, call: Call, *, is_cut: bool) -> dict[str, Any] | str:
        """The arguments of a call, or what is wrong with it."""
        tool = _TOOLS.get(call.name)
        if tool is None:
            return f"There is no tool {clipped(call.name, 64)!r}; there are {', '.join(_TOOLS)}."
        try:
            value = read_arguments(call.arguments)
        except InvalidArguments as error:
            if is_cut:
                return (
                    "The answer was cut off in the middle of the arguments, since it may not be "
                    "longer. Make fewer or shorter slides in one call."
                )
            end = call.arguments[-MAX_QUOTED_ARGUMENTS:]
            return f"The arguments are not JSON ({error}); they end with {end!r}."
        findings = self._schemas.findings(tool.schema, value)
        if findings:
            return f"The arguments do not fit: {'; '.join(findings)}."
        arguments: dict[str, Any] = value
        return arguments


class Misfits(Exception):
    """Calls that do not fit; ``errors`` says of each what is wrong, None where nothing is."""

    def __init__(self, errors: Sequence[str | None]) -> None:
        self.errors: Final = errors
        super().__init__(next(error for error in errors if error is not None))


def outline_of(draft: Draft) -> str:
    """The slides with their ids, in the deck's order, as far as that is not too long."""
    lines = [
        f"{slide.slide_id} {slide.content.__struct_config__.tag}: "
        f"{clipped(title_of(slide.content), MAX_LISTED_TITLE)}"
        for slide in draft.slides
    ]
    text = "\n".join(lines)
    if len(text) <= MAX_RESULT_CHARACTERS:
        return text
    return " ".join(slide.slide_id for slide in draft.slides)


def _contradictions(calls: Sequence[Call], given: Sequence[Any]) -> list[str | None]:
    """What calls of one answer say against each other."""
    errors: list[str | None] = [None] * len(calls)
    seen: dict[tuple[str, str], int] = {}
    for place, (call, arguments) in enumerate(zip(calls, given, strict=True)):
        keys: list[tuple[str, str]] = []
        if call.name in ("replace_slide", "move_slide"):
            keys = [(call.name, arguments["slide_id"])]
        elif call.name == "update_deck":
            keys = [("update_deck", name) for name in arguments]
        elif call.name == CREATE:
            keys = [(CREATE, "")]
        for key in keys:
            if key in seen:
                errors[place] = f"{call.name} is called twice for the same thing in one answer."
            seen[key] = place
    return errors


def _after(draft: Draft, slide_id: str) -> int:
    return 0 if slide_id == START else draft.place_of(slide_id) + 1


def _slides(count: int) -> str:
    return "1 slide" if count == 1 else f"{count} slides"
