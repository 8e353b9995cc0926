"""In the child: from an open file to messages."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import IO

import msgspec

from palaver.retrieval.extract.book import Book, Part
from palaver.retrieval.extract.faults import ExtractionFailed
from palaver.retrieval.extract.formats import recognise
from palaver.retrieval.extract.messages import (
    BATCH_CHARACTERS,
    LONGEST_NAME,
    PART_CHARACTERS,
    About,
    Ended,
    Failed,
    Format,
    Limits,
    Message,
    Opened,
    Page,
    Read,
)

LONGEST_WAIT = 0.2
"""Seconds. Pages that came are sent after that time, few as they may be."""

# Control and private characters of Unicode's own, of which PostgreSQL refuses NUL, and soft
# hyphens, which are invisible.
_UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\xad\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]"
)
_LINE_ENDS = re.compile("\r\n?|\u2028|\u2029|\x85")
_LETTER = re.compile(r"[^\W_]")


def tell(out: IO[bytes], file: IO[bytes], suffix: str, limits: Limits) -> None:
    """Say all that is to be said of a book, or why it cannot be read."""

    def say(message: Message) -> None:
        line = memoryview(msgspec.json.encode(message) + b"\n")
        while line:
            line = line[out.write(line) :]

    try:
        book = _opened(file, suffix, limits)
        say(Opened(_named(book.about)))
        for read in _batches(_told(book, limits)):
            say(read)
    except ExtractionFailed as failure:
        say(Failed(failure.code))
    except MemoryError:
        say(Failed("memory"))
    except (ImportError, BrokenPipeError):
        raise
    except Exception:  # noqa: BLE001 - a hostile file can make a library raise anything
        say(Failed("damaged"))
    else:
        say(Ended())


def _opened(file: IO[bytes], suffix: str, limits: Limits) -> Book:
    found = recognise(file, suffix, limits)
    # Each library is loaded for its own format only: that is most of the time to the first page.
    match found:
        case Format.PDF:
            from palaver.retrieval.extract.pdf import open_pdf

            return open_pdf(file, limits)
        case Format.EPUB:
            from palaver.retrieval.extract.epub import open_epub

            return open_epub(file, limits)
        case Format.DOCX:
            from palaver.retrieval.extract.docx import open_docx

            return open_docx(file, limits)
        case _:
            from palaver.retrieval.extract.plain import open_text

            return open_text(file, found)


def _told(book: Book, limits: Limits) -> Iterator[Part]:
    """The book's parts, tidied, cut to size and within the limits.

    Raises ``ExtractionFailed`` where the book as a whole turns out to hold no text.
    """
    characters = letters = 0
    last = Part(0, "", 0, 0)
    for last in book.parts:
        if last.number > limits.pages:
            raise ExtractionFailed("too_many_pages")
        text = tidy(last.text)
        characters += len(text)
        if characters > limits.characters:
            raise ExtractionFailed("text_too_long")
        # A stamp of a letter or two on every page is no text either.
        if letters <= book.pages:
            letters += len(_LETTER.findall(text))
        for piece in cut(text):
            yield last._replace(text=piece)
    if not last.number or letters < max(1, book.pages):
        raise ExtractionFailed(book.without_text)


def _batches(parts: Iterator[Part]) -> Iterator[Read]:
    """The parts in messages: the first by itself, then as many as come together."""
    pages: list[Page] = []
    size = 0
    sent = 0.0
    part = None
    for part in parts:
        pages.append(Page(part.number, part.text))
        size += len(part.text)
        now = time.monotonic()
        if size >= BATCH_CHARACTERS or now - sent >= LONGEST_WAIT:
            yield Read(pages, part.done, part.total)
            pages, size, sent = [], 0, now
    if part and pages:
        yield Read(pages, part.done, part.total)


def tidy(text: str) -> str:
    """The text without characters that nobody can see, and with one kind of line end."""
    return _UNWANTED.sub("", _LINE_ENDS.sub("\n", text)).strip()


def cut(text: str) -> Iterator[str]:
    """The text in parts of at most ``PART_CHARACTERS``, if possible between words."""
    start = 0
    while len(text) - start > PART_CHARACTERS:
        end = start + PART_CHARACTERS
        spaces = (text.rfind(space, start + PART_CHARACTERS // 2, end) for space in "\n ")
        end = next((space + 1 for space in spaces if space >= 0), end)
        yield text[start:end]
        start = end
    yield text[start:]


def _named(about: About) -> About:
    def name(text: str | None) -> str | None:
        return " ".join(tidy(text[: 2 * LONGEST_NAME]).split())[:LONGEST_NAME] if text else None

    return About(about.format, name(about.title) or None, name(about.author) or None)
