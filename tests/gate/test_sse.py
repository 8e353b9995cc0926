"""The gate's own parser of server-sent events: WHATWG HTML, section 9.2, and stricter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.sse import Event, parse_stream

LINE_ENDS = st.sampled_from(["\n", "\r", "\r\n"])
WORDS = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]))
EVENTS = st.lists(
    st.builds(
        Event,
        id=st.none() | WORDS,
        name=st.none() | WORDS,
        data=st.lists(WORDS, min_size=1).map("\n".join),
    ),
    max_size=6,
)


def test_an_event_has_an_id_a_name_and_data() -> None:
    parsed = parse_stream(b'id: 1\nevent: done\ndata: {"type":"done"}\n\n')
    assert parsed.events == (Event("1", "done", '{"type":"done"}'),)
    assert parsed.problems == ()


@pytest.mark.parametrize(
    ("text", "events"),
    [
        ("", []),
        (": a comment\n\n", []),
        (":\n\n:\n", []),
        ("data\n\n", [Event(None, None, "")]),
        ("data:x\n\n", [Event(None, None, "x")]),
        ("data:  x\n\n", [Event(None, None, " x")]),
        ("data: a\ndata:\ndata: b\n\n", [Event(None, None, "a\n\nb")]),
        ("\ufeffdata: x\n\n", [Event(None, None, "x")]),
        ("data: a\r\n\r\ndata: b\r\r", [Event(None, None, "a"), Event(None, None, "b")]),
        ("data: a\u2028b\x0b\n\n", [Event(None, None, "a\u2028b\x0b")]),
        ("data: x\n: in between\nid: 7\n\n", [Event("7", None, "x")]),
        ("id\ndata: x\n\n", [Event("", None, "x")]),
        ("retry: 100\ndata: x\n\n", [Event(None, None, "x")]),
        ("\n\n\ndata: x\n\n\n\n", [Event(None, None, "x")]),
    ],
)
def test_streams_that_are_well_formed(text: str, events: list[Event]) -> None:
    parsed = parse_stream(text.encode())
    assert list(parsed.events) == events
    assert parsed.problems == ()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"data: \xff\n\n", "byte 6 is not UTF-8"),
        (b"data: x\n", "the last event is cut off at 'data: x'"),
        (b"data: x", "the last event is cut off at 'data: x'"),
        (b"data: x\n\ndata: y", "the last event is cut off at 'data: y'"),
        (b"dat: x\ndata: y\n\n", "the field 'dat' is not known"),
        (b" data: x\n\n", "the field ' data' is not known"),
        (b"{}\n\n", "the field '{}' is not known"),
        (b"event: x\nid: 3\n\n", "the event x has no data"),
        (b"id: 3\n\n", "the event 3 has no data"),
        (b"id: 1\nid: 2\ndata: x\n\n", "an event has two ids"),
        (b"event: a\nevent: b\ndata: x\n\n", "an event has two names"),
        (b"id: 1\0\ndata: x\n\n", "an id has a NUL"),
        (b"retry: soon\ndata: x\n\n", "retry is 'soon'"),
    ],
)
def test_what_a_browser_passes_over_is_a_problem(content: bytes, problem: str) -> None:
    assert parse_stream(content).problems == (problem,)


def spelled(events: list[Event], end: str) -> str:
    lines: list[str] = []
    for event in events:
        lines += [f"id: {event.id}"] if event.id is not None else []
        lines += [f"event: {event.name}"] if event.name is not None else []
        lines += [f"data: {line}" for line in event.data.split("\n")]
        lines += [": between", ""]
    return "".join(line + end for line in lines)


@given(EVENTS, LINE_ENDS)
def test_what_is_written_is_read(events: list[Event], end: str) -> None:
    parsed = parse_stream(spelled(events, end).encode())
    assert list(parsed.events) == events
    assert parsed.problems == ()


@given(EVENTS, LINE_ENDS, st.data())
def test_a_stream_that_is_cut_off_has_no_event_that_was_not_sent(
    events: list[Event], end: str, data: st.DataObject
) -> None:
    content = spelled(events, end).encode()
    cut = content[: data.draw(st.integers(0, len(content)))]
    parsed = parse_stream(cut)
    if not any("UTF-8" in problem for problem in parsed.problems):
        assert list(parsed.events) == events[: len(parsed.events)]


@given(st.binary(max_size=200))
def test_no_bytes_are_too_much(content: bytes) -> None:
    parsed = parse_stream(content)
    assert all("\r" not in event.data for event in parsed.events)
