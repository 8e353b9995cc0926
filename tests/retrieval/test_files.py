"""The originals: streamed, bounded, complete or not there at all, on a folder and elsewhere."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import time
import tracemalloc
import uuid
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from palaver.errors import UploadTooLarge
from palaver.retrieval.files import Files

CONTENT = b"What is written in a book.\n" * 1000


@pytest.fixture(params=["folder", "memory"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A place for files: a folder that is not there yet, or one that is not on this machine."""
    if request.param == "folder":
        yield str(tmp_path / "data" / "files")
        return
    yield "memory://books"
    fsspec.filesystem("memory").store.clear()


@pytest.fixture
def files(url: str) -> Files:
    """An empty place."""
    return Files(url)


def names(url: str) -> list[str]:
    """What is there."""
    system, root = fsspec.core.url_to_fs(url)
    if not system.exists(root):
        return []
    return [path.rpartition("/")[2] for path in system.ls(root, detail=False)]


def store(files: Files, content: bytes = CONTENT) -> str:
    """Keep a file, and return its id."""
    with files.receive(most=len(content)) as upload:
        upload.write(content)
        upload.complete()
        upload.keep()
    return upload.book_id


def test_what_was_written_is_there(files: Files, url: str) -> None:
    with files.receive(most=len(CONTENT)) as upload:
        for at in range(0, len(CONTENT), 1001):
            upload.write(CONTENT[at : at + 1001])
        upload.complete()
        assert (upload.size, upload.sha256) == (len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
        upload.keep()
    with files.local(upload.book_id) as path:
        assert path.read_bytes() == CONTENT
    assert names(url) == [upload.book_id]
    files.delete(upload.book_id)
    assert names(url) == []
    files.delete(upload.book_id)
    with pytest.raises(FileNotFoundError), files.local(upload.book_id):
        pass


def test_a_copy_does_not_stay(url: str, files: Files) -> None:
    with files.local(store(files)) as path:
        pass
    assert path.exists() == url.startswith("/")


def test_too_large(files: Files, url: str) -> None:
    with files.receive(most=1000) as upload:
        upload.write(b"x" * 1000)
        with pytest.raises(UploadTooLarge):
            upload.write(b"x")
    assert names(url) == []


def test_uploads_that_break_off_leave_nothing(files: Files, url: str) -> None:
    with contextlib.suppress(ConnectionError), files.receive(most=1000) as upload:
        upload.write(b"half")
        raise ConnectionError
    with files.receive(most=1000) as upload:
        upload.write(b"complete, but no book came of it")
        upload.complete()
    assert names(url) == []


@pytest.mark.parametrize("url", ["folder"], indirect=True)
def test_what_killed_servers_left_is_swept(files: Files, url: str) -> None:
    kept = store(files)
    files.receive(most=1000).write(b"half")
    Path(url, "notes.part").touch()
    assert len(names(url)) == 3
    assert files.sweep(begun_before=time.time() - 60, is_book=lambda _: False) == 0
    assert files.sweep(begun_before=time.time() + 1, is_book=lambda _: False) == 1
    assert sorted(names(url)) == sorted([kept, "notes.part"])


def test_a_file_whose_server_died_when_its_book_was_stored_is_that_books(
    files: Files, url: str
) -> None:
    with files.receive(most=len(CONTENT)) as upload:
        upload.write(CONTENT)
        upload.complete()
        upload.leave()
    later = time.time() + 1
    assert files.sweep(begun_before=later, is_book=lambda each: each == upload.book_id) == 0
    with files.local(upload.book_id) as path:
        assert path.read_bytes() == CONTENT
    files.delete(upload.book_id)
    assert names(url) == []


def test_one_that_died_before_leaves_nothing_for_ever(files: Files, url: str) -> None:
    with files.receive(most=len(CONTENT)) as upload:
        upload.write(CONTENT)
        upload.complete()
        upload.leave()
    assert files.sweep(begun_before=time.time() + 1, is_book=lambda _: False) == 1
    assert names(url) == []


def test_ids_do_not_lead_elsewhere(files: Files) -> None:
    for bad in ("../secrets.json", "", "a", f"../{uuid.uuid4()}"):
        with pytest.raises(ValueError, match="UUID"):
            files.delete(bad)


@pytest.mark.parametrize("url", ["folder"], indirect=True)
def test_private(files: Files, url: str) -> None:
    before = os.umask(0)
    try:
        inner = Files(f"{url}/inner")
        book_id = store(inner)
    finally:
        os.umask(before)
    assert stat.S_IMODE(os.stat(f"{url}/inner").st_mode) == 0o700
    assert stat.S_IMODE(os.stat(f"{url}/inner/{book_id}").st_mode) == 0o600


@pytest.mark.parametrize("url", ["folder"], indirect=True)
def test_memory_is_bounded(files: Files) -> None:
    piece = os.urandom(1 << 16)
    tracemalloc.start()
    try:
        with files.receive(most=1 << 30) as upload:
            for _ in range(1000):
                upload.write(piece)
            upload.complete()
            peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1 << 20


def test_unknown_kinds_of_places() -> None:
    with pytest.raises(ValueError, match="nowhere"):
        Files("nowhere://books")
