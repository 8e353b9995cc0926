"""A slide as HTML, for the style sheet of its deck's theme.

Texts are escaped when the HTML is made, and the whole is sanitised afterwards all the same. It
holds no script and no style, and loads nothing: images are in it.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

import nh3
from msgspec import UnsetType

from palaver.decks.rendering import layout
from palaver.decks.rendering.css import SMALLEST_STEP
from palaver.decks.rendering.measuring import right_to_left
from palaver.decks.rendering.pages import (
    WIDTH,
    CodeBlock,
    ImageBlock,
    Page,
    TableBlock,
    TextBlock,
)
from palaver.decks.rendering.shown import Previews, ShownPreview
from palaver.decks.rendering.tables import CUT, may_be_cut
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

_LAYOUTS: Final = {
    TitleSlide: "title",
    SectionSlide: "section",
    BulletsSlide: "bullets",
    TwoColumnsSlide: "two-columns",
    TableSlide: "table",
    CodeSlide: "code",
    QuoteSlide: "quote",
    ImageSlide: "image",
}
_TAGS: Final = {
    "section", "div", "h1", "h2", "h3", "p", "ul", "li", "table", "thead", "tbody", "tr", "th",
    "td", "pre", "code", "blockquote", "figure", "figcaption", "img",
}  # fmt: skip
_SCROLLED = 0.75
"""The share of the usual size of what goes on on further pages in files."""
_IMAGES: Final = ("data:image/png;base64,", "data:image/jpeg;base64,")


def render_html(content: SlideContent, images: Previews) -> str:
    """One slide. What does not fit it is set smaller, and can be scrolled if it still does not."""
    made = "".join(_slide(content, images))
    return nh3.clean(
        made,
        tags=_TAGS,
        clean_content_tags={"script", "style"},
        attributes={"*": {"class", "dir"}, "img": {"src", "alt"}, "th": {"scope"},
                    "div": {"tabindex"}},
        attribute_filter=_checked,
        url_schemes={"data"},
        link_rel=None,
    )  # fmt: skip


def _checked(tag: str, name: str, value: str) -> str | None:
    """Lets no address stay but an image's own bytes."""
    return None if (tag, name) == ("img", "src") and not value.startswith(_IMAGES) else value


def _slide(content: SlideContent, images: Previews) -> Iterator[str]:
    image = images(content.image_id) if isinstance(content, ImageSlide) else None
    size = None if image is None else (image.width, image.height)
    first = next(layout.slide_pages(0, content, lambda _: size))
    classes = " ".join(["slide", f"slide-{_LAYOUTS[type(content)]}", *_densities(first)])
    yield f'<section class="{classes}">'
    match content:
        case TitleSlide():
            yield _element("h1", content.title)
            yield _optional("p", content.subtitle, "subtitle")
        case SectionSlide():
            yield _element("h2", content.title)
            yield _optional("p", content.subtitle, "subtitle")
        case BulletsSlide():
            yield _element("h2", content.title)
            yield _body(*_list(content.bullets))
        case TwoColumnsSlide():
            yield _element("h2", content.title)
            yield _body(*_column(content.left), *_column(content.right))
        case TableSlide():
            yield _element("h2", content.title)
            yield _body(*_table(content))
        case CodeSlide():
            yield _element("h2", content.title)
            yield _body("<pre><code>", escape(content.code), "</code></pre>")
            yield _optional("p", content.language, "language")
        case QuoteSlide():
            yield _body("<blockquote>", _element("p", content.quote), "</blockquote>")
            yield _optional("p", content.attribution, "attribution")
        case ImageSlide():
            yield _element("h2", content.title)
            yield from _figure(content, image)
    yield "</section>"


def _densities(page: Page) -> Iterator[str]:
    """How small the texts have to be and how large the image, as the layout of the files found."""
    shares: dict[str, float] = {}
    for block in (page.title, *page.blocks):
        match block:
            case TableBlock():
                # Browsers' typefaces may be wider than those that were measured.
                whole = 0.9 * block.whole or CUT
                if not block.whole:
                    yield "cut"
                size = block.size if page.parts == 1 else _SCROLLED * 18
                shares["body"] = min(whole, size) / 18
            case CodeBlock():
                shares["body"] = block.size / 18 if page.parts == 1 else _SCROLLED
            case TextBlock("body"):
                share = block.size / 24 if page.parts == 1 else _SCROLLED
                shares["body"] = min(share, shares.get("body", 1.0))
            case TextBlock(role):
                large = page.layout in {"title", "section"} and role == "title"
                share = block.size / (layout.COVER_SIZE if large else layout.LARGEST[role])
                if role == "quote":
                    shares["title"] = share
                elif role == "heading" and role in shares:
                    shares["second-heading"] = share
                else:
                    shares[role] = share
            case ImageBlock():
                yield f"image-{max(1, int(block.box.width / WIDTH * 100))}"
    for name, share in shares.items():
        yield from _step(name, share)


def _step(name: str, share: float) -> Iterator[str]:
    """The class for a share of the usual size, if it is smaller."""
    step = max(SMALLEST_STEP, int(share * 20 + 1e-6) * 5)
    if step < 100:
        yield f"{name}-{step}"


def _body(*parts: str) -> str:
    # A region that scrolls must be reachable by keyboard.
    return f'<div class="body" tabindex="0">{"".join(parts)}</div>'


def _element(tag: str, text: str, name: str = "") -> str:
    own = f' class="{name}"' if name else ""
    return f'<{tag}{own} dir="auto">{escape(text)}</{tag}>'


def _optional(tag: str, text: str | UnsetType, name: str) -> str:
    return "" if isinstance(text, UnsetType) or not text.strip() else _element(tag, text, name)


def _list(bullets: Sequence[Bullet]) -> Iterator[str]:
    """Lists within lists; one that begins deep, or skips a level, says its level by its class."""
    levels: list[int] = []
    for bullet in bullets:
        while levels and bullet.level < levels[-1] and len(levels) > 1:
            levels.pop()
            yield "</li></ul>"
        if not levels or bullet.level > levels[-1]:
            levels.append(bullet.level)
            yield "<ul>"
        else:
            levels[-1] = bullet.level
            yield "</li>"
        yield f'<li class="level-{bullet.level}" dir="auto">{escape(bullet.text)}'
    yield "</li></ul>" * len(levels)


def _column(column: Column) -> Iterator[str]:
    yield '<div class="column">'
    yield _optional("h3", column.heading, "")
    yield from _list(column.bullets)
    yield "</div>"


def _table(slide: TableSlide) -> Iterator[str]:
    count = max(len(slide.header), *(len(row) for row in slide.rows), 1)
    header, *rows = (_full(row, count) for row in (slide.header, *slide.rows))
    turned = [any(map(right_to_left, column)) for column in zip(header, *rows, strict=True)]
    yield "<table><thead><tr>"
    for cell, rtl in zip(header, turned, strict=True):
        yield f'<th scope="col"{_cell(cell, rtl, header=True)}</th>'
    yield "</tr></thead><tbody>"
    for row in rows:
        yield "<tr>"
        for cell, rtl in zip(row, turned, strict=True):
            yield f"<td{_cell(cell, rtl)}</td>"
        yield "</tr>"
    yield "</tbody></table>"


def _cell(text: str, turned: bool, *, header: bool = False) -> str:
    # What has no direction, as numbers, stands where the other cells of its column do.
    direction = "rtl" if turned and not any(map(str.isalpha, text)) else "auto"
    long = ' class="long"' if may_be_cut(text, header=header) else ""
    return f'{long} dir="{direction}">{escape(text)}'


def _full(row: Sequence[str], count: int) -> list[str]:
    return [*row, *[""] * (count - len(row))]


def _figure(slide: ImageSlide, image: ShownPreview | None) -> Iterator[str]:
    yield "<figure>"
    if image is None:
        yield _element("p", slide.alt, "missing")
    else:
        data = base64.b64encode(image.preview).decode()
        yield f'<img src="data:{image.preview_type};base64,{data}" alt="{escape(slide.alt)}">'
    yield _optional("figcaption", slide.caption, "")
    yield "</figure>"
