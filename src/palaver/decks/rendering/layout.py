"""The layout of a deck: its pages. Every kind of file is made of these, so all break alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import UnsetType

from palaver.decks.rendering import pages
from palaver.decks.rendering.faults import MOST_PAGES, DeckTooLong
from palaver.decks.rendering.fitting import MOST_PARTS, Item, lists, one_box
from palaver.decks.rendering.measuring import Words
from palaver.decks.rendering.pages import Block, Box, CodeBlock, ImageBlock, Layout, Page, TextBlock
from palaver.decks.rendering.pictures import Sizes
from palaver.decks.rendering.tables import table
from palaver.models import (
    Bullet,
    BulletsSlide,
    CodeSlide,
    Column,
    ImageSlide,
    QuoteSlide,
    SectionSlide,
    SlideContent,
    TableSlide,
    TitleSlide,
    TwoColumnsSlide,
)

TITLE_SIZE = 34.0
COVER_SIZE = 52.0
SECTION_SIZE = 42.0
SUBTITLE_SIZE = 24.0
HEADING_SIZE = 20.0
QUOTE_SIZE = 34.0
CAPTION_SIZE = 15.0
LANGUAGE_SIZE = 11.0
LARGEST: dict[pages.Role, float] = {
    "title": TITLE_SIZE,
    "quote": QUOTE_SIZE,
    "subtitle": SUBTITLE_SIZE,
    "heading": HEADING_SIZE,
    "attribution": HEADING_SIZE,
    "missing": HEADING_SIZE,
    "caption": CAPTION_SIZE,
    "language": LANGUAGE_SIZE,
}
LARGEST_PIXEL = 3.0
"""Small images are not blown up until they are nothing but squares."""

_CODE_SIZES = (20.0, 18.0, 16.0, 14.0, 13.0, 12.0, 11.0)
_CODE_CONTINUED = (13.0, 11.0, 9.0, 7.0, 6.0)
_QUOTE_SMALLEST = 18.0
_FEWEST = 4

_Parts = list[tuple[Block, ...]]


def lay_out(slides: Sequence[SlideContent], sizes: Sizes) -> list[Page]:
    """The pages of a deck. ``sizes`` says how large images are.

    The more slides there are, the fewer pages each may go on for before its text gets smaller.

    Raises ``DeckTooLong``.
    """
    made: list[Page] = []
    most = min(MOST_PARTS, max(_FEWEST, MOST_PAGES // max(1, len(slides))))
    for number, slide in enumerate(slides):
        made += slide_pages(number, slide, sizes, most)
        if len(made) > MOST_PAGES:
            raise DeckTooLong(f"more than {MOST_PAGES} pages")
    return made


def slide_pages(
    number: int, slide: SlideContent, sizes: Sizes, most: int = MOST_PARTS
) -> Iterator[Page]:
    """The page of one slide, or the pages that it goes on for; ``most`` of them, if that can be."""
    layout, parts = _parts(slide, sizes, most)
    for index, blocks in enumerate(parts):
        title = None if isinstance(slide, QuoteSlide) else _title(slide, index, len(parts))
        notes = _text(slide.notes) if index == 0 else ""
        yield Page(number, index + 1, len(parts), layout, title, blocks, notes)


def _title(
    slide: TitleSlide | SectionSlide | BulletsSlide | TwoColumnsSlide | TableSlide | CodeSlide
    | ImageSlide,
    index: int,
    parts: int,
) -> TextBlock:  # fmt: skip
    if isinstance(slide, TitleSlide):
        return one_box("title", slide.title, pages.COVER_TITLE, COVER_SIZE, "bold")
    if isinstance(slide, SectionSlide):
        return one_box("title", slide.title, pages.COVER_TITLE, SECTION_SIZE, "bold")
    text = f"{slide.title} ({index + 1}/{parts})" if index else slide.title
    return one_box("title", text, pages.TITLE, TITLE_SIZE, "bold")


def _parts(slide: SlideContent, sizes: Sizes, most: int) -> tuple[Layout, _Parts]:
    match slide:
        case TitleSlide():
            return "title", [_subtitle(slide.subtitle)]
        case SectionSlide():
            return "section", [_subtitle(slide.subtitle)]
        case BulletsSlide():
            columns = [(_items(slide.bullets), pages.BODY)]
            return "bullets", [tuple(page) for page in lists(columns, most=most)]
        case TwoColumnsSlide():
            return "two_columns", _columns(slide.left, slide.right, most)
        case TableSlide():
            parts = table(slide.header, slide.rows, pages.BODY, most)
            return "table", [(part,) for part in parts]
        case CodeSlide():
            return "code", _code(slide, most)
        case QuoteSlide():
            return "quote", _quote(slide, most)
        case ImageSlide():
            return "image", [_image(slide, sizes)]


def _text(text: str | UnsetType) -> str:
    return "" if isinstance(text, UnsetType) else text


def _optional(block: TextBlock) -> tuple[TextBlock, ...]:
    return (block,) if block.paragraphs[0].text.strip() else ()


def _subtitle(text: str | UnsetType) -> tuple[TextBlock, ...]:
    return _optional(one_box("subtitle", _text(text), pages.COVER_SUBTITLE, SUBTITLE_SIZE))


def _items(bullets: Sequence[Bullet]) -> list[Item]:
    return [Item(bullet.text, bullet.level) for bullet in bullets]


def _columns(left: Column, right: Column, most: int) -> _Parts:
    headings = [_text(left.heading).strip(), _text(right.heading).strip()]
    boxes = (pages.LEFT, pages.RIGHT) if any(headings) else (pages.TALL_LEFT, pages.TALL_RIGHT)
    lefts, rights = (_items(column.bullets) for column in (left, right))
    places = (pages.LEFT_HEADING, pages.RIGHT_HEADING)
    above = [
        one_box("heading", heading, place, HEADING_SIZE, "bold")
        for heading, place in zip(headings, places, strict=True)
    ]
    parts: _Parts = []
    for first, second in lists([(lefts, boxes[0]), (rights, boxes[1])], 22.0, most):
        if any(headings):
            parts.append((above[0], first, above[1], second))
        else:
            parts.append((first, second))
    return parts


def _code(slide: CodeSlide, most: int) -> _Parts:
    inner = Box(
        pages.CODE.x + pages.CODE_INSET,
        pages.CODE.y + pages.CODE_INSET,
        pages.CODE.width - 2 * pages.CODE_INSET,
        pages.CODE.height - 2 * pages.CODE_INSET,
    )
    code = slide.code.removesuffix("\n")
    lines = [Words(line.expandtabs(4), "mono") for line in code.split("\n")]
    widest = max(line.natural for line in lines)

    def rooms(size: float) -> int:
        return int(inner.height / (size * pages.LINE))

    def part(size: float, part: Sequence[tuple[str, ...]]) -> tuple[Block, ...]:
        return (CodeBlock(inner, size, tuple(part)), *_language(slide))

    for size in _CODE_SIZES:
        # Lines that are whole are worth a smaller size.
        if len(lines) <= rooms(size) and widest * size <= inner.width:
            return [part(size, [(line.text,) for line in lines])]
    for size in _CODE_SIZES:
        if len(lines) <= rooms(size):
            broken = [line.lines(inner.width / size) for line in lines]
            if sum(map(len, broken)) <= rooms(size):
                return [part(size, [tuple(pieces) for pieces in broken])]
    for size in _CODE_CONTINUED:
        if len(lines) <= rooms(size) * most:
            divided = _divided(lines, inner.width / size, rooms(size))
            if len(divided) <= most:
                return [part(size, each) for each in divided]
    # Line after line of nothing gives way.
    full = [line for line in lines if line.text.strip()] or lines[:1]
    size = _CODE_CONTINUED[-1]
    return [part(size, each) for each in _divided(full, inner.width / size, rooms(size))]


def _divided(lines: list[Words], limit: float, room: int) -> list[list[tuple[str, ...]]]:
    """Lines of code, page by page; a line that does not fit goes on on the next."""
    parts: list[list[tuple[str, ...]]] = [[]]
    left = room
    for line in lines:
        rest = line.lines(limit)
        if parts[-1] and left < len(rest) <= room:
            parts.append([])
            left = room
        while len(rest) > left:
            if left:
                parts[-1].append(tuple(rest[:left]))
            rest = rest[left:]
            parts.append([])
            left = room
        parts[-1].append(tuple(rest))
        left -= len(rest)
    return parts


def _language(slide: CodeSlide) -> tuple[TextBlock, ...]:
    text = _text(slide.language)
    return _optional(one_box("language", text, pages.LANGUAGE, LANGUAGE_SIZE))


def _quote(slide: QuoteSlide, most: int) -> _Parts:
    by = _text(slide.attribution)
    attribution = _optional(one_box("attribution", by, pages.ATTRIBUTION, HEADING_SIZE))
    block = one_box("quote", slide.quote, pages.QUOTE, QUOTE_SIZE)
    if block.size >= _QUOTE_SMALLEST or len(slide.quote) < 200:
        return [(block, *attribution)]
    size = _QUOTE_SMALLEST
    room = int(pages.QUOTE.height / (size * pages.LINE))
    lines = Words(slide.quote).lines(pages.QUOTE.width / size)
    texts = ["".join(lines[at : at + room]).strip("\n") for at in range(0, len(lines), room)]
    if len(texts) > most:
        return [(block, *attribution)]
    blocks = [one_box("quote", text, pages.QUOTE, size) for text in texts if text.strip()]
    return [(block, *attribution) for block in blocks]


def _image(slide: ImageSlide, sizes: Sizes) -> tuple[Block, ...]:
    caption = _optional(one_box("caption", _text(slide.caption), pages.CAPTION, CAPTION_SIZE))
    frame = pages.SHORT_PICTURE if caption else pages.PICTURE
    size = sizes(slide.image_id)
    if size is None:
        return (one_box("missing", slide.alt, frame, HEADING_SIZE), *caption)
    width, height = size
    scale = min(frame.width / width, frame.height / height, LARGEST_PIXEL)
    fitted = Box(
        frame.x + (frame.width - width * scale) / 2,
        frame.y + (frame.height - height * scale) / 2,
        width * scale,
        height * scale,
    )
    return (ImageBlock(frame, fitted, slide.image_id, slide.alt), *caption)
