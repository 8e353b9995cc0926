"""The parts of a form, to be changed and put back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gate.mutants.messages import Call

_BOUNDARY = re.compile(r'boundary="?([^";]+)"?')
_NAME = re.compile(rb'[; ]name="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its field's name, and all of it as it was sent."""

    name: str
    raw: bytes


def parts_of(call: Call) -> list[Part]:
    """The parts of a call's form; none where it has none."""
    boundary = _boundary(call)
    if boundary is None or not call.body.rstrip().endswith(b"--"):
        return []
    pieces = call.body.split(b"--" + boundary)[1:-1]
    found = []
    for piece in pieces:
        name = _NAME.search(piece.partition(b"\r\n\r\n")[0])
        found.append(Part(name.group(1).decode() if name else "", piece))
    return found


def with_parts(call: Call, parts: Sequence[Part]) -> Call:
    """The call with other parts."""
    boundary = _boundary(call) or b""
    body = b"".join(b"--" + boundary + each.raw for each in parts) + b"--" + boundary + b"--\r\n"
    return call.with_body(body)


def _boundary(call: Call) -> bytes | None:
    found = _BOUNDARY.search(call.header("content-type") or "")
    return found.group(1).encode() if found else None
