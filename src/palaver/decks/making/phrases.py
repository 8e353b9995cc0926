"""The small phrases of which wishes about slides are made: numbers, slides, places, layouts."""

from __future__ import annotations

import re
from typing import Final, Literal

import msgspec

Layout = Literal["title", "section", "bullets", "two_columns", "table", "code", "quote", "image"]

MAX_DIGITS: Final = 6
MAX_REFERENCES: Final = 200
QUOTES: Final = "\"'“”„«»‘’`"

NUMBER_NAMES: Final = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty"
)
ORDINAL_NAMES: Final = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth "
    "thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
)
NUMBER_WORDS: Final = {word: place for place, word in enumerate(NUMBER_NAMES.split(), 1)}
ORDINAL_WORDS: Final = {word: place for place, word in enumerate(ORDINAL_NAMES.split(), 1)}

NUMBER: Final = rf"(?:\d{{1,{MAX_DIGITS}}}|{'|'.join(sorted(NUMBER_WORDS, key=len, reverse=True))})"
_ORDINAL: Final = rf"(?:\d{{1,{MAX_DIGITS}}}(?:st|nd|rd|th)|{'|'.join(ORDINAL_WORDS)}|last|final)"

_LAYOUTS: Final[tuple[tuple[str, Layout], ...]] = (
    (r"tables?", "table"),
    (r"two[- ]columns?|2[- ]columns?|columns|side[- ]by[- ]side", "two_columns"),
    (r"(?:bullet(?:ed)?(?:[- ](?:list|points?))?|bullets|list)", "bullets"),
    (r"(?:block )?quot(?:e|ation)", "quote"),
    (r"code(?:[- ](?:block|listing|snippet))?", "code"),
    (r"section(?:[- ](?:header|heading|divider|break))?|divider", "section"),
    (r"title", "title"),
    (r"image|picture|photo", "image"),
)
LAYOUT: Final = rf"(?:{'|'.join(words for words, _ in _LAYOUTS)})"

DECK: Final = (
    r"(?:(?:slide|pitch|power ?point|pptx?)[- ]?)*"
    r"(?:presentation|deck|slide ?show|slide ?deck|power ?point|pptx?)(?: deck| slides)?"
)
"""What a deck is called."""


class Place(msgspec.Struct, frozen=True):
    """Where a slide shall stand: at a number, or before or after a slide; 1 is the first."""

    where: Literal["at", "before", "after", "end", "up", "down"]
    slide: Reference | None = None


class Reference(msgspec.Struct, frozen=True):
    """A slide as somebody names it: by its number from 1 (from -1 backwards) or by its title."""

    number: int = 0
    title: str = ""


START: Final = Place("at", Reference(1))
END: Final = Place("end")

_SLIDE_NUMBER: Final = re.compile(
    rf"(?:the )?(?:slide|page)s? (?:number |no\.? ?|# ?)?#?({NUMBER})", re.IGNORECASE
)
_BARE_NUMBER: Final = re.compile(rf"(?:number |no\.? ?|# ?)?({NUMBER})", re.IGNORECASE)
_SLIDE_ORDINAL: Final = re.compile(rf"(?:the )?({_ORDINAL})(?: (?:slide|page|one))?", re.IGNORECASE)
_SLIDE_TITLE: Final = re.compile(
    rf"(?:the )?(?:slide|page) (?:titled |called |named |about |on |with the title )?"
    rf"(?:[{QUOTES}](.+)[{QUOTES}]|(.+))",
    re.IGNORECASE,
)
_TITLE_SLIDE: Final = re.compile(
    rf"(?:the )?(?:[{QUOTES}](.+)[{QUOTES}]|(.+)) (?:slide|page)", re.IGNORECASE
)
_RANGE: Final = re.compile(
    rf"(?:the )?(?:slides?|pages?) (?:numbers? )?({NUMBER}) ?(?:-|–|to|through|until) ?"
    rf"(?:slide )?({NUMBER})",
    re.IGNORECASE,
)
_LAST_FEW: Final = re.compile(rf"the (last|final|first) ({NUMBER}) (?:slides|pages)", re.IGNORECASE)
_LIST_MARK: Final = re.compile(r" ?(?:,? and |, ?| & ) ?", re.IGNORECASE)

_TO_END: Final = re.compile(
    r"(?:to|at|as|in) (?:the )?(?:very )?(?:end|back|bottom|last (?:position|place|slide))"
    r"(?: of (?:the|this|my) (?:deck|presentation|slides))?",
    re.IGNORECASE,
)
_TO_START: Final = re.compile(
    r"(?:to|at|as|in) (?:the )?(?:very )?"
    r"(?:beginning|start|front|top|first (?:position|place|slide))"
    r"(?: of (?:the|this|my) (?:deck|presentation|slides))?",
    re.IGNORECASE,
)
_BESIDE: Final = re.compile(
    r"(before|in front of|ahead of|above|after|behind|following|below) (.+)", re.IGNORECASE
)
_BETWEEN: Final = re.compile(r"between (.+?) and .+", re.IGNORECASE)
_AT_NUMBER: Final = re.compile(
    rf"(?:to|at|as|in|into) (?:the )?(?:position |place |slot |slide |number |page )*"
    rf"(?:number |# ?)?({NUMBER})",
    re.IGNORECASE,
)
_AT_ORDINAL: Final = re.compile(
    rf"(?:to|at|as|in) (?:the )?({_ORDINAL})(?: (?:slide|position|place|slot|one))?", re.IGNORECASE
)


def number(words: str) -> int:
    """The number that digits or a word stand for."""
    return int(words) if words.isdecimal() else NUMBER_WORDS[words.lower()]


def unquoted(text: str) -> str:
    """A phrase without the quotation marks around it and without a full stop at its end."""
    text = text.strip()
    if len(text) > 1 and text[0] in QUOTES and text[-1] in QUOTES:
        return text[1:-1].strip()
    return text.rstrip(".").rstrip()


def layout(words: str) -> Layout | None:
    """The layout that some words name."""
    for pattern, name in _LAYOUTS:
        if re.fullmatch(pattern, words.strip(), re.IGNORECASE):
            return name
    return None


def reference(words: str, *, bare: bool = False) -> Reference | None:
    """The slide that some words name; ``bare`` where a number alone can only be a slide's."""
    words = words.strip()
    if found := _SLIDE_NUMBER.fullmatch(words):
        return Reference(number(found[1]))
    if found := _SLIDE_ORDINAL.fullmatch(words):
        return Reference(_ordinal(found[1]))
    if bare and (found := _BARE_NUMBER.fullmatch(words)):
        return Reference(number(found[1]))
    for pattern in (_SLIDE_TITLE, _TITLE_SLIDE):
        if found := pattern.fullmatch(words):
            title = unquoted(found[1] or found[2])
            # "Slide 2 about risks" is no slide's name.
            is_name = found[1] or not re.match(rf"(?:the$|{NUMBER}\b)", title, re.IGNORECASE)
            return Reference(title=title) if title and is_name else None
    return None


def references(words: str) -> tuple[Reference, ...]:
    """The slides that some words name, such as "slides 2, 4 and 5"; empty where that is unclear."""
    words = words.strip()
    if found := _RANGE.fullmatch(words):
        first, last = number(found[1]), number(found[2])
        if first > last or last - first >= MAX_REFERENCES:
            return ()
        return tuple(Reference(each) for each in range(first, last + 1))
    if found := _LAST_FEW.fullmatch(words):
        count = number(found[2])
        if not 0 < count <= MAX_REFERENCES:
            return ()
        if found[1].lower() == "first":
            return tuple(Reference(each) for each in range(1, count + 1))
        return tuple(Reference(-each) for each in range(count, 0, -1))
    whole = reference(words)
    if whole is not None and not whole.title:
        return (whole,)
    parts = _LIST_MARK.split(words)
    each_one = [reference(parts[0]), *(reference(part, bare=True) for part in parts[1:])]
    if len(parts) > 1 and all(each is not None and not each.title for each in each_one):
        return tuple(each for each in each_one if each is not None)[:MAX_REFERENCES]
    return () if whole is None else (whole,)


def place(words: str) -> Place | None:
    """The place that some words name, such as "after slide 2" or "to the end"."""
    words = words.strip()
    if _TO_END.fullmatch(words):
        return END
    if _TO_START.fullmatch(words):
        return START
    if found := _BETWEEN.fullmatch(words):
        before = reference(re.sub(r"^(the )?slides\b", "slide", found[1]), bare=True)
        return None if before is None else Place("after", before)
    if found := _BESIDE.fullmatch(words):
        beside = reference(found[2], bare=True)
        is_before = found[1].lower() in ("before", "in front of", "ahead of", "above")
        return None if beside is None else Place("before" if is_before else "after", beside)
    if found := _AT_NUMBER.fullmatch(words):
        return Place("at", Reference(number(found[1])))
    if found := _AT_ORDINAL.fullmatch(words):
        place_of = _ordinal(found[1])
        return END if place_of < 0 else Place("at", Reference(place_of))
    if words.lower() in ("up", "up one", "one up"):
        return Place("up")
    if words.lower() in ("down", "down one", "one down"):
        return Place("down")
    return None


def _ordinal(words: str) -> int:
    words = words.lower()
    if words in ("last", "final"):
        return -1
    return ORDINAL_WORDS[words] if words in ORDINAL_WORDS else int(words[:-2])


def names_slides(words: str) -> bool:
    """Whether some words speak of slides."""
    return re.search(r"\b(?:slides?|pages?)\b", words, re.IGNORECASE) is not None


def fits(pattern: str, text: str) -> re.Match[str] | None:
    """The whole of a text as the pattern has it, in capitals or not."""
    return re.fullmatch(pattern, text, re.IGNORECASE)
