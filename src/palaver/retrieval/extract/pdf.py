"""In the child: PDF, with PDFium."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import IO

import pypdfium2
import pypdfium2.raw

from palaver.retrieval.extract.book import Book, Part
from palaver.retrieval.extract.faults import ExtractionFailed
from palaver.retrieval.extract.messages import About, Format, Limits

_LOCKED = (pypdfium2.raw.FPDF_ERR_PASSWORD, pypdfium2.raw.FPDF_ERR_SECURITY)
_TAIL = 1 << 16
_HYPHEN = "\ufffe"
_WORD = 64


def open_pdf(file: IO[bytes], limits: Limits) -> Book:
    """Open a PDF. Its pages are numbered by their order in the file.

    Raises ``ExtractionFailed`` (here or at a page): encrypted, damaged, too_many_pages.
    """
    # PDFium would mend a file that was cut off, as far as that goes, and leave out the rest.
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _TAIL))
    if b"startxref" not in file.read():
        raise ExtractionFailed("damaged")
    file.seek(0)
    try:
        document = pypdfium2.PdfDocument(file)
    except pypdfium2.PdfiumError as error:
        locked = getattr(error, "err_code", None) in _LOCKED
        raise ExtractionFailed("encrypted" if locked else "damaged") from None
    total = len(document)
    if not total:
        raise ExtractionFailed("damaged")
    if total > limits.pages:
        raise ExtractionFailed("too_many_pages")
    about = About(Format.PDF, _said(document, "Title"), _said(document, "Author"))
    return Book(about, _pages(document, total), pages=total, without_text="scanned")


def _said(document: pypdfium2.PdfDocument, key: str) -> str | None:
    try:
        return document.get_metadata_value(key) or None
    except UnicodeDecodeError:
        return None  # The text may be good all the same.


def _pages(document: pypdfium2.PdfDocument, total: int) -> Iterator[Part]:
    for index in range(total):
        try:
            page = document[index]
            text = page.get_textpage()
        except pypdfium2.PdfiumError:
            raise ExtractionFailed("damaged") from None
        yield Part(index + 1, joined(text.get_text_range()), index + 1, total)
        # At once, and not when memory is collected.
        text.close()
        page.close()


def joined(text: str) -> str:
    """The text with words whole that were divided at line ends, where PDFium left a mark.

    The hyphen stays in what has one elsewhere (``day-to-day``) and before anything but a small
    letter (``Anglo-Saxon``, ``2019-20``).
    """
    if _HYPHEN not in text:
        return text
    first, *others = text.split(_HYPHEN)
    pieces = [first]
    for piece in others:
        right = piece.lstrip("\r\n")
        left = pieces[-1]
        word = left[-_WORD:].split()[-1] if left and not left[-1].isspace() else ""
        goes_on = right[:1].islower() and word[-1:].isalpha() and "-" not in word
        pieces.append(right if goes_on else "-" + right)
    return "".join(pieces)
