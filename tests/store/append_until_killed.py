"""Run by test_crash: writes from several threads until it is killed, and says what was stored.

Each line on standard output is one acknowledgement, ``session <id>`` or ``message <session> <id>
<seq>``. A line is one write of fewer bytes than a pipe takes whole, so none is ever cut.
"""

from __future__ import annotations

import os
import sys
import threading
from itertools import count

from palaver.store import Store, open_store


def acknowledge(*words: object) -> None:
    os.write(1, (" ".join(str(word) for word in words) + "\n").encode())


def append(store: Store, session_id: str) -> None:
    for number in count():
        made = store.messages.append(
            session_id,
            viewer=None,
            role="user",
            content=f"{number} " * (number % 500),
            agent_id="a",
        )
        acknowledge("message", session_id, made.message_id, made.seq)


def create(store: Store) -> None:
    while True:
        made = store.sessions.create(
            owner="ann", kind="team", title="x", agents=["a", "b"], max_context_results=1
        )
        acknowledge("session", made.session_id)


def main() -> None:
    url, *session_ids = sys.argv[1:]
    store = open_store(url)
    threads = [threading.Thread(target=append, args=(store, each)) for each in session_ids * 3]
    threads.append(threading.Thread(target=create, args=(store,)))
    for thread in threads:
        thread.start()


main()
