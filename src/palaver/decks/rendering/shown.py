"""What rendering wants to know of a deck: no more than a child process is told.

The store's own records fit, and so does what ``filing`` reads from a folder. The store itself takes
longer to load than a small deck to write, so it stays out of that process.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol, TypeAlias

from palaver.models import SlideContent, Theme


class ShownSlide(Protocol):
    """A slide of a deck."""

    @property
    def content(self) -> SlideContent:
        """What it shows."""


class ShownDeck(Protocol):
    """A deck."""

    @property
    def title(self) -> str:
        """Its title, without characters that XML does not have."""

    @property
    def theme(self) -> Theme:
        """How it looks."""

    @property
    def updated_at(self) -> datetime:
        """The time of its last change, which is the time in its files."""

    @property
    def slides(self) -> Sequence[ShownSlide]:
        """Its slides, in order."""


class ShownImage(Protocol):
    """An image as files need it."""

    @property
    def width(self) -> int:
        """In pixels."""

    @property
    def height(self) -> int:
        """In pixels."""

    @property
    def data(self) -> bytes:
        """A PNG or JPEG file."""


class ShownPreview(Protocol):
    """An image as HTML needs it."""

    @property
    def width(self) -> int:
        """Of the whole image, in pixels."""

    @property
    def height(self) -> int:
        """Of the whole image, in pixels."""

    @property
    def preview(self) -> bytes:
        """A small PNG or JPEG file."""

    @property
    def preview_type(self) -> str:
        """Its media type."""


Images: TypeAlias = Callable[[str], ShownImage | None]
"""Finds an image by its id; ``None`` where there is none."""

Previews: TypeAlias = Callable[[str], ShownPreview | None]
"""The same for HTML."""
