"""What clients get wrong, for every operation that the contract has, whichever those are.

Each error has the shape that the contract documents for its operation and status, nothing is
changed by such a request, and none is worth a record at level error (``errors_logged`` sees to that
for each test here).
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from palaver.contract.document import Document, Operation, Parameter

if TYPE_CHECKING:
    from tests.handlers.conftest import Belongings, HoldToContract, MakeRequest

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
JSON = {"Content-Type": "application/json"}


def most_bytes(operation: Operation, contract: Document) -> int:
    """The most bytes that a body of the operation may have."""
    assert operation.request_body is not None
    own = operation.request_body.get("x-max-body-bytes")
    return int(own or contract.tree["x-max-body-bytes"])


def said(response: httpx.Response) -> str:
    """What an error of any shape says in words."""
    body = response.json()
    return str(next(body[name] for name in ("message", "error", "detail") if name in body))


def with_headers(request: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
    """The request with these headers in place of its own, but for its credential."""
    own = {k: v for k, v in request["headers"].items() if k == "Authorization"}
    return {**request, "headers": {**own, **headers}}


# ---------------------------------------------------------------------------------- the whole body


@pytest.mark.parametrize("excess", [1, 10**12])
def test_a_body_announced_as_too_large_is_not_waited_for(
    body_operation: Operation,
    excess: int,
    client: httpx.Client,
    belongings: Belongings,
    contract: Document,
    make_request: MakeRequest,
    hold_to_contract: HoldToContract,
) -> None:
    request = make_request(body_operation, belongings.ids(belongings.team))
    # Only the head is sent: a server that waited for the body would answer nothing.
    connection = http.client.HTTPConnection(client.base_url.netloc.decode(), timeout=30)
    try:
        connection.putrequest(request["method"], request["url"])
        credential = {"Authorization": client.headers["Authorization"]}
        for name, value in {**credential, **JSON, **request["headers"]}.items():
            connection.putheader(name, value)
        connection.putheader("Content-Length", str(most_bytes(body_operation, contract) + excess))
        connection.endheaders()
        answer = connection.getresponse()
        response = httpx.Response(
            answer.status,
            headers=answer.getheaders(),
            content=answer.read(),
            request=client.build_request(request["method"], request["url"]),
        )
    finally:
        connection.close()
    assert response.status_code == 413
    hold_to_contract(response, body_operation)


def test_a_body_that_grows_too_large_is_refused(
    body_operation: Operation,
    client: httpx.Client,
    belongings: Belongings,
    contract: Document,
    make_request: MakeRequest,
    hold_to_contract: HoldToContract,
) -> None:
    def grow() -> Iterator[bytes]:
        for _ in range(most_bytes(body_operation, contract) // 65_536):
            yield b" " * 65_536
        yield b" "

    before = belongings.snapshot()
    request = make_request(body_operation, belongings.ids(belongings.team))
    # Content of unknown length is sent in chunks, without a Content-Length.
    response = client.request(**{**request, "content": grow()})
    assert "Content-Length" not in response.request.headers
    assert response.status_code == 413
    hold_to_contract(response, body_operation)
    assert belongings.snapshot() == before


def test_a_body_of_the_largest_size_is_read(
    body_operation: Operation,
    client: httpx.Client,
    belongings: Belongings,
    contract: Document,
    make_request: MakeRequest,
) -> None:
    ids = belongings.ids(belongings.team)
    if "409" in body_operation.responses:
        ids["agent_id"] = f"{belongings.agent} the second"
    request = make_request(body_operation, ids)
    request["content"] = request["content"].ljust(most_bytes(body_operation, contract))
    response = client.request(**request)
    assert response.status_code in body_operation.success_statuses


@pytest.mark.parametrize(
    "media_type",
    [None, "", "text/plain", "application/x-www-form-urlencoded", "application/jsonx", "json",
     "application/problem+json", "multipart/form-data; boundary=x", "application/json, text/plain",
     "application/json; charset=iso-8859-1", "application/json; charset=utf-16"],
)  # fmt: skip
def test_a_body_of_another_type_is_refused(
    body_operation: Operation,
    media_type: str | None,
    client: httpx.Client,
    make_request: MakeRequest,
    hold_to_contract: HoldToContract,
) -> None:
    request = make_request(body_operation, NOWHERE)
    headers = {} if media_type is None else {"Content-Type": media_type}
    response = client.request(**with_headers(request, headers))
    assert response.status_code == 415
    hold_to_contract(response, body_operation)


def test_a_compressed_body_is_refused(
    body_operation: Operation,
    client: httpx.Client,
    make_request: MakeRequest,
    hold_to_contract: HoldToContract,
) -> None:
    request = make_request(body_operation, NOWHERE)
    response = client.request(**with_headers(request, {**JSON, "Content-Encoding": "gzip"}))
    assert response.status_code == 415
    hold_to_contract(response, body_operation)


@pytest.mark.parametrize(
    "media_type",
    ["APPLICATION/JSON", "application/json;charset=UTF-8", 'Application/Json ; Charset="utf-8"'],
)
def test_no_spelling_of_the_type_gets_around_the_checks(
    body_operation: Operation,
    media_type: str,
    client: httpx.Client,
    make_request: MakeRequest,
    hold_to_contract: HoldToContract,
) -> None:
    request = make_request(body_operation, NOWHERE)
    request["content"] = b'{"surprise": NaN}'
    response = client.request(**with_headers(request, {"Content-Type": media_type}))
    assert response.status_code == 400
    hold_to_contract(response, body_operation)


# --------------------------------------------------------------------------------------- the JSON

# What is wrong with a body, whatever its schema, and what the answer says of it.
MALFORMED: dict[str, tuple[bytes, str]] = {
    "invalid UTF-8": (b'{"a": "\xff"}', "not valid UTF-8"),
    "overlong UTF-8": (b'{"a": "\xc0\xaf"}', "not valid UTF-8"),
    "a surrogate in UTF-8": (b'{"a": "\xed\xa0\x80"}', "not valid UTF-8"),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), "not valid UTF-8"),
    "UTF-16 without a mark": ('{"a": 1}'.encode("utf-16-le"), "not valid JSON"),
    "a byte order mark": (b'\xef\xbb\xbf{"a": 1}', "not valid JSON"),
    "NaN": (b'{"a": NaN}', "NaN, which is not JSON"),
    "Infinity": (b"[Infinity]", "Infinity, which is not JSON"),
    "-Infinity": (b"[-Infinity]", "-Infinity, which is not JSON"),
    "1e400": (b'{"a": 1e400}', "too large"),
    "-1e400": (b"[-1e400]", "too large"),
    "a number of 5000 digits": (b"[" + b"7" * 5000 + b"]", "more than 100 characters"),
    "a fraction of 5000 digits": (b"[0." + b"7" * 5000 + b"]", "more than 100 characters"),
    "a repeated key": (b'{"a": 1, "b": 2, "a": 1}', "repeats a key"),
    "a repeated key spelled otherwise": (b'[{"a": 1, "\\u0061": 2}]', "repeats a key"),
    "arrays too deep": (b"[" * 65 + b"]" * 65, "nested deeper"),
    "objects too deep": (b'{"a":' * 65 + b"1" + b"}" * 65, "nested deeper"),
    "arrays without end": (b"[" * 500_000, "nested deeper"),
    "objects without end": (b'{"a":' * 200_000, "nested deeper"),
    "NUL": (b'{"a": "x\\u0000"}', "NUL"),
    "NUL in a key": (b'{"\\u0000": 1}', "NUL"),
    "a raw NUL": (b'{"a": "\x00"}', "not valid JSON"),
    "a lone high surrogate": (b'{"a": "\\ud800"}', "lone surrogate"),
    "a lone low surrogate": (b'["\\udfff x"]', "lone surrogate"),
    "surrogates in the wrong order": (b'["\\ude00\\ud83d"]', "lone surrogate"),
    "a raw line break": (b'{"a": "x\ny"}', "not valid JSON"),
    "two documents": (b"{} {}", "not valid JSON"),
    "something behind the end": (b"{}x", "not valid JSON"),
    "an open string": (b'{"a": "', "not valid JSON"),
    "a trailing comma": (b"[1,]", "not valid JSON"),
    "a comment": (b"{} // done", "not valid JSON"),
    "single quotes": (b"{'a': 1}", "not valid JSON"),
    "a leading zero": (b"[01]", "not valid JSON"),
    "a word": (b"hello", "not valid JSON"),
    "only blanks": (b" \n\t", "not valid JSON"),
}


def test_malformed_json_is_refused(
    body_operation: Operation,
    client: httpx.Client,
    belongings: Belongings,
    make_request: MakeRequest,
    hold_to_contract: HoldToContract,
) -> None:
    before = belongings.snapshot()
    request = make_request(body_operation, belongings.ids(belongings.team))
    half = {"a half": (request["content"][:-1], "not valid JSON")}
    for what, (content, words) in {**MALFORMED, **half}.items():
        response = client.request(**{**request, "content": content})
        assert response.status_code == 400, what
        assert words in said(response), what
        hold_to_contract(response, body_operation)
    assert belongings.snapshot() == before


def test_a_body_that_is_needed_is_missed(
    body_operation: Operation,
    client: httpx.Client,
    belongings: Belongings,
    make_request: MakeRequest,
    hold_to_contract: HoldToContract,
) -> None:
    assert body_operation.request_body is not None
    needed = body_operation.request_body.get("required", False)
    request = make_request(body_operation, belongings.ids(belongings.team))
    for headers in ({}, JSON):
        response = client.request(**with_headers({**request, "content": b""}, headers))
        expected = {400} if needed else {*body_operation.success_statuses}
        assert response.status_code in expected
        hold_to_contract(response, body_operation)


def test_what_a_body_may_not_have_is_refused(
    body_operation: Operation,
    client: httpx.Client,
    belongings: Belongings,
    make_request: MakeRequest,
    hold_to_contract: HoldToContract,
) -> None:
    before = belongings.snapshot()
    request = make_request(body_operation, belongings.ids(belongings.team))
    example = json.loads(request["content"])
    wrong: list[Any] = [True, "text", 7]
    if isinstance(example, dict):
        wrong += [{**example, "surprise": 1}, {**example, "": None}, [example]]
        wrong += [{**example, name: {"deep": [1]}} for name in example]
    else:
        wrong += [[*example, {"surprise": 1}], {"items": example}]
    for value in wrong:
        response = client.request(**{**request, "content": json.dumps(value).encode()})
        assert response.status_code == 400, value
        hold_to_contract(response, body_operation)
        if isinstance(value, dict) and "surprise" in value:
            assert said(response) == "surprise: the field is not known here"
    assert belongings.snapshot() == before


# ------------------------------------------------------------------------------------- parameters

NOWHERE = {
    "session_id": "019a9f3e-7b1c-7c5e-9a57-3f1d2c4b5a69",
    "session_ids": ["019a9f3e-7b1c-7c5e-9a57-3f1d2c4b5a69"],
    "run_id": "019a9f3e-7b1c-7c5e-9a57-3f1d2c4b5a70",
    "user_id": "nobody",
    "agent_id": "no-agent",
    "profile_id": 2147483647,
    "slide_id": "slide_7",
    "image_id": "019a9f3e-7b1c-7c5e-9a57-3f1d2c4b5a71",
    "sessionId": "019a9f3e-7b1c-7c5e-9a57-3f1d2c4b5a69",
    "bookId": "019a9f3e-7b1c-7c5e-9a57-3f1d2c4b5a71",
    "passageId": 1,
    "topicId": "no-topic",
}


def with_query(url: str, more: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}{more}"


@pytest.mark.parametrize(
    "more", ["surprise=1", "surprise", "Limit=1", "limit%5B%5D=1", "%F0%9F%99%82=1"]
)
def test_an_unknown_query_parameter_is_refused(
    operation: Operation,
    more: str,
    client: httpx.Client,
    make_request: MakeRequest,
    hold_to_contract: HoldToContract,
) -> None:
    request = make_request(operation, NOWHERE)
    response = client.request(**{**request, "url": with_query(request["url"], more)})
    assert response.status_code == 400
    assert said(response).endswith(": the parameter is not known here")
    hold_to_contract(response, operation)


def test_a_query_that_is_not_utf8_is_refused(
    operation: Operation,
    client: httpx.Client,
    make_request: MakeRequest,
    hold_to_contract: HoldToContract,
) -> None:
    request = make_request(operation, NOWHERE)
    for more in ("a=%FF", "%C0%AF=1"):
        response = client.request(**{**request, "url": with_query(request["url"], more)})
        assert response.status_code == 400
        hold_to_contract(response, operation)


def test_a_repeated_query_parameter_is_refused(
    operation: Operation,
    client: httpx.Client,
    make_request: MakeRequest,
    hold_to_contract: HoldToContract,
) -> None:
    request = make_request(operation, NOWHERE)
    path, _, query = request["url"].partition("?")
    pairs = [pair for pair in query.split("&") if pair]
    queried = [each for each in operation.parameters if each.location == "query"]
    assert len(pairs) <= len(queried)
    for pair in pairs:
        response = client.request(**{**request, "url": f"{path}?{query}&{pair}"})
        assert response.status_code == 400
        assert said(response) == f"{pair.partition('=')[0]}: the parameter is given more than once"
        hold_to_contract(response, operation)


def wrong_values(parameter: Parameter) -> Iterator[str]:
    """Encoded values that the parameter's schema rules out."""
    schema = parameter.schema
    if schema["type"] == "integer":
        yield from ("x", "1.5", "1e2", "+1", "%201", "0x1", "01", "9" * 31, "%D9%A3", "true")
        if "minimum" in schema:
            yield str(schema["minimum"] - 1)
        if "maximum" in schema:
            yield str(schema["maximum"] + 1)
    if "enum" in schema:
        yield "2147483647" if schema["type"] == "integer" else "surprise"
    if "maxLength" in schema:
        yield "x" * (schema["maxLength"] + 1)


def test_a_parameter_that_its_schema_rules_out_is_refused(
    operation: Operation,
    client: httpx.Client,
    make_request: MakeRequest,
    hold_to_contract: HoldToContract,
) -> None:
    request = make_request(operation, NOWHERE)
    path, _, query = request["url"].partition("?")
    for parameter in operation.parameters:
        for value in wrong_values(parameter):
            changed = dict(request)
            if parameter.location == "path":
                marked = make_request(operation, {**NOWHERE, parameter.name: "MARK"})["url"]
                changed["url"] = marked.replace("MARK", value)
            elif parameter.location == "query":
                others = [p for p in query.split("&") if p.partition("=")[0] != parameter.name]
                changed["url"] = f"{path}?{'&'.join([*others, f'{parameter.name}={value}'])}"
            else:
                changed["headers"] = {**request["headers"], parameter.name: value}
            response = client.request(**changed)
            assert response.status_code == 400, (parameter.name, value)
            hold_to_contract(response, operation)
            body = response.json()
            if "errors" in body:
                pointer = f"/{parameter.location}/{parameter.name}"
                assert [each["pointer"] for each in body["errors"]] == [pointer]
            else:
                assert said(response).startswith(f"{parameter.name}: "), body


def test_a_path_that_no_text_can_have_is_refused(
    operation: Operation,
    client: httpx.Client,
    make_request: MakeRequest,
    hold_to_contract: HoldToContract,
) -> None:
    request = make_request(operation, NOWHERE)
    _, question_mark, query = request["url"].partition("?")
    for parameter in operation.parameters:
        if parameter.location == "path":
            for value in ("%00", "a%0Ab", "%7F", "%1B%5B31m", "%FF", "%C0%AF", "%ED%A0%80"):
                path = make_request(operation, {**NOWHERE, parameter.name: "MARK"})["url"]
                path = path.partition("?")[0].replace("MARK", value)
                response = client.request(**{**request, "url": path + question_mark + query})
                assert response.status_code == 400, value
                hold_to_contract(response, operation)
    if "{" not in operation.path:
        response = client.request(**{**request, "url": operation.path + "%00"})
        assert response.status_code == 400


# ---------------------------------------------------------------------------------------- Accept


UNACCEPTABLE = (
    "text/html",
    "image/avif, font/*;q=0.5",
    "*/*;q=0",
    "application/*;q=0, text/html",
    "application/json;q=0, application/yaml;q=0",
    "application/xml, application/jsonx",
)
ACCEPTABLE = ("*/*", "text/html, */*;q=0.1", "garbage", "")


def test_an_answer_of_no_acceptable_type_is_not_given(
    operation: Operation,
    client: httpx.Client,
    belongings: Belongings,
    make_request: MakeRequest,
    hold_to_contract: HoldToContract,
) -> None:
    request = make_request(operation, belongings.ids(belongings.team))
    if not any("content" in operation.responses[str(s)] for s in operation.success_statuses):
        assert "406" not in operation.responses
        headers = {**request["headers"], "Accept": UNACCEPTABLE[0]}
        response = client.request(**{**request, "headers": headers})
        assert response.status_code in operation.success_statuses
        return
    before = belongings.snapshot()
    for accept in UNACCEPTABLE:
        headers = {**request["headers"], "Accept": accept}
        response = client.request(**{**request, "headers": headers})
        assert response.status_code == 406, accept
        hold_to_contract(response, operation)
    assert belongings.snapshot() == before


def test_an_answer_of_an_acceptable_type_is_given(
    get_operation: Operation,
    client: httpx.Client,
    belongings: Belongings,
    make_request: MakeRequest,
) -> None:
    request = make_request(get_operation, belongings.ids(belongings.team), complete=False)
    content = get_operation.responses["200"]["content"]
    if get_operation.raw.get("x-as-kept", False):
        # Of several types, it has one.
        content = [client.request(**request).headers["Content-Type"]]
    families = [f"{media_type.partition('/')[0]}/*" for media_type in content]
    for accept in (*ACCEPTABLE, *content, *families):
        headers = {**request["headers"], "Accept": accept}
        assert client.request(**{**request, "headers": headers}).status_code == 200, accept


# --------------------------------------------------------------------------------------- methods


def test_head_answers_what_get_would(
    get_operation: Operation,
    client: httpx.Client,
    belongings: Belongings,
    make_request: MakeRequest,
    hold_to_contract: HoldToContract,
) -> None:
    for ids in (belongings.ids(belongings.team), NOWHERE):
        request = make_request(get_operation, ids)
        got = client.request(**request)
        head = client.request(**{**request, "method": "HEAD"})
        assert head.status_code == got.status_code
        assert head.content == b""
        for name in ("Content-Type", "Content-Length", "ETag"):
            if name in got.headers:
                assert head.headers[name] == got.headers[name]
        hold_to_contract(head, get_operation)


def test_another_method_is_answered_with_those_that_there_are(
    contract_path: str,
    client: httpx.Client,
    anonymous: httpx.Client,
    contract: Document,
    hold_to_contract: HoldToContract,
) -> None:
    item = contract.tree["paths"][contract_path]
    there = {name.upper() for name in item if name.upper() in METHODS}
    if "GET" in there:
        there.add("HEAD")
    path = contract_path
    for name, value in NOWHERE.items():
        path = path.replace(f"{{{name}}}", str(value))
    assert "{" not in path
    for method in sorted(set(METHODS) - there):
        for one in (client, anonymous):
            response = one.request(method, path)
            assert response.status_code == 405, method
            allowed = response.headers["Allow"].split(", ")
            assert sorted(allowed) == sorted(there), method
            hold_to_contract(response, None)


@pytest.mark.parametrize(
    "path",
    ["/", "/sessions", "/sessions/", "/sessions/nothing", "/sessions/create/", "/api",
     "/api/session", "/api/sessions/a/b", "/api/sessions/a/messages/", "/healthz/", "/openapi",
     "//sessions/create", "/api//sessions", "/SESSIONS/create", "/sessions/create%2F"],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_path_that_nothing_is_at_is_not_found(
    path: str, method: str, client: httpx.Client, hold_to_contract: HoldToContract
) -> None:
    url = str(client.base_url).rstrip("/") + path
    response = client.request(method, url)
    assert response.status_code == 404
    hold_to_contract(response, None)
