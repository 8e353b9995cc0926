"""Why no file could be made."""

from __future__ import annotations

MOST_PAGES = 1000
"""More pages than this are not made of one deck."""


class DeckTooLong(Exception):
    """The deck would fill more than ``MOST_PAGES`` pages, however small its text is set."""


class RenderingFailed(Exception):
    """No file could be made within the bounds of memory and time. The message is for the log."""
