"""What can be wished of a deck."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from palaver.decks.making.phrases import END, Layout, Place, Reference

THEMES: Final = ("paper", "midnight", "ocean")


class Create(msgspec.Struct, frozen=True):
    """A new deck. ``is_deck`` says that the words name a deck and not only some slides."""

    topic: str = ""
    count: int | None = None
    theme: str | None = None
    material: str = ""
    is_deck: bool = True


class Add(msgspec.Struct, frozen=True):
    """One or more further slides."""

    topic: str = ""
    count: int = 1
    place: Place = END
    layout: Layout | None = None
    material: str = ""


class Delete(msgspec.Struct, frozen=True):
    """Slides that shall go."""

    slides: tuple[Reference, ...]


class DeleteAll(msgspec.Struct, frozen=True):
    """All slides shall go but these."""

    kept: tuple[Reference, ...] = ()


class Move(msgspec.Struct, frozen=True):
    """A slide that shall stand elsewhere."""

    slide: Reference
    place: Place


class Swap(msgspec.Struct, frozen=True):
    """Two slides that shall change places."""

    first: Reference
    second: Reference


class Retitle(msgspec.Struct, frozen=True):
    """Another title for a slide; for the deck where there is no slide."""

    title: str
    slide: Reference | None = None


class Reshape(msgspec.Struct, frozen=True):
    """A slide in another layout, with new content where the message brings some."""

    slide: Reference
    layout: Layout
    material: str = ""


class Replace(msgspec.Struct, frozen=True):
    """Other content for a slide."""

    slide: Reference
    material: str


class SetNotes(msgspec.Struct, frozen=True):
    """Notes for a slide; with ``keep`` after those that it has."""

    slide: Reference
    notes: str
    keep: bool = False


class SetTheme(msgspec.Struct, frozen=True):
    """Another look."""

    theme: str


class Undo(msgspec.Struct, frozen=True):
    """The deck as it was before its last change; more than that cannot be had at once."""

    what: Literal["last", "several", "undone"] = "last"


class Export(msgspec.Struct, frozen=True):
    """A file of the deck. ``is_named`` where the words name a deck or its kind of file."""

    is_named: bool = True


class ListSlides(msgspec.Struct, frozen=True):
    """What slides there are."""


class NotUnderstood(msgspec.Struct, frozen=True):
    """Something is asked of the slides, and it is not clear what; ``why`` may say more."""

    why: str = ""


Wish = (
    Create
    | Add
    | Delete
    | DeleteAll
    | Move
    | Swap
    | Retitle
    | Reshape
    | Replace
    | SetNotes
    | SetTheme
    | Undo
    | Export
    | ListSlides
    | NotUnderstood
)
