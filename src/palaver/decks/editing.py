"""Changes of a deck: each a function from one version to the next. Nothing here waits or stores.

A position beyond the end means the end.
"""

from __future__ import annotations

from dataclasses import replace

from palaver.decks.deck import Deck, Slide
from palaver.errors import SlideNotFound
from palaver.models import SlideContent, Theme


def insert_slide(deck: Deck, content: SlideContent, position: int | None = None) -> Deck:
    """Add a new slide at a position, or at the end; ``new_slide_id`` tells its id before."""
    place = len(deck.slides) if position is None else position
    slide = Slide(new_slide_id(deck), content)
    slides = (*deck.slides[:place], slide, *deck.slides[place:])
    return replace(deck, slides=slides, next_number=deck.next_number + 1)


def new_slide_id(deck: Deck) -> str:
    """The id of the next slide that is added to the deck."""
    return f"slide_{deck.next_number}"


def replace_slide(deck: Deck, slide_id: str, content: SlideContent) -> Deck:
    """Give a slide other content. Raises SlideNotFound."""
    place = place_of(deck, slide_id)
    slides = (*deck.slides[:place], Slide(slide_id, content), *deck.slides[place + 1 :])
    return replace(deck, slides=slides)


def delete_slide(deck: Deck, slide_id: str) -> Deck:
    """Take a slide out. Raises SlideNotFound."""
    place = place_of(deck, slide_id)
    return replace(deck, slides=deck.slides[:place] + deck.slides[place + 1 :])


def move_slide(deck: Deck, slide_id: str, position: int) -> Deck:
    """Put a slide where it has the given position; the others keep their order.

    Raises SlideNotFound.
    """
    place = place_of(deck, slide_id)
    others = deck.slides[:place] + deck.slides[place + 1 :]
    return replace(deck, slides=(*others[:position], deck.slides[place], *others[position:]))


def restyle(deck: Deck, *, theme: Theme | None = None, title: str | None = None) -> Deck:
    """Change the theme, the title, or both."""
    return replace(deck, theme=theme or deck.theme, title=deck.title if title is None else title)


def place_of(deck: Deck, slide_id: str) -> int:
    """Where a slide stands, from 0. Raises SlideNotFound."""
    for place, slide in enumerate(deck.slides):
        if slide.slide_id == slide_id:
            return place
    raise SlideNotFound(f"The deck has no slide {slide_id}.")
