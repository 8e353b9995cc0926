"""Many clients at once on one server: nothing lost, no gap, no 5xx."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.server.conftest import Client, Server

WRITERS, MESSAGES = 16, 100


def test_sixteen_writers_on_one_session(server: Server) -> None:
    session_id = server.client().create()
    together = threading.Barrier(WRITERS)

    def write(number: int) -> Counter[int]:
        client = server.client()
        together.wait(30)
        return Counter(
            client.append(session_id, f"{number}.{count}").status for count in range(MESSAGES)
        )

    with ThreadPoolExecutor(WRITERS) as pool:
        statuses = sum(pool.map(write, range(WRITERS)), Counter[int]())
    assert statuses == {200: WRITERS * MESSAGES}
    messages = server.client().messages(session_id)
    assert [each["seq"] for each in messages] == list(range(WRITERS * MESSAGES))
    contents = [each["content"] for each in messages]
    assert sorted(contents) == sorted(f"{n}.{c}" for n in range(WRITERS) for c in range(MESSAGES))
    for number in range(WRITERS):
        own = [each for each in contents if each.startswith(f"{number}.")]
        assert own == [f"{number}.{count}" for count in range(MESSAGES)]
    session = server.client().call("GET", f"/api/sessions/{session_id}").json
    assert session["message_count"] == WRITERS * MESSAGES
    assert server.log == []


class Shared:
    """The sessions that all clients work on."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids: list[str] = []

    def add(self, session_id: str) -> None:
        with self._lock:
            self._ids.append(session_id)

    def pick(self, chance: random.Random) -> str:
        with self._lock:
            return chance.choice(self._ids[-6:])


def mixed_load(client: Client, shared: Shared, chance: random.Random) -> list[tuple[str, int]]:
    """Do all kinds of things; what was done and how it was answered."""

    def create() -> int:
        answer = client.call("POST", "/sessions/team/create", ["a", "b"])
        if answer.status == 201:
            shared.add(answer.json["session_id"])
        return answer.status

    calls: dict[str, Callable[[], int]] = {
        "create": create,
        "append": lambda: client.append(shared.pick(chance), "hello").status,
        "append to a team": lambda: (
            client.call(
                "POST",
                f"/sessions/team/history/update/{shared.pick(chance)}",
                {"role": "assistant", "content": "hello", "agent_id": "a"},
            ).status
        ),
        "history": lambda: (
            client.call("GET", f"/sessions/history/{shared.pick(chance)}?limit=5&skip=1").status
        ),
        "recent": lambda: (
            client.call("GET", f"/sessions/history/recent/{shared.pick(chance)}").status
        ),
        "messages": lambda: (
            client.call("GET", f"/api/sessions/{shared.pick(chance)}/messages").status
        ),
        "list": lambda: client.call("GET", "/api/sessions").status,
        "list by agent": lambda: client.call("GET", "/sessions/get_by_agent/a").status,
        "get": lambda: client.call("GET", f"/sessions/get/{shared.pick(chance)}").status,
        "rename": lambda: (
            client.call(
                "PATCH", f"/api/sessions/{shared.pick(chance)}?title=renamed{chance.randint(0, 9)}"
            ).status
        ),
        "delete": lambda: client.call("DELETE", f"/api/sessions/{shared.pick(chance)}").status,
        "cleanup": lambda: (
            client.call(
                "POST",
                "/api/sessions/cleanup",
                {"session_ids": list({shared.pick(chance), shared.pick(chance)})},
            ).status
        ),
    }
    weights = {"create": 4, "append": 8, "append to a team": 4, "delete": 1, "cleanup": 1}
    names = [name for name in calls for _ in range(weights.get(name, 2))]
    return [(name, calls[name]()) for name in chance.choices(names, k=120)]


def test_mixed_load(server: Server, query: Any) -> None:
    shared = Shared()
    for _ in range(3):
        answer = server.client().call("POST", "/sessions/team/create", ["a", "b"])
        shared.add(answer.json["session_id"])
    with ThreadPoolExecutor(8) as pool:
        running = [
            pool.submit(mixed_load, server.client(), shared, random.Random(seed))
            for seed in range(8)
        ]
        done = [each for run in running for each in run.result()]
    outcomes = Counter(done)
    assert {status for _, status in outcomes} <= {200, 201, 204, 404}, outcomes
    succeeded = {name for name, status in outcomes if status < 400}
    assert len(succeeded) == 12

    counts = "SELECT count(*) FROM messages m WHERE m.session_id = s.session_id"
    assert query(f"SELECT 1 FROM sessions s WHERE message_count <> ({counts})") == []
    highest = "SELECT max(seq) + 1 FROM messages m WHERE m.session_id = s.session_id"
    assert query(f"SELECT 1 FROM sessions s WHERE message_count <> ({highest})") == []
    for table in ("messages", "session_agents"):
        orphans = f"SELECT 1 FROM {table} WHERE session_id NOT IN (SELECT session_id FROM sessions)"
        assert query(orphans) == []
    takes_part = "SELECT count(*) FROM session_agents a WHERE a.session_id = s.session_id"
    assert query(f"SELECT 1 FROM sessions s WHERE ({takes_part}) <> 2") == []
    differs = "a.title <> s.title OR a.last_activity <> s.last_activity OR a.owner <> s.owner"
    joined = "session_agents a JOIN sessions s ON s.session_id = a.session_id"
    assert query(f"SELECT 1 FROM {joined} WHERE {differs}") == []
    assert server.log == []
