"""``If-Match``: which version a change is for."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from palaver.decks.deck import Deck
from palaver.decks.versions import check_version, entity_tag
from palaver.errors import DeckChanged

DECK = Deck("s", "Talk", "paper", 7, datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    "if_match",
    [
        "*",
        " * ",
        '"deck-7"',
        '  "deck-7"  ',
        '"deck-6", "deck-7"',
        '"a,b" ,"deck-7","c"',
        'W/"deck-7", "deck-7"',
        '"", "deck-7"',
    ],
)
def test_the_version_that_is_meant(if_match: str) -> None:
    check_version(DECK, if_match)
    assert entity_tag(DECK.version) == '"deck-7"'


@pytest.mark.parametrize(
    "if_match",
    [
        '"deck-6"',
        'W/"deck-7"',
        "deck-7",
        '"deck-7',
        '"Deck-7"',
        '"deck-70"',
        '"deck-6" "deck-7"',
        "**",
        '*, "deck-6"',
        ",",
        '"deck-6, "deck-7""',
        '"' * 1000,
    ],
)
def test_another_version(if_match: str) -> None:
    with pytest.raises(DeckChanged, match="version 7"):
        check_version(DECK, if_match)
