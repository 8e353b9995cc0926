"""Turns that make and change decks: one event for each version, and each tells what it did."""

from __future__ import annotations

import uuid
from typing import Any

from gate.addressing import Addressing
from gate.answers import EVENT_STREAM, values_of
from gate.findings import Findings
from gate.slides import MARKUP, Slides, slides_of
from gate.wire import Exchange

EVENT = "deck.updated"
AGAIN = "stream_run_events"
TOLD = "version", "title", "theme"


class DeckTurns:
    """Checks what turns say of decks."""

    def __init__(self, addressing: Addressing, findings: Findings, slides: Slides) -> None:
        self._addressing = addressing
        self._wire = addressing.wire
        self._findings = findings
        self._slides = slides

    def check(self) -> None:
        """A deck is made and changed by what is asked for, through each operation that can."""
        for start in ("send_session_message", "send_chat_message"):
            path = self._slides.session(f"Decks {uuid.uuid4().hex}")
            # Between quotation marks, whatever it is, it is what a slide is about.
            word = f"“bees {uuid.uuid4().hex[:8]} {MARKUP}”"
            asked = (
                (f"Create a 4-slide presentation about {word}", 4),
                (f"Add a slide about “wasps {MARKUP}” after slide 1", 5),
                ("What is on the slides?", 5),
                ("Move slide 5 to the start", 5),
                ("Delete slide 2", 4),
                (f"Use the midnight theme and rename the deck to “Insects {MARKUP}”", 4),
                ("undo", 4),
                (f"Make slide 2 a table:\n| Where | What |\n|--|--|\n| Europe | {MARKUP} |", 4),
            )
            for text, count in asked:
                self._check_turn(start, path, text, count)

    def _check_turn(self, start: str, path: dict[str, Any], text: str, count: int) -> None:
        before = self._slides.read(path).json
        turn = self._turn(start, path, text)
        self._check_told_again(turn)
        after = self._slides.read(path).json
        events = [event for _, event in values_of(turn) if event.get("type") == EVENT]
        made = range(before["version"] + 1, after["version"] + 1)
        said = [each.get("version") for each in events]
        self._expect(said == list(made), turn, f"versions {list(made)} are told as {said}")
        if "?" in text:
            self._expect(not made and after == before, turn, "a question changed the deck")
            return
        self._expect(len(made) == 1, turn, f"{len(made)} versions for one wish")
        ids = [each for each, _ in slides_of(after)]
        self._expect(len(ids) == count, turn, f"{len(ids)} slides instead of {count}")
        if not events:
            return
        event, old = events[-1], dict(slides_of(before))
        told = [event.get(name) for name in TOLD]
        self._expect(told == [after[name] for name in TOLD], turn, f"the event says {told}")
        self._expect(event.get("slide_ids") == ids, turn, "the event names other slides")
        changed = [each for each, content in slides_of(after) if old.get(each) != content]
        found = event.get("changed_slide_ids")
        self._expect(found == changed, turn, f"{changed} changed, and the event says {found}")

    def _check_told_again(self, turn: Exchange) -> None:
        """Whoever comes later is told the same of the deck."""
        for link in self._addressing.links_from(turn.request.operation, "get"):
            if link.target.operation_id == AGAIN:
                again = self._wire.send(self._addressing.follow(link, turn))
                told = [event for _, event in values_of(again)]
                same = told == [event for _, event in values_of(turn)]
                self._expect(same, again, "a turn's events are others when they are read again")

    def _turn(self, start: str, path: dict[str, Any], text: str) -> Exchange:
        request = self._slides.request(start)
        body = {"message": text}
        if request.path:
            request = request.but(path=path, body=body)
        else:
            request = request.but(body={**path, **body})
        return self._wire.send(request.but(headers={"Accept": EVENT_STREAM}))

    def _expect(self, promise: bool, exchange: Exchange, message: str) -> bool:
        return self._findings.expect(promise, exchange, "decks", message)
