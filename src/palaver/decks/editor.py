"""Decks as clients change them: each change names the version that it was made for."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO

import msgspec

from palaver.decks import editing
from palaver.decks.deck import Deck, Image
from palaver.decks.pictures import normalise
from palaver.decks.versions import check_version
from palaver.errors import ImageNotFound
from palaver.models import SlideContent
from palaver.store import AddedImage, Once, Store

Edit = Callable[[Deck], Deck]


class AddedSlide(msgspec.Struct, frozen=True, gc=False):
    """A new slide and the version of the deck in which it was added."""

    slide_id: str
    content: SlideContent
    version: int


class DeckEditor:
    """The decks and images of a store's sessions.

    ``viewer`` is the id of the user who asks; None is an administrator. ``if_match`` is the header
    of that name. Every method raises SessionNotFound, SessionForbidden and StoreUnavailable; those
    that change a deck also DeckChanged, DeckFull and ImageNotFound, for a
    slide that shows an image which the session does not have. All block.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def read(self, session_id: str, *, viewer: str | None) -> Deck:
        """The deck as it is; without slides, as version 0, where nobody has made one."""
        return self._store.decks.read(session_id, viewer=viewer)

    def change(self, session_id: str, edit: Edit, *, viewer: str | None, if_match: str) -> Deck:
        """Make the next version by one of the functions of ``editing``; return it."""

        def checked(deck: Deck) -> Deck:
            check_version(deck, if_match)
            return edit(deck)

        return self._store.decks.change(
            session_id, checked, viewer=viewer, outcome=lambda deck: deck
        )

    def insert(
        self,
        session_id: str,
        content: SlideContent,
        position: int | None,
        *,
        viewer: str | None,
        if_match: str,
        once: Once | None = None,
    ) -> AddedSlide:
        """Add a slide. Raises IdempotencyKeyReused."""
        slide_id = ""

        def add(deck: Deck) -> Deck:
            nonlocal slide_id
            check_version(deck, if_match)
            slide_id = editing.new_slide_id(deck)
            return editing.insert_slide(deck, content, position)

        return self._store.decks.change(
            session_id,
            add,
            viewer=viewer,
            outcome=lambda deck: AddedSlide(slide_id, content, deck.version),
            once=once,
            result=AddedSlide,
        )

    def undo(self, session_id: str, *, viewer: str | None, if_match: str) -> Deck:
        """Take the last change back; return the deck. Raises NothingToUndo."""
        return self._store.decks.undo(
            session_id, lambda deck: check_version(deck, if_match), viewer=viewer
        )

    def add_image(
        self, session_id: str, file: IO[bytes], *, viewer: str | None, once: Once | None = None
    ) -> AddedImage:
        """Store an image file. Raises InvalidImage, TooManyImages and IdempotencyKeyReused."""
        # Nobody has an image decoded for a session that they cannot use.
        self._store.sessions.get(session_id, viewer=viewer)
        kept = normalise(file)
        return self._store.slide_images.add(
            session_id,
            viewer=viewer,
            width=kept.width,
            height=kept.height,
            data=kept.data,
            media_type=kept.media_type,
            preview=kept.preview,
            preview_type=kept.preview_type,
            once=once,
        )

    def image(self, session_id: str, image_id: str, *, viewer: str | None) -> Image:
        """An image of the session. Raises ImageNotFound."""
        return self._store.slide_images.get(session_id, image_id, viewer=viewer)

    def find_image(
        self, session_id: str, image_id: str, *, preview_only: bool = False
    ) -> Image | None:
        """An image for whoever has been let into the session, or ``None``."""
        try:
            return self._store.slide_images.get(
                session_id, image_id, viewer=None, preview_only=preview_only
            )
        except ImageNotFound:
            return None
