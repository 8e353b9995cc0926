"""The authenticated caller, as handlers see it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking: the token's subject, and whether the token makes it an administrator."""

    subject: str
    is_admin: bool = False

    @property
    def viewer(self) -> str | None:
        """The user whose sessions are visible; ``None`` lifts the restriction (administrators)."""
        return None if self.is_admin else self.subject
