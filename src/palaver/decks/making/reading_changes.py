"""Wishes that change the slides that there are, each read by a function of its own.

A reader takes the request without courtesies and what stands below it, and returns ``None`` for any
other wish.
"""

from __future__ import annotations

import re
from typing import Final

from palaver.decks.making.phrases import (
    DECK,
    LAYOUT,
    fits,
    layout,
    names_slides,
    place,
    reference,
    references,
    unquoted,
)
from palaver.decks.making.topics import certain_title
from palaver.decks.making.wishes import (
    Delete,
    DeleteAll,
    Move,
    NotUnderstood,
    Replace,
    Reshape,
    Retitle,
    SetNotes,
    Swap,
    Wish,
)

_DELETE: Final = (
    r"(?:delete|remove|drop|erase|cut|clear|discard|wipe|get rid of|throw (?:out|away))"
)
_EVERY: Final = (
    r"(?:all(?: of)?(?: the| my| these| our)? (?:slides|pages)|all(?= (?:but|except))|"
    r"every (?:slide|page)|"
    rf"(?:the|this|my|our) (?:(?:whole|entire|complete|full) )?{DECK}|all(?: of)? (?:the|my|"
    rf"this) {DECK})"
)


def delete_wish(said: str, material: str) -> Wish | None:
    found = fits(rf"{_DELETE} (.+)", said)
    if not found or material:
        return None
    if every := fits(
        rf"{_EVERY}(?:,? (?:except|but|besides|other than|apart from)(?: for)? (.+))?", found[1]
    ):
        kept = references(every[1]) if every[1] else ()
        return DeleteAll(kept) if kept or not every[1] else NotUnderstood()
    if not names_slides(found[1]):
        return None
    slides = references(found[1])
    return Delete(slides) if slides else NotUnderstood()


def move_wish(said: str, material: str) -> Wish | None:
    found = fits(
        r"(?:move|put|shift|bring) (.+?) "
        r"((?:to|at|before|in front of|ahead of|above|after|behind|following|below|between|as|"
        r"into|up|down)\b.*)",
        said,
    )
    if not found or material or not names_slides(found[1]):
        return None
    slide, where = reference(found[1]), place(found[2])
    return None if slide is None or where is None else Move(slide, where)


def swap_wish(said: str, material: str) -> Wish | None:
    found = fits(r"(?:swap|exchange|switch) (.+?) (?:and|with|for) (.+)", said)
    if not found or material or not names_slides(found[1]):
        return None
    first = reference(re.sub(r"^(the )?slides\b", "slide", found[1], flags=re.IGNORECASE))
    second = reference(found[2], bare=True)
    return None if first is None or second is None else Swap(first, second)


def retitle_wish(said: str, material: str) -> Wish | None:
    deck = rf"(?:the |this |my )?(?:{DECK}|slides)"
    name = "(?:title|heading|name)"
    patterns = (
        r"(?:rename|retitle|title) (.+?) (?:to|as|into):? (.+)",
        r"(?:call|name|title) (.+?(?:slide|deck|presentation|\d+)):? (.+)",
        rf"(?:change|set|make) (?:the )?{name} (?:of|on|for) (.+?) (?:to|as|into):? (.+)",
        rf"(?:change|set) ((?:the )?(?:slide \d+|.+ slide|deck|presentation))'s {name} "
        r"(?:to|as|into):? (.+)",
        rf"(?:change|set|make) ((?:the|this|my|our) (?:deck|presentation)|slide \d+)(?:'s)? {name} "
        r"(?:to|as|into):? (.+)",
        r"(?:rename|retitle) (.+?):? ([\"“«].+)",
        r"give (.+?) the (?:title|heading|name):? (.+)",
    )
    for pattern in patterns:
        found = fits(pattern, said)
        if found and not material:
            title = certain_title(found[2])
            if fits(deck, found[1]):
                return Retitle(title)
            slide = reference(found[1]) if names_slides(found[1]) else None
            if slide is not None and title:
                return Retitle(title, slide)
    return None


def notes_wish(said: str, material: str) -> Wish | None:
    verbs = "(add|append|set|change|write|replace|put)"
    found = fits(
        rf"{verbs} (?:the |some )?(?:speaker )?notes? "
        r"(?:to|of|for|on|in) (.+?)(?:(?: to| with| saying)?:| to| with| saying) (.+)",
        said,
    )
    is_below = fits(
        rf"{verbs} (?:the |these |this |some )?(?:speaker )?notes? "
        r"(?:to|of|for|on|in) (.+?)(?: to| with| saying)?",
        said,
    )
    if found:
        slide, text = reference(found[2]), unquoted(found[3])
        text = "\n".join(part for part in (text, material) if part)
    elif is_below and material:
        slide, text, found = reference(is_below[2]), material, is_below
    else:
        return None
    keeps = found[1].lower() in ("add", "append", "put", "write")
    return SetNotes(slide, text, keeps) if slide is not None and text else None


def reshape_wish(said: str, material: str) -> Wish | None:
    found = fits(
        r"(?:make|turn|convert|change|transform|format|show) (.+?) "
        rf"(?:(?:to|into|as|in) )?(?:a |an |the )?({LAYOUT})(?: (?:slide|layout|format))?"
        r"(?: with (?:this|these|the following)(?: \w+)?)?",
        said,
    )
    if not found or not names_slides(found[1]):
        return None
    slide, shape = reference(found[1]), layout(found[2])
    return None if slide is None or shape is None else Reshape(slide, shape, material)


def replace_wish(said: str, material: str) -> Wish | None:
    found = fits(
        r"(?:replace|change|rewrite|update|set|make) (?:the (?:content|text) (?:of|on) )?(.+?) "
        r"(?:with|by|to|into|as)(?: (?:this|these|the following)(?: \w+)?)?",
        said,
    )
    if not found or not material or not names_slides(found[1]):
        return None
    slide = reference(found[1])
    return None if slide is None else Replace(slide, material)
