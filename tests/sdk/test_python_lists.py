"""Iterators of the Python client over lists that change while they are read."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from palaver_client import Palaver
from tests.sdk.python.answers import client_of, session

OLD = 10


class History:
    """A session's history, of which pages are counted from either end; and who asked for which."""

    def __init__(self) -> None:
        self.messages = [f"m{number}" for number in range(OLD)]
        self.skips: list[int] = []

    def append(self, count: int) -> None:
        self.messages += [f"new{len(self.messages) + each}" for each in range(count)]

    def client(self, each: Callable[[], None] = lambda: None) -> Palaver:
        """A client; ``each`` is done before each page but the first."""

        def answer(request: httpx2.Request) -> httpx2.Response:
            if self.skips:
                each()
            skip, limit = (int(request.url.params.get(name, 0)) for name in ("skip", "limit"))
            self.skips.append(skip)
            if "recent" in request.url.path:
                page = self.messages[::-1][skip : skip + limit][::-1]
            else:
                page = self.messages[skip : skip + limit]
            history = [_message(name) for name in page]
            count = len(self.messages)
            data = {"history": history, "total": count, "skip": skip, "limit": limit}
            if "recent" not in request.url.path:
                data |= {**_agent_session("s"), "message_count": count}
            return httpx2.Response(200, json={"message": "m", "data": data})

        return client_of(answer)


def _message(name: str) -> dict[str, Any]:
    return {
        "id": name, "seq": 0, "role": "user", "content": "c", "agent_id": None, "agent_name": None,
        "summary": False, "status": "completed", "sources": [],
        "created_at": "2026-01-15T10:30:00Z",
    }  # fmt: skip


def _agent_session(name: str) -> dict[str, Any]:
    moment = "2026-01-15T10:30:00Z"
    return {
        "session_id": name, "name": "N", "session_type": "standalone", "agent_id": None,
        "agents": [], "user_id": None, "max_context_results": 3, "created_at": moment,
        "updated_at": moment, "last_active": moment, "message_count": 0,
    }  # fmt: skip


@pytest.mark.parametrize("limit", [1, 2, 4, 20])
@pytest.mark.parametrize("added", [1, 2, 4, 6, 11])
def test_what_comes_while_the_newest_is_read_is_left_out(limit: int, added: int) -> None:
    history = History()
    items = history.client().all.get_recent_session_history("s", limit=limit)
    first = next(items)
    history.append(added)
    found = [each.id for each in (first, *items)]
    assert found == [f"m{number}" for number in reversed(range(OLD))]


@pytest.mark.parametrize("limit", [1, 3])
def test_a_history_that_grows_again_and_again_is_read_to_its_start(limit: int) -> None:
    history = History()
    client = history.client(lambda: history.append(len(history.skips) % 2 * 3))
    items = client.all.get_recent_session_history("s", limit=limit, skip=2)
    found = [each.id for each in itertools.islice(items, 100)]
    assert found == [f"m{number}" for number in reversed(range(OLD - 2))]
    # A page may be of what is newer alone; the next one makes up for it.
    assert len(history.skips) <= 2 * OLD


def test_a_history_that_grows_is_read_to_its_newest() -> None:
    history = History()
    items = history.client().all.get_agent_session("s", limit=4)
    first = next(items)
    history.append(3)
    assert [each.id for each in (first, *items)] == history.messages


def test_what_moved_over_pages_is_given_once() -> None:
    sessions = [f"s{number}" for number in range(6)]
    skips: list[int] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        skip, limit = (int(request.url.params.get(name, 0)) for name in ("skip", "limit"))
        if skips:
            # The oldest of those that were given moves to where the next page begins.
            sessions.insert(skip, sessions.pop(0))
        skips.append(skip)
        page = [_agent_session(each) for each in sessions[skip : skip + limit]]
        return httpx2.Response(200, json={"message": "m", "data": page})

    items = client_of(answer).all.list_standalone_sessions(limit=2)
    found = [each.session_id for each in items]
    assert len(found) == len(set(found))


def test_a_cursor_that_gives_an_item_again() -> None:
    pages = [["a", "b"], ["c"], ["a", "d"]]

    def answer(request: httpx2.Request) -> httpx2.Response:
        number = int(request.url.params.get("cursor", 0))
        page = {
            "sessions": [session(session_id=each) for each in pages[number]],
            "count": len(pages[number]),
            "next_cursor": str(number + 1) if number < 2 else None,
        }
        return httpx2.Response(200, json=page)

    found = [each.session_id for each in client_of(answer).all.list_sessions(limit=2)]
    assert found == ["a", "b", "c", "d"]
