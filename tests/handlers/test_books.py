"""Books over HTTP: uploaded, listed, read, taken in anew and deleted."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.retrieval.book_files import pdf, scanned_pdf

PATIENCE = 30.0
Add = Callable[..., dict[str, Any]]


def words(count: int = 1) -> str:
    """Words that no other book has, as a text of so many pages."""
    return "\f".join(f"Page {n} of the book {uuid.uuid4().hex}." for n in range(1, count + 1))


def settled(keeper: httpx.Client, book_id: str) -> dict[str, Any]:
    """The book once it is no longer PROCESSING."""
    deadline = time.monotonic() + PATIENCE
    progress = 0
    while time.monotonic() < deadline:
        book: dict[str, Any] = keeper.get(f"/api/v1/books/{book_id}").json()
        assert book["progress"] >= progress
        progress = book["progress"]
        if book["status"] != "PROCESSING":
            return book
        time.sleep(0.02)
    raise AssertionError("the book is still PROCESSING")


@pytest.fixture
def add(keeper: httpx.Client) -> Iterator[Add]:
    """Upload a file and wait for the end of its ingestion."""
    made: list[str] = []

    def add(content: bytes | str, name: str = "book.txt", **fields: str) -> dict[str, Any]:
        files = {"file": (name, content)}
        response = keeper.post("/api/v1/books", files=files, data=fields)
        assert response.status_code == 202, response.text
        made.append(response.json()["bookId"])
        return settled(keeper, made[-1])

    yield add
    for book_id in made:
        keeper.delete(f"/api/v1/books/{book_id}")


def test_an_upload_is_answered_at_once_and_becomes_ready(keeper: httpx.Client) -> None:
    text = words(3)
    files = {"file": ("A Book.txt", text.encode())}
    response = keeper.post("/api/v1/books", files=files, data={"author": "Ann"})
    assert response.status_code == 202
    book = response.json()
    assert response.headers["Location"] == f"/api/v1/books/{book['bookId']}"
    assert book == {
        "bookId": book["bookId"],
        "title": "A Book",
        "author": "Ann",
        "fileName": "A Book.txt",
        "mediaType": "text/plain",
        "size": len(text.encode()),
        "status": "PROCESSING",
        "reason": None,
        "progress": 0,
        "pageCount": 0,
        "createdAt": book["createdAt"],
        "updatedAt": book["createdAt"],
    }
    ready = settled(keeper, book["bookId"])
    assert (ready["status"], ready["progress"], ready["pageCount"]) == ("READY", 100, 3)
    assert ready["reason"] is None
    assert keeper.delete(response.headers["Location"]).status_code == 204


def test_a_book_is_what_its_bytes_are_and_not_its_name(add: Add) -> None:
    book = add(pdf([f"What {uuid.uuid4().hex} says."]), "notes.txt", title="Notes")
    assert (book["status"], book["mediaType"], book["title"]) == (
        "READY",
        "application/pdf",
        "Notes",
    )


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "empty.txt", "empty"),
        (pdf(["Secret."], password="x"), "locked.pdf", "password"),
        (scanned_pdf(), "scan.pdf", "scan"),
        (pdf(["Half of it."])[:200], "half.pdf", "damaged"),
        (bytes(range(256)) * 64, "noise.txt", ""),
    ],
)
def test_what_cannot_be_read_fails_with_a_reason_for_people(
    add: Add, keeper: httpx.Client, content: bytes, name: str, words: str
) -> None:
    book = add(content, name)
    assert book["status"] == "FAILED"
    assert words in book["reason"].lower()
    assert book["reason"].endswith(".")
    again = keeper.post(f"/api/v1/books/{book['bookId']}/retry")
    assert again.status_code == 202
    assert (again.json()["status"], again.json()["reason"]) == ("PROCESSING", None)
    assert settled(keeper, book["bookId"])["reason"] == book["reason"]


def test_what_a_file_says_of_itself_is_cut_to_what_the_contract_allows(
    add: Add, keeper: httpx.Client
) -> None:
    info = b"/Author (" + b"A" * 5_000 + b")"
    book = add(pdf([f"What {uuid.uuid4().hex} says."], info=info), "long.pdf")
    assert (book["status"], book["author"]) == ("READY", "A" * 300)
    assert keeper.get("/api/v1/books", params={"limit": 100}).status_code == 200


def test_only_a_book_that_failed_is_taken_in_anew(add: Add, keeper: httpx.Client) -> None:
    book = add(words())
    response = keeper.post(f"/api/v1/books/{book['bookId']}/retry")
    assert response.status_code == 409
    assert response.json() == {"error": "Only a book that failed can be taken in anew."}


def test_the_same_bytes_twice_name_the_first(add: Add, keeper: httpx.Client) -> None:
    text = words()
    book = add(text, "first.txt")
    second = keeper.post("/api/v1/books", files={"file": ("second.txt", text)})
    assert second.status_code == 409
    assert second.json() == {
        "error": "The library has this book already.",
        "bookId": book["bookId"],
    }


def test_of_many_at_once_one_is_made(keeper: httpx.Client) -> None:
    text = words()

    def upload(_: int) -> httpx.Response:
        return keeper.post("/api/v1/books", files={"file": ("book.txt", text)})

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(upload, range(8)))
    assert sorted(each.status_code for each in answers) == [202] + [409] * 7
    assert len({each.json()["bookId"] for each in answers}) == 1


def test_a_repeated_upload_is_one_and_the_key_serves_no_other(keeper: httpx.Client) -> None:
    text, key = words(), {"Idempotency-Key": uuid.uuid4().hex}

    def upload(content: str, **fields: str) -> httpx.Response:
        files = {"file": ("book.txt", content)}
        return keeper.post("/api/v1/books", files=files, data=fields, headers=key)

    first, second = upload(text), upload(text)
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["bookId"] == second.json()["bookId"]
    for other in (upload(words()), upload(text, title="Another")):
        assert other.status_code == 422
        assert other.json() == {"error": "The Idempotency-Key was used for another request."}


def test_a_deleted_book_is_gone_and_can_be_uploaded_again(add: Add, keeper: httpx.Client) -> None:
    text = words()
    book = add(text)
    url = f"/api/v1/books/{book['bookId']}"
    assert keeper.delete(url).status_code == 204
    for method, path in (("GET", url), ("DELETE", url), ("POST", f"{url}/retry")):
        response = keeper.request(method, path)
        assert response.status_code == 404
        assert response.json() == {"error": "Book not found."}
    listed = keeper.get("/api/v1/books", params={"limit": 100}).json()["books"]
    assert book["bookId"] not in [each["bookId"] for each in listed]
    assert add(text)["bookId"] != book["bookId"]


def test_books_are_listed_page_by_page_in_the_order_of_their_upload(
    add: Add, keeper: httpx.Client
) -> None:
    made = [add(words())["bookId"] for _ in range(3)]
    seen: list[str] = []
    cursor = None
    while True:
        params = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = keeper.get("/api/v1/books", params=params).json()
        seen += [each["bookId"] for each in page["books"]]
        cursor = page["nextCursor"]
        if cursor is None:
            break
    assert [each for each in seen if each in made] == made
    assert len(set(seen)) == len(seen)


FORM = "multipart/form-data; boundary=b"


def part(name: str, value: bytes, more: str = "") -> bytes:
    head = f'--b\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'
    return head.encode() + value + b"\r\n"


FILE = part("file", b"text", '; filename="a.txt"')
END = b"--b--\r\n"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "body"),
        (END, "file"),
        (part("title", b"Bees") + END, "file"),
        (part("file", b"text") + END, "file"),
        (part("file", b"text", '; filename=""') + END, "file"),
        (FILE + FILE + END, "file"),
        (FILE, "form"),
        (FILE + part("surprise", b"1") + END, "surprise"),
        (FILE + part("title", b" ") + END, "title"),
        (FILE + part("title", b"x" * 301) + END, "title"),
        (FILE + part("title", b"\xff") + END, ""),
        (FILE + part("title", b"a\nb") + END, "title"),
        (FILE + part("title", b"x", '; filename="t.txt"') + END, "title"),
        (b"garbage", ""),
    ],
)
def test_a_form_that_is_not_one_is_refused(keeper: httpx.Client, body: bytes, words: str) -> None:
    before = keeper.get("/api/v1/books", params={"limit": 100}).json()
    response = keeper.post("/api/v1/books", content=body, headers={"Content-Type": FORM})
    assert response.status_code == 400, response.text
    assert list(response.json()) == ["error"]
    assert words in response.json()["error"]
    assert keeper.get("/api/v1/books", params={"limit": 100}).json() == before


@pytest.mark.parametrize(
    "media_type", ["application/json", "text/plain", "application/x-www-form-urlencoded", ""]
)
def test_what_is_no_form_is_refused_by_its_type(keeper: httpx.Client, media_type: str) -> None:
    headers = {"Content-Type": media_type}
    response = keeper.post("/api/v1/books", content=FILE + END, headers=headers)
    assert response.status_code == 415
    assert response.json() == {"error": "The body must be multipart/form-data."}


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\books\\Ünïcode 書.txt", "Ünïcode 書.txt"),
        ("x" * 300 + ".txt", None),
        ("...", "book"),
    ],
)
def test_a_file_is_named_without_folders(add: Add, name: str, kept: str | None) -> None:
    book = add(words(), name)
    if kept is not None:
        assert book["fileName"] == kept
    assert len(book["fileName"]) <= 255
    assert "/" not in book["fileName"]
    assert 1 <= len(book["title"]) <= 300


def test_a_passage_is_read_as_its_source_names_it(
    add: Add, keeper: httpx.Client, client: httpx.Client
) -> None:
    word = f"zebra{uuid.uuid4().hex[:12]}"
    book = add(f"Nothing here.\fThe {word} grazes in the morning.", title="Animals")
    session = client.post("/api/sessions", json={}).json()["session_id"]
    answer = client.post(
        f"/api/sessions/{session}/messages",
        json={"message": f"When does the {word} graze?"},
        headers={"Accept": "application/json"},
    ).json()
    (source,) = answer["messages"][0]["sources"]
    assert (source["number"], source["book_title"], source["page"]) == (1, "Animals", 2)
    assert source["book_id"] == book["bookId"]
    url = f"/api/v1/books/{book['bookId']}/passages/{source['passage_id']}"
    for reader in (keeper, client):
        assert reader.get(url).json() == {
            "passageId": source["passage_id"],
            "bookId": book["bookId"],
            "bookTitle": "Animals",
            "page": 2,
            "text": f"The {word} grazes in the morning.",
        }
    for wrong in (
        f"/api/v1/books/{uuid.uuid4()}/passages/{source['passage_id']}",
        f"/api/v1/books/{book['bookId']}/passages/{int(source['passage_id']) + 1}",
        f"/api/v1/books/{book['bookId']}/passages/9223372036854775808",
    ):
        gone = keeper.get(wrong)
        assert gone.status_code == 404
        assert gone.json() == {"error": "Passage not found."}
    keeper.delete(f"/api/v1/books/{book['bookId']}")
    assert keeper.get(url).status_code == 404
    # What was said stays, with where it was from.
    history = client.get(f"/api/sessions/{session}/messages").json()["messages"]
    assert history[-1]["sources"] == [source]
