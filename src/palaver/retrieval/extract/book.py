"""In the child: what every format's reader gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from palaver.retrieval.extract.messages import About


class Part(NamedTuple):
    """Text of a page, and how far the book has been read."""

    number: int
    text: str
    done: int
    total: int


@dataclass(frozen=True)
class Book:
    """A file that has been opened."""

    about: About
    parts: Iterator[Part]

    pages: int = 0
    """Pages of a PDF: with fewer letters and digits than these, it is taken for a scan."""

    without_text: str = "no_text"
    """The code of the failure if there is no text."""
