"""Bodies that are no JSON, sent in parts: their length, early and late errors, other types."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from palaver.contract.reply import ArrayStream, ByteStream, Reply
from palaver.errors import SessionNotFound

if TYPE_CHECKING:
    from tests.contract.conftest import Client, Mini, Tree

TYPES = ("application/pdf", "image/png")
BINARY: Tree = {"schema": {"type": "string", "format": "binary"}}


class Source:
    """Parts that know how many were read and whether their reader let go of them."""

    def __init__(self, *parts: Any) -> None:
        self.parts = parts
        self.read = 0
        self.closed = threading.Event()

    def __call__(self) -> Iterator[bytes]:
        try:
            for part in self.parts:
                self.read += 1
                if isinstance(part, Exception):
                    raise part
                yield part
        finally:
            self.closed.set()


def serve(
    mini: Mini,
    source: Source,
    *,
    length: int | None = None,
    types: tuple[str, ...] = TYPES[:1],
    chosen: str | None = None,
) -> Client:
    content = dict.fromkeys(types, BINARY)
    operation = mini.op("one")
    operation["responses"]["200"]["content"] = content

    def one(**_: Any) -> Reply[ByteStream]:
        return Reply(ByteStream(source(), length), headers={"X-A": "b"}, media_type=chosen)

    def of_several(*, backend: Any, media_type: str) -> Reply[ByteStream]:
        return one()

    def of_one(*, backend: Any) -> Reply[ByteStream]:
        return one()

    handler = of_several if len(types) > 1 else of_one
    return mini.client({"/a": {"get": operation}}, {"one": handler})


@pytest.mark.parametrize(
    "parts", [[], [b""], [b"a"], [b"ab", b"c"], [b"", b"a", b"", b"bc", b"d", b""]]
)
@pytest.mark.parametrize("announced", [False, True])
def test_parts_make_one_body(mini: Mini, parts: list[bytes], announced: bool) -> None:
    whole = b"".join(parts)
    source = Source(*parts)
    response = serve(mini, source, length=len(whole) if announced else None).get("/a")
    assert (response.status_code, response.content) == (200, whole)
    assert response.headers["content-type"] == "application/pdf"
    assert response.headers["x-a"] == "b"
    if announced:
        assert response.headers["content-length"] == str(len(whole))
    assert source.closed.is_set()


def test_one_part_has_its_length_and_many_have_none(mini: Mini) -> None:
    assert serve(mini, Source(b"abc")).raw(path=b"/a").header(b"content-length") == b"3"
    several = serve(mini, Source(b"a", b"b")).raw(path=b"/a")
    assert several.header(b"content-length") is None
    assert several.chunks == [b"a", b"b"]


@pytest.mark.parametrize("parts", [[SessionNotFound("Gone.")], [b"a", SessionNotFound("Gone.")]])
def test_an_early_domain_error_is_answered_like_any_other(mini: Mini, parts: list[Any]) -> None:
    response = serve(mini, Source(*parts)).get("/a")
    assert response.status_code == 404


@pytest.mark.parametrize(
    ("parts", "length"),
    [
        ([b"a", b"b", b"c", SessionNotFound("Gone.")], None),
        ([b"a", b"b", b"c", RuntimeError("Broken.")], None),
        ([b"a", b"b", b"c"], 4),
        ([b"a", b"b", b"c"], 2),
    ],
)
def test_a_late_error_cuts_the_connection(
    mini: Mini, parts: list[Any], length: int | None, listening: Callable[..., int]
) -> None:
    source = Source(*parts)
    port = listening(serve(mini, source, length=length).app)
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(f"http://127.0.0.1:{port}/a")
    assert source.closed.wait(30)


def test_a_short_body_of_another_length_is_a_500(mini: Mini) -> None:
    assert serve(mini, Source(b"abc"), length=4).get("/a").status_code == 500


def test_head_tells_the_length_and_reads_no_more_than_it_needs(mini: Mini) -> None:
    source = Source(b"a", b"b", b"c")
    head = serve(mini, source, length=3).raw("HEAD", b"/a")
    assert (head.status, head.body, head.complete) == (200, b"", True)
    assert head.header(b"content-length") == b"3"
    assert source.read == 2
    assert source.closed.is_set()


@pytest.mark.parametrize("chosen", ["text/plain", None])
def test_a_type_that_the_contract_does_not_have_is_a_500(mini: Mini, chosen: str | None) -> None:
    source = Source(b"a")
    assert serve(mini, source, types=TYPES, chosen=chosen).get("/a").status_code == 500
    json = serve(mini, Source(b"a"), types=("application/json",), chosen="application/json")
    assert json.get("/a").status_code == 500


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        (None, 200),
        ("*/*", 200),
        ("image/png", 200),
        ("application/pdf, image/png;q=0.1", 200),
        ("application/pdf, image/*;q=0.1", 200),
        ("application/pdf", 406),
        ("application/pdf, image/png;q=0", 406),
    ],
)
def test_a_handler_chooses_among_the_types_that_are_accepted(
    mini: Mini, accept: str | None, status: int
) -> None:
    source = Source(b"a")
    headers = {} if accept is None else {"Accept": accept}
    client = serve(mini, source, types=TYPES, chosen="image/png")
    response = client.get("/a", headers=headers)
    assert response.status_code == status
    if status == 200:
        assert response.headers["content-type"] == "image/png"


def test_an_array_can_be_one_of_several_types(mini: Mini) -> None:
    operation = mini.op("one")
    schema = {"type": "object", "properties": {"items": {"type": "array"}}}
    operation["responses"]["200"]["content"] = {
        "text/plain": BINARY,
        "application/json": {"schema": schema},
    }

    def one(*, backend: Any, media_type: str) -> Reply[Any]:
        if media_type == "text/plain":
            return Reply(ByteStream(iter([b"1"])), media_type=media_type)
        return Reply(ArrayStream("items", iter([[1], [2], [3]])), media_type=media_type)

    client = mini.client({"/a": {"get": operation}}, {"one": one})
    assert client.get("/a").text == "1"
    response = client.get("/a", headers={"Accept": "application/json"})
    assert response.json() == {"items": [1, 2, 3]}
    assert response.headers["content-type"] == "application/json"
