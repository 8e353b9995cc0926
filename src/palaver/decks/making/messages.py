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

GREETING: Final = (
    r"(?:(?:hi|hello|hey|dear|yo|good)(?: (?:there|again|palaver|assistant|morning|afternoon|"
    r"evening|"
    r"all|team))*)"
)
COURTESY: Final = re.compile(
    rf"(?:(?:(?:{GREETING}|thanks|thank you|thx|ty|cheers|please|pls|many thanks|great|nice|"
    rf"perfect|ok|"
    r"okay|cool|super|awesome|sorry|yes|bye|kind regards|best regards|best)"
    r"(?:,? (?:a lot|so much|very much|in advance|again|for (?:your|the) help|job|work|everyone|"
    r"you|"
    r"that))*|i hope (?:you|this|that)[\w' ]++|how are you(?: today| doing)?|that(?:'s| is|"
    r"'d be) (?:all|it|great)|"
    r"(?:that|this|it) (?:looks|is|was) (?:good|great|nice|perfect|fine)|well done|good (?:job|"
    r"work)|"
    r"i love it|you(?:'re| are) (?:great|the best))[,.!? ]*)+",
    re.IGNORECASE,
)

_CLOSING: Final = re.compile(
    r"(?:(?:best|kind|warm) (?:regards|wishes)|regards|cheers|thanks|thank you|best|yours),?"
    r"\n\w+(?: \w+)?",
    re.IGNORECASE,
)
_ITEM: Final = re.compile(r"\s{0,3}(?:[-*+]|\d{1,4}[.)])\s+(\S.*)")
_OF_ITEMS: Final = re.compile(
    r"(?:(?:please|can you|could you|now) )*(?:(?:do|make|apply|carry out) )?(?:all )?(?:of )?"
    r"(?:(?:the following|these|a few|some|the) )?"
    r"(?:following|changes|edits|steps|things|tasks|to-?dos?)"
    r"(?: (?:to|in|for|on) (?:the|my|this) (?:deck|slides|presentation))?(?: please)? ?:",
    re.IGNORECASE,
)
_GOES_ON: Final = re.compile(
    r"\s*(?:with|and|in|using|use|for|about|on|but|please|thanks|thank|include|including|make|"
    r"keep|it|"
    r"they|also|then|not?|only|at (?:most|least)|max|delete|add|move|rename|\d+ slides?)\b",
    re.IGNORECASE,
)
_BELOW: Final = re.compile(r"\b(?:this|these|following|below|here)\b", re.IGNORECASE)
_AFTERWORD: Final = re.compile(
    r"(?:(?:please|also|and|then|finally) )*(?:make|use|include|add|keep|don't|do not|no more|"
    r"at most|"
    r"it|they|the|all|each|delete|set|apply|switch|limit)\b.*\b"
    r"(?:slides?|deck|presentation|theme|it|them|short|pptx?|pdf)\b.*|(?:please|also)\b.*",
    re.IGNORECASE,
)


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

    @property
    def goes_on(self) -> bool:
        """Whether the next lines can only be a part of the request."""
        if self.request.endswith((".", "!", "?")):
            return self.is_wrapped and not _BELOW.search(self.request)
        return self.is_wrapped and _GOES_ON.match(self.further) is not None

    @property
    def has_afterword(self) -> bool:
        """Whether something is asked below the material, which is no part of it."""
        *others, last = re.split(r"\n\s*\n", self.material.strip())
        return bool(
            others
            and "\n" not in last
            and not _STRUCTURE.match(last)
            and _AFTERWORD.fullmatch(last.strip())
        )

    @property
    def is_instructed(self) -> bool:
        """Whether the material may be a part of the request."""
        return (
            _GOES_ON.match(self.material) is not None
            or re.search(r"\b(?:slides?|deck|presentation)\b", self.material) is not None
        )

    def unwrapped(self) -> Parts:
        """The lines that may be a part of the request as one."""
        request = f"{self.request} {self.further}"
        rest = self.material[len(self.further) :] if self.further else self.material
        return Parts(" ".join(request.split())[:MAX_REQUEST_CHARACTERS], rest.strip("\n"))


def parts_of(message: str) -> Parts:
    """The first line as the request and the rest as material; or the last line as the request where
    the message begins with headings, lists, tables or code."""
    lines = message.strip().splitlines()
    while len(lines) > 1 and (not lines[-1].strip() or COURTESY.fullmatch(lines[-1].strip())):
        lines.pop()
    if len(lines) > 2 and _CLOSING.fullmatch(f"{lines[-2].strip()}\n{lines[-1].strip()}"):
        del lines[-2:]
    while len(lines) > 1 and not lines[-1].strip():
        lines.pop()
    while len(lines) > 1 and (not lines[0].strip() or COURTESY.fullmatch(lines[0].strip())):
        lines.pop(0)
    if not lines:
        return Parts("")
    if _STRUCTURE.match(lines[0]):
        return _from_below(lines)
    request, rest = lines[0].strip(), lines[1:]
    if len(request) > MAX_REQUEST_CHARACTERS:
        return Parts("")
    material = "\n".join(rest).strip("\n")
    is_open = not request.endswith((":", ".", "!", "?"))
    further: list[str] = []
    for line in [] if request.endswith(":") else material.splitlines():
        if _STRUCTURE.match(line) or (is_open and not line.strip()):
            break
        further.append(line)
    return Parts(request, material, "\n".join(further))


def items_of(message: str) -> list[str]:
    """The wishes in a message that is a list of them; empty for any other message."""
    first, *others = [line for line in message.splitlines() if line.strip()] or [""]
    lines = others if _OF_ITEMS.fullmatch(first.strip()) else [first, *others]
    items = [found[1] for line in lines if (found := _ITEM.fullmatch(line))]
    return items if len(items) == len(lines) and len(items) > 1 else []


def with_inline_material(parts: Parts) -> Parts | None:
    """The same where the material begins in the line of the request, after a colon."""
    found = _INLINE.search(parts.request)
    if found is None:
        return None
    inline = parts.request[found.end() :]
    material = "\n".join(part for part in (as_list(inline), parts.material) if part)
    return Parts(parts.request[: found.start()], material)


def as_list(text: str) -> str:
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
