"""What words and what meanings say, put into one order.

Meanings are vectors of an embedding model. They only order what words have found: whether the books
answer at all is not theirs to say, since some vector is always the nearest.
"""

from __future__ import annotations

import math
import operator
import sys
from array import array
from collections.abc import Mapping, Sequence
from typing import Final

EQUALIZER: Final = 60
"""How much less the first places count than their reciprocals would have it."""


def packed(vector: Sequence[float]) -> bytes:
    """The vector as passages keep it: 32-bit floats, little-endian, of length 1.

    So the cosine of two is their product. Raises ValueError for one without a direction.
    """
    length = math.sqrt(math.fsum(each * each for each in vector))
    if not math.isfinite(length) or length == 0:
        raise ValueError("a vector without a direction is no embedding")
    numbers = array("f", (each / length for each in vector))
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def fused(order: Sequence[int], embeddings: Mapping[int, bytes], asked: bytes) -> list[int]:
    """The passages of ``order`` by reciprocal ranks: their place in it, and in that of nearness.

    That is how near their embeddings are to ``asked``, the question's. Passages without one, or
    with one of another model's size, have no second place.
    """
    question = _unpacked(asked)
    nearness = {
        each: sum(map(operator.mul, question, _unpacked(embeddings[each])))
        for each in order
        if len(embeddings.get(each, b"")) == len(asked)
    }
    scores = {each: 1 / (EQUALIZER + place) for place, each in enumerate(order)}
    for place, each in enumerate(sorted(nearness, key=lambda each: -nearness[each])):
        scores[each] += 1 / (EQUALIZER + place)
    return sorted(order, key=lambda each: -scores[each])


def _unpacked(data: bytes) -> array[float]:
    numbers = array("f")
    numbers.frombytes(data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
