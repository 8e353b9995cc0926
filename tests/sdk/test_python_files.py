"""Uploads, downloads and HTTP Basic: the Python client of a small contract, and its server."""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import importlib
import io
import os
import shutil
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import anyio
import httpx2
import pytest
from starlette.applications import Starlette

import palaver_client
from codegen.python_sdk import render_python_sdk
from palaver.contract.document import Document
from tests.sdk.conftest import ROOT
from tests.sdk.python.answers import URL, client_of
from tests.sdk.typescript.books import CONTRACT, LARGE, PDF, Books, serving_application

BASIC = {"username": "jürgen", "password": "pass:wörd"}
PACKAGE = "palaver_client_of_books"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"


@pytest.fixture(scope="module")
def sdk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The hand-written modules with the generated ones of the small contract."""
    folder = tmp_path_factory.mktemp("books")
    package = folder / PACKAGE
    unwanted = shutil.ignore_patterns("__pycache__", "generated")
    shutil.copytree(ROOT / "sdk/python/src/palaver_client", package, ignore=unwanted)
    (package / "generated").mkdir()
    for name, text in render_python_sdk(Document.load(CONTRACT)).items():
        text = text.replace("palaver_client.", f"{PACKAGE}.")
        (package / "generated" / name).write_text(text, encoding="utf-8")
    sys.path.insert(0, str(folder))
    try:
        yield importlib.import_module(PACKAGE)
    finally:
        sys.path.remove(str(folder))
        for name in [each for each in sys.modules if each.partition(".")[0] == PACKAGE]:
            del sys.modules[name]


class Both:
    """A client of each kind; what one gives, the other gives too."""

    def __init__(self, sdk: ModuleType, url: str, **given: Any) -> None:
        self._sdk, self._url, self._given = sdk, url, given

    def __call__(self, use: Callable[[Any, Callable[[Any], Any]], Any]) -> list[Any]:
        """What ``use`` gives with each; its second argument takes what may have to be awaited."""

        async def work() -> Any:
            async with self._sdk.AsyncPalaver(self._url, **self._given) as client:
                return await use_async(client)

        async def use_async(client: Any) -> Any:
            # The blocking form of the test runs in a thread, and awaits by the way of the loop.
            return await anyio.to_thread.run_sync(use, client, from_thread)

        def from_thread(awaitable: Any) -> Any:
            async def wait() -> Any:
                return await awaitable

            return anyio.from_thread.run(wait)

        with self._sdk.Palaver(self._url, **self._given) as client:
            first = use(client, lambda value: value)
        return [first, anyio.run(work)]


@pytest.fixture
def books() -> Books:
    return Books()


@pytest.fixture
def url(books: Books) -> Iterator[str]:
    with serving_application(Starlette(routes=books.routes)) as url:
        yield url


@pytest.fixture
def both(sdk: ModuleType, url: str) -> Both:
    return Both(sdk, url, **BASIC)


def test_an_upload_tells_its_progress_and_its_credentials(
    both: Both, books: Books, tmp_path: Path
) -> None:
    path = tmp_path / "Böse Namen.pdf"
    path.write_bytes(bytes(LARGE))
    told: list[tuple[int, int | None]] = []

    def use(client: Any, wait: Any) -> Any:
        told.clear()
        book = wait(
            client.upload_book(
                file=path,
                title="Größe",
                tags=["a", "b"],
                about={"year": 1},
                on_progress=lambda *each: told.append(each),
            )
        )
        assert len(told) > 10
        assert [done for done, _ in told] == sorted({done for done, _ in told})
        assert told[-1][0] == told[-1][1]
        return book.model_dump(by_alias=True, exclude_unset=True)

    expected = {
        "bookId": "b1",
        "title": "Größe",
        "size": LARGE,
        "content-type": PDF,
    }
    for found in both(use):
        assert {name: found[name] for name in expected} == expected
    for request in books.requests:
        assert request["filename"] == "Böse Namen.pdf"
        fields = {"title": ["Größe"], "tags": ["a", "b"], "about": ['{"year":1}']}
        assert request["fields"] == fields
        credential = base64.b64encode("jürgen:pass:wörd".encode()).decode()
        assert request["headers"]["authorization"] == f"Basic {credential}"
        assert request["headers"]["idempotency-key"]
        assert request["headers"]["content-length"] == str(told[-1][0])


def test_an_upload_that_is_refused_is_sent_again_as_a_whole(both: Both, books: Books) -> None:
    told: list[int] = []

    def use(client: Any, wait: Any) -> Any:
        books.refusals = 2
        books.requests.clear()
        told.clear()
        file = io.BytesIO(b"left out" + b"x" * 200_000)
        file.seek(8)
        book = wait(client.upload_book(file=file, on_progress=lambda done, _: told.append(done)))
        assert len(books.requests) == 3
        assert len({each["headers"]["idempotency-key"] for each in books.requests}) == 1
        assert len({each["headers"]["content-type"] for each in books.requests}) == 1
        assert told == sorted(set(told))
        return book.size

    assert both(use) == [200_000, 200_000]


def test_a_file_that_can_be_read_once_is_not_sent_again(
    both: Both, sdk: ModuleType, books: Books
) -> None:
    class Once(io.BytesIO):
        def seekable(self) -> bool:
            return False

    def use(client: Any, wait: Any) -> Any:
        books.refusals = 1
        books.requests.clear()
        with pytest.raises(sdk.ServiceUnavailableError, match="Service Unavailable"):
            wait(client.upload_book(file=Once(b"hello")))
        return len(books.requests)

    assert both(use) == [1, 1]


def test_what_is_packed_is_sent_unpacked(both: Both, books: Books, tmp_path: Path) -> None:
    path = tmp_path / "bees.txt.gz"
    with gzip.open(path, "wb") as file:
        file.write(b"bees" * 50_000)
    told: list[tuple[int, int | None]] = []

    def use(client: Any, wait: Any) -> Any:
        books.refusals = 1
        with gzip.open(path, "rb") as file:
            book = wait(client.upload_book(file=file, on_progress=lambda *each: told.append(each)))
        with gzip.open(path, "rb") as file:
            wait(client.replace_book_file("b", file=file))
        return book.size, books.requests[-1]["content"] == b"bees" * 50_000

    assert both(use) == [(200_000, True)] * 2
    assert told[-1][0] == told[-1][1]
    assert told[-1][0] > 200_000


@pytest.mark.parametrize("buffering", [0, -1])
def test_a_pipe_is_sent_to_its_end(both: Both, books: Books, buffering: int) -> None:
    told: list[tuple[int, int | None]] = []

    def use(client: Any, wait: Any) -> Any:
        book: Any = None
        for send in (client.upload_book, partial(client.replace_book_file, "b")):
            reading, writing = os.pipe()
            writer = threading.Thread(target=_fill, args=(writing, b"x" * 200_000))
            writer.start()
            with open(reading, "rb", buffering=buffering) as file:
                book = wait(send(file=file, on_progress=lambda *each: told.append(each))) or book
            writer.join(10)
        upload, replacement = books.requests[-2:]
        assert upload["filename"] == "file"
        assert {each["headers"].get("content-length") for each in (upload, replacement)} == {None}
        return book.size, len(replacement["content"])

    assert both(use) == [(200_000, 200_000)] * 2
    assert told[-1] == (200_000, None)


def _fill(writing: int, content: bytes) -> None:
    with open(writing, "wb") as file:
        file.write(content)


@pytest.mark.parametrize("change", [b"much more", b""])
def test_a_file_that_changes_while_it_is_sent(both: Both, tmp_path: Path, change: bytes) -> None:
    path = tmp_path / "log.txt"

    def use(client: Any, wait: Any) -> Any:
        for send in (client.upload_book, partial(client.replace_book_file, "b")):
            path.write_bytes(b"x" * 100_000)

            def alter(done: int, total: int | None) -> None:
                with path.open("ab") as file:
                    file.truncate(70_000)
                    file.write(change * 20_000)

            with pytest.raises(OSError, match="changed while"):
                wait(send(file=path, on_progress=alter))

    both(use)


def test_bytes_with_a_name_and_a_type_and_null_members(
    both: Both, sdk: ModuleType, books: Books
) -> None:
    def use(client: Any, wait: Any) -> Any:
        file = sdk.Upload(b"hello", "a.txt", "text/x-own")
        book = wait(client.upload_book(file=file, title=None))
        request = books.requests[-1]
        return book.size, book.content_type, request["filename"], request["fields"]

    assert both(use) == [(5, "text/x-own", "a.txt", {})] * 2


def test_a_file_as_the_whole_body(both: Both, books: Books, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"content")
    told: list[tuple[int, int | None]] = []

    def use(client: Any, wait: Any) -> Any:
        wait(client.replace_book_file("a b", file=path, on_progress=lambda *e: told.append(e)))
        request = books.requests[-1]
        headers = request["headers"]
        return request["content"], headers["content-type"], headers["content-length"]

    assert both(use) == [(b"content", PDF, "7")] * 2
    assert told == [(7, 7)] * 2


@pytest.mark.parametrize("file", ["book.pdf", io.StringIO("text"), None, 3])
def test_what_is_no_file(both: Both, books: Books, file: Any) -> None:
    def use(client: Any, wait: Any) -> Any:
        with pytest.raises(TypeError, match="open binary file"):
            wait(client.upload_book(file=file))

    both(use)
    assert books.requests == []


def test_a_file_that_is_not_there(both: Both, books: Books, tmp_path: Path) -> None:
    def use(client: Any, wait: Any) -> Any:
        with pytest.raises(FileNotFoundError):
            wait(client.upload_book(file=tmp_path / "nowhere"))

    both(use)
    assert books.requests == []


def test_a_download_is_saved(both: Both, tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []

    def use(client: Any, wait: Any) -> Any:
        path = tmp_path / "book.pdf"
        download = wait(client.download_book("b1"))
        size = wait(download.save(path, on_progress=lambda *each: told.append(each)))
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        return size, digest, download.media_type, [each.name for each in tmp_path.iterdir()]

    digest = hashlib.sha256(b"x" * LARGE).hexdigest()
    assert both(use) == [(LARGE, digest, PDF, ["book.pdf"])] * 2
    assert told[-1] == (LARGE, LARGE)


def test_a_download_is_read(both: Both) -> None:
    read = both(lambda client, wait: wait(wait(client.download_book("b1")).read()))
    assert read == [b"x" * LARGE] * 2


def test_a_download_that_breaks_off_leaves_nothing(
    both: Both, sdk: ModuleType, books: Books, tmp_path: Path
) -> None:
    def use(client: Any, wait: Any) -> Any:
        books.requests.clear()
        client = client.with_options(max_retries=1)
        path = tmp_path / "book.pdf"
        path.write_bytes(b"as before")
        with pytest.raises(sdk.APIConnectionError):
            wait(wait(client.download_book("cut")).save(path))
        assert path.read_bytes() == b"as before"
        return len(books.requests), [each.name for each in tmp_path.iterdir()]

    assert both(use) == [(2, ["book.pdf"])] * 2


def test_an_error_that_is_one_sentence(both: Both, sdk: ModuleType) -> None:
    def use(client: Any, wait: Any) -> Any:
        with pytest.raises(sdk.NotFoundError) as caught:
            wait(client.download_book("gone"))
        error = caught.value
        return error.status, error.message, error.code, error.request_id, str(error)

    said = (404, "Book not found.", None, "r1", "404: Book not found. (request r1)")
    assert both(use) == [said] * 2


def test_an_array_is_a_value(both: Both, sdk: ModuleType, books: Books) -> None:
    def use(client: Any, wait: Any) -> Any:
        # The server's answer lacks what the contract requires.
        with pytest.raises(sdk.InvalidResponseError, match="title"):
            wait(client.list_books())

    both(use)
    assert len(books.requests) == 2


@pytest.mark.parametrize(
    ("given", "scheme"),
    [(BASIC, "Basic"), ({"token": "t"}, "Bearer"), (BASIC | {"token": "t"}, "Bearer")],
)
def test_the_credential_that_an_operation_takes(
    given: dict[str, str], scheme: str, sdk: ModuleType, books: Books, url: str
) -> None:
    def use(client: Any, wait: Any) -> Any:
        return wait(wait(client.export_deck("d", format="pdf", slides=[1, 2])).read())

    assert Both(sdk, url, **given)(use) == [b"PK"] * 2
    for request in books.requests:
        assert request["headers"]["authorization"].split()[0] == scheme
        assert request["query"] == "format=pdf&slides=1&slides=2"
        assert request["headers"]["accept"] == f"{PDF}, {PPTX}"


def test_a_token_is_not_sent_where_a_password_is_asked_for(
    sdk: ModuleType, books: Books, url: str
) -> None:
    both = Both(sdk, url, token="t")
    both(lambda client, wait: wait(client.replace_book_file("b", file=b"x")))
    assert ["authorization" in each["headers"] for each in books.requests] == [False, False]


@pytest.mark.parametrize("book", ["", ".", ".."])
def test_an_argument_that_would_lead_to_another_path(both: Both, books: Books, book: str) -> None:
    def use(client: Any, wait: Any) -> Any:
        with pytest.raises(ValueError, match="book_id"):
            wait(client.download_book(book))

    both(use)
    assert books.requests == []


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        (r'attachment; filename="a \"b\".pdf"', 'a "b".pdf'),
        ("attachment; filename=plain.pdf; filename*=UTF-8''B%C3%BCcher.pdf", "Bücher.pdf"),
        ("attachment; filename*=utf-8'de'..%2F..%2Fetc%2Fpasswd", "passwd"),
        (r'attachment; filename="C:\\x\\y.pdf"', "y.pdf"),
        ('attachment; filename=".."', None),
        ("inline", None),
    ],
)
def test_the_name_of_a_file(disposition: str, name: str | None) -> None:
    headers = {"Content-Type": "application/pdf", "Content-Disposition": disposition}
    client = client_of(lambda _: httpx2.Response(200, content=b"%PDF", headers=headers))
    with client.export_session("s", accept="application/pdf") as download:
        assert (download.name, download.size) == (name, 4)
        assert download.read() == b"%PDF"


def test_a_file_may_be_saved_under_the_longest_of_names(tmp_path: Path) -> None:
    headers = {"Content-Type": PPTX}
    client = client_of(lambda _: httpx2.Response(200, content=b"PK", headers=headers))
    path = tmp_path / f"{'ü' * 125}.pptx"
    assert client.export_session("s").save(path) == 2
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "", "application/pdfs", PPTX])
def test_a_file_of_a_type_that_the_operation_has_not(kind: str, tmp_path: Path) -> None:
    seen: list[httpx2.Response] = []
    headers = {"Content-Type": kind} if kind else {}

    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, content=iter([b"<h1>Log in</h1>"]), headers=headers)

    client = client_of(answer, on_response=seen.append)
    path = tmp_path / "deck.pdf"
    with pytest.raises(palaver_client.InvalidResponseError, match="type"):
        client.export_session("s", accept="application/pdf").save(path)
    assert list(tmp_path.iterdir()) == []
    assert [each.is_closed for each in seen] == [True]

    async def work() -> None:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"<h1>Log in</h1>"

        def answer(request: httpx2.Request) -> httpx2.Response:
            return httpx2.Response(200, content=pieces(), headers=headers)

        http = httpx2.AsyncClient(transport=httpx2.MockTransport(answer))
        other = palaver_client.AsyncPalaver(URL, http_client=http, on_response=seen.append)
        await (await other.export_session("s", accept="application/pdf")).save(path)

    with pytest.raises(palaver_client.InvalidResponseError, match="type"):
        asyncio.run(work())
    assert [each.is_closed for each in seen] == [True, True]


def test_a_text_of_another_type() -> None:
    headers = {"Content-Type": "text/html"}
    client = client_of(lambda _: httpx2.Response(200, text="<h1>", headers=headers))
    with pytest.raises(palaver_client.InvalidResponseError, match="type"):
        client.get_contract_yaml()


def test_a_download_is_read_once(both: Both, sdk: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "book.pdf"

    def use(client: Any, wait: Any) -> Any:
        download = wait(client.download_book("b1"))
        size = wait(download.save(path))
        for again in (lambda: download.save(path), download.read):
            with pytest.raises(sdk.ClosedError, match="read already"):
                wait(again())
        assert path.stat().st_size == size
        other = wait(client.download_book("b1"))
        wait(other.close()) if hasattr(other, "__aenter__") else other.close()
        with pytest.raises(sdk.ClosedError, match="closed"):
            wait(other.read())
        return size

    assert both(use) == [LARGE] * 2
    assert list(tmp_path.iterdir()) == [path]


def test_a_length_that_nobody_can_count_to() -> None:
    headers = {"Content-Type": PPTX, "Content-Length": "9" * 5000}
    client = client_of(lambda _: httpx2.Response(200, content=b"PK", headers=headers))
    assert client.export_session("s").size is None
