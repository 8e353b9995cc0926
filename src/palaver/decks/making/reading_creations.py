"""Wishes for new slides: a whole deck, or more slides in one.

A reader takes the request without courtesies and what stands below it, and returns ``None`` for any
other wish.
"""

from __future__ import annotations

import re
from typing import Final

from palaver.decks.making.phrases import (
    DECK,
    END,
    LAYOUT,
    NUMBER,
    Place,
    fits,
    layout,
    number,
    place,
    unquoted,
)
from palaver.decks.making.wishes import THEMES, Add, Create, NotUnderstood, Wish

MAX_TOPIC_CHARACTERS: Final = 500

NO_TOPIC: Final = (
    "I need a topic or an outline for the slides; without a language model I cannot make them out "
    "of what was said before."
)

_MAKE: Final = (
    r"(?:create|make|build|prepare|draft|generate|write|produce|design|compose|put together|start|"
    r"give me|show me|get me|i(?:'d| would)? (?:want|need|like)|we need)"
)
_ABOUT: Final = (
    r"(?:about|on|for|covering|regarding|concerning|around|explaining|introducing|titled|called|"
    r"named|of)"
)
_ADD: Final = r"(?:add|insert|include|append|put in|create|make|give me)"
_ELSEWHERE: Final = (
    r"(?:(?:this|that|it|these|those)(?: (?:text|conversation|chat|discussion|answer))?"
    r"|(?:the|our|my|your)(?: (?:above|last|previous|conversation|chat|discussion|answer|message))+"
    r"|what (?:we|you|i) .*)"
)
_WITH_COUNT: Final = re.compile(
    rf"\b(?:with|in|of|using)? *(?:exactly |about |around |some )?({NUMBER})[- ]+"
    r"(?:\w+ )?slides?(?: long)?\b",
    re.IGNORECASE,
)
_WITH_THEME: Final = re.compile(
    rf"[,;]? *\b(?:with|in|using|and use)? *(?:the |a )?({'|'.join(THEMES)}) "
    r"(?:theme|style|look)\b",
    re.IGNORECASE,
)
_PLACE_WORDS: Final = (
    r"(?:before|in front of|ahead of|after|behind|following|between|at the|as the|as slide|"
    r"at position|to the (?:end|beginning|start|front)|at slide|as number)"
)


def add_wish(said: str, material: str) -> Wish | None:
    found = fits(
        rf"{_ADD}(?: me| us)? (?:(an?|another|one more|the|{NUMBER})(?: more)? )?"
        rf"(?:(?:new|more|extra|further|additional|following) )*(?:({LAYOUT})[- ])?"
        r"slides?(?: here)?\b[,:]? ?(.*)",
        said,
    )
    if not found:
        return _add_layout(said, material)
    amount, shape, rest = found[1] or "", found[2], found[3]
    if amount.lower() == "the" and not fits(r"(?:add|insert|include|append|put in)\b.*", said):
        return None
    several = amount and fits(NUMBER, amount)
    count = number(amount) if several else 1
    makes_more = re.search(r"slides\b", said[: found.start(3)], re.IGNORECASE)
    is_addition = fits(r"(?:add|insert|include|append|put in)\b.*", said)
    where, others = _placed(rest)
    is_free = said[: found.start(3)].rstrip().endswith(":")
    topic = _topic(others, is_free=is_free)
    if topic is None:
        return None
    if not is_addition and makes_more:
        # "Create 5 slides about …" begins a deck, where there is none yet.
        if _refers_elsewhere(topic):
            topic = ""
        if not topic and not material:
            return NotUnderstood(NO_TOPIC)
        if where == END:
            topic, theme = _with_theme(topic)
            return Create(topic, count if several else None, theme, material, is_deck=False)
    if _refers_elsewhere(topic) and not material:
        return NotUnderstood(NO_TOPIC)
    return Add(
        "" if _refers_elsewhere(topic) else topic,
        count,
        where,
        layout(shape) if shape else None,
        material,
    )


def _add_layout(said: str, material: str) -> Wish | None:
    """ "Add a table after slide 2": a slide of this layout."""
    found = fits(rf"(?:add|insert|append) (?:an? |another )({LAYOUT})\b ?(.*)", said)
    if not found:
        return None
    where, others = _placed(found[2])
    topic = _topic(others)
    shape = layout(found[1])
    if topic is None or shape is None or not (material or where != END):
        return None
    return Add(topic, 1, where, shape, material)


def create_wish(said: str, material: str) -> Wish | None:
    count: int | None = None
    theme: str | None = None
    rest = ""
    patterns = (
        rf"(?:{_MAKE} )?(?:me |us )?"
        r"(?:(?:an?|the|my|our|new|another|short|brief|quick|long|nice|good|simple) )*"
        rf"(?:({NUMBER})[- ]+(?:slides?|pages?)(?: |-))?(?:(?:long|short|brief|new) )*"
        rf"(?:({'|'.join(THEMES)}) )?{DECK}\b[,:]? ?(.*)",
        rf"({NUMBER})[- ]+()slides\b[,:]? ?(.*)",
        r"()(?:turn|convert|make|put) ()(.+?) (?:into|as|to) (?:(?:an?|some|the) )?(?:new )?"
        rf"(?:{DECK}|slides)",
    )
    for pattern in patterns:
        found = fits(pattern, said)
        if found and (pattern is not patterns[0] or _asks(said)):
            count = number(found[1]) if found[1] else None
            theme = found[2].lower() if found[2] else None
            rest = found[3]
            break
    else:
        return None
    if counted := _WITH_COUNT.search(rest):
        count = number(counted[1]) if count is None else count
        rest = f"{rest[: counted.start()]} {rest[counted.end() :]}".strip()
    rest, styled = _with_theme(rest)
    is_free = pattern is patterns[-1] or said[: found.start(3)].rstrip().endswith(":")
    topic = _topic(rest, is_free=is_free)
    if topic is None:
        return None
    if _refers_elsewhere(topic):
        topic = ""
    if not topic and not material:
        return NotUnderstood(NO_TOPIC)
    return Create(topic, count, theme or styled, material)


def _asks(said: str) -> bool:
    """Whether words about a deck ask for one: "a deck about cats" does, "deck chairs" does not."""
    return re.match(rf"(?:{_MAKE}|an?|{NUMBER})\b", said, re.IGNORECASE) is not None or (
        re.match(rf"{DECK}\b:? (?:about|on|for)\b", said, re.IGNORECASE) is not None
    )


def _placed(rest: str) -> tuple[Place, str]:
    """The place that the words name, and the other words."""
    for found in re.finditer(rf"(?:^|[ ,]+)({_PLACE_WORDS}\b.*)$", rest, re.IGNORECASE):
        if (where := place(found[1])) is not None:
            return where, rest[: found.start()].strip(" ,")
    # The place may come first: "after slide 2 about risks".
    first = re.match(rf"({_PLACE_WORDS}\b.+?)[ ,]+((?:{_ABOUT}|with)\b.*)$", rest, re.IGNORECASE)
    if first is not None and (where := place(first[1])) is not None:
        return where, first[2]
    return END, rest


def _topic(rest: str, *, is_free: bool = False) -> str | None:
    """What the words are about; ``None`` where they say something else.

    ``is_free`` where they stand where only a topic can stand.
    """
    rest = rest.strip(" ,:;-–—")
    rest = re.sub(
        r"^(?:(?:from|out of|based on|using|with|for|by) )?(?:this|these|the following|the)"
        r"(?: (?:outline|text|notes|points|list|table|content|code|quote|lines|markdown|slides))?"
        r"(?: below)?$",
        "",
        rest,
        flags=re.IGNORECASE,
    )
    if not rest:
        return ""
    named = r"(?:with |from )?(?:the )?(?:title|topic|subject|heading):?"
    if found := fits(rf"(?:(?:that is |which is )?{_ABOUT}|{named}) (.+)", rest):
        rest = found[1]
    elif (found := fits(r"(?:from|out of|based on|using) (.+)", rest)) and _refers_elsewhere(
        found[1]
    ):
        return found[1]
    elif not is_free and not fits(r"[\"“«'].+[\"”»']", rest):
        return None
    topic = unquoted(rest)
    return topic if len(topic) <= MAX_TOPIC_CHARACTERS else None


def _with_theme(rest: str) -> tuple[str, str | None]:
    found = _WITH_THEME.search(rest)
    if not found:
        return rest, None
    return f"{rest[: found.start()]} {rest[found.end() :]}".strip(), found[1].lower()


def _refers_elsewhere(topic: str) -> bool:
    return fits(_ELSEWHERE, topic) is not None
