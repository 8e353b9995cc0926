"""A deck as a PDF, set by typst from data in a process of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec

from palaver.decks.rendering import pages, typesetting
from palaver.decks.rendering.faults import RenderingFailed
from palaver.decks.rendering.fonts import FALLBACKS, cjk, provide
from palaver.decks.rendering.layout import lay_out
from palaver.decks.rendering.measuring import right_to_left
from palaver.decks.rendering.pages import (
    Block,
    CodeBlock,
    ImageBlock,
    Page,
    Paragraph,
    TableBlock,
    TextBlock,
)
from palaver.decks.rendering.pictures import for_file, sizes_of
from palaver.decks.rendering.shown import Images, ShownDeck
from palaver.decks.rendering.themes import PDF_MONO, THEMES, Theme

WALL_SECONDS = 180.0

_LANGUAGES = {"JP": "ja", "KR": "ko", "SC": "en"}
_ANCHORS = {"title": "horizon", "quote": "horizon", "heading": "bottom", "missing": "horizon"}


def write_pdf(deck: ShownDeck, images: Images, file: BinaryIO) -> None:
    """Write a deck, one page for each page of its layout.

    The same deck gives the same bytes on the same machine. Memory and time are bounded.

    Raises ``DeckTooLong``, ``RenderingFailed``, and ``OSError`` if no process or file can be made.
    """
    contents = [slide.content for slide in deck.slides]
    laid = lay_out(contents, sizes_of(contents, images).get)
    with tempfile.TemporaryDirectory(prefix="palaver-deck-") as name:
        folder = Path(name)
        (folder / "deck.typ").write_bytes(
            files("palaver.decks.rendering").joinpath("deck.typ").read_bytes()
        )
        data = _Data(deck, images, folder).deck(laid)
        (folder / "deck.json").write_bytes(msgspec.json.encode(data))
        _set(folder, int(deck.updated_at.timestamp()))
        with open(folder / "deck.pdf", "rb") as made:
            shutil.copyfileobj(made, file, 1 << 20)


def _set(folder: Path, timestamp: int) -> None:
    fonts = folder / "fonts"
    fonts.mkdir()
    program = [sys.executable, "-I", "-B", typesetting.__file__]
    try:
        ended = subprocess.run(  # noqa: S603 - our own program, and no shell
            [*program, str(folder), str(timestamp), *map(str, provide(fonts))],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={},
            cwd=folder,
            timeout=WALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise RenderingFailed(f"typst took longer than {WALL_SECONDS:.0f} s") from error
    if ended.returncode or not (folder / "deck.pdf").exists():
        said = ended.stderr[-2000:].decode(errors="replace")
        raise RenderingFailed(f"typst ended with {ended.returncode}: {said}")


# Before this one stand the Latin, Greek and Cyrillic characters, whose widths are those of the
# faces that they are drawn in.
_MEASURED: Final = "\u0530"


class _Data:
    """What ``deck.typ`` reads."""

    def __init__(self, deck: ShownDeck, images: Images, folder: Path) -> None:
        self._deck = deck
        self._images = images
        self._folder = folder
        self._files: dict[str, str] = {}
        self._theme = THEMES[deck.theme]
        self._script = "SC"

    def deck(self, laid: list[Page]) -> dict[str, Any]:
        theme = self._theme
        self._script = cjk(_texts(laid))
        return {
            "title": self._deck.title,
            "lang": _LANGUAGES[self._script],
            "indent": pages.INDENT,
            "number": {"box": pages.NUMBER, "size": pages.NUMBER_SIZE},
            "look": {
                "body": self._faces(theme.pdf_body),
                "mono": self._faces(PDF_MONO, mono=True),
                "text": theme.text,
                "accent": theme.accent,
                "on_accent": theme.on_accent,
                "surface": theme.surface,
                "rule": theme.surface,
            },
            "pages": [self._page(page) for page in laid],
        }

    def _faces(self, families: tuple[str, ...], *, mono: bool = False) -> list[str]:
        kind = "Mono " if mono else ""
        return [*families, f"Noto Sans {kind}CJK {self._script}", *FALLBACKS]

    def _page(self, page: Page) -> dict[str, Any]:
        theme = self._theme
        cover = page.layout in {"title", "section"}
        rules = {"title": pages.COVER_RULE, "section": pages.COVER_RULE, "quote": pages.QUOTE_RULE}
        blocks = ((page.title, *page.blocks)) if page.title else page.blocks
        return {
            "background": theme.cover if cover else theme.background,
            "muted": theme.on_cover_muted if cover else theme.muted,
            "shapes": [
                {
                    "box": rules.get(page.layout, pages.RULE),
                    "fill": theme.cover_rule if cover else theme.accent,
                }
            ],
            "blocks": [self._block(block, page) for block in blocks if not _empty(block)],
        }

    def _block(self, block: Block, page: Page) -> dict[str, Any]:
        match block:
            case TextBlock():
                return self._text(block, page)
            case CodeBlock():
                return {
                    "kind": "code",
                    "panel": pages.CODE,
                    "box": block.box,
                    "size": block.size,
                    "lines": [piece for pieces in block.lines for piece in pieces],
                }
            case TableBlock():
                return {
                    "kind": "table",
                    "box": block.box,
                    "size": block.size,
                    "cell_x": pages.CELL_X,
                    "cell_y": pages.CELL_Y,
                    "widths": block.widths,
                    "headed": block.header is not None,
                    "known": all(
                        cell.isascii() or max(cell) < _MEASURED
                        for row in block.printed
                        for cell in row
                    ),
                    "rows": [
                        [{"text": _plain(cell), "rtl": right_to_left(cell)} for cell in row]
                        for row in block.printed
                    ],
                }
            case ImageBlock():
                return {
                    "kind": "image",
                    "box": block.box,
                    "file": self._file(block.image_id),
                    "alt": block.alt,
                }

    def _file(self, image_id: str) -> str:
        """The name of the file that holds an image, which is written if it is not there yet."""
        if image_id not in self._files:
            image = self._images(image_id)
            if image is None:
                raise RenderingFailed("an image has gone while its deck was exported")
            data, kind = for_file(image.data)
            name = f"{len(self._files)}.{kind}"
            (self._folder / name).write_bytes(data)
            self._files[image_id] = name
        return self._files[image_id]

    def _text(self, block: TextBlock, page: Page) -> dict[str, Any]:
        theme = self._theme
        cover = page.layout in {"title", "section"}
        anchor = "bottom" if cover and block.role == "title" else _ANCHORS.get(block.role, "top")
        head = block.role == "title" or (block.role == "quote" and page.part == 1)
        bold = block.role in {"title", "heading"}
        titled = block.role in {"title", "quote"}
        return {
            "kind": "text",
            "box": block.box,
            "level": (1 if cover else 2) if head and page.part == 1 else None,
            "heading": " ".join(block.paragraphs[0].text.split()),
            "anchor": anchor,
            "bold": bold,
            "fill": _fill(theme, block.role, cover=cover),
            "font": self._faces(theme.pdf_heading if titled else theme.pdf_body),
            "gap": block.size * pages.GAP,
            "paragraphs": [
                _paragraph(paragraph, listed=block.role == "body") for paragraph in block.paragraphs
            ],
        }


def _empty(block: Block) -> bool:
    return isinstance(block, TextBlock) and not any(p.text.strip() for p in block.paragraphs)


def _fill(theme: Theme, role: pages.Role, *, cover: bool) -> str:
    if role == "heading":
        return theme.accent
    if role == "title":
        return theme.on_cover if cover else theme.text
    if role in {"subtitle", "language", "attribution", "caption", "missing"}:
        return theme.on_cover_muted if cover else theme.muted
    return theme.text


def _paragraph(paragraph: Paragraph, *, listed: bool) -> dict[str, Any]:
    made: dict[str, Any] = {
        "text": _plain(paragraph.printed),
        "size": paragraph.size,
        "rtl": paragraph.right_to_left,
    }
    if listed:
        made["indent"] = paragraph.level * pages.INDENT
        made["bullet"] = paragraph.bullet
    return made


def _plain(text: str) -> str:
    """Typst gives a tab no width."""
    return text.replace("\t", "    ")


def _texts(laid: list[Page]) -> Iterator[str]:
    for page in laid:
        for block in (page.title, *page.blocks):
            if isinstance(block, TextBlock):
                yield from (paragraph.text for paragraph in block.paragraphs)
            elif isinstance(block, TableBlock):
                yield from (cell for row in block.printed for cell in row)
            elif isinstance(block, CodeBlock):
                yield from (piece for pieces in block.lines for piece in pieces)
