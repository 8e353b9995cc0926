"""A process killed with SIGKILL under load: all that it acknowledged is there, and nothing half."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from palaver.store import Store, open_store

WRITER = Path(__file__).with_name("append_until_killed.py")


def run_until_killed(url: str, session_ids: list[str], lines: int) -> list[list[str]]:
    """Let the writer acknowledge so many times, kill it, and return all acknowledgements."""
    writer = subprocess.Popen(
        [sys.executable, str(WRITER), url, *session_ids],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert writer.stdout is not None
    said = [writer.stdout.readline() for _ in range(lines)]
    writer.kill()
    said += writer.stdout.readlines()
    writer.wait()
    writer.stdout.close()
    assert all(line.endswith(b"\n") for line in said)
    return [line.decode().split() for line in said]


@pytest.mark.parametrize("seed", range(4))
def test_nothing_acknowledged_is_lost(store_url: str, query: Any, seed: int) -> None:
    chance = random.Random(seed)
    store: Store = open_store(store_url)
    session_ids = [
        store.sessions.create(
            owner="ann", kind="team", title="x", agents=["a"], max_context_results=1
        ).session_id
        for _ in range(2)
    ]
    store.close()
    acknowledged: list[list[str]] = []
    for _ in range(3):
        acknowledged += run_until_killed(store_url, session_ids, chance.randint(1, 300))

        store = open_store(store_url)
        stored: dict[tuple[str, str], int] = {}
        for session_id in session_ids:
            # The server may still be ending what the killed client began; one page is one moment.
            page = store.messages.history(session_id, viewer="ann", limit=10**6, skip=0)
            assert [each.seq for each in page.items] == list(range(page.total))
            stored |= {(session_id, each.message_id): each.seq for each in page.items}
        for kind, session_id, *rest in acknowledged:
            if kind == "message":
                assert stored[session_id, rest[0]] == int(rest[1])
            else:
                assert store.sessions.get(session_id, viewer="ann").agents[1] == ("b", "b")
        store.close()
        counts = "SELECT count(*) FROM messages m WHERE m.session_id = s.session_id"
        assert query(f"SELECT 1 FROM sessions s WHERE message_count <> ({counts})") == []
        takes_part = "SELECT 1 FROM session_agents a WHERE a.session_id = s.session_id"
        assert query(f"SELECT 1 FROM sessions s WHERE NOT EXISTS ({takes_part})") == []
