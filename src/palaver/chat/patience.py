"""What a turn waits for: a store that is out of order, and the end of what was begun."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from palaver.chat.event_log import RETRY_SECONDS
from palaver.errors import StoreUnavailable

T = TypeVar("T")

READ_TRIES: Final = 20
"""How often a turn asks a store that is out of order, before it gives up: half a minute."""


async def patiently(ask: Callable[[], Awaitable[T]]) -> T:
    """What the store says, once it can be used: what was said so far must not end with an outage.

    Raises StoreUnavailable when patience ends.
    """
    for tries in range(READ_TRIES):
        try:
            return await ask()
        except StoreUnavailable:
            await asyncio.sleep(RETRY_SECONDS[min(tries, len(RETRY_SECONDS) - 1)])
    return await ask()


async def uninterrupted(future: asyncio.Future[T]) -> T:
    """Wait for the end of what was begun, whatever comes; a cancellation is raised afterwards."""
    interruption: asyncio.CancelledError | None = None
    while not future.done():
        try:
            await asyncio.wait([future])
        except asyncio.CancelledError as error:
            interruption = error
    result = future.result()
    if interruption is not None:
        raise interruption
    return result
