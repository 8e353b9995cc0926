"""What a browser would make of the HTML of slides: it shows their texts, and does nothing."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from gate.findings import Findings
from gate.slides import Content, texts
from gate.wire import Exchange

ACTIVE = frozenset(
    {"script", "style", "b", "iframe", "link", "object", "embed", "svg", "a", "form", "base"}
)
UNSEEN = frozenset({"layout", "image_id", "notes", "language"})
"""The texts of a slide that are not on it."""


class Seen(HTMLParser):
    """What a browser would see of some HTML: its texts, and what in it would do something."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.wrong: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ACTIVE:
            self.wrong.append(tag)
        for name, value in attrs:
            text = value or ""
            if name.startswith("on") or name in ("style", "href", "srcdoc"):
                self.wrong.append(name)
            if name == "src" and not text.startswith("data:image/"):
                self.wrong.append(text)
            if name == "alt":
                self.text += text

    def handle_data(self, data: str) -> None:
        self.text += data


class SlideHtml:
    """Holds the HTML of slides against their contents, wherever it is answered."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._right: dict[str, Content] = {}

    def check(self, exchange: Exchange) -> None:
        """Every slide of an answer that is a deck or a slide; others have none."""
        for html, content in _shown(exchange.json):
            # A deck is answered with each of its changes, and most of it is as it was.
            if self._right.get(html) == content:
                continue
            wrong = list(faults(html, content))
            for message in wrong:
                self._findings.expect(False, exchange, "decks", message)
            if not wrong:
                self._right[html] = content


def faults(html: str, content: Content) -> Iterator[str]:
    """What is wrong with the HTML of a slide with this content."""
    seen = Seen(html)
    if seen.wrong:
        yield f"the HTML has {seen.wrong[:3]}"
    lost = [each for each in texts(content, without=UNSEEN) if each not in seen.text]
    if lost:
        yield f"the HTML of a slide lacks {lost[0][:80]!r}"
    notes = content.get("notes")
    if notes and notes in seen.text:
        yield "the HTML tells the notes"


def _shown(body: Any) -> Iterator[tuple[str, Content]]:
    """The HTML and the content of each slide of an answer; what is of another shape is no slide."""
    deck = body.get("slide_deck", {"slides": [body]}) if isinstance(body, dict) else None
    slides = deck.get("slides") if isinstance(deck, dict) else None
    for each in slides if isinstance(slides, list) else ():
        if isinstance(each, dict):
            html, content = each.get("html"), each.get("content")
            if isinstance(html, str) and isinstance(content, dict):
                yield html, content
