"""Which version of a deck a change was made for: entity tags and ``If-Match``.

RFC 9110, sections 8.8.3 and 13.1.1. Every change has to say, so that of two people who change a
deck at once neither undoes unknowingly what the other did.
"""

from __future__ import annotations

import re
from typing import Final

from palaver.decks.deck import Deck
from palaver.errors import DeckChanged

# A weak tag never matches here; it is recognised, so that what follows it still counts.
_TAG: Final = re.compile(r'\s*((?:W/)?"[^"]*")\s*(?:,|$)')


def entity_tag(version: int) -> str:
    """The strong tag of a version of a deck."""
    return f'"deck-{version}"'


def check_version(deck: Deck, if_match: str) -> None:
    """Raise DeckChanged where the header means another version."""
    if if_match.strip() != "*" and entity_tag(deck.version) not in _tags(if_match):
        raise DeckChanged(f"The deck is at version {deck.version}.")


def _tags(if_match: str) -> list[str]:
    """The tags of a list, as far as it is one."""
    tags = []
    position = 0
    while found := _TAG.match(if_match, position):
        tags.append(found.group(1))
        position = found.end()
        if position == len(if_match):
            break
    return tags
