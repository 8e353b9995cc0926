"""Which passages an answer rests on that names none: those that say what it says.

A passage supports a sentence if it holds at least half of the terms of the sentence, the words
that only phrase it left aside, and at least three of them; and an answer, if it supports a sentence
of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from palaver.retrieval.tokens import question_terms, tokens_of
from palaver.store import FoundPassage

LEAST_SHARE: Final = 0.5
LEAST_TERMS: Final = 3

_SENTENCE_END: Final = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+|(?<=[。！？])|\n+")


def attributed(answer: str, passages: Sequence[FoundPassage]) -> list[FoundPassage]:
    """Those of the passages that support the answer, in their order."""
    sentences = [set(question_terms(each)) for each in _SENTENCE_END.split(answer)]
    sentences = [terms for terms in sentences if len(terms) >= LEAST_TERMS]
    return [each for each in passages if _supports(set(tokens_of(each.text)), sentences)]


def _supports(held: set[str], sentences: Sequence[set[str]]) -> bool:
    return any(
        len(terms & held) >= max(LEAST_TERMS, LEAST_SHARE * len(terms)) for terms in sentences
    )
