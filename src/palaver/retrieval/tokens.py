"""The one tokenizer: what passages are found by, and what is asked of them, on both stores.

The databases split and fold nothing themselves: they get tokens, with blanks in between. So a book
is found alike on both, and a question cannot contain an operator. A token is a run of letters,
digits and marks, folded by NFKC and case; an English word stands there as its stem. Han, Kana and
Hangul are written without blanks, and become every two neighbours of a run.
"""

from __future__ import annotations

import functools
import operator
import re
import threading
import unicodedata
from typing import Final, Protocol

import Stemmer  # type: ignore[import-not-found]

MAX_TOKEN: Final = 64
"""Characters that count of a token; what is longer is no word."""


class _Stemmer(Protocol):
    def stemWord(self, word: str) -> str: ...


class _Tokens(dict[str, str]):
    """The token of each folded word that was met; what the stemmer costs is paid once a word."""

    def __missing__(self, word: str) -> str:
        bare = _APOSTROPHE.sub("", _POSSESSIVE.sub("", word))[:MAX_TOKEN]
        token = _stem(bare) if bare.isascii() and bare.isalpha() else bare
        if len(self) >= _MOST_WORDS:
            self.clear()
        self[word] = token
        return token


class _Stemmers(threading.local):
    """A stemmer for each thread, because it keeps the word that it works on."""

    def __init__(self) -> None:
        # Without a cache of its own.
        self.english: _Stemmer = Stemmer.Stemmer("english", 0)


_stemmers: Final = _Stemmers()
_tokens: Final = _Tokens()
_MOST_WORDS: Final = 1 << 16

_CJK: Final = (
    "\u1100-\u11ff\u3005-\u3007\u3040-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3130-\u318f\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U000323af"
)
_APOSTROPHE: Final = re.compile("['\u2019]")
_POSSESSIVE: Final = re.compile("['\u2019]s$")
# Words of text that has neither CJK nor marks, and of ASCII without apostrophes: that is split at
# blanks.
_PLAIN_WORD: Final = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_ASCII_WORDS: Final = bytes(
    code if chr(code).isascii() and chr(code).isalnum() else ord(" ") for code in range(256)
).lower()
# Few and wide ranges: what matches needlessly costs time, as every narrow range would.
_NOT_PLAIN: Final = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0590-\u1dff\u20d0-\u20ff\u2c00-\udfff\uf900-\ufaff"
    "\ufe20-\ufe2f\U00010000-\U0010ffff]"
)
_IS_CJK: Final = re.compile(f"[{_CJK}]")

# What a question is phrased with, and not about.
_PHRASING: Final = """
    hello hi hey thanks thank thx ok okay bye goodbye please
    a about after all also am an and any are arent as at be because been before being but by can
    cannot cant could couldnt did didnt do does doesnt doing done dont each either else ever every
    explain few for from get gets getting give given go goes got had has hasnt have havent having he
    help her here hers him his how howto however i id if ill im in into is isnt it its ive just kind
    know let like made make makes making many may me mean means might more most much must my need
    needed needs neither no nor not of off on one only or other our out over own please possible
    rather say says shall she should shouldnt show so some somebody someone something sort such tell
    than that thats the their them then there these they thing things this those through to too
    under until up upon us use used using very want wants was wasnt way ways we well were werent
    what whats when where wheres whether which while who whom whose why will with within without
    wont would wouldnt yes yet you your yours
"""
# The same for Chinese and Japanese, whose words nothing separates: a question is cut at these.
_CUTS: Final = """
    为什么 為什麼 什么 什麼 怎么样 怎么 怎麼 怎样 怎樣 如何 哪些 哪个 哪個 哪里 哪裡 哪儿 哪 谁 誰
    多少 几个 幾個 多久 请问 請問 可以 是否 能否 需要 应该 應該 有没有 是不是
    吗 嗎 呢 吧 的 了 是 我 你 您
    いつ どこ だれ なに どう どの どれ なぜ ですか ますか でしょうか とは です ます ください
    何 は を が に で の と か も へ や
"""
_QUESTION_WORDS: Final = frozenset(_PHRASING.split())
_QUESTION_CUT: Final = re.compile("|".join(sorted(_CUTS.split(), key=len, reverse=True)))


def tokens_of(text: str) -> list[str]:
    """The tokens of a text, in order."""
    if text.isascii() and "'" not in text:
        words = text.encode().translate(_ASCII_WORDS).decode().split()
        return list(map(_tokens.__getitem__, words))
    folded = _folded(text)
    if _NOT_PLAIN.search(folded) is None:
        return list(map(_tokens.__getitem__, _PLAIN_WORD.findall(folded)))
    found: list[str] = []
    for run in _runs(folded):
        if _IS_CJK.match(run):
            found += _pairs(run)
        else:
            found.append(_tokens[run])
    return found


def question_terms(question: str) -> list[str]:
    """The distinct tokens that the question is about, in order; none if it asks for nothing.

    Words that only phrase a question weigh nothing, so they are left out here; they are in the
    tokens of texts.
    """
    terms: dict[str, None] = {}
    for run in _runs(_folded(question)):
        if not _IS_CJK.match(run):
            if _APOSTROPHE.sub("", run) not in _QUESTION_WORDS:
                terms[_tokens[run]] = None
            continue
        for part in _QUESTION_CUT.split(run):
            # A character that is left alone by the cuts is no token of a text, which has no cuts.
            if len(part) > 1 or (part and part == run):
                terms.update(dict.fromkeys(_pairs(part)))
    return list(terms)


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _runs(folded: str) -> list[str]:
    """The words and the runs of CJK of a folded text."""
    if _NOT_PLAIN.search(folded) is None:
        return _PLAIN_WORD.findall(folded)
    mark, unmarked, marked = _patterns()
    return (marked if mark.search(folded) else unmarked).findall(folded)


@functools.cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """What finds a mark, and the words of text without any and with some; made when needed.

    Each takes several times as long as the one before.
    """
    # Marks belong to the words that they stand in, but are not \w. These blocks hold all that do.
    marks = "".join(
        chr(code)
        for first, last in ((0x300, 0x3000), (0xA600, 0xAC00), (0xFE20, 0xFE30), (0x10A00, 0x12000))
        for code in range(first, last)
        if unicodedata.category(chr(code)) in ("Mn", "Mc")
    )
    # Up to U+FFFF a table is looked into, beyond there every range.
    narrow = "".join(each for each in marks if each <= "\uffff")
    plain, letter = rf"[^\W_{_CJK}]", rf"(?:[^\W_{_CJK}]|[{marks}])"
    return (
        re.compile(f"[{narrow}\U00010a00-\U00012000]"),
        re.compile(rf"[{_CJK}]+|{plain}+(?:['\u2019]{plain}+)*"),
        re.compile(rf"[{_CJK}]+|{letter}+(?:['\u2019]{letter}+)*"),
    )


def _pairs(run: str) -> list[str]:
    if len(run) == 1:
        return [run]
    return list(map(operator.add, run, run[1:]))


def _stem(word: str) -> str:
    return _stemmers.english.stemWord(word)
