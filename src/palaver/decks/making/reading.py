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
from palaver.decks.making.phrases import (
    END,
    LAYOUT,
    NUMBER,
    Place,
    layout,
    number,
    place,
    reference,
    references,
    unquoted,
)
from palaver.decks.making.wishes import (
    THEMES,
    Add,
    Create,
    Delete,
    ListSlides,
    Move,
    NotUnderstood,
    Replace,
    Reshape,
    Retitle,
    SetNotes,
    SetTheme,
    Swap,
    Undo,
    Wish,
)

MAX_CLAUSES: Final = 20
MAX_TOPIC_CHARACTERS: Final = 500

NO_TOPIC: Final = (
    "I need a topic or an outline for the slides; without a language model I cannot make them out "
    "of what was said before."
)

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
_DECK: Final = (
    r"(?:(?:slide|pitch|power ?point|pptx?)[- ]?)*"
    r"(?:presentation|deck|slide ?show|slide ?deck|power ?point|pptx?)(?: deck| slides)?"
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
_VERBS: Final = (
    "create|make|build|prepare|draft|generate|write|produce|design|compose|put|start|give|add|"
    "insert|include|append|delete|remove|drop|erase|cut|move|shift|swap|exchange|rename|retitle|"
    "call|change|set|turn|convert|replace|use|apply|switch|undo|revert|restore|split|merge|join|"
    "combine|duplicate|copy|clone|reorder|rearrange|sort|shorten|expand|extend|rewrite|rephrase|"
    "translate|update|edit|fix|improve|format|style|colou?r|show|list|export|clear|i want|"
    "i(?:'d| would) like|i need|we need"
)
_IS_REQUEST: Final = re.compile(
    rf"(?:{_VERBS})\b|{NUMBER}[- ]+(?:\w+ )?slides?\b|an? {_DECK}\b", re.IGNORECASE
)
_SPEAKS_OF_SLIDES: Final = re.compile(
    r"\b(?:slides?|decks?|presentations?|slide ?shows?|power ?points?|pptx?|speaker notes)\b",
    re.IGNORECASE,
)
_CLAUSE_END: Final = re.compile(
    rf"(?:[.;!]\s+|,?\s+and\s+(?:then\s+|also\s+)?|,\s+(?:then\s+|also\s+)?|\s+then\s+)(?=(?:please\s+)?(?:{_VERBS})\b)",
    re.IGNORECASE,
)
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


def _undo(said: str, material: str) -> Wish | None:
    pattern = (
        r"(?:undo|revert|take back)(?: (?:that|this|it|the (?:last|latest|previous) "
        r"(?:change|edit|step)))?(?: (?:to|of|in) (?:the |my )?(?:deck|slides?|presentation))?"
        r"|(?:restore|go back to) (?:the )?(?:previous|last) (?:version|state)"
        r"(?: of (?:the |my )?(?:deck|slides|presentation))?"
    )
    return None if material or not _fits(pattern, said) else Undo()


def _list(said: str, material: str) -> Wish | None:
    pattern = (
        r"(?:show|list|give)(?: me)? (?:all )?(?:the|my|all)? ?(?:slides|slide titles|"
        r"titles of (?:the|my|all) slides|(?:deck|presentation)(?:'s)? (?:outline|slides)|"
        r"outline of the (?:deck|presentation))"
    )
    return None if material or not _fits(pattern, said) else ListSlides()


def _theme(said: str, material: str) -> Wish | None:
    names = "|".join(THEMES)
    patterns = (
        rf"(?:use|apply|set|switch to|change to|choose|take)(?: the)? ({names})"
        r"(?: (?:theme|style|look))?"
        r"(?: (?:for|to|on) (?:the |this |my )?(?:deck|slides|presentation))?",
        r"(?:use|apply|set|switch|change|make)(?: the)?(?: (?:deck|slides?|presentation)(?:'s)?)?"
        rf"(?: (?:theme|style|look))?(?: of (?:the |my )?(?:deck|slides|presentation))? "
        rf"(?:to |into |as )?(?:the |use the )?({names})(?: (?:theme|style|look))?",
    )
    for pattern in patterns:
        if not material and (found := _fits(pattern, said)):
            return SetTheme(found[1].lower())
    other = (
        r"(?:use|apply|set|switch|change)\b.*\b(?:theme|style|look)\b(?: of [\w ]+)?"
        r"(?: (?:to|into|as)(?: the)? [\w -]+)?"
    )
    if _fits(other, said) and re.search(r"\btheme\b", said, re.IGNORECASE):
        return NotUnderstood(f"The themes are {', '.join(THEMES[:-1])} and {THEMES[-1]}.")
    return None


def _delete(said: str, material: str) -> Wish | None:
    found = _fits(r"(?:delete|remove|drop|erase|cut|get rid of|throw out) (.+)", said)
    if not found or material or not _names_slides(found[1]):
        return None
    slides = references(found[1])
    return Delete(slides) if slides else NotUnderstood()


def _move(said: str, material: str) -> Wish | None:
    found = _fits(
        r"(?:move|put|shift|bring) (.+?) "
        r"((?:to|at|before|in front of|ahead of|above|after|behind|following|below|between|as|"
        r"into|up|down)\b.*)",
        said,
    )
    if not found or material or not _names_slides(found[1]):
        return None
    slide, where = reference(found[1]), place(found[2])
    return None if slide is None or where is None else Move(slide, where)


def _swap(said: str, material: str) -> Wish | None:
    found = _fits(r"(?:swap|exchange|switch) (.+?) (?:and|with|for) (.+)", said)
    if not found or material or not _names_slides(found[1]):
        return None
    first = reference(re.sub(r"^(the )?slides\b", "slide", found[1], flags=re.IGNORECASE))
    second = reference(found[2], bare=True)
    return None if first is None or second is None else Swap(first, second)


def _retitle(said: str, material: str) -> Wish | None:
    deck = rf"(?:the |this |my )?(?:{_DECK}|slides)"
    name = "(?:title|heading|name)"
    patterns = (
        r"(?:rename|retitle|title) (.+?) (?:to|as|into):? (.+)",
        r"(?:call|name|title) (.+?(?:slide|deck|presentation|\d+)):? (.+)",
        rf"(?:change|set|make) (?:the )?{name} (?:of|on|for) (.+?) (?:to|as|into):? (.+)",
        rf"(?:change|set) ((?:the )?(?:slide \d+|.+ slide|deck|presentation))'s {name} "
        r"(?:to|as|into):? (.+)",
        r"give (.+?) the (?:title|heading|name):? (.+)",
    )
    for pattern in patterns:
        found = _fits(pattern, said)
        if found and not material:
            title = unquoted(found[2])
            if _fits(deck, found[1]):
                return Retitle(title)
            slide = reference(found[1]) if _names_slides(found[1]) else None
            if slide is not None and title:
                return Retitle(title, slide)
    return None


def _notes(said: str, material: str) -> Wish | None:
    verbs = "(add|append|set|change|write|replace|put)"
    found = _fits(
        rf"{verbs} (?:the |some )?(?:speaker )?notes? "
        r"(?:to|of|for|on|in) (.+?)(?:(?: to| with| saying)?:| to| with| saying) (.+)",
        said,
    )
    is_below = _fits(
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


def _reshape(said: str, material: str) -> Wish | None:
    found = _fits(
        r"(?:make|turn|convert|change|transform|format|show) (.+?) "
        rf"(?:(?:to|into|as|in) )?(?:a |an |the )?({LAYOUT})(?: (?:slide|layout|format))?"
        r"(?: with (?:this|these|the following)(?: \w+)?)?",
        said,
    )
    if not found or not _names_slides(found[1]):
        return None
    slide, shape = reference(found[1]), layout(found[2])
    return None if slide is None or shape is None else Reshape(slide, shape, material)


def _replace(said: str, material: str) -> Wish | None:
    found = _fits(
        r"(?:replace|change|rewrite|update|set|make) (?:the (?:content|text) (?:of|on) )?(.+?) "
        r"(?:with|by|to|into|as)(?: (?:this|these|the following)(?: \w+)?)?",
        said,
    )
    if not found or not material or not _names_slides(found[1]):
        return None
    slide = reference(found[1])
    return None if slide is None else Replace(slide, material)


def _add(said: str, material: str) -> Wish | None:
    found = _fits(
        rf"{_ADD}(?: me| us)? (?:(an?|another|one more|the|{NUMBER})(?: more)? )?"
        rf"(?:(?:new|more|extra|further|additional|following) )*(?:({LAYOUT})[- ])?"
        r"slides?(?: here)?\b[,:]? ?(.*)",
        said,
    )
    if not found:
        return _add_layout(said, material)
    amount, shape, rest = found[1] or "", found[2], found[3]
    if amount.lower() == "the" and not _fits(r"(?:add|insert|include|append|put in)\b.*", said):
        return None
    several = amount and _fits(NUMBER, amount)
    count = number(amount) if several else 1
    makes_more = re.search(r"slides\b", said[: found.start(3)], re.IGNORECASE)
    is_addition = _fits(r"(?:add|insert|include|append|put in)\b.*", said)
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
    found = _fits(rf"(?:add|insert|append) (?:an? |another )({LAYOUT})\b ?(.*)", said)
    if not found:
        return None
    where, others = _placed(found[2])
    topic = _topic(others)
    shape = layout(found[1])
    if topic is None or shape is None or not (material or where != END):
        return None
    return Add(topic, 1, where, shape, material)


def _create(said: str, material: str) -> Wish | None:
    count: int | None = None
    theme: str | None = None
    rest = ""
    patterns = (
        rf"(?:{_MAKE} )?(?:me |us )?"
        r"(?:(?:an?|the|my|our|new|another|short|brief|quick|long|nice|good|simple) )*"
        rf"(?:({NUMBER})[- ]+(?:slides?|pages?)(?: |-))?(?:(?:long|short|brief|new) )*"
        rf"(?:({'|'.join(THEMES)}) )?{_DECK}\b[,:]? ?(.*)",
        rf"({NUMBER})[- ]+()slides\b[,:]? ?(.*)",
        r"()(?:turn|convert|make|put) ()(.+?) (?:into|as|to) (?:(?:an?|some|the) )?(?:new )?"
        rf"(?:{_DECK}|slides)",
    )
    for pattern in patterns:
        found = _fits(pattern, said)
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
        re.match(rf"{_DECK}\b:? (?:about|on|for)\b", said, re.IGNORECASE) is not None
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
    if found := _fits(rf"(?:(?:that is |which is )?{_ABOUT}|{named}) (.+)", rest):
        rest = found[1]
    elif (found := _fits(r"(?:from|out of|based on|using) (.+)", rest)) and _refers_elsewhere(
        found[1]
    ):
        return found[1]
    elif not is_free and not _fits(r"[\"“«'].+[\"”»']", rest):
        return None
    topic = unquoted(rest)
    return topic if len(topic) <= MAX_TOPIC_CHARACTERS else None


def _with_theme(rest: str) -> tuple[str, str | None]:
    found = _WITH_THEME.search(rest)
    if not found:
        return rest, None
    return f"{rest[: found.start()]} {rest[found.end() :]}".strip(), found[1].lower()


def _refers_elsewhere(topic: str) -> bool:
    return _fits(_ELSEWHERE, topic) is not None


def _names_slides(words: str) -> bool:
    return re.search(r"\b(?:slides?|pages?)\b", words, re.IGNORECASE) is not None


def _fits(pattern: str, text: str) -> re.Match[str] | None:
    return re.fullmatch(pattern, text, re.IGNORECASE)


_READERS: Final[tuple[Callable[[str, str], Wish | None], ...]] = (
    _undo,
    _list,
    _theme,
    _delete,
    _swap,
    _notes,
    _retitle,
    _reshape,
    _move,
    _replace,
    _add,
    _create,
)
