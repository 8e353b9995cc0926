"""Files of decks: few at a time, with bounds, and gone when they are sent."""

from __future__ import annotations

import asyncio
import io
import threading
from typing import Any

import pytest
from pptx import Presentation

from palaver.decks import editing, exporting
from palaver.decks.deck import Deck
from palaver.decks.editor import DeckEditor
from palaver.decks.exporting import AT_ONCE, WAITING, Export, Exports
from palaver.decks.rendering import DeckTooLong, RenderingFailed
from palaver.errors import DeckNotFound, ExportFailed, TooManyExports
from palaver.models import TitleSlide
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


@pytest.mark.parametrize("error", [DeckTooLong(), RenderingFailed("out of memory"), OSError()])
def test_what_cannot_be_made_is_said(
    store: Store, session_id: str, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setitem(exporting._WRITERS, "pdf", fail)
    with pytest.raises(ExportFailed):
        make(store, session_id, "pdf")


def test_few_are_made_at_once_and_too_many_are_refused(
    store: Store, session_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, most = 0, 0
    counting, go_on = threading.Lock(), threading.Event()

    def write(_deck: Deck, _images: Any, file: Any) -> None:
        nonlocal running, most
        with counting:
            running += 1
            most = max(most, running)
        assert go_on.wait(30)
        file.write(b"made")
        with counting:
            running -= 1

    monkeypatch.setitem(exporting._WRITERS, "pptx", write)
    exports = Exports(DeckEditor(store))

    async def run() -> list[Export]:
        tasks = [
            asyncio.ensure_future(exports.make(session_id, "pptx", viewer="ann"))
            for _ in range(AT_ONCE + WAITING)
        ]
        await asyncio.sleep(0)
        with pytest.raises(TooManyExports):
            await exports.make(session_id, "pptx", viewer="ann")
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
