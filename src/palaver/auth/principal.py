"""The authenticated caller, as handlers see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

BASIC: Final = "basic:"
"""How the subject of the shared credential begins, and that of no token may."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking: the token's subject, and whether the token makes it an administrator."""

    subject: str
    is_admin: bool = False
    keeps_library: bool = False
    """Whether it may change the books and topics that everybody's answers are made from."""

    @property
    def viewer(self) -> str | None:
        """The user whose sessions are visible; ``None`` lifts the restriction (administrators)."""
        return None if self.is_admin else self.subject
