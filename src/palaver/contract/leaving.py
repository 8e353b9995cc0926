"""Work for one client alone: it ends when the client goes."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.types import Receive

from palaver.contract.faults import ClientDisconnected

T = TypeVar("T")


async def disconnect(receive: Receive) -> None:
    """Wait until the client is gone. What it still sends is read and let go of."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def while_connected(work: Coroutine[Any, Any, T], receive: Receive) -> T:
    """What some work gives; it is cancelled, and has ended, when the client goes before.

    Raises ``ClientDisconnected``, and what the work raises.
    """
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(disconnect(receive))
    try:
        await asyncio.wait((task, gone), return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientDisconnected
        return task.result()
    finally:
        for each in (gone, task):
            each.cancel()
        await asyncio.gather(gone, task, return_exceptions=True)
