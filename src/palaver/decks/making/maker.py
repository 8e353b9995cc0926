"""What turns can do to decks: by a model's tool calls, or without one, by a message's own words.

Nothing is stored here. What comes out is the change that is to be stored, what the model is to know
of it, and what the user is to hear.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import msgspec

from palaver.decks.deck import Deck
from palaver.decks.making import words
from palaver.decks.making.composing import Passage
from palaver.decks.making.contents import clipped
from palaver.decks.making.draft import Draft, Refused
from palaver.decks.making.fulfilling import Found, Fulfilling, topics_of
from palaver.decks.making.reading import wish_of
from palaver.decks.making.tools import (
    READ,
    Call,
    DeckTool,
    Misfits,
    Schemas,
    Toolbox,
    outline_of,
)
from palaver.decks.making.wishes import Export, ListSlides, NotUnderstood, Undo, Wish
from palaver.store import DeckEdit, SessionRecord, Store
from palaver.workers import Workers

MAX_SAID_CHARACTERS: Final = 1000
"""What the contract lets an ``error`` event say."""

Search = Callable[[str, int], Awaitable[tuple[bool, Sequence[Passage]]]]

RULES: Final = (
    "You can make and change the user's slide deck with tools. Use them only where the user asks "
    "for slides or for a change of them, and do all that belongs together in one answer. Do not "
    "invent facts: write [To fill in] where you do not know what belongs on a slide. Afterwards "
    "say in a sentence or two what you did, and what is left to fill in. Never speak of a change "
    "that no tool has made."
)
TOO_SMALL_RULES: Final = (
    "You cannot make or change slides: what you can be told at once is too little for the tools. "
    "If you are asked to, say so, and that PALAVER_LLM_CONTEXT_TOKENS sets how much it is."
)
_IS_ABOUT_SLIDES: Final = re.compile(
    r"slide|deck|presentation|power ?point|\bppt|keynote|pitch|folie|präsentation|vortrag|"
    r"diapositiv|présentation|presentaci|apresenta|presentazion|diapo|презентац|слайд|"
    r"スライド|プレゼン|幻灯片|演示|简报|簡報|슬라이드|프레젠테이션|عرض تقديمي|dia's|presentatie",
    re.IGNORECASE,
)


class Offer(msgspec.Struct, frozen=True):
    """What a model is told."""

    tools: tuple[DeckTool, ...] = ()
    rules: str = ""
    material: str = ""


class Outcome(msgspec.Struct, frozen=True):
    """What came of a round of calls, or of a message."""

    results: tuple[str, ...] = ()
    is_refused: bool = False
    edit: DeckEdit | None = None
    said: str = ""


class DeckMaker:
    """Makes changes of decks."""

    def __init__(self, store: Store, workers: Workers, schemas: Schemas) -> None:
        self._store = store
        self._workers = workers
        self._toolbox: Final = Toolbox(schemas)

    async def offered(
        self, session: SessionRecord, message: str, *, fits: Callable[[str], bool]
    ) -> Offer:
        """The tools where there are slides, or where the message may be about some."""
        deck = await self._read(session)
        if not deck.slides and not _IS_ABOUT_SLIDES.search(message):
            return Offer()
        tools = self._toolbox.offered(has_slides=bool(deck.slides))
        told = "".join(
            f"{tool.description}{msgspec.json.encode(tool.parameters)!r}" for tool in tools
        )
        if not fits(told):
            return Offer(rules=TOO_SMALL_RULES)
        material = _material(deck, lambda text: fits(told + text)) if deck.slides else ""
        return Offer(tools, RULES, material)

    async def call(self, session: SessionRecord, calls: Sequence[Call], *, is_cut: bool) -> Outcome:
        """What the calls of one answer make of the deck: all of them, or nothing."""
        deck = await self._read(session)
        return await self._workers.run(self._called, deck, calls, is_cut)

    async def without_model(
        self, session: SessionRecord, message: str, search: Search
    ) -> Outcome | None:
        """What the words of the message make of the deck; ``None`` where they are about something
        else."""
        wishes = await self._workers.run(wish_of, message)
        if not wishes:
            return None
        deck = await self._read(session)
        if deck.version == 0 and wishes == (Export(is_named=False),):
            return None
        found = {topic: await search(topic, limit) for topic, limit in topics_of(wishes).items()}
        return await self._workers.run(_fulfilled, deck, wishes, found)

    def _called(self, deck: Deck, calls: Sequence[Call], is_cut: bool) -> Outcome:
        draft = Draft(deck)
        try:
            results = self._toolbox.apply(draft, calls, is_cut=is_cut)
            wanted = draft.finished()
        except Misfits as misfits:
            return _refused(calls, misfits.errors)
        except Refused as refused:
            return _refused(calls, [str(refused)] * len(calls))
        if wanted == deck:
            return Outcome(tuple(results))
        state = f"The deck's slides now:\n{outline_of(draft)}"
        told = [
            result if call.name == READ else f"{result} {state}" if place == 0 else result
            for place, (call, result) in enumerate(zip(calls, results, strict=True))
        ]
        made = [r for call, r in zip(calls, results, strict=True) if call.name != READ]
        said = clipped(" ".join(made), MAX_SAID_CHARACTERS)
        return Outcome(tuple(told), edit=DeckEdit(deck, wanted), said=said)

    async def _read(self, session: SessionRecord) -> Deck:
        return await self._workers.run(self._store.decks.read, session.session_id, viewer=None)


def _refused(calls: Sequence[Call], errors: Sequence[str | None]) -> Outcome:
    """No call was carried out: the model hears what is wrong with each."""
    results = []
    for place in range(len(calls)):
        error = errors[place] if place < len(errors) else None
        if error is None:
            results.append("Not done, since another call of the same answer does not fit.")
        else:
            results.append(f"{error} Nothing was changed; correct it and call again.")
    first = next(error for error in errors if error is not None)
    said = f"The model's call of a tool does not fit, and nothing was changed. {first}"
    return Outcome(tuple(results), is_refused=True, said=clipped(said, MAX_SAID_CHARACTERS))


def _fulfilled(deck: Deck, wishes: Sequence[Wish], found: Found) -> Outcome:
    """Carry out all wishes of a message, or none."""
    if len(wishes) == 1:
        alone = _alone(deck, wishes[0])
        if alone is not None:
            return alone
    fulfilling = Fulfilling(deck, found)
    try:
        for wish in wishes:
            fulfilling.carry_out(wish)
        wanted = fulfilling.draft.finished()
    except Refused as refused:
        return Outcome(said=str(refused))
    if wanted == deck:
        return Outcome(said="The deck is like that already, so I changed nothing.")
    return Outcome(edit=DeckEdit(deck, wanted), said=fulfilling.said())


def _alone(deck: Deck, wish: Wish) -> Outcome | None:
    """The outcome of a wish that is carried out otherwise than on a draft."""
    match wish:
        case NotUnderstood(why):
            return Outcome(said=words.not_understood(why))
        case Undo() if deck.version == 0:
            return Outcome(said=words.NOTHING_TO_UNDO)
        case Undo("several"):
            return Outcome(said=words.ONE_AT_A_TIME)
        case Undo("undone"):
            return Outcome(said=words.NO_REDO)
        case Undo():
            return Outcome(edit=DeckEdit(deck, None), said="I took the last change back.")
        case ListSlides() | Export() if not deck.slides:
            return Outcome(said=f"{words.NO_SLIDES}\n\n{words.EXAMPLES}")
        case ListSlides():
            return Outcome(said=words.listed(deck.slides))
        case Export():
            return Outcome(said=words.exports(deck.session_id))
    return None


def _material(deck: Deck, fits: Callable[[str], bool]) -> str:
    """The deck for the model: in full, else its outline, which ``read_slides`` completes."""
    head = f"Title: {deck.title}\nTheme: {deck.theme}\n"
    slides = [{"slide_id": slide.slide_id, "content": slide.content} for slide in deck.slides]
    whole = head + msgspec.json.encode(slides).decode()
    if fits(whole):
        return whole
    outline = f"{head}The slides are in {READ}; these are their titles:\n{outline_of(Draft(deck))}"
    return outline if fits(outline) else f"{head}It has {len(slides)} slides; see {READ}."
