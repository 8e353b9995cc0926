"""Operations of the tag ``health``: whether this server lives and can work."""

from __future__ import annotations

from palaver.handlers.backend import Backend
from palaver.models import Health, Readiness


async def check_health(*, backend: Backend) -> Health:
    """Answer from the event loop, so that busy workers do not make the server look dead."""
    return Health(status="ok")


def check_readiness(*, backend: Backend) -> Readiness:
    """Ask the store."""
    backend.store.check()
    return Readiness(status="ready")
