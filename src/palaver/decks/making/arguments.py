"""The arguments of a tool's call as strict JSON (RFC 8259, RFC 7493), as requests are read.

Refused beyond what ``json`` refuses: repeated keys, NaN and Infinity, numbers that overflow, lone
surrogates, deep nesting.
"""

from __future__ import annotations

import json
from typing import Any, Final

import msgspec

MAX_KEY: Final = 64


class InvalidArguments(ValueError):
    """The arguments are not strict JSON; ``str`` says why."""


def read_arguments(text: str) -> Any:
    """Parse the arguments; none at all are an empty object. Raises ``InvalidArguments``."""
    if not text.strip():
        return {}
    try:
        # It bounds the depth, and refuses the numbers and the surrogates.
        msgspec.json.decode(text)
        return _DECODER.decode(text)
    except InvalidArguments:
        raise
    except (ValueError, RecursionError) as error:
        raise InvalidArguments(str(error)) from None


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise InvalidArguments(f"an object has the key {key[:MAX_KEY]!r} twice")
        found[key] = value
    return found


def _number(digits: str) -> int | float:
    number = float(digits)
    # JSON Schema counts 1.0 as an integer, so integer fields must receive one.
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_pairs, parse_float=_number)
