"""In the child: the files of a ZIP archive, unpacked in memory and never onto a disk."""

from __future__ import annotations

import zipfile
from typing import IO

from palaver.retrieval.extract.faults import ExtractionFailed
from palaver.retrieval.extract.messages import Limits

MOST_ENTRIES = 50_000
LARGEST_DOCUMENT = 32 << 20
"""Bytes of a file that becomes a tree in memory, of about ten times its size."""

_ENCRYPTED = 1


class Archive:
    """A ZIP archive, whose names are nothing but names: ``../`` leads nowhere.

    Raises ``ExtractionFailed``: damaged, unpacked (all that it holds is too large), encrypted.
    """

    def __init__(self, file: IO[bytes], limits: Limits) -> None:
        file.seek(0)
        try:
            self._zip = zipfile.ZipFile(file)
        except zipfile.BadZipFile:
            raise ExtractionFailed("damaged") from None
        entries = self._zip.infolist()
        self._left = limits.unpacked_bytes
        if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > self._left:
            raise ExtractionFailed("unpacked")
        self._entries = {entry.filename: entry for entry in entries}

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def names(self) -> list[str]:
        """The names of all files."""
        return list(self._entries)

    def size(self, name: str) -> int:
        """The size of a file as the archive states it."""
        return self._entries[name].file_size

    def open(self, name: str) -> IO[bytes]:
        """A file as a stream; ``KeyError`` if there is none. Reading one twice counts twice."""
        entry = self._entries[name]
        if entry.flag_bits & _ENCRYPTED:
            raise ExtractionFailed("encrypted")
        self._left -= entry.file_size
        if self._left < 0:
            raise ExtractionFailed("unpacked")
        # A stream never gives more than the size that the archive states for the file.
        return self._zip.open(entry)

    def read(self, name: str) -> bytes:
        """A whole file, if it is small enough to be parsed at once."""
        if self.size(name) > LARGEST_DOCUMENT:
            raise ExtractionFailed("unpacked")
        with self.open(name) as stream:
            return stream.read()
