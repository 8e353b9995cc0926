"""Widths, and where lines break."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palaver.decks.rendering.measuring import Words, right_to_left

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\t ab"))


@given(TEXTS, st.floats(2, 40), st.sampled_from(["regular", "bold", "mono"]))
def test_lines_are_the_text(text: str, limit: float, style: str) -> None:
    assert "".join(Words(text, style).lines(limit)) == text


@given(TEXTS, st.floats(12, 40))
def test_no_line_is_wider_than_its_place(text: str, limit: float) -> None:
    for line in Words(text).lines(limit):
        if line.strip():
            assert Words(line.rstrip()).natural <= limit + 1e-6


@given(TEXTS, st.floats(12, 40))
def test_breakable_text_has_no_word_wider_than_its_place(text: str, limit: float) -> None:
    made = Words(text).breakable(limit)
    assert made.replace("\n", "") == text.replace("\n", "")
    assert Words(made).longest_word <= limit + 1e-6 or made.isspace()


def test_a_line_feed_ends_a_line() -> None:
    assert Words("one\n\ntwo").lines(50) == ["one\n", "\n", "two"]


def test_words_stay_whole_where_they_can() -> None:
    lines = Words("several words of some length").lines(8)
    assert [line.strip() for line in lines] == ["several words of", "some length"]


def test_han_characters_may_break_anywhere() -> None:
    assert len(Words("中" * 30).lines(10.6)) == 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [("abc", False), ("שלום", True), ("  (مرحبا)", True), ("", False), ("1 אב", True)],
)
def test_direction_is_that_of_the_first_strong_character(text: str, expected: bool) -> None:
    assert right_to_left(text) is expected
