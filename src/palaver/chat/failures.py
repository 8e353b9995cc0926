"""How a turn fails: the codes and the words of its ``error`` event, which end users read."""

from __future__ import annotations

import re
from typing import Final

MAX_DETAIL_CHARACTERS: Final = 1000
"""What the contract lets an ``error`` event say."""

INTERRUPTED: Final = ("interrupted", "The server stopped before the answer was complete.")
TOO_LONG: Final = ("answer_too_long", "The answer is longer than a message may be.")
DECK_CHANGED: Final = (
    "deck_changed",
    "Others kept changing the deck while this turn wanted to change it; it is as they left it.",
)
INTERNAL: Final = ("internal_error", "The server failed.")

_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


class TurnFailed(Exception):
    """The turn cannot go on: ``code`` and ``detail`` are those of its ``error`` event."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        self.detail = storable(detail)[:MAX_DETAIL_CHARACTERS]
        super().__init__(self.detail)


def storable(text: str) -> str:
    """The text without what PostgreSQL cannot keep as text: NUL and lone surrogates."""
    return _UNSTORABLE.sub("", text)
