"""What a message wishes of a deck, read from its words alone, where no model reads it.

A message is a wish only where it asks for something to be done (an imperative, politely or not) and
speaks of slides; questions about slides are none. What cannot be read for certain is
``NotUnderstood``: to do the wrong thing to somebody's slides is worse than to ask.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from palaver.decks.making.messages import Parts, parts_of, with_inline_material
from palaver.decks.making.phrases import DECK, NUMBER
from palaver.decks.making.reading_changes import (
    delete_wish,
    list_wish,
    move_wish,
    notes_wish,
    replace_wish,
    reshape_wish,
    retitle_wish,
    swap_wish,
    theme_wish,
    undo_wish,
)
from palaver.decks.making.reading_creations import add_wish, create_wish
from palaver.decks.making.wishes import NotUnderstood, Wish

MAX_CLAUSES: Final = 20
_POLITE: Final = re.compile(
    r"(?:(?:please|pls|hi|hello|hey|ok|okay|now|then|and|also|next|finally|so|great|thanks"
    r"|thank you|let's|lets|let us|could you|can you|would you|will you|go ahead and"
    r"|help me(?: to)?"
    r"|i(?:'d| would)? (?:want|like|need) (?:you )?to|i want you to|i need you to|kindly|just)"
    r"\b[,!.:]? *)+",
    re.IGNORECASE,
)
_AFTERTHOUGHT: Final = re.compile(
    r"(?:,? *(?:please|thanks|thank you|for me))+[.!? ]*$", re.IGNORECASE
)
_VERBS: Final = (
    "create|make|build|prepare|draft|generate|write|produce|design|compose|put|start|give|add|"
    "insert|include|append|delete|remove|drop|erase|cut|move|shift|swap|exchange|rename|retitle|"
    "call|change|set|turn|convert|replace|use|apply|switch|undo|revert|restore|split|merge|join|"
    "combine|duplicate|copy|clone|reorder|rearrange|sort|shorten|expand|extend|rewrite|rephrase|"
    "translate|update|edit|fix|improve|format|style|colou?r|show|list|export|clear|i want|"
    "i(?:'d| would) like|i need|we need"
)
_IS_REQUEST: Final = re.compile(
    rf"(?:{_VERBS})\b|{NUMBER}[- ]+(?:\w+ )?slides?\b|an? {DECK}\b", re.IGNORECASE
)
_SPEAKS_OF_SLIDES: Final = re.compile(
    r"\b(?:slides?|decks?|presentations?|slide ?shows?|power ?points?|pptx?|speaker notes)\b",
    re.IGNORECASE,
)
_CLAUSE_END: Final = re.compile(
    rf"(?:[.;!]\s+|,?\s+and\s+(?:then\s+|also\s+)?|,\s+(?:then\s+|also\s+)?|\s+then\s+)(?=(?:please\s+)?(?:{_VERBS})\b)",
    re.IGNORECASE,
)


def wish_of(message: str) -> tuple[Wish, ...]:
    """What the message wishes of the deck, in its order; empty where it is about something else.

    Where a part of it is not understood, that is all there is: nothing is done by halves.
    """
    parts = parts_of(message)
    found = _wishes(parts)
    if found is None and parts.is_wrapped:
        found = _wishes(parts.unwrapped())
    if found is not None:
        return found
    said = _bare(parts.request)
    if _IS_REQUEST.match(said) and _SPEAKS_OF_SLIDES.search(said):
        return (NotUnderstood(),)
    return ()


def _wishes(parts: Parts) -> tuple[Wish, ...] | None:
    """The wishes of the request; ``None`` where it is none that can be read."""
    inline = with_inline_material(parts)
    if inline is not None and inline.material.startswith("- "):
        parts = inline if _one(inline) is not None else parts
    whole = _one(parts)
    if whole is None and inline is not None:
        whole = _one(inline)
    clauses = [_bare(clause) for clause in _CLAUSE_END.split(parts.request) if clause.strip()]
    if 1 < len(clauses) <= MAX_CLAUSES:
        # What stands below the request belongs to its last clause.
        materials = [*[""] * (len(clauses) - 1), parts.material]
        each = [_one(Parts(c, m)) for c, m in zip(clauses, materials, strict=True)]
        if all(one is not None and not isinstance(one, NotUnderstood) for one in each):
            return tuple(one for one in each if one is not None)
    return None if whole is None else (whole,)


def _one(parts: Parts) -> Wish | None:
    said = _bare(parts.request).rstrip(":").rstrip()
    for read in _READERS:
        wish = read(said, parts.material)
        if wish is not None:
            return wish
    return None


def _bare(request: str) -> str:
    """The request without courtesies around it."""
    request = " ".join(request.split())
    if found := _POLITE.match(request):
        request = request[found.end() :]
    return _AFTERTHOUGHT.sub("", request).rstrip(".!? ")


_READERS: Final[tuple[Callable[[str, str], Wish | None], ...]] = (
    undo_wish,
    list_wish,
    theme_wish,
    delete_wish,
    swap_wish,
    notes_wish,
    retitle_wish,
    reshape_wish,
    move_wish,
    replace_wish,
    add_wish,
    create_wish,
)
