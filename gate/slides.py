"""Decks that the gate makes and changes, with an account of what each should be by then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gate.addressing import Addressing, Unaddressable
from gate.findings import Findings
from gate.forms import File
from gate.pictures import picture
from gate.probes import CONDITION
from gate.wire import ABSENT, Exchange, Request

MARKUP = '<script>x()</script><b onclick="y()">&amp;</b>'
NAMES = frozenset({"layout", "image_id"})
"""The texts of a slide that name something."""

Content = dict[str, Any]
Path = dict[str, Any]


class Slides:
    """Sends what concerns decks."""

    def __init__(self, addressing: Addressing) -> None:
        self._addressing = addressing
        self._wire = addressing.wire
        self._numbers = iter(range(1, 1 << 20))

    def request(self, name: str) -> Request:
        """The contract's example of a request to an operation."""
        return self._addressing.example(self._addressing.by_id[name])

    def send(
        self, name: str, path: Path, body: Any = ABSENT, tag: str = "*", **query: Any
    ) -> Exchange:
        """Ask an operation for a version of a deck; ``*`` is whatever it is at."""
        request = self.request(name)
        if CONDITION in request.headers:
            request = request.but(headers={**request.headers, CONDITION: tag})
        return self._wire.send(request.but(path=path, query=query, body=body))

    def session(self, title: str) -> Path:
        """The path of a new session."""
        made = self._wire.send(self.request("create_session").but(body={"title": title}))
        return {"session_id": made.json["session_id"]}

    def title(self) -> str:
        """A new title that is as long as it may be, with markup in it and space around it."""
        schema = self._addressing.body_schema(self._addressing.by_id["create_session"])
        field = self._addressing.document.deref(schema, ())[0]["properties"]["title"]
        text = self._addressing.values.fresh(field, longest=True)
        return f" {text[: -len(MARKUP) - 2]}{MARKUP} "

    def read(self, path: Path) -> Exchange:
        """The deck of a session."""
        return self.send("get_session_slides", path)

    def upload(self, path: Path, file: File | None = None) -> Exchange:
        """Upload a file as an image, by default one that nobody else has."""
        number = next(self._numbers)
        return self.send(
            "upload_slide_image", path, {"file": file or File("a.png", picture(number))}
        )

    def contents(self, path: Path, *, longest: bool = False) -> list[Content]:
        """A slide of each layout with all that it can have; texts hold markup.

        With ``longest``, they are as long as they may be.
        """
        values = self._addressing.values
        insert = self._addressing.by_id["insert_slide"]
        schema = self._addressing.body_schema(insert)
        document = self._addressing.document
        found, _ = document.deref(document.deref(schema, ())[0]["properties"]["content"], ())
        made = []
        for member in found["oneOf"]:
            content = _with_markup(values.fresh(member, longest=longest), added=not longest)
            if "image_id" in content:
                image = self.upload(path)
                if not isinstance(image.json, dict):
                    raise Unaddressable(f"upload_slide_image answered {image.status}")
                content["image_id"] = image.json["image_id"]
            made.append(content)
        return made


def _with_markup(value: Any, name: str = "", *, added: bool = True) -> Any:
    """All texts with markup at their end, ``added`` to them or in place of what was there."""
    if isinstance(value, dict):
        return {key: _with_markup(each, key, added=added) for key, each in value.items()}
    if isinstance(value, list):
        return [_with_markup(each, name, added=added) for each in value]
    # Names of languages are short.
    if not isinstance(value, str) or name in NAMES | {"language"}:
        return value
    return f"{value if added else value[: -len(MARKUP)]}{MARKUP}"


def texts(value: Any, *, without: frozenset[str] = NAMES) -> Iterator[str]:
    """All texts of a slide but those that name something, in their order."""
    if isinstance(value, dict):
        for key, each in value.items():
            if key not in without:
                yield from texts(each, without=without)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each, without=without)
    elif isinstance(value, str):
        yield value


def slides_of(deck: Any) -> list[tuple[str, Content]]:
    """The ids and contents of a deck's slides, as it was answered."""
    return [(each["slide_id"], each["content"]) for each in deck["slide_deck"]["slides"]]


class Account:
    """A deck that is changed step by step, each checked against what it should make of it."""

    def __init__(self, slides: Slides, findings: Findings, title: str) -> None:
        self._slides = slides
        self._findings = findings
        self.path = slides.session(title)
        self.version = 0
        self._given = 0
        self._now: tuple[str, str, list[tuple[str, Content]]] = (title, "paper", [])
        self._past: list[tuple[str, str, list[tuple[str, Content]]]] = []
        self.tag = ""
        self.deck = slides.read(self.path)
        self._check(self.deck)

    @property
    def held(self) -> list[tuple[str, Content]]:
        """The slides that the deck should have."""
        return self._now[2]

    @property
    def _condition(self) -> str:
        """The version that a change is for, and in turn any."""
        return self.tag if self.version % 2 else "*"

    def of(self, place: int) -> Path:
        """The path of the slide at a place."""
        return {**self.path, "slide_id": self.held[place][0]}

    def insert(self, content: Content, position: int | None = None) -> Exchange:
        """Add a slide."""
        body = {"content": content, **({} if position is None else {"position": position})}
        place = len(self.held) if position is None else position
        new = f"slide_{self._given}", content
        self._given += 1
        after = [*self.held[:place], new, *self.held[place:]]
        answer = self._change("insert_slide", self.path, body, slides=after)
        self._expect(_slide(answer) == new, answer, f"a new slide is {_slide(answer)}")
        return answer

    def fill(self, contents: Sequence[Content]) -> None:
        """Add slides to a deck that has had none, and look at it when all are there."""
        for content in contents:
            self._slides.send("insert_slide", self.path, {"content": content})
            self._past.append(self._now)
            title, theme, held = self._now
            self._now = title, theme, [*held, (f"slide_{self._given}", content)]
            self._given += 1
            self.version += 1
        self.deck = self._slides.read(self.path)
        self._check(self.deck)

    def replace(self, place: int, content: Content) -> Exchange:
        """Give a slide other content."""
        path = self.of(place)
        new = path["slide_id"], content
        after = [*self.held[:place], new, *self.held[place + 1 :]]
        answer = self._change("replace_slide", path, {"content": content}, slides=after)
        self._expect(_slide(answer) == new, answer, f"a slide is {_slide(answer)} now")
        return answer

    def move(self, place: int, position: int) -> Exchange:
        """Put a slide elsewhere."""
        others = [*self.held[:place], *self.held[place + 1 :]]
        after = [*others[:position], self.held[place], *others[position:]]
        return self._change("move_slide", self.of(place), {"position": position}, slides=after)

    def delete(self, place: int) -> Exchange:
        """Take a slide out."""
        after = [*self.held[:place], *self.held[place + 1 :]]
        return self._change("delete_slide", self.of(place), ABSENT, slides=after)

    def update(self, **fields: str) -> Exchange:
        """Change the title, the theme, or both."""
        return self._change("update_deck", self.path, fields, **fields)

    def undo(self) -> Exchange:
        """Take the last change back."""
        answer = self._slides.send("undo_deck_change", self.path, tag=self._condition)
        if self._expect(answer.status == 200, answer, f"{answer.status} for an undo"):
            self._now = self._past.pop()
            self._changed(answer)
        return answer

    def _change(self, name: str, path: Path, body: Any, **changes: Any) -> Exchange:
        answer = self._slides.send(name, path, body, self._condition)
        done = answer.status in answer.request.operation.success_statuses
        if self._expect(done, answer, f"{answer.status} for the deck as it is"):
            self._past.append(self._now)
            title, theme, held = self._now
            self._now = (
                changes.get("title", title),
                changes.get("theme", theme),
                changes.get("slides", held),
            )
            self._changed(answer)
        return answer

    def _changed(self, answer: Exchange) -> None:
        """The next version, as the change itself says it and as it is read."""
        self.version += 1
        before, self.deck = self.deck.json, self._slides.read(self.path)
        if isinstance(answer.json, dict) and "slide_deck" in answer.json:
            same = answer.json == self.deck.json
            self._expect(same, answer, "a change says another deck than is read")
        if isinstance(answer.json, dict) and "slide_id" in answer.json:
            same = answer.json in self.deck.json["slide_deck"]["slides"]
            self._expect(same, answer, "a change says another slide than is read")
        told = answer.headers.get("etag")
        same = told == self.deck.headers.get("etag") and told != self.tag
        self._expect(same, answer, f"the ETag after a change is {told}")
        risen = self.deck.json["updated_at"] > before["updated_at"]
        self._expect(risen, answer, "updated_at did not rise")
        self._check(self.deck)

    def check_unchanged(self, refused: Exchange) -> None:
        """Nothing came of what was refused."""
        after = self._slides.read(self.path)
        same = (after.json, after.headers.get("etag")) == (
            self.deck.json,
            self.deck.headers.get("etag"),
        )
        self._expect(same, refused, f"a {refused.status} changed the deck")

    def _check(self, read: Exchange) -> None:
        """The deck is what it should be, as a whole and slide by slide."""
        self.tag = read.headers.get("etag", "")
        deck = read.json
        title, theme, held = self._now
        found = deck["title"], deck["theme"], deck["version"]
        self._expect(found == (title, theme, self.version), read, f"the deck is {found}")
        ids, wanted = [each[0] for each in slides_of(deck)], [each[0] for each in held]
        self._expect(ids == wanted, read, f"the slides are {ids} instead of {wanted}")
        self._expect(slides_of(deck) == held, read, "a slide has other content")
        for number, (slide_id, _) in enumerate(held):
            if number in (0, len(held) - 1):
                path = {**self.path, "slide_id": slide_id}
                one = self._slides.send("get_slide", path)
                same = isinstance(one.json, Mapping) and one.json in deck["slide_deck"]["slides"]
                self._expect(same, one, "a slide is read otherwise alone")
                tagged = one.headers.get("etag") == self.tag
                self._expect(tagged, one, "a slide's ETag is not the deck's")

    def _expect(self, promise: bool, exchange: Exchange, message: str) -> bool:
        return self._findings.expect(promise, exchange, "decks", message)


def _slide(answer: Exchange) -> tuple[Any, Any]:
    body = answer.json if isinstance(answer.json, dict) else {}
    return body.get("slide_id"), body.get("content")
