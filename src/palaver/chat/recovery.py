"""Ending the turns of servers that died, with what they had said."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from palaver.chat import events
from palaver.chat.failures import INTERRUPTED
from palaver.errors import StoreUnavailable
from palaver.store import FinishMessage, RunEnd, RunRecord, RunWrite, Store
from palaver.workers import Workers

log = logging.getLogger(__name__)

RUNS_AT_ONCE: Final = 100
EVENTS_AT_ONCE: Final = 1000


async def end_abandoned(
    store: Store,
    workers: Workers,
    owner: str,
    *,
    everything: bool,
    is_alive: Callable[[str], bool] = lambda _: False,
) -> None:
    """End, as failed, the runs whose owners let their leases lapse, or ``everything`` of others.

    Their messages keep what was streamed. Several servers may do this at once, and an owner may
    turn out to live: of two that write the same event of a run, the store lets only one. Those that
    ``is_alive`` knows by their ids are left alone. A run that cannot be ended keeps none from
    their end.
    """
    tried: set[str] = set()
    while True:
        runs = await workers.run(
            store.runs.abandoned, owner=owner, everything=everything, limit=RUNS_AT_ONCE
        )
        new = [run for run in runs if run.run_id not in tried and not is_alive(run.run_id)]
        for run in new:
            tried.add(run.run_id)
            try:
                await workers.run(_end, store, owner, run)
            except StoreUnavailable:
                raise
            except Exception:
                log.exception("the abandoned run %s cannot be ended", run.run_id)
        if not new or len(runs) < RUNS_AT_ONCE:
            return


def _end(store: Store, owner: str, run: RunRecord) -> None:
    log = _read_log(store, run.run_id)
    open_message = next(iter(store.runs.messages_in_progress(run.run_id)), None)
    finish = None
    if open_message is not None:
        message_id, seq = open_message
        text = events.text_of(message_id, log)
        finish = FinishMessage(message_id, seq, text, "failed", None)
    closed = None if finish is None else finish.message_id
    ending = (events.failed(*INTERRUPTED, closed), events.DONE)
    write = RunWrite(
        run.run_id,
        run.session_id,
        len(log) + 1,
        ending,
        None,
        finish,
        RunEnd("failed", *INTERRUPTED),
    )
    store.runs.write([write], owner=owner, takeover=True)


def _read_log(store: Store, run_id: str) -> list[bytes]:
    log: list[bytes] = []
    while page := store.runs.events(run_id, after=len(log), limit=EVENTS_AT_ONCE):
        log += [data for _, data in page]
    return log
