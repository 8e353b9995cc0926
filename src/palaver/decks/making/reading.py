"""What a message wishes of a deck, read from its words alone, where no model reads it.

A message is a wish only where it asks for something to be done (an imperative, politely or not) and
speaks of slides; questions about slides are none. What cannot be read for certain is
``NotUnderstood``: to do the wrong thing to somebody's slides is worse than to ask.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from palaver.decks.making.messages import (
    COURTESY,
    GREETING,
    Parts,
    items_of,
    parts_of,
    with_inline_material,
)
from palaver.decks.making.phrases import DECK, NUMBER
from palaver.decks.making.reading_changes import (
    delete_wish,
    move_wish,
    notes_wish,
    replace_wish,
    reshape_wish,
    retitle_wish,
    swap_wish,
)
from palaver.decks.making.reading_creations import add_wish, create_wish
from palaver.decks.making.reading_decks import (
    export_wish,
    list_wish,
    theme_wish,
    undo_wish,
)
from palaver.decks.making.reading_languages import ENGLISH_ONLY, is_in_other_words
from palaver.decks.making.spelling import begins_like_request, respelled
from palaver.decks.making.topics import Doubtful
from palaver.decks.making.wishes import NotUnderstood, Wish
from palaver.decks.making.words import UNCLEAR

MAX_CLAUSES: Final = 20
_POLITE: Final = re.compile(
    rf"(?:(?:{GREETING}|please|pls|plz|ok|okay|now|then|and|also|next|finally|so|great|nice|"
    r"perfect|cool|super|well|oh|oops|hmm?|right|alright|yes|thanks(?: a lot| so much)?|"
    r"thank you(?: very much| so much)?|sorry|excuse me|let's|lets|let us|"
    r"(?:can|could) we(?! (?:have|get)\b)|(?:could|can|would|will) (?:you|u)(?: (?:maybe|perhaps|"
    r"possibly|kindly))?|"
    r"would you be so kind (?:as to|and)|be so kind (?:as to|and)|do me a favou?r(?: and)?|"
    r"go ahead and|help me(?: to)?|i was wondering (?:if|whether) you (?:could|can)|"
    r"(?:is it|would it be) possible (?:for you )?to|if (?:possible|you can|you could)|"
    r"i(?:'d| would)? (?:want|like|need|love) (?:you )?to(?! (?:have|get|see)\b)|"
    r"we(?:'d| would)? (?:want|like|need) (?:you )?to|i want you to|i need you to|kindly|just|"
    r"quickly|maybe|perhaps|simply)"
    r"\b[,!.:]? *(?:[-–] )?)+",
    re.IGNORECASE,
)
_AFTERTHOUGHT: Final = re.compile(
    r"(?:[,.!]? *(?:please|pls|plz|thanks(?: a lot| so much| in advance)?|thx|ty|cheers|"
    r"thank you(?: very much| so much| in advance)?|for me|if (?:possible|you can|you could)|"
    r"(?:ok|okay|right)(?=\?)|now(?=[!.])|:-?\)|🙏|😊|🙂))+[.!? ]*$",
    re.IGNORECASE,
)
_VERBS: Final = (
    "create|make|build|prepare|draft|generate|write|produce|design|compose|put|start|give|add|"
    "insert|include|append|delete|remove|drop|erase|cut|clear|move|shift|swap|exchange|rename|"
    "retitle|call|change|set|turn|convert|replace|use|apply|switch|undo|redo|revert|restore|split|"
    "merge|join|combine|duplicate|copy|clone|reorder|rearrange|sort|shorten|expand|extend|rewrite|"
    "rephrase|translate|update|edit|fix|improve|format|style|colou?r|show|list|export|download|"
    "save|print|share|send|e-?mail|mail|keep|leave|discard|wipe|reverse|get rid|throw|roll back|"
    "take back|"
    "do not|don't|never|ensure|i want|i(?:'d| would) (?:like|love)|i need|we need|we(?:'d| "
    "would) like"
)
_IS_REQUEST: Final = re.compile(
    rf"(?:{_VERBS})\b|{NUMBER}[- ]+(?:\w+ )?slides?\b|an? (?:\w+ )?{DECK}\b",
    re.IGNORECASE,
)
_IS_REMARK: Final = re.compile(
    r"(?:on|in|for|from) (?:the )?(?:\w+ )?(?:slides?|deck|presentation)\b|"
    r"(?:the )?(?:\w+ )?slides? (?:\w+ )?(?:should|must|needs?|has to|could)\b|"
    r"(?:(?:an?|another|one more) (?:\w+ )?)?slides? (?:about|on|for|with|after|before)\b|"
    r"(?:i|we) (?:don't|do not) (?:want|need|like)\b|"
    r"(?:after|before) (?:the )?(?:\w+ )?slide\b|summari[sz]e .+ (?:in|as|into|on) .*slides?\b|"
    r"the (?:title|heading|name|notes|text|content)s? (?:of|on|for)\b|kill\b|place\b",
    re.IGNORECASE,
)
"""What asks for a change, unless it is a question."""

_SPEAKS_OF_SLIDES: Final = re.compile(
    r"\b(?:slides?|decks?|presentations?|slide ?shows?|power ?points?|pptx?|speaker notes)\b",
    re.IGNORECASE,
)
_CLAUSE_END: Final = re.compile(
    r"(?:[.;!?]\s+|,?\s+and\s+(?:then\s+|also\s+|please\s+)*|,\s+(?:then\s+|also\s+)?|\s+then\s+)"
    rf"(?=(?:(?:please|then|also|finally|next)\s+)*(?:{_VERBS})\b)",
    re.IGNORECASE,
)
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+")
_GERUND: Final = re.compile(
    r"(?:(?:would|do) you )?mind (?:(mak|creat|prepar|delet|mov|renam|chang|remov|"
    r"generat|writ)ing|(add|insert|build|swap|export)p?ing)\b",
    re.IGNORECASE,
)
_PLACE_FIRST: Final = re.compile(
    r"((?:after|before|between) (?:the )?(?:\w+ )?slides?\b[^,.;]*), "
    r"((?:please )?(?:add|insert|include|create) [^.;]+)",
    re.IGNORECASE,
)
_APOSTROPHE: Final = re.compile(r"\b(i|we|let|don)’(?=[dst]\b)", re.IGNORECASE)
_HAVE: Final = re.compile(r"(?:can|could|may|might) (?:i|we) (?:have|get)\b", re.IGNORECASE)
_TITLE_OF: Final = re.compile(
    rf"(?:on|in|for) ((?:the )?(?:slide {NUMBER}|\w+ slide)),? "
    r"((?:change|set) the (?:title|heading)) (to|into) ",
    re.IGNORECASE,
)


def wish_of(message: str) -> tuple[Wish, ...]:
    """What the message wishes of the deck, in its order; empty where it is about something else.

    Where a part of it is not understood, that is all there is: nothing is done by halves.
    """
    found = _read(message)
    if not found and is_in_other_words(message):
        return (NotUnderstood(ENGLISH_ONLY),)
    if not _is_done(found) and (again := respelled(message)) != message:
        return _read(again) or found
    return found


def _read(message: str) -> tuple[Wish, ...]:
    items = items_of(message)
    if items:
        each = [_read(item) for item in items[:MAX_CLAUSES]]
        if len(items) == len(each) and all(_is_done(wishes) for wishes in each):
            return tuple(wish for wishes in each for wish in wishes)
        return (NotUnderstood(),) if any(each) else ()
    parts = parts_of(message)
    found = None
    if not parts.goes_on:
        found = _wishes(parts)
    if found is None and parts.is_wrapped:
        found = _wishes(parts.unwrapped())
        parts = parts.unwrapped()
    if found is not None:
        return (NotUnderstood(),) if parts.has_afterword else found
    if any(map(_is_request, _sentences(parts.request))):
        return (NotUnderstood(),)
    return ()


def _is_request(sentence: str) -> bool:
    """Whether a sentence asks for something to be done to slides, whatever it is."""
    said = _bare(sentence)
    if not _SPEAKS_OF_SLIDES.search(said):
        return False
    if _IS_REQUEST.match(said) or begins_like_request(said):
        return True
    return not sentence.rstrip().endswith("?") and _IS_REMARK.match(said) is not None


def _is_done(wishes: tuple[Wish, ...]) -> bool:
    return bool(wishes) and not any(isinstance(wish, NotUnderstood) for wish in wishes)


def _wishes(parts: Parts) -> tuple[Wish, ...] | None:
    """The wishes of the request; ``None`` where it is none that can be read."""
    parts = Parts(" ".join(_sentences(parts.request)), parts.material)
    inline = with_inline_material(parts)
    if inline is not None and inline.material.startswith("- "):
        parts = inline if _one(inline) is not None else parts
    whole = _one(parts)
    if inline is not None and (
        whole is None or (isinstance(whole, NotUnderstood) and not inline.is_instructed)
    ):
        whole = _one(inline) or whole
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
        try:
            wish = read(said, parts.material)
        except Doubtful:
            return NotUnderstood(UNCLEAR)
        if wish is not None:
            return wish
    return None


def _sentences(request: str) -> list[str]:
    """The sentences that say something."""
    found = _SENTENCE_END.split(request)
    return [each for each in found if each.strip() and not COURTESY.fullmatch(each.strip())]


def _bare(request: str) -> str:
    """The request without courtesies around it, as an imperative."""
    request = _APOSTROPHE.sub(r"\1'", " ".join(request.split()), count=2)
    if found := _POLITE.match(request):
        request = request[found.end() :]
    if found := _GERUND.match(request):
        verb = f"{found[1]}e" if found[1] else found[2]
        request = verb + request[found.end() :]
    request = _HAVE.sub("give me", request, count=1) if _HAVE.match(request) else request
    if found := _PLACE_FIRST.fullmatch(request.rstrip(".! ")):
        request = f"{found[2]} {found[1]}"
    request = _TITLE_OF.sub(r"\2 of \1 \3 ", request, count=1)
    return _AFTERTHOUGHT.sub("", request).rstrip(".!? ")


_READERS: Final[tuple[Callable[[str, str], Wish | None], ...]] = (
    undo_wish,
    list_wish,
    export_wish,
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
