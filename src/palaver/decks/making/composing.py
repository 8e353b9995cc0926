"""Slides out of an outline, out of passages of books, and headings for what is still missing."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Sequence
from typing import Final, Protocol

from msgspec import Struct

from palaver.decks.making import contents
from palaver.decks.making.contents import Item, bullets_slides, clipped, one_line
from palaver.decks.making.outline import (
    Block,
    Break,
    Code,
    Items,
    Quote,
    Section,
    Table,
    read_outline,
    sections_of_list,
)
from palaver.decks.making.quotations import quotation, sentences
from palaver.decks.making.reshaping import retitled
from palaver.models import QuoteSlide, SlideContent

MAX_SUBTITLE: Final = 200
MAX_HEADING: Final = 90
MAX_SENTENCE: Final = 200
MAX_SENTENCES: Final = 6
DEFAULT_PASSAGES: Final = 6
DEFAULT_HEADINGS: Final = 5
SOURCES: Final = "Sources"
LEAST_WITH_SOURCES: Final = 4
"""A deck of fewer slides has its sources in the notes alone."""

HEADINGS: Final = (
    "Overview",
    "Background",
    "Where things stand",
    "Key figures",
    "What has changed",
    "Causes",
    "Opportunities",
    "Risks",
    "Options",
    "Next steps",
)


class Passage(Protocol):
    """A piece of a book's page, as it stands there."""

    @property
    def book_title(self) -> str:
        """The book."""
        ...

    @property
    def page(self) -> int:
        """The page, from 1."""
        ...

    @property
    def text(self) -> str:
        """The text."""
        ...


class Composed(Struct, frozen=True):
    """The title and the slides of a deck, and how many of these quote passages."""

    title: str
    slides: list[SlideContent]
    quoting: int = 0


def from_outline(material: str, topic: str, count: int | None) -> Composed:
    """A deck out of an outline; with ``count``, slides to fill in where the outline has fewer.

    Nothing of the outline is left out, also where it has more.
    """
    root = read_outline(material)
    title, opening, sections = as_title(topic), root, root.sections
    if not sections:
        sections = sections_of_list(root) or []
        opening = Section("", 0, notes=root.notes) if sections else root
    elif len(sections) == 1 and sections[0].sections:
        opening, sections = sections[0], sections[0].sections
        opening.blocks[:0] = root.blocks
        opening.notes[:0] = root.notes
        title = opening.title or title
    slides = [slide for section in sections for slide in slides_of(section)]
    subtitle, rest = _subtitle(opening)
    if rest and _is_prose(rest):
        slides[:0] = _prose_slides(rest)
    else:
        slides[:0] = _block_slides(title or contents.UNTITLED, rest, ())
    title = title or (contents.title_of(slides[0]) if slides else contents.UNTITLED)
    notes = "\n\n".join(opening.notes)
    if subtitle or notes or (_deserves_title(title, slides) and count != len(slides)):
        slides.insert(0, contents.title_slide(title, subtitle, notes))
    missing = (count or 0) - len(slides)
    return Composed(title, [*slides, *unfilled(missing)])


def slides_from(material: str, title: str) -> list[SlideContent]:
    """Single slides out of some material, under this title where it has none of its own."""
    root = read_outline(material)
    own = _block_slides(title, root.blocks, root.notes) if root.blocks else []
    return [*own, *(slide for section in root.sections for slide in slides_of(section))]


def slides_of(section: Section) -> Iterator[SlideContent]:
    """The slides of a section and of all in it."""
    title = section.title or contents.UNTITLED
    if not section.sections:
        yield from _block_slides(title, section.blocks, section.notes) or [
            contents.unfilled_slide(title, "\n\n".join(section.notes))
        ]
        return
    notes = () if section.blocks else section.notes
    yield contents.section_slide(title, "\n\n".join(notes))
    yield from _block_slides(title, section.blocks, section.notes)
    for below in section.sections:
        yield from slides_of(below)


def from_passages(topic: str, count: int | None, passages: Sequence[Passage]) -> Composed:
    """A deck of what books say about a topic, in the order of books and pages.

    Where there are too few passages, or none, headings are left to fill in.
    """
    found = distinct(passages)
    topic = as_title(topic)
    slides: list[SlideContent]
    if count == 1:
        slides = [passage_slide(found[0])] if found else [contents.unfilled_slide(topic)]
        return Composed(topic, slides, len(found[:1]))
    if count is None:
        count = 2 + min(len(found), DEFAULT_PASSAGES) if found else 1 + DEFAULT_HEADINGS
    has_sources = bool(found) and count >= LEAST_WITH_SOURCES
    room = max(0, count - 1 - has_sources)
    used = sorted(found[:room], key=lambda passage: (passage.book_title, passage.page))
    quoting = numbered([passage_slide(each) for each in used])
    slides = [contents.title_slide(topic), *quoting, *unfilled(room - len(used))]
    if has_sources:
        slides += bullets_slides(SOURCES, [Item(each) for each in _sources(used)])
    return Composed(topic, slides[:count], len(used))


def passage_slide(passage: Passage, title: str = "") -> SlideContent:
    """A slide that quotes a passage, with its source and all of it in the notes.

    Without a title it is called as the passage is headed, or by its first sentence.
    """
    quoted = quotation(passage.text)
    items = [Item(each) for each in quoted.sentences]
    if not title and quoted.headings:
        title = quoted.headings[-1]
    elif not title:
        title, items = _headed(quoted.sentences)
    above = " › ".join(quoted.headings)
    source = f"Source: {one_line(passage.book_title)}, page {passage.page}"
    notes = "\n\n".join([f"{source}, “{above}”" if above else source, f"“{quoted.text}”"])
    if not items:
        # The heading is all that the passage says.
        items, notes = [Item(above or contents.FILL_IN)], f"{source}\n\n“{above}”"
    first, *_ = bullets_slides(title, items[:MAX_SENTENCES], notes)
    return first


def numbered(slides: Sequence[SlideContent], taken: Collection[str] = ()) -> list[SlideContent]:
    """The slides, numbered where several are called the same, so that a title names one.

    ``taken`` are titles that the deck has already.
    """
    names = [contents.title_of(slide) for slide in slides]
    used = {*taken}
    made = []
    for name, slide in zip(names, slides, strict=True):
        if names.count(name) == 1 or name == contents.FILL_IN or isinstance(slide, QuoteSlide):
            made.append(slide)
            continue
        new = next(each for n in itertools.count(1) if (each := f"{name} ({n})") not in used)
        used.add(new)
        made.append(retitled(slide, new))
    return made


def unfilled(count: int, taken: int = 0) -> list[SlideContent]:
    """Slides that are headings and no more; none where the count is below 1."""
    places = range(taken, taken + max(0, count))
    return [
        contents.unfilled_slide(HEADINGS[place] if place < len(HEADINGS) else f"Part {place + 1}")
        for place in places
    ]


def as_title(topic: str) -> str:
    """A topic with a capital letter, unless its first word has one in another place."""
    first = topic.partition(" ")[0]
    return topic[:1].upper() + topic[1:] if first.islower() else topic


def _headed(said: Sequence[str]) -> tuple[str, list[Item]]:
    """A title out of the first sentence, and the sentences that it does not hold already."""
    said = said or [contents.FILL_IN]
    first = said[0].rstrip(".:")
    if len(first) <= MAX_HEADING and len(said) > 1:
        return first, [Item(each) for each in said[1:]]
    return clipped(first, MAX_HEADING), [Item(each) for each in said]


def _block_slides(title: str, blocks: Sequence[Block], notes: Sequence[str]) -> list[SlideContent]:
    slides: list[SlideContent] = []
    for block in blocks:
        match block:
            case Items(items):
                slides += bullets_slides(title, [part for item in items for part in _parts(item)])
            case Table(header, rows):
                slides += contents.table_slides(title, header, rows)
            case Code(code, language):
                slides += contents.code_slides(title, code, language)
            case Quote(quote, attribution):
                # A quotation has no title of its own; what stood above it is not lost.
                slides.append(contents.quote_slide(quote, attribution, notes=title))
            case Break():
                pass
    if slides and notes:
        slides[0] = contents.with_notes(slides[0], *notes)
    return slides


def _parts(item: Item) -> Iterator[Item]:
    """A long text by sentences."""
    if len(item.text) <= MAX_SENTENCE:
        yield item
    else:
        yield from (Item(each, item.level) for each in sentences(item.text))


def _subtitle(opening: Section) -> tuple[str, list[Block]]:
    """The line below a deck's title, and the other blocks there."""
    blocks: list[Block] = [block for block in opening.blocks if not isinstance(block, Break)]
    if opening.level and blocks:
        first = blocks[0]
        if isinstance(first, Items) and first.is_prose and len(first.items[0].text) <= MAX_SUBTITLE:
            rest: list[Block] = [Items(first.items[1:], True)] if len(first.items) > 1 else []
            return first.items[0].text, rest + blocks[1:]
    return "", blocks


def _is_prose(blocks: Sequence[Block]) -> bool:
    return all(isinstance(block, Items) and block.is_prose for block in blocks)


def _prose_slides(blocks: Sequence[Block]) -> list[SlideContent]:
    """Each paragraph as a slide."""
    slides: list[SlideContent] = []
    for block in blocks:
        if isinstance(block, Items):
            for item in block.items:
                slides += bullets_slides(*_headed(sentences(item.text)))
    return slides


def _deserves_title(title: str, slides: Sequence[SlideContent]) -> bool:
    return title != contents.UNTITLED and (not slides or contents.title_of(slides[0]) != title)


def distinct(passages: Sequence[Passage]) -> list[Passage]:
    """The passages without those that say the same as one before."""
    seen: dict[str, Passage] = {}
    for passage in passages:
        if text := one_line(passage.text):
            seen.setdefault(text, passage)
    return list(seen.values())


def _sources(passages: Sequence[Passage]) -> list[str]:
    """A line for each book, with the pages that are quoted."""
    pages: dict[str, list[int]] = {}
    for passage in passages:
        of_book = pages.setdefault(one_line(passage.book_title), [])
        if passage.page not in of_book:
            of_book.append(passage.page)
    return [
        f"{book}, {'page' if len(found) == 1 else 'pages'} {', '.join(map(str, found))}"
        for book, found in pages.items()
    ]
