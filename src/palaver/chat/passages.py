"""Passages of books: the interface through which a turn asks the library.

The library itself is no part of this room; until one is handed in, ``NoPassages`` stands for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec


class Passage(msgspec.Struct, frozen=True):
    """A piece of a book's page, as it stands there."""

    book_title: str
    page: int
    text: str


class Passages(Protocol):
    """A library that can be searched."""

    async def books_ready(self) -> bool:
        """Whether there is at least one book that can be searched."""
        ...

    async def search(self, question: str, *, limit: int) -> Sequence[Passage]:
        """The passages that answer the question, best first; none where the books have none."""
        ...


class NoPassages:
    """A library without books."""

    async def books_ready(self) -> bool:
        """No."""
        return False

    async def search(self, question: str, *, limit: int) -> Sequence[Passage]:  # noqa: ARG002
        """Nothing."""
        return ()
