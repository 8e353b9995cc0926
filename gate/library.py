"""What only meaning can tell of books: that a page is the page, and that nothing was made up.

The one part of the gate that names operations. It uploads books whose words nobody else has, asks
what is on one of their pages and what is on none, and follows a book from its upload to its end.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from gate.addressing import Addressing, Unaddressable
from gate.answers import EVENT_STREAM, ended_messages, stream_rules
from gate.findings import Findings
from gate.forms import File
from gate.turns import Turns
from gate.wire import ABSENT, Exchange, Request
from palaver.contract.document import Operation
from tests.retrieval.book_files import pdf

JSON = "application/json"
ASKED = 2
"""The page that questions are about."""

MOST = 3
"""The most passages that a turn of a session with tokens may use."""

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


class Library:
    """Checks what books and the answers from them say."""

    def __init__(self, addressing: Addressing, findings: Findings) -> None:
        self._addressing = addressing
        self._wire = addressing.wire
        self._findings = findings
        self._turns = Turns(addressing, findings)
        self._book: Book | None = None
        self._passages: list[Mapping[str, Any]] = []
        self._done: set[str] = set()
        addressing.finders["get_passage"] = self._passage_path

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
        chat = ("create_grounded_session", "send_grounded_message", "list_grounded_messages")
        bearer = ("create_agent_session", "send_session_message", "get_passage")
        return [
            ("life", self._check_life, books),
            ("failure", self._check_failure, (*books, "retry_book")),
            ("answers", self._check_answers, (*chat, "delete_grounded_session")),
            ("topics", self._check_topics, ("put_topic", "get_topic", *chat[:2])),
            ("removal", self._check_removal, ("delete_book", *chat[:2], "get_passage")),
            ("sources", self._check_sources, (*bearer, "send_chat_message", "stream_run_events")),
            ("others", self._check_others, (*chat, *bearer[:1])),
        ]

    # Books

    def upload(self, file: File | None = None, **fields: str) -> Exchange:
        """Upload a file, by default one that nobody else has."""
        request = self._request("upload_book")
        file = file or File(f"{uuid.uuid4().hex}.txt", f"A text, {uuid.uuid4()}.".encode())
        return self._wire.send(request.but(body={"file": file, **fields}))

    def book(self) -> Book:
        """A book of three pages that is ready; the second one has what is asked."""
        words = [_word() for _ in range(4)]
        nobody = Exchange(self._request("upload_book"), 0, {}, b"", ABSENT)
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
        self._expect(ready.json.get("status") == "READY", ready, f"a book is {ready.json}")
        return Book(words, made, ready)

    def _shared_book(self) -> Book:
        if self._book is None:
            self._book = self.book()
        return self._book

    def _check_life(self) -> None:
        """From the upload to READY, with what was said of the book; its bytes are taken once."""
        book = self.book()
        made, ready = book.made, book.ready
        said = made.json
        new = said["status"], said["progress"], said["reason"], said["pageCount"]
        self._expect(new == ("PROCESSING", 0, None, 0), made, f"a new book is {new}")
        now = ready.json
        done = now["status"], now["progress"], now["reason"], now["pageCount"]
        self._expect(done == ("READY", 100, None, 3), ready, f"a book that is done is {done}")
        file = made.request.body["file"]
        names = "title", "author", "fileName", "size", "mediaType"
        told = [now[name] for name in names]
        wanted = [book.title, "A. Quent", file.name, len(file.content), "text/plain"]
        self._expect(told == wanted, ready, f"a book is {told}")
        self._expect(now["updatedAt"] > now["createdAt"], ready, "updatedAt did not rise")
        again = self.upload(File("another.txt", file.content), title="Another")
        same = again.status == 409 and again.json.get("bookId") == said["bookId"]
        self._expect(same, again, f"{again.status} for a file that is there, or another bookId")
        # Whatever its name says, and named by it.
        mark = uuid.uuid4().hex
        other = self.upload(File(f"{mark}.txt", pdf([f"About {mark}.", "The end."])))
        read = self._addressing.settled(other)
        found = read.json if read is not None else {}
        told = [found.get(n) for n in ("status", "title", "author", "mediaType", "pageCount")]
        wanted = ["READY", mark, None, "application/pdf", 2]
        self._expect(told == wanted, other, f"a PDF of another name is {told}")

    def _check_failure(self) -> None:
        """A book that cannot be read says why, and may be tried again; another may not."""
        locked = pdf([f"A secret {uuid.uuid4()}."], password="gate")  # noqa: S106 - of a test file
        made = self.upload(File("locked.pdf", locked))
        failed = self._addressing.settled(made)
        assert failed is not None
        self._check_failed(failed)
        path = {"bookId": made.json["bookId"]}
        retried = self._wire.send(self._request("retry_book").but(path=path))
        state = (retried.status, *(retried.json.get(n) for n in ("bookId", "status", "reason")))
        wanted = 202, made.json["bookId"], "PROCESSING", None
        self._expect(state == wanted, retried, f"a book that is tried again is {state}")
        self._expect(retried.json.get("progress") == 0, retried, "its progress is not 0")
        again = self._addressing.settled(retried)
        assert again is not None
        self._check_failed(again)
        listed = self._wire.send(self._request("list_books").but(query={"limit": 100}))
        mine = [each for each in listed.json["books"] if each["bookId"] == made.json["bookId"]]
        # Of many books it may be on a later page.
        self._expect(mine in ([again.json], []), listed, "the list says otherwise of a book")

    def _check_failed(self, failed: Exchange) -> None:
        now = failed.json
        told = now["status"] == "FAILED" and bool(now["reason"])
        self._expect(told, failed, f"a book that is locked is {now['status']}: {now['reason']}")

    # Answers

    def session(self, topic: str | None = None) -> Exchange:
        """A session that answers from the books."""
        request = self._request("create_grounded_session")
        return self._wire.send(request.but(body={} if topic is None else {"topicId": topic}))

    def ask(self, session: Exchange, text: str, **headers: str) -> Exchange:
        """The answer to a question."""
        path = {"sessionId": session.json["sessionId"]}
        request = self._request("send_grounded_message")
        return self._wire.send(request.but(path=path, body={"content": text}, headers=headers))

    def history(self, session: Exchange) -> Exchange:
        """All messages of a session."""
        path = {"sessionId": session.json["sessionId"]}
        return self._wire.send(self._request("list_grounded_messages").but(path=path))

    def _check_answers(self) -> None:
        """Answered from the page that says it, or not at all; both are in the history."""
        book = self._shared_book()
        session = self.session()
        self._expect(session.json["topicId"] is None, session, "a free session has a topic")
        self._expect(self.history(session).json == [], session, "a new session has messages")
        found = self._check_found(session, book)
        nothing = self._check_nothing(session, OFF_TOPIC)
        listed = self.history(session)
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
        found = self.ask(session, book.question)
        said = found.json
        self._expect(said["role"] == "ASSISTANT", found, f"the answer is by {said['role']}")
        wanted = [{"bookTitle": book.title, "page": ASKED}]
        self._expect(said.get("sources") == wanted, found, f"the sources are {said.get('sources')}")
        quoted = book.fact in said["content"] and "[1]" in said["content"]
        self._expect(quoted, found, "the answer does not say what the page says")
        return found

    def _check_nothing(self, session: Exchange, text: str) -> Exchange:
        """The contract's own words where there is nothing, and no source."""
        nothing = self.ask(session, text)
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
            session = self.session(topic)
            told = session.json["topicId"]
            self._expect(told == topic, session, f"the topic {topic} became {told}")
            self._check_found(session, self._shared_book())
            self._check_nothing(session, OFF_TOPIC)

    def _check_removal(self) -> None:
        """What a deleted book said is found no more; what was answered from it stays."""
        self._shared_book()
        book = self.book()
        session = self.session()
        found = self._check_found(session, book)
        passage = self._passage_of(book)
        deleted = self._wire.send(self._request("delete_book").but(path=book.path))
        self._expect(deleted.status == 204, deleted, f"{deleted.status}")
        self._check_nothing(session, book.question)
        listed = self.history(session)
        self._expect(found.json in listed.json, listed, "an answer changed with its book")
        gone = self._wire.send(self._request("get_passage").but(path=passage))
        self._expect(gone.status == 404, gone, f"{gone.status} for a passage of a deleted book")

    # Sources of sessions with tokens

    def _bearer_session(self, limit: int = MOST) -> Exchange:
        create = self._addressing.by_id["create_agent_session"]
        request = self._addressing.example(create).with_query(max_context_results=limit)
        return self._wire.send(request)

    def _turn(self, session: Exchange, text: str, kind: str = JSON) -> Exchange:
        request = self._request("send_session_message")
        path = {"session_id": session.json["session_id"]}
        return self._wire.send(
            request.but(path=path, body={"message": text}, headers={"Accept": kind})
        )

    def _passage_of(self, book: Book) -> dict[str, Any]:
        """The path of the passage that answers a question."""
        turn = self._turn(self._bearer_session(), book.question)
        messages = turn.json.get("messages", []) if isinstance(turn.json, dict) else []
        for source in (each for message in messages for each in message["sources"]):
            if source["book_id"] == book.made.json["bookId"]:
                return {"bookId": source["book_id"], "passageId": source["passage_id"]}
        raise Unaddressable(f"no source leads to a passage: {turn.curl}")

    def _passage_path(self) -> Mapping[str, Any]:
        """A passage of one of two books in turn."""
        if len(self._passages) < 2:
            self._passages.append(self._passage_of(self.book()))
        self._passages.reverse()
        return self._passages[0]

    def _check_sources(self) -> None:
        """A turn names its passages in its events, on its message, and as they can be read."""
        book = self._shared_book()
        session = self._bearer_session()
        for kind in (EVENT_STREAM, JSON):
            turn = self._turn(session, book.question, kind)
            rules = stream_rules(self._addressing.document, turn.request.operation)
            assert rules is not None
            ended = ended_messages(rules, turn) if kind == EVENT_STREAM else turn.json["messages"]
            sources = [each for message in ended for each in message["sources"]]
            self._check_passages(turn, book, ended[0]["content"], sources)
            nothing = self._turn(session, OFF_TOPIC, kind)
            ended = (
                ended_messages(rules, nothing) if kind == EVENT_STREAM else nothing.json["messages"]
            )
            empty = [message["sources"] for message in ended] == [[]]
            self._expect(empty, nothing, "off-topic has sources")
        self._check_limit(book)

    def _check_limit(self, book: Book) -> None:
        """Of many passages no more are used than the session may."""
        few = self._turn(self._bearer_session(1), f"{book.question} And what carries violins?")
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
            read = self._wire.send(self._request("get_passage").but(path=path))
            said = read.json if isinstance(read.json, dict) else {}
            told = tuple(said.get(n) for n in ("passageId", "bookId", "bookTitle", "page"))
            same = told == (each["passage_id"], each["book_id"], each["book_title"], each["page"])
            self._expect(same and book.fact in said.get("text", ""), read, f"a passage is {told}")

    def _check_others(self) -> None:
        """Nobody's session is read through the other surface."""
        mine, shared = self._bearer_session(), self.session()
        path = {"sessionId": mine.json["session_id"]}
        read = self._wire.send(self._request("list_grounded_messages").but(path=path))
        self._expect(read.status == 404, read, f"{read.status} for another user's session")
        for name in ("get_session", "list_session_messages"):
            if name in self._addressing.by_id:
                path = {"session_id": shared.json["sessionId"]}
                answer = self._wire.send(self._request(name).but(path=path))
                self._expect(answer.status == 404, answer, f"{answer.status} for another's session")

    def _request(self, name: str) -> Request:
        return self._addressing.example(self._addressing.by_id[name])

    def _expect(self, promise: bool, exchange: Exchange, message: str) -> bool:
        return self._findings.expect(promise, exchange, "library", message)


def _word() -> str:
    """A word that no book has, as it could be one of some language."""
    digits = hashlib.sha256(uuid.uuid4().bytes).digest()[:5]
    return "".join("bdfgklmnpr"[each % 10] + "aeiou"[each // 10 % 5] for each in digits)
