"""Answers from books in the states that no request alone can bring about.

The library is empty at first. Then the model that is asked does what each message says, and what it
was asked shows what an answer is made from.
"""

from __future__ import annotations

import json
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

from gate.addressing import NO_BOOKS, Addressing, Unaddressable
from gate.findings import Findings
from gate.reach import REPLAYED
from gate.shelf import Book, Shelf
from gate.wire import Exchange
from tests.chat.protocol_server import ProtocolServer

PATIENCE = 10.0
NAME = "send_grounded_message"


class Grounding:
    """The states of the turns that answer from books."""

    def __init__(self, addressing: Addressing, model: ProtocolServer, findings: Findings) -> None:
        self._addressing = addressing
        self._model = model
        self._findings = findings
        self._shelf = Shelf(addressing)
        self._kept: tuple[Exchange, str, str] | None = None

    def run(self) -> None:
        """Every state but the last, which takes its time."""
        try:
            self._check_empty()
            book = self._shelf.book()
            session = self._shelf.session()
            key = f"gate-{uuid.uuid4()}"
            asked = self._shelf.ask(session, book.question, **{REPLAYED: key})
            if self._expect(asked.status == 200, asked, f"{asked.status} with a model"):
                self._kept = session, book.question, key
            self._check_asked(session, book, asked)
            self._check_invented(book)
            self._check_failed(book)
            self._check_held(book)
        except Unaddressable as error:
            self._findings.add(NAME, "addressing", str(error))

    def _check_empty(self) -> None:
        """Without a book there is no answer, and the contract's words say so."""
        operation = self._addressing.by_id[NAME]
        words = operation.responses["503"]["x-errors"][NO_BOOKS]["error"]
        answer = self._shelf.ask(self._shelf.session(), "Who saw it?")
        told = answer.status, answer.json.get("error")
        self._expect(told == (503, words), answer, f"{told} without a book")

    def _check_asked(self, session: Exchange, book: Book, before: Exchange) -> None:
        """The model is given the rules, the passages and the whole conversation."""
        followed = f"{book.question} {book.fact} [[echo]]"
        answer = self._shelf.ask(session, followed)
        said = answer.json.get("content", "") if isinstance(answer.json, dict) else ""
        ruled = said.startswith('[{"role": "system"') or said.startswith('[{"content"')
        self._expect(ruled, answer, f"the model is not given rules first, but {said[:60]!r}")
        for name, text in (
            ("passage", book.fact),
            ("first question", book.question),
            ("answer of before", before.json["content"]),
            ("question", followed),
        ):
            # It repeats them as JSON.
            given = json.dumps(text)[1:-1] in said or text in said
            self._expect(given, answer, f"the model is not given the {name}")

    def _check_invented(self, book: Book) -> None:
        """A passage that the model makes up is no source."""
        text = f"{book.question} {book.fact} [[say:Nobody knows [99].]]"
        answer = self._shelf.ask(self._shelf.session(), text)
        sources = answer.json.get("sources", []) if isinstance(answer.json, dict) else []
        invented = [each for each in sources if each["bookTitle"] != book.title]
        self._expect(answer.status == 200 and not invented, answer, f"the sources are {sources}")

    def _check_failed(self, book: Book) -> None:
        """A model that breaks off: the error's words, and the question is kept."""
        session = self._shelf.session()
        text = f"{book.question} {book.fact} [[cut]]"
        failed = self._shelf.ask(session, text)
        self._expect(failed.status == 502, failed, f"{failed.status} where the model fails")
        listed = self._shelf.history(session)
        kept = [each["content"] for each in listed.json if each["role"] == "USER"]
        self._expect(kept == [text], listed, "a question whose answer failed is not kept")

    def _check_held(self, book: Book) -> None:
        """One message after the other: the second is refused while the first is answered."""
        session, key = self._shelf.session(), book.word
        text = f"{book.question} {book.fact} [[hold:{key}]]"
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(self._shelf.ask, session, text)
            try:
                self._model.wait(holding=1)
                refused = self._shelf.ask(session, book.question)
                message = f"{refused.status} while another message is answered"
                self._expect(refused.status == 409, refused, message)
            except TimeoutError:
                self._findings.add(NAME, "provoked", "no answer is held")
            finally:
                self._model.release(key)
            done = answer.result(PATIENCE)
        self._expect(done.status == 200, done, f"{done.status} after it was held")

    def check_expired(self) -> None:
        """What was answered long ago is not answered again under its key."""
        if self._kept is None:
            return
        session, question, key = self._kept
        deadline = time.monotonic() + PATIENCE
        answer = self._shelf.ask(session, question, **{REPLAYED: key})
        while answer.status == 200 and time.monotonic() < deadline:
            time.sleep(0.2)
            answer = self._shelf.ask(session, question, **{REPLAYED: key})
        self._expect(answer.status == 410, answer, f"{answer.status} for a message long ago")

    def _expect(self, promise: bool, exchange: Exchange, message: str) -> bool:
        return self._findings.expect(promise, exchange, "provoked", message)
