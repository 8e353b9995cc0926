"""What the Python client makes of refusals, and when it tries again."""

from __future__ import annotations

import asyncio
import json
import math
import time
from typing import Any

import httpx2
import pytest

import palaver_client
from palaver_client._exchange import FIRST_PAUSE, LONGEST_PAUSE, backoff, retry_after
from tests.sdk.python.answers import URL, client_of


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (
            {"type": "urn:palaver:problem:session-busy", "title": "Busy.", "run_id": "r"},
            "session_busy",
            "Busy.",
        ),
        (
            {"message": "Session not found", "error": "session_not_found"},
            "session_not_found",
            "Session not found",
        ),
        ({"error": "Session not found."}, None, "Session not found."),
        ([1], None, "Conflict"),
        ({"title": 3, "errors": "x"}, None, "Conflict"),
    ],
)
def test_the_shapes_of_errors(body: Any, code: str | None, message: str) -> None:
    client = client_of(lambda _: httpx2.Response(409, json=body))
    with pytest.raises(palaver_client.ConflictError) as caught:
        client.get_session("s")
    assert (caught.value.code, caught.value.message) == (code, message)
    assert caught.value.body == body
    assert caught.value.run_id == (body.get("run_id") if isinstance(body, dict) else None)


def test_statuses_that_nobody_knows() -> None:
    for status, kind in ((418, palaver_client.APIStatusError), (599, palaver_client.ServerError)):
        client = client_of(lambda _, status=status: httpx2.Response(status, text="?"))  # type: ignore[misc]
        with pytest.raises(kind) as caught:
            client.check_health()
        assert caught.value.status == status


@pytest.mark.parametrize(
    "value",
    ["3600", "9" * 14, "9" * 5000, "Fri, 31 Dec 9999 23:59:59 GMT", "Fri Dec 31 23:59:59 9999"],
)
def test_a_long_retry_after_is_for_the_caller_to_decide(value: str) -> None:
    requests: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        requests.append(request)
        return httpx2.Response(503, headers={"Retry-After": value})

    with pytest.raises(palaver_client.ServiceUnavailableError):
        client_of(answer).check_health()
    assert len(requests) == 1


def test_no_pause_is_longer_than_a_clock_can_count() -> None:
    response = httpx2.Response(503, headers={"Retry-After": "9" * 14})
    with pytest.raises(palaver_client.ServiceUnavailableError):
        client_of(lambda _: response, max_retry_after=math.inf).check_health()
    assert backoff(5000) <= LONGEST_PAUSE


@pytest.mark.parametrize(
    "value",
    [
        "-1", "-5", "1.5", "soon", "soon 1", "", "٣", "Wed, 99 Foo 2026", "21 Oct 2015 07:28",
        "Wed, 21 Oct 2015 07:28:00 +99999999999999999999", "Wed, 99 Oct 2015 07:28:00 GMT",
    ],
)  # fmt: skip
def test_a_retry_after_that_says_nothing(value: str) -> None:
    answers = [
        httpx2.Response(503, headers=[(b"Retry-After", value.encode())]),
        httpx2.Response(200, json={"status": "ok"}),
    ]
    before = time.monotonic()
    assert client_of(lambda _: answers.pop(0)).check_health().status == "ok"
    # The pause of the client's own.
    assert time.monotonic() - before > FIRST_PAUSE * 0.7


@pytest.mark.parametrize(
    "value",
    ["0", "Wed, 21 Oct 2015 07:28:00 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
     "Sun Nov  6 08:49:37 1994"],
)  # fmt: skip
def test_a_retry_after_that_is_over(value: str) -> None:
    assert retry_after(httpx2.Response(503, headers={"Retry-After": value})) == 0


def test_a_refusal_whose_json_is_too_deep() -> None:
    text = "[" * 200_000
    headers = {"Content-Type": "application/json"}
    client = client_of(lambda _: httpx2.Response(400, text=text, headers=headers))
    with pytest.raises(palaver_client.BadRequestError) as caught:
        client.check_health()
    assert caught.value.body == text


@pytest.mark.parametrize("charset", ["hex", "rot13", "idna", "utf-16", "undefined", "nonsense"])
def test_a_refusal_in_an_encoding_that_is_none(charset: str) -> None:
    headers = {"Content-Type": f"text/html; charset={charset}"}
    client = client_of(lambda _: httpx2.Response(400, content=b"<\xff>", headers=headers))
    with pytest.raises(palaver_client.BadRequestError) as caught:
        client.check_health()
    assert isinstance(caught.value.body, str)


@pytest.mark.parametrize("content", [b"[" * 200_000, b"{" * 10, b"\xff", b"9" * 5000])
def test_an_answer_that_cannot_be_read(content: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    client = client_of(lambda _: httpx2.Response(200, content=content, headers=headers))
    with pytest.raises(palaver_client.InvalidResponseError):
        client.check_health()


def test_an_event_whose_json_is_too_deep() -> None:
    headers = {"Content-Type": "text/event-stream"}
    text = f"id: 1\ndata: {'[' * 200_000}\n\n"
    client = client_of(lambda _: httpx2.Response(200, text=text, headers=headers))
    with pytest.raises(palaver_client.InvalidResponseError):
        next(client.stream_run_events("s", "r"))


def test_a_call_after_the_client_was_closed() -> None:
    client = palaver_client.Palaver(URL)
    client.close()
    with pytest.raises(palaver_client.ClosedError, match="client"):
        client.check_health()

    async def work() -> None:
        other = palaver_client.AsyncPalaver(URL)
        await other.close()
        await other.check_health()

    with pytest.raises(palaver_client.ClosedError, match="client"):
        asyncio.run(work())


def test_a_url_that_is_too_long() -> None:
    client = client_of(lambda _: httpx2.Response(200, json={}))
    with pytest.raises(ValueError, match="URL"):
        client.get_session("s" * 70_000)


@pytest.mark.parametrize(
    ("status", "body", "count"),
    [
        (503, {"error": "Busy."}, 2),
        (503, {"type": "urn:palaver:problem:store-unavailable", "title": "Busy."}, 2),
        # A gateway's: the request may be at work.
        (503, {"message": "Unavailable"}, 1),
        (502, "<h1>", 1),
        (408, "<h1>", 1),
        (429, "<h1>", 2),
    ],
)
def test_a_write_without_a_key_is_made_again_where_it_was_refused(
    status: int, body: Any, count: int
) -> None:
    requests: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        requests.append(request)
        text = body if isinstance(body, str) else json.dumps(body)
        headers = {"Retry-After": "0", "Content-Type": "application/json"}
        return httpx2.Response(status, text=text, headers=headers)

    with pytest.raises(palaver_client.APIStatusError):
        client_of(answer, max_retries=1).cancel_run("s", "r")
    assert len(requests) == count
