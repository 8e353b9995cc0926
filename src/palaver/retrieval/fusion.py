"""What words and what meanings say, put into one order.

Meanings are vectors of an embedding model. They only order what words have found: whether the books
answer at all is not theirs to say, since some vector is always the nearest.
"""

from __future__ import annotations

import hashlib
import math
import operator
import sys
from array import array
from collections.abc import Mapping, Sequence
from typing import Final

EQUALIZER: Final = 60
"""How much less the first places count than their reciprocals would have it."""

_MARK: Final = 8
"""The bytes by which vectors of different models are told apart."""


def packed(vector: Sequence[float], model: str) -> bytes:
    """The vector as passages keep it: a mark of its model, then 32-bit floats, little-endian.

    It is brought to length 1, so that the cosine of two is their product. Raises ValueError for one
    without a direction.
    """
    length = math.hypot(*vector)
    if not math.isfinite(length) or length == 0:
        raise ValueError("a vector without a direction is no embedding")
    numbers = array("f", (each / length for each in vector))
    if sys.byteorder == "big":
        numbers.byteswap()
    return hashlib.sha256(model.encode()).digest()[:_MARK] + numbers.tobytes()


def fused(order: Sequence[int], embeddings: Mapping[int, bytes], asked: bytes) -> list[int]:
    """The passages of ``order`` by reciprocal ranks: their place in it, and in that of nearness.

    That is how near their embeddings are to ``asked``, the question's. Passages without one, or
    with one of another model or size, keep the places that they have.
    """
    question = _unpacked(asked)
    nearness = {
        each: sum(map(operator.mul, question, _unpacked(embeddings[each])))
        for each in order
        if _is_comparable(embeddings.get(each, b""), asked)
    }
    # Nearness has its places among those alone, and so has the order here: else whatever has an
    # embedding would come before whatever has none.
    scores = {each: 1 / (EQUALIZER + place) for place, each in enumerate(nearness)}
    for place, each in enumerate(sorted(nearness, key=lambda each: -nearness[each])):
        scores[each] += 1 / (EQUALIZER + place)
    best = iter(sorted(scores, key=lambda each: -scores[each]))
    return [next(best) if each in scores else each for each in order]


def _is_comparable(embedding: bytes, asked: bytes) -> bool:
    return len(embedding) == len(asked) and embedding[:_MARK] == asked[:_MARK]


def _unpacked(data: bytes) -> array[float]:
    numbers = array("f")
    numbers.frombytes(data[_MARK:])
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
