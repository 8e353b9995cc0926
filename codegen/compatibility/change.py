"""A change of the contract, and what it does to the values that are allowed."""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass
from typing import Any


class Effect(enum.Flag):
    """What a change does to the set of allowed values; one that does both merely differs."""

    NONE = 0
    WIDENS = 1
    NARROWS = 2
    DIFFERS = WIDENS | NARROWS


class Side(enum.Enum):
    """Who sends the values: requests may only widen, responses may only narrow."""

    REQUEST = Effect.NARROWS
    RESPONSE = Effect.WIDENS

    def breaks(self, effect: Effect) -> bool:
        """Whether a change with this effect breaks those on the other side."""
        return bool(self.value & effect)


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two contracts. ``operation_id`` is empty where it is of the whole."""

    operation_id: str
    where: str
    old: str
    new: str
    breaking: bool

    def __str__(self) -> str:
        kind = "breaking" if self.breaking else "compatible"
        who = self.operation_id or "the contract"
        return f"{kind}: {who}: {self.where}: {self.old} → {self.new}"


ABSENT = "nothing"
"""How a side is shown on which there is nothing."""


def shown(value: Any) -> str:
    """A value of the contract on one line."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 100 else f"{text[:100]}…"
