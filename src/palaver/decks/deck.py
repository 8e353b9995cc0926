"""A deck as a thing: what editing changes, what the store keeps, what rendering shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from palaver.models import SlideContent, Theme

MAX_SLIDES = 200
MAX_DECK_BYTES = 2 << 20
"""The most bytes of a deck's contents, as JSON."""

MAX_IMAGES = 200
DEFAULT_THEME: Theme = "paper"


@dataclass(frozen=True, slots=True)
class Slide:
    """One slide; its id stays when its content changes."""

    slide_id: str
    content: SlideContent


@dataclass(frozen=True, slots=True)
class Deck:
    """One version of a session's deck. ``next_number`` is that of the next new slide."""

    session_id: str
    title: str
    theme: Theme
    version: int
    updated_at: datetime
    slides: tuple[Slide, ...] = ()
    next_number: int = 0


@dataclass(frozen=True, slots=True)
class Image:
    """An image of a session as it is kept: ``image/png`` or ``image/jpeg``, at most 2560 pixels wide
    and high.

    ``preview`` is a smaller JPEG or PNG of the same, for HTML that has to be complete in itself.
    """

    image_id: str
    media_type: str
    width: int
    height: int
    data: bytes
    preview: bytes
    preview_type: str


Images = Callable[[str], Image | None]
"""Finds an image by its id; ``None`` where the session has none."""
