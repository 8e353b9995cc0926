"""The estimate of tokens, and the library without books."""

from __future__ import annotations

import asyncio

import pytest

from palaver.chat.passages import NoPassages, Passages, Shelf
from palaver.chat.prompt import estimate_tokens
from tests.chat.collecting import passage


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("a", 1),
        ("abcd", 1),
        ("abcde", 2),
        ("世界", 2),
        ("Grüße", 3),
        ("世界abcde", 4),
        ("🎉", 1),
        ("\ud800", 1),
        ("x" * 4_000_001, 1_000_001),
    ],
)
def test_tokens_are_estimated_by_fours_of_ascii_and_ones_of_others(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens


def test_a_library_without_books_is_not_ready_and_finds_nothing() -> None:
    library: Passages = NoPassages()

    async def ask() -> tuple[Shelf, int]:
        return await library.shelf(), len(await library.search("heap", limit=5))

    assert asyncio.run(ask()) == ("empty", 0)
    assert not library.supporting("A heap is a tree.", [passage("Heaps", 1, "A heap is a tree.")])
