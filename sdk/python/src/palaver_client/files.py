"""Files that go to the server or come from it, and how far they are."""

from __future__ import annotations

import io
import mimetypes
import os
import re
import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, Final, cast
from urllib.parse import unquote

import anyio.to_thread
import httpx2

_EXTENDED_NAME: Final = re.compile(r"filename\*\s*=\s*utf-8'[^']*'([^;\s]+)", re.IGNORECASE)
_NAME: Final = re.compile(r'filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))', re.IGNORECASE)

Progress = Callable[[int, int | None], None]
"""Called with the bytes that are done and, where it is known, how many there are."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to send, where its name or type is not what its path says."""

    content: bytes | os.PathLike[str] | BinaryIO
    name: str | None = None
    media_type: str | None = None


FileSource = Upload | bytes | os.PathLike[str] | BinaryIO
"""What can be sent as a file: its bytes, its path, or an open binary file."""


@dataclass(frozen=True, slots=True)
class PreparedFile:
    """A file that can be read from its beginning as often as it has to be sent."""

    name: str
    media_type: str
    stream: BinaryIO
    start: int | None
    """Where its content begins; nothing where it can be read only once."""

    def content(self) -> IO[bytes]:
        """What is to be sent, from its beginning, in the form that the HTTP client takes."""
        size = self._size()
        if self.start is not None:
            self.stream.seek(self.start)
        # It has the methods that are called.
        return cast("IO[bytes]", _Content(self.stream, self.start, size))

    def _size(self) -> int | None:
        """How many bytes are to be sent, where that can be known before."""
        if self.start is None:
            return None
        try:
            return self.stream.seek(0, os.SEEK_END) - self.start
        except (OSError, ValueError):
            # It can go back, and yet not to its end.
            return None


class _Content(io.RawIOBase):
    """What is to be sent of a file, as a file of its own.

    The HTTP client rewinds to the very start, and takes the length of what the file's number stands
    for, which is not what is read from a packed file, nor from a pipe.
    """

    def __init__(self, stream: BinaryIO, start: int | None, size: int | None) -> None:
        self._stream, self._start, self._size = stream, start, size
        self._position = 0

    def seekable(self) -> bool:
        return self._start is not None

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if self._start is None or (whence != os.SEEK_SET and self._size is None):
            raise io.UnsupportedOperation
        if whence != os.SEEK_SET:
            offset += self._position if whence == os.SEEK_CUR else self._size or 0
        self._position = self._stream.seek(self._start + offset) - self._start
        return self._position

    def tell(self) -> int:
        return self._position

    def read(self, size: int = -1) -> bytes:
        piece = self._stream.read(size)
        if piece is None:
            raise BlockingIOError("A file that does not block cannot be sent.")
        self._position += len(piece)
        if self._size is not None and (
            self._position > self._size or (not piece and size and self._position < self._size)
        ):
            raise OSError("The file has changed while it was sent.")
        return piece


def prepare_file(source: FileSource, opened: ExitStack) -> PreparedFile:
    """Open what is to be sent; ``opened`` closes what is opened here.

    Raises ``OSError``, and ``TypeError`` for what is no file.
    """
    upload = source if isinstance(source, Upload) else Upload(source)
    content, name = upload.content, upload.name
    if isinstance(content, bytes):
        stream: BinaryIO = io.BytesIO(content)
    elif isinstance(content, os.PathLike):
        path = Path(content)
        name = name or path.name
        stream = opened.enter_context(path.open("rb"))
    elif isinstance(content, (str, io.TextIOBase)) or not hasattr(content, "read"):
        # A text could be a path as well as what the file holds.
        raise TypeError("A file is a pathlib.Path, bytes, or an open binary file.")
    else:
        stream = content
        # That of a pipe is a number.
        own = getattr(content, "name", None)
        if name is None and isinstance(own, (str, bytes, os.PathLike)):
            name = Path(os.fsdecode(own)).name
    name = name or "file"
    media_type = upload.media_type or mimetypes.guess_type(name)[0] or "application/octet-stream"
    start = stream.tell() if stream.seekable() else None
    return PreparedFile(name, media_type, stream, start)


class ReceivedFile:
    """What the server says of a file that it sends."""

    _response: httpx2.Response

    @property
    def name(self) -> str | None:
        """The name that the server gives it, without any folder (RFC 6266)."""
        said = self._response.headers.get("content-disposition", "")
        if match := _EXTENDED_NAME.search(said):
            name = unquote(match[1])
        elif match := _NAME.search(said):
            name = re.sub(r"\\(.)", r"\1", match[1]) if match[1] is not None else match[2]
        else:
            return None
        # A name is no way into other folders.
        last: str = re.split(r"[/\\]", name)[-1]
        return last if last.strip(".") else None

    @property
    def media_type(self) -> str:
        """What kind of file it is."""
        return str(self._response.headers.get("content-type", "").partition(";")[0].strip())

    @property
    def size(self) -> int | None:
        """How many bytes it has, where the server says it."""
        return content_length(self._response.headers)

    @property
    def response(self) -> httpx2.Response:
        """The response, with its headers."""
        return self._response


def part_of(path: Path) -> Path:
    """Where a file is written until it is whole: in the same folder, so that it can be renamed."""
    # Not made of the file's own name, which may be as long as names can be.
    return path.with_name(f".palaver-{secrets.token_hex(8)}.part")


def never_back(on_progress: Progress) -> Progress:
    """A progress that does not start again where the file is sent again."""
    most = 0

    def tell(done: int, total: int | None) -> None:
        nonlocal most
        if done > most:
            most = done
            on_progress(done, total)

    return tell


class CountedStream(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """A request's body that tells how much of it was sent."""

    def __init__(self, request: httpx2.Request, on_progress: Progress | None) -> None:
        stream = request.stream
        assert isinstance(stream, httpx2.SyncByteStream)
        self._stream = stream
        self._on_progress = on_progress
        length = request.headers.get("content-length")
        self._total = int(length) if length else None

    def __iter__(self) -> Iterator[bytes]:
        sent = 0
        for piece in self._stream:
            yield piece
            sent += len(piece)
            self._tell(sent)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        # Reading a file blocks, so a thread does it.
        sent, pieces = 0, iter(self._stream)
        while (piece := await anyio.to_thread.run_sync(next, pieces, None)) is not None:
            yield piece
            sent += len(piece)
            self._tell(sent)

    def _tell(self, sent: int) -> None:
        if self._on_progress is not None:
            self._on_progress(sent, self._total)


def text_of_field(value: object) -> str:
    """A member of a form that is no file."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def content_length(headers: Mapping[str, str]) -> int | None:
    """How long a body is, where that is told and is not about its compressed form."""
    length = headers.get("content-length", "")
    # Not so many digits that reading them is refused, or takes long.
    is_number = re.fullmatch("[0-9]{1,18}", length) is not None
    return int(length) if is_number and "content-encoding" not in headers else None
