"""A server with an embedding model: what is asked of it, and that it may go away."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from palaver.store import open_store
from tests.retrieval.embedding_server import MODEL, EmbeddingServer, embedding_server
from tests.server.conftest import Palaver, Serve, Server

PAGES = (
    "The memory of a machine is a store of bytes and words. " * 3,
    "A memory of the artery: a store of the words of blood. " * 3,
    "Some words about the memory of a valve, a machine, an artery and a store. " * 3,
)


@pytest.fixture
def model() -> Iterator[EmbeddingServer]:
    with embedding_server() as model:
        yield model


def ask(server: Server, headers: dict[str, str], question: str) -> list[Any]:
    """The sources of an answer."""
    client = server.client(token="none")
    made = client.call("POST", "/api/v1/chat/sessions", {}, headers)
    assert made.status == 201, made.body
    path = f"/api/v1/chat/sessions/{made.json['sessionId']}/messages"
    answer = client.call("POST", path, {"content": question}, headers)
    assert answer.status == 200, answer.body
    client.close()
    return list(answer.json["sources"])


def test_books_and_questions_are_embedded_and_do_without(
    serve: Serve, palaver: Palaver, model: EmbeddingServer, tmp_path: Path, store_url: str
) -> None:
    password = "the password of the tests"
    server = serve(
        database_url=store_url,
        basic_password=password,
        embeddings_base_url=model.base_url,
        embeddings_model=MODEL,
        embeddings_api_key="the key",
    )
    credential = base64.b64encode(f"palaver:{password}".encode()).decode()
    headers = {"Authorization": f"Basic {credential}"}

    def add(name: str, text: str) -> None:
        (tmp_path / name).write_text(text)
        url = f"http://127.0.0.1:{server.port}"
        added = palaver("books", "add", "--url", url, name, basic_password=password)
        assert added.returncode == 0, added.stderr

    add("first.txt", "\f".join(PAGES))
    assert len(model.texts) == len(PAGES)
    assert {each["authorization"] for each in model.heads} == {"Bearer the key"}
    assert ask(server, headers, "Which memory has an artery?")[0]["page"] == 2
    assert model.texts[-1] == "Which memory has an artery?"

    store = open_store(store_url)
    kept = store.search.candidates({"memori": 1.0}, limit=9)
    store.close()
    assert len(kept) == len(PAGES)
    assert all(each.embedding for each in kept)

    model.stop()
    assert ask(server, headers, "Which memory has an artery?") != []
    add("second.txt", "The lighthouse keeper counts the gulls of the lighthouse.")
    (found,) = ask(server, headers, "What does the lighthouse keeper count?")
    assert found == {"bookTitle": "second", "page": 1}
    told = [each for each in server.log if "embedding server cannot be used" in str(each)]
    assert len(told) == 2
    assert "the key" not in server.stderr.read_text()
    assert server.stop() == 0
