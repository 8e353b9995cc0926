"""What only meaning can tell of books: that a page is the page, and that nothing was made up.

Like ``gate/decks.py`` it names operations, as the rest of the gate does not. It uploads books whose
words nobody else has, asks what is on one of their pages and what is on none, and follows a book
from its upload to its end.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from gate.addressing import Addressing, Unaddressable
from gate.findings import Findings
from gate.forms import File
from gate.shelf import ASKED, OFF_TOPIC, Book, Shelf
from gate.sources import Sources
from gate.wire import Exchange
from palaver.contract.document import Operation
from tests.retrieval.book_files import pdf

JSON = "application/json"
TOLD = "title", "author", "fileName", "size", "mediaType"
"""What an upload says of a book, and nothing changes."""


class Library:
    """Checks what books and the answers from them say."""

    def __init__(self, addressing: Addressing, findings: Findings) -> None:
        self._addressing = addressing
        self._wire = addressing.wire
        self._findings = findings
        self._shelf = Shelf(addressing)
        self._sources = Sources(addressing, findings, self._shelf)
        self._done: set[str] = set()
        addressing.finders["get_passage"] = self._sources.passage_path

    def run(self, operation: Operation) -> None:
        """The scenarios that an operation takes part in, each once; others are passed over."""
        for name, scenario, operations in self._scenarios():
            known = set(operations) <= set(self._addressing.by_id)
            if operation.operation_id in operations and known and name not in self._done:
                self._done.add(name)
                try:
                    scenario()
                except Unaddressable as error:
                    self._findings.add(operation.operation_id, "addressing", str(error))

    def _scenarios(self) -> list[tuple[str, Callable[[], None], tuple[str, ...]]]:
        books = ("upload_book", "get_book", "list_books")
        histories = (
            *("get_agent_session_history", "get_recent_session_history", "get_agent_session"),
            *("get_team_session_history", "list_session_messages", "create_team_session"),
        )
        chat = ("create_grounded_session", "send_grounded_message", "list_grounded_messages")
        bearer = ("create_agent_session", "send_session_message", "get_passage")
        return [
            ("life", self._check_life, books),
            ("failure", self._check_failure, (*books, "retry_book")),
            ("answers", self._check_answers, (*chat, "delete_grounded_session")),
            ("topics", self._check_topics, ("put_topic", "get_topic", *chat[:2])),
            ("removal", self._check_removal, ("delete_book", *chat[:2], "get_passage")),
            (
                "sources",
                self._sources.check,
                (*bearer, *histories, "send_chat_message", "stream_run_events"),
            ),
            ("others", self._check_others, (*chat, *bearer[:1])),
        ]

    def _check_life(self) -> None:
        """From the upload to READY, with what was said of the book; its bytes are taken once."""
        book = self._shelf.book()
        made, ready = book.made, book.ready
        said = made.json
        new = said["status"], said["progress"], said["reason"], said["pageCount"]
        self._expect(new == ("PROCESSING", 0, None, 0), made, f"a new book is {new}")
        now = ready.json
        done = now["status"], now["progress"], now["reason"], now["pageCount"]
        self._expect(done == ("READY", 100, None, 3), ready, f"a book that is done is {done}")
        file = made.request.body["file"]
        told = [now[name] for name in TOLD]
        wanted = [book.title, "A. Quent", file.name, len(file.content), "text/plain"]
        self._expect(told == wanted, ready, f"a book is {told}")
        self._expect(now["updatedAt"] > now["createdAt"], ready, "updatedAt did not rise")
        again = self._shelf.upload(File("another.txt", file.content), title="Another")
        same = again.status == 409 and again.json.get("bookId") == said["bookId"]
        self._expect(same, again, f"{again.status} for a file that is there, or another bookId")
        # Whatever its name says, and named by it.
        mark = uuid.uuid4().hex
        other = self._shelf.upload(File(f"{mark}.txt", pdf([f"About {mark}.", "The end."])))
        read = self._addressing.settled(other)
        found = read.json if read is not None else {}
        told = [found.get(n) for n in ("status", "title", "author", "mediaType", "pageCount")]
        wanted = ["READY", mark, None, "application/pdf", 2]
        self._expect(told == wanted, other, f"a PDF of another name is {told}")

    def _check_failure(self) -> None:
        """A book that cannot be read says why, and may be tried again; another may not."""
        locked = pdf([f"A secret {uuid.uuid4()}."], password="gate")  # noqa: S106 - of a test file
        made = self._shelf.upload(File("locked.pdf", locked), author="A. Quent")
        failed = self._addressing.settled(made)
        assert failed is not None
        self._check_failed(failed)
        path = {"bookId": made.json["bookId"]}
        retried = self._wire.send(self._shelf.request("retry_book").but(path=path))
        state = (retried.status, *(retried.json.get(n) for n in ("bookId", "status", "reason")))
        wanted = 202, made.json["bookId"], "PROCESSING", None
        self._expect(state == wanted, retried, f"a book that is tried again is {state}")
        self._expect(retried.json.get("progress") == 0, retried, "its progress is not 0")
        same = [n for n in TOLD if retried.json.get(n) != failed.json[n]]
        self._expect(same == [], retried, f"a book that is tried again has another {same}")
        again = self._addressing.settled(retried)
        assert again is not None
        self._check_failed(again)
        listed = self._wire.send(self._shelf.request("list_books").but(query={"limit": 100}))
        mine = [each for each in listed.json["books"] if each["bookId"] == made.json["bookId"]]
        # Of many books it may be on a later page.
        self._expect(mine in ([again.json], []), listed, "the list says otherwise of a book")

    def _check_failed(self, failed: Exchange) -> None:
        now = failed.json
        told = now["status"] == "FAILED" and bool(now["reason"])
        self._expect(told, failed, f"a book that is locked is {now['status']}: {now['reason']}")

    # Answers

    def _check_answers(self) -> None:
        """Answered from the page that says it, or not at all; both are in the history."""
        book = self._shelf.shared()
        session = self._shelf.session()
        self._expect(session.json["topicId"] is None, session, "a free session has a topic")
        self._expect(self._shelf.history(session).json == [], session, "a new session has messages")
        found = self._check_found(session, book)
        nothing = self._check_nothing(session, OFF_TOPIC)
        listed = self._shelf.history(session)
        texts = [book.question, found.json["content"], OFF_TOPIC, nothing.json["content"]]
        told = [(each["role"], each["content"]) for each in listed.json]
        wanted = list(zip(("USER", "ASSISTANT") * 2, texts, strict=True))
        self._expect(told == wanted, listed, f"the history is {told}")
        answers = [each for each in listed.json if "sources" in each]
        self._expect(answers == [found.json, nothing.json], listed, "an answer is another there")
        moments = [each["createdAt"] for each in listed.json]
        self._expect(moments == sorted(moments), listed, "the history is not in order")
        self._expect(len({e["id"] for e in listed.json}) == 4, listed, "an id is there twice")

    def _check_found(self, session: Exchange, book: Book) -> Exchange:
        found = self._shelf.ask(session, book.question)
        said = found.json
        self._expect(said["role"] == "ASSISTANT", found, f"the answer is by {said['role']}")
        wanted = [{"bookTitle": book.title, "page": ASKED}]
        self._expect(said.get("sources") == wanted, found, f"the sources are {said.get('sources')}")
        quoted = book.fact in said["content"] and "[1]" in said["content"]
        self._expect(quoted, found, "the answer does not say what the page says")
        return found

    def _check_nothing(self, session: Exchange, text: str) -> Exchange:
        """The contract's own words where there is nothing, and no source."""
        nothing = self._shelf.ask(session, text)
        said = nothing.json["content"], nothing.json.get("sources")
        operation = self._addressing.by_id["send_grounded_message"]
        example = operation.responses["200"]["content"][JSON]["examples"]["nothing"]["value"]
        wanted: tuple[str, list[Any]] = example["content"], []
        self._expect(said == wanted, nothing, f"off-topic is answered by {said}")
        return nothing

    def _check_topics(self) -> None:
        """A topic is what it was put to last; a session has its id, known or not."""
        put = self._addressing.existing(self._addressing.by_id["put_topic"])
        first = self._wire.send(put)
        second = self._wire.send(put.but(body={"title": "Otherwise", "searchTerms": ["tower"]}))
        kept = second.json["createdAt"] == first.json["createdAt"]
        self._expect(kept, second, "createdAt changed with a topic")
        risen = second.json["updatedAt"] > first.json["updatedAt"]
        self._expect(risen, second, "updatedAt did not rise")
        known = put.path["topicId"]
        for topic in (known, f"label-{uuid.uuid4().hex}"):
            session = self._shelf.session(topic)
            told = session.json["topicId"]
            self._expect(told == topic, session, f"the topic {topic} became {told}")
            self._check_found(session, self._shelf.shared())
            self._check_nothing(session, OFF_TOPIC)

    def _check_removal(self) -> None:
        """What a deleted book said is found no more; what was answered from it stays."""
        self._shelf.shared()
        book = self._shelf.book()
        session = self._shelf.session()
        found = self._check_found(session, book)
        passage = self._sources.passage_of(book)
        deleted = self._wire.send(self._shelf.request("delete_book").but(path=book.path))
        self._expect(deleted.status == 204, deleted, f"{deleted.status}")
        self._check_nothing(session, book.question)
        listed = self._shelf.history(session)
        self._expect(found.json in listed.json, listed, "an answer changed with its book")
        gone = self._wire.send(self._shelf.request("get_passage").but(path=passage))
        self._expect(gone.status == 404, gone, f"{gone.status} for a passage of a deleted book")

    def _check_others(self) -> None:
        """Nobody's session is read through the other surface."""
        mine, shared = self._sources.session(), self._shelf.session()
        path = {"sessionId": mine.json["session_id"]}
        read = self._wire.send(self._shelf.request("list_grounded_messages").but(path=path))
        self._expect(read.status == 404, read, f"{read.status} for another user's session")
        for name in ("get_session", "list_session_messages"):
            if name in self._addressing.by_id:
                path = {"session_id": shared.json["sessionId"]}
                answer = self._wire.send(self._shelf.request(name).but(path=path))
                self._expect(answer.status == 404, answer, f"{answer.status} for another's session")

    def _expect(self, promise: bool, exchange: Exchange, message: str) -> bool:
        return self._findings.expect(promise, exchange, "library", message)
