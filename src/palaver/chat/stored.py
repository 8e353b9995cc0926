"""Following a run by its log in the database: one that has ended, or that another server runs."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Final

from palaver.chat.events import DONE
from palaver.chat.hub import Hub
from palaver.errors import RunNotFound, SessionNotFound
from palaver.store import Store
from palaver.workers import Workers

EVENTS_AT_ONCE: Final = 500
POLL_SECONDS: Final = 5.0
"""How long a reader may take to see what nobody sends word of, such as a deleted session. Words are
not lost: after each gap in the connection that carries them everybody looks."""


class StoredReader:
    """Follows a run by its log. An ``EventSource``."""

    def __init__(
        self, store: Store, workers: Workers, hub: Hub, session_id: str, run_id: str, after: int
    ) -> None:
        self._store = store
        self._workers = workers
        self._hub = hub
        self._session_id = session_id
        self._run_id = run_id
        self._position = after
        self._is_over = False
        # Before the first look into the log: what comes in between is not missed.
        self._changed = hub.subscribe(run_id)

    async def read(self, patience: float) -> Sequence[tuple[int, bytes]] | None:
        """The events after the last ones read, when there are any."""
        deadline = asyncio.get_running_loop().time() + patience
        has_ended = False
        while not self._is_over:
            self._changed.clear()
            found = await self._workers.run(
                self._store.runs.events, self._run_id, after=self._position, limit=EVENTS_AT_ONCE
            )
            if self._is_over:
                break
            if found:
                self._position = found[-1][0]
                self._is_over = found[-1][1] == DONE
                return found
            if has_ended:
                # Its events are no longer kept.
                break
            if not await self._is_running():
                # It may have ended after the look into its log.
                has_ended = True
                continue
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                return ()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(left, POLL_SECONDS)):
                    await self._changed.wait()
        return None

    def close(self) -> None:
        """Stop following."""
        self._is_over = True
        self._changed.set()
        self._hub.unsubscribe(self._run_id, self._changed)

    async def _is_running(self) -> bool:
        try:
            run = await self._workers.run(
                self._store.runs.get, self._session_id, self._run_id, viewer=None
            )
        except (SessionNotFound, RunNotFound):
            return False
        return run.status == "running"
