"""Statuses that a sentence names, told from quantities that happen to look like one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus

EVERYWHERE = frozenset({"405", "500", "503"})
"""What any request may be answered with (``x-error-surfaces``), though no operation says so."""

_CODES = {str(status.value): status.phrase.lower() for status in HTTPStatus if status.value >= 200}
_NUMBER = re.compile(r"(?<![\w.,:/≥≤<>=~−-])([2-5]\d\d)(?![\w%]|[.,]\d)")
_VERBS = frozenset({"is", "was", "has", "as", "carries", "means", "says", "unless", "this", "its"})
_UNITS = frozenset({"ms", "s", "µs", "mb", "kb", "gb", "mib", "kib", "of", "×", "x", "%"})


def statuses_in(text: str) -> Iterator[tuple[int, str]]:
    """Every status of a text with where it ends: ``404``, but not ``404 messages``."""
    for match in _NUMBER.finditer(text):
        if match[1] not in _CODES:
            continue
        following = text[match.end() :]
        after = re.match(r"[ \u00a0]([^\s.,;:!?)]+)", following)
        word = after[1].lower() if after else ""
        plural = len(word) > 3 and word.endswith("s") and word not in _VERBS
        phrase = following.strip().lower().startswith(_CODES[match[1]])
        if phrase or not (word in _UNITS or plural):
            yield match.end(), match[1]
