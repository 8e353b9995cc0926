"""In the child: Word documents, read as a stream: their XML is never whole in memory."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from typing import IO, Any

from lxml import etree

from palaver.retrieval.extract.archive import Archive
from palaver.retrieval.extract.book import Book
from palaver.retrieval.extract.faults import ExtractionFailed
from palaver.retrieval.extract.markup import XML_OPTIONS, local_name, parse_xml
from palaver.retrieval.extract.messages import About, Format, Limits
from palaver.retrieval.extract.sections import Block, Starts, in_sections

_WORD = (
    "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}",
    "{http://purl.oclc.org/ooxml/wordprocessingml/main}",
)
# The same content again, for old programs; what was deleted and is kept as a proposal; code.
_SKIPPED = {"Fallback", "del", "moveFrom", "instrText", "delText"}
_BLANKS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "\u2011"}
_LONGEST = 20_000
_DEEPEST_STYLE = 20


def open_docx(file: IO[bytes], limits: Limits) -> Book:
    """Open a Word document. Raises ``ExtractionFailed``, here or at a section."""
    archive = Archive(file, limits)
    main = _main_part(archive)
    headings = _heading_styles(archive, posixpath.join(posixpath.dirname(main), "styles.xml"))
    total = max(1, archive.size(main))

    def blocks() -> Iterator[Block]:
        return _blocks(archive.open(main), headings)

    about = About(Format.DOCX, *_properties(archive))
    return Book(about, in_sections(blocks, total))


def _main_part(archive: Archive) -> str:
    """The name of the part that holds the text."""
    if "_rels/.rels" in archive:
        try:
            relations = parse_xml(archive.read("_rels/.rels"))
        except etree.XMLSyntaxError:
            raise ExtractionFailed("damaged") from None
        for relation in relations.iter():
            if local_name(relation) and (relation.get("Type") or "").endswith("/officeDocument"):
                name = posixpath.normpath((relation.get("Target") or "").lstrip("/"))
                if name in archive:
                    return name
    if "word/document.xml" in archive:
        return "word/document.xml"
    raise ExtractionFailed("damaged")


def _properties(archive: Archive) -> tuple[str | None, str | None]:
    """Title and author."""
    found: dict[str, str] = {}
    if "docProps/core.xml" in archive:
        try:
            for element in parse_xml(archive.read("docProps/core.xml")).iter():
                found.setdefault(local_name(element), element.text or "")
        except etree.XMLSyntaxError:
            pass  # The text may be whole all the same.
    return found.get("title"), found.get("creator")


def _value(element: Any) -> str:
    """The attribute ``w:val``."""
    return next(
        (element.get(space + "val") or "" for space in _WORD if element.get(space + "val")), ""
    )


def _heading_styles(archive: Archive, name: str) -> set[str]:
    """The ids of the styles that are headings, by name, by outline level or by descent."""
    if name not in archive:
        return set()
    headings: set[str] = set()
    based: dict[str, str] = {}
    try:
        styles = parse_xml(archive.read(name))
    except etree.XMLSyntaxError:
        raise ExtractionFailed("damaged") from None
    for style in styles:
        if local_name(style) != "style":
            continue
        style_id = next((style.get(w + "styleId") for w in _WORD if style.get(w + "styleId")), "")
        for element in style.iter():
            match local_name(element):
                case "name" if _value(element).lower().startswith("heading "):
                    headings.add(style_id)
                case "outlineLvl" if _value(element) in "012345678":
                    headings.add(style_id)
                case "basedOn":
                    based[style_id] = _value(element)
    for style_id in based:
        ancestor = style_id
        for _ in range(_DEEPEST_STYLE):
            ancestor = based.get(ancestor, "")
            if ancestor in headings:
                headings.add(style_id)
    return headings


class _Document:
    """What has been read and not been given yet, while the XML passes by."""

    def __init__(self, headings: set[str], done: Callable[[], int]) -> None:
        self._headings = headings
        self._done = done
        self._paragraphs: list[list[str]] = []
        self._cells: list[list[str]] = []
        self._row: list[str] = []
        self._is_heading = False
        self._skipped = 0

    def start(self, name: str) -> None:
        """An element begins."""
        if name in _SKIPPED:
            self._skipped += 1
        elif self._skipped:
            return
        elif name == "p":
            self._paragraphs.append([])
            self._is_heading = False
        elif name == "tc":
            self._cells.append([])

    def end(self, element: Any, name: str) -> Iterator[Block]:
        """An element is complete."""
        if name in _SKIPPED:
            self._skipped -= 1
        elif self._skipped:
            return
        elif name == "p" and self._paragraphs:
            yield from self._paragraph("".join(self._paragraphs.pop()))
        elif name == "tc" and self._cells:
            cell = " ".join(self._cells.pop())
            # A table in a cell is one cell more.
            (self._cells[-1] if self._cells else self._row).append(cell)
        elif name == "tr" and not self._cells:
            row, self._row = " | ".join(each for each in self._row if each), []
            if row:
                yield Block(row + "\n", Starts.NOTHING, self._done())
        elif name == "tbl" and not self._cells:
            yield Block("\n", Starts.NOTHING, self._done())
        elif not self._paragraphs:
            return
        elif name == "t":
            self._paragraphs[-1].append(element.text or "")
        elif name in _BLANKS and local_name(element.getparent()) == "r":
            self._paragraphs[-1].append(_BLANKS[name])
        elif (name == "pStyle" and _value(element) in self._headings) or (
            name == "outlineLvl" and _value(element) in "012345678"
        ):
            self._is_heading = True

    def _paragraph(self, text: str) -> Iterator[Block]:
        if not text.strip():
            return
        if self._cells:
            self._cells[-1].append(text)
            return
        starts = Starts.SECTION if self._is_heading else Starts.NOTHING
        self._is_heading = False
        text += "\n\n"
        for start in range(0, len(text), _LONGEST):
            yield Block(text[start : start + _LONGEST], starts, self._done())
            starts = Starts.NOTHING


def _blocks(stream: IO[bytes], headings: set[str]) -> Iterator[Block]:
    document = _Document(headings, stream.tell)
    with stream:
        try:
            for event, element in etree.iterparse(stream, events=("start", "end"), **XML_OPTIONS):
                space, _, name = element.tag.rpartition("}")
                if space + "}" not in _WORD and name != "Fallback":
                    continue
                if event == "start":
                    document.start(name)
                    continue
                yield from document.end(element, name)
                if name in ("r", "p", "tr", "tbl"):
                    _forget(element)
        except etree.XMLSyntaxError:
            raise ExtractionFailed("damaged") from None


def _forget(element: Any) -> None:
    """Free an element and those before it."""
    element.clear(keep_tail=True)
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
