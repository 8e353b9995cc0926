"""What the store keeps of decks: frozen records, free of SQLAlchemy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from palaver.models import SlideContent, Theme


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
class DeckEdit:
    """A change that was made for one version of a deck; without ``wanted`` it takes back the change
    before."""

    base: Deck
    wanted: Deck | None


@dataclass(frozen=True, slots=True)
class Image:
    """An image of a session as it is kept: PNG or JPEG, at most 1920 pixels wide and high.

    ``preview`` is a smaller JPEG or PNG of the same, for HTML that has to be complete in itself.
    ``data`` is empty where only the preview was asked for.
    """

    image_id: str
    media_type: str
    width: int
    height: int
    data: bytes
    preview: bytes
    preview_type: str
