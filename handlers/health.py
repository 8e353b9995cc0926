"""Operations of the tag ``health``: whether this server lives and can work."""

from __future__ import annotations

import asyncio

from palaver.errors import StoreUnavailable
from palaver.handlers.backend import Backend
from palaver.models import Health, Readiness

READY_SECONDS = 2


async def check_health(*, backend: Backend) -> Health:
    """Answer from the event loop, so that busy workers do not make the server look dead."""
    return Health(status="ok")


async def check_readiness(*, backend: Backend) -> Readiness:
    """Ask the store, and do not wait for one that hangs."""
    try:
        async with asyncio.timeout(READY_SECONDS):
            await asyncio.to_thread(backend.store.check)
    except TimeoutError:
        raise StoreUnavailable("The database does not answer.") from None
    return Readiness(status="ready")
