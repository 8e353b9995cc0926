"""Paths and methods: decided on the raw path, answered as the contract has them."""

from __future__ import annotations

import http.client
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.contract.conftest import Client, Mini


def read(*, backend: Any, name: str) -> dict[str, str]:
    return {"name": name}


def count(*, backend: Any, number: int) -> dict[str, int]:
    return {"number": number}


def fixed(*, backend: Any) -> dict[str, str]:
    return {"fixed": "yes"}


def nested(*, backend: Any, name: str, part: str) -> dict[str, str]:
    return {"name": name, "part": part}


@pytest.fixture
def client(mini: Mini) -> Client:
    name = [mini.param("name", {"type": "string"}, "path")]
    number = [mini.param("number", {"type": "integer"}, "path")]
    both = [*name, mini.param("part", {"type": "string", "minLength": 1}, "path")]
    return mini.client(
        {
            "/a/{name}": {"get": mini.op("read", parameters=name)},
            "/a/fixed": {"get": mini.op("fixed")},
            "/a/{name}/b/{part}": {"get": mini.op("nested", parameters=both)},
            "/n/{number}": {"get": mini.op("count", parameters=number)},
            "/m": {
                "get": mini.op("m_get"),
                "post": mini.op("m_post"),
                "delete": mini.op("m_delete"),
                "patch": mini.op("m_patch"),
            },
            "/p": {"post": mini.op("p_post")},
        },
        {
            "read": read,
            "fixed": fixed,
            "nested": nested,
            "count": count,
            **{f"m_{method}": fixed for method in ("get", "post", "delete", "patch")},
            "p_post": fixed,
        },
    )


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (b"/a/x", b'{"name":"x"}'),
        (b"/a/a%2Fb", b'{"name":"a/b"}'),
        (b"/a/a%2fb", b'{"name":"a/b"}'),
        (b"/a/%2e%2e", b'{"name":".."}'),
        (b"/a/..", b'{"name":".."}'),
        (b"/a/%2e%2e%2fetc", b'{"name":"../etc"}'),
        (b"/a/%25", b'{"name":"%"}'),
        (b"/a/%252F", b'{"name":"%2F"}'),
        (b"/a/%", b'{"name":"%"}'),
        (b"/a/%zz", b'{"name":"%zz"}'),
        (b"/a/a+b", b'{"name":"a+b"}'),
        (b"/a/a;b=c", b'{"name":"a;b=c"}'),
        (b"/a/%3F%23", b'{"name":"?#"}'),
        (b"/a/%F0%9F%8E%88", '{"name":"\N{BALLOON}"}'.encode()),
        (b"/a/\xc3\xa9", '{"name":"é"}'.encode()),
        (b"/a/%20", b'{"name":" "}'),
        (b"/a/", b'{"name":""}'),
        (b"/a/fixed", b'{"fixed":"yes"}'),
        (b"/a/%66ixed", b'{"fixed":"yes"}'),
        (b"/a/fixed/b/c", b'{"name":"fixed","part":"c"}'),
        (b"/n/-7", b'{"number":-7}'),
    ],
)
def test_segments_are_parted_before_they_are_decoded(
    client: Client, path: bytes, body: bytes
) -> None:
    response = client.raw(path=path)
    assert (response.status, response.body) == (200, body)


@pytest.mark.parametrize(
    "path",
    [
        b"/a/%0A",
        b"/a/%0a",
        b"/a/%00",
        b"/a/%0D%0Ax",
        b"/a/%1f",
        b"/a/%7F",
        b"/a/x%7f",
        b"/%00",
        b"/a/\x01",
        b"/a/%ff",
        b"/a/%c3",
        b"/a/%ED%A0%80",
        b"/a/\xff",
        b"/ghost/%09",
        b"/%ff%0a",
    ],
)
def test_control_characters_and_broken_utf8_are_400(client: Client, path: bytes) -> None:
    refused = client.raw(path=path)
    assert refused.status == 400
    assert b'"pointer":"/path"' in refused.body


@pytest.mark.parametrize(
    "path",
    [
        b"/a",
        b"/a/x/",
        b"/a/x/b",
        b"//a/x",
        b"/",
        b"",
        b"*",
        b"a/x",
        b"x/a/x",
        b"/A/x",
        b"/m/",
        b"/m%2F",
        b"/n",
        b"/../a/x",
        b"/" * 10000,
        b"/a/x/b/c/" + b"d/" * 10000,
    ],
)
def test_what_the_contract_does_not_have_is_404_and_never_a_redirect(
    client: Client, path: bytes
) -> None:
    refused = client.raw(path=path)
    assert refused.status == 404
    assert b"urn:palaver:problem:not-found" in refused.body


@pytest.mark.parametrize("text", [b"x", b"1.0", b"05", b"+5", b"%D9%A5", b"", b"9" * 5000])
def test_a_path_integer_that_is_none_is_400(client: Client, text: bytes) -> None:
    refused = client.raw(path=b"/n/" + text)
    assert refused.status == 400
    assert b'"pointer":"/path/number"' in refused.body


def test_an_empty_last_segment_is_an_empty_value(client: Client) -> None:
    refused = client.raw(path=b"/a/x/b/")
    assert refused.status == 400
    assert b'"pointer":"/path/part"' in refused.body


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("PUT", b"/m", b"DELETE, GET, HEAD, PATCH, POST"),
        ("OPTIONS", b"/m", b"DELETE, GET, HEAD, PATCH, POST"),
        ("TRACE", b"/m", b"DELETE, GET, HEAD, PATCH, POST"),
        ("get", b"/m", b"DELETE, GET, HEAD, PATCH, POST"),
        ("BREW", b"/m", b"DELETE, GET, HEAD, PATCH, POST"),
        ("GET", b"/p", b"POST"),
        ("HEAD", b"/p", b"POST"),
        ("POST", b"/a/x", b"GET, HEAD"),
    ],
)
def test_another_method_is_405_with_every_method_that_there_is(
    client: Client, method: str, path: bytes, allow: bytes
) -> None:
    refused = client.raw(method, path)
    assert refused.status == 405
    assert refused.header(b"allow") == allow
    assert (b"method-not-allowed" in refused.body) is (method != "HEAD")


def test_a_head_that_the_contract_names_is_its_own(mini: Mini) -> None:
    def head(*, backend: Any) -> None:
        return None

    answer = {**mini.op("head"), "responses": {"204": {"description": "There."}}}
    client = mini.client({"/a": {"head": answer}}, {"head": head})
    assert client.raw("HEAD", b"/a").status == 204
    assert client.raw("GET", b"/a").header(b"allow") == b"HEAD"


def test_paths_over_a_real_connection(client: Client, listening: Callable[..., int]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", listening(client.app))
    statuses = []
    for path in ("/a/a%2Fb", "/a/%0A", "/a/%ff", "/a/x/", "/n/x", "/a/%2e%2e"):
        connection.request("GET", path)
        response = connection.getresponse()
        statuses.append((response.status, response.read()[:15]))
    connection.close()
    assert [status for status, _ in statuses] == [200, 400, 400, 404, 400, 200]
    assert statuses[0][1] == b'{"name":"a/b"}'
