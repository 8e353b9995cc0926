"""The words for slides as people misspell them."""

from __future__ import annotations

import difflib
import re
from typing import Final

MAX_WORDS: Final = 30
LIKENESS: Final = 0.85
VERB_LIKENESS: Final = 0.8

_WORD: Final = re.compile(r"[A-Za-z]+(?!\w)")
_LONG: Final = ("presentation", "presentations", "powerpoint", "slideshow")
_VERBS: Final = (
    "create",
    "make",
    "generate",
    "prepare",
    "insert",
    "delete",
    "remove",
    "rename",
    "replace",
    "move",
)
_SHORT: Final = {
    **dict.fromkeys(("slied", "sldie", "silde", "slde", "slidde", "slie"), "slide"),
    **dict.fromkeys(("slieds", "sldies", "sildes", "slids", "sllides"), "slides"),
}
_OTHER: Final = re.compile(r"re|present(?:ed|er|ing|ly)|representation", re.IGNORECASE)
"""What is like these words, and is another one."""


def respelled(message: str) -> str:
    """The message with the words for slides spelt right in its first line's first words."""
    first, *others = message.split("\n", 1)
    left = MAX_WORDS

    def right(found: re.Match[str]) -> str:
        nonlocal left
        left -= 1
        word = found[0].lower()
        if left < 0 or _OTHER.match(word):
            return found[0]
        if word in _SHORT:
            return _SHORT[word]
        if len(word) < 8 or len(word) > 16:
            return found[0]
        [like] = difflib.get_close_matches(word, _LONG, 1, LIKENESS) or [found[0]]
        return like

    return "\n".join([_WORD.sub(right, first), *others])


def begins_like_request(text: str) -> bool:
    """Whether the first word is like that of a request, as "delte" is like "delete"."""
    found = _WORD.match(text)
    return found is not None and bool(
        difflib.get_close_matches(found[0].lower(), _VERBS, 1, VERB_LIKENESS)
    )
