"""What the child process says, one JSON object a line, and the limits that it is given.

The server trusts none of it: a file that has taken over the child must not be able to do more than
to give wrong text for itself.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

PART_CHARACTERS = 100_000
"""A longer page comes in several parts with the same number."""

BATCH_CHARACTERS = 50_000
"""So much text is sent at once, if it comes quickly."""

LONGEST_LINE = 1 << 20
"""Bytes. A line holds less than a batch and a part, of up to four bytes a character, and names."""

LONGEST_NAME = 300
"""Characters of a title or author, as the contract has them."""


class Format(StrEnum):
    """What a file is."""

    PDF = "pdf"
    EPUB = "epub"
    DOCX = "docx"
    MARKDOWN = "markdown"
    TEXT = "text"


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one extraction may take."""

    memory_bytes: int = 1 << 30
    """Address space of the child."""

    cpu_seconds: int = 300
    wall_seconds: float = 600.0
    """Time that the child is waited for. What the caller does with a page does not count."""

    pages: int = 50_000
    characters: int = 100_000_000
    unpacked_bytes: int = 1 << 30
    """All files of a ZIP archive (EPUB, DOCX) together, once unpacked."""


class Page(msgspec.Struct, frozen=True):
    """Text of a page. Numbers begin at 1; what one is depends on the format (see ``extract``)."""

    number: int
    text: str


class About(msgspec.Struct, frozen=True):
    """What a file says of itself. Title and author are as unreliable as in any file."""

    format: Format
    title: str | None = None
    author: str | None = None


class Opened(msgspec.Struct, frozen=True, tag="opened"):
    """The first message of a book."""

    about: About


class Read(msgspec.Struct, frozen=True, tag="read"):
    """Pages, in order, and how far the book has been read: ``done`` of ``total``."""

    pages: list[Page]
    done: int
    total: int


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """The last message of a book that cannot be read. ``code`` is one of ``faults.REASONS``."""

    code: str


class Ended(msgspec.Struct, frozen=True, tag="ended"):
    """The last message of a book that has been read to its end."""


Message = Opened | Read | Failed | Ended
