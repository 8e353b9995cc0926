"""Passages of books: the interface through which a turn asks the library.

The library itself is no part of this room; until one is handed in, ``NoPassages`` stands for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from palaver.store import FoundPassage as Passage

__all__ = ["NoPassages", "Passage", "Passages", "Shelf"]

Shelf = Literal["ready", "processing", "empty"]
"""Whether there are books to search, or only some on their way, or none at all."""


class Passages(Protocol):
    """A library that can be searched."""

    async def shelf(self) -> Shelf:
        """What there is to search."""
        ...

    async def search(
        self, question: str, *, limit: int, steering: Sequence[str] = ()
    ) -> Sequence[Passage]:
        """The passages that answer the question, best first; none where the books have none.

        ``steering`` are words that prefer some of them, and never decide whether there are any.
        """
        ...

    def supporting(self, answer: str, passages: Sequence[Passage]) -> Sequence[Passage]:
        """Those of the passages that say what the answer says, by their words."""
        ...


class NoPassages:
    """A library without books."""

    async def shelf(self) -> Shelf:
        """None at all."""
        return "empty"

    async def search(
        self,
        question: str,  # noqa: ARG002
        *,
        limit: int,  # noqa: ARG002
        steering: Sequence[str] = (),  # noqa: ARG002
    ) -> Sequence[Passage]:
        """Nothing."""
        return ()

    def supporting(
        self,
        answer: str,  # noqa: ARG002
        passages: Sequence[Passage],  # noqa: ARG002
    ) -> Sequence[Passage]:
        """None."""
        return ()
