"""What only meaning can tell of decks: that each change is that change, and can be taken back.

Like ``gate/library.py`` it names operations, as the rest of the gate does not. It keeps an account
of decks that it changes, looks into the HTML, the images and the files that are made of them, and
holds the events of turns against the decks that they leave behind.
"""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from typing import Any

from PIL import Image

from gate.addressing import Addressing, Unaddressable
from gate.deck_files import DeckFiles
from gate.deck_turns import DeckTurns
from gate.findings import Findings
from gate.forms import File
from gate.pictures import Kind, photograph, picture, same_pixels
from gate.probes import CONDITION
from gate.reach import REPLAYED
from gate.slides import Account, Slides, slides_of
from gate.wire import ABSENT, Exchange
from palaver.contract.document import Operation

CHANGES = (
    *("insert_slide", "replace_slide", "move_slide", "delete_slide"),
    *("update_deck", "undo_deck_change"),
)
READS = ("get_session_slides", "get_slide")
MANY = 66
"""More than a signed number of seven bits can count."""

NO_IMAGES = (
    b"",
    b"A text.",
    b"%PDF-1.7\n",
    b'<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>',
    picture(1, "BMP"),
    picture(1)[:60],
    picture(1, "JPEG")[:60],
)


class Decks:
    """Checks decks; ``read`` collects the parameters that were seen to matter."""

    def __init__(self, addressing: Addressing, findings: Findings) -> None:
        self._addressing = addressing
        self._findings = findings
        self._slides = Slides(addressing)
        self._files = DeckFiles(addressing, findings, self._slides)
        self._turns = DeckTurns(addressing, findings, self._slides)
        self._done: set[str] = set()
        self.read = self._files.read

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
        images = ("upload_slide_image", "get_slide_image")
        turns = ("send_session_message", "send_chat_message")
        return [
            ("changes", self._check_changes, (*CHANGES, *READS, images[0])),
            ("many changes", self._check_many, (*CHANGES, *READS)),
            ("conditions", self._check_conditions, (*CHANGES, *READS)),
            ("keys", self._check_keys, ("insert_slide", READS[0])),
            ("looks", self._check_looks, ("update_deck", "insert_slide", *READS, images[0])),
            ("images", self._check_images, (*images, "insert_slide", "replace_slide")),
            ("files", self._files.check_exports, ("export_session", "insert_slide", images[0])),
            (
                "transcripts",
                self._files.check_transcripts,
                ("get_session_transcript", turns[0], "list_session_messages"),
            ),
            ("turns", self._turns.check, (*turns, *READS, "stream_run_events")),
        ]

    def _account(self) -> Account:
        return Account(self._slides, self._findings, self._slides.title())

    def _check_changes(self) -> None:
        """Every layout, put everywhere, changed, moved and deleted; then all of it undone."""
        account = self._account()
        nothing = self._slides.send("undo_deck_change", account.path)
        self._expect(nothing.status == 409, nothing, f"{nothing.status} before any change")
        contents = self._slides.contents(account.path)
        longest = self._slides.contents(account.path, longest=True)
        # At the end, at the start, in the middle, and beyond the end.
        for number, content in enumerate(contents):
            account.insert(content, (None, 0, 1, 200)[number % 4])
        last = len(contents) - 1
        account.move(0, last)
        account.move(last, 0)
        account.move(1, 2)
        account.move(2, 200)
        account.move(3, 3)
        account.update(theme="midnight")
        # As it was moved before, but in a deck that looks otherwise.
        account.move(1, 2)
        account.update(title=self._slides.title())
        # Each gets the layout of the one after it, with texts as long as they may be.
        for place in range(last):
            account.replace(place, longest[place + 1])
        account.replace(last, longest[0])
        account.delete(last)
        account.delete(0)
        account.delete(2)
        account.insert(contents[1], 2)
        account.update(theme="ocean", title=self._slides.title())
        while account.held or account.version < 2:
            before = account.version
            account.undo()
            if account.version == before:
                return
        # What was undone is no way back to itself; a change after it starts from there.
        again = self._slides.send("undo_deck_change", account.path, tag=account.tag)
        self._expect(again.status == 409, again, f"{again.status} where nothing is left to undo")

    def _check_many(self) -> None:
        """What has been changed often is changed as it was at first: numbers only rise."""
        account = self._account()
        contents = [{"layout": "section", "title": f"Part {each}"} for each in range(MANY)]
        account.fill(contents)
        account.move(0, MANY - 2)
        account.replace(MANY - 1, contents[0])
        account.insert(contents[1], MANY - 3)
        account.delete(1)
        account.update(theme="ocean")
        for _ in range(5):
            account.undo()

    def _check_conditions(self) -> None:
        """Whoever has not read what is there changes nothing."""
        for name in CHANGES:
            account = self._account()
            account.insert({"layout": "section", "title": "A section"})
            stale = account.tag
            account.insert({"layout": "quote", "quote": "A quotation"})
            of_slide = "{slide_id}" in self._addressing.by_id[name].path
            path = account.of(0) if of_slide else account.path
            tag = account.tag
            for other in (stale, f"W/{tag}", '"x"', f'"x", {stale}', tag.strip('"'), "**"):
                refused = self._slides.send(name, path, _body_for(name), other)
                self._expect(refused.status == 412, refused, f"{refused.status} for {other}")
            account.check_unchanged(refused)
            # One of several will do.
            done = self._slides.send(name, path, _body_for(name), f'"x", {tag}')
            ok = done.status in done.request.operation.success_statuses
            self._expect(ok, done, f"{done.status} for one tag of two")

    def _check_keys(self) -> None:
        """What is sent again under its key is done once, whatever was changed meanwhile."""
        for tag in ("", "*"):
            account = self._account()
            self._check_key(account, tag or account.tag)

    def _check_key(self, account: Account, tag: str) -> None:
        body = {"content": {"layout": "section", "title": "A section"}}
        request = self._slides.request("insert_slide").but(path=account.path, body=body)
        headers = {**request.headers, REPLAYED: uuid.uuid4().hex, CONDITION: tag}
        answers = []
        for _ in range(2):
            answers.append(self._addressing.wire.send(request.but(headers=headers)))
            title = {"title": f"A title, {len(answers)}"}
            self._slides.send("update_deck", account.path, title)
        one, two = answers
        same = (one.status, one.json, one.headers.get("etag")) == (
            *(two.status, two.json),
            two.headers.get("etag"),
        )
        self._expect(same, two, "a replay has another outcome")
        deck = self._slides.read(account.path)
        found = len(slides_of(deck.json)), deck.json["version"]
        self._expect(found == (1, 3), two, f"slides and version are {found} after a replay")

    def _check_looks(self) -> None:
        """A theme changes the style sheet alone; ``SlideHtml`` looks at what all slides show."""
        account = self._account()
        for content in self._slides.contents(account.path):
            account.insert(content)
        sheets, shown = set(), []
        for theme in ("midnight", "ocean", "paper"):
            account.update(theme=theme)
            deck = account.deck.json["slide_deck"]
            sheets.add(deck["css"])
            shown.append([each["html"] for each in deck["slides"]])
            calm = not any(each in deck["css"] for each in ("url(", "@import", "<"))
            self._expect(calm, account.deck, "a style sheet loads something")
        self._expect(len(sheets) == 3, account.deck, "two themes look alike")
        self._expect(shown[0] == shown[1] == shown[2], account.deck, "a theme changes the HTML")

    def _check_images(self) -> None:
        """Images are kept as their pixels; what is none is refused, and each has its session."""
        path, other = self._slides.session("Images"), self._slides.session("Other images")
        kinds: tuple[Kind, ...] = ("PNG", "JPEG", "GIF", "WEBP")
        tags = set()
        for number, kind in enumerate(kinds):
            file = picture(number, kind, (40, 30))
            # A name says nothing.
            made = self._slides.upload(path, File("a.txt", file))
            read = self._check_image(made, path, (40, 30))
            tags.add(read.headers.get("etag"))
            same = kind == "JPEG" or same_pixels(file, read.content)
            self._expect(same, read, f"a {kind} has other pixels")
        self._expect(len(tags) == len(kinds), made, "two images have one ETag")
        large = self._slides.upload(path, File("large.png", picture(9, size=(2400, 1200))))
        self._check_image(large, path, (1920, 960))
        photo = self._slides.upload(path, File("photo.jpg", photograph(1)))
        self._check_image(photo, path, (96, 64), "JPEG")
        for file in NO_IMAGES:
            refused = self._slides.upload(path, File("a.png", file))
            self._expect(refused.status == 400, refused, f"{refused.status} for {file[:20]!r}")
        foreign = {**other, "image_id": made.json["image_id"]}
        answers = [self._slides.send("get_slide_image", foreign)]
        account = self._account()
        account.insert({"layout": "section", "title": "A section"})
        for image in (made.json["image_id"], str(uuid.uuid4())):
            content = {"layout": "image", "title": "T", "image_id": image, "alt": "A"}
            body = {"content": content}
            answers.append(self._slides.send("insert_slide", account.path, body))
            answers.append(self._slides.send("replace_slide", account.of(0), body))
        for answer in answers:
            message = f"{answer.status} for an image of another session"
            self._expect(answer.status == 404, answer, message)
        account.check_unchanged(answers[-1])

    def _check_image(
        self, made: Exchange, path: dict[str, Any], size: tuple[int, int], kind: str = "PNG"
    ) -> Exchange:
        """What is said of an image is what it is when it is read."""
        if not self._expect(made.status == 201, made, f"{made.status} for an image"):
            raise Unaddressable(f"upload_slide_image answered {made.status}")
        read = self._slides.send("get_slide_image", {**path, "image_id": made.json["image_id"]})
        try:
            shown = Image.open(io.BytesIO(read.content))
            found = {"width": shown.width, "height": shown.height, "media_type": shown.format}
        except OSError:
            found = {}
        wanted = {"width": size[0], "height": size[1], "media_type": kind}
        self._expect(found == wanted, read, f"an image is {found} instead of {wanted}")
        told = {**made.json, "media_type": made.json["media_type"].removeprefix("image/").upper()}
        told.pop("image_id")
        right = told == {**wanted, "size": len(read.content)}
        self._expect(right, made, f"an image is said to be {told}")
        return read

    def _expect(self, promise: bool, exchange: Exchange, message: str) -> bool:
        return self._findings.expect(promise, exchange, "decks", message)


def _body_for(name: str) -> Any:
    content = {"layout": "code", "title": "Some code", "code": "x = 1"}
    return {
        "insert_slide": {"content": content},
        "replace_slide": {"content": content},
        "move_slide": {"position": 1},
        "update_deck": {"title": "A title"},
    }.get(name, ABSENT)
