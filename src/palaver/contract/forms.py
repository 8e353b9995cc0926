"""Forms: what is stricter here than in Starlette's parser of ``multipart/form-data`` (RFC 7578)."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import IO

from starlette.datastructures import FormData
from starlette.formparsers import MultiPartException, MultiPartParser

# What a client sends is its own affair, and no warning for whoever reads the log.
logging.getLogger("python_multipart").setLevel(logging.ERROR)


@dataclass(slots=True)
class Upload:
    """A file of a multipart body: its name as the client gave it, its type, and an open file that
    spools to disk and is closed when the request ends."""

    filename: str
    media_type: str
    file: IO[bytes]
    size: int


class Refused(MultiPartException):
    """The form is refused in these words, which a client may see."""


class StrictFormParser(MultiPartParser):
    """Refuses what Starlette's parser lets pass: a form that breaks off, and text that is not UTF-8
    or holds NUL."""

    _ended = False

    async def parse_to_the_end(self) -> FormData:
        form = await self.parse()
        if not self._ended:
            for file in self._files_to_close_on_error:
                file.close()
            raise Refused("the form breaks off")
        return form

    def on_part_end(self) -> None:
        part = self._current_part
        if part.file is None:
            try:
                part.data.decode()
            except UnicodeDecodeError:
                raise Refused("a field is not valid UTF-8") from None
            if b"\x00" in part.data:
                raise Refused("a field has a NUL character")
        super().on_part_end()

    def on_end(self) -> None:
        self._ended = True
