"""Cursors: what was not made here, for this list, is refused, and nothing else happens."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palaver.errors import InvalidCursor
from palaver.store import Store, cursors

TEXT = st.text(max_size=60)
NUMBERS = st.integers(-(2**63), 2**63 - 1)


def encoded(text: str | bytes) -> str:
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


GOOD = cursors.encode_moment("sessions", "ann", None, micros=5, item="x")
WITH_SIGNS = cursors.encode_moment("sessions", "ann", None, micros=5, item="~~~>>>???~~~~")
PARTS = base64.urlsafe_b64decode(GOOD + "==").decode()

HOSTILE = [
    "",
    "=",
    "a",
    "A" * 513,
    "A" * 1_000_000,
    "\0",
    "é" * 8,
    "\ud800",
    GOOD + "=",
    GOOD + "\n",
    " " + GOOD,
    GOOD[:-1],
    GOOD + "A",
    # The other alphabet of base64.
    WITH_SIGNS.replace("-", "+").replace("_", "/"),
    encoded("null"),
    encoded("{}"),
    encoded("[]"),
    encoded("[" * 380),
    encoded(b"\xff\xfe"),
    encoded(" " + PARTS),
    encoded(PARTS + " "),
    encoded(PARTS.replace(",5,", ",5.0,")),
    encoded(PARTS.replace(",5,", ",NaN,")),
    encoded(PARTS.replace(",5,", ",true,")),
    encoded(PARTS.replace(",5,", ",null,")),
    encoded(PARTS.replace(",5,", ',"5",')),
    encoded(PARTS.replace(",5,", f",{2**63},")),
    encoded(PARTS.replace(",5,", f",{'9' * 300},")),
    encoded(PARTS.replace('"x"', '"\\u0000"')),
    encoded(PARTS.replace('"x"', '"\\ud800"')),
    encoded(PARTS.replace('"x"', "7")),
    encoded(PARTS.replace('"x"', '["x"]')),
    encoded(PARTS.replace('"x"', '"x","y"')),
    encoded(PARTS.replace("sessions", "session")),
    cursors.encode_moment("sessions", "ann", 1, micros=5, item="x"),
    cursors.encode_moment("sessions", "bob", None, micros=5, item="x"),
    cursors.encode_number("sessions", "ann", None, position=5),
    cursors.encode_number("agents", position=5),
    cursors.encode_number("profiles", position=-1),
]


@pytest.mark.parametrize("cursor", HOSTILE)
def test_hostile_cursors_are_refused_by_every_list(store: Store, cursor: str) -> None:
    calls: list[Callable[[], object]] = [
        lambda: store.sessions.page_by_activity("ann", profile_id=None, limit=5, cursor=cursor),
        lambda: store.messages.cursor_seq("none", cursor),
        lambda: store.profiles.page(limit=5, cursor=cursor),
    ]
    for call in calls:
        with pytest.raises(InvalidCursor):
            call()


def test_a_cursor_of_another_catalogue_is_refused(store: Store) -> None:
    with pytest.raises(InvalidCursor):
        store.agents.page(limit=5, cursor=cursors.encode_number("profiles", position=1))


@given(TEXT, st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), NUMBERS)
def test_a_position_comes_back_exactly(scope: str, item: str, micros: int) -> None:
    cursor = cursors.encode_moment("list", scope, micros=micros, item=item)
    if len(cursor) <= cursors.MAX_LENGTH:
        assert cursors.decode_moment("list", scope, cursor=cursor) == (micros, item)
    else:
        with pytest.raises(InvalidCursor):
            cursors.decode_moment("list", scope, cursor=cursor)


@given(st.one_of(TEXT, st.binary(max_size=80).map(encoded)))
def test_anything_else_is_refused_without_another_error(cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        cursors.decode_number("list", cursor=cursor)


@given(st.integers(0, len(GOOD) - 1), st.sampled_from("ABCXYZabcxyz0189-_"))
def test_a_changed_character_never_makes_an_unhandled_error(place: int, character: str) -> None:
    changed = GOOD[:place] + character + GOOD[place + 1 :]
    try:
        _, item = cursors.decode_moment("sessions", "ann", None, cursor=changed)
    except InvalidCursor:
        assert changed != GOOD
    else:
        assert isinstance(item, str)
