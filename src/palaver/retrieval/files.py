"""The originals of books: where uploads are kept, and where every replica can read them.

That is a folder or whatever else fsspec has a URL for. An upload is written as it comes, under
another name, and gets its own when its book is stored: what a killed server leaves of an upload
that became no book is removed later, and nothing that has a name of its own ever is.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Final
from uuid import UUID

import fsspec
from uuid_utils import uuid7

from palaver.errors import UploadTooLarge

_PIECE: Final = 1 << 20
_PART: Final = ".part"


class Files:
    """The originals at an fsspec URL, by the ids of their books. All calls block."""

    def __init__(self, url: str) -> None:
        """Raises ValueError for a URL that fsspec has no file system for, ``OSError``.

        A folder on this machine is made if it is not there, and is for its owner alone.
        """
        try:
            self._system, root = fsspec.core.url_to_fs(url)
        except ImportError as error:
            raise ValueError(f"this kind of file system needs another package: {error}") from None
        self._root: Final = str(root).rstrip("/")
        self._is_local: Final = isinstance(self._system.protocol, tuple) and (
            "file" in self._system.protocol
        )
        if self._is_local:
            Path(self._root).mkdir(mode=0o700, parents=True, exist_ok=True)

    def receive(self, *, most: int) -> Upload:
        """Begin an upload of up to ``most`` bytes. Raises ``OSError``."""
        return Upload(self._system, self._root, most=most, is_local=self._is_local)

    @contextlib.contextmanager
    def local(self, book_id: str) -> Iterator[Path]:
        """A path on this machine under which the original can be read, for as long as this lasts.

        Raises FileNotFoundError, and ``OSError`` for all else that fails.
        """
        path = self._path(book_id)
        if not self._system.exists(path):
            # Its server died when the book was stored, or is about to rename it.
            path += _PART
        if self._is_local:
            Path(path).stat()
            yield Path(path)
            return
        with tempfile.NamedTemporaryFile(prefix="palaver-book-") as copy:
            with self._system.open(path, "rb") as original:
                shutil.copyfileobj(original, copy, _PIECE)
            copy.flush()
            yield Path(copy.name)

    def delete(self, book_id: str) -> None:
        """Delete the original; if there is none, that is fine. Raises ``OSError``."""
        for path in (self._path(book_id), self._path(book_id) + _PART):
            with contextlib.suppress(FileNotFoundError):
                self._system.rm_file(path)

    def sweep(self, *, begun_before: float, is_book: Callable[[str], bool]) -> int:
        """Remove what uploads left that became no book; return how many. Raises ``OSError``.

        ``begun_before`` is a time since the epoch, in seconds, of which no upload is under way;
        ``is_book`` says whether there is a book with an id.
        """
        self._system.invalidate_cache()
        removed = 0
        try:
            found = self._system.ls(self._root or "/", detail=False)
        except FileNotFoundError:
            # A bucket has no empty folders.
            return 0
        for path in found:
            name = str(path).rstrip("/").rpartition("/")[2]
            begun = _begun(name)
            if begun is None or begun >= begun_before * 1000:
                continue
            if not is_book(name.removesuffix(_PART)):
                with contextlib.suppress(FileNotFoundError):
                    self._system.rm_file(str(path))
                    removed += 1
        return removed

    def _path(self, book_id: str) -> str:
        # An id comes from clients, too, and must not lead out of the folder.
        return f"{self._root}/{UUID(book_id)}"


class Upload:
    """A file that is coming in. As a context manager it leaves nothing behind unless it was kept.

    ``write`` it all, ``complete`` it, store the book whose id is ``book_id``, and ``keep`` it.
    """

    def __init__(self, system: Any, root: str, *, most: int, is_local: bool) -> None:
        self.book_id: Final = str(uuid7())
        self.size = 0
        self._most: Final = most
        self._hash: Final = hashlib.sha256()
        self._system: Final = system
        self._is_local: Final = is_local
        self._path: Final = f"{root}/{self.book_id}"
        self._written_to: Final = self._path + _PART
        self._kept = False
        self._file: Any = (
            # Books may be private: not for the umask to decide.
            os.fdopen(os.open(self._written_to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
            if is_local
            else system.open(self._written_to, "wb")
        )

    @property
    def sha256(self) -> str:
        """The digest of what was written, in hexadecimal."""
        return self._hash.hexdigest()

    def write(self, data: bytes) -> None:
        """Add some bytes. Raises UploadTooLarge, ``OSError``."""
        if self.size + len(data) > self._most:
            raise UploadTooLarge("The file is too large.")
        self.size += len(data)
        self._hash.update(data)
        self._file.write(data)

    def complete(self) -> None:
        """Make the file durable. Raises ``OSError``."""
        if self._is_local:
            self._file.flush()
            os.fsync(self._file.fileno())
        self._file.close()
        if self._is_local:
            _sync_folder(Path(self._path).parent)

    def leave(self) -> None:
        """Leave the file as it is: there may be a book that it belongs to."""
        self._kept = True

    def keep(self) -> None:
        """Give the file its name: there is a book now that it belongs to.

        Raises ``OSError``; it is found all the same.
        """
        self.leave()
        if self._is_local:
            os.rename(self._written_to, self._path)
            _sync_folder(Path(self._path).parent)
        else:
            self._system.mv(self._written_to, self._path)

    def __enter__(self) -> Upload:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Remove the file, unless it is kept. Raises nothing: what is left will be swept."""
        if self._kept:
            return
        with contextlib.suppress(OSError, ValueError):
            if not self._is_local and not self._file.closed:
                with contextlib.suppress(AttributeError, NotImplementedError):
                    self._file.discard()
        with contextlib.suppress(OSError, ValueError, io.UnsupportedOperation):
            self._file.close()
        with contextlib.suppress(OSError):
            self._system.rm_file(self._written_to)
        self._kept = True


def _begun(name: str) -> float | None:
    """When the upload of this name was begun, in milliseconds since the epoch; None if it is none.

    UUIDs of version 7 tell their time, and no clock of a file system does that everywhere.
    """
    stem, part, rest = name.partition(_PART)
    if not part or rest:
        return None
    try:
        return float(UUID(stem).int >> 80)
    except ValueError:
        return None


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
