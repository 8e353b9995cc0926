"""Uploads, downloads and HTTP Basic: the TypeScript client of a small contract, and its server."""

from __future__ import annotations

import base64
import hashlib
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette

from tests.sdk.typescript.books import LARGE, PDF, Books, serving_application, write_client
from tests.sdk.typescript.node import SOURCES, Caller, calling

BASIC = {"username": "jürgen", "password": "pass:wörd"}


@pytest.fixture
def books() -> Books:
    return Books()


@pytest.fixture
def url(books: Books) -> Iterator[str]:
    with serving_application(Starlette(routes=books.routes)) as url:
        yield url


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    """The hand-written sources with the generated ones of the small contract."""
    sources = tmp_path_factory.mktemp("books") / "src"
    shutil.copytree(SOURCES, sources)
    (sources.parent / "package.json").write_text('{"type": "module"}')
    write_client(sources)
    with calling(sources) as caller:
        yield caller


@pytest.fixture
def call(caller: Caller, url: str) -> Any:
    def ask(operation: str, **given: Any) -> dict[str, Any]:
        asked = {"url": url, "client": BASIC, "operation": operation, "mode": "call"}
        return caller({**asked, "parameters": {}, **given})

    return ask


def test_an_upload_tells_its_progress_and_its_credentials(call: Any, books: Books) -> None:
    file = {"$file": {"name": 'Böse "Namen"\n.pdf', "type": PDF, "bytes": LARGE}}
    body = {"file": file, "title": "Größe", "tags": ["a", "b"], "about": {"year": 1}}
    told = call("upload_book", body=body)
    assert told["result"] == {
        "bookId": "b1",
        "title": "Größe",
        "size": LARGE,
        "content-type": PDF,
        "sha256": hashlib.sha256(bytes(LARGE)).hexdigest(),
    }
    (request,) = books.requests
    assert request["fields"] == {"title": ["Größe"], "tags": ["a", "b"], "about": ['{"year":1}']}
    # As forms of browsers write them (HTML, "Multipart form data").
    assert request["filename"] == "Böse %22Namen%22%0D%0A.pdf"
    credential = base64.b64encode("jürgen:pass:wörd".encode()).decode()
    assert request["headers"]["authorization"] == f"Basic {credential}"
    assert request["headers"]["idempotency-key"]
    loaded = [each["loaded"] for each in told["progress"]]
    assert len(loaded) > 10
    assert loaded == sorted(loaded)
    assert loaded[-1] == told["progress"][-1]["total"] > LARGE
    assert request["headers"]["content-length"] == str(loaded[-1])


def test_an_upload_that_is_refused_is_sent_again_as_a_whole(call: Any, books: Books) -> None:
    books.refusals = 2
    file = {"$file": {"name": "a.txt", "type": "text/plain", "text": "x" * 200_000}}
    told = call("upload_book", body={"file": file})
    assert told["result"]["size"] == 200_000
    assert len({each["headers"]["idempotency-key"] for each in books.requests}) == 1
    assert len(books.requests) == 3
    # The boundary too stays the same.
    assert len({each["headers"]["content-type"] for each in books.requests}) == 1
    loaded = [each["loaded"] for each in told["progress"]]
    assert loaded == sorted(set(loaded))


def test_an_upload_without_progress(call: Any, books: Books) -> None:
    told = call("upload_book", body={"file": {"$bytes": "hello"}, "title": None}, quiet=True)
    assert told["result"]["size"] == 5
    assert books.requests[0]["fields"] == {}
    assert told["progress"] == []


def test_a_file_as_the_whole_body(call: Any, books: Books) -> None:
    file = {"$file": {"name": "a.pdf", "type": PDF, "text": "content"}}
    told = call("replace_book_file", parameters={"bookId": "a b"}, body=file)
    assert told["result"] is None
    assert told["progress"][-1] == {"loaded": 7, "total": 7}
    assert books.requests[0]["content"] == b"content"
    assert books.requests[0]["headers"]["content-type"] == PDF


def test_a_download_is_saved(call: Any) -> None:
    told = call("download_book", mode="file", parameters={"bookId": "b1"})
    assert told["result"] == {
        "bytes": LARGE,
        "sha256": hashlib.sha256(b"x" * LARGE).hexdigest(),
        "name": "Bücher.pdf",
        "type": PDF,
        "size": LARGE,
        "loaded": LARGE,
        "begins": "xxxx",
    }
    assert told["left"] == []


def test_a_download_that_breaks_off_leaves_nothing(call: Any) -> None:
    told = call("download_book", mode="file", parameters={"bookId": "cut"})
    assert told["error"]["kind"] == "connection"
    assert told["left"] == []


def test_an_error_that_is_one_sentence(call: Any) -> None:
    told = call("download_book", mode="file", parameters={"bookId": "gone"})
    error = told["error"]
    assert (error["status"], error["class"], error["of_status"]) == (404, "NotFoundError", True)
    assert (error["words"], error["request_id"]) == ("Book not found.", "r1")
    assert "code" not in error


def test_an_array_is_a_value(call: Any) -> None:
    told = call("list_books")
    assert told["result"] == [{"bookId": "b1"}, {"bookId": "b2"}]


@pytest.mark.parametrize(
    ("client", "scheme"),
    [(BASIC, "Basic"), ({"token": "t"}, "Bearer"), (BASIC | {"token": "t"}, "Bearer")],
)
def test_the_first_scheme_with_a_credential_is_used(
    client: dict[str, str], scheme: str, call: Any, books: Books
) -> None:
    parameters = {"deckId": "d", "format": "pdf", "slides": [1, 2]}
    told = call("export_deck", mode="file", parameters=parameters, client=client)
    assert told["result"]["bytes"] == 2
    (request,) = books.requests
    assert request["headers"]["authorization"].split()[0] == scheme
    assert request["query"] == "format=pdf&slides=1&slides=2"
    presentation = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    assert request["headers"]["accept"] == f"application/pdf, {presentation}"


@pytest.mark.parametrize("book", ["", ".", ".."])
def test_an_argument_that_would_lead_to_another_path(book: str, call: Any, books: Books) -> None:
    told = call("download_book", parameters={"bookId": book})
    assert "bookId" in told["error"]["words"]
    assert books.requests == []
