"""Word of what happens to runs, from this process and from other servers on the same database."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence

from palaver.store import Listener, Store


class Hub:
    """Wakes those who follow runs, and passes on what others ask of this process's own."""

    def __init__(self, store: Store, on_cancel: Callable[[str], None]) -> None:
        """``on_cancel`` is called with the id of a run that somebody wants to end."""
        self._store = store
        self._on_cancel = on_cancel
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._listener: Listener | None = None

    def start(self) -> None:
        """Listen to other servers, where the database can carry their words."""
        loop = asyncio.get_running_loop()

        def on_notice(kind: str, run_ids: Sequence[str]) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._receive, kind, run_ids)

        self._listener = self._store.notices.listen(on_notice)

    def stop(self) -> None:
        """Listen no longer. Blocks for as long as a connection takes to close."""
        if self._listener is not None:
            self._listener.close()

    def subscribe(self, run_id: str) -> asyncio.Event:
        """An event that is set whenever the run may have more."""
        event = asyncio.Event()
        self._waiting[run_id].add(event)
        return event

    def unsubscribe(self, run_id: str, event: asyncio.Event) -> None:
        """End a subscription."""
        waiting = self._waiting.get(run_id)
        if waiting is not None:
            waiting.discard(event)
            if not waiting:
                del self._waiting[run_id]

    def _receive(self, kind: str, run_ids: Sequence[str]) -> None:
        if kind == "x":
            for run_id in run_ids:
                self._on_cancel(run_id)
        # After a gap in the connection anything may have happened.
        for run_id in list(self._waiting) if kind == "all" else run_ids:
            for event in self._waiting.get(run_id, ()):
                event.set()
