"""What is best: how well a passage answers a question, judged by its tokens alone.

The same on both stores, whose indexes only say which passages are worth a look.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

SATURATION: Final = 1.2
"""How soon more of the same term no longer counts (BM25's k1)."""
LENGTH: Final = 0.5
"""How much a passage's length counts against it (BM25's b)."""
TYPICAL_LENGTH: Final = 170
"""The tokens of a passage of ordinary length."""
COVERAGE: Final = 1.0
"""What a passage that holds all of the question has ahead of one that holds next to nothing."""
NEARNESS: Final = 1.0
"""What two neighbours of the question give that are neighbours, in shares of the lesser weight."""
NEAR: Final = 4
"""The most tokens between two terms that stand near each other."""
STEERING: Final = 0.3
"""How much a topic's terms count beside the question's own."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A passage's worth: its ``score``, for the order, and the terms of the question it holds."""

    passage_id: int
    score: float
    held: frozenset[str]


def rarity(passages: int, passages_with: int) -> float:
    """The weight of a term that stands in so many of the passages; never negative."""
    return math.log(1 + (passages - passages_with + 0.5) / (passages_with + 0.5))


def score(
    passage_id: int,
    tokens: Sequence[str],
    weights: Mapping[str, float],
    steering: Mapping[str, float],
) -> Ranked:
    """How well a passage answers the question of these weighted terms, in the question's order.

    ``steering`` are terms of a topic: they decide between passages, but answer nothing themselves.
    """
    places: dict[str, list[int]] = {}
    for place, token in enumerate(tokens):
        if token in weights or token in steering:
            places.setdefault(token, []).append(place)
    asked = sum(weights.values())
    long = SATURATION * (1 - LENGTH + LENGTH * len(tokens) / TYPICAL_LENGTH)
    total = covered = 0.0
    for term, found in places.items():
        counted = len(found) * (SATURATION + 1) / (len(found) + long)
        if term in weights:
            total += weights[term] * counted
            covered += weights[term]
        else:
            total += STEERING * steering[term] * counted
    for first, second in itertools.pairwise(weights):
        if first in places and second in places:
            gap = _gap(places[first], places[second])
            if gap <= NEAR:
                total += NEARNESS * min(weights[first], weights[second]) / gap
    share = covered / asked if asked else 0.0
    held = frozenset(places.keys() & weights.keys())
    return Ranked(passage_id, total * (1 + COVERAGE * share), held)


def _gap(first: Sequence[int], second: Sequence[int]) -> int:
    """The least distance between a place of the one and a place of the other; both are sorted."""
    least = 1 << 30
    at = 0
    for place in first:
        while at + 1 < len(second) and second[at] < place:
            at += 1
        for near in (at - 1, at):
            if near >= 0:
                least = min(least, abs(second[near] - place))
    return least
