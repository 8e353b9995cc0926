"""Turns of one session, whose deck they make and change."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from palaver.chat import events
from palaver.chat.passages import Passage, Passages, Shelf
from palaver.chat.providers import ExtractiveProvider, OpenAIProvider, Provider
from palaver.chat.turns import TurnEngine
from palaver.decks.making.maker import DeckMaker
from palaver.models import DeckUpdated, MessageCompleted, MessageSource, RunError, Source
from palaver.store import Deck, Store
from palaver.workers import Workers
from tests.chat.collecting import passage
from tests.decks.making.validity import VALUES, check


class Library:
    """Books that have passages about bees, each of which says all that any answer says."""

    async def shelf(self) -> Shelf:
        return "ready"

    async def search(
        self,
        question: str,
        *,
        limit: int,
        steering: Sequence[str] = (),
    ) -> Sequence[Passage]:
        if "bees" not in question:
            return ()
        texts = [f"Bees number {n} live in hives. They make honey. So it is." for n in range(20)]
        return [passage("The Bee Book", page, text) for page, text in enumerate(texts, 1)][:limit]

    def supporting(
        self,
        answer: str,
        passages: Sequence[Passage],
    ) -> Sequence[Passage]:
        return passages


class Said(msgspec.Struct):
    """What a turn said and did."""

    events: list[Any]

    @property
    def text(self) -> str:
        """The answer; empty where there is none."""
        return "".join(e.message.content for e in self.events if isinstance(e, MessageCompleted))

    @property
    def decks(self) -> list[DeckUpdated]:
        """What was told of the deck."""
        return [event for event in self.events if isinstance(event, DeckUpdated)]

    @property
    def sources(self) -> list[Source]:
        """What the answer was said to rest on, by events as by itself."""
        told = [event.source for event in self.events if isinstance(event, MessageSource)]
        completed = [e.message for e in self.events if isinstance(e, MessageCompleted)]
        assert told == [each for message in completed for each in message.sources or ()]
        return told

    @property
    def error(self) -> RunError:
        """How the turn failed."""
        [error] = [event for event in self.events if isinstance(event, RunError)]
        return error


class Scene:
    """An engine on a store, with a session."""

    def __init__(self, engine: TurnEngine, store: Store) -> None:
        self.engine = engine
        self.store = store
        self.session_id = self.new_session()

    def new_session(self, kind: Any = "standalone", *agents: str) -> str:
        """A session of its own."""
        return self.store.sessions.create(
            owner="ann",
            kind=kind,
            title="A session",
            agents=[*agents],
            max_context_results=3,
        ).session_id

    @property
    def deck(self) -> Deck:
        """The deck as it is stored; all that it shows is valid."""
        deck = self.store.decks.read(self.session_id, viewer=None)
        check(slide.content for slide in deck.slides)
        return deck

    async def say(self, message: str) -> Said:
        """A whole turn. What it told last of the deck is what the deck is."""
        before = self.deck.version
        begun = await self.engine.begin(self.session_id, message, viewer="ann")
        seen: list[Any] = []
        while (batch := await begun.reader.read(30)) is not None:
            seen += [events.read(data) for _, data in batch]
        said = Said(seen)
        versions = [told.version for told in said.decks]
        assert versions == list(range(before + 1, before + 1 + len(versions)))
        deck = self.deck
        assert deck.version == before + len(versions)
        if said.decks:
            told = said.decks[-1]
            assert (told.title, told.theme) == (deck.title, deck.theme)
            assert told.slide_ids == [slide.slide_id for slide in deck.slides]
        return said


def play(
    store: Store,
    act: Callable[[Scene], Awaitable[None]],
    *,
    model: str | None = None,
    books: Passages | None = None,
    provider: Provider | None = None,
) -> None:
    """Act with the embedded provider, or with the model behind a URL."""

    async def run() -> None:
        workers = Workers(4)
        asked = provider or (
            OpenAIProvider(base_url=model, model="answer", backoff=0.01)
            if model
            else ExtractiveProvider()
        )
        engine = TurnEngine(
            store,
            workers,
            asked,
            retention=timedelta(hours=1),
            alone=True,
            passages=books,
            tools=DeckMaker(store, workers, VALUES),
        )
        await engine.start()
        try:
            await act(Scene(engine, store))
        finally:
            await engine.stop()
            workers.close()

    asyncio.run(asyncio.wait_for(run(), 60))
