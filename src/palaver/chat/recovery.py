"""Ending the turns of servers that died, with what they had said."""

from __future__ import annotations

from typing import Final

from palaver.chat import events
from palaver.chat.turn import INTERRUPTED
from palaver.store import FinishMessage, RunEnd, RunRecord, RunWrite, Store
from palaver.workers import Workers

RUNS_AT_ONCE: Final = 100
EVENTS_AT_ONCE: Final = 1000


async def end_abandoned(store: Store, workers: Workers, owner: str, *, everything: bool) -> None:
    """End, as failed, the runs whose owners let their leases lapse, or ``everything`` of others.

    Their messages keep what was streamed. Several servers may do this at once, and an owner may
    turn out to live: of two that write the same event of a run, the store lets only one.
    """
    while True:
        runs = await workers.run(
            store.runs.abandoned, owner=owner, everything=everything, limit=RUNS_AT_ONCE
        )
        for run in runs:
            await workers.run(_end, store, owner, run)
        if len(runs) < RUNS_AT_ONCE:
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
