"""Parameters: strict coercion by schema, in path, query, header and cookie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.contract.conftest import Client, Mini, Tree


def echo(*, backend: Any, value: Any) -> dict[str, Any]:
    return {"value": value}


def serve(mini: Mini, schema: Tree, location: str = "query", **more: Any) -> Client:
    path = "/a/{value}" if location == "path" else "/a"
    parameters = [mini.param("value", schema, location, **more)]
    return mini.client({path: {"get": mini.op("echo", parameters=parameters)}}, {"echo": echo})


def pointers(response: Any) -> list[str]:
    assert response.status_code == 400
    return [field["pointer"] for field in response.json()["errors"]]


@pytest.mark.parametrize("text", ["0", "5", "-5", "123456789012345678901234567890"])
@pytest.mark.parametrize("location", ["query", "path", "header", "cookie"])
def test_integers_are_coerced_everywhere(mini: Mini, location: str, text: str) -> None:
    client = serve(mini, {"type": "integer"}, location)
    answer = send(client, location, text.encode())
    assert answer == {"value": int(text)}


def send(client: Client, location: str, text: bytes) -> Any:
    """Send a value in a location; gives the JSON of 200 or the status."""
    import json

    query, headers, path = b"", [], b"/a"
    if location == "query":
        query = b"value=" + text
    elif location == "path":
        path = b"/a/" + text
    elif location == "header":
        headers = [(b"value", text)]
    else:
        headers = [(b"cookie", b"other=1; value=" + text)]
    response = client.raw(path=path, query=query, headers=headers)
    return json.loads(response.body) if response.status == 200 else response.status


@pytest.mark.parametrize(
    "text",
    [
        "1_0",
        "%205",
        "5%20",
        "%D9%A5",
        "%2B5",
        "05",
        "-0x1",
        "1.0",
        "1e3",
        "",
        "-",
        "--5",
        "0x10",
        "9" * 40,
        "9" * 5000,
        "NaN",
        "true",
        "%EF%BC%95",
    ],
)
@pytest.mark.parametrize("location", ["query", "path"])
def test_what_only_int_takes_is_no_integer(mini: Mini, location: str, text: str) -> None:
    client = serve(mini, {"type": "integer"}, location)
    assert send(client, location, text.encode()) == 400


@pytest.mark.parametrize("text", ["1_0", " 5", "+5", "05", "1.0", "\xb2", "\u0665"])
@pytest.mark.parametrize("location", ["header", "cookie"])
def test_headers_and_cookies_are_as_strict(mini: Mini, location: str, text: str) -> None:
    client = serve(mini, {"type": "integer"}, location)
    # A server takes the blanks off a header's value and a cookie's; these are within.
    raw = text.encode().replace(b" ", b"\xc2\xa0")
    assert send(client, location, raw) == 400


@pytest.mark.parametrize("text", [b"5 ", b"5\t ", b" 5"])
def test_white_space_around_a_header_is_no_part_of_it(mini: Mini, text: bytes) -> None:
    assert send(serve(mini, {"type": "integer"}, "header"), "header", text) == {"value": 5}


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("number", "1.5", 1.5),
        ("number", "-2e3", -2000.0),
        ("number", "1e400", 400),
        ("number", "NaN", 400),
        ("number", "Infinity", 400),
        ("number", ".5", 400),
        ("number", "1_0.0", 400),
        ("boolean", "true", True),
        ("boolean", "false", False),
        ("boolean", "True", 400),
        ("boolean", "1", 400),
        ("boolean", "", 400),
        ("string", "a%2Bb+c", "a+b c"),
        ("string", "%C3%A9", "é"),
        ("string", "%00", 400),
        ("string", "%ff", 400),
        ("string", "%ED%A0%80", 400),
        ("string", "\xff", 400),
        ("string", "a%zzb", "a%zzb"),
    ],
)
def test_other_types_are_as_strict(mini: Mini, kind: str, text: str, value: Any) -> None:
    answer = send(serve(mini, {"type": kind}), "query", text.encode("latin-1"))
    assert answer == (400 if value == 400 else {"value": value})


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        (
            {"type": "string", "format": "uuid"},
            ["019a9f3e-7b1c-7c5e-9a57-3f1d2c4b5a69"],
            ["019a9f3e7b1c7c5e9a573f1d2c4b5a69", "x", "019a9f3e-7b1c-7c5e-9a57-3f1d2c4b5a6g"],
        ),
        (
            {"type": "string", "format": "date-time"},
            ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05.123%2B02:00"],
            ["2026-01-02", "2026-02-30T00:00:00Z", "2026-01-02T03:04:05", "soon"],
        ),
        ({"type": "integer", "minimum": 1, "maximum": 3}, ["1", "3"], ["0", "4"]),
        ({"type": "integer", "minimum": 1, "exclusiveMinimum": True}, ["2"], ["1"]),
        ({"type": "string", "maxLength": 2}, ["é%F0%9F%8E%88"], ["abc"]),
        ({"type": "string", "pattern": "^[a-z]+$"}, ["abc"], ["abc%0A", "ABC"]),
        ({"type": "string", "enum": ["a", "b"]}, ["a"], ["c", "A"]),
    ],
)
def test_values_are_held_to_their_schema(
    mini: Mini, schema: Tree, good: list[str], bad: list[str]
) -> None:
    client = serve(mini, schema)
    assert [client.get(f"/a?value={text}").status_code for text in good] == [200] * len(good)
    for text in bad:
        assert pointers(client.get(f"/a?value={text}")) == ["/query/value"]


def test_arrays_are_repeated_in_a_query_and_parted_by_commas_elsewhere(mini: Mini) -> None:
    schema = {"type": "array", "items": {"type": "integer"}, "maxItems": 3}
    in_query = serve(mini, schema)
    assert in_query.get("/a?value=1&value=2").json() == {"value": [1, 2]}
    assert pointers(in_query.get("/a?value=1,2")) == ["/query/value"]
    assert pointers(in_query.get("/a?value=1&value=x")) == ["/query/value"]
    assert pointers(in_query.get("/a" + "?value=1" + "&value=1" * 3)) == ["/query/value"]
    assert send(serve(mini, schema, "path"), "path", b"1,2") == {"value": [1, 2]}
    assert send(serve(mini, schema, "header"), "header", b"1,2") == {"value": [1, 2]}
    assert send(serve(mini, schema, explode=False), "query", b"1,2") == {"value": [1, 2]}


def test_a_required_parameter_must_be_there_and_a_default_fills_in(mini: Mini) -> None:
    required = serve(mini, {"type": "integer"}, required=True)
    assert pointers(required.get("/a")) == ["/query/value"]
    assert serve(mini, {"type": "integer", "default": 7}).get("/a").json() == {"value": 7}
    assert serve(mini, {"type": "integer"}).get("/a").json() == {"value": None}


def test_unknown_and_repeated_query_parameters_are_refused(mini: Mini) -> None:
    client = serve(mini, {"type": "integer"})
    assert pointers(client.get("/a?valu=1")) == ["/query/valu"]
    assert pointers(client.get("/a?value=1&a~b/c=2")) == ["/query/a~0b~1c"]
    assert pointers(client.get("/a?=1")) == ["/query/"]
    assert pointers(client.get("/a?value=1&value=1")) == ["/query/value"]
    assert client.get("/a?&&value=1&").json() == {"value": 1}


def test_every_finding_is_told_and_no_more_than_twenty(mini: Mini) -> None:
    client = serve(mini, {"type": "integer"})
    assert pointers(client.get("/a?value=x&b=1")) == ["/query/value", "/query/b"]
    flood = "&".join(f"p{number}=1" for number in range(999))
    assert len(pointers(client.get(f"/a?{flood}"))) == 20


def test_a_flood_of_parameters_is_not_even_sorted(mini: Mini) -> None:
    client = serve(mini, {"type": "integer"})
    response = client.get("/a?" + "&".join(["value=1"] * 1001))
    assert response.status_code == 400
    assert response.json()["errors"] == [
        {"pointer": "/query", "message": "there are too many parameters"}
    ]


def test_a_long_name_is_not_echoed_whole(mini: Mini) -> None:
    response = serve(mini, {"type": "integer"}).get("/a?" + "x" * 50_000)
    assert response.status_code == 400
    assert len(response.content) < 1000


def test_header_lines_are_one_list_and_cookies_must_not_repeat(mini: Mini) -> None:
    header = serve(mini, {"type": "array", "items": {"type": "string"}}, "header")
    twice = [(b"value", b"a"), (b"value", b"b")]
    assert b'["a"," b"]' in header.raw(path=b"/a", headers=twice).body
    cookie = serve(mini, {"type": "string"}, "cookie")
    lines = [(b"cookie", b"value=a"), (b"cookie", b"value=b")]
    assert cookie.raw(path=b"/a", headers=lines).status == 400


@pytest.mark.parametrize(
    "header", [b"", b";;;", b"value", b"=", b"value=\xff", b"; " * 30_000, b"a=b; " * 10_000]
)
def test_any_cookie_header_is_answered(mini: Mini, header: bytes) -> None:
    response = serve(mini, {"type": "string"}, "cookie").raw(
        path=b"/a", headers=[(b"cookie", header)]
    )
    assert response.status == 200


def test_header_and_cookie_names_become_arguments_in_snake_case(mini: Mini) -> None:
    def both(*, backend: Any, x_count: int, session_kind: str) -> dict[str, Any]:
        return {"count": x_count, "kind": session_kind}

    parameters = [
        mini.param("X-Count", {"type": "integer"}, "header"),
        mini.param("Session-Kind", {"type": "string"}, "cookie"),
    ]
    client = mini.client({"/a": {"get": mini.op("both", parameters=parameters)}}, {"both": both})
    sent = {"X-COUNT": "3", "Cookie": "Session-Kind=b"}
    assert client.get("/a", headers=sent).json() == {"count": 3, "kind": "b"}


def test_words_of_the_contract_name_the_failure(mini: Mini) -> None:
    words = {"when": "missing", "message": "Agent ID is required", "error": "missing_agent_id"}
    parameter = mini.param(
        "value",
        {"type": "string", "minLength": 1, "maxLength": 3},
        required=True,
        **{"x-error": words},
    )
    client = mini.client(
        {"/a": {"get": mini.op("echo", parameters=[parameter])}},
        {"echo": echo},
        **{"x-error-surfaces": [{"prefix": "/", "schema": "SessionsError"}]},
    )
    told = {"message": "Agent ID is required", "error": "missing_agent_id"}
    assert client.get("/a").json() == told
    assert client.get("/a?value=").json() == told
    assert client.get("/a?value=long").json() == {
        "message": "value: the value is longer than 3 characters",
        "error": "invalid_request",
    }
