"""The event stream's parser, on every cut of the bytes."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palaver.chat.providers.event_stream import MAX_EVENT_BYTES, EventStream, InvalidEventStream


def events_of(*chunks: bytes) -> list[tuple[str, str]]:
    """All events that come out of these chunks."""
    stream = EventStream()
    return [event for chunk in chunks for event in stream.feed(chunk)]


@pytest.mark.parametrize(
    ("wire", "events"),
    [
        (b"data: a\n\n", [("", "a")]),
        (b"data:a\r\n\r\n", [("", "a")]),
        (b"data:  a\r\r", [("", " a")]),
        (b"data: a\ndata: b\n\n", [("", "a\nb")]),
        (b"data\ndata\n\n", [("", "\n")]),
        (b"event: error\ndata: a\n\ndata: b\n\n", [("error", "a"), ("", "b")]),
        (b"event: lost\n\ndata: b\n\n", [("", "b")]),
        (b": comment\n\nid: 7\nretry: 3\nwhat: ever\n\n", []),
        (b"\xef\xbb\xbfdata: a\n\n", [("", "a")]),
        (b"data: a\n\xef\xbb\xbfdata: b\n\n", [("", "a")]),
        (b"data: a: b\n\n", [("", "a: b")]),
        (b"data: \xe2\x80\xa8\xc2\x85\x0b\x0c\n\n", [("", "\u2028\x85\x0b\x0c")]),
        (b"data: a\n", []),
        (b"data: a", []),
        (b"", []),
    ],
)
def test_the_format_is_read_as_the_standard_says(
    wire: bytes, events: list[tuple[str, str]]
) -> None:
    assert events_of(wire) == events
    assert events_of(*(bytes([byte]) for byte in wire)) == events


@given(
    st.lists(
        st.sampled_from(
            ["data: ü", "data:世", "data", ": 🎉", "event: e", "", "", "x", "\n", "\r", "\r\n"]
        )
    ),
    st.sampled_from(["\n", "\r", "\r\n"]),
    st.lists(st.integers(0, 200)),
)
def test_where_the_bytes_are_cut_makes_no_difference(
    lines: list[str], end: str, cuts: list[int]
) -> None:
    wire = "".join(line + end for line in lines).encode()
    places = [0, *sorted(min(cut, len(wire)) for cut in cuts), len(wire)]
    parts = [wire[start:stop] for start, stop in itertools.pairwise(places)]
    assert events_of(*parts) == events_of(wire)


@given(st.lists(st.binary(max_size=20)))
def test_whatever_comes_is_read_or_refused(chunks: list[bytes]) -> None:
    try:
        assert all(isinstance(data, str) for _, data in events_of(*chunks))
    except InvalidEventStream:
        return


def test_what_is_not_utf8_is_refused() -> None:
    with pytest.raises(InvalidEventStream):
        events_of(b"data: \xc3\n\n")


@pytest.mark.parametrize(
    "chunk", [b"x" * 65536, b"data: " + b"x" * 65536 + b"\n"], ids=["line", "event"]
)
def test_an_event_over_the_limit_is_refused_before_it_ends(chunk: bytes) -> None:
    stream = EventStream()
    taken = 0
    while taken + len(chunk) <= MAX_EVENT_BYTES:
        stream.feed(chunk)
        taken += len(chunk)
    with pytest.raises(InvalidEventStream):
        stream.feed(chunk)


def test_one_chunk_over_the_limit_is_refused() -> None:
    with pytest.raises(InvalidEventStream):
        events_of(b"x" * (MAX_EVENT_BYTES + 1) + b"\n")
