"""What a rule finds."""

from __future__ import annotations

from dataclasses import dataclass

from palaver.contract.document import Pointer


@dataclass(frozen=True)
class Problem:
    """One breach of one rule, at the place that its pointer names."""

    pointer: Pointer
    rule: str
    sentence: str
