"""The difference between a member that is null and one that is not there."""

from __future__ import annotations

import enum
from typing import Final


class Omit(enum.Enum):
    """The type of ``OMIT``."""

    OMIT = "omit"

    def __repr__(self) -> str:
        return "OMIT"


OMIT: Final = Omit.OMIT
"""A member of a body that is left out; ``None`` would send null."""
