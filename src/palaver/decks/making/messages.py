"""A message about slides in two parts: the request, and the material that comes with it."""

from __future__ import annotations

import re
from typing import Final

import msgspec

MAX_REQUEST_CHARACTERS: Final = 1000
"""A request is a sentence or a few; what is longer is read as no request."""

MIN_COMMAS: Final = 1

_STRUCTURE: Final = re.compile(
    r"\s{0,3}(?:#{1,6}\s|[-*+]\s|\d{1,4}[.)]\s|\||>|```|~~~|(?:\*\*)?slide\s+\d+\s*[:.–—-])",
    re.IGNORECASE,
)
_INLINE: Final = re.compile(r":\s+(?=\S)")


class Parts(msgspec.Struct, frozen=True):
    """The request in one line, and what stands below or above it. ``further`` are the lines that
    follow the request's first in the same paragraph, which may be a part of either."""

    request: str
    material: str = ""
    further: str = ""

    @property
    def is_wrapped(self) -> bool:
        """Whether the request may go on in the next lines."""
        return bool(self.further)

    def unwrapped(self) -> Parts:
        """The lines that may be a part of the request as one."""
        request = f"{self.request} {self.further}"
        rest = self.material[len(self.further) :] if self.further else self.material
        return Parts(" ".join(request.split())[:MAX_REQUEST_CHARACTERS], rest.strip("\n"))


def parts_of(message: str) -> Parts:
    """The first line as the request and the rest as material; or the last line as the request where
    the message begins with headings, lists, tables or code."""
    lines = message.strip().splitlines()
    if not lines:
        return Parts("")
    if _STRUCTURE.match(lines[0]):
        return _from_below(lines)
    request, rest = lines[0].strip(), lines[1:]
    if len(request) > MAX_REQUEST_CHARACTERS:
        return Parts("")
    further: list[str] = []
    for line in rest:
        if not line.strip() or _STRUCTURE.match(line):
            break
        further.append(line)
    material = "\n".join(rest).strip("\n")
    is_open = not request.endswith((":", ".", "!", "?"))
    return Parts(request, material, "\n".join(further) if is_open else "")


def with_inline_material(parts: Parts) -> Parts | None:
    """The same where the material begins in the line of the request, after a colon."""
    found = _INLINE.search(parts.request)
    if found is None:
        return None
    inline = parts.request[found.end() :]
    material = "\n".join(part for part in (_as_list(inline), parts.material) if part)
    return Parts(parts.request[: found.start()], material)


def _as_list(text: str) -> str:
    """Words between semicolons or commas as the items of a list."""
    for mark, least in ((";", 2), (",", MIN_COMMAS + 1)):
        items = [item.strip() for item in text.split(mark)]
        if len(items) >= least:
            # "A, B and C" are three, "A, B, and C" too.
            items[-1:] = re.split(r"\s+and\s+", re.sub(r"^and\s+", "", items[-1]), maxsplit=1)
            return "\n".join(f"- {item.rstrip('.')}" for item in items if item)
    return text


def _from_below(lines: list[str]) -> Parts:
    request = lines[-1].strip()
    if len(lines) == 1 or _STRUCTURE.match(lines[-1]) or len(request) > MAX_REQUEST_CHARACTERS:
        return Parts("")
    return Parts(request, "\n".join(lines[:-1]).strip("\n"))
