"""An embedding model behind a server, which may be slow, wrong or away."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from palaver.retrieval import embeddings as module
from palaver.retrieval.embeddings import BATCH, Embeddings, embeddings_of
from palaver.retrieval.extract import Stopped
from palaver.retrieval.files import Files
from palaver.retrieval.fusion import packed
from palaver.retrieval.ingest import Ingestion
from palaver.retrieval.search import Library
from palaver.settings import InvalidSetting, Settings
from palaver.store import Store
from palaver.workers import Workers
from tests.retrieval.embedding_server import MODEL, WORDS, EmbeddingServer, embedding_server, vector
from tests.retrieval.ingesting import ended, pages_of, text_file, until, upload

T = TypeVar("T")

Work = Callable[[Embeddings], Coroutine[Any, Any, T]]


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    """A server that does nothing wrong yet."""
    with embedding_server() as server:
        yield server


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for long."""
    monkeypatch.setattr(module, "ASK_SECONDS", 0.5)
    monkeypatch.setattr(module, "ANSWER_SECONDS", 0.5)
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.5)
    monkeypatch.setattr(module, "BACKOFF_SECONDS", 0.01)


@pytest.fixture
def model(server: EmbeddingServer) -> Embeddings:
    """The model on that server."""
    return Embeddings(base_url=server.base_url, model=MODEL, api_key="key")


def of(text: str) -> bytes:
    """What a text's vector should be."""
    return packed(vector(text), MODEL)


def asked(model: Embeddings, *texts: str) -> list[bytes | None]:
    """Ask for one after the other, and close."""

    async def work() -> list[bytes | None]:
        try:
            return [await model.ask(text) for text in texts]
        finally:
            await model.close()

    return asyncio.run(work())


def test_a_question_gets_its_vector(server: EmbeddingServer, model: Embeddings) -> None:
    assert asked(model, "Memory of an artery?") == [of("memory artery")]
    assert server.requests == [{"model": MODEL, "input": ["Memory of an artery?"]}]
    (head,) = server.heads
    assert head["path"] == "/v1/embeddings"
    assert head["authorization"] == "Bearer key"


def test_passages_get_theirs_in_batches(server: EmbeddingServer, model: Embeddings) -> None:
    texts = [f"{WORDS[n % 6]} {WORDS[n % 5]}" for n in range(2 * BATCH + 3)]
    assert model.embed(texts) == [of(text) for text in texts]
    assert [len(each["input"]) for each in server.requests] == [BATCH, BATCH, 3]
    assert model.embed([]) == []


@pytest.mark.parametrize("fault", ["shuffled*", "without-index*"])
def test_vectors_find_their_texts(server: EmbeddingServer, model: Embeddings, fault: str) -> None:
    server.faults = [fault]
    assert model.embed(["fox", "river", "valve"]) == [of("fox"), of("river"), of("valve")]


def test_no_key_is_sent_where_there_is_none(server: EmbeddingServer) -> None:
    asked(Embeddings(base_url=server.base_url + "/", model=MODEL), "fox")
    (head,) = server.heads
    assert "authorization" not in head
    assert head["path"] == "/v1/embeddings"


@pytest.mark.parametrize("text", ["", " \n", "\0"])
def test_nothing_is_asked_about_nothing(
    server: EmbeddingServer, model: Embeddings, text: str
) -> None:
    assert model.embed([text, "fox"]) == [None, of("fox")]
    assert asked(model, text) == [None]
    assert server.texts == ["fox"]


def test_any_text_can_be_sent(server: EmbeddingServer, model: Embeddings) -> None:
    assert model.embed(["fox \ud800 \0 \U0001f98a"]) == [of("fox")]
    assert asked(model, "river \udfff " + "x" * 100_000) == [of("river")]
    assert len(server.texts[-1]) <= module.MOST_CHARACTERS


WRONG = [
    "text", "bad-utf8", "deep", "fewer", "zeros", "empty", "enormous",
    "huge-numbers", "base64", "redirect", "gzip", "flood", "reset", "close", "hold", "drip",
    "401", "403", "404", "418", "429", "500", "502", "503", "limited:1000", "limited:never",
]  # fmt: skip


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("fault", WRONG)
def test_whatever_the_server_does_there_is_no_vector_and_no_error(
    server: EmbeddingServer, model: Embeddings, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    caplog.set_level(logging.INFO, "palaver")
    server.faults = [f"{fault}*"]
    started = time.monotonic()
    assert model.embed(["fox", "river"]) == [None, None]
    assert asked(model, "fox") == [None]
    assert time.monotonic() - started < 10
    assert [each.levelname for each in caplog.records] == ["WARNING", "WARNING"]
    assert "127.0.0.1" not in caplog.text
    assert "key" not in caplog.text


@pytest.mark.parametrize("fault", ["same-index", "other-size"])
def test_vectors_that_do_not_go_together_are_none(
    server: EmbeddingServer, model: Embeddings, fault: str
) -> None:
    server.faults = [fault]
    assert model.embed(["fox", "river"]) == [None, None]


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("fault", ["reset", "close", "429", "500", "503", "limited:0", "408"])
def test_a_short_trouble_is_outlived(
    server: EmbeddingServer, model: Embeddings, fault: str
) -> None:
    server.faults = [fault]
    assert model.embed(["fox"]) == [of("fox")]
    server.faults = ["reset"]
    assert asked(model, "river") == [of("river")]


def test_a_server_that_takes_fewer_texts_gets_fewer(
    server: EmbeddingServer, model: Embeddings
) -> None:
    server.most_texts = 10
    texts = [f"{WORDS[n % 6]} {WORDS[n % 5]}" for n in range(BATCH)]
    assert model.embed(texts) == [of(text) for text in texts]
    assert max(len(each["input"]) for each in server.requests[1:3]) == BATCH // 2


def test_a_text_that_is_too_long_is_shortened(server: EmbeddingServer, model: Embeddings) -> None:
    server.most_characters = 600
    long = "fox " * 500
    assert model.embed(["river", long, "valve"]) == [of("river"), of("fox"), of("valve")]
    assert server.texts[-2] in (long[:500], long[:500].strip())
    # Nothing is wrong with the server.
    assert asked(model, long, "valve") == [None, of("valve")]


@pytest.mark.usefixtures("impatient")
def test_a_server_that_takes_nothing_is_not_asked_without_end(
    server: EmbeddingServer, model: Embeddings
) -> None:
    server.faults = ["400*"]
    assert model.embed(["fox " * 20] * 10 * BATCH) == [None] * 10 * BATCH
    assert len(server.requests) <= module.MOST_REFUSED + 1
    assert model.embed(["fox"]) == [None]
    assert len(server.requests) <= module.MOST_REFUSED + 1


@pytest.mark.usefixtures("impatient")
def test_what_came_before_the_trouble_is_kept(server: EmbeddingServer, model: Embeddings) -> None:
    server.faults = ["", "404"]
    texts = ["fox"] * BATCH + ["river"]
    assert model.embed(texts) == [of("fox")] * BATCH + [None]


@pytest.mark.usefixtures("impatient")
def test_a_server_that_failed_is_left_in_peace_and_tried_again(
    server: EmbeddingServer,
    model: Embeddings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "palaver")
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    async def work() -> None:
        server.faults = ["404"]
        assert await model.ask("fox") is None
        assert await model.ask("fox") is None
        assert len(server.requests) == 1
        now[0] += 16
        # One tries, and the others do not wait for it.
        server.faults = ["404"]
        tried = await asyncio.gather(*(model.ask("fox") for _ in range(5)))
        assert (tried, len(server.requests)) == ([None] * 5, 2)
        now[0] += 16
        assert await model.ask("fox") is None
        assert len(server.requests) == 2
        now[0] += 16
        assert await model.ask("fox") == of("fox")
        assert await asyncio.gather(*(model.ask("fox") for _ in range(5))) == [of("fox")] * 5
        await model.close()

    asyncio.run(work())
    # Once an outage, and passages have one of their own.
    assert [each.levelname for each in caplog.records] == ["WARNING", "INFO"]
    assert model.embed(["fox"]) == [of("fox")]


@pytest.mark.usefixtures("impatient")
def test_a_server_that_is_away(server: EmbeddingServer, model: Embeddings) -> None:
    assert model.embed(["fox"]) == [of("fox")]
    server.stop()
    assert model.embed(["fox"]) == [None]
    assert asked(model, "fox") == [None]


def test_other_sizes_are_told(
    server: EmbeddingServer, model: Embeddings, caplog: pytest.LogCaptureFixture
) -> None:
    server.faults = ["", "longer"]
    before, after = asked(model, "fox", "fox")
    assert before == of("fox")
    assert after == packed(vector("fox") * 2, MODEL)
    assert "embeddings have 14 numbers now, and had 7" in caplog.text


@pytest.mark.parametrize("fault", ["hold", "drip"])
def test_passages_do_not_hold_up_a_stop(
    server: EmbeddingServer, model: Embeddings, fault: str
) -> None:
    server.faults = [fault]
    raised: list[BaseException] = []

    def work() -> None:
        try:
            model.embed(["fox"], stop=server.held.is_set)
        except Stopped as stopped:
            raised.append(stopped)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(5)
    assert not thread.is_alive()
    assert len(raised) == 1


def test_a_model_that_is_closed_gives_nothing(server: EmbeddingServer, model: Embeddings) -> None:
    assert asked(model) == []
    assert asked(model, "fox") == [None]
    assert server.requests == []


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://[", ""),
        ("http://u:secret@h/v1", ""),
        ("ftp://h", ""),
        ("http:///v1", ""),
        ("http://h/v1", "sekr\u0117t"),
        ("http://h/v1", "secret\n"),
    ],
)
def test_what_cannot_be_used_is_told_without_the_value(url: str, key: str) -> None:
    settings = Settings(embeddings_base_url=url, embeddings_model="m", embeddings_api_key=key)
    with pytest.raises(InvalidSetting) as caught:
        embeddings_of(settings)
    assert str(caught.value).startswith("PALAVER_EMBEDDINGS_BASE_URL or PALAVER_EMBEDDINGS_API_KEY")
    assert "sec" not in str(caught.value)


def test_without_settings_there_is_no_model(server: EmbeddingServer) -> None:
    assert embeddings_of(Settings()) is None
    settings = Settings(embeddings_base_url=server.base_url, embeddings_model=MODEL)
    model = embeddings_of(settings)
    assert model is not None
    assert asked(model, "fox") == [of("fox")]


BOOK = (
    "Memory machine. " * 3,
    "Memory of an artery. " * 3,
    "The memory of an artery machine. " * 3,
)


def pages_found(store: Store, model: Embeddings | None, question: str) -> list[int]:
    """Ask the library as the server does."""

    async def work() -> list[int]:
        workers = Workers(2)
        try:
            library = Library(store, workers, None if model is None else model.ask)
            return [each.page for each in await library.search(question, limit=9)]
        finally:
            workers.close()

    return asyncio.run(work())


@pytest.fixture
def ingestion(store: Store, tmp_path: Path, model: Embeddings) -> Iterator[Ingestion]:
    """Books are embedded on their way in."""
    ingestion = Ingestion(
        store, Files(str(tmp_path / "files")), alone=True, tick_seconds=0.2, embed=model.embed
    )
    ingestion.start()
    yield ingestion
    ingestion.stop()


def test_books_are_embedded_and_ordered_by_meaning(
    ingestion: Ingestion, store: Store, server: EmbeddingServer, model: Embeddings, query: Any
) -> None:
    book = upload(ingestion, text_file(list(BOOK)))
    assert ended(store, book.book_id).status == "READY"
    stored = query("SELECT text, embedding FROM passages ORDER BY passage_id")
    assert [bytes(each) for _, each in stored] == [of(text) for text, _ in stored]
    assert sorted(server.texts) == sorted(text for text, _ in stored)
    assert pages_found(store, model, "memory artery")[0] == 2


@pytest.mark.usefixtures("impatient")
def test_a_server_that_is_away_fails_no_book_and_no_question(
    ingestion: Ingestion, store: Store, server: EmbeddingServer, model: Embeddings, query: Any
) -> None:
    server.stop()
    pages = pages_of("x", 120)
    book = ended(store, upload(ingestion, text_file(pages)).book_id)
    assert (book.status, book.page_count, book.reason) == ("READY", 120, None)
    assert query("SELECT count(*) FROM passages WHERE embedding IS NOT NULL") == [(0,)]
    found = pages_found(store, model, "Page 77?")
    assert found == pages_found(store, None, "Page 77?")
    assert found[0] == 77


def test_books_can_be_deleted_and_ingestion_stopped_while_the_server_is_silent(
    ingestion: Ingestion, store: Store, server: EmbeddingServer, query: Any
) -> None:
    server.faults = ["hold*"]
    first, second = (upload(ingestion, f"fox {n}".encode()).book_id for n in range(2))
    until(lambda: len(server.requests) == 2)
    ingestion.delete(first)
    until(lambda: [row[0] for row in query("SELECT count(*) FROM ingestions")] == [1])
    started = time.monotonic()
    ingestion.stop()
    assert time.monotonic() - started < 4
    assert store.books.get(second).status == "PROCESSING"
    assert query("SELECT owner, attempts FROM ingestions") == [("", 0)]
