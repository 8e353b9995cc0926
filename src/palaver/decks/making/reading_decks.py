"""Wishes about the deck as a whole: its look, its last change, what is in it, a file of it.

A reader takes the request without courtesies and what stands below it, and returns ``None`` for any
other wish.
"""

from __future__ import annotations

import re
from typing import Final

from palaver.decks.making.phrases import DECK, NUMBER, fits
from palaver.decks.making.wishes import (
    THEMES,
    Export,
    ListSlides,
    NotUnderstood,
    SetTheme,
    Undo,
    Wish,
)

_UNDO: Final = r"(?:undo|revert|reverse|take back|roll back|rollback)"
_LAST: Final = (
    r"(?:the |my |your |that |this )?(?:very )?(?:last|latest|previous|most recent)"
    r"(?: (?:change|edit|step|action|deletion|move|thing|one))?"
)
_IN_DECK: Final = r"(?: (?:to|of|in|on) (?:the |my )?(?:deck|slides?|presentation))?"
_THE_SLIDES: Final = rf"(?:the|my|our|this|these) (?:{DECK}|slides)"
_FORMAT: Final = (
    r"(?:an? |the )?(?:pdf|pptx?|power ?point|keynote|slide|presentation)"
    r"(?: (?:file|document|slides|format))?"
)
_IS_FILE: Final = re.compile(
    r"\b(?:slides?|decks?|presentations?|slide ?shows?|pdf|pptx?|power ?points?)\b", re.IGNORECASE
)
_OUT: Final = r"(?:export|download|save|print|share|e-?mail|mail|send)"


def undo_wish(said: str, material: str) -> Wish | None:
    """The last change taken back; or more, which is not understood as one."""
    if material:
        return None
    one = (
        rf"(?:oops,? )?{_UNDO}(?: (?:that|this|it|{_LAST}|the (?:change|edit|deletion|step|move)))?"
        rf"(?: (?:again|now))?{_IN_DECK}|take (?:that|this|it|{_LAST}) back"
        r"|(?:restore|go back to|return to) (?:the )?(?:previous|last|old|earlier)"
        r"(?: (?:version|state|deck|slides|presentation))?(?: of (?:the |my )?(?:deck|slides|"
        r"presentation))?"
    )
    if fits(one, said):
        return Undo()
    several = (
        rf"{_UNDO}\b.*\b(?:{NUMBER}|all|everything|both|several|twice|changes|edits|steps)\b.*"
        rf"|(?:go|roll|step) back (?:{NUMBER}|to version).*|(?:restore|revert to) version {NUMBER}"
    )
    if fits(several, said):
        return Undo("several")
    return Undo("undone") if fits(rf"redo(?: (?:that|it|{_LAST}))?{_IN_DECK}", said) else None


def list_wish(said: str, material: str) -> Wish | None:
    """What slides there are."""
    pattern = (
        r"(?:show|list|give|display|view)(?: me| us)? (?:all )?(?:of )?(?:the|my|our|all)? ?"
        r"(?:slides|slide titles|titles|titles of (?:the|my|our|all)(?: the)? slides|"
        r"deck|presentation|slide ?show|(?:deck|presentation)(?:'s)? (?:outline|slides)|"
        r"outline of (?:the|my|our) (?:deck|presentation))(?: (?:again|so far|now))?"
        r"|(?:what|which) slides (?:are there|do (?:i|we) have|are in .+|does .+ have)(?: .*)?"
        r"|what(?:'s| is) (?:in|on) (?:the|my|our) (?:deck|slides|presentation)"
        r"|how many slides (?:are there|do (?:i|we) have|does (?:the|my|our) .+ have)(?: .*)?"
    )
    if material or not fits(pattern, said):
        return None
    return (
        None
        if fits(r"(?:show|list|give|display|view)(?: me| us)? ?(?:titles|all titles)", said)
        else ListSlides()
    )


def export_wish(said: str, material: str) -> Wish | None:
    """A file, which no message can hand out."""
    patterns = (
        rf"{_OUT}(?: me| us)?(?: (?:it|this|that|everything|them))?(?: {_THE_SLIDES})?"
        r"(?: (?:as|to|in|into|with|by|for|on|from|via|again|now|here) .+| now)?",
        rf"{_OUT}\b(?: me| us)? (?:the |my |our |an? )?(?:{DECK}|slides|pdf|file)\b.*",
        r"(?:give|get|show|hand|send)(?: me| us) (?:the|my|our|an?) (?:pdf|file|"
        r"download(?: link)?|pptx?)"
        r"(?: (?:file|version))?(?: (?:of|for) .*)?",
        rf"(?:give|get|hand|send)(?: me| us)? {_THE_SLIDES}(?: (?:as|in|to) .+)?",
        rf"(?:convert|turn|make) (?:it|this|that|{_THE_SLIDES}) (?:in)?to {_FORMAT}",
        rf"(?:how|where) (?:do|can|could|would|should|may|to)(?: (?:i|we|one|you))? "
        rf"(?:{_OUT}|(?:get|find|open) (?:the|my|our) (?:{DECK}|slides|pdf|file))\b.*",
        rf"(?:can|could|may) (?:i|we) (?:{_OUT}|get|have)\b.* (?:as|in|to) {_FORMAT}",
        rf"(?:can|could|may) (?:i|we) {_OUT}\b.*",
        rf"where (?:is|are) (?:the|my|our) (?:file|pdf|pptx?|power ?point|download|{DECK})",
    )
    if material or not any(fits(pattern, said) for pattern in patterns):
        return None
    is_named = _IS_FILE.search(said) is not None
    # "Save it" is about slides only where there are some; "save energy" is about something else.
    return (
        Export(is_named=is_named)
        if is_named or fits(rf"{_OUT} (?:it|this|that|everything)", said)
        else None
    )


def theme_wish(said: str, material: str) -> Wish | None:
    """Another look."""
    names = "|".join(THEMES)
    patterns = (
        rf"(?:the )?({names}) theme",
        rf"(?:use|apply|set|switch to|change to|choose|take|pick)(?: the)? ({names})"
        r"(?: (?:theme|style|look))?"
        r"(?: (?:for|to|on) (?:the |this |my )?(?:deck|slides|presentation))?(?: (?:instead|now))?",
        r"(?:use|apply|set|switch|change|make)(?: the)?(?: (?:deck|slides?|presentation)(?:'s)?)?"
        rf"(?: (?:theme|style|look))?(?: of (?:the |my )?(?:deck|slides|presentation))? "
        rf"(?:to |into |as )?(?:the |use the )?({names})(?: (?:theme|style|look))?(?: instead)?",
    )
    for pattern in patterns:
        if not material and (found := fits(pattern, said)):
            return SetTheme(found[1].lower())
    other = (
        r"(?:use|apply|set|switch|change)\b.*\b(?:theme|style|look)\b(?: of [\w ]+)?"
        r"(?: (?:to|into|as)(?: the)? [\w -]+)?"
    )
    if fits(other, said) and re.search(r"\btheme\b", said, re.IGNORECASE):
        return NotUnderstood(f"The themes are {', '.join(THEMES[:-1])} and {THEMES[-1]}.")
    return None
