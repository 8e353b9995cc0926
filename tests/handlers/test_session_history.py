"""The history of a session under ``/sessions/``: appending, and every way of reading a part."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from tests.handlers.conftest import ImportMessages


def test_update_agent_session_history_appends_in_order(client: httpx.Client, created: str) -> None:
    before = client.get(f"/sessions/get/{created}").json()["data"]
    texts = ["What is the capital of France?", "Paris.\n\tWith “quotes” and 🙂", " ", "x" * 100_000]
    for number, text in enumerate(texts):
        body = {"role": "assistant" if number % 2 else "user", "content": text}
        response = client.post(f"/sessions/history/update/{created}", json=body)
        assert response.json() == {"message": "Session history updated successfully."}
    data = client.get(f"/sessions/get/{created}").json()["data"]
    history = data["history"]
    assert [each["content"] for each in history] == texts
    assert [each["seq"] for each in history] == [0, 1, 2, 3]
    assert [each["role"] for each in history] == ["user", "assistant"] * 2
    assert len({uuid.UUID(each["id"]) for each in history}) == 4
    for each in history:
        assert (each["agent_id"], each["agent_name"], each["summary"]) == (None, None, False)
    assert data["message_count"] == 4
    assert data["last_active"] == history[-1]["created_at"] > before["last_active"]
    assert data["created_at"] == before["created_at"]


def _seqs(response: httpx.Response) -> list[int]:
    assert response.status_code == 200
    return [each["seq"] for each in response.json()["data"]["history"]]


@pytest.mark.parametrize("path", ["history", "history/recent", "get"])
def test_histories_have_the_documented_defaults(
    client: httpx.Client, created: str, import_messages: ImportMessages, path: str
) -> None:
    import_messages(created, 45)
    response = client.get(f"/sessions/{path}/{created}")
    first = 25 if path == "history/recent" else 0
    assert _seqs(response) == list(range(first, first + 20))
    if path != "get":
        page = response.json()["data"]
        assert (page["total"], page["skip"], page["limit"]) == (45, 0, 20)


@pytest.mark.parametrize("limit", [1, 7, 45, 100])
def test_limit_and_skip_cut_the_history_exactly(
    client: httpx.Client, created: str, import_messages: ImportMessages, limit: int
) -> None:
    total = 45 if limit > 1 else 5
    import_messages(created, total)
    for path in ("history", "get"):
        found: list[int] = []
        for skip in range(0, total, limit):
            page = client.get(f"/sessions/{path}/{created}?limit={limit}&skip={skip}")
            found += _seqs(page)
        assert found == list(range(total))
    found = []
    for skip in range(0, total, limit):
        page = client.get(f"/sessions/history/recent/{created}?limit={limit}&skip={skip}")
        found = _seqs(page) + found
    assert found == list(range(total))


def test_get_recent_session_history_counts_from_the_end(
    client: httpx.Client, created: str, import_messages: ImportMessages
) -> None:
    import_messages(created, 45)
    for limit, skip, expected in (
        (5, 0, [40, 41, 42, 43, 44]),
        (5, 3, [37, 38, 39, 40, 41]),
        (5, 43, [0, 1]),
        (1, 44, [0]),
        (5, 45, []),
        (100, 1_000_000_000, []),
        (100, 0, list(range(45))),
    ):
        response = client.get(f"/sessions/history/recent/{created}?limit={limit}&skip={skip}")
        assert _seqs(response) == expected
        data = response.json()["data"]
        assert (data["total"], data["skip"], data["limit"]) == (45, skip, limit)


@pytest.mark.parametrize("path", ["history", "history/recent", "get"])
def test_behind_the_end_of_a_history_is_nothing(
    client: httpx.Client, created: str, import_messages: ImportMessages, path: str
) -> None:
    assert _seqs(client.get(f"/sessions/{path}/{created}")) == []
    import_messages(created, 3)
    for skip in (3, 4, 1_000_000_000):
        assert _seqs(client.get(f"/sessions/{path}/{created}?skip={skip}")) == []


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "skip=-1", "skip=1000000001", "limit="])
@pytest.mark.parametrize("path", ["history", "history/recent", "get"])
def test_the_bounds_of_a_history(client: httpx.Client, created: str, path: str, query: str) -> None:
    response = client.get(f"/sessions/{path}/{created}?{query}")
    assert response.status_code == 400
    assert response.json()["error"] == "invalid_request"
    assert response.json()["message"].startswith(f"{query.split('=')[0]}: ")
