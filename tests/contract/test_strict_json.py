"""Strict JSON: what is refused, and that what is accepted means what ``json`` says it means."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from palaver.contract import strict_json
from palaver.contract.strict_json import MAX_DEPTH, MAX_DIGITS, InvalidJson

_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(
                st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=4
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
_FRAGMENTS = st.lists(
    st.sampled_from(
        [
            *(b'"', b"\\", b"\\u0000", b"\\ud83c", b"\\udf88", b"[", b"]", b"{", b"}", b":", b","),
            *(b"1", b"-", b"e9", b".5", b"0", b"NaN", b"Infinity", b"true", b"null", b" ", b"\n"),
            *(b"\x00", b"\xff", b"\xc3\xa9", b"\xef\xbb\xbf", b'"a"', b"1e400", b"9" * 101),
        ]
    ),
    max_size=40,
).map(b"".join)


def accepted(text: bytes) -> Any:
    """The value, or the class of the only error that is allowed."""
    try:
        return strict_json.loads(text)
    except InvalidJson:
        return InvalidJson


@given(st.binary(max_size=200) | _FRAGMENTS)
@example(b'"' + b'\\"' * 100)
@example(b"\xef\xbb\xbf{}")
def test_arbitrary_bytes_are_refused_in_one_way_or_mean_what_json_says(text: bytes) -> None:
    value = accepted(text)
    assert value is InvalidJson or value == json.loads(text)


@given(_VALUES)
def test_every_ordinary_document_is_read_as_it_was_written(value: Any) -> None:
    assert strict_json.loads(json.dumps(value).encode()) == value
    assert strict_json.loads(json.dumps(value, ensure_ascii=False).encode()) == value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"NaN", "NaN"),
        (b"[Infinity]", "Infinity"),
        (b"-Infinity", "-Infinity"),
        (b"1e400", "too large"),
        (b"-1e400", "too large"),
        (b"9" * 5000, "more than 100 characters"),
        (b"-" + b"9" * MAX_DIGITS, "more than 100 characters"),
        (b"0." + b"1" * 5000, "more than 100 characters"),
        (b'{"a":1,"a":1}', "repeats a key"),
        (b'{"a":1,"\\u0061":2}', "repeats a key"),
        (b'[{"b":{"c":1,"c":2}}]', "repeats a key"),
        (b'"\\u0000"', "NUL"),
        (b'{"\\u0000":1}', "NUL"),
        (b'[{"a":["\\ud800"]}]', "lone surrogate"),
        (b'"\\udc00\\ud800"', "lone surrogate"),
        (b'"\x00"', "not valid JSON"),
        (b'"\xed\xa0\x80"', "UTF-8"),
        (b"\xff", "UTF-8"),
        ("{}".encode("utf-16"), "UTF-8"),
        (b"\xef\xbb\xbf{}", "not valid JSON"),
        (b"", "not valid JSON"),
        (b" ", "not valid JSON"),
        (b"{} {}", "not valid JSON"),
        (b"'a'", "not valid JSON"),
        (b"01", "not valid JSON"),
        (b"+1", "not valid JSON"),
        (b"[1,]", "not valid JSON"),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "deeper than 64"),
        (b"[" * 100_000, "deeper than 64"),
        (b'{"a":' * 100_000, "deeper than 64"),
        (b'["' + b'\\"' * 20 + b'",' + b"[" * 100 + b"]" * 100 + b"]", "deeper than 64"),
    ],
)
def test_what_only_lax_parsers_take_is_refused_with_the_reason(text: bytes, words: str) -> None:
    with pytest.raises(InvalidJson, match=words):
        strict_json.loads(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, json.loads("[" * MAX_DEPTH + "]" * MAX_DEPTH)),
        (b'"' + b"[{" * 500 + b'"', "[{" * 500),
        (b'["\\"' + b"[" * 500 + b'"]', ['"' + "[" * 500]),
        (b'["\\\\","' + b"[" * 500 + b'"]', ["\\", "[" * 500]),
        (b'"\\ud83c\\udf88"', "\N{BALLOON}"),
        (b"9" * MAX_DIGITS, int("9" * MAX_DIGITS)),
        (b"[" + b"[]," * 500 + b"[]]", [[]] * 501),
    ],
)
def test_limits_are_of_depth_and_digits_not_of_looks(text: bytes, value: Any) -> None:
    assert strict_json.loads(text) == value


@pytest.mark.parametrize("text", [b"1.0", b"1e0", b"10e-1"])
def test_a_number_that_json_schema_counts_as_an_integer_is_one(text: bytes) -> None:
    value = strict_json.loads(text)
    assert (value, type(value)) == (1, int)


def test_an_open_string_full_of_escaped_quotes_is_read_once() -> None:
    # A scan that starts again at every quote takes hours for this.
    with pytest.raises(InvalidJson, match="not valid JSON"):
        strict_json.loads(b"[" * 10 + b'{"' * 60 + b'"' + b'\\"' * 500_000)
