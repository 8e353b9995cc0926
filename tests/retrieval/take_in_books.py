"""A process that takes books in until SIGTERM. Arguments: the store's URL, the folder of the files,
``alone`` or ``shared``, pages a transaction, the lease in seconds, and how long PostgreSQL lets a
transaction be idle, in seconds."""

from __future__ import annotations

import signal
import sys
import threading

from palaver.retrieval.files import Files
from palaver.retrieval.ingest import Ingestion
from palaver.retrieval.intake import Pace
from palaver.store import Limits, open_store


def main() -> None:
    url, folder, kind, pages, lease, idle = sys.argv[1:]
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    store = open_store(url, limits=Limits(statement=float(idle)))
    ingestion = Ingestion(
        store,
        Files(folder),
        alone=kind == "alone",
        pace=Pace(pages=int(pages)),
        lease_seconds=float(lease),
        tick_seconds=float(lease) / 6,
    )
    ingestion.start()
    # The system may hand the signal to another thread, which does not wake this one.
    while not ended.wait(0.1):
        pass
    ingestion.stop()
    store.close()
    assert threading.enumerate() == [threading.main_thread()]


if __name__ == "__main__":
    main()
