"""A deck while it is being changed: several steps become one version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from palaver.decks import editing
from palaver.decks.deck import MAX_SLIDES, Deck, Slide
from palaver.decks.making.contents import clipped, one_line
from palaver.errors import DeckFull, SlideNotFound
from palaver.models import SlideContent, Theme
from palaver.store.deck_limits import check_room

MAX_DECK_TITLE: Final = 200
"""What the contract's ``Title`` holds."""


class Refused(Exception):
    """A change that cannot be made; ``str`` says why, in words for end users and for models."""


class Draft:
    """The next version of a deck."""

    def __init__(self, base: Deck) -> None:
        self._deck = base

    @property
    def deck(self) -> Deck:
        """What the deck has become so far."""
        return self._deck

    @property
    def slides(self) -> Sequence[Slide]:
        """The slides as they stand now."""
        return self._deck.slides

    def begin_anew(self, title: str) -> None:
        """Leave no slide. The ids of new ones go on counting."""
        self._deck = replace(self._deck, slides=())
        self.restyle(title=title)

    def restyle(self, *, title: str = "", theme: Theme | None = None) -> None:
        """Give the deck another title, theme or both; a blank title changes nothing."""
        name = clipped(one_line(title), MAX_DECK_TITLE)
        self._deck = editing.restyle(self._deck, theme=theme, title=name or None)

    def place_of(self, slide_id: str) -> int:
        """Where a slide stands, from 0. Raises ``Refused``."""
        try:
            return editing.place_of(self._deck, slide_id)
        except SlideNotFound as error:
            raise Refused(str(error)) from None

    def insert(self, place: int, contents: Sequence[SlideContent]) -> list[str]:
        """Put new slides before what stands at a place; return their ids. Raises ``Refused``."""
        count = len(self.slides) + len(contents)
        if count > MAX_SLIDES:
            raise Refused(f"A deck may have {MAX_SLIDES} slides; this one would have {count}.")
        new = []
        for position, content in enumerate(contents, place):
            new.append(editing.new_slide_id(self._deck))
            self._deck = editing.insert_slide(self._deck, content, position)
        return new

    def replace(self, slide_id: str, contents: Sequence[SlideContent]) -> None:
        """Let a slide show the first of the contents; the others follow on new slides.

        Raises ``Refused``.
        """
        place = self.place_of(slide_id)
        self._deck = editing.replace_slide(self._deck, slide_id, contents[0])
        self.insert(place + 1, contents[1:])

    def move(self, slide_id: str, place: int) -> None:
        """Let a slide stand at a place, counted without it. Raises ``Refused``."""
        self.place_of(slide_id)
        self._deck = editing.move_slide(self._deck, slide_id, place)

    def delete(self, slide_id: str) -> None:
        """Remove a slide. Raises ``Refused``."""
        self.place_of(slide_id)
        self._deck = editing.delete_slide(self._deck, slide_id)

    def finished(self) -> Deck:
        """The deck that is wanted. Raises ``Refused`` where it is more than a deck may be."""
        try:
            check_room(self._deck)
        except DeckFull as error:
            raise Refused(str(error)) from None
        return self._deck
