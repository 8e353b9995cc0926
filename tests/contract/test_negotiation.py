"""Accept and Content-Type: what is well-formed, what it allows, and what is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palaver.contract.negotiation import parse_media_type, preferred

if TYPE_CHECKING:
    from tests.contract.conftest import Client, Mini

JSON = ("application/json",)


@pytest.mark.parametrize(
    ("accept", "allowed"),
    [
        ("application/json", True),
        ("APPLICATION/JSON", True),
        ("application/*", True),
        ("*/*", True),
        ("text/html", False),
        ("text/*", False),
        ("text/html, application/json;q=0.1", True),
        ("application/json;q=0", False),
        ("application/json;q=0.000", False),
        ("application/json; q=0, */*", False),
        ("application/*;q=0, */*", False),
        ("application/*;q=0, application/json", True),
        ("*/*;q=0", False),
        ("*/*;q=0, application/json;q=0.001", True),
        ("text/html, */*;q=0.5", True),
        ('text/html;x="a, application/json"', False),
        ('application/json;profile="a,b", text/html', True),
        # A range that is not well-formed says nothing; without any other, nothing is asked for.
        ("", True),
        ("nonsense", True),
        ('text/html;x="\\",application/json', True),
        ("application/json;q=high", True),
        ("text/html, application/json;q=nan", False),
        ("text/html, application/json;q=2", False),
        ("text/html, application/json;q=-1", False),
        ("nonsense, text/html", False),
        (",,, application/json", True),
        ("application/json;;;q=0", False),
    ],
)
def test_the_most_specific_range_decides(accept: str, allowed: bool) -> None:
    assert (preferred(accept, JSON) is not None) is allowed


def test_one_allowed_type_of_several_is_enough() -> None:
    assert preferred("application/pdf", ("application/json", "application/pdf"))


@pytest.mark.parametrize(
    ("accept", "best"),
    [
        ("*/*", "text/event-stream"),
        ("nonsense", "text/event-stream"),
        ("application/json", "application/json"),
        ("text/event-stream;q=0.5, application/json", "application/json"),
        ("application/json;q=0.5, text/event-stream", "text/event-stream"),
        ("application/json, text/event-stream", "text/event-stream"),
        ("application/*, text/*;q=0.1", "application/json"),
        ("text/event-stream;q=0, */*", "application/json"),
        ("image/png", None),
    ],
)
def test_the_most_liked_type_is_chosen_and_the_first_of_equals(accept: str, best: str) -> None:
    assert preferred(accept, ("text/event-stream", "application/json")) == best


@pytest.mark.parametrize(
    ("value", "parsed"),
    [
        ("application/json", ("application/json", {})),
        (" Application/JSON ; Charset=UTF-8", ("application/json", {"charset": "UTF-8"})),
        ('a/b; x="c;d\\"e"', ("a/b", {"x": 'c;d"e'})),
        ("a/b;", ("a/b", {})),
        ("", None),
        ("a", None),
        ("a/b/c", None),
        ("a/b; x", None),
        ('a/b; x="c', None),
        ("a/b; x=c d", None),
        ("a b/c", None),
    ],
)
def test_media_types_are_read_by_the_grammar(
    value: str, parsed: tuple[str, dict[str, str]] | None
) -> None:
    assert parse_media_type(value) == parsed


@given(st.text(st.sampled_from('a/*;=",\\ q0.1\t'), max_size=60))
def test_any_header_has_an_answer(value: str) -> None:
    assert preferred.__wrapped__(value, JSON) in (None, *JSON)


@pytest.mark.parametrize(
    "value",
    [
        '"' * 100_001,
        '"\\' * 100_001,
        'a/b;x="' + '\\"' * 100_000,
        "a/b" + " ;" * 100_000 + "\x01",
        " " * 200_000,
        "a/b;" + " " * 200_000 + "x",
        "a/" * 100_000,
    ],
)
def test_hostile_headers_are_read_in_one_pass(value: str) -> None:
    # Each of these takes minutes where a pattern starts again at every character.
    assert parse_media_type(value) is None
    assert preferred.__wrapped__(value, JSON)


@pytest.fixture
def client(mini: Mini) -> Client:
    def one(*, backend: Any) -> dict[str, Any]:
        return {}

    def none(*, backend: Any) -> None:
        return None

    nothing = {**mini.op("none"), "responses": {"204": {"description": "Done."}}}
    return mini.client(
        {"/a": {"get": mini.op("one")}, "/b": {"delete": nothing}}, {"one": one, "none": none}
    )


def test_an_accept_that_rules_out_every_type_is_406(client: Client) -> None:
    refused = client.get("/a", headers={"accept": "text/html"})
    assert refused.status_code == 406
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["type"] == "urn:palaver:problem:not-acceptable"


def test_several_accept_lines_are_one_list(client: Client) -> None:
    lines = [(b"accept", b"text/html"), (b"accept", b"application/json")]
    assert client.raw(path=b"/a", headers=lines).status == 200
    assert client.raw(path=b"/a", headers=lines[:1] * 2).status == 406


def test_an_answer_without_a_body_suits_every_accept(client: Client) -> None:
    assert client.request("DELETE", "/b", headers={"accept": "text/html"}).status_code == 204


def test_an_unusual_header_of_many_kilobytes_is_answered(client: Client) -> None:
    value = ", ".join(f"text/x{number}" for number in range(5000))
    assert client.get("/a", headers={"accept": value}).status_code == 406
