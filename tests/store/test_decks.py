"""Decks: versions, what undoing leads back to, and what is kept and forgotten."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from palaver.errors import (
    DeckChanged,
    IdempotencyKeyReused,
    ImageNotFound,
    NothingToUndo,
    SessionForbidden,
    SessionNotFound,
    TooManyImages,
)
from palaver.models import Bullet, BulletsSlide, ImageSlide, SlideContent, TitleSlide
from palaver.store import AddedImage, Deck, Image, Once, Slide, Store, slide_images
from palaver.store.decks import KEPT_CHANGES
from tests.conftest import Query
from tests.store.together import at_once

UNKNOWN_IMAGE = "019a9f40-4e5f-7a6b-8c7d-9e0f1a2b3c4d"


def session(store: Store, owner: str | None = "ann", title: str = "Talk") -> str:
    """A new session's id."""
    return store.sessions.create(
        owner=owner, kind="standalone", title=title, agents=[], max_context_results=1
    ).session_id


def adding(content: SlideContent) -> Any:
    """An edit that adds a slide at the end."""

    def edit(deck: Deck) -> Deck:
        slide = Slide(f"slide_{deck.next_number}", content)
        return replace(deck, slides=(*deck.slides, slide), next_number=deck.next_number + 1)

    return edit


def change(store: Store, session_id: str, edit: Any, viewer: str | None = "ann") -> Deck:
    """Change a deck; returns what it has become."""
    return store.decks.change(session_id, edit, viewer=viewer, outcome=lambda deck: deck)


def undo(store: Store, session_id: str) -> Deck:
    """Take the last change back."""
    return store.decks.undo(session_id, lambda _: None, viewer="ann")


def add_image(store: Store, session_id: str, **given: Any) -> AddedImage:
    """A new image of a session; what is not said is made up."""
    values: dict[str, Any] = {
        "viewer": "ann",
        "width": 3,
        "height": 2,
        "data": b"data",
        "media_type": "image/png",
        "preview": b"preview",
        "preview_type": "image/jpeg",
    }
    return store.slide_images.add(session_id, **{**values, **given})


def titles(deck: Deck) -> list[str]:
    """The titles of the slides."""
    return [slide.content.title for slide in deck.slides if hasattr(slide.content, "title")]


def test_a_session_begins_with_an_empty_deck_under_its_title(store: Store) -> None:
    session_id = session(store, title="First")
    made = store.sessions.rename(session_id, title="Second", viewer="ann").created_at
    assert store.decks.read(session_id, viewer="ann") == Deck(
        session_id, "Second", "paper", 0, made
    )


def test_what_was_changed_is_read_again(store: Store) -> None:
    session_id = session(store)
    content = BulletsSlide(title="B", bullets=[Bullet(text="one", level=2)], notes="n")
    first = change(store, session_id, adding(content))
    assert (first.version, first.next_number, first.slides) == (1, 1, (Slide("slide_0", content),))
    assert store.decks.read(session_id, viewer="ann") == first
    second = change(store, session_id, lambda deck: replace(deck, theme="ocean", title="Other"))
    assert (second.version, second.theme, second.title) == (2, "ocean", "Other")
    assert store.decks.read(session_id, viewer=None) == second
    assert second.updated_at >= first.updated_at


def test_the_title_stays_once_the_deck_was_changed(store: Store) -> None:
    session_id = session(store, title="First")
    change(store, session_id, adding(TitleSlide(title="t")))
    store.sessions.rename(session_id, title="Second", viewer="ann")
    assert store.decks.read(session_id, viewer="ann").title == "First"


def test_a_change_that_changes_nothing_is_a_version_too(store: Store) -> None:
    session_id = session(store)
    assert change(store, session_id, lambda deck: deck).version == 1
    first = change(store, session_id, adding(TitleSlide(title="t")))
    again = change(store, session_id, lambda deck: deck)
    assert (again.version, again.slides) == (3, first.slides)
    assert undo(store, session_id).slides == first.slides
    assert undo(store, session_id).slides == ()


def test_undoing_leads_back_step_by_step_and_changes_go_on_from_there(store: Store) -> None:
    session_id = session(store)
    for name in "abc":
        change(store, session_id, adding(TitleSlide(title=name)))
    back = undo(store, session_id)
    assert (titles(back), back.version, back.next_number) == (["a", "b"], 4, 3)
    assert titles(undo(store, session_id)) == ["a"]
    other = change(store, session_id, adding(TitleSlide(title="d")))
    assert (titles(other), other.slides[1].slide_id) == (["a", "d"], "slide_3")
    assert titles(undo(store, session_id)) == ["a"]
    empty = undo(store, session_id)
    assert (empty.slides, empty.theme, empty.title, empty.version) == ((), "paper", "Talk", 8)
    with pytest.raises(NothingToUndo):
        undo(store, session_id)
    assert store.decks.read(session_id, viewer="ann") == empty


def test_undoing_brings_back_order_contents_and_what_was_deleted(store: Store) -> None:
    session_id = session(store)
    for name in "abc":
        change(store, session_id, adding(TitleSlide(title=name)))
    before = store.decks.read(session_id, viewer="ann")
    change(store, session_id, lambda deck: replace(deck, slides=deck.slides[::-1]))
    change(store, session_id, lambda deck: replace(deck, slides=deck.slides[1:]))
    new = Slide("slide_0", TitleSlide(title="new"))
    change(store, session_id, lambda deck: replace(deck, slides=(deck.slides[0], new)))
    assert titles(store.decks.read(session_id, viewer="ann")) == ["b", "new"]
    assert titles(undo(store, session_id)) == ["b", "a"]
    assert titles(undo(store, session_id)) == ["c", "b", "a"]
    assert undo(store, session_id).slides == before.slides


def test_nothing_can_be_undone_that_nobody_did(store: Store) -> None:
    with pytest.raises(NothingToUndo):
        undo(store, session(store))


def test_only_so_many_changes_are_kept(store: Store, query: Query) -> None:
    session_id = session(store)
    for number in range(KEPT_CHANGES + 5):
        change(
            store,
            session_id,
            lambda deck, n=number: replace(
                deck, slides=(Slide("slide_0", TitleSlide(title=str(n))),), next_number=1
            ),
        )
    assert query("SELECT count(*) FROM deck_versions") == [(KEPT_CHANGES + 1,)]
    assert query("SELECT count(*) FROM slide_contents") == [(KEPT_CHANGES + 1,)]
    for _ in range(KEPT_CHANGES):
        last = undo(store, session_id)
    assert titles(last) == ["4"]
    with pytest.raises(NothingToUndo):
        undo(store, session_id)
    assert query("SELECT count(*) FROM deck_versions") == [(1,)]
    assert query("SELECT count(*) FROM slide_contents") == [(1,)]


def test_an_edit_that_refuses_leaves_everything_as_it_was(store: Store) -> None:
    session_id = session(store)
    before = change(store, session_id, adding(TitleSlide(title="t")))

    def refuse(_deck: Deck) -> Any:
        raise DeckChanged("The deck is at version 1.")

    with pytest.raises(DeckChanged):
        change(store, session_id, refuse)
    with pytest.raises(DeckChanged):
        store.decks.undo(session_id, lambda deck: refuse(deck) and None, viewer="ann")
    assert store.decks.read(session_id, viewer="ann") == before


@pytest.mark.parametrize("viewer", ["bob"])
def test_decks_of_others_are_not_for_everybody(store: Store, viewer: str) -> None:
    session_id = session(store)
    image = add_image(store, session_id)
    for call in (
        lambda: store.decks.read(session_id, viewer=viewer),
        lambda: change(store, session_id, adding(TitleSlide(title="t")), viewer),
        lambda: store.decks.undo(session_id, lambda _: None, viewer=viewer),
        lambda: add_image(store, session_id, viewer=viewer),
        lambda: store.slide_images.get(session_id, image.image_id, viewer=viewer),
    ):
        with pytest.raises(SessionForbidden):
            call()
    legacy = session(store, owner=None)
    assert change(store, legacy, adding(TitleSlide(title="t")), viewer).version == 1


@pytest.mark.parametrize("session_id", ["unknown", "nul\0", "\ud800"])
def test_sessions_that_are_not_there_have_no_decks(store: Store, session_id: str) -> None:
    for call in (
        lambda: store.decks.read(session_id, viewer=None),
        lambda: change(store, session_id, lambda deck: deck, None),
        lambda: store.decks.undo(session_id, lambda _: None, viewer=None),
        lambda: add_image(store, session_id),
        lambda: store.slide_images.get(session_id, UNKNOWN_IMAGE, viewer=None),
    ):
        with pytest.raises(SessionNotFound):
            call()


def test_a_deleted_session_takes_its_deck_along(store: Store, query: Query) -> None:
    session_id = session(store)
    add_image(store, session_id)
    change(store, session_id, adding(TitleSlide(title="t")))
    store.sessions.delete(session_id, viewer="ann")
    for table in ("decks", "deck_versions", "slide_contents", "slide_images"):
        assert query(f"SELECT count(*) FROM {table}") == [(0,)]


def test_a_key_lets_a_change_happen_once(store: Store) -> None:
    session_id = session(store)

    def add(fingerprint: str = "f") -> int:
        return store.decks.change(
            session_id,
            adding(TitleSlide(title="t")),
            viewer="ann",
            outcome=lambda deck: deck.version,
            once=Once("ann", "key", fingerprint),
            result=int,
        )

    assert (add(), add()) == (1, 1)
    assert len(store.decks.read(session_id, viewer="ann").slides) == 1
    with pytest.raises(IdempotencyKeyReused):
        add("another")


def test_changes_of_one_deck_take_turns(store: Store) -> None:
    session_id = session(store)
    edits = [adding(TitleSlide(title=str(n))) for n in range(8)]
    made = at_once([partial(change, store, session_id, edit) for edit in edits])
    assert sorted(deck.version for deck in made) == list(range(1, 9))
    deck = store.decks.read(session_id, viewer="ann")
    assert sorted(titles(deck)) == [str(n) for n in range(8)]
    assert [slide.slide_id for slide in deck.slides] == [f"slide_{n}" for n in range(8)]


def test_images_are_kept_as_they_came(store: Store) -> None:
    session_id = session(store)
    added = add_image(store, session_id)
    assert (added.width, added.height, added.size) == (3, 2, 4)
    whole = store.slide_images.get(session_id, added.image_id, viewer="ann")
    assert whole == Image(added.image_id, "image/png", 3, 2, b"data", b"preview", "image/jpeg")
    preview = store.slide_images.get(session_id, added.image_id, viewer="ann", preview_only=True)
    assert preview == replace(whole, data=b"")


def test_images_belong_to_one_session(store: Store) -> None:
    image = add_image(store, session(store))
    other = session(store)
    for image_id in (image.image_id, "nul\0", ""):
        with pytest.raises(ImageNotFound):
            store.slide_images.get(other, image_id, viewer="ann")
    content = ImageSlide(title="t", image_id=image.image_id, alt="a")
    with pytest.raises(ImageNotFound):
        change(store, other, adding(content))
    assert store.decks.read(other, viewer="ann").version == 0


def test_only_images_that_no_version_shows_make_room(
    store: Store, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slide_images, "MAX_IMAGES", 3)
    session_id = session(store)
    shown, undone, unused = (add_image(store, session_id).image_id for _ in range(3))
    change(store, session_id, adding(ImageSlide(title="t", image_id=shown, alt="a")))
    change(store, session_id, lambda deck: replace(deck, slides=()))
    change(store, session_id, adding(ImageSlide(title="t", image_id=undone, alt="a")))
    undo(store, session_id)
    with pytest.raises(TooManyImages):
        add_image(store, session_id)
    query(f"UPDATE slide_images SET created_at = created_at - {slide_images.UNUSED_LIFETIME}")
    new = add_image(store, session_id).image_id
    for image_id in (undone, unused):
        with pytest.raises(ImageNotFound):
            store.slide_images.get(session_id, image_id, viewer="ann")
    assert store.slide_images.get(session_id, new, viewer="ann").data == b"data"
    # It is shown again once its slide's deletion is undone.
    assert undo(store, session_id).slides
    assert store.slide_images.get(session_id, shown, viewer="ann").data == b"data"


def test_images_have_so_many_bytes_together(
    store: Store, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slide_images, "MAX_IMAGE_BYTES", 100)
    session_id = session(store)
    # Each has seven bytes of preview.
    unused = add_image(store, session_id, data=b"x" * 43).image_id
    with pytest.raises(TooManyImages, match="100 bytes"):
        add_image(store, session_id, data=b"x" * 44)
    add_image(store, session_id, data=b"x" * 43)
    add_image(store, session(store), data=b"x" * 93)
    with pytest.raises(TooManyImages):
        add_image(store, session_id, data=b"")
    query(f"UPDATE slide_images SET created_at = created_at - {slide_images.UNUSED_LIFETIME}")
    add_image(store, session_id)
    with pytest.raises(ImageNotFound):
        store.slide_images.get(session_id, unused, viewer="ann")


def test_what_an_image_is_kept_as_is_known(store: Store) -> None:
    session_id = session(store)
    data = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
    for media_type, start in data.items():
        added = add_image(store, session_id, data=start, media_type=media_type)
        image = store.slide_images.get(session_id, added.image_id, viewer="ann")
        assert added.media_type == image.media_type == media_type


def test_no_more_images_than_there_is_room_for(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slide_images, "MAX_IMAGES", 3)
    session_id = session(store)

    def try_to_add() -> bool:
        try:
            add_image(store, session_id)
        except TooManyImages:
            return False
        return True

    assert sum(at_once([try_to_add] * 6)) == 3


def test_an_upload_with_a_key_is_stored_once(store: Store) -> None:
    session_id = session(store)
    once = Once("ann", "key", "f")
    first = add_image(store, session_id, once=once)
    assert add_image(store, session_id, once=once) == first
