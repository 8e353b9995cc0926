"""Who may change the library, which everybody's answers are made from."""

from __future__ import annotations

from palaver.auth.principal import Principal
from palaver.errors import LibraryForbidden


def check_keeper(principal: Principal) -> None:
    """Raise LibraryForbidden unless the caller may change books and topics."""
    if not (principal.keeps_library or principal.is_admin):
        raise LibraryForbidden("Only an administrator may change the library.")
