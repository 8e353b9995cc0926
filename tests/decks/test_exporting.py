"""Files of decks: few at a time, with bounds, and gone when they are sent."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Picture
from pptx import Presentation

from palaver.decks import editing, exporting
from palaver.decks.editor import DeckEditor
from palaver.decks.exporting import AT_ONCE, SHARE, WAITING, Export, Exports
from palaver.decks.rendering import filing
from palaver.errors import DeckNotFound, ExportFailed, TooManyExports
from palaver.models import ImageSlide, TitleSlide
from palaver.store import Store


@pytest.fixture
def session_id(store: Store) -> str:
    """A session with a deck of one slide."""
    made = store.sessions.create(
        owner="ann", kind="standalone", title="Talk \ufffe\x07", agents=[], max_context_results=1
    ).session_id
    DeckEditor(store).insert(made, TitleSlide(title="Hi"), None, viewer="ann", if_match="*")
    return made


def make(store: Store, session_id: str, kind: Any = "pptx") -> Export:
    exports = Exports(DeckEditor(store))

    async def run() -> Export:
        return await exports.make(session_id, kind, viewer="ann")

    try:
        return asyncio.run(run())
    finally:
        exports.close()


def test_a_file_comes_in_parts_and_is_gone_after_the_last(store: Store, session_id: str) -> None:
    made = make(store, session_id)
    data = b"".join(made.parts)
    assert len(data) == made.length
    assert made.name == "Talk.pptx"
    assert len(Presentation(io.BytesIO(data)).slides) == 1
    assert next(made.parts, None) is None
    made.parts.close()


def test_a_file_that_nobody_takes_is_closed(store: Store, session_id: str) -> None:
    made = make(store, session_id, "pdf")
    assert next(made.parts).startswith(b"%PDF-")
    made.parts.close()
    assert list(made.parts) == []


def test_a_deck_without_slides_is_no_file(store: Store, session_id: str) -> None:
    DeckEditor(store).change(
        session_id,
        lambda deck: editing.delete_slide(deck, "slide_0"),
        viewer="ann",
        if_match="*",
    )
    with pytest.raises(DeckNotFound):
        make(store, session_id)


def hijack(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """Let a program run in place of the one that writes files."""

    @contextlib.contextmanager
    def hijacked(
        _module: str, arguments: Sequence[str], *, stderr: Any, folder: Path
    ) -> Iterator[subprocess.Popen[bytes]]:
        process = subprocess.Popen([sys.executable, "-c", program], stderr=stderr, cwd=folder)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    monkeypatch.setattr(exporting, "child", hijacked)


@pytest.mark.parametrize(
    ("program", "logged"),
    [
        ("raise MemoryError", "MemoryError"),
        ("import os; os.kill(os.getpid(), 9)", "ended with -9"),
        ("", "No such file"),
        ("import time; time.sleep(60)", "longer than 3 s"),
    ],
)
def test_what_cannot_be_made_is_said(
    store: Store,
    session_id: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    program: str,
    logged: str,
) -> None:
    hijack(monkeypatch, program)
    monkeypatch.setattr(filing, "WALL_SECONDS", 3.0)
    with pytest.raises(ExportFailed):
        make(store, session_id, "pdf")
    assert logged in caplog.text


def test_a_deck_that_is_too_long_is_said(
    store: Store, session_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hijack(monkeypatch, f"raise SystemExit({filing.TOO_LONG})")
    with pytest.raises(ExportFailed, match="too many pages"):
        make(store, session_id, "pdf")


def test_a_deck_with_images_is_whole_and_each_is_read_once(store: Store, session_id: str) -> None:
    editor = DeckEditor(store)
    drawing = io.BytesIO()
    Picture.new("RGB", (40, 30), "navy").save(drawing, "PNG")
    added = store.slide_images.add(
        session_id,
        viewer="ann",
        width=40,
        height=30,
        data=drawing.getvalue(),
        media_type="image/png",
        preview=drawing.getvalue(),
        preview_type="image/png",
    )
    for _ in range(3):
        content = ImageSlide(title="Here", image_id=added.image_id, alt="A drawing")
        editor.insert(session_id, content, None, viewer="ann", if_match="*")
    read: list[str] = []
    find = editor.find_image

    def counted(session_id: str, image_id: str) -> Any:
        read.append(image_id)
        return find(session_id, image_id)

    editor.find_image = counted  # type: ignore[method-assign, assignment]
    for kind in ("pptx", "pdf"):
        read.clear()
        exports = Exports(editor)
        made = asyncio.run(exports.make(session_id, kind, viewer="ann"))
        data = b"".join(made.parts)
        exports.close()
        assert read == [added.image_id]
        if kind == "pptx":
            slides = Presentation(io.BytesIO(data)).slides
            shown = [[s.image.sha1 for s in each.shapes if hasattr(s, "image")] for each in slides]
            assert [len(images) for images in shown] == [0, 1, 1, 1]
        else:
            assert data.count(b"/Subtype/Image") + data.count(b"/Subtype /Image") >= 1


def test_few_are_made_at_once_and_too_many_are_refused(
    store: Store, session_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, most = 0, 0
    counting, go_on = threading.Lock(), threading.Event()

    def write(self: Exports, *given: Any) -> Any:
        nonlocal running, most
        with counting:
            running += 1
            most = max(most, running)
        assert go_on.wait(30)
        file = tempfile.TemporaryFile()  # noqa: SIM115
        file.write(b"made")
        file.seek(0)
        with counting:
            running -= 1
        return file

    monkeypatch.setattr(exporting.Exports, "_written", write)
    exports = Exports(DeckEditor(store))

    async def run() -> list[Export]:
        # An administrator sees every session, so these are two users.
        share = {"ann": SHARE, None: AT_ONCE + WAITING - SHARE}
        tasks = [
            asyncio.ensure_future(exports.make(session_id, "pptx", viewer=viewer))
            for viewer, count in share.items()
            for _ in range(count)
        ]
        await asyncio.sleep(0)
        with pytest.raises(TooManyExports, match="as many files as it can"):
            await exports.make(session_id, "pptx", viewer="bob")
        go_on.set()
        made = await asyncio.gather(*tasks)
        # There is room again.
        return [*made, await exports.make(session_id, "pptx", viewer="ann")]

    try:
        made = asyncio.run(run())
    finally:
        exports.close()
    assert [b"".join(each.parts) for each in made] == [b"made"] * (AT_ONCE + WAITING + 1)
    assert 1 <= most <= AT_ONCE


def test_what_nobody_waits_for_is_not_made(
    store: Store, session_id: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fifo = tmp_path / "started"
    os.mkfifo(fifo)
    # It says its number and then takes for ever.
    hijack(
        monkeypatch,
        f"import os, time\nopen({str(fifo)!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)",
    )
    exports = Exports(DeckEditor(store))

    async def run() -> int:
        tasks = [
            asyncio.ensure_future(exports.make(session_id, "pdf", viewer="ann"))
            for _ in range(SHARE)
        ]
        child = int(await asyncio.to_thread(fifo.read_text))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return child

    child = asyncio.run(run())
    began = time.monotonic()
    exports.close()
    assert time.monotonic() - began < 20
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
    monkeypatch.undo()
    # All places are free again.
    assert b"".join(make(store, session_id).parts)


def test_stopping_ends_what_is_being_made(
    store: Store, session_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hijack(monkeypatch, "import time; time.sleep(600)")
    exports = Exports(DeckEditor(store))

    async def run() -> None:
        task = asyncio.ensure_future(exports.make(session_id, "pdf", viewer="ann"))
        await asyncio.sleep(0)
        exports.close()
        with pytest.raises(ExportFailed):
            await task

    asyncio.run(run())
