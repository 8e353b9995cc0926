"""Follow-ups: questions that mean something only after the one before."""

from __future__ import annotations

import re
from typing import Final

MOST_WORDS: Final = 3
"""A question of so few words is taken for one."""

MOST_CHARACTERS: Final = 12
"""The same for scripts that put no spaces between words."""

# English words that point at what was said. For other languages only the length tells.
_POINTING: Final = re.compile(
    r"\b(?:it|its|they|them|their|theirs|he|him|his|she|her|hers|this|that|these|those|there|"
    r"one|ones|same|former|latter|such|above|previous|earlier|else|instead)\b"
    r"|^\W*(?:and|but|so|or|why|what about|how about|also)\b",
    re.IGNORECASE,
)


def looks_back(question: str) -> bool:
    """Whether a question refers to what was said before, as far as its words show."""
    words = question.split()
    is_short = len(words) <= MOST_WORDS and (
        len(words) > 1 or len(question.strip()) <= MOST_CHARACTERS
    )
    return is_short or _POINTING.search(question) is not None
