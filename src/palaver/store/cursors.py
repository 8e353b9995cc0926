"""Opaque cursors: where in a list the next page begins.

A cursor is base64url, without padding, of the JSON array ``[list, scope, *position]``. ``scope`` is
a digest of what the list was filtered by, so that a cursor leads nowhere but on in its own list.
It is no secret and no permission: access is checked on each page.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any, Final

import msgspec

from palaver.errors import InvalidCursor
from palaver.store.records import is_storable, is_storable_number

MAX_LENGTH: Final = 512

_encoder: Final = msgspec.json.Encoder()
_number_decoder: Final = msgspec.json.Decoder(tuple[str, str, int])
_moment_decoder: Final = msgspec.json.Decoder(tuple[str, str, int, str])


def encode_number(name: str, *scope: object, position: int) -> str:
    """The cursor at a numbered position of the list ``name``, as filtered by ``scope``."""
    return _encode([name, _digest(scope), position])


def decode_number(name: str, *scope: object, cursor: str) -> int:
    """The position, not negative, that ``encode_number`` was given.

    Raises InvalidCursor if the cursor is malformed or was made for another list or scope.
    """
    position: int = _decode(_number_decoder, name, scope, cursor)[2]
    if position < 0:
        raise InvalidCursor("The cursor is not valid.")
    return position


def encode_moment(name: str, *scope: object, micros: int, item: str) -> str:
    """The cursor after the item of the list ``name`` that has this time and id."""
    return _encode([name, _digest(scope), micros, item])


def decode_moment(name: str, *scope: object, cursor: str) -> tuple[int, str]:
    """The time in microseconds and the id that ``encode_moment`` was given.

    Raises InvalidCursor if the cursor is malformed or was made for another list or scope.
    """
    _, _, micros, item = _decode(_moment_decoder, name, scope, cursor)
    if not is_storable(item):
        raise InvalidCursor("The cursor is not valid.")
    return micros, item


def _encode(parts: list[object]) -> str:
    return base64.urlsafe_b64encode(_encoder.encode(parts)).rstrip(b"=").decode("ascii")


def _decode(
    decoder: msgspec.json.Decoder[Any], name: str, scope: tuple[object, ...], cursor: str
) -> Any:
    if len(cursor) > MAX_LENGTH:
        raise InvalidCursor("The cursor is not valid.")
    try:
        padding = "=" * (-len(cursor) % 4)
        raw = base64.b64decode(cursor + padding, altchars=b"-_", validate=True)
        parts = decoder.decode(raw)
        # One spelling for each position: a cursor is taken only as this module would write it.
        canonical = _encode(list(parts)) == cursor
    except (ValueError, binascii.Error, msgspec.MsgspecError, RecursionError):
        raise InvalidCursor("The cursor is not valid.") from None
    if (
        not canonical
        or parts[0] != name
        or parts[1] != _digest(scope)
        or not is_storable_number(parts[2])
    ):
        raise InvalidCursor("The cursor is not valid.")
    return parts


def _digest(scope: tuple[object, ...]) -> str:
    # repr keeps the parts apart, and spells out whatever UTF-8 cannot carry.
    return hashlib.blake2s(repr(scope).encode(), digest_size=6).hexdigest()
