"""Files of decks: made by few at a time, away from the threads that answer other requests."""

from __future__ import annotations

import io
import logging
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import IO, Any, Final

from palaver.decks.deck import Deck
from palaver.decks.editor import DeckEditor
from palaver.decks.file_names import file_name
from palaver.decks.rendering import DeckTooLong, RenderingFailed, write_pdf, write_pptx
from palaver.errors import DeckNotFound, ExportFailed, TooManyExports
from palaver.models import ExportFormat
from palaver.workers import Workers

log = logging.getLogger("palaver.decks")

AT_ONCE: Final = 2
WAITING: Final = 16
"""So many more wait for their turn; a deck of 200 slides takes seconds."""

_IN_MEMORY: Final = 4 << 20
_PART: Final = 1 << 16
_OUTSIDE_XML: Final = re.compile(r"[\x00-\x1f\x7f\ufffe\uffff]")
_WRITERS: Final[dict[ExportFormat, Any]] = {"pptx": write_pptx, "pdf": write_pdf}


class FileParts(Iterator[bytes]):
    """A file in parts; closed at its end, and by ``close``."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def __next__(self) -> bytes:
        part = b"" if self._file.closed else self._file.read(_PART)
        if not part:
            self.close()
            raise StopIteration
        return part

    def close(self) -> None:
        """Let go of the file, which is deleted by that."""
        self._file.close()


@dataclass(frozen=True, slots=True)
class Export:
    """A file that was made: its name, its length in bytes and its content."""

    name: str
    length: int
    parts: FileParts


class Exports:
    """Makes files of decks, ``AT_ONCE`` at a time. Used from one event loop."""

    def __init__(self, editor: DeckEditor) -> None:
        self._editor = editor
        self._workers = Workers(AT_ONCE)
        self._open = 0

    async def make(self, session_id: str, kind: ExportFormat, *, viewer: str | None) -> Export:
        """The deck of a session as a file.

        Raises SessionNotFound, SessionForbidden, DeckNotFound for a deck without slides,
        TooManyExports, ExportFailed and StoreUnavailable.
        """
        if self._open >= AT_ONCE + WAITING:
            raise TooManyExports("The server makes as many files as it can.")
        self._open += 1
        try:
            return await self._workers.run(self._make, session_id, kind, viewer)
        finally:
            self._open -= 1

    def close(self) -> None:
        """Wait for the files that are being made."""
        self._workers.close()

    def _make(self, session_id: str, kind: ExportFormat, viewer: str | None) -> Export:
        deck = self._editor.read(session_id, viewer=viewer)
        if not deck.slides:
            raise DeckNotFound("Ask for slides in the chat, or add some.")
        # A file that is spooled to the disk has no name there, so it is gone when it is closed.
        file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115
        try:
            self._write(kind, deck, file)
            file.seek(0, io.SEEK_END)
            length = file.tell()
            file.seek(0)
        except BaseException:
            file.close()
            raise
        name = file_name(deck.title, kind, otherwise="presentation")
        return Export(name, length, FileParts(file))

    def _write(self, kind: ExportFormat, deck: Deck, file: Any) -> None:
        # Session titles may have characters that XML does not have.
        title = _OUTSIDE_XML.sub(" ", deck.title)

        def images(image_id: str) -> Any:
            return self._editor.find_image(deck.session_id, image_id)

        try:
            _WRITERS[kind](replace(deck, title=title), images, file)
        except DeckTooLong:
            raise ExportFailed("The deck would fill too many pages.") from None
        except (RenderingFailed, OSError) as error:
            log.error("no %s could be made of a deck: %s", kind, error)
            raise ExportFailed("The server could not make it within its bounds.") from None
