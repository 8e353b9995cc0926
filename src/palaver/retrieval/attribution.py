"""Which passages an answer is made of, where it does not say so itself.

A model may answer from the passages that it was given and cite none. Then a passage counts as a
source if it holds at least half of what some sentence of the answer is about: of the distinct terms
that are left when the words that only phrase something are taken out. How rare a term is does not
count, so that the same answer has the same sources whatever else is in the library. One common term
says nothing: where the answer has a sentence of two terms or more, two must be held.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from palaver.retrieval.passages import sentences
from palaver.retrieval.tokens import question_terms, tokens_of
from palaver.store import FoundPassage

SHARE: Final = 0.5
"""Of a sentence's terms, those that a passage must hold."""
LEAST: Final = 2
"""The fewest terms that a passage must hold, unless no sentence has so many."""


def attributed(answer: str, passages: Sequence[FoundPassage]) -> list[FoundPassage]:
    """Those of the passages that support the answer, in the same order."""
    # A line ends a sentence, too: lists and headings have no full stops.
    asked = {
        frozenset(question_terms(sentence))
        for line in answer.splitlines()
        for sentence in sentences(line)
    }
    least = min(LEAST, max(map(len, asked), default=0))
    asked = {terms for terms in asked if len(terms) >= max(1, least)}
    return [each for each in passages if _supports(set(tokens_of(each.text)), asked, least)]


def _supports(held: set[str], asked: set[frozenset[str]], least: int) -> bool:
    return any(len(terms & held) >= max(least, SHARE * len(terms)) for terms in asked)
