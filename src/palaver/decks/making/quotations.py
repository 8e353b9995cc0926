"""Passages of books as they are quoted: without the marks of Markdown, and with their headings.

The white space of a passage is folded, so a heading that was a line of its own has its mark, and no
end. The end is found where another heading follows, or where a sentence begins by the look of its
words; elsewhere there is no heading, and its words are a part of the text. No word is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from palaver.decks.making.contents import clean, one_line

MAX_HEADING_WORDS: Final = 14

_SENTENCE_END: Final = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+|(?<=[。！？])|\n{2,}")

_HEADING: Final = re.compile(r"(?:^|(?<=\s))#{1,6}\s+(?=\S)")
_INNER_HEADING: Final = re.compile(r"(?<=\s)#{2,6}\s+(?=\S)")
_CLOSING: Final = re.compile(r"\s+#+$")
_LINK: Final = re.compile(
    r"!?\[([^\[\]]{0,300})\]\([^()\s]{0,500}(?:\([^()\s]{0,100}\))?(?:\s[^()]{0,100})?\)"
)
_STRONG: Final = re.compile(r"(?<![\w*])\*\*(?=[^\s*])([^*]{1,300})(?<=[^\s*])\*\*(?![\w*])")
_EMPHASIS: Final = re.compile(r"(?<![\w*])\*(?=[^\s*])([^*]{1,300})(?<=[^\s*])\*(?![\w*])")
_UNDERLINED: Final = re.compile(r"(?<![\w_])_(?=[^\s_])([^_]{1,300})(?<=[^\s_])_(?![\w_])")
_CODE: Final = re.compile(r"(?<!`)(`{1,2})(?!`)([^`]{1,300})(?<!`)\1(?!`)")
_FENCE: Final = re.compile(r"(?:^|(?<=\s))(?:`{3,}\w*|~{3,}\w*)(?=\s|$)")
_COMMENT: Final = re.compile(r"<!--[^<]{0,1000}?-->")
_RULE: Final = re.compile(r"(?:^|(?<=\s))(?:={3,}|-{3,}|\*{3,}|_{3,})(?=\s|$)")
_DELIMITER: Final = re.compile(r"(?:^|(?<=\s))\|?(?: ?:?-{2,}:? ?\|)+(?: ?:?-{2,}:?)?(?=\s|$)")
_ROW_END: Final = re.compile(r"\|(?:\s+\|)+(?=\s|$)")
_ITEM: Final = re.compile(r"^([-*+]|>)\s+(?=\S)")

_SMALL: Final = (
    "a an and as at but by for from in into nor of on or over per the to under via vs with"
)
"""Words that are small in titles, and do not end one."""

_BEGIN: Final = (
    "A All An And As At Both But By Each Even Every For Here How I If In It Its Many Most No Not "
    "Of On Once One Our Some Such That The Their There These They This Those Though To Two Under "
    "Until We What When Where While With You Your"
)
"""Words by which sentences begin, and which are small within a title."""

_SMALL_WORDS: Final = frozenset(_SMALL.split())
_FIRST_WORDS: Final = frozenset(_BEGIN.split())


class Quotation(msgspec.Struct, frozen=True):
    """The headings above a text, the outermost first, and the sentences of the text."""

    headings: tuple[str, ...]
    sentences: tuple[str, ...]
    text: str


def quotation(text: str) -> Quotation:
    """What a passage says. Without marks of Markdown its sentences are its own."""
    text = clean(text)
    headings: list[str] = []
    while mark := _HEADING.match(text):
        below = text[mark.end() :]
        following = _HEADING.search(below)
        between = below[: following.start()].strip() if following else ""
        # Of a heading right above a heading all is known.
        if following and _is_heading(between):
            name, text = _plain(_CLOSING.sub("", between)), below[following.start() :]
        else:
            name, text = _parted(below)
        headings += [name] if name else []
    said = tuple(_said(text))
    # Not every script has blanks between sentences: what has no marks stays as it stands.
    is_plain = "".join("".join(said).split()) == "".join(text.split())
    return Quotation(tuple(headings), said, text if is_plain else " ".join(said))


def _said(text: str) -> Iterator[str]:
    """The sentences of a text, and the headings in it."""
    first, *others = _INNER_HEADING.split(text)
    for name, part in [("", first), *map(_parted, others)]:
        if name:
            yield name
        for sentence in sentences(part):
            yield from _items(sentence)


def _is_heading(text: str) -> bool:
    return len(text.split()) <= MAX_HEADING_WORDS and not sentences(text)[1:]


def sentences(text: str) -> list[str]:
    """The sentences of a text."""
    ends = [found.end() for found in _SENTENCE_END.finditer(text)]
    pieces = [text[a:b] for a, b in zip([0, *ends], [*ends, len(text)], strict=True)]
    return [sentence for piece in pieces if (sentence := one_line(piece))]


def _parted(text: str) -> tuple[str, str]:
    """A heading and what stands below it, where one can be told from the other."""
    words = text.split()
    end = _heading_end(words[: MAX_HEADING_WORDS + 1])
    if end == 0 and _is_heading(text):
        # A heading with nothing below it.
        return ("", text) if text.endswith((".", "!", "?")) else (_plain(text), "")
    return _plain(" ".join(words[:end])), " ".join(words[end:])


def _heading_end(words: list[str]) -> int:
    """At which word the text below a heading begins; 0 where that cannot be told."""
    for place in range(1, len(words)):
        before = words[place - 1]
        if words[place] in ("-", "*", "+", ">", "|", "1.") or words[place].startswith("```"):
            return place
        if before.endswith((".", "!", "…")) and place > 1:
            # The heading would have an end of a sentence in it.
            words = words[:place]
            break
    capital = [place for place, word in enumerate(words) if place and _is_capital(word)]
    whole = [place for place in capital if words[place - 1].lower() not in _SMALL_WORDS]
    for place in whole:
        if words[place] in _FIRST_WORDS or words[place].lower() == words[place - 1].lower():
            return place
    title = 1
    while title < len(words) and (
        _is_capital(words[title]) or words[title].lower() in _SMALL_WORDS
    ):
        title += 1
    # "Where Wax Comes From Bees make": the last capital of a title begins the sentence.
    within = [place for place in capital if place < title]
    if within and title < len(words):
        return within[-1]
    # "Where wax comes from Bees make": there is one word that can begin a sentence.
    return capital[0] if len(capital) == 1 and not within else 0


def _is_capital(word: str) -> bool:
    letters = word.lstrip("\"'“‘«([*_")
    return letters[:1].isupper() or letters[:1].isdecimal()


def _items(sentence: str) -> Iterator[str]:
    """A sentence, or the items of a list or the lines of a table that it is made of."""
    parts = [sentence]
    if found := _ITEM.match(sentence):
        mark = re.escape(found[1])
        parts = re.split(rf"(?:^|\s){mark}\s+(?=\S)", sentence)
    elif _ROW_END.search(sentence) or _DELIMITER.search(sentence):
        rows = [row for part in _DELIMITER.split(sentence) for row in _ROW_END.split(part)]
        parts = [row.strip(" |") for row in rows]
    for part in parts:
        if said := _plain(part):
            yield said


def _plain(text: str) -> str:
    """The text without marks within lines."""
    text = _COMMENT.sub(" ", text)
    text = _FENCE.sub(" ", text)
    text = _RULE.sub(" ", text)
    text = _LINK.sub(r"\1", text)
    text = _CODE.sub(r"\2", text)
    for marked in (_STRONG, _EMPHASIS, _UNDERLINED):
        text = marked.sub(r"\1", text)
    return one_line(re.sub(r"^(?:[-*+>]\s+)+", "", text.strip()))
