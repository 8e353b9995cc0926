"""In the child: EPUB. A chapter's number is its place in the spine, the reading order."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import IO, Any
from urllib.parse import unquote

from lxml import etree

from palaver.retrieval.extract.archive import Archive
from palaver.retrieval.extract.book import Book, Part
from palaver.retrieval.extract.faults import ExtractionFailed
from palaver.retrieval.extract.markup import local_name, parse_xml, text_of
from palaver.retrieval.extract.messages import About, Format, Limits

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
# Fonts may be scrambled in a book that anybody may read.
_OF_FONTS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_CHAPTERS = ("xhtml", "html", "dtbook", "xml", "text/plain")


def open_epub(file: IO[bytes], limits: Limits) -> Book:
    """Open an EPUB. Raises ``ExtractionFailed``, here or at a chapter."""
    archive = Archive(file, limits)
    name, package = _package(archive)
    chapters = _spine(package, posixpath.dirname(name), archive)
    if not chapters:
        raise ExtractionFailed("damaged")
    if len(chapters) > limits.pages:
        raise ExtractionFailed("too_many_pages")
    _refuse_protected(archive, {chapter for chapter in chapters if chapter})
    # Some books list a cover that was lost; one without most of its chapters is no book.
    if sum(chapter is None for chapter in chapters) * 2 > len(chapters):
        raise ExtractionFailed("damaged")
    about = About(Format.EPUB, _said(package, "title"), _said(package, "creator"))
    return Book(about, _parts(archive, chapters))


def _package(archive: Archive) -> tuple[str, Any]:
    """The package document, with its name."""
    wanted = []
    if _CONTAINER in archive:
        container = _parsed(archive, _CONTAINER)
        wanted = [e.get("full-path") for e in container.iter() if local_name(e) == "rootfile"]
    wanted += [name for name in archive.names() if name.endswith(".opf")]
    for name in wanted:
        if name and name in archive:
            return name, _parsed(archive, name)
    raise ExtractionFailed("damaged")


def _parsed(archive: Archive, name: str) -> Any:
    try:
        return parse_xml(archive.read(name))
    except etree.XMLSyntaxError:
        raise ExtractionFailed("damaged") from None


def _spine(package: Any, folder: str, archive: Archive) -> list[str | None]:
    """The names of the chapters; empty for a picture, ``None`` for a lost file."""
    items = {}
    order = []
    for element in package.iter():
        match local_name(element):
            case "item":
                items[element.get("id")] = element
            case "itemref":
                order.append(element.get("idref"))
    found: list[str | None] = []
    for reference in order:
        item = items.get(reference)
        href = item.get("href") if item is not None else None
        name = _name(archive, folder, href) if href else None
        kind = (item.get("media-type") or "xhtml") if item is not None else ""
        is_text = any(each in kind.lower() for each in _CHAPTERS) and "svg" not in kind
        found.append(name if is_text or name is None else "")
    return found


def _name(archive: Archive, folder: str, href: str) -> str | None:
    """The archive's name for a reference: as it would lie in folders, or else as it stands."""
    path = unquote(href.partition("#")[0])
    resolved = posixpath.normpath(posixpath.join(folder, path))
    for name in (resolved, posixpath.join(folder, path), path):
        if name in archive:
            return name
    return None


def _refuse_protected(archive: Archive, chapters: set[str]) -> None:
    if _ENCRYPTION not in archive:
        return
    for data in _parsed(archive, _ENCRYPTION).iter():
        if local_name(data) != "EncryptedData":
            continue
        inside = {local_name(each): each for each in data.iter()}
        method = inside.get("EncryptionMethod")
        reference = inside.get("CipherReference")
        if method is not None and method.get("Algorithm") in _OF_FONTS:
            continue
        uri = unquote(reference.get("URI") or "") if reference is not None else ""
        if uri in chapters:
            raise ExtractionFailed("drm")


def _said(package: Any, wanted: str) -> str | None:
    for element in package.iter():
        if local_name(element) == wanted and element.text:
            return str(element.text)
    return None


def _parts(archive: Archive, chapters: list[str | None]) -> Iterator[Part]:
    total = len(chapters)
    for number, name in enumerate(chapters, 1):
        text = text_of(archive.read(name)) if name else ""
        yield Part(number, text, number, total)
