"""A deck as a thing: what editing changes, what the store keeps, what rendering shows."""

from __future__ import annotations

from collections.abc import Callable

from palaver.store.deck_limits import MAX_DECK_BYTES, MAX_LINES, MAX_SLIDES
from palaver.store.deck_records import Deck, Image, Slide
from palaver.store.decks import DEFAULT_THEME

__all__ = [
    "DEFAULT_THEME",
    "MAX_DECK_BYTES",
    "MAX_LINES",
    "MAX_SLIDES",
    "Deck",
    "Image",
    "Images",
    "Slide",
]

Images = Callable[[str], Image | None]
"""Finds an image by its id; ``None`` where the session has none."""
