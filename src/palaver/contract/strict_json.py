"""Strict JSON: one reading for every parser between client and store (RFC 8259, RFC 7493).

Refused beyond what ``json`` refuses: NaN and Infinity, numbers that overflow or are overlong,
repeated keys, NUL characters, lone surrogates, deep nesting.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

MAX_DEPTH = 64
MAX_DIGITS = 100

# Matches at every quote, also where the string has no end: a pattern that could fail there would be
# tried again at the next quote, and the time would grow with the square of the length.
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_UNWANTED = re.compile("[\x00\ud800-\udfff]")


class InvalidJson(ValueError):
    """The text is not strict JSON; ``str`` says why in words for the client."""


def loads(text: bytes) -> Any:
    """Parse strict JSON from bytes; raises ``InvalidJson``."""
    if text.count(b"[") + text.count(b"{") > MAX_DEPTH:
        _check_depth(text)
    try:
        decoded = text.decode()
    except UnicodeDecodeError:
        raise InvalidJson("the body is not valid UTF-8") from None
    try:
        value = _DECODER.decode(decoded)
    except json.JSONDecodeError as error:
        raise InvalidJson(
            f"the body is not valid JSON (line {error.lineno}, column {error.colno})"
        ) from None
    # Only an escape can bring in a NUL or a lone surrogate: raw ones fail above.
    if "\\u" in decoded:
        _check_strings(value)
    return value


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise InvalidJson("the body repeats a key of an object")
    return result


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise InvalidJson(f"the body has a number of more than {MAX_DIGITS} characters")
    return int(digits)


def _number(digits: str) -> int | float:
    if len(digits) > MAX_DIGITS:
        raise InvalidJson(f"the body has a number of more than {MAX_DIGITS} characters")
    number = float(digits)
    if not math.isfinite(number):
        raise InvalidJson("the body has a number that is too large")
    # JSON Schema counts 1.0 as an integer, so integer fields must receive one.
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _constant(name: str) -> Any:
    raise InvalidJson(f"the body has {name}, which is not JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_pairs, parse_int=_integer, parse_float=_number, parse_constant=_constant
)


def _check_depth(text: bytes) -> None:
    """Brackets within strings do not count, so strings go first."""
    depth = 0
    for bracket in re.findall(rb"[\[\]{}]", _STRING.sub(b"", text)):
        if bracket in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise InvalidJson(f"the body is nested deeper than {MAX_DEPTH} levels")
        else:
            depth -= 1


def _check_strings(value: Any) -> None:
    # Depth is bounded above, so the recursion is too.
    if isinstance(value, str):
        if _UNWANTED.search(value):
            raise InvalidJson("the body has a NUL character or a lone surrogate")
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_strings(key)
            _check_strings(item)
    elif isinstance(value, list):
        for item in value:
            _check_strings(item)
