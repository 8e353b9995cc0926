"""Responses: what breaks the contract is withheld, logged, and answered with an error id."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from palaver.contract.reply import Reply
from palaver.contract.responses import StatusPlan

if TYPE_CHECKING:
    from tests.contract.conftest import Client, Mini, Tree


def answering(mini: Mini, operation: Tree, result: Any) -> Client:
    def one(*, backend: Any) -> Any:
        return result() if callable(result) else result

    return mini.client({"/a": {"get": {**mini.op("one"), **operation}}}, {"one": one})


def responses(status: str = "200", content: Any = None, headers: Any = None) -> Tree:
    response: Tree = {"description": "Fine."}
    if content is not None:
        response["content"] = content
    if headers is not None:
        response["headers"] = headers
    return {"responses": {status: response}}


def json_of(schema: Tree) -> Tree:
    return {"application/json": {"schema": schema}}


class Thing(msgspec.Struct):
    name: str


OBJECT = json_of(
    {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
)
INTEGER_HEADER = {"X-Count": {"required": True, "schema": {"type": "integer", "minimum": 1}}}


@pytest.mark.parametrize(
    ("operation", "result", "words"),
    [
        (responses(content=OBJECT), {"name": 1}, "breaks its schema at /name: type"),
        (responses(content=OBJECT), {}, "breaks its schema at /name: required"),
        (responses(content=OBJECT), None, "breaks its schema at /: type"),
        (responses(content=OBJECT), Thing(name=None), "breaks its schema at /name: type"),  # type: ignore[arg-type]
        (responses(content=OBJECT), b'{"name": 1}', "breaks its schema at /name: type"),
        (responses(content=OBJECT), b"{", "the body is not JSON"),
        (responses(content=OBJECT), Reply({"name": 1}, large=True), "breaks its schema at /name"),
        (responses(content=OBJECT), Reply({"name": "a"}, status=201), "201 is not documented"),
        (responses(content=OBJECT), Reply({"name": "a"}, status=404), "404 is not documented"),
        (
            responses(content=OBJECT),
            Reply({"name": "a"}, media_type="text/html"),
            "not documented with text/html",
        ),
        (responses(content=json_of({"type": "number"})), float("nan"), "breaks its schema"),
        (responses(content=json_of({"type": "number"})), float("inf"), "breaks its schema"),
        (
            responses(content=json_of({"type": "string", "format": "uuid"})),
            "x",
            "breaks its schema at /: format",
        ),
        (
            responses(content=json_of({"type": "array", "items": {"type": "string"}})),
            [1] * 100_000,
            "breaks its schema at /0: type",
        ),
        (responses("204"), {"a": 1}, "status 204 has no body"),
        (responses(content=OBJECT, headers=INTEGER_HEADER), {"name": "a"}, "x-count is missing"),
        (
            responses(content=OBJECT, headers=INTEGER_HEADER),
            Reply({"name": "a"}, headers={"X-Count": "many"}),
            "x-count does not match its schema",
        ),
        (
            responses(content=OBJECT, headers=INTEGER_HEADER),
            Reply({"name": "a"}, headers={"X-Count": "0"}),
            "x-count does not match its schema",
        ),
        (
            responses(content=OBJECT),
            Reply({"name": "a"}, headers={"X-A": "b\r\nX-B: c"}),
            "x-a has characters that headers cannot have",
        ),
        (
            responses(content=OBJECT),
            Reply({"name": "a"}, headers={"X-A": "\u20ac"}),
            "x-a has characters that headers cannot have",
        ),
        (
            responses(content=OBJECT),
            Reply({"name": "a"}, headers={"Content-Length": "1"}),
            "must not send the header 'content-length'",
        ),
        (
            responses(content=OBJECT),
            Reply({"name": "a"}, headers={"X A": "1"}),
            "must not send the header 'x a'",
        ),
        (
            responses(
                content={"application/pdf": {"schema": {"type": "string", "format": "binary"}}}
            ),
            "text",
            "the body is not bytes",
        ),
        (
            {"responses": {s: {"description": "Fine."} for s in ("200", "204")}},
            None,
            "must choose one of the documented statuses",
        ),
    ],
)
def test_a_breach_is_withheld_and_logged_without_a_stack_trace(
    mini: Mini, operation: Tree, result: Any, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = answering(mini, operation, result).get("/a", headers={"x-request-id": "id-7"})
    assert answer.status_code == 500
    assert answer.json() == {
        "type": "urn:palaver:problem:internal-error",
        "title": "The server failed.",
        "status": 500,
        "detail": "The error id is id-7.",
        "instance": "urn:palaver:request:id-7",
    }
    (record,) = caplog.records
    assert words in record.getMessage()
    assert (record.levelname, record.exc_info) == ("ERROR", None)
    assert vars(record)["request_id"] == "id-7"
    assert vars(record)["operation"] == "one"


@pytest.mark.parametrize(
    ("operation", "result", "status", "body"),
    [
        (responses(content=OBJECT), Thing("a"), 200, b'{"name":"a"}'),
        (responses("201", OBJECT), Thing("a"), 201, b'{"name":"a"}'),
        (responses(content=OBJECT), b'{"name": "a"}', 200, b'{"name": "a"}'),
        (responses("204"), None, 204, b""),
        (responses("200"), None, 200, b""),
        (
            responses(content=json_of({"type": "string", "format": "date-time"})),
            datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
            200,
            b'"2026-01-02T03:04:05Z"',
        ),
        (
            responses(
                content={"application/pdf": {"schema": {"type": "string", "format": "binary"}}}
            ),
            b"%PDF\x00\xff",
            200,
            b"%PDF\x00\xff",
        ),
        (
            responses(content=OBJECT, headers=INTEGER_HEADER),
            Reply(Thing("a"), headers={"X-COUNT": "2"}),
            200,
            b'{"name":"a"}',
        ),
    ],
)
def test_what_keeps_the_contract_is_sent_as_it_is(
    mini: Mini, operation: Tree, result: Any, status: int, body: bytes
) -> None:
    answer = answering(mini, operation, result).get("/a")
    assert (answer.status_code, answer.content) == (status, body)
    if status != 204:
        assert answer.headers["content-length"] == str(len(body))


def test_a_documented_header_is_required_of_every_status(mini: Mini) -> None:
    operation = {
        "responses": {
            "200": {"description": "Fine.", "content": OBJECT},
            "304": {"description": "Same.", "headers": {"ETag": {"required": True, "schema": {}}}},
        }
    }
    assert answering(mini, operation, Reply(None, status=304)).get("/a").status_code == 500
    good = answering(mini, operation, Reply(None, status=304, headers={"ETag": '"a"'})).get("/a")
    assert (good.status_code, good.headers["etag"], good.content) == (304, '"a"', b"")
    assert "content-length" not in good.headers


def test_bytes_that_are_json_are_held_to_the_schema_each_time_they_change(mini: Mini) -> None:
    bodies = [b'{"name":"a"}', b'{"name":"a"}', b'{"name":1}']
    client = answering(mini, responses(content=OBJECT), lambda: bodies.pop(0))
    assert [client.get("/a").status_code for _ in range(3)] == [200, 200, 500]


async def waits(*, backend: Any) -> Any:
    raise KeyError("the secret of /srv/palaver")


def fails(*, backend: Any) -> Any:
    raise KeyError("the secret of /srv/palaver")


def stops(*, backend: Any) -> Any:
    return next(iter(()))


@pytest.mark.parametrize("handler", [waits, fails, stops])
def test_a_handler_that_fails_is_a_500_that_tells_nothing(
    mini: Mini, handler: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    client = mini.client({"/a": {"get": mini.op("one")}}, {"one": handler})
    answer = client.get("/a", headers={"x-request-id": "id-8"})
    assert answer.status_code == 500
    assert answer.json()["detail"] == "The error id is id-8."
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.exc_info is not None
    assert vars(record)["request_id"] == "id-8"


def test_the_shape_of_a_failure_is_that_of_its_surface(mini: Mini) -> None:
    client = mini.client(
        {"/sessions/a": {"get": mini.op("one")}},
        {"one": fails},
        **{"x-error-surfaces": [{"prefix": "/sessions/", "schema": "SessionsError"}]},
    )
    answer = client.get("/sessions/a", headers={"x-request-id": "id-9"})
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {
        "message": "The server failed. The error id is id-9.",
        "error": "internal_error",
    }


# HEAD


@pytest.mark.parametrize(
    ("operation", "result"),
    [
        (responses(content=OBJECT), Thing("a")),
        (responses(content=OBJECT), b'{"name":"a"}'),
        (responses("204"), None),
        (
            responses(content={"image/png": {"schema": {"type": "string", "format": "binary"}}}),
            b"1",
        ),
        (responses(content=OBJECT), {"name": 1}),
    ],
)
def test_head_answers_what_get_answers_without_the_body(
    mini: Mini, operation: Tree, result: Any
) -> None:
    client = answering(mini, operation, result)
    sent = {"x-request-id": "same"}
    get, head = client.get("/a", headers=sent), client.head("/a", headers=sent)
    assert head.status_code == get.status_code
    assert head.headers == get.headers
    assert head.content == b""


def test_head_over_a_real_connection_leaves_it_usable(
    mini: Mini, listening: Callable[..., int]
) -> None:
    import httpx

    port = listening(answering(mini, responses(content=OBJECT), Thing("a")).app)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        for url, status, length in (("/a", 200, "12"), ("/b", 404, None)):
            head = client.head(url)
            assert (head.status_code, head.content) == (status, b"")
            assert length in (None, head.headers["content-length"])
            assert int(head.headers["content-length"]) > 0
        assert client.get("/a").json() == {"name": "a"}


def test_large_bodies_are_encoded_away_from_the_event_loop(
    mini: Mini, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = []
    encode = StatusPlan.encode

    def seen(self: StatusPlan, body: Any, media_type: str | None) -> tuple[bytes, str | None]:
        threads.append(threading.current_thread().name)
        return encode(self, body, media_type)

    monkeypatch.setattr(StatusPlan, "encode", seen)
    for large in (True, False):
        client = answering(mini, responses(content=OBJECT), Reply({"name": "a"}, large=large))
        response = client.get("/a")
        assert (response.status_code, response.json()) == (200, {"name": "a"})
        assert response.headers["content-length"] == str(len(response.content))
    assert [name.startswith("handler-") for name in threads] == [True, False]
