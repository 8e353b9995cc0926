"""Errors on the wire: shapes by surface, request ids, and the schemas they are documented with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema_rs
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from palaver.contract.document import Document
from palaver.contract.rendering import ErrorRenderer
from palaver.errors import (
    InvalidCursor,
    KeyServerUnavailable,
    SessionForbidden,
    SessionNotFound,
    StoreUnavailable,
    Unauthenticated,
)

if TYPE_CHECKING:
    from tests.contract.conftest import Client, Mini, Tree

PROBLEM = jsonschema_rs.Draft202012Validator(
    {
        "type": "object",
        "additionalProperties": False,
        "required": ["type", "title", "status", "instance"],
        "properties": {
            "type": {"type": "string", "format": "uri-reference", "maxLength": 200},
            "title": {"type": "string", "maxLength": 200},
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": {"type": "string", "maxLength": 2000},
            "instance": {"type": "string", "format": "uri-reference", "maxLength": 200},
            "errors": {
                "type": "array",
                "maxItems": 20,
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["pointer", "message"],
                    "properties": {
                        "pointer": {"type": "string", "maxLength": 1000},
                        "message": {"type": "string", "maxLength": 1000},
                    },
                },
            },
        },
    },
    validate_formats=True,
)
SURFACES = [
    {"prefix": "/sessions/", "schema": "SessionsError"},
    {"prefix": "/", "schema": "Problem"},
]


def client_for(mini: Mini, result: Any = None, **responses: Tree) -> Client:
    """The same operation on both surfaces: a required integer and a JSON body."""

    def one(*, backend: Any, n: int, body: Any) -> Any:
        if isinstance(result, Exception):
            raise result
        return {}

    def op(name: str) -> Tree:
        made = mini.op(
            name,
            parameters=[mini.param("n", {"type": "integer"}, required=True)],
            requestBody=mini.body({"type": "object"}, **{"x-max-body-bytes": 1000}),
        )
        made["responses"] |= responses
        return {"post": made}

    return mini.client(
        {"/sessions/a": op("one"), "/api/a": op("two")},
        {"one": one, "two": one},
        **{"x-error-surfaces": SURFACES},
    )


REFUSALS: list[tuple[int, str, Tree]] = [
    (400, "/a?n=x", {"json": {}}),
    (400, "/a", {"json": {}}),
    (400, "/a?n=1&m=2", {"json": {}}),
    (400, "/a?n=1", {"json": []}),
    (400, "/a?n=1", {"content": b"{", "headers": {"content-type": "application/json"}}),
    (404, "/b", {}),
    (405, "/a?n=1", {"method": "GET"}),
    (406, "/a?n=1", {"json": {}, "headers": {"accept": "text/html"}}),
    (413, "/a?n=1", {"json": {"a": "x" * 1000}}),
    (415, "/a?n=1", {"content": b"{}"}),
]


@pytest.mark.parametrize(("status", "url", "options"), REFUSALS)
def test_every_refusal_has_the_shape_of_its_surface(
    mini: Mini, status: int, url: str, options: Tree, caplog: pytest.LogCaptureFixture
) -> None:
    client = client_for(mini)
    sent = {"method": "POST", **options}
    problem = client.request(url=f"/api{url}", **sent)
    assert problem.status_code == status
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.headers["content-length"] == str(len(problem.content))
    assert PROBLEM.is_valid(problem.json())
    assert problem.json()["status"] == status
    assert ("errors" in problem.json()) is (status == 400)
    plain = client.request(url=f"/sessions{url}", **sent)
    assert plain.status_code == status
    assert plain.headers["content-type"] == "application/json"
    assert set(plain.json()) == {"message", "error"}
    assert all(isinstance(text, str) and text for text in plain.json().values())
    assert caplog.records == []


@pytest.mark.parametrize(
    ("error", "status", "retry"),
    [
        (SessionNotFound(), 404, None),
        (SessionForbidden(), 403, None),
        (InvalidCursor("It was not made here."), 400, None),
        (StoreUnavailable(), 503, "5"),
        (KeyServerUnavailable(), 503, "5"),
    ],
)
def test_domain_errors_have_their_status_without_the_contract_saying_so(
    mini: Mini,
    error: Exception,
    status: int,
    retry: str | None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = client_for(mini, error)
    problem = client.post("/api/a?n=1", json={})
    assert (problem.status_code, problem.headers.get("retry-after")) == (status, retry)
    assert PROBLEM.is_valid(problem.json())
    plain = client.post("/sessions/a?n=1", json={})
    assert (plain.status_code, plain.headers.get("retry-after")) == (status, retry)
    assert set(plain.json()) == {"message", "error"}
    assert [record for record in caplog.records if record.exc_info] == []


def test_the_contract_decides_status_and_words(mini: Mini) -> None:
    described = {
        "description": "Gone.",
        "x-errors": {
            "session_not_found": {
                "title": "No such session.",
                "message": "Not here",
                "error": "gone",
            },
            "session_forbidden": {"title": "No such session.", "hides": "session_not_found"},
        },
    }
    responses = {"410": described}
    problem = client_for(mini, SessionNotFound("x"), **responses).post("/api/a?n=1", json={})
    assert problem.status_code == 410
    assert problem.json()["title"] == "No such session."
    plain = client_for(mini, SessionNotFound("x"), **responses).post("/sessions/a?n=1", json={})
    assert plain.json() == {"message": "Not here", "error": "gone"}


def test_a_hidden_error_cannot_be_told_from_the_one_that_hides_it(mini: Mini) -> None:
    responses = {
        "404": {
            "description": "Gone.",
            "x-errors": {
                "session_not_found": {"title": "No such session."},
                "session_forbidden": {"title": "No such session.", "hides": "session_not_found"},
            },
        }
    }
    sent: Tree = {"json": {}, "headers": {"x-request-id": "same"}}
    answers = [
        client_for(mini, error, **responses).post("/api/a?n=1", **sent)
        for error in (SessionNotFound(), SessionForbidden("It belongs to bob."))
    ]
    assert answers[0].content == answers[1].content
    assert answers[0].headers == answers[1].headers


# Request ids


@pytest.mark.parametrize(
    "value", [b"a", b"4f1c2b7e9d3a4c58", b"x" * 128, b'!"#$%&<>{}|\\^`', b"%", b"%zz", b"a/b?c#d"]
)
def test_a_well_formed_request_id_is_kept(mini: Mini, value: bytes) -> None:
    for path in (b"/api/b", b"/sessions/b"):
        answer = client_for(mini).raw(path=path, headers=[(b"x-request-id", value)])
        assert answer.header(b"x-request-id") == value


@pytest.mark.parametrize("value", [b"", b" ", b"a b", b"x" * 129, b"\xe9", b"a\tb", b"\x7f"])
def test_any_other_is_replaced(mini: Mini, value: bytes) -> None:
    client = client_for(mini)
    ids = {
        client.raw(path=b"/api/b", headers=[(b"x-request-id", value)]).header(b"x-request-id")
        for _ in range(3)
    }
    assert len(ids) == 3
    assert all(made is not None and len(made) == 16 and made.isalnum() for made in ids)


def test_the_first_of_several_request_ids_counts(mini: Mini) -> None:
    headers = [(b"x-request-id", b"one"), (b"x-request-id", b"two")]
    answer = client_for(mini).raw(path=b"/api/b", headers=headers)
    assert [v for k, v in answer.headers if k == b"x-request-id"] == [b"one"]


_RENDERER = ErrorRenderer(Document.parse(b"openapi: 3.0.3\npaths: {}\n"))


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=128))
def test_every_request_id_makes_a_valid_instance(request_id: str) -> None:
    rendered = _RENDERER.render(SessionNotFound(), "/", None, request_id)
    problem = msgspec.json.decode(rendered.body)
    assert PROBLEM.is_valid(problem)
    assert problem["instance"].startswith("urn:palaver:request:")


# Challenges


@pytest.mark.parametrize(
    ("schemes", "error", "challenge"),
    [
        (["bearer"], None, 'Bearer realm="palaver"'),
        (["bearer"], "invalid_token", 'Bearer realm="palaver", error="invalid_token"'),
        (["basic"], None, 'Basic realm="palaver", charset="UTF-8"'),
        (
            ["bearer", "basic"],
            None,
            'Basic realm="palaver", charset="UTF-8", Bearer realm="palaver"',
        ),
    ],
)
def test_401_challenges_with_every_scheme_of_the_operation(
    mini: Mini, schemes: list[str], error: str | None, challenge: str
) -> None:
    class Refusing:
        def get_fn(self, _scheme: Any, _scopes: list[str]) -> Any:
            def check(_request: Any) -> Any:
                raise Unauthenticated("No.", error=error)

            return check

    def one(*, backend: Any, principal: Any) -> dict[str, Any]:
        return {}

    client = mini.client(
        {"/a": {"get": mini.op("one", security=[{scheme: []} for scheme in schemes])}},
        {"one": one},
        security=dict.fromkeys(schemes, Refusing),
        components={
            "securitySchemes": {name: {"type": "http", "scheme": name} for name in schemes}
        },
    )
    refused = client.get("/a")
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == challenge
    assert PROBLEM.is_valid(refused.json())
