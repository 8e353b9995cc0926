"""Books outlive their server: killed in the middle of one, it is READY later without help."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.retrieval.book_files import pdf
from tests.server.conftest import SECRET, Serve, Server, patiently

PASSWORD = "the shared password"
PAGES = 500
WORDS = (
    "The sea was calm, and the crew of the lighter had little to do but to mend their nets. " * 30
)

# A killed server's lease lapses after seconds, not half a minute.
IMPATIENT = """
from palaver.retrieval.ingest import Ingestion
Ingestion.__init__.__kwdefaults__.update(lease_seconds=3.0, tick_seconds=0.5)
from palaver.cli import main
main()
"""

Start = Callable[[], Server]


@pytest.fixture
def start(serve: Serve, store_url: str, tmp_path: Path) -> Start:
    """Start a server on one database and one folder of files."""
    settings = {
        "database_url": store_url,
        "files_url": str(tmp_path / "files"),
        "jwt_secret": SECRET,
        "basic_password": PASSWORD,
    }
    return lambda: serve(command=("-c", IMPATIENT), **settings)


def keeper(server: Server) -> httpx.Client:
    url = f"http://127.0.0.1:{server.port}/api/v1"
    return httpx.Client(base_url=url, auth=("palaver", PASSWORD), timeout=30)


def large_book() -> bytes:
    pages = [
        f"Chapter {n} tells of the harbour of port{n}.\n" + WORDS.replace(". ", f" {n}.\n")
        for n in range(1, PAGES + 1)
    ]
    return pdf(pages)


def upload(server: Server) -> str:
    response = keeper(server).post("/books", files={"file": ("Harbours.pdf", large_book())})
    assert response.status_code == 202
    return str(response.json()["bookId"])


def wait_for(server: Server, book_id: str, holds: Callable[[dict[str, Any]], bool]) -> None:
    client = keeper(server)
    for _ in patiently():
        book = client.get(f"/books/{book_id}").json()
        if holds(book):
            return
    raise AssertionError(f"it did not come so far: {book}")


def check_answers(server: Server) -> None:
    """The book is whole: it answers from its first, a middle and its last page."""
    client = keeper(server)
    made = client.post("/chat/sessions").json()["sessionId"]
    for page in (1, PAGES // 2, PAGES):
        question = {"content": f"Which chapter tells of the harbour of port{page}?"}
        answer = client.post(f"/chat/sessions/{made}/messages", json=question).json()
        assert {"bookTitle": "Harbours", "page": page} in answer["sources"]


def test_a_server_that_is_killed_while_it_reads_goes_on_when_it_is_back(start: Start) -> None:
    first = start()
    book_id = upload(first)
    wait_for(first, book_id, lambda book: book["progress"] >= 10)
    assert keeper(first).get(f"/books/{book_id}").json()["status"] == "PROCESSING"
    first.process.kill()
    first.process.wait()
    second = start()
    wait_for(second, book_id, lambda book: book["status"] == "READY")
    check_answers(second)


@pytest.mark.only_store("postgres")
def test_another_server_finishes_what_a_killed_one_began(start: Start) -> None:
    first, second = start(), start()
    book_id = upload(first)
    # Either may have taken it up; whichever did is killed.
    wait_for(first, book_id, lambda book: book["progress"] >= 5)
    first.process.kill()
    first.process.wait()
    wait_for(second, book_id, lambda book: book["status"] == "READY")
    check_answers(second)


def test_other_requests_are_served_while_a_book_is_read(start: Start) -> None:
    server = start()
    book_id = upload(server)
    client, answered = keeper(server), 0
    with contextlib.closing(server.client()) as talker:
        session_id = talker.create()
        while client.get(f"/books/{book_id}").json()["status"] == "PROCESSING":
            assert talker.append(session_id, "Hello").status == 200
            answered += 1
    assert answered > 0
    assert client.get(f"/books/{book_id}").json()["status"] == "READY"
