"""The server's side of an extraction: start the child, bound what it says, end it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import PurePath

import msgspec

from palaver.children import Stopped, child
from palaver.retrieval.extract.faults import REASONS, ExtractionFailed
from palaver.retrieval.extract.messages import (
    LONGEST_LINE,
    LONGEST_NAME,
    PART_CHARACTERS,
    About,
    Ended,
    Failed,
    Limits,
    Message,
    Opened,
    Page,
    Read,
)

_PIECE = 1 << 16
_PIPE = 1 << 20
_STOPPED = {-signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP}
_LOOK_SECONDS = 0.2
_DECODER: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)


class Extracted(msgspec.Struct, frozen=True):
    """A page, and how far the book has been read: ``done`` of ``total``.

    What these two count depends on the format, so they are good for a percentage alone.
    """

    page: Page
    done: int
    total: int
    about: About


def extract(
    path: str | os.PathLike[str],
    file_name: str,
    *,
    limits: Limits | None = None,
    stop: Callable[[], bool] = bool,
) -> Generator[Extracted]:
    """The pages of a book, as they come out of a child process; ``file_name`` is the uploader's.

    The format is told by the content; the name decides only between Markdown and plain text, and a
    name that promises another format is refused. So a PDF named ``.txt`` is read as the PDF it is,
    a text named ``.pdf`` fails. Numbers of pages ascend from 1; what they count:

    - PDF: the pages of the file in their order, whatever is printed on them;
    - EPUB: the chapter files in reading order ("the spine"), those without text included;
    - DOCX and Markdown: sections, each from a heading to the next. Headings that follow one another
      directly begin one section;
    - plain text with two or more form feeds: pages between these;
    - DOCX, Markdown or text with fewer headings or form feeds than two: pieces of about 3,000
      characters, as much as a printed page holds.

    A page may have no text, and one of more than 100,000 characters comes in several parts with the
    same number. Memory is bounded on both sides, whatever the file. The child ends with the
    iteration (close the generator if it is left early), and with this process. While the child is
    waited for, ``stop`` is asked several times a second.

    Raises ``Stopped`` soon after ``stop`` says so, ``ExtractionFailed``, possibly after many pages,
    and ``OSError`` if the file cannot be opened or no process can be started: that is no fault of
    the file's.
    """
    limits = limits or Limits()
    with open(path, "rb") as file:
        if not os.fstat(file.fileno()).st_size:
            raise ExtractionFailed("empty")
        suffix = PurePath(file_name).suffix[:20].lower()
        told = msgspec.json.encode({"suffix": suffix, "limits": limits}).decode()
        program = "palaver.retrieval.extract"
        with child(program, [told], stdin=file, stdout=subprocess.PIPE) as process:
            yield from _checked(_messages(process, limits, stop), limits)


def _messages(
    process: subprocess.Popen[bytes], limits: Limits, stop: Callable[[], bool]
) -> Iterator[Message]:
    """What the child says. Ends after its last message; raises where there is none."""
    opened = False
    for line in _lines(process, limits, stop):
        try:
            message = _DECODER.decode(line)
        except (msgspec.DecodeError, UnicodeError):
            raise ExtractionFailed("crashed") from None
        yield message
        if isinstance(message, (Failed, Ended)):
            return
        opened = True
    code = process.wait()
    if code == -signal.SIGXCPU:
        raise ExtractionFailed("slow")
    if code == -signal.SIGKILL:
        # Nobody here has killed it: the system ran out of memory.
        raise ExtractionFailed("memory")
    if code in _STOPPED or not (opened or code < 0):
        raise ExtractionFailed("broken")
    raise ExtractionFailed("crashed")


def _lines(
    process: subprocess.Popen[bytes], limits: Limits, stop: Callable[[], bool]
) -> Iterator[bytes]:
    """The lines that the child writes; the time that it is waited for is bounded."""
    assert process.stdout is not None
    fd = process.stdout.fileno()
    with contextlib.suppress(OSError, AttributeError):
        # So that the child reads on while what it read before is stored.
        fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, _PIPE)
    poller = select.poll()
    poller.register(fd, select.POLLIN)
    waited = 0.0
    rest = bytearray()
    while True:
        if stop():
            raise Stopped
        began = time.monotonic()
        left = max(0.0, limits.wall_seconds - waited)
        ready = poller.poll(min(left, _LOOK_SECONDS) * 1000)
        waited += time.monotonic() - began
        if not ready:
            if waited >= limits.wall_seconds:
                raise ExtractionFailed("slow")
            continue
        piece = os.read(fd, _PIECE)
        if not piece:
            return
        *ends, begun = piece.split(b"\n")
        for end in ends:
            yield bytes(rest) + end
            rest.clear()
        rest += begun
        if len(rest) > LONGEST_LINE:
            raise ExtractionFailed("crashed")


def _checked(messages: Iterator[Message], limits: Limits) -> Iterator[Extracted]:
    """The pages that the child says, held to what ``extract`` promises of them."""
    about: About | None = None
    number = parts = characters = 0
    # A part that is not the last of its page is at least half full.
    most_parts = limits.pages + 2 * limits.characters // PART_CHARACTERS
    for message in messages:
        match message:
            case Failed(code):
                raise ExtractionFailed(code if code in REASONS else "crashed")
            case Opened() if about is None:
                about = _shortened(message.about)
            case Read(pages, done, total) if about and 0 <= done <= total and pages:
                for page in pages:
                    parts += 1
                    characters += len(page.text)
                    if parts > most_parts or page.number > limits.pages:
                        raise ExtractionFailed("too_many_pages")
                    if characters > limits.characters:
                        raise ExtractionFailed("text_too_long")
                    # No store takes NUL, and a child that keeps to its rules does not send it.
                    spoilt = len(page.text) > PART_CHARACTERS or "\0" in page.text
                    if page.number < max(1, number) or spoilt:
                        raise ExtractionFailed("crashed")
                    number = page.number
                    yield Extracted(page, done, total, about)
            case Ended() if number:
                return
            case _:
                raise ExtractionFailed("crashed")


def _shortened(about: About) -> About:
    names = [
        name[:LONGEST_NAME].replace("\0", "") if name else None
        for name in (about.title, about.author)
    ]
    return About(about.format, *names)
