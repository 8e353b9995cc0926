"""What slides shall be about: the topic in a request, where it is certain that it is one.

A further wish that is read as a part of a topic makes slides that nobody asked for, in place of
somebody's deck. So what could be one makes a topic uncertain, unless it stands between quotation
marks.
"""

from __future__ import annotations

import re
from typing import Final

from palaver.decks.making.phrases import DECK, NUMBER, fits, number, unquoted
from palaver.decks.making.wishes import THEMES

MAX_TOPIC_CHARACTERS: Final = 500

ABOUT: Final = (
    r"(?:about|on|for|covering|regarding|concerning|around|explaining|introducing|titled|called|"
    r"named|of)"
)
_THE_DECK: Final = (
    rf"(?:the|this|that|my|our|your) (?:(?:current|existing|same) )?(?:{DECK}|slides)"
)
_ELSEWHERE: Final = (
    r"(?:(?:this|that|it|these|those)(?: (?:text|conversation|chat|discussion|answer))?"
    r"|(?:the|our|my|your)(?: (?:above|last|previous|conversation|chat|discussion|answer|message))+"
    r"|what (?:we|you|i) .*)"
)
_SOME: Final = (
    r"(?:(?:but|and|only|just|exactly|about|around|some|roughly|approximately|maybe|at (?:most|"
    r"least)"
    r"|no more than|not more than|up to|max(?:imum)?\.?(?: of)?|a (?:total|maximum) of) )*"
)
_COUNTED: Final = re.compile(
    rf"(?:^|[ (,;–-])[ ,;(–-]*(?:(?:with|within|limited to|in|of|using|having|containing|"
    rf"that has|which has|and) )?"
    rf"{_SOME}(?:between )?({NUMBER})(?:(?: to | or | and |[-–])({NUMBER}))?"
    r"[- ]+(?:(?:short|simple|nice|content|single|total|different) )?(?:slides?|pages?)"
    r"(?: (?:long|max(?:imum)?|only|in total|at most|or so|or less|or fewer|total))?\)?"
    rf"(?=$|[,;.)]|\s+(?:{ABOUT}|using|in|with|and use|from)\b)",
    re.IGNORECASE,
)
_THEMED: Final = re.compile(
    rf"[,;(]? *\b(?:with|in|using|and use|use)? *(?:the |a )?[\"“]?({'|'.join(THEMES)})[\"”]? "
    rf"(?:theme|style|look)\b\)?(?=$|[,;.)]|\s+(?:{ABOUT}|with|and|in|using)\b)",
    re.IGNORECASE,
)
_TO_DECK: Final = re.compile(
    rf"^(?:to|in|into) {_THE_DECK}(?=$|[ ,:])[ ,]*|[ ,]+(?:to|into) {_THE_DECK}$", re.IGNORECASE
)
_OF_BOOKS: Final = re.compile(
    r",? +(?:from|using|based on|out of|with) (?:the|my|our|your|these|all)(?: the)? "
    r"(?:books?|library)(?: on (?:this|the) server)?$",
    re.IGNORECASE,
)
_NO_END: Final = re.compile(
    r"\b(?:Dr|Mrs?|Ms|Prof|St|Jr|Sr|vs|Nos?|Vol|Inc|Co|Ltd|Corp|approx|ca|[A-Z](?:\.[A-Z])*)\.",
)
_COMMANDS: Final = (
    "create|make|build|generate|write|produce|compose|give|add|insert|include|append|delete|remove|"
    "drop|erase|move|swap|rename|retitle|put|turn|convert|replace|apply|switch|undo|"
    "email|e-mail|send|save|download|keep|ensure|don't|do not|tell|let|highlight|mention|"
    "translate|summari[sz]e|start with|end with|begin with|finish with"
)
"""What is a command after "and", wherever it leads."""

_MAYBE_COMMANDS: Final = (
    "export|design|use|list|show|copy|cut|start|sort|change|format|style|colou?r|share|print|mail|"
    "present|review|edit|set|call|explain|describe|compare|limit|focus|cover|say|split|update|"
    "prepare|draft|leave|have|try|help|provide|present|discuss|end|finish|merge|shorten"
)
"""What is a command where something follows that it is done to; else it may be a thing."""

_TO_WHAT: Final = (
    r"(?:it|them|this|that|these|those|the|an?|me|us|my|our|your|some|any|every|each|to|one|two|"
    r"three|\d+|on|with|only|more|no|as|all|everything)"
)
_FURTHER: Final = (
    # A second sentence.
    r";|(?-i:[a-z][.!?][A-Z][a-z]+ )|[.!?…][\"'”’)\]]*\s+\S",
    # A further command.
    rf"(?<!^)(?:\b(?:and|then|but|also|or)|[,:–-])\s+(?:(?:then|also|please|to|you|can|could) )*"
    rf"(?:(?:{_COMMANDS})\b(?! (?:of|and)\b)|(?:{_MAYBE_COMMANDS}) {_TO_WHAT}\b)",
    r"\b(?:it|they|this|each|which|that) (?:should|must|has to|have to|needs? to|shall)\b",
    r"\b(?:please|pls|plz|thanks|thank you)\b",
)
_DOUBTS: Final = (
    *_FURTHER,
    # Somebody's deck or file, and what stands in one.
    r"\bslides?\b",
    r"\b(?:the|this|that|my|our|your|an?|each|every|new|whole|entire) (?:\w+ )?"
    r"(?:deck|presentation|slide ?show|power ?point|pptx?|pdf)s?\b",
    r"\b(?:as|in|to|into) (?:an? |the )?(?:pdf|pptx?|power ?point|keynote|google slides|"
    r"bullet points|bullets)\b",
    r"\b(?:speaker notes|bullet points?|bullets|page numbers|themes?:|(?:dark|light) (?:mode|"
    r"theme))",
    r"\b(?:with|without|including|containing|featuring|having|plus|and) (?:\w+ ){0,3}"
    r"(?:tables?|images?|pictures?|photos?|charts?|graphs?|diagrams?|quotes?|quotations?|notes|"
    r"animations?|transitions?|logos?|sources|references|citations|examples|headings?|titles?|"
    r"sections?|columns?|agenda|introduction|summary|conclusion|emojis?)\b",
    rf"\b(?:for|in|under|about) (?:{NUMBER})[- ]minutes?\b|\b\d+[- ]min(?:ute)?s?\b",
    # How it shall be written, or in what language, and from what.
    r"\bin (?:german|french|spanish|italian|english|dutch|polish|portuguese|russian|chinese|"
    r"japanese|korean|turkish|arabic|hindi|swedish|danish|greek|czech|ukrainian)\b",
    r"\bin (?:an? |the )?(?:\w+ )?(?:style|tone|language|words|terms|voice|theme|colou?rs?|font)\b",
    r"\b(?:using|based on|from|according to) (?:the|my|our|this|these|that|your|chapter|page) ?"
    r"(?:\w+ ){0,3}(?:books?|library|documents?|files?|reports?|pdf|notes|sources?|texts?|"
    r"articles?|pages?|chapters?|website|internet|web|\d+)\b",
    r"https?://|\bwww\.",
    r"\b(?:that|which) (?:is|are|has|have|explains?|shows?|covers?|includes?|contains?|uses?)\b",
    r"\b(?:theme|style)$",
    # Several slides, or a condition on them.
    r"^(?:each|every)\b|(?:\band|,) (?:one|another|two|a second|\d+) (?:more )?"
    r"(?:about|on|for|with|of)\b",
    r",? but (?:only|not|no|with|without|keep|make|in|just|please|don't|do not|short|shorter|"
    r"simple|"
    r"brief|first|then|also|use|leave|nothing|at)\b",
    r"\b(?:no more than|not more than|at most)\b",
    rf"^(?:{_COMMANDS})\b (?:it|them|sure|that|the|an?|me|us|my|our|your|some)\b|^(?:make it|"
    rf"keep it)",
    # Something that was cut in the middle.
    r"(?:^|\s)(?:with|of|and|or|the|an?|to|in|from|about|is|are|by|at|make|create|using|but|for|"
    r"between|has|have|having|contain(?:s|ing)?)$|^(?:and|or|but|with|of|to|in)\b|\(\s*\)|,\s*,",
)
_DOUBT: Final = re.compile("|".join(_DOUBTS), re.IGNORECASE)
_IS_FURTHER: Final = re.compile("|".join(_FURTHER), re.IGNORECASE)
_TWO_DEEDS: Final = re.compile(rf"\bto (?:\w+)(?:, \w+)* and (?={_COMMANDS})", re.IGNORECASE)
_DAY: Final = (
    r"(?:today|tonight|tomorrow|(?:mon|tues|wednes|thurs|fri|satur|sun)day(?: \w+)?|next \w+|"
    r"this \w+)"
)
_AT_ONCE: Final = re.compile(
    r"[ ,]+(?:asap|a\.s\.a\.p|right (?:now|away)|quickly|immediately|again|for me|for us|"
    r"(?:for|by|until) (?:today|tonight|tomorrow|(?:next |this )?(?:mon|tues|wednes|thurs|fri|"
    r"satur|sun)day))$",
    re.IGNORECASE,
)
_NO_TOPIC: Final = re.compile(
    rf"(?:on|by) {_DAY}|for (?:{_DAY}|(?:my|our|your|his|her|their) [\w' -]+|the (?:meeting|"
    rf"class|boss|team|"
    r"board|customer|client|management|investors)|me|us|school|work|class|children|kids|"
    r"beginners|students|everyone|everybody)",
    re.IGNORECASE,
)
_FOR_WHOM: Final = re.compile(
    r"(?:for|to) .{1,60}? ((?:about|on|regarding|covering) .+)", re.IGNORECASE
)


class Doubtful(Exception):
    """A topic may hold a further wish."""


def topic_of(rest: str, *, is_free: bool = False) -> str | None:
    """What the words are about; empty where they name nothing, ``None`` where they say something
    else.

    ``is_free`` where they stand where only a topic can stand. Raises ``Doubtful``.
    """
    rest = re.sub(r" +,", ",", rest.strip(" ,:;-–—"))
    rest = re.sub(
        r"^(?:(?:from|out of|based on|using|with|for|by|about|on|covering) )?"
        r"(?:this|these|the following|the)"
        r"(?: (?:outline|text|notes|points|list|table|content|code|quote|lines|markdown|slides|"
        r"topics|sections|items|"
        r"things|headings|chapters|ideas))?"
        r"(?: below)?$",
        "",
        rest,
        flags=re.IGNORECASE,
    )
    for mark in (_AT_ONCE, _OF_BOOKS):
        rest = mark.sub("", rest)
    if (found := _FOR_WHOM.fullmatch(rest)) and not is_doubtful(found[0]):
        rest = found[1]
    if not rest or _NO_TOPIC.fullmatch(rest):
        return ""
    named = r"(?:with |from |and )?(?:the |a )?(?:title|topic|subject|heading|name|theme of):?"
    if found := fits(rf"(?:(?:that is |which is |all )?{ABOUT}|{named}) (.+)", rest):
        rest = found[1]
    elif (found := fits(r"(?:from|out of|based on|using) (.+)", rest)) and refers_elsewhere(
        found[1]
    ):
        return found[1]
    elif not is_free and not is_quoted(rest):
        return None
    return certain(rest)


def certain(text: str, doubt: re.Pattern[str] = _DOUBT) -> str:
    """A topic without the quotation marks around it. Raises ``Doubtful``."""
    quoted = is_quoted(text)
    if quoted:
        topic = unquoted(text)
    else:
        topic = re.sub(r",+ (?=for\b)", " ", text.strip(" ,:–—-")).rstrip(" .,!?")
    if len(topic) > MAX_TOPIC_CHARACTERS or not (quoted or not is_doubtful(topic, doubt)):
        raise Doubtful
    return topic


def certain_title(text: str) -> str:
    """A title without the quotation marks around it. Raises ``Doubtful``."""
    return certain(text, _IS_FURTHER)


def is_doubtful(topic: str, doubt: re.Pattern[str] = _DOUBT) -> bool:
    """Whether a topic may hold a further wish."""
    return doubt.search(_TWO_DEEDS.sub("to ", _NO_END.sub("", topic))) is not None


def is_quoted(text: str) -> bool:
    """Whether quotation marks stand around all of a text, and nowhere else."""
    return (
        fits(r"\s*(?:\"[^\"]+\"|“[^“”]+”|«[^«»]+»|„[^„“”]+[“”]|'[^']+'|‘[^‘’]+’)\.?\s*", text)
        is not None
    )


def with_count(rest: str) -> tuple[str, int | None]:
    """The words without the number of slides, and that number."""
    found = _COUNTED.search(rest)
    if not found:
        return rest, None
    if rest[: found.start()].strip(" ,") and re.match(
        r" *(?:about|on|covering)\b", rest[found.end() :]
    ):
        # The slides are about something else than the deck.
        return rest, None
    return f"{rest[: found.start()]} {rest[found.end() :]}".strip(), number(found[1])


def with_theme(rest: str) -> tuple[str, str | None]:
    """The words without the theme, and the theme."""
    found = _THEMED.search(rest)
    if not found:
        return rest, None
    return f"{rest[: found.start()]} {rest[found.end() :]}".strip(), found[1].lower()


def without_deck(rest: str) -> str:
    """The words without the deck that something is added to."""
    return _TO_DECK.sub("", rest)


def refers_elsewhere(topic: str) -> bool:
    """Whether a topic is what was said before."""
    return fits(_ELSEWHERE, topic) is not None
