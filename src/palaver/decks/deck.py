"""A deck as a thing: what editing changes, what the store keeps, what rendering shows."""

from __future__ import annotations

from collections.abc import Callable

from palaver.store.deck_records import Deck, Image, Slide
from palaver.store.decks import DEFAULT_THEME

__all__ = [
    "DEFAULT_THEME",
    "MAX_DECK_BYTES",
    "MAX_SLIDES",
    "Deck",
    "Image",
    "Images",
    "Slide",
]

MAX_SLIDES = 200
MAX_DECK_BYTES = 2 << 20
"""The most bytes of a deck's contents, as JSON."""


Images = Callable[[str], Image | None]
"""Finds an image by its id; ``None`` where the session has none."""
