"""Streams of the Python client that no live server would send."""

from __future__ import annotations

import httpx2
import pytest

import palaver_client
from palaver_client import models
from tests.sdk.python.answers import client_of, event_bytes


def test_events_of_tomorrow_are_passed_over() -> None:
    stream = (
        ": hello\n\n"
        + event_bytes(1, type="session.titled", title="T")
        + event_bytes(2, type="weather.changed", to="rain")
        + event_bytes(3, type="session.titled", title="U", colour="red")
        + event_bytes(4, type="done")
        + event_bytes(5, type="session.titled", title="after the end")
    )
    headers = {"Content-Type": "text/event-stream; charset=utf-8"}
    client = client_of(lambda _: httpx2.Response(200, text=stream, headers=headers))
    with client.stream_run_events("s", "r") as events:
        found = list(events)
        assert events.last_event_id == 4
        assert events.run_id == "r"
    assert [each.type for each in found] == ["session.titled", "session.titled", "done"]
    assert isinstance(found[0], models.SessionTitled)


@pytest.mark.parametrize(
    "body", ["id: 1\ndata: {nonsense\n\n", 'id: 1\ndata: {"type": "message.delta"}\n\n']
)
def test_an_event_that_is_none(body: str) -> None:
    headers = {"Content-Type": "text/event-stream"}
    client = client_of(lambda _: httpx2.Response(200, text=body, headers=headers))
    with pytest.raises(palaver_client.InvalidResponseError):
        next(client.stream_run_events("s", "r"))


@pytest.mark.parametrize("number", ["9" * 5000, "٣", "x", "-1"])
def test_an_id_that_is_no_number_of_an_event(number: str) -> None:
    body = event_bytes(2, type="session.titled", title="T")
    body += f'id: {number}\ndata: {{"type": "done"}}\n\n'
    headers = {"Content-Type": "text/event-stream"}
    client = client_of(lambda _: httpx2.Response(200, text=body, headers=headers))
    with client.stream_run_events("s", "r") as stream:
        assert [each.type for each in stream] == ["session.titled", "done"]
        assert stream.last_event_id == 2


def test_a_stream_that_never_gets_further_ends() -> None:
    asked: list[str | None] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.headers.get("last-event-id"))
        headers = {"Content-Type": "text/event-stream"}
        text = event_bytes(1, type="session.titled", title="T")
        return httpx2.Response(200, text=text, headers=headers)

    stream = client_of(answer, max_reconnects=1).stream_run_events("s", "r")
    assert next(stream).type == "session.titled"
    with pytest.raises(palaver_client.StreamInterruptedError, match="again and again"):
        next(stream)
    # The first reconnection got nothing new, and so did the one more that was allowed.
    assert asked == [None, "1", "1"]


def test_a_stream_that_is_not_one() -> None:
    client = client_of(lambda _: httpx2.Response(200, json={}))
    with pytest.raises(palaver_client.InvalidResponseError, match="stream"):
        next(client.stream_run_events("s", "r"))


def test_a_stream_that_is_closed_while_it_is_taken_up_again() -> None:
    responses = list[httpx2.Response]()

    def answer(request: httpx2.Request) -> httpx2.Response:
        if responses:
            stream.close()
        headers = {"Content-Type": "text/event-stream"}
        text = event_bytes(1 + len(responses), type="session.titled", title="T")
        return httpx2.Response(200, content=iter([text.encode()]), headers=headers)

    stream = client_of(answer, on_response=responses.append).stream_run_events("s", "r")
    assert [each.type for each in stream] == ["session.titled"]
    assert [each.is_closed for each in responses] == [True, True]


def test_an_event_may_be_as_large_as_a_whole_deck() -> None:
    headers = {"Content-Type": "text/event-stream"}
    text = event_bytes(1, type="session.titled", title="x" * 4_000_000)
    text += event_bytes(2, type="done")
    client = client_of(lambda _: httpx2.Response(200, text=text, headers=headers))
    assert [each.type for each in client.stream_run_events("s", "r")] == ["session.titled", "done"]


@pytest.mark.parametrize("text", ["data: " + "x" * 17_000_000, f"data: {'x' * 90}\n" * 200_000])
def test_an_event_without_an_end(text: str) -> None:
    headers = {"Content-Type": "text/event-stream"}
    client = client_of(lambda _: httpx2.Response(200, text=text, headers=headers))
    with pytest.raises(palaver_client.InvalidResponseError):
        next(client.stream_run_events("s", "r"))
