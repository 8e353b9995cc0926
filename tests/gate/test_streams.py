"""Streams against ``x-events``: an honest one is clean, and each kind of lie is found."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from gate.conformance import Conformance
from gate.findings import Findings
from gate.wire import ABSENT, Exchange, Request
from palaver.app import load_contract
from palaver.contract.document import Document

RUN, ONE, TWO = (str(uuid.uuid4()) for _ in range(3))
Sent = tuple[str | None, str | None, Any]
"""Id, name and data of an event."""


@pytest.fixture(scope="module")
def document() -> Document:
    return load_contract()


def started(key: str) -> dict[str, Any]:
    event = {"type": "message.started", "run_id": RUN, "message_id": key, "summary": False}
    return {**event, "agent_id": "a", "agent_name": "An agent"}


def delta(key: str, text: str) -> dict[str, Any]:
    return {"type": "message.delta", "message_id": key, "text": text}


SOURCE = {
    "number": 1,
    "book_id": str(uuid.uuid4()),
    "book_title": "Greetings",
    "page": 3,
    "passage_id": "7",
}


def source(key: str, **changes: Any) -> dict[str, Any]:
    return {"type": "message.source", "message_id": key, "source": {**SOURCE, **changes}}


def completed(key: str, text: str, *sources: dict[str, Any]) -> dict[str, Any]:
    message = {
        "id": key,
        "seq": 1,
        "role": "assistant",
        "content": text,
        "agent_id": "a",
        "agent_name": "An agent",
        "summary": False,
        "status": "complete",
        "run_id": RUN,
        "input_tokens": 1,
        "output_tokens": None,
        "sources": list(sources),
        "timestamp": "2026-01-15T10:30:00Z",
    }
    return {"type": "message.completed", "message": message}


DONE = {"type": "done"}
TOLD = "the sources of a message are not those that were told"
TITLED = {"type": "session.titled", "title": "A title"}


def failed(key: str | None) -> dict[str, Any]:
    return {"type": "error", "code": "provider_cut", "detail": "Cut.", "message_id": key}


TURN = [
    started(ONE),
    delta(ONE, "Good "),
    delta(ONE, "morning."),
    source(ONE),
    completed(ONE, "Good morning.", SOURCE),
    started(TWO),
    delta(TWO, "Hello."),
    completed(TWO, "Hello."),
    TITLED,
    DONE,
]


def numbered(values: list[Any], first: int = 1) -> list[Sent]:
    return [(str(n), value["type"], value) for n, value in enumerate(values, first)]


def messages(
    document: Document, sent: list[Sent], *, after: str | None = None, name: str = ""
) -> set[str]:
    """What conformance finds in a stream."""
    name = name or ("send_chat_message" if after is None else "stream_run_events")
    operation = next(o for o in document.operations if o.operation_id == name)
    content = b"".join(
        (f"id: {number}\n".encode() if number is not None else b"")
        + (f"event: {kind}\n".encode() if kind is not None else b"")
        + f"data: {value if isinstance(value, str) else json.dumps(value)}\n\n".encode()
        for number, kind, value in sent
    )
    headers = {
        "content-type": "text/event-stream",
        "x-request-id": "1",
        "cache-control": "no-store",
        "x-accel-buffering": "no",
    }
    if after is None:
        headers |= {"x-run-id": RUN, "x-message-id": ONE, "location": "/x"}
    given = {} if after is None else {"Last-Event-ID": after}
    findings = Findings()
    exchange = Exchange(Request(operation, headers=given), 200, headers, content, ABSENT)
    Conformance(document, findings).check(exchange)
    assert {failure.rule for failure in findings} <= {"events"}
    return {failure.message for failure in findings}


@pytest.mark.parametrize(
    "values",
    [
        TURN,
        [DONE],
        [failed(None), DONE],
        [started(ONE), delta(ONE, "Go"), failed(ONE), DONE],
        [started(ONE), completed(ONE, ""), DONE],
    ],
)
def test_an_honest_stream_is_clean(document: Document, values: list[Any]) -> None:
    assert messages(document, numbered(values)) == set()


@pytest.mark.parametrize("place", range(len(TURN)))
def test_an_honest_stream_is_clean_wherever_it_is_resumed(document: Document, place: int) -> None:
    sent = numbered(TURN[place:], place + 1)
    assert messages(document, sent, after=str(place)) == set()


def test_a_resumed_stream_is_told_from_one_that_begins_anew(document: Document) -> None:
    assert messages(document, numbered(TURN), after="3") != set()
    assert messages(document, numbered(TURN[3:]), after="3") == {"the id of event 4 is '1'"}


def swapped(values: list[Any], one: int, two: int) -> list[Any]:
    values = list(values)
    values[one], values[two] = values[two], values[one]
    return values


Lie = Callable[[list[Any]], list[Any]]


@pytest.mark.parametrize(
    ("lie", "said"),
    [
        (lambda v: v[1:], "a part is of a message that is not open"),
        (lambda v: [*v[:1], *v[2:]], "the parts of a message are not its text"),
        (lambda v: [*v[:2], *v[1:]], "the parts of a message are not its text"),
        (lambda v: swapped(v, 1, 2), "the parts of a message are not its text"),
        (lambda v: swapped(v, 2, 4), "a part is of a message that is not open"),
        (lambda v: [*v[:4], *v[5:]], "a message begins before the one before it ended"),
        (lambda v: [*v[:7], *v[8:]], "a message that began is not ended"),
        (lambda v: [*v[:5], *v[4:]], "a message ends twice"),
        (lambda v: [*v[:5], *v[:5], *v[5:]], "a message begins twice"),
        (lambda v: [*v[:3], *v[4:]], TOLD),
        (lambda v: [*v[:4], *v[3:]], TOLD),
        (lambda v: [*v[:3], source(ONE, page=4), *v[4:]], TOLD),
        (lambda v: [*v[:4], completed(ONE, "Good morning."), *v[5:]], TOLD),
        (lambda v: swapped(v, 3, 4), "a piece is of a message that is not open"),
        (lambda v: [completed(ONE, "x"), *v], "a message ends that is not open"),
        (lambda v: v[:-1], "of 9 events none are of the type 'done'"),
        (lambda v: [*v, DONE], "of 11 events [10, 11] are of the type 'done'"),
        (lambda v: [*v, TITLED], "of 11 events [10] are of the type 'done'"),
        (
            lambda v: [{**v[0], "agent_name": "Another"}, *v[1:]],
            "agent_name is another when a message ends than when it began",
        ),
    ],
)
def test_lies_about_messages_are_found(document: Document, lie: Lie, said: str) -> None:
    assert said in messages(document, numbered(lie(TURN)))


@pytest.mark.parametrize(
    ("place", "sent", "said"),
    [
        (1, ("1", "message.delta", delta(ONE, "Good ")), "the id of event 2 is '1'"),
        (1, ("3", "message.delta", delta(ONE, "Good ")), "the id of event 2 is '3'"),
        (1, ("02", "message.delta", delta(ONE, "Good ")), "the id of event 2 is '02'"),
        (1, (None, "message.delta", delta(ONE, "Good ")), "the id of event 2 is None"),
        (9, ("10", None, DONE), "event 10 is named None and has the type 'done'"),
        (9, ("10", "message", DONE), "event 10 is named 'message' and has the type 'done'"),
        (9, ("10", "done", "[]"), "event 10 is no object"),
        (9, ("10", "done", "{"), "event 10 is no object"),
    ],
)
def test_lies_about_an_event_are_found(
    document: Document, place: int, sent: Sent, said: str
) -> None:
    events = numbered(TURN)
    events[place] = sent
    assert said in messages(document, events)


@pytest.mark.parametrize(
    "value",
    [
        {"type": "message.delta", "message_id": ONE},
        {"type": "message.delta", "message_id": ONE, "text": ""},
        {"type": "message.delta", "message_id": ONE, "text": 7},
        {"type": "message.delta", "message_id": ONE, "text": "Good ", "debug": True},
        {"type": "message.chunk", "message_id": ONE, "text": "Good "},
        {"message_id": ONE, "text": "Good "},
    ],
)
def test_an_event_that_breaks_its_schema_is_found(document: Document, value: Any) -> None:
    events = numbered(TURN)
    events[1] = ("2", value.get("type"), value)
    assert any("event 2 breaks its schema" in said for said in messages(document, events))
