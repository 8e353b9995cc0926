"""Wishes for new slides: a whole deck, or more slides in one.

A reader takes the request without courtesies and what stands below it, and returns ``None`` for any
other wish.
"""

from __future__ import annotations

import re
from typing import Final

from palaver.decks.making.messages import as_list
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
)
from palaver.decks.making.topics import (
    ABOUT,
    certain_title,
    refers_elsewhere,
    topic_of,
    with_count,
    with_theme,
    without_deck,
)
from palaver.decks.making.wishes import THEMES, Add, Create, NotUnderstood, Wish
from palaver.decks.making.words import HOW_MANY

NO_TOPIC: Final = (
    "I need a topic or an outline for the slides; without a language model I cannot make them out "
    "of what was said before."
)

_MAKE: Final = (
    r"(?:create|make|build|prepare|draft|generate|write|produce|design|compose|put together|start|"
    r"give me|show me|get me|i want|i need|i(?:'d| would) (?:like|love)(?: to (?:have|get|see))?|"
    r"we need|"
    r"we(?:'d| would) like)"
)
_THE_ONE: Final = re.compile(
    r"(?:start|give me|show me|get me|i|we)\b.*\b(?:the|my|our)\b", re.IGNORECASE
)
"""What asks for a deck that there is."""

_BULLETS: Final = re.compile(
    rf"(.*?),? ?\b(?:and|with) (?:(?:the following|these|the|some|this|an?|{NUMBER}) )*"
    r"(?:bullets?|bullet points?|points|items|lines|slides|sections|headings|"
    r"chapters|topics|titles|parts|table|list|quote|quotation|code|text|outline)",
    re.IGNORECASE,
)
_THINGS: Final = re.compile(
    r"(?:the|my|our|your|his|her|their|these|those|this|that|it|them|all)\b", re.IGNORECASE
)
"""What was meant before, and is no topic by itself."""

MAX_TITLE: Final = 90

_ADD: Final = r"(?:add|insert|include|append|put in|put|place|create|make|give me)"
_PLACE_WORDS: Final = (
    r"(?:before|in front of|ahead of|after|behind|following|between|at the|as the|as slide|"
    r"at position|to the (?:end|beginning|start|front)|at slide|as number)"
)

_IS_PLACE: Final = re.compile(
    r"\b(?:slides?|pages?|one|end|beginning|start|front|top|bottom|back|position|number|last|"
    r"first)\b",
    re.IGNORECASE,
)


def add_wish(said: str, material: str) -> Wish | None:
    """One or more slides for the deck that there is."""
    found = fits(
        rf"{_ADD}(?: me| us)? (?:(an?|another|one more|the|{NUMBER})(?: more)? )?"
        rf"(?:(?:new|more|extra|further|additional|following|blank|empty) )*(?:({LAYOUT})[- ])?"
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
    is_addition = fits(r"(?:add|insert|include|append|put|place)\b.*", said)
    where, others = _placed(without_deck(rest))
    others = without_deck(others)
    if material and (listing := _BULLETS.fullmatch(others)):
        others = listing[1]
    is_free = said[: found.start(3)].rstrip().endswith(":")
    others, theme = with_theme(others)
    topic = topic_of(others, is_free=is_free)
    if topic is None or (theme and is_addition):
        return None
    if not is_addition and makes_more:
        # "Create 5 slides about …" begins a deck, where there is none yet.
        if refers_elsewhere(topic):
            topic = ""
        if not topic and not material:
            return NotUnderstood(NO_TOPIC)
        if where == END:
            return Create(topic, count if several else None, theme, material, is_deck=False)
    if refers_elsewhere(topic) and not material:
        return NotUnderstood(NO_TOPIC)
    if makes_more and not several and not material:
        return NotUnderstood(HOW_MANY)
    topic = "" if refers_elsewhere(topic) else topic
    if not topic and material and not several:
        topic, material = _titled(material)
    return Add(
        topic,
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
    topic = topic_of(others)
    shape = layout(found[1])
    if topic is None or shape is None or not (material or where != END):
        return None
    return Add(topic, 1, where, shape, material)


def _titled(material: str) -> tuple[str, str]:
    """The title and the rest of "Costs; rent, food", "Costs: rent, food" or "Costs"."""
    first, *others = material.splitlines()
    if not others and re.match(r"[^\W_]", first) and len(first) <= MAX_TITLE:
        return ("", material) if first.endswith((".", "!", "?")) else (certain_title(first), "")
    if not all(line.startswith("- ") for line in (first, *others)) or not others:
        return "", material
    title, mark, item = first[2:].partition(": ")
    if mark and not any(": " in line for line in others):
        return title, "\n".join([f"- {item}", *others])
    if len(others) == 1 and "," in others[0] and "," not in first:
        return first[2:], as_list(others[0][2:])
    return "", material


def create_wish(said: str, material: str) -> Wish | None:
    """A new deck."""
    count: int | None = None
    theme: str | None = None
    rest = ""
    patterns = (
        rf"(?:{_MAKE} )?(?:me |us )?"
        r"(?:(?:an?|the|my|our|new|another|short|brief|quick|long|nice|good|simple|"
        r"engaging|detailed|professional|comprehensive|interesting|complete|great|beautiful|small|"
        r"concise|informative|clear|basic|compelling) )*"
        rf"(?:({NUMBER})[- ]+(?:slides?|pages?)(?: |-))?(?:(?:long|short|brief|new) )*"
        rf"(?:({'|'.join(THEMES)}) )?{DECK}\b[,:]? ?(.*)",
        rf"(?:{_MAKE} )?({NUMBER})[- ]+()slides\b[,:]? ?(.*)",
        r"()(?:(?:turn|make|put)(?= .+? into )|convert(?= .+? (?:in)?to )) ()(.+?) (?:in)?to "
        rf"(?:(?:an?|some) )?(?:new )?(?:{DECK}|slides)",
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
    if _THE_ONE.match(said[: found.start(3)]):
        return None
    if pattern is patterns[-1] and _THINGS.match(rest):
        rest = ""
    if material and (listing := _BULLETS.fullmatch(rest)):
        rest = listing[1]
    rest, counted = with_count(rest)
    rest, styled = with_theme(rest)
    if count is not None and counted is not None and count != counted:
        return NotUnderstood()
    count = counted if count is None else count
    is_free = pattern is patterns[-1] or said[: found.start(3)].rstrip().endswith(":")
    topic = topic_of(rest, is_free=is_free)
    if topic is None:
        return None
    if refers_elsewhere(topic):
        topic = ""
    if not topic and not material:
        return NotUnderstood(NO_TOPIC)
    # Slides that are no deck of their own take no deck's place.
    is_deck = pattern is not patterns[1]
    return Create(topic, count, theme or styled, material, is_deck=is_deck)


def _asks(said: str) -> bool:
    """Whether words about a deck ask for one: "a deck about cats" does, "deck chairs" does not."""
    return re.match(rf"(?:{_MAKE}|an?|{NUMBER})\b", said, re.IGNORECASE) is not None or (
        re.match(rf"{DECK}\b:? (?:about|on|for)\b", said, re.IGNORECASE) is not None
    )


def _placed(rest: str) -> tuple[Place, str]:
    """The place that the words name, and the other words."""
    for found in re.finditer(rf"(?:^|[ ,]+)({_PLACE_WORDS}\b.*)$", rest, re.IGNORECASE):
        # "Life after 40" is a topic.
        if _IS_PLACE.search(found[1]) and (where := place(found[1])) is not None:
            return where, rest[: found.start()].strip(" ,")
    # The place may come first: "after slide 2 about risks".
    first = re.match(rf"({_PLACE_WORDS}\b.+?)[ ,]+((?:{ABOUT}|with)\b.*)$", rest, re.IGNORECASE)
    if first is not None and (where := place(first[1])) is not None:
        return where, first[2]
    return END, rest
