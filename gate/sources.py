"""Sources in sessions with tokens: in events, on messages, and as passages that are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gate.addressing import Addressing, Unaddressable
from gate.answers import EVENT_STREAM, ended_messages, stream_rules
from gate.findings import Findings
from gate.shelf import ASKED, OFF_TOPIC, Book, Shelf
from gate.turns import Turns
from gate.wire import Exchange

JSON = "application/json"
MOST = 3
"""The most passages that a turn may use, unless it is about that."""


class Sources:
    """Asks in sessions with tokens what is on the page of a book."""

    def __init__(self, addressing: Addressing, findings: Findings, shelf: Shelf) -> None:
        self._addressing = addressing
        self._wire = addressing.wire
        self._findings = findings
        self._shelf = shelf
        self._turns = Turns(addressing, findings)
        self._passages: list[Mapping[str, Any]] = []

    def session(self, limit: int = MOST) -> Exchange:
        """A session of the owner's whose turns may use some passages."""
        create = self._addressing.by_id["create_agent_session"]
        request = self._addressing.example(create).with_query(max_context_results=limit)
        return self._wire.send(request)

    def _turn(self, session: Exchange, text: str, kind: str = JSON) -> Exchange:
        request = self._shelf.request("send_session_message")
        path = {"session_id": session.json["session_id"]}
        return self._wire.send(
            request.but(path=path, body={"message": text}, headers={"Accept": kind})
        )

    def passage_of(self, book: Book) -> dict[str, Any]:
        """The path of the passage that answers a question."""
        turn = self._turn(self.session(), book.question)
        messages = turn.json.get("messages", []) if isinstance(turn.json, dict) else []
        for source in (each for message in messages for each in message["sources"]):
            if source["book_id"] == book.made.json["bookId"]:
                return {"bookId": source["book_id"], "passageId": source["passage_id"]}
        raise Unaddressable(f"no source leads to a passage: {turn.curl}")

    def passage_path(self) -> Mapping[str, Any]:
        """A passage of one of two books in turn."""
        if len(self._passages) < 2:
            self._passages.append(self.passage_of(self._shelf.book()))
        self._passages.reverse()
        return self._passages[0]

    def check(self) -> None:
        """A turn names its passages in its events, on its message, and as they can be read."""
        book = self._shelf.shared()
        for create in ("create_agent_session", "create_team_session"):
            for start in ("send_session_message", "send_chat_message"):
                self._check_read(book, create, start)
        session = self.session()
        for kind in (EVENT_STREAM, JSON):
            turn = self._turn(session, book.question, kind)
            told = self._messages(turn)
            sources = [each for message in told for each in message["sources"]]
            self._check_passages(turn, book, told[0]["content"], sources)
            nothing = self._turn(session, OFF_TOPIC, kind)
            empty = [message["sources"] for message in self._messages(nothing)] == [[]]
            self._expect(empty, nothing, "off-topic has sources")
        self._check_limit(book)

    def _messages(self, turn: Exchange) -> list[dict[str, Any]]:
        """The messages of a turn, whatever it was answered as."""
        rules = stream_rules(self._addressing.document, turn.request.operation)
        assert rules is not None
        if EVENT_STREAM in turn.headers.get("content-type", ""):
            return ended_messages(rules, turn)
        found: list[dict[str, Any]] = turn.json["messages"]
        return found

    def _check_read(self, book: Book, create: str, start: str) -> None:
        """What a turn says is what everything says that shows its session."""
        by_id = self._addressing.by_id
        request = self._addressing.example(by_id[create]).with_query(max_context_results=MOST)
        made = self._wire.send(request)
        session = made.json["session_id"]
        path = {"session_id": session}
        reads = [
            self._addressing.example(each).but(path=path, query={})
            for each in self._addressing.document.operations
            if each.method == "get"
            and [p.name for p in each.parameters if p.location == "path"] == list(path)
        ]
        # What is only for sessions of another kind is not there.
        reads = [each for each in reads if self._wire.send(each).status == 200]
        asked = self._shelf.request(start)
        if asked.path:
            asked = asked.but(path={"session_id": session}, body={"message": book.question})
        else:
            asked = asked.but(body={"session_id": session, "message": book.question})
        self._turns.check_place(asked, reads)
        turn = self._wire.send(asked.but(headers={"Accept": JSON}))
        said = {each["id"]: each["sources"] for each in self._messages(turn)}
        self._expect(all(said.values()), turn, "an answer has no sources")
        for each in reads:
            shown = dict(_shown(self._wire.send(each).json))
            wrong = [key for key in said if key in shown and shown[key] != said[key]]
            self._expect(not wrong, turn, f"{each.operation.operation_id} shows other sources")
            told = not shown or set(said) <= set(shown)
            self._expect(told, turn, f"{each.operation.operation_id} does not show the answer")

    def _check_limit(self, book: Book) -> None:
        """Of many passages no more are used than the session may."""
        few = self._turn(self.session(1), f"{book.question} And what carries violins?")
        many = [each for message in few.json["messages"] for each in message["sources"]]
        self._expect(len(many) <= 1, few, f"{len(many)} sources where 1 passage may be used")

    def _check_passages(
        self, turn: Exchange, book: Book, text: str, sources: list[dict[str, Any]]
    ) -> None:
        pages = [(each["book_title"], each["page"], each["book_id"]) for each in sources]
        wanted = [(book.title, ASKED, book.made.json["bookId"])]
        self._expect(pages == wanted, turn, f"the sources are {pages}")
        numbered = all(f"[{each['number']}]" in text for each in sources)
        self._expect(numbered, turn, "a source's number is not in the text")
        for each in sources:
            path = {"bookId": each["book_id"], "passageId": each["passage_id"]}
            read = self._wire.send(self._shelf.request("get_passage").but(path=path))
            said = read.json if isinstance(read.json, dict) else {}
            told = tuple(said.get(n) for n in ("passageId", "bookId", "bookTitle", "page"))
            same = told == (each["passage_id"], each["book_id"], each["book_title"], each["page"])
            self._expect(same and book.fact in said.get("text", ""), read, f"a passage is {told}")

    def _expect(self, promise: bool, exchange: Exchange, message: str) -> bool:
        return self._findings.expect(promise, exchange, "library", message)


def _shown(value: Any) -> Iterator[tuple[str, Any]]:
    """The sources of every message within a JSON value, by the message's id."""
    if isinstance(value, dict):
        if {"id", "sources"} <= set(value):
            yield value["id"], value["sources"]
        value = list(value.values())
    if isinstance(value, list):
        for child in value:
            yield from _shown(child)
