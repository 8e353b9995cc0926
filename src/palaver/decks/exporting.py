"""Files of decks: made by few child processes at a time, and only for as long as somebody waits."""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import re
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Final

from palaver.children import Stopped, TookTooLong, child, wait_for
from palaver.decks.deck import Deck
from palaver.decks.editor import DeckEditor
from palaver.decks.file_names import file_name
from palaver.decks.places import Places
from palaver.decks.rendering import filing
from palaver.errors import DeckNotFound, ExportFailed
from palaver.models import ExportFormat
from palaver.workers import Workers

log = logging.getLogger("palaver.decks")

AT_ONCE: Final = 2
WAITING: Final = 16
"""So many more wait for their turn; a deck of 200 slides takes seconds."""

SHARE: Final = 9
"""The most that one user has of both together."""

_PROGRAM: Final = "palaver.decks.rendering.filing"
_PART: Final = 1 << 16
_OUTSIDE_XML: Final = re.compile(r"[\x00-\x1f\x7f\ufffe\uffff]")


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
        self._places = Places(at_once=AT_ONCE, waiting=WAITING, share=SHARE)
        self._stops: set[threading.Event] = set()

    async def make(self, session_id: str, kind: ExportFormat, *, viewer: str | None) -> Export:
        """The deck of a session as a file. Cancelling it ends the making.

        Raises SessionNotFound, SessionForbidden, DeckNotFound for a deck without slides,
        TooManyExports, ExportFailed and StoreUnavailable.
        """
        async with self._places.place(viewer):
            stop = threading.Event()
            self._stops.add(stop)
            future = self._workers.run(self._make, session_id, kind, viewer, stop)
            try:
                return await future
            except asyncio.CancelledError:
                stop.set()
                if future.done() and not future.cancelled() and future.exception() is None:
                    future.result().parts.close()
                raise
            finally:
                self._stops.discard(stop)

    def close(self) -> None:
        """End what is being made."""
        for stop in self._stops:
            stop.set()
        self._workers.close()

    def _make(
        self, session_id: str, kind: ExportFormat, viewer: str | None, stop: threading.Event
    ) -> Export:
        deck = self._editor.read(session_id, viewer=viewer)
        if not deck.slides:
            raise DeckNotFound("Ask for slides in the chat, or add some.")
        try:
            # The file that is open has no name any more when its folder is gone, and is gone when
            # it is closed.
            with tempfile.TemporaryDirectory(prefix="palaver-export-") as folder:
                file = self._written(kind, deck, Path(folder), stop.is_set)
        except OSError as error:
            log.error("no %s could be made of a deck: %s", kind, error)
            raise ExportFailed("The server could not make it within its bounds.") from None
        except Stopped:
            raise ExportFailed("The server is stopping.") from None
        if stop.is_set():
            # Nobody would close it.
            file.close()
            raise ExportFailed("Nobody waits for it.")
        name = file_name(deck.title, kind, otherwise="presentation")
        return Export(name, os.fstat(file.fileno()).st_size, FileParts(file))

    def _written(
        self, kind: ExportFormat, deck: Deck, folder: Path, stop: Callable[[], bool]
    ) -> IO[bytes]:
        # Session titles may have characters that XML does not have.
        title = _OUTSIDE_XML.sub(" ", deck.title)

        images = functools.partial(self._editor.find_image, deck.session_id)
        filing.order(folder, kind, replace(deck, title=title), images)
        said = folder / "said"
        with open(said, "wb") as errors:
            try:
                with child(_PROGRAM, [str(folder)], stderr=errors, folder=folder) as process:
                    code = wait_for(process, filing.WALL_SECONDS, stop)
            except TookTooLong:
                raise OSError(f"it took longer than {filing.WALL_SECONDS:.0f} s") from None
        if code == filing.TOO_LONG:
            raise ExportFailed("The deck would fill too many pages.")
        if code:
            words = said.read_bytes()[-2000:].decode(errors="replace")
            raise OSError(f"the process ended with {code}: {words}")
        return open(folder / filing.MADE, "rb")
