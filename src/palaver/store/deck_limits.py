"""What a deck can hold. Held by the store, so that nobody who changes decks gets past it."""

from __future__ import annotations

from typing import Final

import msgspec

from palaver.errors import DeckFull
from palaver.store.deck_records import Deck

MAX_SLIDES: Final = 200
MAX_DECK_BYTES: Final = 1 << 20
"""The most bytes of the contents together, as JSON."""

MAX_LINES: Final = 10_000
"""The most line feeds together: many short lines make more pages than many long ones."""

MAX_NUMBER: Final = 999_999_999
"""The most slides that a deck can have had."""

_encode: Final = msgspec.json.Encoder().encode


def check_room(deck: Deck) -> None:
    """Raise DeckFull for a deck that is larger than one may be."""
    if len(deck.slides) > MAX_SLIDES:
        raise DeckFull(f"A deck may have {MAX_SLIDES} slides.")
    if deck.next_number > MAX_NUMBER:
        raise DeckFull("The deck has had as many slides as one may have.")
    size = lines = 0
    for slide in deck.slides:
        content = _encode(slide.content)
        size += len(content)
        lines += content.count(rb"\n")
    if size > MAX_DECK_BYTES:
        raise DeckFull(f"The texts of a deck may have {MAX_DECK_BYTES} bytes.")
    if lines > MAX_LINES:
        raise DeckFull(f"The texts of a deck may have {MAX_LINES} line breaks.")
