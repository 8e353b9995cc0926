"""What the Python client makes of refusals, and when it tries again."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

import palaver_client
from tests.sdk.python.answers import client_of


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


def test_a_long_retry_after_is_for_the_caller_to_decide() -> None:
    requests: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        requests.append(request)
        return httpx2.Response(503, headers={"Retry-After": "3600"})

    with pytest.raises(palaver_client.ServiceUnavailableError):
        client_of(answer).check_health()
    assert len(requests) == 1


@pytest.mark.parametrize("value", ["-1", "soon", "", "9" * 30, "Wed, 99 Foo 2026"])
def test_a_retry_after_that_says_nothing(value: str) -> None:
    answers = [
        httpx2.Response(503, headers={"Retry-After": value}),
        httpx2.Response(200, json={"status": "ok"}),
    ]
    assert client_of(lambda _: answers.pop(0)).check_health().status == "ok"


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
