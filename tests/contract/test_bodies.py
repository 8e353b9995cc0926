"""Bodies: types, caps, strict JSON, forms and files."""

from __future__ import annotations

import io
import json
import logging
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from palaver.contract.forms import Upload

if TYPE_CHECKING:
    from tests.contract.conftest import Client, Mini, Tree

BOUNDARY = "frontier"
FORM = f"multipart/form-data; boundary={BOUNDARY}"
JSON_HEADERS = [(b"content-type", b"application/json")]


def echo(*, backend: Any, body: Any) -> dict[str, Any]:
    return {"body": body}


def errors_in(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]


def json_client(mini: Mini, schema: Tree | None = None, /, **more: Any) -> Client:
    body = {**mini.body({} if schema is None else schema), **more}
    return mini.client({"/a": {"post": mini.op("echo", requestBody=body)}}, {"echo": echo})


# JSON


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "APPLICATION/JSON",
        "application/json; charset=utf-8",
        'Application/Json;Charset="UTF-8"',
        "application/json;charset=utf8",
        "application/json;",
    ],
)
def test_json_is_validated_however_its_type_is_spelt(mini: Mini, content_type: str) -> None:
    client = json_client(mini, {"type": "integer"})
    headers = {"content-type": content_type}
    assert client.post("/a", content=b"5", headers=headers).json() == {"body": 5}
    assert client.post("/a", content=b'"five"', headers=headers).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": ""},
        {"content-type": "text/plain"},
        {"content-type": "application/jsonx"},
        {"content-type": "application/problem+json"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "application/json; charset=utf-16"},
        {"content-type": "application/json; charset=nonsense"},
        {"content-type": "application/json; charset=latin-1"},
        {"content-type": "application/json; charset"},
        {"content-type": "application/json", "content-encoding": "gzip"},
        {"content-type": "application/json", "content-encoding": "br, gzip"},
    ],
)
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_of_another_type_is_415(mini: Mini, headers: dict[str, str], chunked: bool) -> None:
    async def chunks() -> Any:
        yield b"{}"

    content: Any = chunks() if chunked else b"{}"
    refused = json_client(mini).post("/a", content=content, headers=headers)
    assert refused.status_code == 415
    assert refused.json()["type"] == "urn:palaver:problem:unsupported-media-type"


def test_a_body_that_no_header_announces_needs_its_type_too(mini: Mini) -> None:
    # HTTP/2 sends bodies without Content-Length and Transfer-Encoding.
    client = json_client(mini)
    assert client.raw("POST", b"/a", chunks=[b"{}"]).status == 415
    assert client.raw("POST", b"/a", chunks=[b"{}"], headers=JSON_HEADERS).status == 200


def test_the_identity_encoding_is_none(mini: Mini) -> None:
    headers = {"content-type": "application/json", "content-encoding": "Identity"}
    assert json_client(mini).post("/a", content=b"1", headers=headers).json() == {"body": 1}


@pytest.mark.parametrize(
    "body",
    [
        b"NaN",
        b"[Infinity]",
        b"1e400",
        b'{"a":1,"a":2}',
        b'"\\u0000"',
        b'"\\ud800"',
        b'"\xff"',
        b"\xef\xbb\xbf{}",
        b"9" * 5000,
        b"[" * 100000,
        b"{",
        b"nothing",
        "{}".encode("utf-16"),
    ],
)
def test_json_that_is_not_strict_is_400(mini: Mini, body: bytes) -> None:
    client = json_client(mini)
    refused = client.post("/a", content=body, headers={"content-type": "application/json"})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == "/body"


def test_a_missing_body_is_none_where_it_is_optional(mini: Mini) -> None:
    optional = json_client(mini, {"type": "object"}, required=False)
    assert optional.post("/a").json() == {"body": None}
    empty = {"content-length": "0", "content-type": "text/plain"}
    assert optional.post("/a", headers=empty).json() == {"body": None}
    assert optional.raw("POST", b"/a", chunks=[b"", b""]).status == 200


def test_a_missing_body_is_400_where_it_is_required(mini: Mini) -> None:
    refused = json_client(mini).post("/a")
    assert refused.status_code == 400
    assert refused.json()["errors"] == [{"pointer": "/body", "message": "the body is required"}]


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "string", "nullable": True}, [None, "a"], [1]),
        ({"type": "string", "nullable": True, "enum": ["a"]}, [None, "a"], ["b"]),
        ({"type": "string"}, ["a"], [None]),
        # As OpenAPI 3.0.3 has it, nullable only counts beside a type.
        ({"nullable": True, "allOf": [{"type": "string"}]}, ["a"], [None]),
        ({"type": "string", "format": "uuid"}, ["019a9f3e-7b1c-7c5e-9a57-3f1d2c4b5a69"], ["x"]),
        ({"type": "string", "format": "date-time"}, ["2026-01-02T03:04:05Z"], ["2026-01-02"]),
        ({"type": "integer"}, [1, 1.0, 2**53], [1.5, "1", True]),
        ({"type": "object", "additionalProperties": False}, [{}], [{"a": 1}]),
        ({"type": "number", "minimum": 0, "exclusiveMinimum": True}, [0.1], [0]),
        ({"oneOf": [{"type": "string"}, {"type": "integer"}]}, ["a", 1], [None, 1.5]),
    ],
)
def test_bodies_are_held_to_their_schema(
    mini: Mini, schema: Tree, good: list[Any], bad: list[Any]
) -> None:
    client = json_client(mini, schema)

    def post(value: Any) -> httpx.Response:
        # httpx takes None for no body at all.
        headers = {"content-type": "application/json"}
        return client.post("/a", content=json.dumps(value), headers=headers)

    assert [post(value).json() for value in good] == [{"body": value} for value in good]
    assert [post(value).status_code for value in bad] == [400] * len(bad)


def test_every_finding_in_a_small_body_is_told(mini: Mini) -> None:
    schema = {
        "type": "object",
        "additionalProperties": False,
        "required": ["c"],
        "properties": {
            "a": {"type": "integer"},
            "b/~": {"type": "array", "items": {"type": "integer"}},
        },
    }
    refused = json_client(mini, schema).post("/a", json={"a": "x", "b/~": [1, "y"], "d": 1})
    assert {field["pointer"] for field in refused.json()["errors"]} == {
        "/body/a",
        "/body/b~1~0/1",
        "/body/c",
        "/body/d",
    }


def test_a_large_body_full_of_errors_costs_one_error(mini: Mini) -> None:
    # To list them all takes a gigabyte and a quarter of a minute.
    client = json_client(mini, {"type": "array", "items": {"type": "string"}})
    refused = client.post(
        "/a", content=b"[" + b"1," * 500_000 + b"1]", headers={"content-type": "application/json"}
    )
    assert refused.status_code == 400
    assert refused.json()["errors"] == [
        {"pointer": "/body/0", "message": "the value must be a string"}
    ]


def test_a_value_of_the_client_is_not_echoed_whole(mini: Mini) -> None:
    client = json_client(mini, {"type": "string", "enum": ["a"]})
    refused = client.post("/a", json="x" * 500_000)
    assert refused.status_code == 400
    assert len(refused.content) < 1000


# Size


def test_an_announced_body_over_the_cap_is_refused_unread(mini: Mini) -> None:
    client = json_client(mini, **{"x-max-body-bytes": 10})
    headers = [*JSON_HEADERS, (b"content-length", b"11")]
    assert client.raw("POST", b"/a", headers=headers).status == 413
    huge = [*JSON_HEADERS, (b"content-length", b"9" * 5000)]
    assert client.raw("POST", b"/a", headers=huge).status == 413


@pytest.mark.parametrize("length", [None, b"3", b"-1", b"+5", b"1_0", b"\xb2", b"x", b""])
def test_the_cap_holds_whatever_the_announced_length_says(mini: Mini, length: bytes | None) -> None:
    client = json_client(mini, **{"x-max-body-bytes": 10})
    headers = [*JSON_HEADERS, *([] if length is None else [(b"content-length", length)])]
    assert client.raw("POST", b"/a", headers=headers, chunks=[b" " * 11]).status == 413
    assert client.raw("POST", b"/a", headers=headers, chunks=[b" " * 6] * 2).status == 413
    assert client.raw("POST", b"/a", headers=headers, chunks=[b"[", b"1", b"]"]).status == 200


def test_reading_stops_at_the_cap(mini: Mini) -> None:
    client = json_client(mini, **{"x-max-body-bytes": 10})
    chunks = [b"x" * 8] * 1000
    refused = client.raw("POST", b"/a", headers=JSON_HEADERS, chunks=chunks)
    assert (refused.status, refused.unread) == (413, 998)


def test_a_chunked_body_over_a_real_connection(mini: Mini, listening: Callable[..., int]) -> None:
    port = listening(json_client(mini, {"type": "object"}).app)

    def chunks() -> Iterator[bytes]:
        yield b'{"a":'
        yield b"[1,2]}"

    answer = httpx.post(
        f"http://127.0.0.1:{port}/a",
        content=chunks(),
        headers={"content-type": "application/json"},
    )
    assert answer.request.headers["transfer-encoding"] == "chunked"
    assert answer.json() == {"body": {"a": [1, 2]}}


def test_a_client_that_leaves_during_its_upload_is_no_error(
    mini: Mini, listening: Callable[..., int], caplog: pytest.LogCaptureFixture
) -> None:
    seen = threading.Event()
    app = json_client(mini).app

    async def watched(scope: Any, receive: Any, send: Any) -> None:
        await app(scope, receive, send)
        if scope["type"] == "http":
            seen.set()

    port = listening(watched)
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(
            b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            b"Content-Length: 100\r\n\r\n[1,"
        )
    assert seen.wait(30)
    assert errors_in(caplog) == []


@pytest.mark.parametrize("content_type", [b"application/json", FORM.encode()])
def test_a_broken_off_body_gets_no_answer_and_no_log(
    mini: Mini, caplog: pytest.LogCaptureFixture, content_type: bytes
) -> None:
    client = json_client(mini) if b"json" in content_type else form_client(mini)
    headers = [(b"content-type", content_type)]
    sent = client.raw("POST", b"/a", headers=headers, chunks=[b"--fron"], disconnect=True)
    assert sent.status == 0
    assert caplog.records == []


# Forms


FIELDS: Tree = {
    "type": "object",
    "additionalProperties": False,
    "required": ["file"],
    "properties": {
        "file": {"$ref": "#/components/schemas/File"},
        "title": {"type": "string", "maxLength": 2_000_000},
        "note": {"type": "string", "maxLength": 3},
    },
}


def receive(*, backend: list[Any], body: Any) -> dict[str, Any]:
    if body is None:
        return {"body": None}
    file: Upload = body["file"]
    if backend is not None:
        backend.append(file)
    return {
        "filename": file.filename,
        "media_type": file.media_type,
        "size": file.size,
        "start": file.file.read(10).decode(),
        **{name: value for name, value in body.items() if name != "file"},
    }


def form_client(mini: Mini, backend: Any = None, /, **more: Any) -> Client:
    body = {**mini.body(FIELDS, "multipart/form-data"), **more}
    return mini.client(
        {"/a": {"post": mini.op("receive", requestBody=body)}},
        {"receive": receive},
        backend=backend,
        components={"schemas": {"File": {"type": "string", "format": "binary"}}},
    )


def part(disposition: str, content: bytes = b"x") -> bytes:
    head = f"--{BOUNDARY}\r\nContent-Disposition: {disposition}\r\n\r\n".encode()
    return head + content + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()
FILE = part('form-data; name="file"; filename="a.txt"', b"content")


def test_a_form_reaches_the_handler_with_its_file(mini: Mini) -> None:
    answer = form_client(mini).post(
        "/a", data={"title": "Größe"}, files={"file": ("ä.txt", b"0123456789ab", "text/plain")}
    )
    assert answer.json() == {
        "filename": "ä.txt",
        "media_type": "text/plain",
        "size": 12,
        "start": "0123456789",
        "title": "Größe",
    }


@pytest.mark.parametrize(
    "content",
    [
        b"garbage",
        b"\x00" * 100,
        b"--other\r\n\r\nx\r\n--other--\r\n",
        FILE,
        FILE + b"--" + BOUNDARY.encode(),
        FILE[:-4],
        part("form-data") + END,
        part("attachment") + END,
        f"--{BOUNDARY}\r\n\r\nx\r\n".encode() + END,
        f"--{BOUNDARY}\r\nno colon\r\n\r\nx\r\n".encode() + END,
        part('form-data; name="file"') + END,
        part('form-data; name="file"; filename=""') + END,
        part('form-data; name="file"; filename="a\x01b"') + END,
        FILE + FILE + END,
        FILE + part('form-data; name="title"') * 2 + END,
        FILE + part('form-data; name="title"; filename="t"') + END,
        FILE + part('form-data; name="ghost"') + END,
        FILE + part('form-data; name="note"', b"long") + END,
        FILE + part('form-data; name="title"', b"\xff") + END,
        FILE + part('form-data; name="title"', b"a\x00b") + END,
        FILE + part('form-data; name="title"', b"x" * ((1 << 20) + 1)) + END,
        FILE + b"".join(part(f'form-data; name="f{n}"') for n in range(1001)) + END,
        b"".join(part(f'form-data; name="f{n}"; filename="f"') for n in range(1001)) + END,
        f"--{BOUNDARY}\r\n".encode() + b"X-A: b\r\n" * 1000 + b"\r\n\r\nx\r\n" + END,
        f"--{BOUNDARY}\r\nX-A: ".encode() + b"b" * 100_000 + b"\r\n\r\nx\r\n" + END,
        END,
    ],
    ids=lambda content: f"{len(content)}-bytes",
)
def test_a_malformed_form_is_400_and_its_files_are_closed(
    mini: Mini, content: bytes, opened: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    client = form_client(mini, **{"x-max-body-bytes": 1 << 22})
    refused = client.post("/a", content=content, headers={"content-type": FORM})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"].startswith("/body")
    assert all(file.closed for file in opened)
    assert errors_in(caplog) == []


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every temporary file that a form makes."""
    files: list[Any] = []
    make = tempfile.SpooledTemporaryFile

    def remember(*args: Any, **options: Any) -> Any:
        files.append(make(*args, **options))
        return files[-1]

    monkeypatch.setattr("starlette.formparsers.SpooledTemporaryFile", remember)
    return files


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("multipart/form-data", 400),
        ("multipart/form-data; boundary=", 415),
        ('multipart/form-data; boundary=""', 400),
        ("multipart/form-data; boundary=" + "x" * 71, 400),
        ('multipart/form-data; boundary="a;b"', 400),
        ('multipart/form-data; boundary="' + ";" * 50_000 + '"', 400),
        ("multipart/form-data; boundary=another", 400),
        ("multipart/form-data; boundary=frontier; charset=utf-16", 415),
        ("multipart/mixed; boundary=frontier", 415),
        ("application/json", 415),
        ("", 415),
    ],
)
def test_a_form_without_its_boundary_or_type_is_refused(
    mini: Mini, content_type: str, status: int
) -> None:
    refused = form_client(mini).post(
        "/a", content=FILE + END, headers={"content-type": content_type}
    )
    assert refused.status_code == status


def test_a_form_that_no_header_announces_needs_its_type_too(mini: Mini) -> None:
    client = form_client(mini)
    assert client.raw("POST", b"/a", chunks=[FILE + END]).status == 415


def test_a_missing_form_is_none_where_it_is_optional(mini: Mini) -> None:
    assert form_client(mini, required=False).post("/a").json() == {"body": None}
    refused = form_client(mini).post("/a")
    assert refused.json()["errors"] == [{"pointer": "/body", "message": "the body is required"}]


def test_a_form_in_single_bytes_is_the_same_form(mini: Mini) -> None:
    content = FILE + part('form-data; name="note"', b"abc") + END
    answer = form_client(mini).raw(
        "POST",
        b"/a",
        headers=[(b"content-type", FORM.encode())],
        chunks=[content[i : i + 1] for i in range(len(content))],
    )
    assert answer.status == 200
    assert b'"note":"abc"' in answer.body


def test_an_upload_over_the_cap_is_413_and_read_no_further(mini: Mini, opened: list[Any]) -> None:
    client = form_client(mini, **{"x-max-body-bytes": 3 << 20})
    head = part('form-data; name="file"; filename="a"', b"")[:-2]
    refused = client.raw(
        "POST",
        b"/a",
        headers=[(b"content-type", FORM.encode())],
        chunks=[head] + [b"x" * (1 << 20)] * 100,
    )
    assert (refused.status, refused.unread) == (413, 97)
    assert [file.closed for file in opened] == [True]


@pytest.mark.parametrize("fails", [False, True])
def test_files_are_closed_when_the_request_ends(mini: Mini, fails: bool) -> None:
    kept: list[Any] = []

    def keep(*, backend: Any, body: Any) -> dict[str, Any]:
        kept.append(body["file"].file)
        if fails:
            raise OSError("the disk is full")
        return {}

    body = {**mini.body(FIELDS, "multipart/form-data"), "x-max-body-bytes": 3 << 20}
    client = mini.client(
        {"/a": {"post": mini.op("keep", requestBody=body)}},
        {"keep": keep},
        components={"schemas": {"File": {"type": "string", "format": "binary"}}},
    )
    answer = client.post("/a", files={"file": ("a", io.BytesIO(b"x" * (2 << 20)))})
    assert answer.status_code == (500 if fails else 200)
    assert [file.closed for file in kept] == [True]
