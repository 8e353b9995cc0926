"""Pages cut into passages: what is searched, given to a model, and quoted to people.

A passage has about 120 to 200 words of one page, begins and ends with a sentence where the page has
sentences, and is the page's own text but for its white space, which is folded. A page that needs
more than one is cut into pieces of about the same length, each of which begins with the last
sentence of the one before, so that what belongs together is found together.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

MOST_WORDS = 200
GOOD_WORDS = 160
OVERLAP_WORDS = 40
"""A last sentence that is longer is not given again."""

_LONGEST_SENTENCE = 80
"""Words. Tables, code and lists have no sentences, and are cut at words."""

# Scripts without spaces between words: Han, Kana, Bopomofo, Hangul's neighbours and Yi.
_CJK = "\u2e80-\u2fdf\u3005-\u30ff\u3100-\u312f\u31a0-\u31ff\u3400-\u4dbf\u4e00-\ua4cf\uf900-\ufaff"
_CJK += "\U00020000-\U0003ffff"
# A long run without spaces (an address, Thai, noise) comes in several tokens.
_TOKEN = re.compile(rf"(?P<cjk>[{_CJK}\uff00-\uffef])|[^\s{_CJK}\uff00-\uffef]{{1,60}}")
_SHORT = 24
# Without these, each run between blanks is one word. Wide ranges are looked for sooner.
_UNLIKE_WORDS = re.compile(
    rf"[\u2e80-\ua4cf\uf900-\uffef\U00020000-\U0003ffff]|[^ ]{{{_SHORT + 1}}}"
)
_LETTERS_A_WORD = 6
_CJK_WORD = 0.5
_DRAWN = "._-=*~#+|·•…–—"

_PARAGRAPH = re.compile(r"\n[ \t]*\n\s*")
# One set of characters first, because these are found quickly.
_SENTENCE_END = re.compile(
    r"""[.!?…。！？｡](?:"""
    r"""(?<=[.!?…])["'”’»)\]]*\s+(?=["'“‘«(\[]?[^\Wa-z_])"""  # not before "a": "e.g. that"
    r"""|(?<=[。！？｡])["'”’»）」』】]*\s*)"""
)
# Numbers of sections, initials, abbreviations before names and numbers: no ends of sentences.
_NO_END = re.compile(
    r"\b(?:(?:\d+\.)+\d+|[A-Z]|Dr|Mrs?|Ms|Prof|St|Jr|Sr|vs|cf|Figs?|Tab|Eqs?|No|Nos|Vol|pp?|Ch|Sec|"
    r"Ref|ed|eds|al|e\.g|i\.e|approx|ca|Inc|Co)\.\s+$"
)


def sentences(text: str) -> Iterator[str]:
    """The sentences of a text, their white space folded; the longest come in parts."""
    for sentence, _ in _weighed(text):
        yield sentence.rstrip()


def pieces(text: str) -> Iterator[str]:
    """The texts of the passages of one page."""
    weighed = list(_weighed(text))
    found = [sentence for sentence, _ in weighed]
    weights = [weight for _, weight in weighed]
    left = sum(weights)
    if left <= MOST_WORDS:
        if found:
            yield "".join(found).rstrip()
        return
    first = 0
    while first < len(found):
        # What is left decides anew, so that the last piece is not a scrap.
        aim = left / math.ceil(left / GOOD_WORDS)
        last, weight = first, weights[first]
        while last + 1 < len(found) and weight + weights[last + 1] / 2 <= aim:
            last += 1
            weight += weights[last]
        yield "".join(found[first : last + 1]).rstrip()
        if last + 1 == len(found):
            return
        left -= weight
        if first < last and weights[last] <= OVERLAP_WORDS:
            first = last
            left += weights[last]
        else:
            first = last + 1


def _weighed(text: str) -> Iterator[tuple[str, float]]:
    """Sentences, with one space at their ends except where the page has none, and their words."""
    for paragraph in _PARAGRAPH.split(text):
        folded = " ".join(paragraph.split())
        is_plain = not _UNLIKE_WORDS.search(folded)
        start = 0
        for match in _SENTENCE_END.finditer(folded):
            end = match.end()
            # "1. Introduction"
            is_number = end - start < 6 and folded[end - 1] == " "
            near = max(0, match.start() - 10)
            if not is_number and not _NO_END.search(folded, near, end):
                yield from _short(folded[start:end], is_plain)
                start = end
        if start < len(folded):
            yield from _short(folded[start:] + " ", is_plain)


def _short(sentence: str, is_plain: bool) -> Iterator[tuple[str, float]]:
    """A sentence, or its pieces of bearable length, with the words that each of them counts."""
    if is_plain or not _UNLIKE_WORDS.search(sentence):
        words = sentence.count(" ")
        if words <= _LONGEST_SENTENCE:
            yield sentence, words
            return
    start = 0
    weight = 0.0
    for token in _TOKEN.finditer(sentence):
        more = _weight(token)
        if weight + more > _LONGEST_SENTENCE:
            yield sentence[start : token.start()], weight
            start, weight = token.start(), 0.0
        weight += more
    yield sentence[start:], weight


def _weight(token: re.Match[str]) -> float:
    """How many words a token stands for."""
    if token["cjk"]:
        return _CJK_WORD
    length = token.end() - token.start()
    # Leaders of a table of contents and drawn lines are no words at all.
    return 1 if length <= _SHORT or not token[0].strip(_DRAWN) else length / _LETTERS_A_WORD
