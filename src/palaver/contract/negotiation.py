"""Media types and ``Accept`` (RFC 9110, sections 8.3 and 12.5.1)."""

from __future__ import annotations

import re
from functools import lru_cache

_NAME = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_MEDIA_TYPE = re.compile(rf"\s*({_NAME}/{_NAME})\s*((?:;.*)?)$", re.DOTALL)
_PARAMETER = re.compile(rf"""\s*;\s*(?:({_NAME})=({_NAME}|"(?:[^"\\]|\\.)*"))?\s*""")

# An item of a list; commas in quoted strings do not part it. Matches at every quote, so that the
# time grows with the length alone.
_LIST_ITEM = re.compile(r"""(?:[^",]|"(?:[^"\\]|\\.)*+"?)++""", re.DOTALL)
_WEIGHT = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")


def parse_media_type(value: str) -> tuple[str, dict[str, str]] | None:
    """A media type in lower case and its parameters (names in lower case, quotes removed), or
    ``None`` where the header is not well-formed."""
    match = _MEDIA_TYPE.match(value)
    if match is None:
        return None
    parameters: dict[str, str] = {}
    rest, position = match.group(2), 0
    while position < len(rest):
        parameter = _PARAMETER.match(rest, position)
        if parameter is None or parameter.end() == position:
            return None
        if parameter.group(1):
            text = parameter.group(2)
            if text.startswith('"'):
                text = re.sub(r"\\(.)", r"\1", text[1:-1])
            parameters[parameter.group(1).lower()] = text
        position = parameter.end()
    return match.group(1).lower(), parameters


@lru_cache(maxsize=512)
def preferred(accept: str, media_types: tuple[str, ...]) -> str | None:
    """The media type that an ``Accept`` header likes best, or ``None`` where it rules out all.

    The most specific range decides for a type, and ``q=0`` rules it out; of equals the first of
    ``media_types`` is taken. A header without any well-formed range is treated as absent, as RFC
    9110 allows.
    """
    ranges: dict[str, float] = {}
    for part in _LIST_ITEM.findall(accept):
        parsed = parse_media_type(part)
        if parsed is None:
            continue
        media_range, parameters = parsed
        weight = parameters.get("q", "1")
        if _WEIGHT.fullmatch(weight):
            ranges[media_range] = max(float(weight), ranges.get(media_range, 0.0))
    if not ranges:
        return media_types[0]
    best, most = None, 0.0
    for media_type in media_types:
        family = media_type.split("/")[0]
        for candidate in (media_type, f"{family}/*", "*/*"):
            if candidate in ranges:
                if ranges[candidate] > most:
                    best, most = media_type, ranges[candidate]
                break
    return best
