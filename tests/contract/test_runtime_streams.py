"""Long arrays: batches checked one by one, early and late errors, clients that leave."""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from palaver.contract.reply import ArrayStream, Reply
from palaver.errors import SessionNotFound

if TYPE_CHECKING:
    from tests.contract.conftest import Client, Mini, Tree

PAGE: Tree = {
    "type": "object",
    "additionalProperties": False,
    "required": ["items", "next"],
    "properties": {
        "items": {"type": "array", "maxItems": 6, "items": {"type": "integer"}},
        "next": {"type": "string", "nullable": True},
    },
}


class Source:
    """Batches that know how many were read and whether their reader let go of them."""

    def __init__(self, *batches: Any) -> None:
        self.batches = batches
        self.read = 0
        self.closed = threading.Event()

    def __call__(self) -> Iterator[Sequence[Any]]:
        try:
            for batch in self.batches:
                self.read += 1
                if isinstance(batch, Exception):
                    raise batch
                yield batch
        finally:
            self.closed.set()


def serve(mini: Mini, source: Source, **options: Any) -> Client:
    def one(*, backend: Any) -> Any:
        stream = ArrayStream("items", source(), {"next": None} | options.get("rest", {}))
        return Reply(stream, headers={"X-A": "b"}) if options.get("reply") else stream

    operation = mini.op("one", options.get("schema", PAGE))
    if options.get("responses"):
        operation["responses"] = options["responses"]
    return mini.client({"/a": {"get": operation}}, {"one": one})


@pytest.mark.parametrize(
    ("batches", "items"),
    [
        ([], []),
        ([[]], []),
        ([[1]], [1]),
        ([[1, 2]], [1, 2]),
        ([[1], [2]], [1, 2]),
        ([[1, 2], [3, 4], [5]], [1, 2, 3, 4, 5]),
        ([[], [1], [], [], [2, 3], []], [1, 2, 3]),
        ([[], []], []),
    ],
)
@pytest.mark.parametrize("reply", [False, True])
def test_batches_make_one_document(
    mini: Mini, batches: list[list[int]], items: list[int], reply: bool
) -> None:
    source = Source(*batches)
    answer = serve(mini, source, reply=reply).get("/a")
    assert answer.json() == {"items": items, "next": None}
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers.get("x-a") == ("b" if reply else None)
    assert source.closed.is_set()


def test_one_batch_has_its_length_and_many_are_sent_as_they_come(mini: Mini) -> None:
    one = serve(mini, Source([1, 2])).raw(path=b"/a")
    assert one.header(b"content-length") == b"27"
    assert len(one.body) == 27
    many = serve(mini, Source([1], [2], [3])).raw(path=b"/a")
    assert many.header(b"content-length") is None
    assert [json.loads(many.body), many.complete] == [{"items": [1, 2, 3], "next": None}, True]
    assert len(many.chunks) == 3


@pytest.mark.parametrize(
    "batches",
    [[["x"]], [[1], ["x"]], [[1, 2, 3, 4], [5, 6, 7]], [[1, 2, 3, 4, 5, 6, 7]]],
)
def test_a_breach_in_the_first_two_batches_is_a_500(
    mini: Mini, batches: list[list[Any]], caplog: pytest.LogCaptureFixture
) -> None:
    source = Source(*batches)
    answer = serve(mini, source).get("/a")
    assert answer.status_code == 500
    assert [record.exc_info for record in caplog.records] == [None]
    assert source.closed.is_set()


def test_what_stands_beside_the_array_is_checked_too(mini: Mini) -> None:
    assert serve(mini, Source([1]), rest={"next": 5}).get("/a").status_code == 500
    assert serve(mini, Source(), rest={"more": 5}).get("/a").status_code == 500


@pytest.mark.parametrize(
    "options",
    [
        {"schema": {"type": "object", "properties": {"others": {"type": "array"}}}},
        {
            "responses": {
                "200": {
                    "description": "A file.",
                    "content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}},
                }
            }
        },
        {"responses": {"204": {"description": "Nothing."}}},
    ],
)
def test_a_stream_that_the_contract_does_not_have_is_a_500(mini: Mini, options: Tree) -> None:
    assert serve(mini, Source([1]), **options).get("/a").status_code == 500


def test_an_early_domain_error_is_answered_like_any_other(mini: Mini) -> None:
    assert serve(mini, Source(SessionNotFound())).get("/a").status_code == 404
    assert serve(mini, Source([1], SessionNotFound())).get("/a").status_code == 404


def test_a_minimum_holds_for_the_whole_and_not_for_the_end(mini: Mini) -> None:
    schema = {
        **PAGE,
        "properties": {**PAGE["properties"], "items": {"type": "array", "minItems": 1}},
    }
    assert serve(mini, Source([1], [2], [3]), schema=schema).get("/a").status_code == 200
    assert serve(mini, Source(), schema=schema).get("/a").status_code == 500


@pytest.mark.parametrize("late", [["x"], SessionNotFound(), RuntimeError("gone"), [4, 5, 6, 7]])
def test_a_late_error_cuts_the_connection(
    mini: Mini, late: Any, listening: Callable[..., int]
) -> None:
    source = Source([1], [2], [3], late)
    port = listening(serve(mini, source).app)
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(f"http://127.0.0.1:{port}/a")
    assert source.closed.wait(30)


def test_head_reads_no_more_than_it_needs(mini: Mini) -> None:
    source = Source([1], [2], [3], [4])
    head = serve(mini, source).raw("HEAD", b"/a")
    assert (head.status, head.body, head.complete) == (200, b"", True)
    assert source.read == 2
    assert source.closed.is_set()
    single = serve(mini, Source([1, 2])).raw("HEAD", b"/a")
    assert (single.header(b"content-length"), single.body) == (b"27", b"")


def test_a_client_that_leaves_ends_the_reading(
    mini: Mini, listening: Callable[..., int], caplog: pytest.LogCaptureFixture
) -> None:
    left, closed = threading.Event(), threading.Event()

    def batches() -> Iterator[Sequence[Any]]:
        try:
            yield ["a"]
            yield ["b"]
            assert left.wait(30)
            while True:
                yield ["x" * 1000]
        finally:
            closed.set()

    def one(*, backend: Any) -> ArrayStream:
        return ArrayStream("items", batches())

    schema = {"type": "object", "properties": {"items": {"type": "array"}}}
    port = listening(mini.app({"/a": {"get": mini.op("one", schema)}}, {"one": one}))
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
        assert b"200" in connection.recv(1000)
    left.set()
    assert closed.wait(30)
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
