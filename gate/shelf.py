"""Books that the gate uploads, whose words nobody else has, and sessions that ask of them."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

from gate.addressing import Addressing, Unaddressable
from gate.forms import File
from gate.wire import ABSENT, Exchange, Request

ASKED = 2
"""The page that questions are about."""

OFF_TOPIC = "How long should sourdough rest before it goes into the oven?"


class Book:
    """A book that was uploaded: what it says, and what became of it."""

    def __init__(self, words: list[str], made: Exchange, ready: Exchange) -> None:
        who, what, where, when = words
        self.word = who
        self.title = f"About {who}"
        self.question = f"Who saw the {what} of {where} with {when}?"
        self.fact = f"The {what} of {where} was seen by {who} and {when}."
        self.made = made
        self.ready = ready

    @property
    def path(self) -> dict[str, Any]:
        """The path that reads it."""
        return {"bookId": self.made.json["bookId"]}


class Shelf:
    """Uploads books and asks of them."""

    def __init__(self, addressing: Addressing) -> None:
        self._addressing = addressing
        self._wire = addressing.wire
        self._book: Book | None = None

    def upload(self, file: File | None = None, **fields: str) -> Exchange:
        """Upload a file, by default one that nobody else has."""
        request = self.request("upload_book")
        file = file or File(f"{uuid.uuid4().hex}.txt", f"A text, {uuid.uuid4()}.".encode())
        return self._wire.send(request.but(body={"file": file, **fields}))

    def book(self) -> Book:
        """A book of three pages that is ready; the second one has what is asked."""
        words = [_word() for _ in range(4)]
        nobody = Exchange(self.request("upload_book"), 0, {}, b"", ABSENT)
        told = Book(words, nobody, nobody)
        pages = (
            f"A preface to {words[0]}. Marmalade submarines of the navy carry copper violins.",
            f"About towers. {told.fact} That was a fine day.",
            f"About beetles. The parliament of beetles near {words[2]} meets in a cellar.",
        )
        file = File(f"{words[0]}.txt", "\f".join(pages).encode())
        made = self.upload(file, title=told.title, author="A. Quent")
        if made.status != 202:
            raise Unaddressable(f"upload_book answered {made.status}: {made.curl}")
        ready = self._addressing.settled(made)
        assert ready is not None
        return Book(words, made, ready)

    def shared(self) -> Book:
        """A book that stays."""
        if self._book is None:
            self._book = self.book()
        return self._book

    def session(self, topic: str | None = None) -> Exchange:
        """A session that answers from the books."""
        request = self.request("create_grounded_session")
        return self._wire.send(request.but(body={} if topic is None else {"topicId": topic}))

    def ask(self, session: Exchange, text: str, **headers: str) -> Exchange:
        """The answer to a question."""
        path = {"sessionId": session.json["sessionId"]}
        request = self.request("send_grounded_message")
        return self._wire.send(request.but(path=path, body={"content": text}, headers=headers))

    def history(self, session: Exchange) -> Exchange:
        """All messages of a session."""
        path = {"sessionId": session.json["sessionId"]}
        return self._wire.send(self.request("list_grounded_messages").but(path=path))

    def request(self, name: str) -> Request:
        """The contract's example of a request to an operation."""
        return self._addressing.example(self._addressing.by_id[name])


def _word() -> str:
    """A word that no book has, as it could be one of some language."""
    digits = hashlib.sha256(uuid.uuid4().bytes).digest()[:5]
    return "".join("bdfgklmnpr"[each % 10] + "aeiou"[each // 10 % 5] for each in digits)
