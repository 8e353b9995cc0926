"""``palaver books``: files of this machine into the library of a server, and what is in it.

Ids and lists go to standard output, all else to standard error.
"""

from __future__ import annotations

import asyncio
import io
import os
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import IO, Any, Final, cast

import click

from palaver.remote import Book, Form, Refused, Remote, Unusable
from palaver.terminal import INTERRUPTED, leave_unread, make_lenient, one_line

__all__ = ["Unusable", "add", "show"]

LOOK_SECONDS: Final = 0.3
"""How often the server is asked how far it is."""

_CONFLICT: Final = 409
_FORBIDDEN: Final = 403
_LABEL_CHARACTERS: Final = 40
_MIDDLE: Final = "\N{HORIZONTAL ELLIPSIS}"


def add(files: Sequence[Path], *, title: str | None, url: str, authorization: str) -> int:
    """Upload files, and wait until each is a book that is READY or FAILED: the exit code.

    Raises ``Unusable``, and ``OSError`` for a file that cannot be read.
    """
    make_lenient()
    remote = Remote(url, lambda: authorization, notify=_note)
    adding = _Adding(remote)
    return _run(remote, adding.run(files, title), on_interrupt=adding.leave)


def show(*, url: str, authorization: str) -> int:
    """List the books: the exit code. Raises ``Unusable``."""
    make_lenient()
    remote = Remote(url, lambda: authorization, notify=_note)
    return _run(remote, _show(remote))


def _run(
    remote: Remote, work: Coroutine[Any, Any, int], on_interrupt: Callable[[], None] = lambda: None
) -> int:
    with asyncio.Runner() as runner:
        try:
            return runner.run(work)
        except KeyboardInterrupt:
            on_interrupt()
            return INTERRUPTED
        except BrokenPipeError:
            leave_unread()
            return 1
        except (Refused, Unusable) as error:
            raise Unusable(one_line(str(error))) from None
        finally:
            runner.run(remote.close())


class _Adding:
    """The way of some files into the library."""

    def __init__(self, remote: Remote) -> None:
        self._remote: Final = remote
        self._waiting: Final[dict[str, str]] = {}
        """The names of the files whose books are on their way, by the ids of these."""
        self._has_failed = False

    async def run(self, files: Sequence[Path], title: str | None) -> int:
        # What is wrong with the server or the credential shows before anything is sent.
        await self._remote.books(None, limit=1)
        for path in files:
            name = _name(path)
            try:
                book_id = await self._upload(path, name, title)
            except Refused as refused:
                if refused.status == _FORBIDDEN:
                    raise
                self._fail(f"{name} was not added: {refused}")
                continue
            self._waiting[book_id] = name
            print(book_id, flush=True)
        for book_id, name in list(self._waiting.items()):
            try:
                await self._wait(book_id, name)
            except Refused as refused:
                self._fail(f"{name} cannot be waited for: {refused}")
            del self._waiting[book_id]
        return 1 if self._has_failed else 0

    def leave(self) -> None:
        """Say what goes on without anybody who waits for it."""
        count = len(self._waiting)
        if count:
            what = "1 book" if count == 1 else f"{count} books"
            _note(f"The server goes on with {what}; `palaver books list` shows how far it is.")

    async def _upload(self, path: Path, name: str, title: str | None) -> str:
        """The id of the book that has the bytes of this file. Raises ``Refused``."""
        fields = {} if title is None else {"title": title}
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            with _progress(f"Uploading {name}", size) as reach:
                measured = cast("IO[bytes]", _Measured(file, size, reach, name))
                try:
                    book = await self._remote.add_book(Form(fields, (name, measured)))
                except Refused as refused:
                    if refused.status != _CONFLICT or refused.book_id is None:
                        raise
                    book_id = str(refused.book_id)
                else:
                    return str(book["bookId"])
        await self._greet(book_id, name)
        return book_id

    async def _greet(self, book_id: str, name: str) -> None:
        """Say that a book is there already; one that failed gets another chance."""
        book = await self._remote.book(book_id)
        _note(f"{name} is in the library already: {book['title']}.")
        if book["status"] == "FAILED":
            try:
                await self._remote.retry_book(book_id)
            except Refused as refused:
                # Somebody else may have done so.
                if refused.status != _CONFLICT:
                    raise
            else:
                _note("It had failed, and is taken in anew.")

    async def _wait(self, book_id: str, name: str) -> None:
        """Show how a book comes in, to its end. Raises ``Refused``."""
        book = await self._remote.book(book_id)
        if book["status"] == "PROCESSING":
            with _progress(f"Taking in {name}", 100) as reach:
                while book["status"] == "PROCESSING":
                    reach(int(book["progress"]))
                    await asyncio.sleep(LOOK_SECONDS)
                    book = await self._remote.book(book_id)
                if book["status"] == "READY":
                    reach(100)
        if book["status"] == "FAILED":
            self._fail(f"{name} failed: {book['reason']}")
        else:
            _note(f"{name} is ready: {_pages(book)}.")

    def _fail(self, words: str) -> None:
        self._has_failed = True
        _note(words)


class _Measured:
    """A file to read once or more from its start, and always as long as it was at first."""

    def __init__(self, file: IO[bytes], size: int, reach: Callable[[int], None], name: str) -> None:
        self._file = file
        self._size = size
        self._reach = reach
        self._name = name

    def read(self, size: int) -> bytes:
        """Some more bytes. Raises ``Unusable`` if the file has become shorter."""
        left = self._size - self._file.tell()
        data = self._file.read(min(size, left))
        if len(data) < min(size, left):
            raise Unusable(f"{self._name} changed while it was uploaded.")
        self._reach(self._file.tell())
        return data

    def tell(self) -> int:
        """Where reading goes on."""
        return self._file.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go on at another place."""
        if whence == io.SEEK_END:
            offset += self._size
        return self._file.seek(offset)


class _progress:
    """A bar at a terminal, which is told how much is reached; elsewhere a line."""

    def __init__(self, label: str, length: int) -> None:
        self._bar: Final = click.progressbar(
            length=length, label=_short(label), file=sys.stderr, show_eta=False
        )

    def __enter__(self) -> Callable[[int], None]:
        self._bar.__enter__()
        # What is sent once more is no progress.
        return lambda done: self._bar.update(max(0, done - self._bar.pos))

    def __exit__(self, *exc: Any) -> None:
        self._bar.__exit__(*exc)


async def _show(remote: Remote) -> int:
    cursor: str | None = None
    is_empty = True
    while True:
        books, cursor = await remote.books(cursor)
        for book in books:
            is_empty = False
            print(_line(book))
        sys.stdout.flush()
        if cursor is None:
            break
    if is_empty:
        _note("The library has no books.")
    return 0


def _line(book: Book) -> str:
    status = str(book["status"])
    about = {"READY": _pages(book), "PROCESSING": f"{book['progress']} %"}.get(status, "")
    title = str(book["title"])
    if status == "FAILED":
        title += f" ({book['reason']})"
    return one_line(f"{book['bookId']}  {status:<10}  {about:>12}  {title}")


def _pages(book: Book) -> str:
    count = int(book["pageCount"])
    return "1 page" if count == 1 else f"{count} pages"


def _name(path: Path) -> str:
    """The name of a file, which may hold anything but a slash."""
    return one_line(os.fsencode(path.name).decode("utf-8", "replace"))


def _short(text: str) -> str:
    half = _LABEL_CHARACTERS // 2
    return text if len(text) <= _LABEL_CHARACTERS else text[:half] + _MIDDLE + text[-half:]


def _note(words: str) -> None:
    print(one_line(words), file=sys.stderr, flush=True)
