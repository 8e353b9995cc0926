"""A deck as a presentation that PowerPoint and LibreOffice can edit.

Titles, lists, tables, code, quotations and notes are text in the layouts' own placeholders.
"""

from __future__ import annotations

import datetime
import io
import tempfile
import zipfile
from typing import Any, BinaryIO

from palaver.decks.rendering import layout, pages
from palaver.decks.rendering.drawingml import (
    element,
    emu,
    fill,
    literal,
    paragraph,
    text_body,
)
from palaver.decks.rendering.faults import RenderingFailed
from palaver.decks.rendering.measuring import right_to_left
from palaver.decks.rendering.pages import (
    Box,
    CodeBlock,
    ImageBlock,
    Page,
    TableBlock,
    TextBlock,
)
from palaver.decks.rendering.pictures import for_file, sizes_of
from palaver.decks.rendering.powerpoint_master import (
    CODE_SIZE,
    LayoutSpec,
    number_shape,
    presentation,
    specs,
)
from palaver.decks.rendering.shown import Images, ShownDeck
from palaver.decks.rendering.themes import THEMES

_SPOOLED = 8 << 20
_EPOCH = (1980, 1, 1, 0, 0, 0)
_NO_STYLE = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"
_LONGEST_PROPERTY = 255
_INDEXES: dict[pages.Role, int] = {
    "title": 0,
    "quote": 0,
    "subtitle": 1,
    "attribution": 1,
    "missing": 1,
    "language": 2,
    "caption": 2,
}


def write_pptx(deck: ShownDeck, images: Images, file: BinaryIO) -> None:
    """Write a deck; a slide whose content does not fit goes on on further ones.

    The same deck gives the same bytes. The notes of a slide stand with its first part.

    Raises ``DeckTooLong`` and ``RenderingFailed``.
    """
    contents = [slide.content for slide in deck.slides]
    laid = layout.lay_out(contents, sizes_of(contents, images).get)
    writer = _Writer(deck, images)
    for page in laid:
        writer.add(page)
    writer.save(file)


class _Writer:
    """Adds pages to a presentation."""

    def __init__(self, deck: ShownDeck, images: Images) -> None:
        theme = THEMES[deck.theme]
        self._images = images
        self._specs = specs(theme)
        self._presentation, self._layouts = presentation(theme)
        self._pictures: dict[str, bytes] = {}
        about = self._presentation.core_properties
        about.title = deck.title[:_LONGEST_PROPERTY]
        about.author = about.last_modified_by = about.comments = about.keywords = ""
        when = deck.updated_at.astimezone(datetime.UTC).replace(tzinfo=None, microsecond=0)
        about.created = about.modified = when
        about.revision = 1

    def add(self, page: Page) -> None:
        """Add one slide."""
        key: str = page.layout
        if key == "two_columns" and len(page.blocks) == 2:
            key = "two_lists"
        slide = self._presentation.slides.add_slide(self._layouts[key])
        places = {shape.placeholder_format.idx: shape for shape in slide.placeholders}
        spec = self._specs[key]
        columns = 0
        for block in (page.title, *page.blocks):
            match block:
                case TextBlock("body"):
                    columns += 1
                    index = 2 * columns if page.layout == "two_columns" else 1
                    self._text(places.pop(index), block, spec, index)
                case TextBlock("heading"):
                    index = 2 * columns + 1
                    if block.paragraphs[0].text:
                        self._text(places.pop(index), block, spec, index)
                case TextBlock(role):
                    index = _INDEXES[role]
                    place = places.pop(index)
                    if role == "missing":
                        place = _as_text(slide, place, block.box)
                    self._text(place, block, spec, index)
                case CodeBlock():
                    _code(places.pop(1), block)
                case TableBlock():
                    _table(places.pop(1), block)
                case ImageBlock():
                    self._picture(places.pop(1), block)
        for left in places.values():
            left._element.getparent().remove(left._element)
        tree = slide.shapes._spTree
        tree.append(element(number_shape(tree.max_shape_id + 1)))
        if page.notes:
            slide.notes_slide.notes_text_frame.text = page.notes

    def save(self, file: BinaryIO) -> None:
        """Write the file, with the same time for each of its parts."""
        with tempfile.SpooledTemporaryFile(_SPOOLED) as made:
            self._presentation.save(made)
            made.seek(0)
            with (
                zipfile.ZipFile(made) as source,
                zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target,
            ):
                for name in source.namelist():
                    info = zipfile.ZipInfo(name, _EPOCH)
                    stored = name.endswith((".png", ".jpg", ".jpeg"))
                    info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
                    target.writestr(info, source.read(name))

    def _text(self, shape: Any, block: TextBlock, spec: LayoutSpec, index: int) -> None:
        usual = next(p.size for p in spec.placeholders if p.index == index)
        listed = block.role == "body"
        paragraphs = []
        for one in block.paragraphs:
            text = one.text if listed else one.text.rstrip("\n")
            level_size = int(usual * pages.LEVEL_SIZES[one.level] * 2) / 2 if listed else usual
            paragraphs.append(
                paragraph(
                    text,
                    size=None if one.size == level_size and block.role != "missing" else one.size,
                    level=one.level,
                    marked=one.bullet or not listed,
                    right_to_left=one.right_to_left,
                )
            )
        _replace_text(shape, text_body(paragraphs or ["<a:p/>"]))

    def _picture(self, place: Any, block: ImageBlock) -> None:
        if block.image_id not in self._pictures:
            image = self._images(block.image_id)
            if image is None:
                raise RenderingFailed("an image has gone while its deck was exported")
            self._pictures[block.image_id] = for_file(image.data)[0]
        made = place.insert_picture(io.BytesIO(self._pictures[block.image_id]))
        made.crop_left = made.crop_right = made.crop_top = made.crop_bottom = 0
        made.left, made.top = emu(block.box.x), emu(block.box.y)
        made.width, made.height = emu(block.box.width), emu(block.box.height)
        made._element.nvPicPr.cNvPr.set("descr", block.alt)


def _replace_text(shape: Any, xml: str) -> None:
    old = shape._element.txBody
    shape._element.replace(old, element(xml))


def _as_text(slide: Any, place: Any, box: Box) -> Any:
    """A text box where a placeholder for an image was: an empty one would not be printed."""
    place._element.getparent().remove(place._element)
    made = slide.shapes.add_textbox(emu(box.x), emu(box.y), emu(box.width), emu(box.height))
    made.name = "Missing image"
    return made


def _code(shape: Any, block: CodeBlock) -> None:
    size = None if block.size == CODE_SIZE else block.size
    _replace_text(
        shape, text_body([paragraph("".join(pieces), size=size) for pieces in block.lines])
    )


def _table(place: Any, block: TableBlock) -> None:
    rows = [block.header, *block.rows] if block.header is not None else [*block.rows]
    frame = place.insert_table(rows=1, cols=1)
    headed = block.header is not None
    grid = "".join(f'<a:gridCol w="{emu(width)}"/>' for width in block.widths)
    body = "".join(
        f'<a:tr h="{emu(height)}">'
        + "".join(
            _cell(text, block.size, header=headed and at == 0, banded=(at + headed) % 2 == 0)
            for text in row
        )
        + "</a:tr>"
        for at, (row, height) in enumerate(zip(rows, block.heights, strict=True))
    )
    first = ' firstRow="1"' if headed else ""
    table = element(
        f'<a:tbl><a:tblPr{first} bandRow="1"><a:tableStyleId>{_NO_STYLE}</a:tableStyleId></a:tblPr>'
        f"<a:tblGrid>{grid}</a:tblGrid>{body}</a:tbl>"
    )
    old = frame._element.graphic.graphicData.tbl
    old.getparent().replace(old, table)
    frame.left, frame.top = emu(block.box.x), emu(block.box.y)
    frame.width, frame.height = emu(sum(block.widths)), emu(sum(block.heights))


def _cell(text: str, size: float, *, header: bool, banded: bool) -> str:
    colour = fill("bg1" if header else "tx1")
    turned = ' algn="r" rtl="1"' if right_to_left(text) else ""
    bold = ' b="1"' if header else ""
    style = f'sz="{round(size * 100)}"{bold}'
    lines = [
        f"<a:r><a:rPr {style}>{colour}</a:rPr><a:t>{literal(line)}</a:t></a:r>" if line else ""
        for line in text.split("\n")
    ]
    content = f"<a:br><a:rPr {style}/></a:br>".join(lines)
    end = f"<a:endParaRPr {style}/>" if not text else ""
    back = fill("accent1") if header else fill("bg2") if banded else "<a:noFill/>"
    sides = f'marL="{emu(pages.CELL_X)}" marR="{emu(pages.CELL_X)}"'
    ends = f'marT="{emu(pages.CELL_Y)}" marB="{emu(pages.CELL_Y)}"'
    return (
        f"<a:tc><a:txBody><a:bodyPr/><a:lstStyle/><a:p><a:pPr{turned}/>{content}{end}</a:p>"
        f'</a:txBody><a:tcPr {sides} {ends}><a:lnB w="7620">{fill("bg2")}</a:lnB>{back}'
        "</a:tcPr></a:tc>"
    )
