"""``kill -9`` of the server in the middle of a write load over HTTP."""

from __future__ import annotations

import http.client
import random
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.server.conftest import Serve, Server

SECRET = "a secret of the tests that is long enough"
CLIENTS = 4


class Ledger:
    """What the clients asked for, and what the server acknowledged."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.sessions: dict[str, str] = {}
        self.messages: list[tuple[str, str]] = []
        self.faults: list[str] = []

    def acknowledge_session(self, session_id: str, title: str) -> None:
        with self._changed:
            self.sessions[session_id] = title
            self._changed.notify_all()

    def acknowledge_message(self, session_id: str, content: str) -> None:
        with self._changed:
            self.messages.append((session_id, content))
            self._changed.notify_all()

    def fault(self, what: str) -> None:
        with self._changed:
            self.faults.append(what)
            self._changed.notify_all()

    def wait_for(self, count: int) -> None:
        """Wait until so many messages have been acknowledged."""
        with self._changed:
            assert self._changed.wait_for(
                lambda: len(self.messages) >= count or bool(self.faults), timeout=60
            )


def write_until_killed(server: Server, shared: str, number: int, turn: int, ledger: Ledger) -> None:
    """Create sessions and append messages until the connection breaks."""
    client, count = server.client(), 0
    try:
        while True:
            count += 1
            name = f"{turn}.{number}.{count}"
            answer = client.call("POST", "/api/sessions", {"title": name})
            if answer.status != 201:
                return ledger.fault(f"create: {answer.status} {answer.body!r}")
            own = answer.json["session_id"]
            ledger.acknowledge_session(own, name)
            for session_id in (shared, own, shared):
                count += 1
                content = f"{turn}.{number}.{count} " + "x" * (count % 50 * 40)
                answer = client.append(session_id, content)
                if answer.status != 200:
                    return ledger.fault(f"append: {answer.status} {answer.body!r}")
                ledger.acknowledge_message(session_id, content)
    except (OSError, http.client.HTTPException):
        return None
    finally:
        client.close()


def check(server: Server, query: Any, shared: str, ledger: Ledger) -> None:
    """All that was acknowledged is there once, and nothing half."""
    client = server.client()
    stored: Counter[tuple[str, str]] = Counter()
    for session_id in {shared, *ledger.sessions}:
        messages = client.messages(session_id)
        assert [each["seq"] for each in messages] == list(range(len(messages)))
        session = client.call("GET", f"/api/sessions/{session_id}").json
        assert session["message_count"] == len(messages)
        assert session["title"] == ledger.sessions.get(session_id, "shared")
        stored.update((session_id, each["content"]) for each in messages)
    assert set(stored.values()) == {1}
    assert set(ledger.messages) <= set(stored)
    assert len(set(ledger.messages)) == len(ledger.messages)
    # At most what each client was waiting for when its connection broke came without a word.
    counts = "SELECT count(*) FROM messages m WHERE m.session_id = s.session_id"
    assert query(f"SELECT 1 FROM sessions s WHERE message_count <> ({counts})") == []
    assert query("SELECT 1 FROM messages WHERE session_id NOT IN "
                 "(SELECT session_id FROM sessions)") == []  # fmt: skip


@pytest.mark.parametrize("seed", [1])
def test_kill(serve: Serve, store_url: str, query: Any, seed: int) -> None:
    chance, ledger, rounds = random.Random(seed), Ledger(), 3
    settings = {"database_url": store_url, "jwt_secret": SECRET}
    server = serve(**settings)
    shared = server.client().create(title="shared")
    for turn in range(rounds):
        writers = [
            threading.Thread(target=write_until_killed, args=(server, shared, each, turn, ledger))
            for each in range(CLIENTS)
        ]
        for writer in writers:
            writer.start()
        ledger.wait_for(len(ledger.messages) + chance.randint(30, 150))
        server.process.kill()
        assert server.process.wait() == -9
        for writer in writers:
            writer.join()
        assert ledger.faults == []

        server = serve(**settings)
        check(server, query, shared, ledger)
        (sessions,) = query("SELECT count(*) FROM sessions")[0]
        unacknowledged = sessions - 1 - len(ledger.sessions)
        assert 0 <= unacknowledged <= CLIENTS * (turn + 1)
        (messages,) = query("SELECT count(*) FROM messages")[0]
        assert 0 <= messages - len(ledger.messages) <= CLIENTS * (turn + 1)
    assert server.stop() == 0
